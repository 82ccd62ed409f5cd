#include "clm/clm_fitter.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clm/mean_shift.hpp"
#include "clm/multi_scale_fit.hpp"
#include "clm/state_bytes.hpp"
#include "shape/fake_pdm.hpp"
#include "shape/shape_fitter.hpp"
#include "support/allocations.hpp"

namespace auriga {
namespace {

using test::bytes_of;
using test::uniform;
using ::testing::Each;

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

  ClmFitter fitter() const { return ClmFitter(model, nullptr); }

  // A few px off the goal, with one mode that is too large.
  ClmState start() const {
    ClmState state = unseen(*model);
    state.whole.pose = goal_pose;
    state.whole.pose.tx += 2;
    state.whole.pose.ty -= 1;
    state.whole.pose.rz += 0.02f;
    state.whole.modes = goal_modes;
    state.whole.modes[0] += 5;
    return state;
  }
  // The fit of a fitter that has done nothing else, from there.
  ClmState fitted(const ClmSettings& settings, const ClmWindows& windows) const;

  std::mt19937 random;
  std::shared_ptr<ClmModel> model;
  std::vector<KnowingExperts*> experts;
  ShapePose goal_pose;
  std::vector<float> goal_modes, goal;
};

const std::vector<std::uint8_t> kPixels(64 * 48, 90);
const ImageView kGrey = {kPixels.data(), 64, 48, 1, 64};

ClmState Scene::fitted(const ClmSettings& settings, const ClmWindows& windows) const {
  return fitter().fit(kGrey, settings, windows, start());
}

// One scale as it is, no adaptation.
constexpr ClmSettings kPlain = {5, 1.5f, 1, 0, false};

double largest_distance(std::span<const float> a, std::span<const float> b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size() / 2; ++i)
    largest = std::max<double>(largest,
                               std::hypot(a[i] - b[i], a[a.size() / 2 + i] - b[a.size() / 2 + i]));
  return largest;
}

