#include "au/mesh/mesh_features.hpp"

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Geometry>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "au/mesh/fake_mesh_face.hpp"
#include "support/allocations.hpp"

namespace auriga {
namespace {

using test::brows_picture;
using test::random_mesh;
using testing::Each;

constexpr int kLeft = 33, kRight = 263;

Point2 point(const FaceMesh& mesh, std::size_t i) { return {mesh.x[i], mesh.y[i]}; }

Image picture_of(const FaceMesh& mesh, double left_height = 0.3, double right_height = 0.25) {
  return brows_picture(320, 240, point(mesh, kLeft), point(mesh, kRight), left_height,
                       right_height);
}

std::vector<float> features_of(ImageView picture, const FaceMesh& mesh) {
  MeshFeatures features;
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()), -7);
  EXPECT_TRUE(features.compute(picture, mesh, values));
  return values;
}

float value(const std::vector<float>& features, const std::string& name) {
  EXPECT_GE(MeshFeatures::index(name), 0) << name;
  return features[static_cast<std::size_t>(MeshFeatures::index(name))];
}

bool is_angle(std::string_view name) { return name == "pitch" || name == "yaw" || name == "roll"; }

FaceMesh moved(const FaceMesh& mesh, const Eigen::Matrix3f& linear, float x, float y) {
  FaceMesh out;
  for (std::size_t i = 0; i < kMeshPoints; ++i) {
    const Eigen::Vector3f p = linear * Eigen::Vector3f(mesh.x[i] - 160, mesh.y[i] - 120, mesh.z[i]);
    out.x[i] = p[0] + 160 + x;
    out.y[i] = p[1] + 120 + y;
    out.z[i] = p[2];
  }
  return out;
}

Eigen::Matrix3f turn(float angle, const Eigen::Vector3f& axis) {
  return Eigen::AngleAxisf(angle, axis).toRotationMatrix();
}

TEST(MeshFeatures, HasUniqueNamesAndBothSidesOfWhatIsPaired) {
  const auto& names = MeshFeatures::names();
  EXPECT_EQ(static_cast<int>(names.size()), MeshFeatures::count());
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(MeshFeatures::index(names[i]), static_cast<int>(i));
  EXPECT_EQ(MeshFeatures::index("no_such_feature"), -1);
  for (const char* name : {"eye_open_l", "eye_open_r", "brow_in_l", "ibrow_out_r", "corner_x_l"})
    EXPECT_GE(MeshFeatures::index(name), 0) << name;
}

TEST(MeshFeatures, IsTheMeanOfBothSides) {
  const FaceMesh mesh = random_mesh(1, 8);
  const auto features = features_of(picture_of(mesh), mesh);
  int paired = 0;
  for (const std::string_view name : MeshFeatures::names()) {
    if (!name.ends_with("_l")) continue;
    const std::string whole(name.substr(0, name.size() - 2));
    EXPECT_NEAR(value(features, whole),
                (value(features, std::string(name)) + value(features, whole + "_r")) / 2, 1e-5)
        << name;
    ++paired;
  }
  EXPECT_EQ(paired, 26);
}

// The mesh of random_mesh() with the points that hold still where the reference face has them
// (units of the distance between the outer eye corners, 80 px).
FaceMesh reference_face() {
  struct Anchor {
    std::size_t left, right;
    float x, y, z;
  };
  constexpr Anchor kAnchors[] = {
      {6, 6, 0, .11F, -.29F},         {8, 8, 0, -.07F, -.21F},       {9, 9, 0, -.17F, -.21F},
      {10, 10, 0, -.48F, -.08F},      {21, 251, .73F, -.1F, .36F},   {33, 263, .5F, .11F, .01F},
      {54, 284, .67F, -.24F, .24F},   {67, 297, .39F, -.44F, 0},     {103, 332, .56F, -.36F, .12F},
      {109, 338, .21F, -.48F, -.07F}, {122, 351, .06F, .13F, -.26F}, {127, 356, .77F, .23F, .56F},
      {133, 362, .2F, .12F, -.06F},   {151, 151, 0, -.33F, -.15F},   {162, 389, .76F, .05F, .47F},
      {168, 168, 0, .03F, -.22F},     {174, 399, .11F, .24F, -.3F},  {195, 195, 0, .25F, -.43F},
      {196, 419, .06F, .2F, -.34F},   {197, 197, 0, .18F, -.36F},    {198, 420, .16F, .36F, -.32F},
      {234, 454, .76F, .4F, .58F}};
  FaceMesh mesh = random_mesh(2, 0);
  for (const Anchor& a : kAnchors) {
    for (const auto& [point, side] : {std::pair{a.left, -1.F}, std::pair{a.right, 1.F}}) {
      mesh.x[point] = 160 + 80 * side * a.x;
      mesh.y[point] = 120 + 80 * a.y;
      mesh.z[point] = 80 * a.z;
    }
  }
  return mesh;
}

