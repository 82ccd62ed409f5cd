#include "shape/rotation.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shape/fake_pdm.hpp"

namespace auriga {
namespace {

using test::uniform;
using ::testing::Each;
using ::testing::FloatEq;
using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kFloatNoise = 2e-6f;  // a few roundings of entries up to 1
constexpr RotationMatrix kIdentity = {1, 0, 0, 0, 1, 0, 0, 0, 1};

RotationMatrix transposed(const RotationMatrix& r) {
  return {r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]};
}

float determinant(const RotationMatrix& r) {
  return r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) +
         r[2] * (r[3] * r[7] - r[4] * r[6]);
}

TEST(Rotation, EulerAnglesTurnAboutXThenYThenZ) {
  const float c = std::cos(0.3f), s = std::sin(0.3f);
  const RotationMatrix rx = {1, 0, 0, 0, c, -s, 0, s, c};
  const RotationMatrix ry = {c, 0, s, 0, 1, 0, -s, 0, c};
  const RotationMatrix rz = {c, -s, 0, s, c, 0, 0, 0, 1};
  EXPECT_THAT(matrix_from_euler({0.3f, 0, 0}), Pointwise(FloatEq(), rx));
  EXPECT_THAT(matrix_from_euler({0, 0.3f, 0}), Pointwise(FloatEq(), ry));
  EXPECT_THAT(matrix_from_euler({0, 0, 0.3f}), Pointwise(FloatEq(), rz));
  EXPECT_THAT(matrix_from_euler({0.3f, 0.3f, 0.3f}),
              Pointwise(FloatNear(kFloatNoise), multiply(rx, multiply(ry, rz))));
}

TEST(Rotation, AnglesMatricesAndAxesAgree) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 1000; ++trial) {
    const EulerAngles angles = {uniform(random, -1.4f, 1.4f), uniform(random, -1.4f, 1.4f),
                                uniform(random, -1.4f, 1.4f)};
    const RotationMatrix r = matrix_from_euler(angles);
    // asin and the quotients by q0 magnify rounding away from 0.
    EXPECT_THAT(euler_from_matrix(r), Pointwise(FloatNear(2e-5f), angles));
    EXPECT_THAT(matrix_from_axis_angle(axis_angle_from_matrix(r)),
                Pointwise(FloatNear(kFloatNoise), r));
  }
}

TEST(Rotation, AxisAngleIsTheNearestRotations) {
  const AxisAngle turn = {0.2f, -0.5f, 0.4f};
  RotationMatrix scaled = matrix_from_axis_angle(turn);
  for (float& entry : scaled) entry *= 3;
  EXPECT_THAT(axis_angle_from_matrix(scaled), Pointwise(FloatNear(kFloatNoise), turn));
}

TEST(Rotation, AxisAngleOfTinyTurnsIsZero) {
  EXPECT_THAT(axis_angle_from_matrix(matrix_from_axis_angle({0, 9e-6f, 0})), Each(0.0f));
  EXPECT_NEAR(axis_angle_from_matrix(matrix_from_axis_angle({0, 2e-5f, 0}))[1], 2e-5f, 1e-9f);
}

TEST(Rotation, HalfTurnsKeepTheirAxis) {
  for (const AxisAngle axis : {AxisAngle{1, 0, 0}, AxisAngle{0, 1, 0}, AxisAngle{0, 0, 1},
                               AxisAngle{0.6f, -0.8f, 0}, AxisAngle{-0.48f, 0.6f, -0.64f}}) {
    const AxisAngle turn = {kPi * axis[0], kPi * axis[1], kPi * axis[2]};
    const AxisAngle found = axis_angle_from_matrix(matrix_from_axis_angle(turn));
    const float sign = found[0] * turn[0] + found[1] * turn[1] + found[2] * turn[2] > 0 ? 1 : -1;
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(sign * found[i], turn[i], 1e-5f);
  }
}

TEST(Rotation, BadMatricesHaveNoAxis) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {nan, 101.0f, -std::numeric_limits<float>::infinity()}) {
    RotationMatrix r = kIdentity;
    r[5] = bad;
    EXPECT_THAT(axis_angle_from_matrix(r), Each(0.0f));
  }
  EXPECT_THAT(axis_angle_from_matrix({}), Each(0.0f));
  EXPECT_THAT(matrix_from_axis_angle({nan, 0, 0}), Pointwise(FloatEq(), kIdentity));
}

// R is the rotation nearest to D = I + [w]x iff it is a rotation and R^T D is symmetric and
// positive definite.
TEST(Rotation, NearestRotationIsThePolarFactor) {
  std::mt19937 random(2);
  for (int trial = 0; trial < 200; ++trial) {
    const float size = trial < 100 ? 0.1f : 3.0f;
    const std::array<float, 3> w = {uniform(random, -size, size), uniform(random, -size, size),
                                    uniform(random, -size, size)};
    const RotationMatrix d = {1, -w[2], w[1], w[2], 1, -w[0], -w[1], w[0], 1};
    const RotationMatrix r = nearest_rotation(w);
    EXPECT_THAT(multiply(r, transposed(r)), Pointwise(FloatNear(kFloatNoise), kIdentity));
    EXPECT_NEAR(determinant(r), 1, kFloatNoise);
    const RotationMatrix stretch = multiply(transposed(r), d);
    EXPECT_THAT(stretch, Pointwise(FloatNear(1e-5f), transposed(stretch)));
    EXPECT_GT(stretch[0], 0);
    EXPECT_GT(stretch[0] * stretch[4] - stretch[1] * stretch[3], 0);
    EXPECT_GT(determinant(stretch), 0);
  }
  EXPECT_THAT(nearest_rotation({}), Pointwise(FloatEq(), kIdentity));
}

}  // namespace
}  // namespace auriga
