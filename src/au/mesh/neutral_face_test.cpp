#include "au/mesh/neutral_face.hpp"

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "au/mesh/frame_rate.hpp"
#include "au/mesh/mesh_features.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using State = NeutralFacts::State;

std::size_t feature(const char* name) {
  return static_cast<std::size_t>(MeshFeatures::index(name));
}

// A unit that looks at one feature of each group, all of them 1 on the neutral face of the models.
MeshAuModels some_models() {
  MeshAuModels models;
  models.neutral.assign(static_cast<std::size_t>(MeshFeatures::count()), 0.0F);
  models.scale.assign(models.neutral.size(), 1.0F);
  MeshAuModel unit;
  unit.name = "AU12";
  for (const char* name : {"brow_in", "corner_w", "lid_lo", "eye_open", "pitch", "yaw"}) {
    unit.inputs.push_back(MeshFeatures::index(name));
    models.neutral[feature(name)] = 1;
  }
  unit.networks = {{std::vector<float>(unit.inputs.size(), 0), {0}, {0}, 0}};
  unit.lift = MeshAuModel::Lift{"browInnerUp", *blendshape_level("browInnerUp"), 6, 0.25F};
  models.units = {unit};
  return models;
}

struct Seen {
  float evidence = 0;
  float brow = 0, mouth = 0, lower_lid = 0, eye = 0, yaw = 0;
  bool eyes_open = true;
  float brow_level = 0;
};

KnownFace learn(const MeshAuModels& models, const std::vector<Seen>& faces, double rate = 20,
                int each = 1, bool shown_neutral = false) {
  const NeutralRule rule(models);
  std::vector<std::vector<float>> kept;
  for (const Seen& seen : faces) {
    std::vector<float> features(models.neutral.size(), 0);
    features[feature("brow_in")] = seen.brow;
    features[feature("corner_w")] = seen.mouth;
    features[feature("lid_lo")] = seen.lower_lid;
    features[feature("eye_open")] = seen.eye;
    features[feature("yaw")] = seen.yaw;
    Blendshapes blendshapes{};
    blendshapes[3] = seen.brow_level;
    kept.emplace_back(rule.width());
    rule.write(features, {seen.evidence, seen.eyes_open}, &blendshapes, kept.back().data());
  }
  NeutralRule::Workspace workspace;
  for (const auto& row : kept) workspace.rows.push_back(row.data());
  KnownFace face;
  if (shown_neutral)
    rule.learn_from_neutral(workspace.rows, each, workspace, face);
  else
    rule.learn(workspace.rows, each, rate, workspace, face);
  return face;
}

TEST(NeutralRule, TakesMouthsFromTheCalmestHalfOfNeutralFrames) {
  // 20 neutral frames at 20 frames a second: weight 20 / (20 + 10). The calm half has mouth 4, the
  // other 7; three times as many smile with 9.
  std::vector<Seen> faces;
  for (int i = 0; i < 20; ++i)
    faces.push_back({.evidence = i % 2 ? 0.9F : 0.2F,
                     .mouth = i % 2 ? 7.0F : 4.0F,
                     .lower_lid = i < 15 ? 5.0F : 6.0F});
  for (int i = 0; i < 60; ++i) faces.push_back({.evidence = 1, .mouth = 9, .lower_lid = 8});
  const KnownFace face = learn(some_models(), faces);
  EXPECT_EQ(face.facts.state, State::frames);
  EXPECT_EQ(face.facts.frames, 20);
  EXPECT_DOUBLE_EQ(face.facts.share, 0.25);
  EXPECT_DOUBLE_EQ(face.facts.weight, 20.0 / 30);
  EXPECT_FLOAT_EQ(face.features[feature("corner_w")], 1 + 20.0F / 30 * (4 - 1));
  EXPECT_FLOAT_EQ(face.features[feature("lid_lo")], 5);
}

