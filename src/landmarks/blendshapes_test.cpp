#include "landmarks/blendshapes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "nn/fake_onnx.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

fs::path network() { return test::open_pack() / "face_blendshapes.onnx"; }

// Each answer is half of one coordinate that the network sees, in hundreds, above a half: the first
// 26 points' x, y.
constexpr float kEchoScale = 200;

fs::path write_echo(const fs::path& folder, std::int64_t answers = kBlendshapes) {
  test::TinyOnnx echo;
  echo.input("points", {1, 146, 2});
  echo.output("blendshapes", {answers});
  const auto n = static_cast<std::size_t>(answers);
  std::vector<float> choice(292 * n);
  for (std::size_t i = 0; i < n; ++i) choice[i * n + i] = 1 / kEchoScale;
  echo.tensor("choice", {292, answers}, choice);
  echo.tensor("half", {answers}, std::vector<float>(n, 0.5F));
  echo.node("Flatten", {"points"}, "row");
  echo.node("Gemm", {"row", "choice", "half"}, "answers");
  echo.node("Squeeze", {"answers"}, "blendshapes", {{"axes", {0}}});
  const fs::path file = folder / "face_blendshapes.onnx";
  test::write_text(file, echo.model());
  return file;
}

// Points of a face of a size like 100 px, with the line of the eyes level.
FaceMesh some_mesh(unsigned seed) {
  std::mt19937 generator(seed);
  const auto next = [&] { return static_cast<float>(generator() % 1000) / 10; };
  FaceMesh mesh;
  std::generate(mesh.x.begin(), mesh.x.end(), next);
  std::generate(mesh.y.begin(), mesh.y.end(), next);
  std::generate(mesh.z.begin(), mesh.z.end(), next);
  for (const std::size_t corner : {33, 133, 362, 263}) mesh.y[corner] = 40;
  mesh.x[33] = 10, mesh.x[133] = 35, mesh.x[362] = 65, mesh.x[263] = 90;
  return mesh;
}

FaceMesh moved(const FaceMesh& mesh, double degrees, double scale, double x, double y) {
  const double c = scale * std::cos(degrees * M_PI / 180),
               s = scale * std::sin(degrees * M_PI / 180);
  FaceMesh to = mesh;
  for (std::size_t i = 0; i < kMeshPoints; ++i) {
    to.x[i] = static_cast<float>(c * mesh.x[i] - s * mesh.y[i] + x);
    to.y[i] = static_cast<float>(s * mesh.x[i] + c * mesh.y[i] + y);
  }
  return to;
}

double most_difference(const Blendshapes& a, const Blendshapes& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

std::string load_error(const fs::path& file) {
  try {
    BlendshapeNetwork::load(file, Device::cpu);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    return error.what();
  }
  return "no error";
}

// The points are those of the list, in its order, upright, about their middle, in px.
TEST(Blendshapes, SeesThePointsUpright) {
  const test::TemporaryFolder folder;
  BlendshapeNetwork echo(BlendshapeNetwork::load(write_echo(folder.path()), Device::cpu));
  // Those of the mesh at places 0 to 25 of the input.
  constexpr std::array<std::size_t, 26> kFirst{0,  1,  4,  5,  6,  7,  8,  10, 13, 14, 17, 21, 33,
                                               37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66};
  const FaceMesh mesh = some_mesh(1);
  const std::optional<Blendshapes> level = echo.compute(mesh);
  ASSERT_TRUE(level);
  for (std::size_t k = 1; k < kFirst.size(); ++k) {
    EXPECT_NEAR(((*level)[2 * k] - (*level)[0]) * kEchoScale, mesh.x[kFirst[k]] - mesh.x[kFirst[0]],
                1e-3);
    EXPECT_NEAR(((*level)[2 * k + 1] - (*level)[1]) * kEchoScale,
                mesh.y[kFirst[k]] - mesh.y[kFirst[0]], 1e-3);
  }
  for (const double degrees : {-170., -30., 10., 90.}) {
    const std::optional<Blendshapes> turned = echo.compute(moved(mesh, degrees, 1, 900, -300));
    ASSERT_TRUE(turned);
    EXPECT_LT(most_difference(*level, *turned), 1e-5) << degrees;
  }
  const std::optional<Blendshapes> larger = echo.compute(moved(mesh, 0, 1.25, 0, 0));
  ASSERT_TRUE(larger);
  EXPECT_NEAR((*larger)[0] - 0.5, 1.25 * ((*level)[0] - 0.5), 1e-5);
}

TEST(Blendshapes, SayNothingOfNumbersThatAreNone) {
  const test::TemporaryFolder folder;
  BlendshapeNetwork echo(BlendshapeNetwork::load(write_echo(folder.path()), Device::cpu));
  FaceMesh mesh = some_mesh(1);
  EXPECT_FALSE(echo.compute(moved(mesh, 0, 100, 0, 0)));  // answers beyond 0 to 1
  mesh.x[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(echo.compute(mesh));
  mesh.x[0] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(echo.compute(mesh));
  EXPECT_TRUE(echo.compute(some_mesh(1)));
}

TEST(Blendshapes, RefuseAnotherNetwork) {
  const test::TemporaryFolder folder;
  const fs::path file = write_echo(folder.path(), 51);
  EXPECT_THAT(load_error(file),
              AllOf(HasSubstr(file.string()), HasSubstr("blendshapes"), HasSubstr("51")));
  test::write_text(file, "no network");
  EXPECT_THAT(load_error(file), HasSubstr(file.string()));
  EXPECT_THAT(load_error(folder.path() / "missing.onnx"), HasSubstr("missing.onnx"));
}

TEST(Blendshapes, DoNotDependOnPlaceSizeAndTilt) {
  AURIGA_NEEDS_OPEN_PACK();
  BlendshapeNetwork shapes(BlendshapeNetwork::load(network(), Device::cpu));
  for (const unsigned seed : {1U, 2U, 3U}) {
    const FaceMesh mesh = some_mesh(seed);
    const std::optional<Blendshapes> expected = shapes.compute(mesh);
    ASSERT_TRUE(expected);
    for (const FaceMesh& other :
         {moved(mesh, 0, 1, 1000, -200), moved(mesh, 0, 7.3, 0, 0), moved(mesh, 0, 0.11, 0, 0),
          moved(mesh, 25, 1, 0, 0), moved(mesh, 180, 3, 500, 800)}) {
      const std::optional<Blendshapes> found = shapes.compute(other);
      ASSERT_TRUE(found);
      EXPECT_LT(most_difference(*expected, *found), 1e-5);
    }
  }
}

TEST(Blendshapes, SayNothingOfPointsInOnePlace) {
  AURIGA_NEEDS_OPEN_PACK();
  BlendshapeNetwork shapes(BlendshapeNetwork::load(network(), Device::cpu));
  EXPECT_FALSE(shapes.compute(FaceMesh{}));
}

TEST(Blendshapes, RefuseAFileThatIsCutOff) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::string whole = test::read_text(network());
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "face_blendshapes.onnx";
  for (std::size_t part = 0; part < 20; ++part) {
    test::write_text(file, whole.substr(0, whole.size() * part / 20));
    EXPECT_THAT(load_error(file), HasSubstr(file.string())) << part;
  }
}

}  // namespace
}  // namespace auriga
