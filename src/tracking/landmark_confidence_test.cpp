#include "tracking/landmark_confidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

#include "models/pdm.hpp"
#include "support/golden.hpp"
#include "tracking/fake_mesh_world.hpp"
#include "tracking/mean_face.hpp"
#include "tracking/mesh_landmarker.hpp"

namespace auriga {
namespace {

struct Fixture {
  Pdm pdm = read_pdm(test::repository() / "models/open/shape_68.txt");
  ShapeModel model{pdm};
  FaceViewer viewer{model};

  FaceView view_of(ImageView picture, const Landmarks& landmarks) {
    FaceView view;
    view.landmarks = landmarks;
    EXPECT_TRUE(viewer.complete(picture, view));
    viewer.appraise(view);
    return view;
  }
};

// The mean face four times as large, with room around it.
constexpr int kTimes = 4, kRoom = 20;
Image large_face() {
  const Image small = mean_face_picture();
  Image picture(kTimes * small.width() + 2 * kRoom, kTimes * small.height() + 2 * kRoom, 3);
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) {
      const int u = std::clamp((x - kRoom) / kTimes, 0, small.width() - 1);
      const int v = std::clamp((y - kRoom) / kTimes, 0, small.height() - 1);
      std::copy_n(small.row(v) + 3 * u, 3, picture.row(y) + 3 * x);
    }
  return picture;
}
Landmarks large_landmarks() {
  Landmarks landmarks = mean_face_landmarks();
  for (float& x : landmarks.x) x = kTimes * x + kRoom + 1.5f;
  for (float& y : landmarks.y) y = kTimes * y + kRoom + 1.5f;
  return landmarks;
}

TEST(FaceLikeness, OfTheMeanFaceIsWhole) {
  Fixture fixture;
  const FaceView view = fixture.view_of(large_face(), large_landmarks());
  EXPECT_GT(view.likeness.halves, 0.95f);
  EXPECT_GT(view.likeness.parts, 0.9f);
  EXPECT_GT(view.likeness.contrast, 2);
}

// Law: what covers a half, whichever, takes that half's likeness, and contrast and light none.
TEST(FaceLikeness, NoticesWhatIsCovered) {
  Fixture fixture;
  const Image face = large_face();
  const Landmarks landmarks = large_landmarks();
  const float middle = landmarks.x[30], bridge = landmarks.y[29];
  for (int half = 0; half < 4; ++half) {
    Image covered = face;
    for (int y = 0; y < covered.height(); ++y)
      for (int x = 0; x < covered.width(); ++x) {
        const bool in[] = {static_cast<float>(x) < middle, static_cast<float>(x) >= middle,
                           static_cast<float>(y) < bridge, static_cast<float>(y) >= bridge};
        if (in[half]) std::fill_n(covered.row(y) + 3 * x, 3, static_cast<std::uint8_t>(60 + x % 7));
      }
    EXPECT_LT(fixture.view_of(covered, landmarks).likeness.halves, 0.5f) << half;
    EXPECT_LT(fixture.view_of(covered, landmarks).likeness.parts, 0.75f) << half;
  }
  Image dim = face;
  for (std::size_t i = 0; i < dim.size_bytes(); ++i)
    dim.data()[i] = static_cast<std::uint8_t>(10 + dim.data()[i] / 2);
  const Likeness likeness = fixture.view_of(dim, landmarks).likeness;
  EXPECT_GT(likeness.halves, 0.9f);
  EXPECT_GT(likeness.parts, 0.85f);
}

TEST(FaceLikeness, IsNoneOutsideAndOnAPlainWall) {
  Fixture fixture;
  Landmarks landmarks = large_landmarks();
  Image wall(150, 150, 3);
  std::fill_n(wall.data(), wall.size_bytes(), std::uint8_t{90});
  const Likeness plain = fixture.view_of(wall, landmarks).likeness;
  EXPECT_EQ(plain.halves, 0);
  EXPECT_EQ(plain.parts, 0);
  EXPECT_EQ(plain.contrast, 0);
  for (float& x : landmarks.x) x += 1000;
  const Likeness outside = fixture.view_of(large_face(), landmarks).likeness;
  EXPECT_EQ(outside.halves, 0);
  EXPECT_EQ(outside.parts, 0);
}

TEST(LandmarkConfidence, GrowsWithTheEvidence) {
  Fixture fixture;
  const FaceView whole = fixture.view_of(large_face(), large_landmarks());
  EXPECT_GT(mesh_confidence(30, whole), 0.95);
  EXPECT_GT(mesh_confidence(20, whole), mesh_confidence(10, whole));
  EXPECT_LT(mesh_confidence(5, whole), kTrusted);
  EXPECT_GT(pfld_confidence(whole, 0.01f), pfld_confidence(whole, 0.05f));
  EXPECT_LT(pfld_confidence(whole, 1), 0.01);
  EXPECT_LE(pfld_confidence(whole, 0), 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(mesh_confidence(nan, whole), 0);
  // Half of it beyond the left edge.
  const Image face = large_face();
  const int cut = face.width() / 2;
  Landmarks shifted = large_landmarks();
  for (float& x : shifted.x) x -= static_cast<float>(cut);
  ImageView half = face;
  half.data += 3 * cut;
  half.width -= cut;
  const FaceView cut_view = fixture.view_of(half, shifted);
  EXPECT_LT(mesh_confidence(15, cut_view), kTrusted) << "what the network says of such a face";
  EXPECT_LT(plain_confidence(cut_view), plain_confidence(whole));
}

TEST(LandmarkConfidence, SuccessIsFromOneHalfOn) {
  for (const bool success : {true, false})
    for (const double right : {0.0, 0.49, 0.5, 1.0}) {
      TrackedFace face;
      face.success = face.analysable = success;
      face.confidence = 1;
      face.right = right;
      report_trust(face);
      EXPECT_EQ(face.confidence, right);
      EXPECT_EQ(face.success, success && right >= 0.5);
      EXPECT_EQ(face.analysable, face.success);
    }
}

// A network that is sure of faces the right way up alone; the others it takes for something else.
TEST(LandmarkConfidence, AFaceThatIsUpsideDownIsLookedAtTheOtherWay) {
  test::MeshWorld world;
  world.actors = {{100, 200, 80, 1}};
  world.actors[0].score = 0.7f;
  const float over = std::numbers::pi_v<float>;
  const MeshFinder one_way = [&, see = world.mesh()](ImageView bgr, const FaceRoi& roi,
                                                     FaceMesh& mesh) {
    const std::optional<float> logit = see(bgr, roi, mesh);
    const bool upright = std::abs(std::remainder(roi.angle_rad - over, 2 * over)) < 0.1f;
    if (upright)  // its right is the picture's left
      for (std::size_t i = 0; i < kMeshPoints; ++i) {
        mesh.x[i] = 2 * world.actors[0].x - mesh.x[i];
        mesh.y[i] = 2 * world.actors[0].y - mesh.y[i];
      }
    return logit ? std::optional<float>(upright ? 30.0f : 4.0f) : logit;
  };
  MeshLandmarker landmarker(one_way, world.map(), world.model());
  const FaceBox box = test::MeshWorld::box_of(world.actors[0]);
  StageClock clock;
  FaceLook look;
  ASSERT_TRUE(landmarker.look_at(world.picture(), box, {}, look, clock));
  EXPECT_GT(look.right, kTrusted);
  EXPECT_GT(look.view.landmarks.x[36], look.view.landmarks.x[45]) << "the eyes have changed sides";
  TrackedFace still;
  ASSERT_TRUE(landmarker.look_at_still(world.picture(), box, still));
  EXPECT_GT(still.right, kTrusted);
  EXPECT_GT(still.landmarks.x[36], still.landmarks.x[45]);
  // What is surely upright is not asked about.
  FaceBox sure = box;
  sure.score = 0.9f;
  ASSERT_TRUE(landmarker.look_at(world.picture(), sure, {}, look, clock));
  EXPECT_LT(look.right, kTrusted);
}

}  // namespace
}  // namespace auriga
