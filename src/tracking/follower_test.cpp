// What Follower makes of a landmarker's answers, whichever landmarker it is. How it follows faces
// is tested with the landmarkers themselves: pfld_follower_test.cpp, mesh_follower_test.cpp.
#include "tracking/follower.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tracking/fake_landmarker.hpp"

namespace auriga {
namespace {

using test::ScriptedLandmarker;

class FollowerTest : public testing::Test {
 protected:
  void begin(const FollowerOptions& options = {}) {
    follower_.emplace(
        [this](ImageView) {
          ++detections_;
          return std::span<const FaceBox>(boxes_);
        },
        landmarker_, options);
    clear();
  }
  void clear() {
    landmarker_.calls.clear();
    landmarker_.situations.clear();
    landmarker_.heard.clear();
    landmarker_.regions.clear();
    detections_ = 0;
  }
  const Image& picture() {
    picture_.resize(width_, height_, 3);
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < 3 * width_; ++x) {
        picture_.row(y)[x] =
            static_cast<std::uint8_t>((1 - room_) * static_cast<float>(x / 3 * 160 / width_) +
                                      room_ * static_cast<float>(2 * y * 120 / height_));
      }
    }
    return picture_;
  }
  const TrackedFace& frame() { return follower_->next(picture(), clock_).front(); }
  std::string detections(int frames) {
    std::string ran;
    for (int i = 0; i < frames; ++i) ran += frame().detector_ran ? '1' : '0';
    return ran;
  }
  static FaceBox box(float x, float side = 80, float score = 0.9f) {
    return {x, 100, side, side, score, {}};
  }

  ScriptedLandmarker landmarker_;
  std::vector<FaceBox> boxes_{box(100)};
  int detections_ = 0;
  float room_ = 0;  // 0 and 1: two scenes that have nothing in common; between: both
  int width_ = 160, height_ = 120;
  Image picture_;
  StageClock clock_;
  std::optional<Follower> follower_;
};

TEST_F(FollowerTest, LooksAtDetectionsAndThenWhereTheLandmarkerSays) {
  begin();
  const TrackedFace& face = frame();
  EXPECT_TRUE(face.success && face.analysable && face.detector_ran);
  EXPECT_EQ(face.confidence, landmarker_.confidence);
  EXPECT_EQ(face.shape.scale, 80);
  EXPECT_FALSE(face.mesh.has_value());
  EXPECT_EQ(landmarker_.calls, "an");
  landmarker_.step = 3;
  landmarker_.confidence = 0.8;
  frame();
  EXPECT_EQ(face.landmarks.x[0], 103);
  EXPECT_EQ(face.confidence, 0.8);
  EXPECT_FALSE(face.detector_ran);
  frame();
  EXPECT_EQ(face.landmarks.x[0], 106);
  EXPECT_EQ(landmarker_.calls, "anljmljm");
  ASSERT_EQ(landmarker_.regions.size(), 2u);
  EXPECT_EQ(landmarker_.regions[0].x, 100);
  EXPECT_EQ(landmarker_.regions[1].x, 103);
}

TEST_F(FollowerTest, AFaceIsLostWithTheDetectorsHelpOrWithout) {
  for (const bool asked : {true, false}) {
    begin();
    landmarker_ = {};
    boxes_ = {box(100)};
    frame();
    landmarker_.seen = false;
    landmarker_.doubt = {.any = asked, .urgent = asked, .lost = !asked};
    landmarker_.confidence = 0.1;
    boxes_.clear();
    landmarker_.calls.clear();
    EXPECT_FALSE(frame().success);
    EXPECT_EQ(landmarker_.calls, "lj") << "there is nothing to hear about";
    EXPECT_EQ(frame().confidence, 0) << "nothing was looked at";
    // In the second case the frame of the loss counts as the first of the search.
    EXPECT_EQ(detections(18), asked ? "110100010000010000" : "101000100000100000");
  }
}

TEST_F(FollowerTest, AConfidenceThatEndedItIsTold) {
  begin();
  frame();
  landmarker_.seen = false;
  landmarker_.doubt = {.lost = true};
  landmarker_.confidence = 0.1;
  boxes_.clear();
  EXPECT_EQ(frame().confidence, 0.1);
}

