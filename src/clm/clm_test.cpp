#include "clm/clm.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clm/mean_shift.hpp"
#include "clm/multi_scale_fit.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/synthetic_pdm.hpp"
#include "support/allocations.hpp"

namespace auriga {
namespace {

using test::uniform;
using ::testing::Each;
using ::testing::ElementsAre;

// Experts that know where their landmarks are: the response is a Gaussian around `goal`, whatever
// the picture.
class KnowingExperts : public PatchExperts {
 public:
  KnowingExperts(double scale, std::vector<float> places) : goal(std::move(places)) {
    training_scale_ = scale;
    landmarks_ = static_cast<int>(goal.size() / 2);
    centres_ = {{0, 0, 0}};
    visible_.assign(landmarks_, 1);
    confidences.assign(landmarks_, 1);
  }

  void hide(int landmark) { visible_[landmark] = 0; }
  void add_view(double yaw_rad) {
    centres_.push_back({0, yaw_rad, 0});
    visible_.insert(visible_.end(), landmarks_, 1);
  }

  double confidence(int, int landmark) const override { return confidences[landmark]; }
  void respond(int view, int window, const SearchAreas& areas, std::span<float> responses,
               PatchWorkspace&) const override {
    ++calls;
    last_view = view;
    last_window = window;
    std::copy(areas.landmarks.begin(), areas.landmarks.end(), last_landmarks.begin());
    last_a = areas.a;
    last_b = areas.b;
    const int n = landmarks_;
    const float middle = static_cast<float>(window - 1) / 2;
    for (int i = 0; i < n; ++i) {
      if (visible_[view * n + i] == 0) continue;
      for (int y = 0; y < window; ++y) {
        for (int x = 0; x < window; ++x) {
          const float u = static_cast<float>(x) - middle, v = static_cast<float>(y) - middle;
          const float dx = areas.landmarks[i] + areas.a * u - areas.b * v - goal[i];
          const float dy = areas.landmarks[n + i] + areas.b * u + areas.a * v - goal[n + i];
          responses[(i * window + y) * window + x] = height * std::exp(-0.1f * (dx * dx + dy * dy));
        }
      }
    }
  }

  std::vector<float> goal, confidences;
  float height = 1;
  mutable std::vector<float> last_landmarks = std::vector<float>(goal.size());
  mutable int calls = 0, last_view = -1, last_window = 0;
  mutable float last_a = 0, last_b = 0;
};

// A model of knowing experts, and a start near the goal.
struct Scene {
  explicit Scene(std::vector<double> scales = {1.0}, int points = 28, int modes = 10,
                 std::uint32_t seed = 1)
      : random(seed),
        model(std::make_shared<ClmModel>(test::synthetic_pdm(points, modes, random))) {
    goal_pose = test::random_pose(random, 1.2f);
    goal_modes = test::random_weights(model->shape, random);
    goal = picture(goal_pose, goal_modes);
    for (const double scale : scales) {
      experts.push_back(new KnowingExperts(scale, goal));
      model->scales.emplace_back(experts.back());
    }
  }

  std::vector<float> picture(const ShapePose& pose, const std::vector<float>& modes) {
    return test::picture(model->shape, modes, pose, random, 0);
  }

  // A few px off the goal, with the mean shape.
  void start(Clm& clm) const {
    clm.state().pose = goal_pose;
    clm.state().pose.tx += 2;
    clm.state().pose.ty -= 1;
    clm.state().pose.rz += 0.02f;
    clm.state().modes = goal_modes;
    clm.state().modes[0] += 5;
  }
  Clm started() const {
    Clm clm(model, nullptr);
    start(clm);
    return clm;
  }

