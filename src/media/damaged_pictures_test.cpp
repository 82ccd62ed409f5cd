// Damage within pictures: what is found of it, and that nothing is found where there is none.
#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include "media/fake_media.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// As a program does that wants to know all.
struct Listening {
  Listening() {
    av_log_set_callback(
        [](void* context, int level, const char*, va_list) { note_libav_message(context, level); });
  }
  ~Listening() { av_log_set_callback(av_log_default_callback); }
};

struct Reading {
  std::vector<FrameCopy> frames;
  SourceStatus status;
};

class DamagedPicturesTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_FFMPEG(); }

  std::string make(const std::string& name, const std::string& arguments) const {
    EXPECT_TRUE(run_ffmpeg(folder_.path(), arguments + " " + name)) << arguments;
    return read_text(folder_.path() / name);
  }
  Reading read(const std::string& bytes) const {
    const fs::path file = folder_.path() / "read";
    write_text(file, bytes);
    const auto source = open_video(file);
    std::vector<FrameCopy> frames = read_all(*source);
    return {std::move(frames), source->status()};
  }

  TemporaryFolder folder_;
};

const std::string kPattern = "-f lavfi -i testsrc2=size=96x64:rate=25:duration=1.2 ";

struct Chunk {
  std::size_t at, size;
};
std::vector<Chunk> chunks_of(const std::string& avi) {
  std::vector<Chunk> chunks;
  for (std::size_t at = avi.find("movi") + 4; avi.compare(at, 4, "00dc") == 0;) {
    std::size_t size = 0;
    for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<std::uint8_t>(avi[at + 4 + i]);
    chunks.push_back({at + 8, size});
    at += 8 + size + size % 2;
  }
  return chunks;
}

// The decoder fills in what is missing from older pictures and says nothing.
TEST_F(DamagedPicturesTest, JpegPicturesThatBreakOffAreDamaged) {
  const std::string whole = make("a.avi", kPattern + "-c:v mjpeg");
  const std::vector<Chunk> chunks = chunks_of(whole);
  ASSERT_EQ(chunks.size(), 30u);
  EXPECT_FALSE(read(whole).status.partial);
  std::string broken = whole;
  for (const std::size_t i : {7u, 8u, 20u}) {
    const auto begin = broken.begin() + static_cast<std::ptrdiff_t>(chunks[i].at);
    const auto size = static_cast<std::ptrdiff_t>(chunks[i].size);
    std::fill(begin + size * 3 / 4, begin + size, '\0');
  }
  const Reading reading = read(broken);
  EXPECT_EQ(reading.frames.size(), 30u);
  EXPECT_THAT(reading.status.message, HasSubstr("3 frames were damaged"));
}

TEST_F(DamagedPicturesTest, CamerasMayLeaveOutTheEndOfEveryJpeg) {
  std::string without = make("a.avi", kPattern + "-c:v mjpeg");
  for (const Chunk& chunk : chunks_of(without)) {
    const std::size_t end = without.rfind("\xFF\xD9", chunk.at + chunk.size);
    ASSERT_GT(end, chunk.at);
    without.replace(end, 2, std::string(2, '\0'));
  }
  const Reading reading = read(without);
  EXPECT_EQ(reading.frames.size(), 30u);
  EXPECT_FALSE(reading.status.partial) << reading.status.message;
}

// Nonsense in the middle of the coded pixels: the picture is delivered as far as it goes.
TEST_F(DamagedPicturesTest, JpegPicturesWithNonsenseAreDamaged) {
  const std::string whole = make("a.avi", kPattern + "-c:v mjpeg -q:v 2");
  const std::vector<Chunk> chunks = chunks_of(whole);
  ASSERT_EQ(chunks.size(), 30u);
  std::string spoilt = whole;
  std::mt19937 random(5);
  for (std::size_t i = 10; i < 15; ++i)
    for (std::size_t at = chunks[i].at + chunks[i].size / 2; at < chunks[i].at + chunks[i].size - 2;
         ++at)
      spoilt[at] = static_cast<char>(random() % 255);  // no marker
  const Reading reading = read(spoilt);
  EXPECT_EQ(reading.frames.size(), 30u);
  EXPECT_THAT(reading.status.message, HasSubstr("5 frames were damaged"));
}