TEST_F(FollowerTest, DoubtIsPutToTheDetectorLessAndLessOften) {
  begin();
  detections(7);
  landmarker_.doubt = {.any = true};
  EXPECT_EQ(detections(20), "11101000100000100000");
  landmarker_.doubt = {};
  EXPECT_EQ(detections(5), "00000");
  landmarker_.doubt = {.any = true};
  EXPECT_EQ(detections(12), "111010001000") << "from the start";
  landmarker_.doubt = {.urgent = true};
  EXPECT_EQ(detections(5), "11111");
}

TEST_F(FollowerTest, ChecksAreCountedFromTheLastDetection) {
  FollowerOptions options;
  options.redetect_every = 5;
  begin(options);
  EXPECT_EQ(detections(8), "10000100");
  landmarker_.doubt = {.urgent = true};
  EXPECT_EQ(detections(1), "1");
  landmarker_.doubt = {};
  EXPECT_EQ(detections(11), "00001000010");
}

TEST_F(FollowerTest, TheDetectionThatOverlapsMostIsHeard) {
  begin();
  frame();
  landmarker_.doubt = {.urgent = true};
  boxes_ = {box(130, 90), box(90), box(150, 95), box(99, 70, 0.49f)};
  EXPECT_TRUE(frame().success);
  ASSERT_EQ(landmarker_.heard.size(), 1u);
  EXPECT_EQ(landmarker_.heard[0].x, 90) << "the nearer one has too low a score";
  EXPECT_EQ(frame().confidence, landmarker_.heard_confidence);
  landmarker_.shared = 0.4f;  // overlap 0.3
  landmarker_.heard.clear();
  frame();
  ASSERT_EQ(landmarker_.heard.size(), 1u);
  EXPECT_EQ(landmarker_.heard[0].x, 90);
  landmarker_.calls.clear();
  landmarker_.shared = 0.39f;
  landmarker_.verdict = {.supported = false, .followed = true};
  EXPECT_TRUE(frame().success);
  EXPECT_EQ(landmarker_.calls, "ljHm") << "no detection, nothing to look at anew";
}

TEST_F(FollowerTest, LandmarksFromTheDetectionReplaceWorseOnes) {
  begin();
  frame();
  landmarker_.doubt = {.urgent = true};
  boxes_ = {box(110)};
  EXPECT_EQ(frame().landmarks.x[0], 100);
  landmarker_.realigns = true;
  EXPECT_EQ(frame().landmarks.x[0], 110);
}

TEST_F(FollowerTest, TheDetectorEndsIt) {
  begin();
  detections(5);
  landmarker_.doubt = {.urgent = true};
  landmarker_.verdict = {.supported = false, .followed = false};
  boxes_.clear();
  EXPECT_FALSE(frame().success);
  EXPECT_EQ(frame().confidence, 0);
  EXPECT_EQ(detections(8), "11010001") << "looked for from the start";
}

TEST_F(FollowerTest, TheLandmarkerLearnsWhatTheDetectorSaidAndWhen) {
  begin();
  landmarker_.support = 0.6f;
  detections(4);
  ASSERT_EQ(landmarker_.situations.size(), 3u);
  EXPECT_EQ(landmarker_.situations[2].support, 0.6f);
  EXPECT_EQ(landmarker_.situations[2].detection_age, 3);
  EXPECT_FALSE(landmarker_.situations[2].cut);
  landmarker_.doubt = {.urgent = true};
  frame();
  landmarker_.doubt = {};
  frame();
  EXPECT_EQ(landmarker_.situations.back().support, landmarker_.heard_support);
  EXPECT_EQ(landmarker_.situations.back().detection_age, 1);
  room_ = 1;
  frame();
  EXPECT_TRUE(landmarker_.situations.back().cut);
  frame();
  EXPECT_FALSE(landmarker_.situations.back().cut) << "the face is followed in the new scene";
}