  std::mt19937 random;
  std::shared_ptr<ClmModel> model;
  std::vector<KnowingExperts*> experts;
  ShapePose goal_pose;
  std::vector<float> goal_modes, goal;
};

const std::vector<std::uint8_t> kPixels(64 * 48, 90);
const ImageView kGrey = {kPixels.data(), 64, 48, 1, 64};

// One scale as it is, no adaptation.
constexpr ClmSettings kPlain = {5, 1.5f, 1, 0, false};

double largest_distance(std::span<const float> a, std::span<const float> b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size() / 2; ++i)
    largest = std::max<double>(largest,
                               std::hypot(a[i] - b[i], a[a.size() / 2 + i] - b[a.size() / 2 + i]));
  return largest;
}

bool all_finite(const ClmState& state) {
  const auto finite = [](float v) { return std::isfinite(v); };
  const ShapePose& p = state.pose;
  return finite(p.scale + p.rx + p.ry + p.rz + p.tx + p.ty) && finite(state.likelihood) &&
         std::all_of(state.modes.begin(), state.modes.end(), finite) &&
         std::all_of(state.landmarks.begin(), state.landmarks.end(), finite) &&
         std::all_of(state.landmark_likelihoods.begin(), state.landmark_likelihoods.end(), finite);
}

TEST(SettingsAtScale, FollowTheTableOfTheSpec) {
  struct Row {
    ClmSettings settings;
    double scale;
    float regularisation, sigma, weight;
  };
  const ClmSettings clnf = {5, 1.5f, 25, 0, true}, clnf_wild = {10, 1.25f, 35, 2.5f, true},
                    ceclm = {5, 2.25f, 22.5f, 0, true},
                    ceclm_wild = {10, 1.875f, 31.5f, 2.5f, true};
  for (const Row& row : {Row{clnf, 0.25, 25, 1.5f, 0},
                         {clnf, 0.35, 17.7186f, 1.62136f, 0},
                         {clnf, 0.5, 10, 1.75f, 0},
                         {clnf_wild, 0.25, 35, 1.25f, 2.5f},
                         {clnf_wild, 0.35, 27.7186f, 1.37136f, 4.92714f},
                         {clnf_wild, 0.5, 20, 1.5f, 7.5f},
                         {ceclm, 0.25, 22.5f, 2.25f, 0},
                         {ceclm, 0.35, 15.2186f, 2.37136f, 0},
                         {ceclm, 0.5, 7.5f, 2.5f, 0},
                         {ceclm_wild, 0.35, 24.2186f, 1.99636f, 4.92714f},
                         {ceclm_wild, 0.5, 16.5f, 2.125f, 7.5f}}) {
    const ClmSettings adapted = settings_at_scale(row.settings, row.scale);
    EXPECT_NEAR(adapted.regularisation, row.regularisation, 6e-5);  // the table has 6 digits
    EXPECT_NEAR(adapted.sigma, row.sigma, 6e-6);
    EXPECT_NEAR(adapted.weight_factor, row.weight, 1e-5);
    EXPECT_EQ(adapted.iterations, row.settings.iterations);
  }
  EXPECT_EQ(settings_at_scale({5, 1.5f, 10, 0, true}, 0.5).regularisation, 0.001f);
  const ClmSettings fixed = settings_at_scale({5, 1.5f, 10, 2, false}, 0.5);
  EXPECT_EQ(fixed.regularisation, 10);
  EXPECT_EQ(fixed.sigma, 1.5f);
  EXPECT_EQ(fixed.weight_factor, 2);
}

TEST(Clm, BeginsEmpty) {
  const Scene scene;
  Clm clm = scene.started();
  clm.fit(kGrey, kPlain, {9});
  clm.set_verdict(true, 0.9f);
  clm.reset();
  const Clm fresh(scene.model, nullptr);
  for (const Clm* each : std::initializer_list<const Clm*>{&clm, &fresh}) {
    const ClmState& state = each->state();
    EXPECT_EQ(state.pose.scale, 1);
    EXPECT_EQ(state.pose.tx, 0);
    EXPECT_THAT(state.modes, Each(0));
    EXPECT_THAT(state.landmarks, Each(0));
    EXPECT_EQ(state.landmarks.size(), 56);
    EXPECT_EQ(state.likelihood, -10);
    EXPECT_FALSE(each->success());
    EXPECT_EQ(each->certainty(), 0);
  }
}

TEST(Clm, FindsTheLandmarks) {
  const Scene scene({0.8, 1.0, 1.2}, 68, 34);
  Clm clm = scene.started();
  EXPECT_TRUE(clm.detect(kGrey, {20, 1.5f, 0.1f, 0, false}, {{11, 11, 11, 0}, true, true}));
  // The kernel's centre snaps to 0.1 px of a map.
  EXPECT_LT(largest_distance(clm.state().landmarks, scene.goal), 0.15);
  EXPECT_TRUE(clm.success());
  EXPECT_EQ(clm.certainty(), 1);  // no validator: nothing to doubt
  for (const KnowingExperts* experts : scene.experts) EXPECT_EQ(experts->calls, 1);
}

TEST(Clm, MakesTheMapsAroundTheStartOfTheScale) {
  Scene scene({0.8});
  Clm clm = scene.started();
  const ShapePose pose = clm.state().pose;
  const std::vector<float> start = scene.picture(pose, clm.state().modes);
  clm.fit(kGrey, kPlain, {9});
  EXPECT_EQ(scene.experts[0]->calls, 1);  // both passes climb the same maps
  EXPECT_EQ(scene.experts[0]->last_window, 9);
  EXPECT_EQ(scene.experts[0]->last_landmarks, start);
  // Without a turn out of the picture's plane the similarity is the pose.
  scene.start(clm);
  clm.state().pose.rx = clm.state().pose.ry = 0;
  clm.state().pose.rz = 0.3f;
  clm.state().pose.scale = 1.2f;
  clm.fit(kGrey, kPlain, {9});
  EXPECT_NEAR(scene.experts[0]->last_a, 1.5 * std::cos(0.3), 1e-6);
  EXPECT_NEAR(scene.experts[0]->last_b, 1.5 * std::sin(0.3), 1e-6);
}

TEST(Clm, TakesTheViewOfTheStart) {
  Scene scene({1.0, 1.0});
  for (KnowingExperts* experts : scene.experts) experts->add_view(0.4);
  Clm clm = scene.started();
  clm.state().pose.rx = clm.state().pose.rz = 0;
  for (const float yaw : {0.15f, 0.25f}) {
    clm.state().pose.ry = yaw;
    clm.fit(kGrey, kPlain, {9, 0, 0, 0});
    EXPECT_EQ(scene.experts[0]->last_view, yaw > 0.2f);
    EXPECT_EQ(clm.state().view, yaw > 0.2f);
  }
  EXPECT_EQ(scene.experts[1]->calls, 0);
}

TEST(Clm, DoesNotCountInvisibleLandmarks) {
  Scene scene;
  scene.experts[0]->hide(5);
  Clm clm = scene.started(), other = scene.started();
  clm.fit(kGrey, kPlain, {9});
  scene.experts[0]->goal[5] += 30;
  other.fit(kGrey, kPlain, {9});
  EXPECT_EQ(clm.state().landmarks, other.state().landmarks);
  EXPECT_EQ(clm.state().likelihood, other.state().likelihood);
  EXPECT_EQ(clm.state().landmark_likelihoods[5], -1e8f);
}

TEST(Clm, WeighsByConfidenceWhenAsked) {
  Scene scene;
  std::fill_n(scene.experts[0]->goal.begin(), 14, 0.0f);  // half of the landmarks: maps of 0
  for (int i = 0; i < 14; ++i) scene.experts[0]->goal[i] = scene.goal[i] + 4;
  Clm plain = scene.started(), all_same = scene.started(), doubtful = scene.started();
  plain.fit(kGrey, kPlain, {9});
  ClmSettings weighted = kPlain;
  weighted.weight_factor = 1;
  all_same.fit(kGrey, weighted, {9});
  EXPECT_EQ(plain.state().landmarks, all_same.state().landmarks);
  std::fill_n(scene.experts[0]->confidences.begin(), 14, 0.01f);
  doubtful.fit(kGrey, weighted, {9});
  const auto error = [&](const Clm& clm) {
    std::vector<float> theirs(clm.state().landmarks), ours(scene.goal);
    return largest_distance({theirs.data() + 14, 14}, {ours.data() + 14, 14});
  };
  EXPECT_LT(error(doubtful), error(plain));
}

TEST(Clm, KeepsTheFirstSigmaOfAWindowSize) {
  const Scene scene;
  ClmSettings narrow = kPlain, wide = kPlain;
  narrow.sigma = 1;
  wide.sigma = 3;
  Clm first = scene.started(), second = scene.started(), fresh = scene.started();
  first.fit(kGrey, narrow, {9});
  second.fit(kGrey, narrow, {9});
  scene.start(second);
  second.fit(kGrey, wide, {9});
  fresh.fit(kGrey, wide, {9});
  EXPECT_EQ(second.state().landmarks, first.state().landmarks);
  EXPECT_NE(second.state().landmarks, fresh.state().landmarks);
  // The likelihood knows the sigma at hand; another window size has a kernel of its own.
  EXPECT_NE(second.state().likelihood, first.state().likelihood);
  scene.start(second);
  second.fit(kGrey, wide, {11});
  scene.start(fresh);
  fresh.fit(kGrey, wide, {11});
  EXPECT_EQ(second.state().landmarks, fresh.state().landmarks);
}

TEST(Clm, LikelihoodIsThatOfBeforeTheLastStep) {
  Scene scene;
  scene.experts[0]->hide(3);
  Clm clm = scene.started();
  // Maps at the goal: the rigid pass has nothing to do, so the first and only step of the other
  // pass starts from the middle of the maps; its strong prior then pulls the shape off the goal.
  clm.state().pose = scene.goal_pose;
  clm.state().modes = scene.goal_modes;
  const ClmSettings once = {1, 1.5f, 1000, 0, false};
  clm.fit(kGrey, once, {9});
  EXPECT_GT(largest_distance(clm.state().landmarks, scene.goal), 0.3);

  std::vector<float> map(81 + kResponseMargin);
  double sum = 0;
  const float a = scene.experts[0]->last_a, b = scene.experts[0]->last_b;
  for (int y = 0; y < 9; ++y)
    for (int x = 0; x < 9; ++x)
      map[y * 9 + x] = std::exp(-0.1f * (a * a + b * b) *
                                static_cast<float>((x - 4) * (x - 4) + (y - 4) * (y - 4)));
  const float expected = MeanShiftKernel::likelihood(map.data(), 9, 4, 4, 1.5f);
  for (int i = 0; i < 28; ++i) {
    if (i == 3) continue;
    EXPECT_NEAR(clm.state().landmark_likelihoods[i], expected, 1e-4 * expected);
    sum += std::log(clm.state().landmark_likelihoods[i] + 1e-8);
  }
  EXPECT_NEAR(clm.state().likelihood, sum / 27, 1e-6);
}

TEST(Clm, RecordsTheLikelihoodOfTheLastScale) {
  // Each scale answers with another height, which shows in the likelihood alone.
  const auto height_of = [](float start_scale, const ClmWindows& windows) {
    Scene scene({1.0, 1.0, 1.0, 1.0});
    float height = 1;
    for (KnowingExperts* experts : scene.experts) experts->height = height *= 1000;
    Clm clm(scene.model, nullptr);
    clm.state().pose = scene.goal_pose;
    clm.state().modes = scene.goal_modes;
    clm.state().pose.scale = start_scale;
    const std::vector<float> goal = scene.picture(clm.state().pose, clm.state().modes);
    for (KnowingExperts* experts : scene.experts) experts->goal = goal;
    clm.fit(kGrey, kPlain, windows);
    return static_cast<int>(std::lround(clm.state().likelihood / std::log(1000.0) - 0.2));
  };
  EXPECT_EQ(height_of(1, {9, 9, 9, 9}), 4);
  EXPECT_EQ(height_of(1, {9, 9, 9, 0}), 3);
  EXPECT_EQ(height_of(1, {0, 9, 0, 0}), 2);
  EXPECT_EQ(height_of(1, {9, 0, 9, 0}), 3);
  EXPECT_EQ(height_of(1, {0, 0, 0, 0}), -2);     // still the -10 of the beginning
  EXPECT_EQ(height_of(0.28f, {9, 9, 9, 9}), 4);  // recorded at every scale
  EXPECT_EQ(height_of(0.24f, {9, 9, 9, 9}), 1);  // too small: recorded, then the end
}

TEST(Clm, FailsWhenTheFaceIsTooSmall) {
  for (const float scale : {0.24f, 0.26f}) {
    Scene scene({1.0, 1.0});
    Clm clm(scene.model, nullptr);
    clm.state().pose = scene.goal_pose;
    clm.state().pose.scale = scale;
    const std::vector<float> goal = scene.picture(clm.state().pose, clm.state().modes);
    for (KnowingExperts* experts : scene.experts) experts->goal = goal;
    const bool large_enough = scale > 0.25f;
    EXPECT_EQ(clm.detect(kGrey, kPlain, {{9, 9, 0, 0}, true, true}), large_enough);
    EXPECT_EQ(clm.success(), large_enough);
    EXPECT_EQ(clm.certainty(), large_enough ? 1 : 0);
    EXPECT_EQ(scene.experts[1]->calls, large_enough ? 1 : 0);
    EXPECT_EQ(clm.state().landmarks, scene.picture(clm.state().pose, clm.state().modes));
  }
}

// A scene with two parts that share landmarks 0-7 and 4-11 of the whole.
struct SceneWithParts : Scene {
  SceneWithParts() : Scene({1.0}) {
    for (int p = 0; p < 2; ++p) {
      auto part = std::make_shared<ClmModel>(test::synthetic_pdm(12, 3, random));
      ClmPart& entry = model->parts.emplace_back();
      entry.name = p == 0 ? "first" : "second";
      for (int i = 0; i < 8; ++i) entry.landmarks.emplace_back(4 * p + i, 11 - i);
      // The part's mean shape is that of the whole, so that it can be put on it.
      for (const auto& [of_whole, of_part] : entry.landmarks)
        for (int a = 0; a < 3; ++a)
          part->pdm.mean[12 * a + of_part] = model->pdm.mean[28 * a + of_whole];
      part->shape = ShapeModel(part->pdm);
      part_experts.push_back(new KnowingExperts(1.0, std::vector<float>(24, 100.0f)));
      part->scales.emplace_back(part_experts.back());
      entry.windows = {9};
      entry.settings = kPlain;
      entry.model = part;
    }
  }

