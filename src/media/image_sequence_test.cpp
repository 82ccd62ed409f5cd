#include "media/image_sequence.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/fake_media.hpp"
#include "media/image_file.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class ImageSequenceTest : public testing::Test {
 protected:
  // A picture whose width tells which one it is.
  void write(const std::string& name, int width) const {
    write_text(folder_.path() / name, encode_jpeg(gradient(width, 8)));
  }

  std::string refusal(const fs::path& folder) const {
    try {
      open_image_sequence(folder);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      return error.what();
    }
    ADD_FAILURE() << folder << " was opened";
    return {};
  }

  TemporaryFolder folder_;
};

std::vector<int> widths(const std::vector<FrameCopy>& frames) {
  std::vector<int> result;
  for (const FrameCopy& frame : frames) result.push_back(frame.image.width());
  return result;
}

TEST_F(ImageSequenceTest, DeliversAFolderInNaturalOrderOrThatOfBytes) {
  write("b10.jpg", 10);
  write("b2.jpeg", 20);
  write("a.JPG", 30);
  write("B.jpg", 40);
  write_text(folder_.path() / "c.png", encode_png(50, 1, std::vector<std::uint8_t>(150)));
  write_text(folder_.path() / "notes.txt", "not a picture");
  write_text(folder_.path() / "._a.jpg", "what macOS leaves on other disks");
  write(".hidden.jpg", 60);
  fs::create_directory(folder_.path() / "folder.jpg");
  const auto source = open_image_sequence(folder_.path());
  EXPECT_EQ(source->info().description, "5 pictures");
  EXPECT_EQ(source->info().width, 40);
  EXPECT_EQ(source->info().height, 8);
  EXPECT_EQ(source->info().fps, 30);
  EXPECT_EQ(source->info().expected_frames, 5);
  const std::vector<FrameCopy> frames = read_all(*source);
  EXPECT_THAT(widths(frames), ElementsAre(40, 30, 20, 10, 50));
  EXPECT_THAT(source->info().frame_names,
              ElementsAre("B.jpg", "a.JPG", "b2.jpeg", "b10.jpg", "c.png"));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].index, static_cast<std::int64_t>(i));
    EXPECT_EQ(frames[i].timestamp_s, 0);
  }
  EXPECT_TRUE(same_pixels(frames[0].image, read_image(folder_.path() / "B.jpg")));
  EXPECT_TRUE(same_pixels(frames[3].image, read_image(folder_.path() / "b10.jpg")));
  EXPECT_FALSE(source->status().partial);
  EXPECT_EQ(source->status().frames, 5);
  EXPECT_THAT(widths(read_all(*open_image_sequence(folder_.path(), PictureOrder::bytes))),
              ElementsAre(40, 30, 10, 20, 50));
}

TEST_F(ImageSequenceTest, DeliversAListInItsOwnOrder) {
  write("a.jpg", 10);
  write("b.jpg", 20);
  const auto source = open_image_sequence(std::vector<fs::path>{
      folder_.path() / "b.jpg", folder_.path() / "a.jpg", folder_.path() / "b.jpg"});
  EXPECT_THAT(widths(read_all(*source)), ElementsAre(20, 10, 20));
}

// Or the rows of a table could not be assigned to the pictures.
TEST_F(ImageSequenceTest, KeepsThePlaceOfPicturesThatCannotBeRead) {
  write_text(folder_.path() / "0.jpg", "no picture");
  write("1.jpg", 10);
  write_text(folder_.path() / "2.png", encode_jpeg(gradient(20, 8)).substr(0, 300));
  write("3.jpg", 30);
  write_text(folder_.path() / "4.bmp", "BM");
  write_text(folder_.path() / "5.heic", std::string("\0\0\0\x18", 4) + "ftypheic");
  const auto source = open_image_sequence(folder_.path());
  EXPECT_EQ(source->info().width, 10);
  std::vector<int> widths;
  std::vector<bool> missing;
  Frame frame;
  while (source->next(frame)) {
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(widths.size()));
    widths.push_back(frame.width());
    missing.push_back(frame.missing);
    const ImageView bgr = frame.bgr();
    if (frame.missing)
      EXPECT_TRUE(std::all_of(bgr.row(0), bgr.row(0) + 3 * bgr.width,
                              [](std::uint8_t value) { return value == 0; }));
    else
      EXPECT_TRUE(same_pixels(
          bgr, read_image(folder_.path() / source->info().frame_names[widths.size() - 1])));
  }
  EXPECT_THAT(widths, ElementsAre(10, 10, 10, 30, 30, 30));
  EXPECT_THAT(missing, ElementsAre(true, false, true, false, true, true));
  const SourceStatus status = source->status();
  EXPECT_TRUE(status.partial);
  EXPECT_EQ(status.frames, 6);
  EXPECT_THAT(status.message, HasSubstr("4 of 6"));
  EXPECT_THAT(status.message, HasSubstr("(0.jpg, 2.png, 4.bmp, 5.heic)"));
  EXPECT_THAT(status.message, HasSubstr("because: " + (folder_.path() / "0.jpg").string()));
  EXPECT_THAT(status.facts.unreadable, ElementsAre("0.jpg", "2.png", "4.bmp", "5.heic"));
}

TEST_F(ImageSequenceTest, RefusesWhatHoldsNoPicture) {
  EXPECT_THAT(refusal(folder_.path() / "absent"), HasSubstr("absent"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("neither a video nor a picture"));
  write_text(folder_.path() / "a.bmp", "BM");
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("convert it to PNG or JPEG"));
  write_text(folder_.path() / "b.heic", std::string("\0\0\0\x18", 4) + "ftypheic");
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("none of 2 pictures can be read"));
  EXPECT_THAT(refusal(folder_.path() / "a.bmp"), HasSubstr("folder"));
  EXPECT_THROW(open_image_sequence(std::vector<fs::path>{}), Error);
}

TEST_F(ImageSequenceTest, ReusesTheBuffer) {
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}) write(name, 10);
  const auto source = open_image_sequence(folder_.path());
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  ASSERT_TRUE(source->next(frame));
  const std::uint8_t* buffer = frame.bgr().data;
  ASSERT_TRUE(source->next(frame));
  EXPECT_EQ(frame.bgr().data, buffer);
}

}  // namespace
}  // namespace auriga::test
