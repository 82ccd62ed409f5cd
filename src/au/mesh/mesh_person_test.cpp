#include "au/mesh/mesh_person.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/mesh/mesh_features.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

std::size_t feature(const char* name) {
  return static_cast<std::size_t>(MeshFeatures::index(name));
}

// One unit whose raw intensity is the feature `gap` minus its median, as long as that is large: at
// scale 0.01 silu(v) is v to 1e-40.
MeshAuModels one_unit(float dead_zone, float threshold) {
  MeshAuModels models;
  models.version = "test";
  models.neutral.assign(static_cast<std::size_t>(MeshFeatures::count()), 0.0F);
  models.scale.assign(models.neutral.size(), 1.0F);
  models.scale[feature("gap")] = 0.0078125F;
  MeshAuModel unit;
  unit.name = "AU25";
  unit.inputs = {MeshFeatures::index("gap")};
  unit.networks = {{{1}, {0}, {0.0078125F}, 0}};
  unit.dead_zone = dead_zone;
  unit.presence_threshold = threshold;
  models.units = {unit};
  return models;
}

// No frame seems neutral, but all are given as that: the median of all of them is the neutral face.
constexpr AuPersonOptions kShownNeutral{.shown_neutral = true};

void add(MeshPerson& person, std::span<const float> features) {
  if (features.empty()) return person.add(nullptr);
  const MeshLook look{.features = features, .expression = {2, false}};
  person.add(&look);
}

struct Row {
  double intensity, presence;
};

std::vector<Row> rows_of(const MeshAuModels& models, const std::vector<float>& gaps) {
  MeshPerson person(models, kShownNeutral);
  std::vector<float> features(models.neutral.size());
  for (const float gap : gaps) {
    features[feature("gap")] = gap;
    add(person, std::isnan(gap) ? std::span<const float>() : features);
  }
  person.finish();
  std::vector<Row> rows;
  for (std::int64_t i = 0; i < person.rows(); ++i) {
    std::vector<double> intensities(1, -1), presences(1, -1);
    person.row(i, intensities, presences);
    rows.push_back({intensities[0], presences[0]});
  }
  return rows;
}

std::vector<double> intensities_of(const MeshAuModels& models, const std::vector<float>& gaps) {
  std::vector<double> values;
  for (const Row& row : rows_of(models, gaps)) values.push_back(row.intensity);
  return values;
}

TEST(MeshPerson, SubtractsTheMedianAndSmooths) {
  // Median 1: 0 0 3 0 0 remains.
  EXPECT_THAT(intensities_of(one_unit(0, 1), {1, 1, 4, 1, 1}),
              ElementsAre(DoubleNear(0, 1e-6), DoubleNear(1, 1e-6), DoubleNear(1, 1e-6),
                          DoubleNear(1, 1e-6), DoubleNear(0, 1e-6)));
}

TEST(MeshPerson, TakesTheMeanOfTheMiddleOfAnEvenNumber) {
  // Median 2: 0 (clipped) 0 1 3.
  EXPECT_THAT(intensities_of(one_unit(0, 1), {1, 1, 3, 5}),
              ElementsAre(DoubleNear(0, 1e-6), DoubleNear(1.0 / 3, 1e-6), DoubleNear(4.0 / 3, 1e-6),
                          DoubleNear(2, 1e-6)));
}

TEST(MeshPerson, TakesTheDeadZoneOffAndClips) {
  const auto found = intensities_of(one_unit(0.5F, 1), {0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 9, 9, 9});
  EXPECT_NEAR(found[8], 1.5, 1e-6);
  EXPECT_NEAR(found[11], 4.5, 1e-6) << "5 minus the dead zone";
  EXPECT_EQ(found[0], 0);
}

TEST(MeshPerson, LeavesFailedFramesOut) {
  const float failed = std::nanf("");
  // Median 1 of 1 1 1 4 7; what remains is 0 0 - 3 6 - 0.
  const auto rows = rows_of(one_unit(0, 1), {1, 1, failed, 4, 7, failed, 1});
  std::vector<double> values;
  for (const Row& row : rows) values.push_back(row.intensity);
  EXPECT_THAT(values, ElementsAre(DoubleNear(0, 1e-6), DoubleNear(0, 1e-6), 0, DoubleNear(4, 1e-6),
                                  DoubleNear(4, 1e-6), 0, DoubleNear(0, 1e-6)));
  EXPECT_EQ(rows[2].presence, 0);
  EXPECT_EQ(rows[3].presence, 1);
}

