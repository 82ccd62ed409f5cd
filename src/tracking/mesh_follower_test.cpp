#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "detect/blazeface.hpp"
#include "media/video_source.hpp"
#include "models/pdm.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "tracking/fake_mesh_world.hpp"
#include "tracking/follower.hpp"
#include "tracking/mesh_landmarker.hpp"

namespace auriga {
namespace {

using test::MeshActor;
using test::MeshWorld;

class MeshFollowerTest : public testing::Test {
 protected:
  void begin(const FollowerOptions& options = {}, const MeshPresence& least = {}) {
    follower_.reset();
    landmarker_.emplace(world_.mesh(), world_.map(), world_.model(), least);
    follower_.emplace(world_.find(), *landmarker_, options);
    world_.detections = world_.looks = 0;
  }
  const TrackedFace& next(ImageView bgr) { return follower_->next(bgr, clock_).front(); }
  const TrackedFace& frame(int width = 640, int height = 480) {
    return next(world_.picture(width, height));
  }
  // Detections in each of the next frames, "1" or "0".
  std::string detections(int frames) {
    std::string ran;
    for (int i = 0; i < frames; ++i) ran += frame().detector_ran ? '1' : '0';
    return ran;
  }
  // That the face is followed and where the actor is.
  testing::AssertionResult follows(const TrackedFace& face, const MeshActor& actor) const {
    if (!face.success) return testing::AssertionFailure() << "no face";
    const float off = mean_distance(face.landmarks, world_.landmarks_of(actor));
    if (off > 0.05f * actor.width) return testing::AssertionFailure() << off << " px off";
    return testing::AssertionSuccess();
  }

  MeshWorld world_;
  StageClock clock_;
  std::optional<MeshLandmarker> landmarker_;
  std::optional<Follower> follower_;
};

TEST_F(MeshFollowerTest, TheFirstRegionIsIteratedOnceAndThenFollowsTheMesh) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  const TrackedFace& face = frame();
  EXPECT_TRUE(follows(face, world_.actors[0]));
  EXPECT_TRUE(face.analysable && face.detector_ran && face.shape_is_calc_params);
  EXPECT_EQ(face.confidence, 1);
  EXPECT_EQ(world_.looks, 2);
  ASSERT_TRUE(face.mesh.has_value());
  EXPECT_EQ(world_.map().landmarks(*face.mesh).x, face.landmarks.x);
  ShapeFit fit;
  ShapeFitter(world_.model()).fit(face.landmarks, fit);
  EXPECT_EQ(face.shape.p, fit.p);
  EXPECT_EQ(face.shape.scale, fit.scale);

  const FaceRoi next = roi_around(*face.mesh);
  world_.actors[0].x += 20;
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
  EXPECT_EQ(world_.looks, 3);
  EXPECT_EQ(world_.last_roi.x, next.x);
  EXPECT_EQ(world_.last_roi.side, next.side);
  EXPECT_EQ(world_.last_roi.angle_rad, next.angle_rad);
}

TEST_F(MeshFollowerTest, TheDetectorRunsAtTheStartAndForTheChecks) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  EXPECT_EQ(detections(271), '1' + std::string(89, '0') + '1' + std::string(89, '0') + '1' +
                                 std::string(89, '0') + '1');
  EXPECT_EQ(world_.detections, 4);
  EXPECT_EQ(world_.looks, 272);
  FollowerOptions options;
  options.redetect_every = 3;
  begin(options);
  EXPECT_EQ(detections(8), "10010010");
}

TEST_F(MeshFollowerTest, ALossIsNoticedAtOnceAndTheFaceFoundAgain) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  const Landmarks last = [&] {
    frame();
    return frame().landmarks;
  }();
  world_.actors[0].visible = false;
  const TrackedFace& lost = frame();
  EXPECT_FALSE(lost.success || lost.analysable);
  EXPECT_TRUE(lost.detector_ran);
  EXPECT_FALSE(lost.mesh.has_value());
  EXPECT_FLOAT_EQ(lost.confidence, 0.02f);
  EXPECT_EQ(lost.landmarks.x, last.x);
  EXPECT_EQ(detections(20), "11010001000001000001") << "after the one above";
  EXPECT_EQ(lost.landmarks.x, last.x);
  EXPECT_EQ(lost.confidence, 0);
  world_.actors[0].visible = true;
  world_.actors[0].x += 30;
  EXPECT_EQ(detections(7), "0000010");
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
}

