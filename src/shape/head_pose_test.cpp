#include "shape/head_pose.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shape/camera.hpp"
#include "shape/fake_pdm.hpp"
#include "support/golden.hpp"
#include "support/parameter_name.hpp"

namespace auriga {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr const char* kPdm = "models/openface-2.2/model/pdms/In-the-wild_aligned_PDM_68.txt";

struct Face {
  Landmarks landmarks;
  ShapeFit fit;
};

Face read_face(const test::Table& tracker, std::size_t row) {
  const auto number = [&](const std::string& column) {
    return static_cast<float>(tracker.number(row, column));
  };
  Face face;
  for (int i = 0; i < kLandmarks; ++i) {
    face.landmarks.x[i] = number("x_" + std::to_string(i));
    face.landmarks.y[i] = number("y_" + std::to_string(i));
  }
  face.fit = {number("p_scale"),
              number("p_rx"),
              number("p_ry"),
              number("p_rz"),
              number("p_tx"),
              number("p_ty"),
              {}};
  for (int j = 0; j < kShapeModes; ++j) face.fit.p[j] = number("p_" + std::to_string(j));
  return face;
}

Camera read_camera(const std::string& stage) {
  Camera camera;
  const std::string text = test::read_text(test::test_data() / stage / "camera.txt");
  EXPECT_EQ(4, std::sscanf(text.c_str(), "fx=%f fy=%f cx=%f cy=%f", &camera.fx, &camera.fy,
                           &camera.cx, &camera.cy));
  return camera;
}

class HeadPoseGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(HeadPoseGolden, PoseAndPlacedLandmarks) {
  const std::string stage = std::string("golden/") + GetParam();
  AURIGA_NEEDS(kPdm);
  AURIGA_NEEDS(stage + "/pose_gaze.csv");
  const ShapeModel model(read_pdm(test::test_data() / kPdm));
  const Camera camera = read_camera(stage);
  const test::Table tracker(test::test_data() / stage / "tracker.csv");
  const test::Table poses(test::test_data() / stage / "pose_gaze.csv");
  const test::Table placed(test::test_data() / stage / "landmarks3d.csv");
  ASSERT_EQ(tracker.rows(), 120u);
  for (std::size_t row = 0; row < tracker.rows(); ++row) {
    const Face face = read_face(tracker, row);
    // Single precision at about 600 mm: seen 6e-5 mm and 2e-7 rad.
    const HeadPose pose = head_pose(model, face.fit, face.landmarks, camera);
    const auto points = landmarks_3d(model, face.fit, face.landmarks, camera);
    for (std::size_t a = 0; a < 3; ++a) {
      const std::string axis(1, "xyz"[a]), block(1, "XYZ"[a]);
      EXPECT_NEAR(pose.translation_mm[a], poses.number(row, "pose_T" + axis), 1e-3)
          << "row " << row;
      EXPECT_NEAR(pose.rotation_rad[a], poses.number(row, "pose_R" + axis), 1e-5) << "row " << row;
      for (int i = 0; i < kLandmarks; ++i)
        EXPECT_NEAR(points[a][i], placed.number(row, block + "_" + std::to_string(i)), 1e-3)
            << i << ", row " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, HeadPoseGolden,
                         ::testing::Values("stage_2015-10-15-15-14", "stage_video01"),
                         test::ParameterName());

TEST(Camera, IsGuessedFromTheFrameSize) {
  const Camera camera = camera_from_frame_size(1080, 720);
  EXPECT_EQ(camera.fx, 796.875f);
  EXPECT_EQ(camera.fy, 796.875f);
  EXPECT_EQ(camera.cx, 540.0f);
  EXPECT_EQ(camera.cy, 360.0f);
  EXPECT_EQ(camera_from_frame_size(641, 481).cx, 320.5f);
}

// A random head in front of the camera, its exact perspective picture, and the weak-perspective fit
// to start from.
struct Scene {
  ShapeModel model;
  Face face;
  Camera camera;
};

Scene random_scene(std::mt19937& random, const HeadPose& truth) {
  Scene scene{
      ShapeModel(test::synthetic_pdm(kLandmarks, kShapeModes, random)), {}, {600, 620, 330, 250}};
  const std::vector<float> weights = test::random_weights(scene.model, random);
  std::copy(weights.begin(), weights.end(), scene.face.fit.p.begin());
  std::vector<float> shape(3 * kLandmarks);
  scene.model.shape(weights, shape);
  const RotationMatrix r = matrix_from_euler(truth.rotation_rad);
  for (int i = 0; i < kLandmarks; ++i) {
    std::array<float, 3> point;
    for (int a = 0; a < 3; ++a)
      point[a] = r[3 * a] * shape[i] + r[3 * a + 1] * shape[kLandmarks + i] +
                 r[3 * a + 2] * shape[2 * kLandmarks + i] + truth.translation_mm[a];
    scene.face.landmarks.x[i] = scene.camera.fx * point[0] / point[2] + scene.camera.cx;
    scene.face.landmarks.y[i] = scene.camera.fy * point[1] / point[2] + scene.camera.cy;
  }
  const auto& t = truth.translation_mm;
  scene.face.fit.scale = scene.camera.fx / t[2] * test::uniform(random, 0.9f, 1.1f);
  scene.face.fit.rx = truth.rotation_rad[0] + test::uniform(random, -0.2f, 0.2f);
  scene.face.fit.ry = truth.rotation_rad[1] + test::uniform(random, -0.2f, 0.2f);
  scene.face.fit.rz = truth.rotation_rad[2] + test::uniform(random, -0.2f, 0.2f);
  scene.face.fit.tx =
      scene.camera.fx * t[0] / t[2] + scene.camera.cx + test::uniform(random, -10, 10);
  scene.face.fit.ty =
      scene.camera.fy * t[1] / t[2] + scene.camera.cy + test::uniform(random, -10, 10);
  return scene;
}

TEST(HeadPose, IsFoundFromAPerspectivePicture) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 50; ++trial) {
    const auto angle = [&] { return test::uniform(random, -0.6f, 0.6f); };
    const HeadPose truth{{test::uniform(random, -150, 150), test::uniform(random, -150, 150),
                          test::uniform(random, 400, 1200)},
                         {angle(), angle(), angle()}};
    const Scene scene = random_scene(random, truth);
    const HeadPose pose =
        head_pose(scene.model, scene.face.fit, scene.face.landmarks, scene.camera);
    // The picture is rounded to single precision.
    EXPECT_THAT(pose.rotation_rad, Pointwise(FloatNear(2e-5f), truth.rotation_rad))
        << "trial " << trial;
    EXPECT_THAT(pose.translation_mm, Pointwise(FloatNear(5e-3f), truth.translation_mm))
        << "trial " << trial;
  }
}

TEST(HeadPose, IsFoundFromABadStart) {
  // Undamped steps leave the scene from such starts.
  std::mt19937 random(5);
  for (int trial = 0; trial < 50; ++trial) {
    const HeadPose truth{{20, -30, 500}, {0.1f, -0.2f, 0.1f}};
    Scene scene = random_scene(random, truth);
    scene.face.fit.scale *= trial % 2 == 0 ? 3 : 0.3f;
    scene.face.fit.rx += test::uniform(random, -0.8f, 0.8f);
    scene.face.fit.ry += test::uniform(random, -0.8f, 0.8f);
    const HeadPose pose =
        head_pose(scene.model, scene.face.fit, scene.face.landmarks, scene.camera);
    EXPECT_THAT(pose.rotation_rad, Pointwise(FloatNear(2e-5f), truth.rotation_rad))
        << "trial " << trial;
  }
}

TEST(HeadPose, IsFoundUpsideDown) {
  std::mt19937 random(6);
  for (const float roll : {-3.14f, -3.0f, 3.0f, 3.1415f, 3.1415926f}) {
    const HeadPose truth{{20, -30, 500}, {0.1f, 0, roll}};
    const Scene scene = random_scene(random, truth);
    const HeadPose pose =
        head_pose(scene.model, scene.face.fit, scene.face.landmarks, scene.camera);
    EXPECT_NEAR(pose.rotation_rad[0], 0.1f, 2e-5f) << roll;
    EXPECT_NEAR(pose.rotation_rad[1], 0, 2e-5f) << roll;
    EXPECT_NEAR(std::sin(pose.rotation_rad[2] - roll), 0, 2e-5f) << roll;
    EXPECT_GT(std::cos(pose.rotation_rad[2] - roll), 0) << roll;
  }
}

TEST(HeadPose, PlacedLandmarksProjectOntoTheirPicture) {
  std::mt19937 random(2);
  const Scene scene = random_scene(random, {{50, -40, 600}, {0.2f, -0.1f, 0.3f}});
  const auto points = landmarks_3d(scene.model, scene.face.fit, scene.face.landmarks, scene.camera);
  for (int i = 0; i < kLandmarks; ++i) {
    EXPECT_NEAR(scene.camera.fx * points[0][i] / points[2][i] + scene.camera.cx,
                scene.face.landmarks.x[i], 1e-3f);
    EXPECT_NEAR(scene.camera.fy * points[1][i] / points[2][i] + scene.camera.cy,
                scene.face.landmarks.y[i], 1e-3f);
  }
}

void expect_no_pose(const Scene& scene) {
  const HeadPose pose = head_pose(scene.model, scene.face.fit, scene.face.landmarks, scene.camera);
  EXPECT_THAT(pose.translation_mm, Each(0.0f));
  EXPECT_THAT(pose.rotation_rad, Each(0.0f));
}

TEST(HeadPose, IsZeroWithoutAFitOrFiniteInput) {
  std::mt19937 random(3);
  const Scene good = random_scene(random, {{50, -40, 600}, {0.2f, -0.1f, 0.3f}});
  Scene scene = good;
  scene.face.fit.scale = 0;
  expect_no_pose(scene);
  for (const auto& axis :
       landmarks_3d(scene.model, scene.face.fit, scene.face.landmarks, scene.camera))
    EXPECT_THAT(axis, Each(0.0f));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    scene = good;
    scene.face.landmarks.y[30] = bad;
    expect_no_pose(scene);
    scene = good;
    scene.face.fit.rx = bad;
    expect_no_pose(scene);
    scene = good;
    scene.face.fit.p[3] = bad;
    expect_no_pose(scene);
    scene = good;
    scene.camera.fx = bad;
    expect_no_pose(scene);
  }
  scene = good;
  scene.camera = {};
  expect_no_pose(scene);
}