TEST(NeutralRule, FallsBackToTheModelsFace) {
  std::vector<Seen> faces(100, {.evidence = 2, .brow = 3, .mouth = 9, .lower_lid = 9, .eye = 9});
  for (const int neutral : {0, 4, 5, 9, 10}) {
    for (int i = 0; i < neutral; ++i)
      faces[static_cast<std::size_t>(i)] = {.brow = 3, .mouth = 4, .lower_lid = 5, .eye = 9};
    const KnownFace face = learn(some_models(), faces);
    const double weight = neutral < 5 ? 0 : neutral / (neutral + 10.0);
    EXPECT_EQ(face.facts.state, neutral < 5    ? State::none
                                : neutral < 10 ? State::weak
                                               : State::frames)
        << neutral;
    EXPECT_DOUBLE_EQ(face.facts.weight, weight);
    EXPECT_FLOAT_EQ(face.features[feature("corner_w")], static_cast<float>(1 + weight * 3));
    EXPECT_FLOAT_EQ(face.features[feature("lid_lo")], weight > 0 ? 5 : 1);
    EXPECT_FLOAT_EQ(face.features[feature("brow_in")], 3) << "brows always of all frames";
    EXPECT_FLOAT_EQ(face.features[feature("eye_open")], 9);
  }
}

TEST(NeutralRule, TakesEyesFromFramesWithOpenOnes) {
  std::vector<Seen> faces(40, {.eye = 0.1F, .eyes_open = false});
  for (const int open : {0, 9, 10}) {
    for (int i = 0; i < open; ++i)
      faces[static_cast<std::size_t>(i)] = {.eye = 3, .eyes_open = true};
    EXPECT_FLOAT_EQ(learn(some_models(), faces).features[feature("eye_open")], open < 10 ? 1 : 3)
        << open;
  }
}

TEST(NeutralRule, LeavesTurnedFacesOut) {
  std::vector<Seen> faces(60, {.mouth = 2});
  for (int i = 0; i < 25; ++i)
    faces[static_cast<std::size_t>(i)] = {.mouth = 9, .yaw = i % 2 ? 0.36F : -0.36F};
  const KnownFace face = learn(some_models(), faces);
  EXPECT_EQ(face.facts.frames, 35);
  EXPECT_FLOAT_EQ(face.features[feature("corner_w")], 1 + 35.0F / 45);
}

TEST(NeutralRule, CountsWhatARowStandsFor) {
  const std::vector<Seen> faces(4, {.mouth = 3});
  EXPECT_EQ(learn(some_models(), faces).facts.state, State::none);
  const KnownFace face = learn(some_models(), faces, 20, 8);
  EXPECT_EQ(face.facts.state, State::frames);
  EXPECT_EQ(face.facts.frames, 32);
  EXPECT_DOUBLE_EQ(face.facts.weight, 32.0 / 42);
}

TEST(NeutralRule, KnowsTheUsualLevelOfBrows) {
  std::vector<Seen> faces;
  for (int i = 0; i <= 40; ++i) faces.push_back({.brow_level = static_cast<float>(i % 41) / 40});
  EXPECT_FLOAT_EQ(learn(some_models(), faces).levels.at(0), 0.25F);
}

TEST(NeutralRule, TakesAllFramesWhereAllAreKnownToBeNeutral) {
  std::vector<Seen> faces(3, {.evidence = 5, .mouth = 7, .eye = 2, .eyes_open = false});
  const KnownFace face = learn(some_models(), faces, 30, 1, true);
  EXPECT_EQ(face.facts, (NeutralFacts{State::frames, 3, 1, 1}));
  EXPECT_FLOAT_EQ(face.features[feature("corner_w")], 7);
  EXPECT_FLOAT_EQ(face.features[feature("eye_open")], 2);
}

// Equal evidence is in the order of frames, wherever rows lie in memory.
TEST(NeutralRule, DependsOnTheOrderOfRowsOnly) {
  std::vector<Seen> faces;
  for (int i = 0; i < 31; ++i)
    faces.push_back({.evidence = 0.5F, .mouth = static_cast<float>((i * 7) % 31)});
  const NeutralRule rule(some_models());
  const float expected = learn(some_models(), faces).features[feature("corner_w")];
  for (int k = 0; k < 5; ++k) {
    std::vector<std::vector<float>> hold(static_cast<std::size_t>(k), std::vector<float>(1000));
    EXPECT_EQ(learn(some_models(), faces).features[feature("corner_w")], expected);
  }
}