TEST_F(MeshFollowerTest, AFaceThatJumpsIsFoundInTheSameFrame) {
  world_.actors = {{100, 200, 80, 1}};
  begin();
  frame();
  world_.actors[0].x = 500;
  const TrackedFace& face = frame();
  EXPECT_TRUE(follows(face, world_.actors[0]));
  EXPECT_TRUE(face.detector_ran);
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
  EXPECT_FALSE(face.detector_ran);
}

TEST_F(MeshFollowerTest, WithoutAFaceTheDetectorRunsEverySixthFrame) {
  begin();
  EXPECT_EQ(detections(26), "11101000100000100000100000");
  EXPECT_EQ(world_.looks, 0);
  // What only the detector takes for a face is none.
  world_.ghosts = {MeshWorld::box_of({100, 100, 60})};
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(frame().success);
  EXPECT_EQ(frame().landmarks.x, Landmarks{}.x);
}

TEST_F(MeshFollowerTest, ACutIsNoticedEvenIfTheMeshSeesAFace) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  for (int i = 0; i < 5; ++i) frame();
  // Nobody.
  world_.presence_of_nothing = 1;
  world_.actors[0].visible = false;
  world_.room = 1;
  EXPECT_FALSE(frame().success);
  EXPECT_TRUE(frame().detector_ran);
  // Somebody else in the same place, and somebody else elsewhere.
  for (const float x : {300.0f, 500.0f}) {
    world_.actors = {{300, 200, 80, 1}};
    world_.room = 0;
    begin();
    for (int i = 0; i < 5; ++i) frame();
    world_.actors = {{x, 200, 80, 2}};
    world_.room = 1;
    const TrackedFace& other = frame();
    EXPECT_TRUE(other.detector_ran);
    EXPECT_TRUE(follows(other, world_.actors[0])) << x;
    EXPECT_FALSE(frame().detector_ran) << "the new scene is no cut";
  }
}

TEST_F(MeshFollowerTest, ACutIsPutToTheDetectorEvenWithoutDoubt) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  for (int i = 0; i < 5; ++i) frame();
  world_.room = 1;
  EXPECT_TRUE(frame().detector_ran);
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
  EXPECT_FALSE(frame().detector_ran);
}

// The network says of everything that it is a face. What the detector does not see is lost when it
// looks otherwise than the face, at once if that happens suddenly, else by the next check.
TEST_F(MeshFollowerTest, WhatOnlyTheMeshSeesIsNoFace) {
  world_.actors = {{300, 200, 80, 1}};
  world_.presence_of_nothing = 1;
  begin();
  for (int i = 0; i < 5; ++i) frame();
  world_.actors[0].visible = false;
  EXPECT_FALSE(frame().success);
}

// The same for a face that the detector does not know, turned away.
TEST_F(MeshFollowerTest, WhatTheDetectorMissesMayBeAFace) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  frame();
  world_.actors[0].score = 0;
  EXPECT_EQ(detections(181), std::string(89, '0') + '1' + std::string(89, '0') + "10");
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
}

TEST_F(MeshFollowerTest, DoubtIsPutToTheDetectorLessAndLessOften) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  detections(5);
  world_.actors[0].presence = 0.7f;
  EXPECT_EQ(detections(20), "11101000100000100000");
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
  EXPECT_FLOAT_EQ(frame().confidence, 0.7f);
  world_.actors[0].presence = 1;
  EXPECT_EQ(detections(20), std::string(20, '0'));
  // Where the detector sees no face, doubt ends it.
  world_.actors[0].presence = 0.7f;
  world_.actors[0].score = 0;
  EXPECT_FALSE(frame().success);
}