TEST(MeshPerson, IsPresentFromTheThresholdOn) {
  const auto models = one_unit(0, 1);
  const auto rows = rows_of(models, {0, 0, 0, 0, 0, 0, 0, 2.99F, 0, 0, 3.01F, 0});
  EXPECT_EQ(rows[7].presence, 0);
  EXPECT_EQ(rows[10].presence, 1);
  EXPECT_EQ(rows[5].presence, 0);
  // A failed frame is never present, whatever the threshold is.
  for (const Row& row : rows_of(one_unit(0, 0), {std::nanf(""), std::nanf("")})) {
    EXPECT_EQ(row.intensity, 0);
    EXPECT_EQ(row.presence, 0);
  }
}

TEST(MeshPerson, HasNoRowsWithoutFrames) {
  const auto models = one_unit(0, 1);
  MeshPerson person(models);
  person.finish();
  person.finish();
  EXPECT_EQ(person.rows(), 0);
}

// The shipped networks on random features over several chunks, against sorting and plain loops.
TEST(MeshPerson, EqualsThePlainWay) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  const std::size_t n = models.neutral.size(), units = models.units.size();
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const std::size_t frames : {1U, 2U, 1023U, 1024U, 1025U, 2600U}) {
    std::vector<std::vector<float>> features;
    std::vector<bool> ok;
    MeshPerson person(models, kShownNeutral);
    for (std::size_t i = 0; i < frames; ++i) {
      ok.push_back(random() % 5 != 0);
      auto x = models.neutral;
      for (std::size_t k = 0; k < n; ++k) x[k] += models.scale[k] * normal(random);
      add(person, ok.back() ? std::span<const float>(x) : std::span<const float>());
      features.push_back(std::move(x));
    }
    person.finish();
    ASSERT_EQ(person.rows(), static_cast<std::int64_t>(frames));

    std::vector<float> median(n);
    for (std::size_t k = 0; k < n; ++k) {
      std::vector<float> v;
      for (std::size_t i = 0; i < frames; ++i)
        if (ok[i]) v.push_back(features[i][k]);
      std::sort(v.begin(), v.end());
      if (!v.empty()) median[k] = (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
    }
    std::vector<std::vector<double>> values(frames, std::vector<double>(units));
    for (std::size_t i = 0; i < frames; ++i) {
      mesh_intensities(models, features[i], median, values[i]);
      for (std::size_t u = 0; u < units; ++u)
        values[i][u] =
            std::clamp(values[i][u] - static_cast<double>(models.units[u].dead_zone), 0.0, 5.0);
    }
    std::vector<double> intensities(units), presences(units);
    double largest = 0;
    for (std::size_t i = 0; i < frames; ++i) {
      person.row(static_cast<std::int64_t>(i), intensities, presences);
      for (std::size_t u = 0; u < units; ++u) {
        double sum = 0;
        int count = 0;
        for (std::size_t k = i == 0 ? 0 : i - 1; k <= std::min(i + 1, frames - 1); ++k)
          if (ok[k]) {
            sum += values[k][u];
            ++count;
          }
        const double expected = ok[i] ? sum / count : 0;
        EXPECT_NEAR(intensities[u], expected, 2e-6) << "frame " << i << " of " << frames;
        largest = std::max(largest, expected);
        if (std::abs(expected - models.units[u].presence_threshold) > 1e-5)
          EXPECT_EQ(presences[u], expected >= models.units[u].presence_threshold && ok[i]);
      }
    }
    if (frames > 1000) EXPECT_GT(largest, 1) << "the test sees nothing but zeros";
  }
}

std::vector<std::vector<double>> all_rows(const MeshPerson& person, const MeshAuModels& models) {
  std::vector<std::vector<double>> rows;
  const std::size_t units = models.units.size();
  for (std::int64_t i = 0; i < person.rows(); ++i) {
    rows.emplace_back(2 * units);
    person.row(i, std::span(rows.back()).first(units), std::span(rows.back()).last(units));
  }
  return rows;
}

std::vector<double> now(const MeshPerson& person, const MeshAuModels& models) {
  const std::size_t units = models.units.size();
  std::vector<double> values(2 * units, -1);
  person.now(std::span(values).first(units), std::span(values).last(units));
  return values;
}