TEST(MeshFeatures, KnowsLeftFromRightAndUpFromDown) {
  const FaceMesh mesh = reference_face();
  const Image picture = picture_of(mesh);
  const auto before = features_of(picture, mesh);
  const auto changed = [&](std::initializer_list<std::size_t> points, float dx, float dy) {
    FaceMesh other = mesh;
    for (const std::size_t i : points) {
      other.x[i] += dx;
      other.y[i] += dy;
    }
    return features_of(picture, other);
  };
  constexpr float kTenth = 0.1F, kRounding = 0.01F;  // 8 px, the table above
  const auto raised = changed({55, 107}, 0, -8);     // inner end of the brow on the left
  EXPECT_NEAR(value(raised, "brow_in_l"), value(before, "brow_in_l") + kTenth, kRounding);
  EXPECT_NEAR(value(raised, "brow_in_r"), value(before, "brow_in_r"), 1e-5);
  EXPECT_NEAR(value(raised, "brow_in"), value(before, "brow_in") + kTenth / 2, kRounding);
  const auto smile = changed({291}, 8, -8);  // corner of the mouth on the right
  EXPECT_NEAR(value(smile, "corner_y_r"), value(before, "corner_y_r") - kTenth, kRounding);
  EXPECT_NEAR(value(smile, "corner_y_l"), value(before, "corner_y_l"), 1e-5);
  EXPECT_NEAR(value(smile, "corner_x_r"), value(before, "corner_x_r") + kTenth, kRounding);
  EXPECT_NEAR(value(before, "asym"), 0, kRounding);
  EXPECT_NEAR(value(smile, "asym"), kTenth, kRounding);
  const auto open = changed({14, 87, 317, 17, 84, 314}, 0, 300);  // lower lip
  EXPECT_GT(value(open, "gap"), value(before, "gap") + 1);
  EXPECT_NEAR(value(open, "llip"), value(before, "llip") + 300 / 80.0, 0.1);
  EXPECT_NEAR(value(open, "ulip"), value(before, "ulip"), 1e-5);
}

TEST(MeshFeatures, DoesNotChangeWhenTheFaceMovesTurnsOrComesNearer) {
  const FaceMesh mesh = random_mesh(3);
  const auto features = features_of(picture_of(mesh), mesh);
  const Eigen::Matrix3f linear[] = {Eigen::Matrix3f::Identity(),
                                    0.8F * turn(0.4F, Eigen::Vector3f::UnitZ()),
                                    0.7F * turn(-2.9F, Eigen::Vector3f::UnitZ()),
                                    1.1F * turn(0.5F, Eigen::Vector3f(1, 2, 0.5F).normalized())};
  for (const auto& transform : linear) {
    const FaceMesh other = moved(mesh, transform, 11.5F, -7.25F);
    const auto found = features_of(picture_of(other), other);
    for (const std::string_view name : MeshFeatures::names()) {
      if (is_angle(name)) continue;
      // Of brows: the picture is made of pixels.
      const double most = name.starts_with("ibrow") ? 0.08 : 2e-5;
      EXPECT_NEAR(value(found, std::string(name)), value(features, std::string(name)), most)
          << name;
    }
  }
}