TEST_F(MeshFollowerTest, FollowsTheWidestAndWaitsForIt) {
  world_.actors = {{100, 200, 60, 1}, {300, 200, 80, 2}, {500, 200, 70, 3}};
  begin();
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(follows(frame(), world_.actors[1]));
  world_.actors[1].visible = false;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(frame().success) << "too early for anybody else";
  world_.actors[1].visible = true;
  for (int i = 0; i < 6; ++i) frame();
  EXPECT_TRUE(follows(frame(), world_.actors[1]));
  world_.actors[1].visible = false;
  for (int i = 0; i < 40; ++i) frame();
  EXPECT_TRUE(follows(frame(), world_.actors[2]));
  // Who comes back finds that another one is followed.
  world_.actors[1].visible = true;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(follows(frame(), world_.actors[2]));
}

TEST_F(MeshFollowerTest, OfTwoFacesThatSwapPlacesTheFollowedOneIsKept) {
  world_.actors = {{300, 200, 84, 1}, {420, 190, 80, 2}};
  begin();
  for (int i = 0; i < 40; ++i) {
    if (i % 10 == 9) std::swap(world_.actors[0].x, world_.actors[1].x);
    const TrackedFace& face = frame();
    EXPECT_TRUE(follows(face, world_.actors[0])) << i;
    EXPECT_EQ(face.detector_ran, i == 0 || i % 10 == 9) << i;
  }
}

TEST_F(MeshFollowerTest, WhoStandsInThePlaceOfTheLostOneIsFollowed) {
  world_.actors = {{300, 200, 84, 1}};
  begin();
  for (int i = 0; i < 40; ++i) frame();
  world_.actors = {{310, 200, 80, 2}};
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
}

TEST_F(MeshFollowerTest, ACheckMovesARegionThatIsOff) {
  world_.actors = {{300, 200, 80, 1}};
  world_.sloppiness = 1;  // the mesh stays behind
  FollowerOptions options;
  options.redetect_every = 10;
  begin(options);
  frame();
  // What is under the mesh stays the same, so there is no doubt.
  const Image picture = world_.picture();
  for (int i = 0; i < 9; ++i) {
    world_.actors[0].x += 3.5f;
    EXPECT_FALSE(next(picture).detector_ran) << i;
  }
  const TrackedFace& face = next(picture);
  EXPECT_TRUE(face.detector_ran);
  EXPECT_TRUE(follows(face, world_.actors[0]));
}

TEST_F(MeshFollowerTest, FramesOfAnotherSizeAreLookedAtAnew) {
  world_.actors = {{150, 120, 80, 1}};
  begin();
  frame();
  world_.actors = {{75, 60, 40, 1}};
  const TrackedFace& face = frame(320, 240);
  EXPECT_TRUE(face.detector_ran);
  EXPECT_TRUE(follows(face, world_.actors[0]));
  frame(340, 240);
  EXPECT_TRUE(face.detector_ran) << "even if only the border is new";
  EXPECT_TRUE(follows(face, world_.actors[0]));
  frame(340, 240);
  EXPECT_FALSE(face.detector_ran);
}

TEST_F(MeshFollowerTest, SurvivesOddFramesAndAnswers) {
  world_.actors = {{300, 200, 80, 1}};
  begin();
  EXPECT_FALSE(next(Image()).success);
  EXPECT_FALSE(next(ImageView{nullptr, 0, 0, 3, 0}).success);
  EXPECT_EQ(world_.detections, 0);
  EXPECT_TRUE(frame().success);
  const Landmarks last = frame().landmarks;
  EXPECT_FALSE(next(Image()).success);
  EXPECT_EQ(next(Image()).landmarks.x, last.x);
  EXPECT_TRUE(frame().success);
  Image dot(1, 1, 3);
  *dot.data() = dot.data()[1] = dot.data()[2] = 90;
  next(dot);
  // A network without an answer, or with a bad one.
  begin();
  frame();
  world_.silent = true;
  EXPECT_FALSE(frame().success);
  world_.silent = false;
  begin();
  frame();
  world_.actors[0].presence = NAN;
  EXPECT_FALSE(frame().success);
  EXPECT_FALSE(std::isnan(frame().confidence));
  // A face in a point, which no shape fits.
  begin();
  world_.actors[0].presence = 1;
  world_.actors[0].width = 0;
  world_.ghosts = {MeshWorld::box_of({300, 200, 80})};
  world_.actors.clear();
  world_.presence_of_nothing = 1;
  for (FaceBox& box : world_.ghosts) box.w = box.h = 0;
  EXPECT_FALSE(frame().success);
}