// Features of a face that moves; empty where there is none.
std::vector<std::vector<float>> random_video(const MeshAuModels& models, int frames,
                                             unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> video;
  for (int i = 0; i < frames; ++i) {
    video.push_back(models.neutral);
    for (std::size_t k = 0; k < video.back().size(); ++k)
      video.back()[k] += models.scale[k] * normal(random);
    if (random() % 5 == 0) video.back().clear();
  }
  return video;
}

TEST(MeshPerson, WithTheCalibrationOfAnotherHasItsFinalValues) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  for (const int frames : {2, 3, 40, 1200}) {
    const auto video = random_video(models, frames, 5);
    MeshPerson learner(models, {.shown_neutral = frames % 2 == 0}, {"open-test", "abc"});
    for (const auto& features : video) add(learner, features);
    const Calibration before = learner.calibration();
    learner.finish();
    const Calibration calibration = learner.calibration();
    EXPECT_EQ(before, calibration);
    EXPECT_EQ(calibration.estimator, "open-test");
    EXPECT_EQ(calibration.models, "abc");
    EXPECT_EQ(calibration.features.size(), models.compared_features().size() + 2)
        << "and the levels of two blendshapes";
    EXPECT_TRUE(std::is_sorted(calibration.features.begin(), calibration.features.end()));

    MeshPerson known(models, {.now = true, .begin_with = &calibration});
    std::vector<std::vector<double>> told;
    for (const auto& features : video) {
      add(known, features);
      told.push_back(now(known, models));
      EXPECT_EQ(known.calibration(), calibration) << "nothing is learnt";
    }
    known.finish();
    EXPECT_EQ(known.calibration(), calibration);
    const auto rows = all_rows(known, models);
    EXPECT_EQ(rows, all_rows(learner, models)) << "to the byte";
    // At once the same, but not smoothed: the mean of what was told.
    for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
      if (video[i].empty()) continue;
      for (std::size_t u = 0; u < models.units.size(); ++u) {
        double sum = 0;
        int count = 0;
        for (const std::size_t k : {i - 1, i, i + 1})
          if (!video[k].empty()) {
            sum += told[k][u];
            ++count;
          }
        EXPECT_EQ(rows[i][u], sum / count);
      }
    }
  }
}

TEST(MeshPerson, TellsNothingAtOnceOfAFailedFrame) {
  const auto models = one_unit(0, 0);  // present whatever the intensity is
  MeshPerson person(models, {.now = true});
  add(person, {});
  EXPECT_THAT(now(person, models), ElementsAre(0, 0));
  add(person, models.neutral);
  EXPECT_THAT(now(person, models), ElementsAre(0, 1));
  add(person, {});
  EXPECT_THAT(now(person, models), ElementsAre(0, 0));
}

// The neutral face of the frames so far: exactly up to the 32nd face, then within what a sixteenth
// of the faces changes, for any length of memory.
TEST(MeshPerson, TellsAtOnceWhatTheNeutralFaceSoFarGives) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  const auto video = random_video(models, 300, 7);
  MeshPerson person(models, {.now = true}), flat(models, {.final_values = false, .now = true});
  double largest = 0, furthest = 0;
  std::int64_t faces = 0;
  for (std::size_t i = 0; i < video.size(); ++i) {
    const auto at = [&](const std::vector<float>& features) {
      return MeshLook{.features = features, .timestamp_s = static_cast<double>(i) / 25};
    };
    const MeshLook look = at(video[i]);
    person.add(video[i].empty() ? nullptr : &look);
    flat.add(video[i].empty() ? nullptr : &look);
    const auto found = now(person, models);
    EXPECT_EQ(now(flat, models), found);
    if (video[i].empty()) {
      EXPECT_THAT(found, Each(0));
      continue;
    }
    ++faces;
    // As a person who knows what was learnt from all of them.
    const Calibration known = person.calibration();
    MeshPerson told(models, {.now = true, .begin_with = &known});
    told.add(&look);
    const auto expected = now(told, models);
    if (faces <= 32) EXPECT_EQ(found, expected) << faces;
    for (std::size_t u = 0; u < models.units.size(); ++u) {
      furthest = std::max(furthest, std::abs(found[u] - expected[u]));
      largest = std::max(largest, expected[u]);
    }
  }
  EXPECT_LT(furthest, 0.6);
  EXPECT_GT(largest, 1);
}