bool all_finite(const ClmShape& state) {
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

TEST(ClmState, BeginsEmpty) {
  const Scene scene;
  ClmState state = scene.fitted(kPlain, {9});
  state.success = true;
  state.certainty = 0.9f;
  for (const ClmState& each : {unseen(*scene.model), unseen(*scene.model, std::move(state))}) {
    const ClmShape& whole = each.whole;
    EXPECT_EQ(whole.pose.scale, 1);
    EXPECT_EQ(whole.pose.tx, 0);
    EXPECT_EQ(whole.modes.size(), 10);
    EXPECT_THAT(whole.modes, Each(0));
    EXPECT_THAT(whole.landmarks, Each(0));
    EXPECT_EQ(whole.landmarks.size(), 56);
    EXPECT_EQ(whole.landmark_likelihoods.size(), 28);
    EXPECT_EQ(whole.likelihood, -10);
    EXPECT_FALSE(each.success);
    EXPECT_EQ(each.certainty, 0);
  }
}

TEST(ClmFitter, FindsTheLandmarks) {
  const Scene scene({0.8, 1.0, 1.2}, 68, 34);
  const ClmState state =
      scene.fitter().detect(kGrey, {20, 1.5f, 0.1f, 0, false}, {11, 11, 11, 0}, {}, scene.start());
  // The kernel's centre snaps to 0.1 px of a map.
  EXPECT_LT(largest_distance(state.whole.landmarks, scene.goal), 0.15);
  EXPECT_TRUE(state.success);
  EXPECT_EQ(state.certainty, 1);  // no validator: nothing to doubt
  for (const KnowingExperts* experts : scene.experts) EXPECT_EQ(experts->calls, 1);
}

TEST(ClmFitter, MakesTheMapsAroundTheStartOfTheScale) {
  Scene scene({0.8});
  ClmFitter fitter = scene.fitter();
  ClmState state = scene.start();
  const std::vector<float> start = scene.picture(state.whole.pose, state.whole.modes);
  fitter.fit(kGrey, kPlain, {9}, state);
  EXPECT_EQ(scene.experts[0]->calls, 1);  // both passes climb the same maps
  EXPECT_EQ(scene.experts[0]->last_window, 9);
  EXPECT_EQ(scene.experts[0]->last_landmarks, start);
  // Without a turn out of the picture's plane the similarity is the pose.
  state.whole.pose.rx = state.whole.pose.ry = 0;
  state.whole.pose.rz = 0.3f;
  state.whole.pose.scale = 1.2f;
  fitter.fit(kGrey, kPlain, {9}, state);
  EXPECT_NEAR(scene.experts[0]->last_a, 1.5 * std::cos(0.3), 1e-6);
  EXPECT_NEAR(scene.experts[0]->last_b, 1.5 * std::sin(0.3), 1e-6);
}

TEST(ClmFitter, TakesTheViewOfTheStart) {
  Scene scene({1.0, 1.0});
  for (KnowingExperts* experts : scene.experts) experts->add_view(0.4);
  ClmFitter fitter = scene.fitter();
  ClmState state = scene.start();
  state.whole.pose.rx = state.whole.pose.rz = 0;
  for (const float yaw : {0.15f, 0.25f}) {
    state.whole.pose.ry = yaw;
    state = fitter.fit(kGrey, kPlain, {9, 0, 0, 0}, std::move(state));
    EXPECT_EQ(scene.experts[0]->last_view, yaw > 0.2f);
    EXPECT_EQ(state.whole.view, yaw > 0.2f);
  }
  EXPECT_EQ(scene.experts[1]->calls, 0);
}

TEST(ClmFitter, DoesNotCountInvisibleLandmarks) {
  Scene scene;
  scene.experts[0]->hide(5);
  const ClmShape whole = scene.fitted(kPlain, {9}).whole;
  scene.experts[0]->goal[5] += 30;
  const ClmShape other = scene.fitted(kPlain, {9}).whole;
  EXPECT_EQ(whole.landmarks, other.landmarks);
  EXPECT_EQ(whole.likelihood, other.likelihood);
  EXPECT_EQ(whole.landmark_likelihoods[5], -1e8f);
}

TEST(ClmFitter, WeighsByConfidenceWhenAsked) {
  Scene scene;
  std::fill_n(scene.experts[0]->goal.begin(), 14, 0.0f);  // half of the landmarks: maps of 0
  for (int i = 0; i < 14; ++i) scene.experts[0]->goal[i] = scene.goal[i] + 4;
  ClmSettings weighted = kPlain;
  weighted.weight_factor = 1;
  const ClmShape plain = scene.fitted(kPlain, {9}).whole,
                 all_same = scene.fitted(weighted, {9}).whole;
  EXPECT_EQ(plain.landmarks, all_same.landmarks);
  std::fill_n(scene.experts[0]->confidences.begin(), 14, 0.01f);
  const ClmShape doubtful = scene.fitted(weighted, {9}).whole;
  const auto error = [&](const ClmShape& whole) {
    return largest_distance(std::span(whole.landmarks).subspan(14, 14),
                            std::span(scene.goal).subspan(14, 14));
  };
  EXPECT_LT(error(doubtful), error(plain));
}

TEST(ClmFitter, KeepsTheFirstSigmaOfAWindowSize) {
  const Scene scene;
  ClmSettings narrow = kPlain, wide = kPlain;
  narrow.sigma = 1;
  wide.sigma = 3;
  ClmFitter fitter = scene.fitter();
  const ClmShape first = fitter.fit(kGrey, narrow, {9}, scene.start()).whole,
                 second = fitter.fit(kGrey, wide, {9}, scene.start()).whole,
                 fresh = scene.fitted(wide, {9}).whole;
  EXPECT_EQ(second.landmarks, first.landmarks);
  EXPECT_NE(second.landmarks, fresh.landmarks);
  // The likelihood knows the sigma at hand; another window size has a kernel of its own.
  EXPECT_NE(second.likelihood, first.likelihood);
  EXPECT_EQ(fitter.fit(kGrey, wide, {11}, scene.start()).whole.landmarks,
            scene.fitted(wide, {11}).whole.landmarks);
}

TEST(ClmFitter, LikelihoodIsThatOfBeforeTheLastStep) {
  Scene scene;
  scene.experts[0]->hide(3);
  ClmState state = scene.start();
  // Maps at the goal: the rigid pass has nothing to do, so the first and only step of the other
  // pass starts from the middle of the maps; its strong prior then pulls the shape off the goal.
  state.whole.pose = scene.goal_pose;
  state.whole.modes = scene.goal_modes;
  const ClmSettings once = {1, 1.5f, 1000, 0, false};
  state = scene.fitter().fit(kGrey, once, {9}, std::move(state));
  EXPECT_GT(largest_distance(state.whole.landmarks, scene.goal), 0.3);

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
    EXPECT_NEAR(state.whole.landmark_likelihoods[i], expected, 1e-4 * expected);
    sum += std::log(state.whole.landmark_likelihoods[i] + 1e-8);
  }
  EXPECT_NEAR(state.whole.likelihood, sum / 27, 1e-6);
}