TEST_F(MeshFollowerTest, DetectionsBelowTheThresholdAreNone) {
  world_.actors = {{300, 200, 80, 1}};
  world_.actors[0].score = 0.59f;
  FollowerOptions options;
  options.detection_threshold = 0.6f;
  begin(options);
  EXPECT_FALSE(frame().success);
  world_.actors[0].presence = 0.79f;
  begin({}, {.follow = 0.8f});
  EXPECT_FALSE(frame().success);
  world_.actors[0].presence = 0.8f;
  EXPECT_TRUE(frame().success);
}

TEST_F(MeshFollowerTest, BeginsWithAFaceOnlyWhereTheNetworkIsSure) {
  world_.actors = {{300, 200, 80, 1}};
  world_.actors[0].presence = 0.79f;
  begin();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(frame().success);
  EXPECT_FALSE(
      follower_->begin(world_.picture(), MeshWorld::box_of(world_.actors[0]), clock_).success);
  world_.actors[0].presence = 0.81f;
  EXPECT_TRUE(
      follower_->begin(world_.picture(), MeshWorld::box_of(world_.actors[0]), clock_).success);
  begin();
  EXPECT_TRUE(frame().success);
  // What is followed, or known, may be less sure.
  world_.actors[0].presence = 0.6f;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(frame().success);
  world_.actors[0].visible = false;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(frame().success);
  world_.actors[0].visible = true;
  for (int i = 0; i < 6; ++i) frame();
  EXPECT_TRUE(follows(frame(), world_.actors[0]));
}

TEST_F(MeshFollowerTest, OptionsAreChecked) {
  FollowerOptions options;
  options.redetect_every = 0;
  EXPECT_THROW(begin(options), Error);
  for (const float wrong : {-0.1f, 1.1f, std::numeric_limits<float>::quiet_NaN()}) {
    options = {};
    options.detection_threshold = wrong;
    EXPECT_THROW(begin(options), Error);
    EXPECT_THROW(begin({}, {.follow = wrong}), Error);
    EXPECT_THROW(begin({}, {.begin = wrong}), Error);
  }
}

TEST_F(MeshFollowerTest, BeginsWithAGivenFaceAndKeepsToIt) {
  world_.actors = {{100, 200, 60, 1}, {300, 200, 80, 2}};
  FollowerOptions options;
  options.one_person = true;
  begin(options);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(frame().success) << "nobody was given";
  EXPECT_EQ(world_.detections, 0);
  const TrackedFace& face =
      follower_->begin(world_.picture(), MeshWorld::box_of(world_.actors[0]), clock_);
  EXPECT_TRUE(follows(face, world_.actors[0]));
  EXPECT_TRUE(face.detector_ran);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(follows(frame(), world_.actors[0]));
  // Gone for longer than anybody is waited for, or another in its place, or another scene.
  world_.actors[0].visible = false;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(frame().success);
  world_.actors[0] = {100, 200, 60, 3};
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(frame().success);
  world_.room = 1;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(frame().success);
  world_.room = 0;
  world_.actors[0] = {100, 200, 60, 1};
  for (int i = 0; i < 7; ++i) frame();
  EXPECT_TRUE(follows(face, world_.actors[0]));
  // The same while it is followed.
  world_.room = 1;
  world_.actors[0].looks = 3;
  EXPECT_FALSE(frame().success);
  // Where there is no face nothing is begun with.
  EXPECT_FALSE(
      follower_->begin(world_.picture(), MeshWorld::box_of({500, 400, 60}), clock_).success);
  EXPECT_FALSE(follower_->begin(Image(), MeshWorld::box_of(world_.actors[1]), clock_).success);
}

