#include "tracking/openface_start.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "tracking/fake_fitter.hpp"

namespace auriga {
namespace {

using test::ScriptedFitter;
using Call = ScriptedFitter::Call;
using Result = ScriptedFitter::Result;

const FaceBox kBox{10, 20, 100, 120};

// Which hypothesis a call starts from; -1: none.
int hypothesis(const Call& call) {
  for (std::size_t h = 0; h < kStartRotations.size(); ++h) {
    if (EulerAngles{call.pose.rx, call.pose.ry, call.pose.rz} == kStartRotations[h])
      return static_cast<int>(h);
  }
  return -1;
}

class OpenFaceStartTest : public testing::Test {
 protected:
  bool start(ScriptedFitter::Script script, bool multi_view = true) {
    calls_.clear();
    ScriptedFitter fitter(model_, std::move(script), calls_);
    // Whatever was there before must not matter.
    ClmState from = unseen(model_);
    from.whole.modes.assign(kShapeModes, 55);
    from.whole.likelihood = likelihood_before_;
    from.parts[0].modes.assign(3, 66);
    auto [state, success] =
        start_(fitter, Image(4, 4, 1), kBox, options_, multi_view, std::move(from));
    state_ = std::move(state);
    return success;
  }

  // Two views: weight 1, bias 0 and weight 2, bias 0.5.
  void terminate_early(double cutoff0, double cutoff1) {
    model_.early_termination = EarlyTermination{{1, 2}, {0, 0.5}, {cutoff0, cutoff1}};
  }

  std::vector<Call> of_kind(Call::Kind kind) const {
    std::vector<Call> found;
    for (const Call& call : calls_)
      if (call.kind == kind) found.push_back(call);
    return found;
  }