// The checksums that an HEVC stream may have of its pictures.
TEST_F(DamagedPicturesTest, ChecksumsOfHevcAreCompared) {
  const std::string whole =
      make("a.mkv",
           kPattern + "-pix_fmt yuv420p -c:v libx265 -x265-params hash=1:log-level=none:bframes=0");
  const Listening listening;
  EXPECT_FALSE(read(whole).status.partial) << read(whole).status.message;
  const std::vector<FrameCopy> right = read(whole).frames;
  int differ = 0;
  for (std::size_t i = 1; i < 10; ++i) {
    std::string spoilt = whole;
    spoilt[whole.size() * (2 * i + 10) / 40] ^= 0x10;
    const Reading reading = read(spoilt);
    bool same = reading.frames.size() == right.size();
    for (std::size_t k = 0; same && k < right.size(); ++k)
      same = same_pixels(reading.frames[k].image, right[k].image);
    if (same) continue;
    ++differ;
    EXPECT_TRUE(reading.status.partial) << i;
  }
  EXPECT_GT(differ, 5);
}

TEST_F(DamagedPicturesTest, SlicesOfFfv1HaveChecksums) {
  std::string spoilt = make("a.mkv", kPattern + "-c:v ffv1 -level 3 -slicecrc 1");
  spoilt[spoilt.size() / 2] ^= 0x10;
  const Listening listening;
  EXPECT_THAT(read(spoilt).status.message, HasSubstr("1 frame was damaged"));
}

TEST_F(DamagedPicturesTest, UndamagedVideosAreWhole) {
  const Listening listening;
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"mjpeg.avi", "-c:v mjpeg"},
           {"hevc.mp4", "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=none"},
           {"hevc10.mkv", "-c:v libx265 -pix_fmt yuv420p10le -x265-params log-level=none:hash=1"},
           {"vp8.webm", "-c:v libvpx"},
           {"vp9.webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime"},
           {"mpeg2.ts", "-c:v mpeg2video -bf 2"},
           {"interlaced.mpg", "-c:v mpeg2video -flags +ilme+ildct"},
           {"h264.mp4", "-c:v libx264 -pix_fmt yuv420p"},
           {"refresh.ts", "-c:v libx264 -pix_fmt yuv420p -x264-params intra-refresh=1"},
           {"xvid.avi", "-c:v mpeg4 -bf 2 -vtag XVID"},
           {"wmv.wmv", "-c:v wmv2"},
           {"flv.flv", "-c:v flv1"},
           {"theora.ogv", "-c:v libtheora"},
           {"ffv1.mkv", "-c:v ffv1 -level 3 -slicecrc 1"},
           {"prores.mov", "-c:v prores_ks"},
           {"dv.avi", "-vf scale=720:576 -pix_fmt yuv420p -c:v dvvideo -frames:v 5"},
           {"huffyuv.avi", "-c:v huffyuv -pix_fmt yuv422p"},
           {"raw.avi", "-c:v rawvideo -pix_fmt yuv420p"},
           {"png.mov", "-c:v png"}}) {
    const Reading reading = read(make(name, kPattern + arguments));
    EXPECT_FALSE(reading.status.partial) << name << ": " << reading.status.message;
    EXPECT_GT(reading.frames.size(), 4u) << name;
  }
}

// Contexts of others: of another class, and of decoders that are not ours.
TEST(LibavMessages, OfOthersAreNothing) {
  note_libav_message(nullptr, AV_LOG_ERROR);
  const AVClass other{};
  const AVClass* context = &other;
  note_libav_message(&context, AV_LOG_ERROR);
  AVCodecContext* decoder = avcodec_alloc_context3(nullptr);
  ASSERT_NE(decoder, nullptr);
  note_libav_message(decoder, AV_LOG_ERROR);
  int something = 7;
  decoder->opaque = &something;
  note_libav_message(decoder, AV_LOG_ERROR);
  EXPECT_EQ(something, 7);
  avcodec_free_context(&decoder);
}

}  // namespace
}  // namespace auriga::test