  // The whole stands at the goal; what its own experts say does not matter.
  Clm at_goal(float scale) {
    Clm clm(model, nullptr);
    clm.state().pose = goal_pose;
    clm.state().pose.scale = scale;
    clm.state().modes = goal_modes;
    clm.state().landmarks = picture(clm.state().pose, goal_modes);
    return clm;
  }

  // Parts look for the landmarks of the whole, moved along x.
  void set_goals(const std::vector<float>& landmarks, float first, float second) {
    for (int p = 0; p < 2; ++p)
      for (const auto& [of_whole, of_part] : model->parts[p].landmarks) {
        part_experts[p]->goal[of_part] = landmarks[of_whole] + (p == 0 ? first : second);
        part_experts[p]->goal[12 + of_part] = landmarks[28 + of_whole];
      }
  }

  std::vector<KnowingExperts*> part_experts;
};

// Modes of the whole's shape, fitted to `landmarks` after the parts in turn have put theirs there.
std::vector<float> fitted_modes(const SceneWithParts& scene, std::vector<float> landmarks,
                                const std::vector<const ClmState*>& parts) {
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (const auto& [of_whole, of_part] : scene.model->parts[p].landmarks) {
      landmarks[of_whole] = parts[p]->landmarks[of_part];
      landmarks[28 + of_whole] = parts[p]->landmarks[12 + of_part];
    }
  }
  ShapePose pose;
  std::vector<float> modes(10);
  EXPECT_GT(ShapeFitter(scene.model->shape).fit(landmarks, pose, modes), 0);
  return modes;
}

