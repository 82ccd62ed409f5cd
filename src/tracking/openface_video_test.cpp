#include "tracking/openface_video.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "tracking/fake_fitter.hpp"

namespace auriga {
namespace {

using test::ScriptedFitter;
using Call = ScriptedFitter::Call;
using Result = ScriptedFitter::Result;

// A video in which it is written down what the detector sees and what becomes of the landmarks.
class OpenFaceVideoTest : public testing::Test {
 protected:
  void begin(const OpenFaceOptions& options = {}) {
    video_.emplace(ScriptedFitter(
                       model_,
                       [this](const Call& call) {
                         if (call.kind == breaks_at_)
                           throw Error(ErrorCode::model, "no table can be made");
                         if (call.kind == Call::detect)
                           return Result{likelihood_, 1, follows_ ? 0.95f : 0.05f};
                         return Result{start_likelihood_, 2, starts_ ? 0.95f : 0.15f};
                       },
                       calls_),
                   options);
    video_->reset();
  }

  // "D" the detector ran, "F" the face was followed from the frame before, "T" returned true; then
  // the failures.
  std::string frame() {
    calls_.clear();
    const bool success = video_->next(
        picture_, grey_,
        [this](ImageView) -> std::span<const FaceBox> {
          if (!seen_) return {};
          return boxes_;
        },
        clock_);
    std::string what;
    if (video_->detector_ran()) what += 'D';
    if (!calls_.empty() && calls_.front().kind == Call::detect) what += 'F';
    if (success) what += 'T';
    return what + std::to_string(video_->failures());
  }

  void face_comes() { seen_ = follows_ = starts_ = true; }
  void face_goes() { seen_ = follows_ = starts_ = false; }

