#include "gaze/gaze.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/pdm.hpp"
#include "shape/fake_pdm.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::Table;
using test::uniform;
using ::testing::Each;
using ::testing::FloatNear;
using ::testing::Pointwise;

using Vector = std::array<float, 3>;
using EyePoints = std::array<std::array<float, kEyePoints>, 3>;
using FacePoints = std::array<std::array<float, kLandmarks>, 3>;

constexpr const char* kPdms[] = {
    "models/openface-2.2/model/model_eye/pdms/pdm_28_l_eye_3D_closed.txt",
    "models/openface-2.2/model/model_eye/pdms/pdm_28_eye_3D_closed.txt"};

// The rows of parts.csv that are about an eye: frame, part, name, likelihood, pose, 10 modes,
// points (all x, all y). Rows of other parts are longer.
std::vector<EyeFit> read_eye_fits(const std::filesystem::path& file, const std::string& part) {
  std::vector<EyeFit> fits;
  std::istringstream lines(test::read_text(file));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    if (cells.at(2) != part) continue;
    EXPECT_EQ(cells.size(), 4u + 6 + kEyeModes + 2 * kEyePoints);
    std::size_t at = 4;
    const auto next = [&] { return std::stof(cells.at(at++)); };
    EyeFit fit;
    for (float* value :
         {&fit.pose.scale, &fit.pose.rx, &fit.pose.ry, &fit.pose.rz, &fit.pose.tx, &fit.pose.ty})
      *value = next();
    std::generate(fit.modes.begin(), fit.modes.end(), next);
    std::generate(fit.x.begin(), fit.x.end(), next);
    std::generate(fit.y.begin(), fit.y.end(), next);
    fits.push_back(fit);
  }
  return fits;
}

Camera read_camera(const std::filesystem::path& file) {
  Camera camera;
  EXPECT_EQ(4, std::sscanf(test::read_text(file).c_str(), "fx=%f fy=%f cx=%f cy=%f", &camera.fx,
                           &camera.fy, &camera.cx, &camera.cy));
  return camera;
}

float number(const Table& table, std::size_t row, const std::string& column) {
  return static_cast<float>(table.number(row, column));
}

class GazeGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(GazeGolden, EyesInSpace) {
  const auto stage = test::test_data() / "golden" / GetParam();
  for (const char* pdm : kPdms) AURIGA_NEEDS(pdm);
  AURIGA_NEEDS(stage / "parts.csv");
  const Camera camera = read_camera(stage / "camera.txt");
  const Table golden(stage / "eye_landmarks.csv");
  double largest = 0;
  for (int eye = 0; eye < 2; ++eye) {
    const ShapeModel model(read_pdm(test::test_data() / kPdms[eye]));
    const auto fits = read_eye_fits(stage / "parts.csv", eye == 0 ? "left_eye_28" : "right_eye_28");
    ASSERT_EQ(fits.size(), 120u);
    for (std::size_t row = 0; row < fits.size(); ++row) {
      const EyePoints mm = eye_landmarks_3d(model, fits[row], camera);
      for (std::size_t axis = 0; axis < 3; ++axis)
        for (int i = 0; i < kEyePoints; ++i) {
          const std::string suffix = std::to_string(eye * kEyePoints + i);
          const double expected =
              golden.number(row, std::string("eye_lmk_") + "XYZ"[axis] + "_" + suffix);
          largest = std::max(largest, std::abs(mm[axis][i] - expected));
        }
    }
  }
  RecordProperty("largest_mm", std::to_string(largest));
  // Single precision at about 600 mm has steps of 6e-5 mm.
  EXPECT_LT(largest, 1e-3);
}