// What all networks of the pack look at has a group, and what mirrors has the same one.
TEST(ExpressionMeter, SeesExpressions) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  ExpressionMeter meter(models);
  Blendshapes calm{};
  const Expression none = meter.look(models.neutral, &calm);
  EXPECT_LT(none.evidence, 0.5F);
  EXPECT_TRUE(none.eyes_open);
  const auto evidence = [&](std::vector<std::pair<int, float>> values) {
    Blendshapes shown{};
    for (const auto& [channel, value] : values) shown[static_cast<std::size_t>(channel)] = value;
    return meter.look(models.neutral, &shown).evidence;
  };
  EXPECT_NEAR(evidence({{25, 0.5F}}), 2, 1e-6) << "jawOpen";
  EXPECT_NEAR(evidence({{44, 0.6F}, {45, 0.6F}}), 2, 1e-6) << "mouthSmile";
  EXPECT_NEAR(evidence({{44, 0.6F}}), 1, 1e-6) << "one side of it";
  EXPECT_NEAR(evidence({{40, 1.0F}}), 2, 1e-6) << "mouthRollLower";
  Blendshapes shut{};
  shut[9] = shut[10] = 0.41F;
  EXPECT_FALSE(meter.look(models.neutral, &shut).eyes_open);

  // Without blendshapes the networks say it: a wide mouth, shut eyes.
  auto smile = models.neutral;
  smile[feature("corner_w")] += 4 * models.scale[feature("corner_w")];
  smile[feature("corner_y")] -= 3 * models.scale[feature("corner_y")];
  EXPECT_GT(meter.look(smile, nullptr).evidence, 1);
  auto blink = models.neutral;
  blink[feature("eye_open")] -= 4 * models.scale[feature("eye_open")];
  blink[feature("lid_up")] -= 4 * models.scale[feature("lid_up")];
  EXPECT_FALSE(meter.look(blink, nullptr).eyes_open);
  EXPECT_TRUE(meter.look(models.neutral, nullptr).eyes_open);
  EXPECT_LT(meter.look(models.neutral, nullptr).evidence, 0.5F);
}

TEST(BlendshapeLevel, IsOfBothSides) {
  Blendshapes values{};
  values[4] = 0.2F;
  values[5] = 0.6F;
  values[3] = 0.9F;
  EXPECT_NEAR(blendshape_level("browOuterUp")->of(values), 0.4, 1e-7);
  EXPECT_NEAR(blendshape_level("browInnerUp")->of(values), 0.9, 1e-7);
  EXPECT_NEAR(blendshape_level("browOuterUpLeft")->of(values), 0.2, 1e-7);
  EXPECT_FALSE(blendshape_level("brow"));
  EXPECT_FALSE(blendshape_level(""));
}

TEST(FrameRate, IsThatOfTheFramesWithTheFace) {
  const auto rate = [](const std::vector<double>& times) {
    FrameRate frames;
    for (const double t : times) frames.add(t);
    return frames.per_second();
  };
  EXPECT_DOUBLE_EQ(rate({}), 30);
  EXPECT_DOUBLE_EQ(rate({7}), 30);
  EXPECT_DOUBLE_EQ(rate({0, 0, 0}), 30) << "no times";
  EXPECT_DOUBLE_EQ(rate({0, 0.125, 0.25}), 8);
  EXPECT_DOUBLE_EQ(rate({0, 0.125, 100, 100.125}), 8) << "away meanwhile";
  EXPECT_DOUBLE_EQ(rate({0, 10, 20}), 5) << "far apart";
  EXPECT_DOUBLE_EQ(rate({0, 1e-9}), 1000);
}

}  // namespace
}  // namespace auriga