TEST(ClmFitter, RecordsTheLikelihoodOfTheLastScale) {
  // Each scale answers with another height, which shows in the likelihood alone.
  const auto height_of = [](float start_scale, const ClmWindows& windows) {
    Scene scene({1.0, 1.0, 1.0, 1.0});
    float height = 1;
    for (KnowingExperts* experts : scene.experts) experts->height = height *= 1000;
    ClmState state = unseen(*scene.model);
    state.whole.pose = scene.goal_pose;
    state.whole.modes = scene.goal_modes;
    state.whole.pose.scale = start_scale;
    const std::vector<float> goal = scene.picture(state.whole.pose, state.whole.modes);
    for (KnowingExperts* experts : scene.experts) experts->goal = goal;
    state = scene.fitter().fit(kGrey, kPlain, windows, std::move(state));
    return static_cast<int>(std::lround(state.whole.likelihood / std::log(1000.0) - 0.2));
  };
  EXPECT_EQ(height_of(1, {9, 9, 9, 9}), 4);
  EXPECT_EQ(height_of(1, {9, 9, 9, 0}), 3);
  EXPECT_EQ(height_of(1, {0, 9, 0, 0}), 2);
  EXPECT_EQ(height_of(1, {9, 0, 9, 0}), 3);
  EXPECT_EQ(height_of(1, {0, 0, 0, 0}), -2);     // still the -10 of the beginning
  EXPECT_EQ(height_of(0.28f, {9, 9, 9, 9}), 4);  // recorded at every scale
  EXPECT_EQ(height_of(0.24f, {9, 9, 9, 9}), 1);  // too small: recorded, then the end
}

TEST(ClmFitter, FailsWhenTheFaceIsTooSmall) {
  for (const float scale : {0.24f, 0.26f}) {
    Scene scene({1.0, 1.0});
    ClmState state = unseen(*scene.model);
    state.whole.pose = scene.goal_pose;
    state.whole.pose.scale = scale;
    const std::vector<float> goal = scene.picture(state.whole.pose, state.whole.modes);
    for (KnowingExperts* experts : scene.experts) experts->goal = goal;
    const bool large_enough = scale > 0.25f;
    state = scene.fitter().detect(kGrey, kPlain, {9, 9, 0, 0}, {}, std::move(state));
    EXPECT_EQ(state.success, large_enough);
    EXPECT_EQ(state.certainty, large_enough ? 1 : 0);
    EXPECT_EQ(scene.experts[1]->calls, large_enough ? 1 : 0);
    EXPECT_EQ(state.whole.landmarks, scene.picture(state.whole.pose, state.whole.modes));
  }
}