  test::ScriptedModel model_;
  OpenFaceOptions options_;
  OpenFaceStart<ScriptedFitter> start_;
  float likelihood_before_ = -10;
  std::vector<Call> calls_;
  ClmState state_;
};

TEST_F(OpenFaceStartTest, TriesAllRotationsAndConcludesTheLikeliestOnly) {
  const auto script = [](const Call& call) {
    // 7 and 4 are equally likely: the first counts.
    const int h = hypothesis(call);
    const bool likeliest = h == 4 || h == 7;
    return Result{likeliest ? 3.0f : -static_cast<float>(h), h, call.success ? 0.8f : 0.0f, h != 4};
  };
  EXPECT_FALSE(start(script)) << "the fit of the likeliest failed";
  const std::vector<Call> fits = of_kind(Call::fit), ends = of_kind(Call::conclude);
  ASSERT_EQ(fits.size(), 11u);
  for (std::size_t h = 0; h < fits.size(); ++h) {
    EXPECT_EQ(hypothesis(fits[h]), static_cast<int>(h));
    EXPECT_EQ(fits[h].mode, 0);
    EXPECT_EQ(fits[h].part_mode, 0);
    EXPECT_EQ(fits[h].windows, (ClmWindows{11, 9, 7, 5}));
    const ShapePose from_box =
        pose_from_box(model_.pdm.mean, {10, 20, 100, 120}, kStartRotations[h]);
    EXPECT_EQ(fits[h].pose.scale, from_box.scale);
    EXPECT_EQ(fits[h].pose.ty, from_box.ty);
  }
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(hypothesis(ends[0]), 4);
  EXPECT_FALSE(ends[0].success) << "the winner's fit failed";
  EXPECT_EQ(ends[0].mode, 103);
  EXPECT_TRUE(ends[0].conclusion.refine_parts && ends[0].conclusion.validate);
  EXPECT_EQ(state_.whole.likelihood, 3);
  EXPECT_EQ(state_.whole.modes[0], 103);
  EXPECT_EQ(state_.certainty, 0);
}

// A fit that fails at once records no likelihood: then that of the fit before stands, as in
// OpenFace.
TEST_F(OpenFaceStartTest, HypothesesGoOnFromEachOther) {
  likelihood_before_ = 5;
  const auto script = [](const Call& call) {
    const int h = hypothesis(call);
    return Result{h == 0 || h == 3 ? call.likelihood : h == 2 ? 7.0f : 6.0f, h};
  };
  EXPECT_TRUE(start(script));
  const std::vector<Call> fits = of_kind(Call::fit);
  EXPECT_EQ(fits[0].likelihood, 5);
  EXPECT_EQ(fits[1].likelihood, 5);
  EXPECT_EQ(fits[3].likelihood, 7);
  EXPECT_EQ(fits[4].likelihood, 7);
  EXPECT_EQ(state_.whole.view, 2) << "the third only repeats it";
  terminate_early(100, 100);
  EXPECT_TRUE(start([](const Call& call) { return Result{call.likelihood - 1, 0, 1}; }));
  for (std::size_t k = 0; k < calls_.size(); ++k)
    EXPECT_EQ(calls_[k].likelihood, 5 - static_cast<float>(k));
}

TEST_F(OpenFaceStartTest, WithoutMultiViewOnlyTheFrontIsTried) {
  EXPECT_TRUE(start([](const Call&) { return Result{}; }, false));
  EXPECT_EQ(of_kind(Call::fit).size(), 1u);
  terminate_early(100, 100);
  options_.validate = options_.refine_parts = false;
  EXPECT_TRUE(start([](const Call&) { return Result{}; }, false));
  ASSERT_EQ(calls_.size(), 2u);
  EXPECT_EQ(calls_[1].mode, 100) << "the last hypothesis keeps its shape, also when it is the only";
  EXPECT_FALSE(calls_[1].conclusion.refine_parts || calls_[1].conclusion.validate);
}

TEST_F(OpenFaceStartTest, TheBoundaryDecides) {
  for (const bool early : {false, true}) {
    if (early) terminate_early(-100, -100);
    options_.validation_boundary = 0.725f;
    const auto sure = [](float certainty) {
      return [certainty](const Call&) { return Result{0, 0, certainty}; };
    };
    EXPECT_TRUE(start(sure(0.726f)));
    EXPECT_FALSE(start(sure(0.725f))) << "strictly above";
    EXPECT_FALSE(state_.success);
    options_.validation_boundary = 0.9f;
    EXPECT_FALSE(start(sure(0.8f)));
    EXPECT_FLOAT_EQ(state_.certainty, 0.8f);
  }
}

TEST_F(OpenFaceStartTest, StopsAtTheFirstGoodHypothesis) {
  terminate_early(0.5, 4.49);
  // View 0 needs a likelihood above 0.5, view 1 one above 1.995.
  const auto script = [](const Call& call) {
    switch (hypothesis(call)) {
      case 1:
        return Result{1.99f, 1, 0.9f};
      case 2:
        return Result{0.5f, 0, 0.9f};
      case 3:
        return Result{2, 1, 0.9f};
      default:
        return Result{-1, 0, 0.9f};
    }
  };
  EXPECT_TRUE(start(script));
  ASSERT_EQ(calls_.size(), 5u);
  for (std::size_t h = 0; h < 4; ++h) {
    EXPECT_EQ(hypothesis(calls_[h]), static_cast<int>(h));
    EXPECT_EQ(calls_[h].windows, (ClmWindows{11, 0, 0, 0}));
    EXPECT_EQ(calls_[h].kind, Call::fit) << "without parts and validation";
    EXPECT_EQ(calls_[h].mode, 0);
    EXPECT_EQ(calls_[h].part_mode, 0);
  }
  EXPECT_EQ(hypothesis(calls_[4]), 3);
  EXPECT_EQ(calls_[4].mode, 102) << "goes on from the fit";
  EXPECT_EQ(calls_[4].windows, (ClmWindows{0, 9, 7, 5}));
  EXPECT_TRUE(calls_[4].conclusion.refine_parts && calls_[4].conclusion.validate);
}

// Ranks by likelihood * weight + bias; of the runs to the end the one with the highest likelihood
// stays.
TEST_F(OpenFaceStartTest, ContinuesTheThreeBestWithOpenFacesQuirks) {
  terminate_early(100, 100);
  int runs = 0;
  const auto script = [&](const Call& call) -> Result {
    const int h = hypothesis(call);
    if (call.windows[0] != 0) {       // first scale
      if (h == 10) return {1.5f, 1};  // 3.5
      if (h == 2) return {3, 0};      // 3
      if (h == 6) return {1.1f, 1};   // 2.7
      if (h == 8) return {2.6f, 0};   // 2.6: fourth, although likelier than 10 and 6
      return {-static_cast<float>(h), 0};
    }
    ++runs;
    if (h == 10) return {5, 1, 0.3f};
    if (h == 2) return {7, 0, 0.9f};
    return {7, 1, 0.6f};  // as likely as the one before: that stays
  };
  EXPECT_FALSE(start(script)) << "returns the success of the last run";
  EXPECT_EQ(runs, 3);
  ASSERT_EQ(calls_.size(), 14u);
  EXPECT_EQ(hypothesis(calls_[11]), 10);
  EXPECT_EQ(calls_[11].mode, 101.5f) << "the last of the list keeps its shape";
  EXPECT_EQ(hypothesis(calls_[12]), 2);
  EXPECT_EQ(calls_[12].mode, 0) << "all others lose it";
  EXPECT_EQ(calls_[12].pose.tx,
            pose_from_box(model_.pdm.mean, {10, 20, 100, 120}, kStartRotations[2]).tx + 1)
      << "but keep their pose";
  EXPECT_EQ(hypothesis(calls_[13]), 6);
  for (std::size_t k = 11; k < 14; ++k) {
    EXPECT_EQ(calls_[k].part_mode, 0);
    EXPECT_EQ(calls_[k].windows, (ClmWindows{0, 9, 7, 5}));
    EXPECT_TRUE(calls_[k].conclusion.refine_parts && calls_[k].conclusion.validate);
  }
  EXPECT_EQ(state_.whole.likelihood, 7);
  EXPECT_EQ(state_.whole.modes[0], 107);
  EXPECT_EQ(state_.whole.pose.ry, kStartRotations[2][1]);
  EXPECT_EQ(state_.whole.landmarks[0], 7);
  EXPECT_EQ(state_.whole.landmark_likelihoods[0], 7);
  EXPECT_EQ(state_.parts[0].modes[0], 7);
  EXPECT_TRUE(state_.success) << "of the run that is kept";
  EXPECT_FLOAT_EQ(state_.certainty, 0.6f) << "of the last run";
}

TEST_F(OpenFaceStartTest, PartsComeFromTheRunThatIsKept) {
  terminate_early(100, 100);
  int runs = 0;
  const auto script = [&](const Call& call) -> Result {
    if (call.windows[0] != 0) return {-static_cast<float>(hypothesis(call)), 0};
    return {++runs == 1 ? 9.0f : 2.0f, 0, 0.9f};
  };
  EXPECT_TRUE(start(script));
  EXPECT_EQ(state_.parts[0].pose.tx, 9);
  EXPECT_EQ(state_.parts[0].likelihood, 2) << "OpenFace leaves the last run's";
}

TEST_F(OpenFaceStartTest, RepairedHypothesesKeepShapesAndVerdict) {
  terminate_early(100, 100);
  options_.repair_hypotheses = true;
  const auto script = [](const Call& call) -> Result {
    const int h = hypothesis(call);
    if (call.windows[0] != 0) return {-static_cast<float>(h), 0};
    return h == 1 ? Result{7, 0, 0.9f} : Result{5, 0, 0.3f};
  };
  EXPECT_TRUE(start(script));
  ASSERT_EQ(calls_.size(), 14u);
  for (std::size_t k = 11; k < 14; ++k) EXPECT_EQ(calls_[k].mode, 100 - static_cast<float>(k - 11));
  EXPECT_TRUE(state_.success);
  EXPECT_FLOAT_EQ(state_.certainty, 0.9f);
}

TEST(OpenFaceOptions, AreThoseOfTheReference) {
  OpenFaceOptions options;
  adapt_to_model("main_clnf_general", options);
  EXPECT_EQ(options.fit.sigma, 1.5f);
  EXPECT_EQ(options.fit.regularisation, 25);
  adapt_to_model("main_ceclm_general", options);
  EXPECT_FLOAT_EQ(options.fit.sigma, 2.25f);
  EXPECT_FLOAT_EQ(options.fit.regularisation, 22.5f);
  options = wild_options();
  adapt_to_model("main_ceclm_general", options);
  EXPECT_FLOAT_EQ(options.fit.sigma, 1.875f);
  EXPECT_FLOAT_EQ(options.fit.regularisation, 31.5f);
  EXPECT_EQ(options.fit.iterations, 10);
  EXPECT_EQ(options.fit.weight_factor, 2.5f);
  EXPECT_EQ(options.first_windows, (ClmWindows{15, 13, 11, 11}));
  EXPECT_EQ(options.follow_windows, (ClmWindows{0, 9, 7, 0}));
  EXPECT_TRUE(options.multi_view);
}

TEST(OpenFaceOptions, ImpossibleOnesAreRefused) {
  check(OpenFaceOptions{});
  check(wild_options());
  const auto refuses = [](auto change) {
    OpenFaceOptions options;
    change(options);
    EXPECT_THROW(check(options), Error);
  };
  refuses([](OpenFaceOptions& o) { o.reinit_every = 0; });
  refuses([](OpenFaceOptions& o) { o.fit.sigma = 0; });
  refuses([](OpenFaceOptions& o) { o.fit.sigma = NAN; });
  refuses([](OpenFaceOptions& o) { o.fit.regularisation = -1; });
  refuses([](OpenFaceOptions& o) { o.fit.weight_factor = INFINITY; });
  refuses([](OpenFaceOptions& o) { o.fit.iterations = 0; });
  refuses([](OpenFaceOptions& o) { o.first_windows = {10, 0, 0, 0}; });
  refuses([](OpenFaceOptions& o) { o.first_windows = {33, 0, 0, 0}; });
  refuses([](OpenFaceOptions& o) { o.follow_windows = {}; });
  refuses([](OpenFaceOptions& o) { o.validation_boundary = 1; });
}

TEST(OpenFaceOptions, OnlyWholeFacesAreFollowed) {
  std::mt19937 random(1);
  require_face_model(ClmModel(test::synthetic_pdm(68, 34, random)));
  require_face_model(ClmModel(test::synthetic_pdm(68, 30, random)));
  for (const auto& [points, modes] : {std::pair{68, 35}, {51, 34}, {28, 10}}) {
    ClmModel model(test::synthetic_pdm(points, modes, random));
    model.files = {"main_odd.txt"};
    try {
      require_face_model(model);
      ADD_FAILURE() << points;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      EXPECT_NE(std::string(error.what()).find("main_odd.txt"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace auriga