TEST_F(FollowerTest, StrangeLooksMayBeAnotherPerson) {
  for (const bool sudden : {false, true}) {
    for (const bool several : {false, true}) {
      boxes_ = {box(100)};
      landmarker_ = {};
      begin();
      frame();
      boxes_ = {box(100, 81)};  // no face to begin with
      if (several) boxes_.push_back(box(300, 60));
      landmarker_.doubt = {.any = true, .urgent = true, .sudden = sudden, .strange = true};
      const TrackedFace& face = frame();
      EXPECT_EQ(face.success, !sudden && !several) << sudden << several;
      EXPECT_EQ(face.confidence, face.success ? landmarker_.heard_confidence : 0);
    }
  }
  // What only changes suddenly is still the same.
  boxes_ = {box(100)};
  landmarker_ = {};
  begin();
  frame();
  boxes_ = {box(100, 81), box(300, 60)};
  landmarker_.doubt = {.any = true, .urgent = true, .sudden = true};
  EXPECT_TRUE(frame().success);
}

TEST_F(FollowerTest, SomebodyElseInAnotherSceneIsTakenForTheFollowed) {
  for (const bool one_person : {false, true}) {
    for (const bool cut : {false, true}) {
      FollowerOptions options;
      options.one_person = one_person;
      landmarker_ = {};
      boxes_ = {box(100)};
      room_ = 0;
      begin(options);
      ASSERT_TRUE(follower_->begin(picture(), boxes_[0], clock_).success);
      detections(40);
      landmarker_.doubt = {.urgent = true};
      landmarker_.looks = 7;
      room_ = cut ? 1.0f : 0.0f;
      EXPECT_EQ(frame().success, !(cut && one_person)) << cut << one_person;
      if (one_person) continue;
      // Who is remembered shows when the face is lost and there is another, out of reach.
      landmarker_.doubt = {};
      detections(40);
      landmarker_.doubt = {.lost = true};
      boxes_.clear();
      frame();
      boxes_ = {box(400)};
      landmarker_.looks = 1;
      EXPECT_EQ(frame().success, !cut);
    }
  }
}

TEST_F(FollowerTest, BeginsOnlyWithAFaceThatIsSureButFindsAnyThatItKnows) {
  landmarker_.sure = false;
  begin();
  EXPECT_FALSE(frame().success);
  EXPECT_FALSE(follower_->begin(picture(), box(100), clock_).success);
  landmarker_.sure = true;
  const TrackedFace& face = follower_->begin(picture(), box(100), clock_);
  EXPECT_TRUE(face.success && face.analysable && face.detector_ran);
  frame();
  EXPECT_EQ(landmarker_.situations.back().support, landmarker_.support);
  EXPECT_EQ(landmarker_.situations.back().detection_age, 1);
  landmarker_.sure = false;
  landmarker_.doubt = {.lost = true};
  EXPECT_TRUE(frame().success) << "found again at once";
  EXPECT_EQ(landmarker_.calls.substr(landmarker_.calls.size() - 4), "ljan");
  landmarker_.looks = 7;
  EXPECT_FALSE(frame().success) << "somebody else, in the same place";
}

TEST_F(FollowerTest, ADetectionNeedsItsScore) {
  for (const float score : {0.59f, 0.6f}) {
    FollowerOptions options;
    options.detection_threshold = 0.6f;
    boxes_ = {box(100, 80, score)};
    begin(options);
    EXPECT_EQ(frame().success, score == 0.6f);
  }
}

// Frames without the person, of whom there have been `followed`, until somebody else elsewhere is
// taken: the detector runs in the frames 1, 2, 3, 5, 9, 15, 21, 27 and 33.
TEST_F(FollowerTest, ThePersonIsWaitedForAsLongAsItWasFollowedButNotForever) {
  for (const auto& [followed, waited] : {std::pair{4, 5}, {5, 9}, {26, 27}, {27, 33}, {90, 33}}) {
    landmarker_ = {};
    boxes_ = {box(100)};
    begin();
    detections(followed);
    landmarker_.doubt = {.lost = true};
    landmarker_.looks = 7;
    boxes_ = {box(400)};
    int frames = 1;
    while (frames < 50 && !frame().success) ++frames;
    EXPECT_EQ(frames, waited) << followed;
  }
}

TEST_F(FollowerTest, WhereThePersonIsIsRememberedFromFrameToFrame) {
  begin();
  landmarker_.step = 3;
  detections(60);
  landmarker_.doubt = {.lost = true};
  landmarker_.looks = 7;
  boxes_ = {box(100)};
  EXPECT_FALSE(frame().success) << "elsewhere by now";
  boxes_ = {box(100 + 60 * 3)};
  EXPECT_TRUE(frame().success) << "somebody in the place";
}