// A walk with losses, cuts and strangers; the same frames give the same bits after reset().
TEST_F(MeshFollowerTest, ResetMakesAVideoIndependentOfTheOneBefore) {
  const auto record = [&](unsigned seed) {
    world_.actors = {{100, 200, 80, seed}, {500, 220, 70, seed + 1}};
    std::vector<TrackedFace> faces;
    for (int i = 0; i < 130; ++i) {
      world_.room = i < 90 ? 0 : 1;
      world_.actors[0].x += 3;
      world_.actors[0].visible = i % 50 < 40;
      world_.actors[1].x -= i > 90 ? 3 : 0;
      faces.push_back(frame(640, 480 + 20 * (i / 100)));
    }
    return faces;
  };
  const auto same = [](const std::vector<TrackedFace>& a, const std::vector<TrackedFace>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const TrackedFace& p, const TrackedFace& q) {
                        return p.success == q.success && p.detector_ran == q.detector_ran &&
                               p.confidence == q.confidence && p.landmarks.x == q.landmarks.x &&
                               p.landmarks.y == q.landmarks.y && p.shape.scale == q.shape.scale &&
                               p.shape.p == q.shape.p && p.mesh.has_value() == q.mesh.has_value() &&
                               (!p.mesh || (p.mesh->x == q.mesh->x && p.mesh->y == q.mesh->y));
                      });
  };
  begin();
  const std::vector<TrackedFace> one = record(1);
  EXPECT_GT(std::count_if(one.begin(), one.end(), [](const TrackedFace& f) { return f.success; }),
            90);
  EXPECT_FALSE(same(record(1), one)) << "what was seen before should show";
  record(20);
  follower_->reset();
  EXPECT_TRUE(same(record(1), one));
}

TEST_F(MeshFollowerTest, AllocatesNothingAfterTheFirstFrames) {
  world_.actors = {{100, 200, 80, 1}, {500, 220, 70, 2}};
  FollowerOptions options;
  options.redetect_every = 5;
  begin(options);
  std::vector<Image> pictures;
  const auto move = [&](int i) {
    world_.actors[0].x = static_cast<float>(100 + 2 * i);
    world_.actors[0].mood = static_cast<unsigned>(i / 5 % 7);
    world_.actors[0].visible = i % 20 < 17;
  };
  for (int i = 0; i < 60; ++i) {
    move(i);
    pictures.push_back(world_.picture());
  }
  long before = 0;
  int followed = 0;
  for (int i = 0; i < 60; ++i) {
    if (i == 35) before = test::allocations();  // all views have been taken once
    move(i);
    followed += next(pictures[static_cast<std::size_t>(i)]).success;
  }
  EXPECT_EQ(test::allocations(), before);
  EXPECT_GT(followed, 40);
}

// With the open pack and a video whose landmarks are known.
struct Measured {
  int frames = 0, followed = 0, detections = 0;
  float least_presence = 1;
  // In percent of the mean distance of the outer eye corners in the table.
  double error = 0;   // mean distance to the table
  double jitter = 0;  // of the inner 51 landmarks: rms of their second difference / sqrt(6)
};

// What is left of a movement with even speed: white noise of this standard deviation per point has
// this jitter, too.
double jitter_of(const std::vector<Landmarks>& frames) {
  double squares = 0;
  for (std::size_t k = 1; k + 1 < frames.size(); ++k) {
    const auto add = [&](const auto& before, const auto& now, const auto& after) {
      for (std::size_t i = 17; i < kLandmarks; ++i) {
        const double second = static_cast<double>(after[i]) - 2.0 * now[i] + before[i];
        squares += second * second;
      }
    };
    add(frames[k - 1].x, frames[k].x, frames[k + 1].x);
    add(frames[k - 1].y, frames[k].y, frames[k + 1].y);
  }
  return std::sqrt(squares / static_cast<double>((frames.size() - 2) * 51) / 6);
}