TEST(HeadPose, IsFiniteForAnyInput) {
  std::mt19937 random(4);
  Scene scene = random_scene(random, {{50, -40, 600}, {0.2f, -0.1f, 0.3f}});
  const std::vector<float> pool = {0,    100,   100,    -30,   1e-30f, 1e-37f,
                                   1e4f, 1e10f, -1e18f, 3e38f, 0.5f,   -2};
  const auto draw = [&] { return pool[random() % pool.size()]; };
  for (int trial = 0; trial < 500; ++trial) {
    // From one place for all landmarks to any place for each.
    const float x = draw(), y = draw();
    for (int i = 0; i < kLandmarks; ++i) {
      scene.face.landmarks.x[i] = trial % 2 == 0 ? x : draw();
      scene.face.landmarks.y[i] = trial % 2 == 0 ? y : draw();
    }
    if (trial % 3 != 0) {
      scene.face.fit.scale = draw();
      scene.face.fit.rx = draw();
      scene.face.fit.tx = draw();
    }
    const HeadPose pose =
        head_pose(scene.model, scene.face.fit, scene.face.landmarks, scene.camera);
    for (int a = 0; a < 3; ++a) {
      ASSERT_TRUE(std::isfinite(pose.translation_mm[a])) << "trial " << trial;
      ASSERT_TRUE(std::isfinite(pose.rotation_rad[a])) << "trial " << trial;
    }
    for (const auto& axis :
         landmarks_3d(scene.model, scene.face.fit, scene.face.landmarks, scene.camera))
      for (const float value : axis) ASSERT_TRUE(std::isfinite(value)) << "trial " << trial;
  }
}

}  // namespace
}  // namespace auriga