// Everything from golden input at full precision, then from the points that we place ourselves.
TEST_P(GazeGolden, DirectionsAndAngles) {
  const auto stage = test::test_data() / "golden" / GetParam();
  for (const char* pdm : kPdms) AURIGA_NEEDS(pdm);
  AURIGA_NEEDS(stage / "pose_gaze.csv");
  const Camera camera = read_camera(stage / "camera.txt");
  const Table eyes(stage / "eye_landmarks.csv"), faces(stage / "landmarks3d.csv"),
      golden(stage / "pose_gaze.csv");
  const std::array<ShapeModel, 2> models = {ShapeModel(read_pdm(test::test_data() / kPdms[0])),
                                            ShapeModel(read_pdm(test::test_data() / kPdms[1]))};
  const std::array<std::vector<EyeFit>, 2> fits = {
      read_eye_fits(stage / "parts.csv", "left_eye_28"),
      read_eye_fits(stage / "parts.csv", "right_eye_28")};
  ASSERT_EQ(golden.rows(), 120u);
  double direction = 0, angle = 0, own_direction = 0;
  for (std::size_t row = 0; row < golden.rows(); ++row) {
    HeadPose pose;
    FacePoints face;
    std::array<Vector, 2> golden_gaze;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      pose.rotation_rad[axis] = number(golden, row, std::string("pose_R") + "xyz"[axis]);
      for (int i = 0; i < kLandmarks; ++i)
        face[axis][i] = number(faces, row, std::string(1, "XYZ"[axis]) + "_" + std::to_string(i));
    }
    for (int eye = 0; eye < 2; ++eye) {
      EyePoints points;
      for (std::size_t axis = 0; axis < 3; ++axis)
        for (int i = 0; i < kEyePoints; ++i)
          points[axis][i] = number(
              eyes, row,
              std::string("eye_lmk_") + "XYZ"[axis] + "_" + std::to_string(eye * kEyePoints + i));
      const Vector gaze = gaze_direction(eye, points, face, pose);
      const Vector own =
          gaze_direction(eye, eye_landmarks_3d(models[eye], fits[eye].at(row), camera), face, pose);
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double expected =
            golden.number(row, "gaze_" + std::to_string(eye) + "_" + "xyz"[axis]);
        golden_gaze[eye][axis] = static_cast<float>(expected);
        direction = std::max(direction, std::abs(gaze[axis] - expected));
        own_direction = std::max(own_direction, std::abs(own[axis] - expected));
      }
    }
    const auto angles = gaze_angles(golden_gaze[0], golden_gaze[1]);
    angle = std::max(angle, std::abs(angles[0] - golden.number(row, "gaze_angle_x")));
    angle = std::max(angle, std::abs(angles[1] - golden.number(row, "gaze_angle_y")));
  }
  RecordProperty("direction", std::to_string(direction * 1e6) + "e-6");
  RecordProperty("own_direction", std::to_string(own_direction * 1e6) + "e-6");
  RecordProperty("angle", std::to_string(angle * 1e6) + "e-6");
  // The reference solves for the hit in single precision, where squares of 600 mm cancel: seen
  // 3e-5, of which ours, in double precision, has nothing.
  EXPECT_LT(direction, 1e-4);
  EXPECT_LT(own_direction, 1e-4);
  EXPECT_LT(angle, 1e-6);  // single precision: seen 1.5e-8
}

INSTANTIATE_TEST_SUITE_P(Videos, GazeGolden,
                         ::testing::Values("stage_2015-10-15-15-14", "stage_video01"),
                         [](const auto& video) { return video.index == 0 ? "First" : "Second"; });