TEST(ClmParts, AreFittedWhenTheFaceIsLargeEnough) {
  for (const float scale : {0.89f, 0.91f}) {
    SceneWithParts scene;
    Clm clm = scene.at_goal(scale);
    const std::vector<float> landmarks = clm.state().landmarks;
    EXPECT_TRUE(clm.conclude(kGrey, true, {{}, true, true}));
    for (std::size_t p = 0; p < 2; ++p) {
      EXPECT_EQ(scene.part_experts[p]->calls, scale > 0.9f ? 1 : 0);
      EXPECT_EQ(clm.parts()[p].likelihood == -10, scale < 0.9f);
      // In either case the part was put on the landmarks.
      EXPECT_NEAR(clm.parts()[p].pose.scale, scale, 0.3);
      EXPECT_THAT(clm.parts()[p].landmarks, Each(testing::Ne(0)));
    }
    EXPECT_EQ(clm.state().landmarks == landmarks, scale < 0.9f);  // else fitted again
  }
}

TEST(ClmParts, StayAwayWhenNotAsked) {
  SceneWithParts scene;
  Clm clm = scene.at_goal(1.2f);
  EXPECT_TRUE(clm.conclude(kGrey, true, {{}, false, true}));
  EXPECT_EQ(scene.part_experts[0]->calls, 0);
  EXPECT_THAT(clm.parts()[0].landmarks, Each(0));
}

