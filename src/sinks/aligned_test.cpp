#include "sinks/aligned.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "files/atomic_file.hpp"
#include "sinks/fake_stream.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

Image noise(int width, int height, int channels, unsigned seed) {
  std::mt19937 random(seed);
  Image image(width, height, channels);
  std::generate_n(image.data(), image.size_bytes(),
                  [&] { return static_cast<std::uint8_t>(random()); });
  return image;
}

std::set<std::string> names(const fs::path& folder) {
  std::set<std::string> result;
  for (const auto& entry : fs::directory_iterator(folder))
    result.insert(entry.path().filename().string());
  return result;
}

bool equal(const Image& a, ImageView b) {
  if (a.width() != b.width || a.height() != b.height || a.channels() != b.channels) return false;
  for (int y = 0; y < b.height; ++y)
    if (!std::equal(a.row(y), a.row(y) + a.stride(), b.row(y))) return false;
  return true;
}

TEST(AlignedFaces, NamesFramesFromOne) {
  const TemporaryFolder folder;
  AlignedFaces faces(folder.path() / "new" / "v_aligned", PictureFormat::bmp, 112, true);
  const Image crop = noise(112, 112, 3, 5);
  faces.add_frame(0, 0, crop, true);
  faces.add_frame(12, 1234566, crop, true);
  faces.add_face(3, crop, true);
  faces.publish();
  EXPECT_THAT(names(folder.path() / "new" / "v_aligned"),
              ::testing::ElementsAre("face_det_000003.bmp", "frame_det_00_000001.bmp",
                                     "frame_det_12_1234567.bmp"));
  AlignedFaces jpeg(folder.path() / "jpg", PictureFormat::jpg, 112, true);
  jpeg.add_frame(0, 0, crop, true);
  jpeg.publish();
  EXPECT_THAT(names(folder.path() / "jpg"), ::testing::ElementsAre("frame_det_00_000001.jpg"));
}

TEST(AlignedFaces, FacesOfOneFrameHaveAFileEach) {
  const TemporaryFolder folder;
  const std::filesystem::path target = folder.path() / "v_aligned";
  AlignedFaces faces(target, PictureFormat::png, 8, true);
  for (const int face : {1, 3}) {
    Image crop(8, 8, 3);
    std::fill_n(crop.data(), crop.size_bytes(), static_cast<std::uint8_t>(10 * face));
    faces.add_frame(face, 4, crop, true);
  }
  faces.publish();
  EXPECT_EQ(test::read_png(target / "frame_det_01_000005.png").row(0)[0], 10);
  EXPECT_EQ(test::read_png(target / "frame_det_03_000005.png").row(0)[0], 30);
}

TEST(AlignedFaces, FailedFramesAreBlackOrAbsent) {
  const TemporaryFolder folder;
  const Image crop = noise(8, 8, 3, 6);
  AlignedFaces all(folder.path() / "all", PictureFormat::png, 8, true);
  all.add_frame(0, 0, {}, false);
  all.publish();
  const Image read = test::read_png(folder.path() / "all" / "frame_det_00_000001.png");
  EXPECT_EQ(read.width(), 8);
  EXPECT_EQ(read.height(), 8);
  EXPECT_TRUE(
      std::all_of(read.data(), read.data() + read.size_bytes(), [](int v) { return v == 0; }));
  AlignedFaces good_only(folder.path() / "good", PictureFormat::png, 8, false);
  good_only.add_frame(0, 0, crop, false);
  good_only.add_frame(0, 1, crop, true);
  good_only.publish();
  EXPECT_THAT(names(folder.path() / "good"), ::testing::ElementsAre("frame_det_00_000002.png"));
}

TEST(AlignedFaces, AppearCompleteOrNotAtAll) {
  const TemporaryFolder folder;
  const std::filesystem::path target = folder.path() / "v_aligned";
  const Image crop = noise(8, 8, 3, 7);
  {
    AlignedFaces given_up(target, PictureFormat::bmp, 8, true);
    given_up.add_frame(0, 0, crop, true);
    EXPECT_FALSE(std::filesystem::exists(target));
  }
  EXPECT_TRUE(names(folder.path()).empty());
  AlignedFaces first(target, PictureFormat::bmp, 8, true);
  for (int frame = 0; frame < 3; ++frame) first.add_frame(0, frame, crop, true);
  first.publish();
  write_file(target / "notes.txt", "of the user");

  AlignedFaces second(target, PictureFormat::png, 8, true);
  second.add_frame(0, 1, crop, true);
  EXPECT_EQ(names(target).size(), 4U);
  second.publish();
  EXPECT_THAT(names(target), ::testing::ElementsAre("frame_det_00_000002.png", "notes.txt"));
  EXPECT_THAT(names(folder.path()), ::testing::ElementsAre("v_aligned"));
}

TEST(AlignedFaces, RefusesAFileInThePlaceOfTheFolder) {
  const TemporaryFolder folder;
  write_file(folder.path() / "v_aligned", "");
  EXPECT_THROW(AlignedFaces(folder.path() / "v_aligned", PictureFormat::bmp, 8, true), Error);
}

TEST(AlignedSink, APictureForEachRow) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a_aligned";
  test::TestStream stream;
  stream.add(0, 0, true);
  stream.add(1, 0, false);
  stream.add(1, 2, true);
  const auto sink = make_aligned_sink(target, {.format = PictureFormat::png});
  EXPECT_EQ(sink->needs(), Needs{.aligned = true});
  const std::vector<Written> written = stream.run(*sink);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].path, target);
  EXPECT_THAT(names(target),
              ::testing::ElementsAre("frame_det_00_000001.png", "frame_det_00_000002.png",
                                     "frame_det_02_000002.png"));
  EXPECT_TRUE(equal(test::read_png(target / "frame_det_02_000002.png"), stream.faces[2].aligned));

  const auto good_only = make_aligned_sink(target, {.keep_failed = false});
  stream.run(*good_only);
  EXPECT_THAT(names(target),
              ::testing::ElementsAre("frame_det_00_000001.bmp", "frame_det_02_000002.bmp"));
}

// Rows of a picture are faces, and none of them has failed.
TEST(AlignedSink, FacesOfAPicture) {
  const TemporaryFolder folder;
  test::TestStream stream;
  stream.info.still = true;
  stream.add(0, 0, true);
  stream.add(0, 1, false);
  const auto sink =
      make_aligned_sink(folder.path() / "a", {.format = PictureFormat::jpg, .keep_failed = false});
  stream.run(*sink);
  EXPECT_THAT(names(folder.path() / "a"),
              ::testing::ElementsAre("face_det_000000.jpg", "face_det_000001.jpg"));
}

TEST(AlignedFacesGolden, WritesThePixelsOfOpenFace) {
  const char* file = "golden/stage_video01/aligned/007.png";
  AURIGA_NEEDS(file);
  const TemporaryFolder folder;
  const Image crop = test::read_png(test::test_data() / file);
  AlignedFaces faces(folder.path() / "aligned", PictureFormat::png, 112, true);
  faces.add_frame(0, 7, crop, true);
  faces.publish();
  EXPECT_TRUE(equal(test::read_png(folder.path() / "aligned/frame_det_00_000008.png"), crop));
}

}  // namespace
}  // namespace auriga