TEST(MeshFeatures, MeasuresTheTurnOfTheFace) {
  const FaceMesh mesh = random_mesh(4, 0);
  const auto features = features_of(picture_of(mesh), mesh);
  // The mesh is symmetric, so it does not look sideways.
  EXPECT_NEAR(value(features, "yaw"), 0, 1e-5);
  EXPECT_NEAR(value(features, "roll"), 0, 1e-5);
  const FaceMesh rolled = moved(mesh, turn(0.3F, Eigen::Vector3f::UnitZ()), 0, 0);
  const auto found = features_of(picture_of(rolled), rolled);
  EXPECT_NEAR(std::abs(value(found, "roll")), 0.3, 0.05);
  EXPECT_NEAR(std::abs(value(features_of(picture_of(mesh),
                                         moved(mesh, turn(0.3F, Eigen::Vector3f::UnitY()), 0, 0)),
                             "yaw")),
              0.3, 0.05);
}

// The picture and its mesh as a mirror shows them.
struct Seen {
  Image picture{320, 240, 3};
  FaceMesh mesh;
};
Seen in_a_mirror(const Image& picture, const FaceMesh& mesh) {
  Seen mirror;
  mirror.mesh = mesh;
  for (float& x : mirror.mesh.x) x = 319 - x;
  for (const auto& [a, b] : test::kMirrored)
    for (auto* v : {&mirror.mesh.x, &mirror.mesh.y, &mirror.mesh.z}) std::swap((*v)[a], (*v)[b]);
  for (int y = 0; y < 240; ++y)
    for (int x = 0; x < 320; ++x)
      std::copy_n(picture.row(y) + 3 * x, 3, mirror.picture.row(y) + 3 * (319 - x));
  return mirror;
}

TEST(MeshFeatures, SwapsTheSidesInAMirror) {
  const FaceMesh mesh = random_mesh(5, 6);
  const Image picture = picture_of(mesh);
  const auto [mirror_picture, mirror_mesh] = in_a_mirror(picture, mesh);
  const auto features = features_of(picture, mesh),
             mirrored = features_of(mirror_picture, mirror_mesh);
  for (const std::string_view name : MeshFeatures::names()) {
    std::string other(name);
    if (name.ends_with("_l")) other.back() = 'r';
    if (name.ends_with("_r")) other.back() = 'l';
    const float sign = name == "yaw" || name == "roll" ? -1 : 1;
    // The strips of the brows are 26 to 54 and 74 to 102 of 128 columns, which mirrors to half a
    // pixel.
    const double most = name.starts_with("ibrow") ? 0.25 : 2e-5;
    EXPECT_NEAR(sign * value(mirrored, other), value(features, std::string(name)), most) << name;
  }
}

std::vector<float> half_of(const Image& picture, const FaceMesh& mesh, PictureHalf half) {
  MeshFeatures features;
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()));
  EXPECT_TRUE(features.compute(picture, mesh, values));
  EXPECT_TRUE(features.compute_half(half, values));
  return values;
}

TEST(MeshFeatures, OfAHalfAreEvenAndThoseOfThatSide) {
  const FaceMesh mesh = random_mesh(6, 2);
  const Image picture = picture_of(mesh);
  const auto left = half_of(picture, mesh, PictureHalf::left),
             right = half_of(picture, mesh, PictureHalf::right);
  const auto whole = features_of(picture, mesh);
  for (const auto& half : {left, right}) {
    for (const std::string_view name : MeshFeatures::names()) {
      if (!name.ends_with("_l")) continue;
      const std::string stem(name.substr(0, name.size() - 2));
      EXPECT_EQ(value(half, stem + "_l"), value(half, stem + "_r")) << name;
      EXPECT_NEAR(value(half, stem), value(half, stem + "_l"), 1e-6) << name;
    }
    EXPECT_EQ(value(half, "yaw"), 0);
    EXPECT_EQ(value(half, "roll"), 0);
    EXPECT_EQ(value(half, "asym"), 0);
    EXPECT_EQ(value(half, "pitch"), value(whole, "pitch"));
  }
  // What is measured across the midline does not depend on where it is.
  for (const char* name : {"brow_mid", "ibrow_in", "lid_up", "cheek_y"}) {
    EXPECT_EQ(value(left, name), value(whole, std::string(name) + "_l")) << name;
    EXPECT_EQ(value(right, name), value(whole, std::string(name) + "_r")) << name;
  }
  EXPECT_NE(value(left, "corner_w"), value(right, "corner_w"));
}