TEST(ClmParts, StartFromTheLandmarksOfTheWhole) {
  SceneWithParts scene;
  Clm clm = scene.at_goal(1.2f);
  std::vector<float> seen(24);
  for (const auto& [of_whole, of_part] : scene.model->parts[1].landmarks) {
    seen[of_part] = clm.state().landmarks[of_whole];
    seen[12 + of_part] = clm.state().landmarks[28 + of_whole];
  }
  const ShapeModel& shape = scene.model->parts[1].model->shape;
  ShapePose pose;
  std::vector<float> modes(3);
  ASSERT_GT(ShapeFitter(shape).fit(seen, pose, modes), 0);
  clm.parts()[1].pose.tx = 1e3f;  // where the part was before does not matter
  clm.conclude(kGrey, true, {{}, true, true});
  EXPECT_EQ(scene.part_experts[1]->last_landmarks,
            test::picture(shape, modes, pose, scene.random, 0));
}

TEST(ClmParts, LaterOnesWinAndTheWholeIsFittedToAll) {
  SceneWithParts scene;
  Clm clm = scene.at_goal(1.2f);
  const std::vector<float> merged = clm.state().landmarks;
  scene.set_goals(merged, 3, -3);
  clm.conclude(kGrey, true, {{}, true, true});
  // The parts disagree about landmarks 4-7, which both have.
  EXPECT_GT(clm.parts()[0].landmarks[11 - 4], clm.parts()[1].landmarks[11] + 2);
  EXPECT_EQ(clm.state().modes, fitted_modes(scene, merged, {&clm.parts()[0], &clm.parts()[1]}));
  EXPECT_EQ(clm.state().landmarks, scene.picture(clm.state().pose, clm.state().modes));
}

