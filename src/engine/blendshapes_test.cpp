// Blendshapes from the picture to the row, and models that lack them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "engine/fake_streams.hpp"
#include "media/image_file.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kFile = "face_blendshapes.onnx";

class BlendshapesTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  static Engine open() { return Engine::load(test::folders_for("open"), {.preset = "open"}); }

  // The open pack but for the network, with `content` in its place.
  Engine open_with(const std::optional<std::string>& content, bool accept_altered = false) const {
    for (const auto& entry : fs::directory_iterator(test::open_pack()))
      if (entry.path().filename() != kFile && entry.path().filename() != "stamp" &&
          !fs::exists(folder_.path() / entry.path().filename()))
        fs::create_symlink(entry.path(), folder_.path() / entry.path().filename());
    if (content) test::write_text(folder_.path() / kFile, *content);
    return Engine::load({.models = {folder_.path()}, .accept_altered = accept_altered},
                        {.preset = "open"});
  }
  std::string error_with(const std::string& content, bool accept_altered) const {
    try {
      open_with(content, accept_altered);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      return error.what();
    }
    return "no error";
  }

  test::TemporaryFolder folder_;
};

// About the middle of the picture, clockwise, on a grey square that has place for it.
Image tilted(const Image& from, double degrees) {
  const double c = std::cos(degrees * std::numbers::pi / 180),
               s = std::sin(degrees * std::numbers::pi / 180);
  const int side = static_cast<int>(std::hypot(from.width(), from.height())) + 1;
  Image to(side, side, 3);
  std::fill_n(to.data(), to.size_bytes(), std::uint8_t{128});
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double dx = x - side / 2.0, dy = y - side / 2.0;
      const double u = from.width() / 2.0 + c * dx + s * dy,
                   v = from.height() / 2.0 - s * dx + c * dy;
      const int left = static_cast<int>(std::floor(u)), top = static_cast<int>(std::floor(v));
      if (left < 0 || top < 0 || left + 1 >= from.width() || top + 1 >= from.height()) continue;
      const double fx = u - left, fy = v - top;
      const std::uint8_t *above = from.row(top) + std::ptrdiff_t{3} * left,
                         *below = from.row(top + 1) + std::ptrdiff_t{3} * left;
      for (int k = 0; k < 3; ++k)
        to.row(y)[std::ptrdiff_t{3} * x + k] = static_cast<std::uint8_t>(
            std::lround((above[k] * (1 - fx) + above[3 + k] * fx) * (1 - fy) +
                        (below[k] * (1 - fx) + below[3 + k] * fx) * fy));
    }
  return to;
}

TEST_F(BlendshapesTest, OfAPicture) {
  if (IsSkipped()) return;
  const Engine engine = open();
  EXPECT_TRUE(engine.setup().has_blendshapes);
  EXPECT_THAT(engine.setup().note, Not(HasSubstr("blendshapes")));
  const Image face = test::demo_frames(1)[0].bgr;
  const Faces faces = engine.picture(face);
  ASSERT_GE(faces.size(), 1U);
  const FaceRow row = faces[0];
  ASSERT_TRUE(row.mesh);
  ASSERT_TRUE(row.blendshapes);
  for (const float value : *row.blendshapes) {
    EXPECT_GE(value, 0);
    EXPECT_LE(value, 1);
  }
}

// Only who needs them gets them, and their number does not depend on who else is served.
TEST_F(BlendshapesTest, OfAVideoWhereTheyAreNeeded) {
  if (IsSkipped()) return;
  const Engine engine = open();
  const std::vector<test::StoredFrame> frames = test::demo_frames(3);
  for (const bool needed : {false, true}) {
    SessionOptions options;
    options.needs.blendshapes = needed;
    Session session(engine, options);
    int found = 0;
    for (const test::StoredFrame& frame : frames)
      for (const FaceRow& row : session.push(frame.view()))
        found += row.blendshapes != nullptr ? 1 : 0;
    EXPECT_EQ(found, needed ? 3 : 0);
  }
}

constexpr int kLooks = 6;  // until the mesh has settled

// The network's answers for a tilted head are up to .33 others than for an upright one unless its
// points are turned upright; what remains is the mesh of a tilted picture.
TEST_F(BlendshapesTest, HardlyDependOnTheTiltOfTheHead) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("people/london");
  const Engine engine = open();
  std::vector<fs::path> portraits;
  for (const auto& entry : fs::directory_iterator(test::test_data() / "people/london"))
    portraits.push_back(entry.path());
  std::sort(portraits.begin(), portraits.end());
  double most = 0, most_at_30 = 0;
  int compared = 0;
  for (std::size_t i = 0; i < portraits.size(); i += 8) {
    const Image picture = read_image(portraits[i]);
    std::optional<Blendshapes> upright;
    for (const double degrees : {0., -30., -20., -10., 10., 20., 30.}) {
      const Image looked_at = tilted(picture, degrees);
      SessionOptions options;
      options.needs.blendshapes = true;
      Session session(engine, options);
      std::optional<Blendshapes> found;
      for (int look = 0; look < kLooks; ++look)
        for (const FaceRow& row : session.push({look, look / 25.0, looked_at}))
          if (row.blendshapes) found = *row.blendshapes;
      ASSERT_TRUE(found) << portraits[i] << degrees;
      if (!upright) upright = *found;
      for (std::size_t k = 0; k < kBlendshapes; ++k) {
        const double change =
            std::abs(static_cast<double>((*found)[k]) - static_cast<double>((*upright)[k]));
        most = std::max(most, change);
        if (std::abs(degrees) == 30) most_at_30 = std::max(most_at_30, change);
        EXPECT_LE(change, 0.1) << portraits[i] << " " << degrees << " " << kBlendshapeNames[k];
      }
      ++compared;
    }
  }
  EXPECT_GE(compared, 70);
  std::printf("  most change %.3f (at 30 degrees %.3f) over %d looks\n", most, most_at_30,
              compared);
}

TEST_F(BlendshapesTest, APackMayLackThem) {
  if (IsSkipped()) return;
  const Engine engine = open_with({});
  EXPECT_FALSE(engine.setup().has_blendshapes);
  EXPECT_THAT(engine.setup().note,
              AllOf(HasSubstr("without blendshapes"), HasSubstr(kFile), HasSubstr("AU01")));
  const Faces faces = engine.picture(test::demo_frames(1)[0].bgr);
  ASSERT_GE(faces.size(), 1U);
  EXPECT_TRUE(faces[0].mesh);
  EXPECT_FALSE(faces[0].blendshapes);
}

TEST_F(BlendshapesTest, ADamagedNetworkIsRefused) {
  if (IsSkipped()) return;
  std::string content = test::read_text(test::open_pack() / kFile);
  content[content.size() / 2] ^= 1;
  EXPECT_THAT(error_with(content, false), AllOf(HasSubstr(kFile), HasSubstr("SHA-256")));
  EXPECT_THAT(error_with("no network", true), HasSubstr(kFile));
}

}  // namespace
}  // namespace auriga