// `corner`: where the table has the centre of the first pixel.
Measured measure(const std::filesystem::path& video, const std::filesystem::path& truth,
                 float corner) {
  const std::filesystem::path pack = test::open_pack();
  BlazeFace detector(BlazeFace::load(pack / "face_detection_short_range.onnx",
                                     pack / "face_detection_full_range.onnx", Device::cpu));
  FaceMeshNetwork network(FaceMeshNetwork::load(pack, Device::cpu));
  const MeshTo68 map(pack / "mesh_to_68.txt");
  const Pdm pdm = read_pdm(pack / "shape_68.txt");
  const ShapeModel model(pdm);
  MeshLandmarker landmarker([&](ImageView bgr, const FaceRoi& roi,
                                FaceMesh& mesh) { return network.find(bgr, roi, mesh); },
                            map, model);
  Follower follower([&](ImageView bgr) { return std::span<const FaceBox>(detector.detect(bgr)); },
                    landmarker);

  const test::Table table(truth);
  std::vector<std::size_t> columns;
  for (const char axis : {'x', 'y'})
    for (int i = 0; i < kLandmarks; ++i)
      columns.push_back(table.index(std::string(1, axis) + "_" + std::to_string(i)));
  const auto source = open_video(video);
  StageClock clock;
  Measured result;
  std::vector<Landmarks> all;
  double distances = 0, eyes = 0;
  Frame frame;
  for (std::size_t row = 0; row < table.rows() && source->next(frame); ++row) {
    Landmarks expected;
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      expected.x[i] = static_cast<float>(table.number(row, columns[i])) - corner;
      expected.y[i] = static_cast<float>(table.number(row, columns[kLandmarks + i])) - corner;
    }
    eyes += std::hypot(expected.x[36] - expected.x[45], expected.y[36] - expected.y[45]);
    const TrackedFace& face = follower.next(frame.bgr(), clock).front();
    ++result.frames;
    result.detections += face.detector_ran;
    if (!face.success) continue;
    ++result.followed;
    result.least_presence = std::min(result.least_presence, static_cast<float>(face.confidence));
    distances += mean_distance(face.landmarks, expected);
    all.push_back(face.landmarks);
  }
  EXPECT_EQ(static_cast<std::size_t>(result.frames), table.rows());
  eyes /= result.frames;
  result.error = 100 * distances / result.followed / eyes;
  result.jitter = 100 * jitter_of(all) / eyes;
  return result;
}

TEST(MeshFollower, FollowsTheFaceOfTheDemo) {
  AURIGA_NEEDS_OPEN_PACK();
  // The renderer has the corner of the picture at (0, 0).
  const Measured found = measure(test::repository() / "examples/demo.mp4",
                                 test::repository() / "examples/demo_truth.csv", 0.5f);
  testing::Test::RecordProperty("error", std::to_string(found.error));
  testing::Test::RecordProperty("jitter", std::to_string(found.jitter));
  EXPECT_EQ(found.followed, 90);
  EXPECT_LE(found.detections, 2);
  EXPECT_GT(found.least_presence, 0.9f);
  EXPECT_LT(found.error, 1.8);  // the prototype: 1.6
}

// The tables are of OpenFace's CLNF, whose jaw lies elsewhere by design (prototype on two other
// clips: 2.8 and 3.3). Its own jitter in these videos, with the heads' movement in it: 0.17, 0.43,
// 0.31. Measured: errors 3.45, 3.18, 3.87; jitter 0.208, 0.462, 0.427 (the last face is small, 0.3
// percent of its eyes' distance is 0.16 px). The bounds leave room for other versions of the
// runtime.
TEST(MeshFollower, FollowsTheFacesOfTheVideos) {
  AURIGA_NEEDS_OPEN_PACK();
  struct Video {
    const char* name;
    double error, jitter;  // at most, percent
  };
  for (const Video& video :
       {Video{"2015-10-15-15-14.avi", 3.6, 0.23}, Video{"changeLighting.wmv", 3.4, 0.50},
        Video{"video01.mp4", 4.1, 0.47}}) {
    SCOPED_TRACE(video.name);
    const std::filesystem::path file = std::filesystem::path("videos") / video.name;
    const auto golden = "golden/csv" / std::filesystem::path(video.name).replace_extension("csv");
    AURIGA_NEEDS(file);
    AURIGA_NEEDS(golden);
    const Measured found = measure(test::test_data() / file, test::test_data() / golden, 0);
    testing::Test::RecordProperty(std::string(video.name) + "_error", std::to_string(found.error));
    testing::Test::RecordProperty(std::string(video.name) + "_jitter",
                                  std::to_string(found.jitter));
    testing::Test::RecordProperty(std::string(video.name) + "_detections",
                                  std::to_string(found.detections));
    EXPECT_EQ(found.followed, found.frames);
    EXPECT_LE(found.detections, found.frames / 30 + 1);
    EXPECT_GT(found.least_presence, 0.9f);
    EXPECT_LT(found.error, video.error);
    EXPECT_LT(found.jitter, video.jitter);
  }
}

}  // namespace
}  // namespace auriga