TEST(EyeLandmarks3d, ProjectOntoTheirPictureAroundTheDepthOfTheFit) {
  std::mt19937 random(1);
  const ShapeModel model(test::synthetic_pdm(kEyePoints, kEyeModes, random));
  const Camera camera{500, 550, 320, 240};
  EyeFit eye;
  eye.pose = {0.8f, 0.2f, -0.3f, 0.1f, 200, 150};
  const std::vector<float> weights = test::random_weights(model, random);
  std::copy(weights.begin(), weights.end(), eye.modes.begin());
  for (int i = 0; i < kEyePoints; ++i) {
    eye.x[i] = uniform(random, 0, 640);
    eye.y[i] = uniform(random, 0, 480);
  }
  const EyePoints mm = eye_landmarks_3d(model, eye, camera);
  std::vector<float> shape(3 * kEyePoints);
  model.shape(weights, shape);
  const RotationMatrix r = matrix_from_euler({0.2f, -0.3f, 0.1f});
  for (int i = 0; i < kEyePoints; ++i) {
    EXPECT_NEAR(500 * mm[0][i] / mm[2][i] + 320, eye.x[i], 1e-3f);
    EXPECT_NEAR(550 * mm[1][i] / mm[2][i] + 240, eye.y[i], 1e-3f);
    const float turned =
        r[6] * shape[i] + r[7] * shape[kEyePoints + i] + r[8] * shape[2 * kEyePoints + i];
    EXPECT_NEAR(mm[2][i], 500 / 0.8f + turned, 1e-3f);  // the depth takes fx alone
  }
}

TEST(EyeLandmarks3d, AreZeroWithoutAFitOrFiniteInput) {
  std::mt19937 random(2);
  const ShapeModel model(test::synthetic_pdm(kEyePoints, kEyeModes, random));
  const Camera camera{500, 500, 320, 240};
  EyeFit good;
  good.x.fill(300);
  good.y.fill(200);
  EXPECT_GT(eye_landmarks_3d(model, good, camera)[2][0], 0);
  EyeFit eye = good;
  eye.pose.scale = 0;
  for (const auto& axis : eye_landmarks_3d(model, eye, camera)) EXPECT_THAT(axis, Each(0.0f));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    eye = good;
    eye.y[27] = bad;  // the last one: those before it are finite
    for (const auto& axis : eye_landmarks_3d(model, eye, camera)) EXPECT_THAT(axis, Each(0.0f));
    eye = good;
    eye.modes[9] = bad;
    for (const auto& axis : eye_landmarks_3d(model, eye, camera)) EXPECT_THAT(axis, Each(0.0f));
  }
}

// Head and one eye, of which the eyeball's centre is known.
struct Scene {
  EyePoints eye{};
  FacePoints face{};
  HeadPose pose;
};

// R(rx, ry, rz) v in double precision, one axis after the other.
std::array<double, 3> turned(const Vector& angles, const std::array<double, 3>& v) {
  std::array<double, 3> u = v;
  const auto turn = [&](int a, int b, double angle) {  // from axis a towards axis b
    const double c = std::cos(angle), s = std::sin(angle), ua = u[a], ub = u[b];
    u[a] = c * ua - s * ub;
    u[b] = s * ua + c * ub;
  };
  turn(0, 1, angles[2]);
  turn(2, 0, angles[1]);
  turn(1, 2, angles[0]);
  return u;
}

// Lid corners such that the centre of the eyeball is `centre`, 30 mm apart in any direction.
Scene scene_around(int eye, const std::array<double, 3>& centre, const Vector& rotation,
                   std::mt19937& random) {
  Scene scene;
  scene.pose.rotation_rad = rotation;
  const auto offset = turned(rotation, {0, -3.5, 7});
  for (std::size_t axis = 0; axis < 3; ++axis) {
    // Other landmarks and the lids and pupil of the eye do not count.
    for (float& value : scene.face[axis]) value = uniform(random, -500, 500);
    for (float& value : scene.eye[axis]) value = uniform(random, -500, 500);
    const float half = uniform(random, -15, 15);
    const double middle = centre[axis] - offset[axis];
    scene.face[axis][36 + 6 * eye] = static_cast<float>(middle - half);
    scene.face[axis][39 + 6 * eye] = static_cast<float>(middle + half);
  }
  return scene;
}

// An iris whose eight points have the mean `centre`.
void place_iris(Scene& scene, const std::array<double, 3>& centre, std::mt19937& random) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (int i = 0; i < 4; ++i) {
      const float off = uniform(random, -6, 6);
      scene.eye[axis][i] = static_cast<float>(centre[axis] + off);
      scene.eye[axis][7 - i] = static_cast<float>(centre[axis] - off);
    }
}

