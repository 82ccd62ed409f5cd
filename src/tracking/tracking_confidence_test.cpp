#include "tracking/tracking_confidence.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tracking/face_memory.hpp"
#include "tracking/face_square.hpp"
#include "tracking/face_view.hpp"

namespace auriga {
namespace {

// What drifted away slowly, so that neither the running mean nor the last frame can tell, is found
// out by the next check.
TEST(TrackingConfidence, ACheckEndsWhatOnlyLooksLikeItself) {
  FaceMemory memory;
  FacePatch face{std::vector<float>(304), std::vector<float>(304, 1), 1}, wall = face;
  for (std::size_t i = 0; i < 304; ++i) {
    face.grey[i] = 30 * std::sin(0.1f * static_cast<float>(i));
    wall.grey[i] = 30 * std::sin(0.37f * static_cast<float>(i));
  }
  FaceView view;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    view.landmarks.x[i] = static_cast<float>(i), view.landmarks.y[i] = static_cast<float>(i % 7);
  view.residual = 0.006f;
  view.patch = face;
  memory.restart(view);
  for (int k = 0; k <= 100; ++k) {
    for (std::size_t i = 0; i < 304; ++i) {
      view.patch.grey[i] =
          face.grey[i] + static_cast<float>(k) / 100 * (wall.grey[i] - face.grey[i]);
    }
    memory.follow(view);
  }
  EXPECT_GT(memory.resemblance(view.patch), 0.9);
  EXPECT_LT(memory.confirmed_resemblance(view.patch), 0.3);
  TrackingEvidence evidence = memory.compare(view);
  EXPECT_GT(tracking_confidence(evidence), kFollowed);
  evidence.resemblance = evidence.continuity = memory.confirmed_resemblance(view.patch);
  evidence.support = -1;
  EXPECT_LT(tracking_confidence(evidence), 0.1);
}

TEST(TrackingConfidence, MovesWithTheEvidence) {
  TrackingEvidence good;
  good.resemblance = good.continuity = 0.97f;
  good.residual = 0.006f;
  good.jump = 0.02f;
  EXPECT_GT(tracking_confidence(good), 0.95);
  EXPECT_LT(tracking_confidence({}), 0.1);
  const auto worse = [&](auto change) {
    TrackingEvidence evidence = good;
    change(evidence);
    return tracking_confidence(evidence) < tracking_confidence(good);
  };
  EXPECT_TRUE(worse([](TrackingEvidence& e) { e.resemblance = 0.6f; }));
  EXPECT_TRUE(worse([](TrackingEvidence& e) { e.continuity = 0.6f; }));
  EXPECT_TRUE(worse([](TrackingEvidence& e) { e.residual = 0.02f; }));
  EXPECT_TRUE(worse([](TrackingEvidence& e) { e.jump = 0.4f; }));
  EXPECT_TRUE(worse([](TrackingEvidence& e) { e.support = -1; }));
}

TEST(TrackingConfidence, SupportNeedsTheFivePoints) {
  Landmarks face;
  for (int i = 0; i < kLandmarks; ++i) {
    const double angle = 3.14 * i / 16, size = i < 17 ? 60 : 5 + i / 2.0;
    face.x[i] = static_cast<float>(200 - size * std::cos(angle));
    face.y[i] = static_cast<float>(150 + 1.3 * size * std::sin(angle));
  }
  const SubpixelSquare square = face_square(face);
  FaceBox box{square.x + square.side * 0.05f,
              square.y + square.side * 0.05f,
              square.side / 1.1f,
              square.side / 1.1f,
              0.9f,
              {}};
  const auto mean = [&](std::size_t first, std::size_t last) {
    Point2 p;
    for (std::size_t i = first; i < last; ++i)
      p.x += face.x[i] / (last - first), p.y += face.y[i] / (last - first);
    return p;
  };
  box.points = {mean(36, 42), mean(42, 48), mean(30, 31), mean(48, 49), mean(54, 55)};
  EXPECT_GT(detector_support(box, face), 0.8);
  FaceBox other = box;
  for (Point2& point : other.points) point.y += 0.5f * inter_ocular_distance(face);
  EXPECT_EQ(detector_support(other, face), 0);
  other = box;
  other.x += 0.5f * square.side;
  EXPECT_EQ(detector_support(other, face), 0);
}

}  // namespace
}  // namespace auriga