TEST(MeshPerson, WithoutFinalValuesKnowsTheSameFromItsSample) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  for (const int frames : {260, 1500, 6000}) {
    const auto video = random_video(models, frames, 9);
    MeshPerson whole(models), flat(models, {.final_values = false});
    EXPECT_THROW(whole.calibration(), Error);
    EXPECT_THROW(flat.calibration(), Error);
    add(whole, {});
    add(flat, {});
    EXPECT_THROW(whole.calibration(), Error);
    EXPECT_THROW(flat.calibration(), Error);
    EXPECT_FALSE(whole.neutral());
    std::size_t faces = 0;
    for (const auto& features : video) {
      add(whole, features);
      add(flat, features);
      faces += features.empty() ? 0 : 1;
    }
    const Calibration exact = whole.calibration(), found = flat.calibration();
    EXPECT_EQ(found.frames, exact.frames);
    ASSERT_EQ(found.features.size(), exact.features.size());
    if (faces <= MeshPerson::kMostSampled) EXPECT_EQ(found, exact);
    // Medians of 512 or more of normally distributed values: standard error 1.25 / sqrt(512).
    for (std::size_t k = 0; k < exact.features.size(); ++k) {
      const auto& [name, value] = exact.features[k];
      EXPECT_EQ(found.features[k].first, name);
      if (MeshFeatures::index(name) >= 0)
        EXPECT_NEAR(found.features[k].second, value, models.scale[feature(name.c_str())] / 4);
    }
    EXPECT_NEAR(flat.neutral()->share, whole.neutral()->share, 0.06);
    EXPECT_EQ(flat.rows(), 0);
    flat.finish();
    EXPECT_EQ(flat.calibration(), found);
  }
}

// --- An expression held for most of a clip is not the person's face.

// One unit that looks at the mouth's width, and what shows that it smiles.
TEST(MeshPerson, ASmileHeldForMostOfAClipIsASmile) {
  auto models = one_unit(0, 1);
  models.neutral[feature("gap")] = 1;
  for (const int percent : {25, 50, 75, 100}) {
    MeshPerson person(models);
    auto features = models.neutral;
    for (int i = 0; i < 100; ++i) {
      const bool smiles = i < percent;
      features[feature("gap")] = smiles ? 3.0F : 1.0F;
      const MeshLook look{.features = features,
                          .expression = {smiles ? 2.0F : 0.1F, true},
                          .timestamp_s = i / 25.0};
      person.add(&look);
    }
    person.finish();
    std::vector<double> smile(1), calm(1), presence(1);
    person.row(10, smile, presence);
    person.row(98, calm, presence);
    EXPECT_NEAR(smile[0], 2, 1e-6) << percent;
    if (percent < 100) EXPECT_NEAR(calm[0], 0, 1e-6) << percent;
    EXPECT_EQ(person.neutral()->state,
              percent < 100 ? NeutralFacts::State::frames : NeutralFacts::State::none);
    EXPECT_EQ(person.neutral()->frames, 100 - percent);
  }
}

// What is given as neutral is that, unless it shows a neutral face and more.
TEST(MeshPerson, TakesWhatIsShownAsNeutralForNeutral) {
  const auto models = one_unit(0, 1);
  const auto mouth = [&](int smiles, int calm) {
    MeshPerson person(models, kShownNeutral);
    auto features = models.neutral;
    for (int i = 0; i < smiles + calm; ++i) {
      features[feature("gap")] = i < smiles ? 3.0F : 1.0F;
      const MeshLook look{.features = features,
                          .expression = {i < smiles ? 2.0F : 0.1F, true},
                          .timestamp_s = i / 25.0};
      person.add(&look);
    }
    return person.calibration().features.front().second;
  };
  EXPECT_EQ(mouth(1, 0), 3) << "a picture";
  EXPECT_EQ(mouth(0, 1), 1);
  EXPECT_EQ(mouth(40, 5), 3) << "a face that rests like that";
  EXPECT_NEAR(mouth(40, 25), 25 / 37.5, 1e-6) << "neutral frames, and the models' face";
}