TEST_F(FollowerTest, ALookThatThePersonIsFoundWithIsRemembered) {
  begin();
  detections(40);
  landmarker_.doubt = {.lost = true};
  landmarker_.mood_rad = 0.69f;  // a correlation of 0.77: enough in the old place only
  EXPECT_TRUE(frame().success);
  boxes_ = {box(400)};
  EXPECT_TRUE(frame().success);
  landmarker_.mood_rad = -0.1f;
  boxes_ = {box(100)};
  EXPECT_TRUE(frame().success) << "nor is the first one forgotten";
}

TEST_F(FollowerTest, AfterACutThePlaceSaysNothing) {
  begin();
  detections(40);
  landmarker_.doubt = {.lost = true};
  landmarker_.mood_rad = 0.69f;
  room_ = 1;
  EXPECT_TRUE(frame().success) << "begun with as with anybody";
  landmarker_.mood_rad = 0;
  boxes_ = {box(400)};
  EXPECT_FALSE(frame().success) << "so this is somebody else";
  EXPECT_TRUE(frame().success) << "who need not wait as long as for the first one";
}

TEST_F(FollowerTest, ASceneThatChangesSlowlyIsTheSame) {
  begin();
  detections(40);
  landmarker_.doubt = {.lost = true};
  landmarker_.looks = 7;
  boxes_.clear();
  for (int i = 1; i <= 21; ++i) {
    room_ = static_cast<float>(i) / 21;
    if (i == 21) boxes_ = {box(400)};
    EXPECT_FALSE(frame().success) << i;
  }
  EXPECT_EQ(landmarker_.calls.back(), 'a') << "somebody else has been seen";
}

TEST_F(FollowerTest, AFrameOfAnotherSizeIsNotLookedAtInTheOldPlace) {
  begin();
  detections(3);
  landmarker_.calls.clear();
  width_ = 168;
  EXPECT_TRUE(frame().detector_ran);
  EXPECT_EQ(landmarker_.calls, "an");
}

// Law: a picture that only becomes larger or smaller is looked at in the same place, which the
// detector checks; landmarks and memory are in its pixels.
TEST_F(FollowerTest, AFrameOfTheSameProportionsIsLookedAtInTheSamePlace) {
  begin();
  detections(3);
  const FaceRegion before = landmarker_.regions.back();
  clear();
  width_ = 80, height_ = 60;
  boxes_ = {box(50, 40)};
  landmarker_.side = 40;
  const TrackedFace& face = frame();
  EXPECT_TRUE(face.detector_ran);
  EXPECT_TRUE(face.success);
  EXPECT_EQ(landmarker_.calls, "ljrhm");
  EXPECT_EQ(landmarker_.regions[0].x, (before.x + 0.5f) / 2 - 0.5f);
  EXPECT_EQ(landmarker_.regions[0].y, (before.y + 0.5f) / 2 - 0.5f);
  EXPECT_EQ(landmarker_.regions[0].side, before.side / 2);
  EXPECT_FALSE(landmarker_.situations[0].cut);
  EXPECT_FALSE(frame().detector_ran) << "once is enough";
}

TEST_F(FollowerTest, OfTheDetectionsTheFourWidestAreLookedAt) {
  begin();
  boxes_ = {box(10, 81), box(20, 82), box(30, 83), box(40, 84), box(100)};
  EXPECT_FALSE(frame().success);
  EXPECT_EQ(landmarker_.calls, "aaaa");
  boxes_.pop_back();
  boxes_[0] = box(100);
  EXPECT_TRUE(frame().success) << "the last of four";
}

TEST_F(FollowerTest, OfTwoThatLookAlikeTheFirstIsTaken) {
  begin();
  detections(40);
  landmarker_.doubt = {.lost = true};
  boxes_ = {box(60, 80, 0.95f), box(110)};
  EXPECT_EQ(frame().landmarks.x[0], 60);
}

TEST_F(FollowerTest, DetectionsMayComeFromElsewhere) {
  begin();
  int asked = 0;
  const std::vector<FaceBox> elsewhere{box(120)};
  const FaceFinder find = [&](ImageView) {
    ++asked;
    return std::span<const FaceBox>(elsewhere);
  };
  EXPECT_EQ(follower_->follow(picture(), find, clock_).landmarks.x[0], 120);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(detections_, 0);
}

}  // namespace
}  // namespace auriga