TEST(ClmParts, AllCountAsSoonAsOneIsFitted) {
  // The second part's experts are for faces that are larger than this one.
  SceneWithParts scene;
  auto* second = const_cast<ClmModel*>(scene.model->parts[1].model.get());
  second->scales.clear();
  second->scales.emplace_back(new KnowingExperts(2.0, std::vector<float>(24, 100.0f)));
  Clm clm = scene.at_goal(1.2f);
  const std::vector<float> merged = clm.state().landmarks;
  scene.part_experts.pop_back();
  clm.conclude(kGrey, true, {{}, true, true});
  EXPECT_EQ(clm.parts()[1].likelihood, -10);  // not fitted, only put in its place
  EXPECT_EQ(clm.state().modes, fitted_modes(scene, merged, {&clm.parts()[0], &clm.parts()[1]}));
}

TEST(ClmParts, WithoutAPlaceAreLeftOut) {
  SceneWithParts scene;
  Clm clm = scene.at_goal(1.2f);
  // x = 0 means invisible, so nothing tells where the second part is.
  for (int i = 4; i < 12; ++i) clm.state().landmarks[i] = 0;
  clm.parts()[1].landmarks.assign(24, 7.0f);
  const std::vector<float> merged = clm.state().landmarks;
  clm.conclude(kGrey, true, {{}, true, true});
  EXPECT_EQ(scene.part_experts[0]->calls, 1);
  EXPECT_EQ(scene.part_experts[1]->calls, 0);
  EXPECT_THAT(clm.parts()[1].landmarks, Each(7.0f));
  EXPECT_EQ(clm.state().modes, fitted_modes(scene, merged, {&clm.parts()[0]}));
}