Vector gaze_of(int eye, const Scene& scene) {
  return gaze_direction(eye, scene.eye, scene.face, scene.pose);
}

// A ray from the camera through the iris meets the eyeball at 12 mm times the direction; where on
// that ray the iris was placed does not matter.
TEST(GazeDirection, PointsFromTheEyeballToTheRaysFirstHit) {
  std::mt19937 random(3);
  int tried = 0;
  while (tried < 200) {
    const std::array<double, 3> centre = {uniform(random, -150, 150), uniform(random, -100, 100),
                                          uniform(random, 300, 900)};
    std::array<double, 3> gaze = {uniform(random, -1, 1), uniform(random, -1, 1), -1};
    const double length = std::hypot(gaze[0], gaze[1], gaze[2]);
    double towards = 0;
    std::array<double, 3> hit;
    for (int axis = 0; axis < 3; ++axis) {
      gaze[axis] /= length;
      hit[axis] = centre[axis] + 12 * gaze[axis];
      towards += gaze[axis] * hit[axis];
    }
    if (towards > -0.3 * std::hypot(hit[0], hit[1], hit[2])) continue;  // behind, or grazing
    ++tried;
    const int eye = tried % 2;
    const Vector rotation = {uniform(random, -0.6f, 0.6f), uniform(random, -0.6f, 0.6f),
                             uniform(random, -0.6f, 0.6f)};
    Scene scene = scene_around(eye, centre, rotation, random);
    const double near = uniform(random, 0.9f, 1.1f);
    place_iris(scene, {hit[0] * near, hit[1] * near, hit[2] * near}, random);
    const Vector expected = {static_cast<float>(gaze[0]), static_cast<float>(gaze[1]),
                             static_cast<float>(gaze[2])};
    // Steps of 6e-5 mm at 900 mm on a sphere of 12 mm, where the ray is oblique by up to 1 : 0.3.
    EXPECT_THAT(gaze_of(eye, scene), Pointwise(FloatNear(1e-4f), expected)) << tried;
  }
}

TEST(GazeDirection, StraightAtTheCameraFromAnywhere) {
  std::mt19937 random(4);
  for (const std::array<double, 3>& centre :
       {std::array<double, 3>{0, 0, 500}, {100, 0, 500}, {-80, 60, 400}}) {
    Scene scene = scene_around(0, centre, {0.3f, -0.2f, 0.1f}, random);
    place_iris(scene, {0.97 * centre[0], 0.97 * centre[1], 0.97 * centre[2]}, random);
    const double distance = std::hypot(centre[0], centre[1], centre[2]);
    const Vector expected = {static_cast<float>(-centre[0] / distance),
                             static_cast<float>(-centre[1] / distance),
                             static_cast<float>(-centre[2] / distance)};
    EXPECT_THAT(gaze_of(0, scene), Pointwise(FloatNear(1e-4f), expected));
  }
}

TEST(GazeDirection, OfTheMirroredFaceIsMirrored) {
  std::mt19937 random(5);
  Scene scene = scene_around(0, {-30, 10, 550}, {0.2f, 0.3f, -0.1f}, random);
  place_iris(scene, {-33, 8, 540}, random);
  Scene mirrored = scene;
  mirrored.pose.rotation_rad = {0.2f, -0.3f, 0.1f};
  for (float& x : mirrored.eye[0]) x = -x;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const float sign = axis == 0 ? -1 : 1;
    mirrored.face[axis][45] = sign * scene.face[axis][36];
    mirrored.face[axis][42] = sign * scene.face[axis][39];
  }
  const Vector gaze = gaze_of(0, scene), other = gaze_of(1, mirrored);
  EXPECT_LT(gaze[0], -0.1f);  // not along the axis, which would mirror onto itself
  EXPECT_THAT(other, Pointwise(FloatNear(1e-6f), Vector{-gaze[0], gaze[1], gaze[2]}));
  EXPECT_NEAR(gaze_angles(gaze, other)[0], 0, 1e-6f);
}