  test::ScriptedModel model_;
  Image picture_{40, 30, 3}, grey_{40, 30, 1};
  std::vector<FaceBox> boxes_{{1, 2, 30, 40, 0.99f}, {3, 4, 50, 45, 0.8f}, {5, 6, 50, 44, 0.7f}};
  bool seen_ = false, follows_ = false, starts_ = false;
  float likelihood_ = 1, start_likelihood_ = 1;
  std::optional<Call::Kind> breaks_at_;
  std::vector<Call> calls_;
  StageClock clock_;
  std::optional<OpenFaceVideo<ScriptedFitter>> video_;
};

TEST_F(OpenFaceVideoTest, LooksForTheFirstFaceOnEveryTwelfthFrame) {
  begin();
  EXPECT_EQ(frame(), "D0");
  for (int i = 1; i < 30; ++i)
    EXPECT_EQ(frame(), (i % 12 == 0 ? "D" : "") + std::to_string(i)) << i;
  EXPECT_FALSE(video_->initialised());

  begin();
  frame();
  face_comes();
  for (int i = 1; i < 12; ++i) EXPECT_EQ(frame(), std::to_string(i));
  EXPECT_EQ(frame(), "DT-1") << "the 13th frame";
  EXPECT_EQ(frame(), "FT-1");
}

TEST_F(OpenFaceVideoTest, BeginsWithTheWidestFaceFromAllSides) {
  begin();
  face_comes();
  EXPECT_EQ(frame(), "DT-1");
  ASSERT_EQ(calls_.size(), 12u);  // 11 fits, 1 conclusion
  EXPECT_EQ(calls_[0].pose.tx, pose_from_box(model_.pdm.mean, {3, 4, 50, 45}).tx);
  EXPECT_EQ(calls_[0].windows, (ClmWindows{11, 9, 7, 5}));
}

TEST_F(OpenFaceVideoTest, TheFirstFaceIsASuccessEvenIfItsLandmarksFail) {
  begin();
  seen_ = true;
  EXPECT_EQ(frame(), "DT-1");
  EXPECT_FALSE(video_->state().success);
  EXPECT_FLOAT_EQ(video_->state().certainty, 0.15f);
  follows_ = true;
  EXPECT_EQ(frame(), "FT-1");
  EXPECT_EQ(calls_[0].windows, (ClmWindows{11, 9, 7, 5})) << "the frame before failed";
  EXPECT_EQ(frame(), "FT-1");
  EXPECT_EQ(calls_[0].windows, (ClmWindows{0, 9, 7, 0}));
  EXPECT_TRUE(calls_[0].conclusion.refine_parts && calls_[0].conclusion.validate);
}

TEST_F(OpenFaceVideoTest, ALostFaceIsLookedForOnEverySecondFrame) {
  begin();
  face_comes();
  frame();
  EXPECT_EQ(frame(), "FT-1");
  face_goes();
  for (const char* expected : {"DF0", "F1", "DF2", "F3", "DF4", "F5", "DF6"})
    EXPECT_EQ(frame(), expected);
  EXPECT_EQ(calls_[0].windows, (ClmWindows{11, 9, 7, 5}));
  // The landmarks find back by themselves.
  follows_ = true;
  EXPECT_EQ(frame(), "FT-1");
  // Or by the detector, on a frame on which it is due.
  face_goes();
  EXPECT_EQ(frame(), "DF0");
  starts_ = seen_ = true;
  EXPECT_EQ(frame(), "F1");
  EXPECT_EQ(frame(), "DFT-1");
}

TEST_F(OpenFaceVideoTest, AFailedAttemptLeavesTheFaceWhereItWas) {
  begin();
  face_comes();
  frame();
  frame();
  face_goes();
  seen_ = true;
  const ClmShape before = video_->state().whole;
  likelihood_ = -3;
  start_likelihood_ = -8;
  EXPECT_EQ(frame(), "DF0");
  ASSERT_EQ(calls_.size(), 13u);
  const ClmState& state = video_->state();
  EXPECT_EQ(state.whole.modes[0], before.modes[0] + 97) << "of the followed frame";
  EXPECT_EQ(state.whole.pose.tx, before.pose.tx + 1);
  EXPECT_EQ(state.whole.likelihood, -3);
  EXPECT_EQ(state.whole.landmarks[0], -3);
  EXPECT_EQ(state.whole.landmark_likelihoods[0], -3);
  EXPECT_EQ(state.whole.view, 2) << "of the attempt";
  EXPECT_EQ(state.parts[0].likelihood, -8);
  EXPECT_FLOAT_EQ(state.certainty, 0.15f);
  EXPECT_FALSE(state.success);
  EXPECT_EQ(frame(), "F1");
  EXPECT_EQ(calls_[0].part_mode, -8);
  EXPECT_EQ(frame(), "DF2");
}

// F becomes 101: given up; the detector comes back on the frame that begins with 107.
TEST_F(OpenFaceVideoTest, GivesUpAfterAHundredFramesAndStartsAnew) {
  begin();
  face_comes();
  frame();
  face_goes();
  for (int i = 0; i <= 100; ++i) {
    EXPECT_EQ(frame(), (i % 2 == 0 ? "DF" : "F") + std::to_string(i));
    EXPECT_TRUE(video_->initialised());
  }
  EXPECT_EQ(frame(), "F101");
  EXPECT_FALSE(video_->initialised());
  for (int i = 102; i <= 107; ++i) EXPECT_EQ(frame(), std::to_string(i));
  EXPECT_EQ(frame(), "D108");
  for (int i = 109; i <= 119; ++i) EXPECT_EQ(frame(), std::to_string(i));
  seen_ = true;  // the landmarks fail, but a new face is a success
  EXPECT_EQ(frame(), "DT-1");
  EXPECT_TRUE(video_->initialised());
}

TEST_F(OpenFaceVideoTest, NeverTiresOfLooking) {
  begin();
  int detections = 0;
  const int frames = 12 * 9000;  // an hour at 30 frames per second
  for (int i = 0; i < frames; ++i) detections += frame()[0] == 'D';
  EXPECT_EQ(detections, frames / 12);
  EXPECT_EQ(video_->failures(), frames - 1);
}

TEST_F(OpenFaceVideoTest, OtherIntervals) {
  OpenFaceOptions options;
  options.reinit_every = 3;
  begin(options);
  face_comes();
  frame();
  face_goes();
  for (const char* expected : {"DF0", "F1", "F2", "DF3", "F4", "F5", "DF6"})
    EXPECT_EQ(frame(), expected);
  options.reinit_every = -1;  // never for a lost face, but always before the first
  begin(options);
  for (int i = 0; i < 14; ++i) EXPECT_EQ(frame(), (i % 6 == 0 ? "D" : "") + std::to_string(i));
  begin(options);
  face_comes();
  EXPECT_EQ(frame(), "DT-1");
  face_goes();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(frame(), "F" + std::to_string(i));
}

TEST_F(OpenFaceVideoTest, AGivenBoxIsFollowedWithoutTheDetector) {
  OpenFaceOptions options;
  options.reinit_every = -1;
  options.validation_boundary = 0.99f;
  begin(options);
  follows_ = true;
  calls_.clear();
  const FaceFinder none = [](ImageView) -> std::span<const FaceBox> {
    ADD_FAILURE() << "the detector was asked";
    return {};
  };
  EXPECT_FALSE(video_->next_in_box(picture_, grey_, {1, 2, 30, 40}, none, clock_))
      << "certainty below the boundary";
  ASSERT_EQ(calls_.size(), 1u);
  EXPECT_EQ(calls_[0].kind, Call::detect);
  EXPECT_EQ(calls_[0].mode, 0);
  EXPECT_EQ(calls_[0].pose.scale, pose_from_box(model_.pdm.mean, {1, 2, 30, 40}).scale);
  EXPECT_EQ(calls_[0].windows, (ClmWindows{11, 9, 7, 5}));
  EXPECT_EQ(video_->failures(), 0);
}

TEST_F(OpenFaceVideoTest, AFitThatThrowsIsNotTheEnd) {
  for (const Call::Kind kind : {Call::fit, Call::conclude, Call::detect}) {
    begin();
    face_comes();
    if (kind == Call::detect) frame();
    breaks_at_ = kind;
    EXPECT_THROW(frame(), Error);
    breaks_at_.reset();
    EXPECT_EQ(frame(), "FT-1");
    video_->reset();
    EXPECT_EQ(video_->state().whole.landmarks.size(), 2 * kLandmarks);
    EXPECT_EQ(frame(), "DT-1");
  }
}

TEST_F(OpenFaceVideoTest, ResetIsTheBeginning) {
  begin();
  face_comes();
  frame();
  frame();
  video_->reset();
  const ClmState& state = video_->state();
  EXPECT_FALSE(state.success);
  EXPECT_EQ(state.certainty, 0);
  EXPECT_EQ(state.whole.pose.tx, 0);
  EXPECT_EQ(state.whole.modes[0], 0);
  EXPECT_EQ(state.whole.likelihood, -10);
  EXPECT_EQ(state.parts[0].likelihood, 1) << "parts keep their state, as in the reference";
  EXPECT_EQ(frame(), "DT-1");
}

}  // namespace
}  // namespace auriga