TEST(Clm, StaysFiniteWhateverTheStart) {
  SceneWithParts scene;
  std::vector<std::uint8_t> one = {200};
  for (const ImageView picture : {kGrey, ImageView{one.data(), 1, 1, 1, 1}, ImageView{}}) {
    for (int trial = 0; trial < 300; ++trial) {
      const auto wild = [&](float range) {
        return uniform(scene.random, -range, range) *
               std::pow(10.0f, uniform(scene.random, -8, trial % 3 == 0 ? 30 : 4));
      };
      Clm clm(scene.model, nullptr);
      clm.state().pose = {wild(2),
                          uniform(scene.random, -4, 4),
                          uniform(scene.random, -4, 4),
                          wild(0.01f),
                          wild(500),
                          wild(500)};
      for (float& mode : clm.state().modes) mode = wild(1);
      for (KnowingExperts* experts : {scene.experts[0], scene.part_experts[0]}) {
        experts->height = trial % 4 == 0 ? 0 : wild(1);
        for (float& place : experts->goal) place = wild(500);
      }
      if (trial % 7 == 0) clm.state().pose.scale = 0;
      for (int frame = 0; frame < 3; ++frame)
        clm.detect(picture, trial % 2 == 0 ? kPlain : ClmSettings{}, {{9}, true, true});
      EXPECT_TRUE(all_finite(clm.state())) << trial;
      for (const ClmState& part : clm.parts()) EXPECT_TRUE(all_finite(part)) << trial;
    }
  }
}

TEST(Clm, StaysWhereNothingAnswers) {
  Scene scene;
  scene.experts[0]->height = 0;
  Clm clm(scene.model, nullptr);
  clm.state().pose = scene.goal_pose;
  const std::vector<float> start = scene.picture(scene.goal_pose, clm.state().modes);
  EXPECT_TRUE(clm.detect(kGrey, {}, {{9}, true, true}));
  EXPECT_LT(largest_distance(clm.state().landmarks, start), 1e-3);
  EXPECT_NEAR(clm.state().likelihood, std::log(1e-8), 1e-5);
}

TEST(Clm, DoesNotAllocatePerFrame) {
  SceneWithParts scene;
  Clm clm = scene.started();
  const Clm::Step step = {{9}, true, true};
  ClmSettings weighted = kPlain;
  weighted.weight_factor = 1;
  clm.detect(kGrey, weighted, step);
  const long before = test::allocations();
  for (int frame = 0; frame < 5; ++frame) {
    clm.reset();
    clm.state().pose = scene.goal_pose;
    clm.detect(kGrey, frame % 2 == 0 ? kPlain : weighted, step);
  }
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace auriga