// OpenFace takes the direction (0, 0, -1) for a point near the camera.
TEST(GazeDirection, OfARayThatMissesIsToTheCamera) {
  std::mt19937 random(6);
  Scene scene = scene_around(1, {60, -40, 500}, {0, 0, 0}, random);
  place_iris(scene, {90, -40, 500}, random);
  const double length = std::hypot(60, 40, 501);
  EXPECT_THAT(gaze_of(1, scene),
              Pointwise(FloatNear(1e-6f),
                        Vector{static_cast<float>(-60 / length), static_cast<float>(40 / length),
                               static_cast<float>(-501 / length)}));
}

TEST(GazeDirection, IsZeroWhereItIsNotFinite) {
  std::mt19937 random(7);
  Scene good = scene_around(0, {0, 0, 500}, {0, 0, 0}, random);
  place_iris(good, {0, 0, 490}, random);
  EXPECT_NEAR(gaze_of(0, good)[2], -1, 1e-3f);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Scene scene = good;
    scene.eye[1][7] = bad;
    EXPECT_THAT(gaze_of(0, scene), Each(0.0f));
    scene = good;
    scene.face[2][39] = bad;
    EXPECT_THAT(gaze_of(0, scene), Each(0.0f));
    scene = good;
    scene.pose.rotation_rad[1] = bad;
    EXPECT_THAT(gaze_of(0, scene), Each(0.0f));
  }
  EXPECT_THAT(gaze_of(0, Scene{}), Each(0.0f));  // no eye: an iris at the camera
  // Never anything else, however large the numbers are.
  const std::vector<float> pool = {0, 1, -12, 500, 1e10f, -1e19f, 3e38f, 1e-30f};
  for (int trial = 0; trial < 500; ++trial) {
    Scene scene = good;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      scene.eye[axis].fill(pool[random() % pool.size()]);
      scene.face[axis].fill(pool[random() % pool.size()]);
    }
    const Vector gaze = gaze_of(0, scene);
    for (const float value : gaze) ASSERT_TRUE(std::isfinite(value)) << trial;
    const float length = std::hypot(gaze[0], gaze[1], gaze[2]);
    ASSERT_TRUE(length == 0 || std::abs(length - 1) < 1e-5f) << trial << ": " << length;
  }
}

TEST(GazeAngles, GrowToTheRightAndDown) {
  EXPECT_THAT(gaze_angles({0, 0, -1}, {0, 0, -1}), Each(0.0f));
  const auto angles = gaze_angles({0.6f, 0, -0.8f}, {0, 0.6f, -0.8f});
  EXPECT_NEAR(angles[0], std::atan(0.3 / 0.8), 1e-7);
  EXPECT_NEAR(angles[1], std::atan(0.3 / 0.8), 1e-7);
  // Of the mean as it is: the angles' own mean would be another.
  const auto apart = gaze_angles({0.8f, 0, -0.6f}, {0, 0, -1});
  EXPECT_NEAR(apart[0], std::atan(0.8 / 1.6), 1e-7);
}

TEST(GazeAngles, AreThoseOfTheEyeThatIsKnown) {
  EXPECT_THAT(gaze_angles({}, {}), Each(0.0f));
  EXPECT_THAT(gaze_angles({0.6f, 0, -0.8f}, {}),
              Pointwise(FloatNear(1e-6f), gaze_angles({0.6f, 0, -0.8f}, {0.6f, 0, -0.8f})));
}

TEST(Gaze, DoesNotAllocate) {
  std::mt19937 random(8);
  const ShapeModel model(test::synthetic_pdm(kEyePoints, kEyeModes, random));
  Scene scene = scene_around(0, {0, 0, 500}, {0, 0, 0}, random);
  EyeFit eye;
  eye.x.fill(300);
  const long before = test::allocations();
  scene.eye = eye_landmarks_3d(model, eye, {500, 500, 320, 240});
  const Vector gaze = gaze_of(0, scene);
  gaze_angles(gaze, gaze);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace auriga