TEST(MeshFeatures, OfAHalfAreThoseOfTheOtherInAMirror) {
  const FaceMesh mesh = random_mesh(7, 2);
  const Image picture = picture_of(mesh);
  const auto [mirror_picture, mirror_mesh] = in_a_mirror(picture, mesh);
  const auto left = half_of(picture, mesh, PictureHalf::left),
             mirrored = half_of(mirror_picture, mirror_mesh, PictureHalf::right);
  for (const std::string_view name : MeshFeatures::names())
    EXPECT_NEAR(value(mirrored, std::string(name)), value(left, std::string(name)),
                name.starts_with("ibrow") ? 0.25 : 1e-4)
        << name;
}

TEST(MeshFeatures, IsFinite) {
  MeshFeatures features;
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()));
  const Image picture(33, 7, 3);
  for (unsigned seed = 0; seed < 200; ++seed) {
    FaceMesh mesh = random_mesh(seed, seed);
    const auto scale = static_cast<float>(std::pow(10.0, seed % 5));
    for (auto* v : {&mesh.x, &mesh.y, &mesh.z})
      for (float& p : *v) p *= scale / 10;
    if (seed % 3 == 0) mesh.z.fill(0);
    const bool ok = features.compute(picture, mesh, values);
    if (!ok) EXPECT_THAT(values, Each(0)) << seed;
    for (const float v : values) EXPECT_TRUE(std::isfinite(v)) << seed;
  }
}

TEST(MeshFeatures, RefusesADegenerateMesh) {
  MeshFeatures features;
  const FaceMesh good = random_mesh(6);
  const Image picture = picture_of(good);
  const auto refuses = [&](const FaceMesh& mesh, ImageView image) {
    std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()), 5);
    if (features.compute(image, mesh, values)) return false;
    EXPECT_THAT(values, Each(0));
    values.assign(values.size(), 5);
    EXPECT_FALSE(features.compute_half(PictureHalf::left, values)) << "not of the face before";
    EXPECT_THAT(values, Each(0));
    return true;
  };
  EXPECT_FALSE(refuses(good, picture));
  EXPECT_TRUE(refuses(good, ImageView{}));

  FaceMesh mesh;
  EXPECT_TRUE(refuses(mesh, picture)) << "one point";
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(), 1e30F, -2e5F})
    for (auto axis : {&FaceMesh::x, &FaceMesh::y, &FaceMesh::z})
      for (const std::size_t i : {0U, 33U, 300U, 467U}) {
        mesh = good;
        (mesh.*axis)[i] = bad;
        EXPECT_TRUE(refuses(mesh, picture)) << bad << " at " << i;
      }
  mesh = good;  // the irises are not looked at
  mesh.x[470] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(refuses(mesh, picture));

  mesh = good;  // smaller than 16 px
  const auto [low, high] = std::minmax_element(good.y.begin(), good.y.begin() + 468);
  const auto [west, east] = std::minmax_element(good.x.begin(), good.x.begin() + 468);
  const float size = std::max(*high - *low, *east - *west);
  const auto shrunk = [&](float to) {
    return moved(good, Eigen::Matrix3f::Identity() * (to / size), 0, 0);
  };
  EXPECT_TRUE(refuses(shrunk(15.5F), picture));
  EXPECT_FALSE(refuses(shrunk(16.5F), picture));

  mesh = good;  // a line
  for (std::size_t i = 0; i < kMeshPoints; ++i) {
    mesh.x[i] = 100 + 0.25F * static_cast<float>(i);
    mesh.y[i] = mesh.z[i] = 0;
  }
  EXPECT_TRUE(refuses(mesh, picture));

  mesh = good;  // eye corners one behind the other
  mesh.x[kRight] = mesh.x[kLeft] + 1.5F;
  mesh.y[kRight] = mesh.y[kLeft];
  EXPECT_TRUE(refuses(mesh, picture));
}

TEST(MeshFeatures, AllocatesNothing) {
  MeshFeatures features;
  const FaceMesh mesh = random_mesh(7);
  const Image picture = picture_of(mesh);
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()));
  features.compute(picture, mesh, values);
  const long before = test::allocations();
  features.compute(picture, mesh, values);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace auriga