TEST(MeshPerson, KnowsNoNeutralFaceFromAFrameOrAMoment) {
  const auto models = one_unit(0, 1);
  for (const int frames : {1, 6, 7, 12, 13}) {
    MeshPerson person(models);
    for (int i = 0; i < frames; ++i) {
      const MeshLook look{.features = models.neutral, .timestamp_s = i / 25.0};
      person.add(&look);
    }
    person.finish();
    const NeutralFacts facts = *person.neutral();
    EXPECT_EQ(facts.state, frames < 7    ? NeutralFacts::State::none
                           : frames < 13 ? NeutralFacts::State::weak
                                         : NeutralFacts::State::frames)
        << frames;
    EXPECT_EQ(facts.frames, frames);
  }
}

// Blendshapes of one frame in three hold for the next ones; before the first nothing is lifted.
TEST(MeshPerson, HoldsBlendshapesBetweenFrames) {
  auto models = one_unit(0, 1);
  models.units[0].lift = MeshAuModel::Lift{"browInnerUp", *blendshape_level("browInnerUp"), 6, 0};
  MeshPerson person(models, {.now = true});
  const auto add_frame = [&](std::optional<float> level, float evidence = 0) {
    Blendshapes blendshapes{};
    blendshapes[3] = level.value_or(0);
    const MeshLook look{.features = models.neutral,
                        .expression = {evidence, true},
                        .blendshapes = level ? &blendshapes : nullptr};
    person.add(&look);
    return now(person, models)[0];
  };
  EXPECT_EQ(add_frame({}), 0);
  EXPECT_EQ(person.calibration().features.front().second, 1) << "nothing is above";
  EXPECT_EQ(add_frame(0.25F), 0);
  EXPECT_EQ(add_frame({}), 0);
  EXPECT_NEAR(add_frame(0.5F), 1.5, 1e-6);
  EXPECT_NEAR(add_frame({}), 1.5, 1e-6);
  EXPECT_EQ(person.calibration().features.front().second, 0.25F);
  EXPECT_EQ(person.neutral()->frames, 5);
  add_frame(0.5F, 2);
  add_frame({}, 0);
  EXPECT_EQ(person.neutral()->frames, 5) << "so does an expression";
  add_frame(0.5F, 0);
  EXPECT_EQ(person.neutral()->frames, 6);
}

TEST(MeshPerson, LiftsByWhatABlendshapeIsMoreThanUsual) {
  auto models = one_unit(0, 1);
  models.units[0].lift =
      MeshAuModel::Lift{"browInnerUp", *blendshape_level("browInnerUp"), 6, 0.25F};
  MeshPerson person(models, {.now = true});
  for (int i = 0; i < 40; ++i) {
    Blendshapes blendshapes{};
    blendshapes[3] = i < 37 ? 0.125F : i < 39 ? 0.375F : 1;
    const MeshLook look{
        .features = models.neutral, .blendshapes = &blendshapes, .timestamp_s = i / 25.0};
    person.add(&look);
  }
  EXPECT_THAT(now(person, models), ElementsAre(DoubleNear(5, 1e-6), 0))
      << "clipped; present is what the networks say";
  person.finish();
  std::vector<double> value(1), presence(1);
  person.row(20, value, presence);
  EXPECT_EQ(value[0], 0);
  person.row(37, value, presence);
  EXPECT_NEAR(value[0], (0 + 1.5 + 1.5) / 3, 1e-6);
  EXPECT_EQ(presence[0], 0);
  EXPECT_EQ(person.calibration().features.front().first, "browInnerUp");
  EXPECT_EQ(person.calibration().features.front().second, 0.125F);
}

// 4 bytes per frame and used feature: of all features it would be more than twice as much.
TEST(MeshPerson, AllocatesOnceInAChunk) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  MeshPerson person(models);
  add(person, models.neutral);
  const long before = test::allocations();
  for (int i = 1; i < 1024; ++i) add(person, models.neutral);
  EXPECT_EQ(test::allocations(), before);
  EXPECT_LT(models.used_features().size(), models.neutral.size() / 2);
}

TEST(MeshStillValues, ComparesWithTheNeutralFace) {
  auto models = one_unit(0.5F, 1);
  models.neutral[feature("gap")] = 2;
  auto features = models.neutral;
  std::vector<double> intensities(1), presences(1);
  mesh_still_values(models, features, intensities, presences);
  EXPECT_THAT(intensities, Each(0));
  EXPECT_THAT(presences, Each(0));
  features[feature("gap")] = 4;
  mesh_still_values(models, features, intensities, presences);
  EXPECT_THAT(intensities, Each(DoubleNear(1.5, 1e-6)));
  EXPECT_THAT(presences, Each(1));
}

}  // namespace
}  // namespace auriga