TEST(ClmFitter, TheVerdictIsOfThisStepAlone) {
  const Scene scene;
  ClmFitter fitter = scene.fitter();
  ClmState state = scene.start();
  state.certainty = 0.3f;
  state = fitter.fit(kGrey, kPlain, {9}, std::move(state));
  EXPECT_TRUE(state.success);
  EXPECT_EQ(state.certainty, 1);
  state.whole.pose.scale = 0.1f;
  state = fitter.fit(kGrey, kPlain, {9}, std::move(state));
  EXPECT_FALSE(state.success);
  EXPECT_EQ(state.certainty, 0);
  state.certainty = 0.9f;
  state = fitter.conclude(kGrey, {false, true, 0}, std::move(state));
  EXPECT_FALSE(state.success) << "strictly above the boundary";
  EXPECT_EQ(state.certainty, 0);
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
  ClmState at_goal(float scale) {
    ClmState state = unseen(*model);
    state.whole.pose = goal_pose;
    state.whole.pose.scale = scale;
    state.whole.modes = goal_modes;
    state.whole.landmarks = picture(state.whole.pose, goal_modes);
    state.success = true;
    return state;
  }
  ClmState concluded(ClmState state, bool refine_parts = true) const {
    return fitter().conclude(kGrey, {refine_parts, true}, std::move(state));
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
                                std::span<const ClmShape> parts) {
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (const auto& [of_whole, of_part] : scene.model->parts[p].landmarks) {
      landmarks[of_whole] = parts[p].landmarks[of_part];
      landmarks[28 + of_whole] = parts[p].landmarks[12 + of_part];
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
    const ClmState before = scene.at_goal(scale), after = scene.concluded(before);
    EXPECT_TRUE(after.success);
    for (std::size_t p = 0; p < 2; ++p) {
      EXPECT_EQ(scene.part_experts[p]->calls, scale > 0.9f ? 1 : 0);
      EXPECT_EQ(after.parts[p].likelihood == -10, scale < 0.9f);
      // In either case the part was put on the landmarks.
      EXPECT_NEAR(after.parts[p].pose.scale, scale, 0.3);
      EXPECT_THAT(after.parts[p].landmarks, Each(testing::Ne(0)));
    }
    EXPECT_EQ(after.whole.landmarks == before.whole.landmarks, scale < 0.9f);  // else fitted again
  }
}

TEST(ClmParts, StayAwayWhenNotAsked) {
  SceneWithParts scene;
  const ClmState state = scene.concluded(scene.at_goal(1.2f), false);
  EXPECT_TRUE(state.success);
  EXPECT_EQ(scene.part_experts[0]->calls, 0);
  EXPECT_THAT(state.parts[0].landmarks, Each(0));
}

TEST(ClmParts, StartFromTheLandmarksOfTheWhole) {
  SceneWithParts scene;
  ClmState state = scene.at_goal(1.2f);
  std::vector<float> seen(24);
  for (const auto& [of_whole, of_part] : scene.model->parts[1].landmarks) {
    seen[of_part] = state.whole.landmarks[of_whole];
    seen[12 + of_part] = state.whole.landmarks[28 + of_whole];
  }
  const ShapeModel& shape = scene.model->parts[1].model->shape;
  ShapePose pose;
  std::vector<float> modes(3);
  ASSERT_GT(ShapeFitter(shape).fit(seen, pose, modes), 0);
  state.parts[1].pose.tx = 1e3f;  // where the part was before does not matter
  scene.concluded(state);
  EXPECT_EQ(scene.part_experts[1]->last_landmarks,
            test::picture(shape, modes, pose, scene.random, 0));
}

TEST(ClmParts, LaterOnesWinAndTheWholeIsFittedToAll) {
  SceneWithParts scene;
  const ClmState before = scene.at_goal(1.2f);
  scene.set_goals(before.whole.landmarks, 3, -3);
  const ClmState after = scene.concluded(before);
  // The parts disagree about landmarks 4-7, which both have.
  EXPECT_GT(after.parts[0].landmarks[11 - 4], after.parts[1].landmarks[11] + 2);
  EXPECT_EQ(after.whole.modes, fitted_modes(scene, before.whole.landmarks, after.parts));
  EXPECT_EQ(after.whole.landmarks, scene.picture(after.whole.pose, after.whole.modes));
}

TEST(ClmParts, AllCountAsSoonAsOneIsFitted) {
  // The second part's experts are for faces that are larger than this one.
  SceneWithParts scene;
  auto* second = const_cast<ClmModel*>(scene.model->parts[1].model.get());
  second->scales.clear();
  second->scales.emplace_back(new KnowingExperts(2.0, std::vector<float>(24, 100.0f)));
  scene.part_experts.pop_back();
  const ClmState before = scene.at_goal(1.2f), after = scene.concluded(before);
  EXPECT_EQ(after.parts[1].likelihood, -10);  // not fitted, only put in its place
  EXPECT_EQ(after.whole.modes, fitted_modes(scene, before.whole.landmarks, after.parts));
}

TEST(ClmParts, WithoutAPlaceAreLeftOut) {
  SceneWithParts scene;
  ClmState before = scene.at_goal(1.2f);
  // x = 0 means invisible, so nothing tells where the second part is.
  for (int i = 4; i < 12; ++i) before.whole.landmarks[i] = 0;
  before.parts[1].landmarks.assign(24, 7.0f);
  const ClmState after = scene.concluded(before);
  EXPECT_EQ(scene.part_experts[0]->calls, 1);
  EXPECT_EQ(scene.part_experts[1]->calls, 0);
  EXPECT_THAT(after.parts[1].landmarks, Each(7.0f));
  EXPECT_EQ(after.whole.modes,
            fitted_modes(scene, before.whole.landmarks, std::span(after.parts).first(1)));
}

TEST(ClmParts, KeepTheirStateWhenTheWholeBeginsAnew) {
  SceneWithParts scene;
  ClmState state = scene.concluded(scene.at_goal(1.2f));
  state.whole.view = 3;
  const ClmState before = state;
  state = unseen(*scene.model, std::move(state));
  EXPECT_FALSE(state.success);
  EXPECT_THAT(state.whole.landmarks, Each(0));
  EXPECT_EQ(state.whole.view, 3);
  EXPECT_EQ(state.whole.landmark_likelihoods, before.whole.landmark_likelihoods);
  for (std::size_t p = 0; p < 2; ++p)
    EXPECT_TRUE(bytes_of(state.parts[p]) == bytes_of(before.parts[p])) << p;
}

TEST(ClmFitter, StaysFiniteWhateverTheStart) {
  SceneWithParts scene;
  std::vector<std::uint8_t> one = {200};
  for (const ImageView picture : {kGrey, ImageView{one.data(), 1, 1, 1, 1}, ImageView{}}) {
    for (int trial = 0; trial < 300; ++trial) {
      const auto wild = [&](float range) {
        return uniform(scene.random, -range, range) *
               std::pow(10.0f, uniform(scene.random, -8, trial % 3 == 0 ? 30 : 4));
      };
      ClmFitter fitter = scene.fitter();
      ClmState state = unseen(*scene.model);
      state.whole.pose = {wild(2),
                          uniform(scene.random, -4, 4),
                          uniform(scene.random, -4, 4),
                          wild(0.01f),
                          wild(500),
                          wild(500)};
      for (float& mode : state.whole.modes) mode = wild(1);
      for (KnowingExperts* experts : {scene.experts[0], scene.part_experts[0]}) {
        experts->height = trial % 4 == 0 ? 0 : wild(1);
        for (float& place : experts->goal) place = wild(500);
      }
      if (trial % 7 == 0) state.whole.pose.scale = 0;
      for (int frame = 0; frame < 3; ++frame)
        state = fitter.detect(picture, trial % 2 == 0 ? kPlain : ClmSettings{}, {9}, {},
                              std::move(state));
      EXPECT_TRUE(all_finite(state.whole)) << trial;
      for (const ClmShape& part : state.parts) EXPECT_TRUE(all_finite(part)) << trial;
    }
  }
}

TEST(ClmFitter, StaysWhereNothingAnswers) {
  Scene scene;
  scene.experts[0]->height = 0;
  ClmState state = unseen(*scene.model);
  state.whole.pose = scene.goal_pose;
  const std::vector<float> start = scene.picture(scene.goal_pose, state.whole.modes);
  state = scene.fitter().detect(kGrey, {}, {9}, {}, std::move(state));
  EXPECT_TRUE(state.success);
  EXPECT_LT(largest_distance(state.whole.landmarks, start), 1e-3);
  EXPECT_NEAR(state.whole.likelihood, std::log(1e-8), 1e-5);
}

TEST(ClmFitter, DoesNotAllocatePerFrame) {
  SceneWithParts scene;
  ClmFitter fitter = scene.fitter();
  ClmSettings weighted = kPlain;
  weighted.weight_factor = 1;
  ClmState state = fitter.detect(kGrey, weighted, {9}, {}, scene.start());
  const long before = test::allocations();
  for (int frame = 0; frame < 5; ++frame) {
    state = unseen(*scene.model, std::move(state));
    state.whole.pose = scene.goal_pose;
    state = fitter.detect(kGrey, frame % 2 == 0 ? kPlain : weighted, {9}, {}, std::move(state));
  }
  EXPECT_EQ(test::allocations(), before);
}

TEST(ClmFitter, OneServesManyFacesInTurn) {
  SceneWithParts scene;
  ClmFitter fitter = scene.fitter();
  constexpr int kFaces = 3, kFrames = 4;
  const auto start_of = [&](int face) {
    ClmState state = scene.start();
    state.whole.pose.scale += 0.3f * static_cast<float>(face);
    state.whole.pose.tx += static_cast<float>(face);
    return state;
  };
  std::vector<ClmState> in_turn;
  for (int face = 0; face < kFaces; ++face) in_turn.push_back(start_of(face));
  for (int frame = 0; frame < kFrames; ++frame)
    for (ClmState& state : in_turn) state = fitter.detect(kGrey, kPlain, {9}, {}, std::move(state));
  for (int face = 0; face < kFaces; ++face) {
    ClmFitter own = scene.fitter();
    ClmState state = start_of(face);
    for (int frame = 0; frame < kFrames; ++frame)
      state = own.detect(kGrey, kPlain, {9}, {}, std::move(state));
    EXPECT_TRUE(bytes_of(state) == bytes_of(in_turn[face])) << face;
  }
}

TEST(ClmFitter, GoesOnFromStatesOfNoSize) {
  const SceneWithParts scene;
  const auto from = [&](ClmState state) {
    state.whole.pose = scene.goal_pose;
    return bytes_of(scene.fitter().detect(kGrey, kPlain, {9}, {}, std::move(state)));
  };
  const std::string expected = from(unseen(*scene.model));
  EXPECT_TRUE(from({}) == expected) << "default-constructed";
  ClmState state = unseen(*scene.model);
  const ClmState taken = std::move(state);
  EXPECT_TRUE(from(std::move(state)) == expected) << "moved-from";
  EXPECT_TRUE(from(taken) == expected);
}

}  // namespace
}  // namespace auriga
