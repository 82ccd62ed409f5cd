#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "media/fake_media.hpp"
#include "media/image_file.hpp"
#include "media/read_ahead.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OpenSource : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& bytes) const {
    write_text(folder_.path() / name, bytes);
    return folder_.path() / name;
  }
  static std::string refusal(const fs::path& path) {
    try {
      open_source(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
      return error.what();
    }
    ADD_FAILURE() << path << " was opened";
    return {};
  }

  TemporaryFolder folder_;
};

TEST_F(OpenSource, TakesAPictureForOneFrame) {
  const fs::path file = write("a.JPG", encode_jpeg(gradient(20, 10), {.exif = exif_block(6)}));
  const std::unique_ptr<Source> source = open_source(file);
  EXPECT_EQ(source->info().description, "picture");
  EXPECT_EQ(source->info().width, 10);
  EXPECT_EQ(source->info().height, 20);
  EXPECT_EQ(source->info().expected_frames, 1);
  EXPECT_EQ(source->status().frames, 0);
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  EXPECT_TRUE(same_pixels(frame.bgr(), read_image(file)));
  EXPECT_EQ(frame.index, 0);
  EXPECT_FALSE(source->next(frame));
  EXPECT_EQ(source->status().frames, 1);
  EXPECT_FALSE(source->status().partial);
}

TEST_F(OpenSource, TakesAFolderForASequence) {
  fs::create_directory(folder_.path() / "folder.jpg");
  write("folder.jpg/2.jpg", encode_jpeg(gradient(20, 10)));
  write("folder.jpg/1.jpg", encode_jpeg(gradient(10, 10)));
  const std::unique_ptr<Source> source = open_source(folder_.path() / "folder.jpg");
  EXPECT_EQ(source->info().description, "2 pictures");
  const std::vector<FrameCopy> frames = read_all(*source);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].image.width(), 20);
}

TEST_F(OpenSource, TakesAnythingElseForAVideo) {
  AURIGA_NEEDS_FFMPEG();
  ASSERT_TRUE(run_ffmpeg(folder_.path(),
                         "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -c:v mjpeg a.avi"));
  for (const int threads : {1, 3}) {
    const std::unique_ptr<Source> source =
        open_source(folder_.path() / "a.avi", {.threads = threads});
    EXPECT_EQ(source->info().description, "mjpeg in avi");
    EXPECT_EQ(read_all(*source).size(), 10u);
  }
}

TEST_F(OpenSource, RefusesByTheKindThatTheNameTells) {
  EXPECT_THAT(refusal(folder_.path() / "absent.jpg"), HasSubstr("the picture is missing"));
  EXPECT_THAT(refusal(folder_.path() / "absent"),
              HasSubstr("expected a video, found no such file"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("neither a video nor a picture"));
  EXPECT_THAT(refusal(write("a.bmp", "BM and so on")), HasSubstr("the BMP picture is damaged"));
  EXPECT_THAT(refusal(write("a.png", "no picture")), HasSubstr("expected a picture"));
  EXPECT_THAT(refusal(write("a.mp4", "no video")), HasSubstr("expected a video"));
}

void count_only(void*, int, const char*, va_list) {}

// libav's level and callback are the program's.
TEST_F(OpenSource, LeavesTheLogOfLibavAlone) {
  AURIGA_NEEDS_FFMPEG();
  ASSERT_TRUE(run_ffmpeg(folder_.path(),
                         "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -c:v mpeg4 a.avi"));
  for (const int level : {AV_LOG_DEBUG, AV_LOG_INFO, AV_LOG_QUIET}) {
    av_log_set_callback(count_only);
    av_log_set_level(level);
    const std::unique_ptr<Source> source = open_source(folder_.path() / "a.avi");
    EXPECT_EQ(av_log_get_level(), level);
    EXPECT_EQ(read_all(*source).size(), 10u);
    EXPECT_EQ(av_log_get_level(), level);
    av_log_set_callback(av_log_default_callback);
  }
}

}  // namespace
}  // namespace auriga::test
