// Videos are the same on any number of threads, sound or damaged.
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"

#include "media/container.hpp"
#include "media/fake_media.hpp"
#include "media/video_decoder.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr, testing::Not;

constexpr int kChanged = 24;  // files

// As a program does that wants to know all.
struct Listening {
  Listening() {
    av_log_set_callback(
        [](void* context, int level, const char*, va_list) { note_libav_message(context, level); });
  }
  ~Listening() { av_log_set_callback(av_log_default_callback); }
};

std::string text_of(const SourceStatus& status) {
  std::string text = std::to_string(status.frames) + " frames, " + status.message + "\n";
  for (const std::string& warning : status.warnings) text += warning + "\n";
  const SourceFacts& facts = status.facts;
  const TimeFacts& times = *facts.times;
  for (const double value :
       {times.file_start_s, times.first_picture_s, times.mean_interval_s, times.least_interval_s,
        times.largest_interval_s, times.off_average_rate_s, facts.pixel_aspect, facts.scale_x})
    text += std::to_string(value) + " ";
  for (const std::int64_t value :
       {times.hidden_frames, times.dropped_frames, times.packets_before_key_frame,
        facts.size_changes, facts.interlaced_frames})
    text += std::to_string(value) + " ";
  return text + facts.colour_matrix + facts.colour_range + "\n";
}

// All that a source gives and says.
std::string told_of(const fs::path& file, int threads) {
  std::string told;
  try {
    const auto source = open_video(file, {.threads = threads});
    Frame frame;
    for (int i = 0; i < 1000 && source->next(frame); ++i)
      told += std::to_string(frame.index) + " " + std::to_string(frame.timestamp_s) + " " +
              (frame.missing ? "missing " : "") + fnv1a_hex(frame.bgr()) + "\n";
    told += text_of(source->status());
  } catch (const Error& error) {
    told += error.what();
  }
  return told;
}

int threads_for(const fs::path& file, int threads) {
  return VideoDecoder::threads_for(Container(file), threads);
}

struct Kind {
  const char* name;
  const char* codec;
  bool threaded = true;  // on several cores

  friend std::ostream& operator<<(std::ostream& out, const Kind& self) { return out << self.name; }
};

class ThreadedVideo : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_FFMPEG();
    const std::string pattern = "-f lavfi -i testsrc2=size=112x80:rate=25:duration=1.6 -g 9 ";
    ASSERT_TRUE(run_ffmpeg(folder_.path(), pattern + GetParam().codec + " " + GetParam().name));
  }

  fs::path file() const { return folder_.path() / GetParam().name; }

  // Compares what several threads give with what one gives.
  void compare(const fs::path& file, const std::string& what) {
    const std::string one = told_of(file, 1);
    if (sound_.empty()) sound_ = told_of(this->file(), 1);
    if (one != sound_) ++damaged_;
    for (const int threads : {2, 4, 8}) {
      const std::string several = told_of(file, threads);
      EXPECT_EQ(several, one) << GetParam() << " " << what << ", " << threads << " threads";
      if (several != one) ++differing_;
    }
  }

  // The video with packets changed on the way, in a file that is sound.
  void compare_filtered(const std::string& filter) {
    const std::string name = "filtered" + fs::path(GetParam().name).extension().string();
    ASSERT_TRUE(run_ffmpeg(folder_.path(), "-i " + std::string(GetParam().name) +
                                               " -c copy -bsf:v \"" + filter + "\" " + name));
    compare(folder_.path() / name, filter);
  }

  Listening listening_;
  TemporaryFolder folder_;
  std::string sound_;
  int damaged_ = 0, differing_ = 0;
};

TEST_P(ThreadedVideo, IsTheSameWhenSound) {
  EXPECT_EQ(threads_for(file(), 4), GetParam().threaded ? 4 : 1);
  compare(file(), "sound");
  EXPECT_THAT(told_of(file(), 1), Not(HasSubstr("were read, but")));
}

TEST_P(ThreadedVideo, IsTheSameWhereBytesAreChanged) {
  const std::string bytes = read_text(file());
  std::mt19937 random(3);
  for (int i = 0; i < kChanged; ++i) {
    std::string damaged = bytes;
    for (unsigned k = 1 + random() % 4; k > 0; --k)
      damaged[random() % damaged.size()] ^= static_cast<char>(1u << random() % 8);
    if (i % 4 == 3) {  // and a stretch of nonsense
      const std::size_t at = random() % damaged.size();
      for (std::size_t k = at; k < std::min(at + 200, damaged.size()); ++k)
        damaged[k] = static_cast<char>(random());
    }
    write_text(folder_.path() / "damaged", damaged);
    compare(folder_.path() / "damaged", "changed " + std::to_string(i));
    if (differing_ > 0) break;
  }
  EXPECT_GT(damaged_, kChanged / 4);
}

TEST_P(ThreadedVideo, IsTheSameWhereverItIsCut) {
  const std::string bytes = read_text(file());
  for (std::size_t i = 1; i < 12; ++i) {
    write_text(folder_.path() / "damaged", bytes.substr(0, bytes.size() * i / 12));
    compare(folder_.path() / "damaged", "cut " + std::to_string(i));
  }
}

TEST_P(ThreadedVideo, IsTheSameWherePacketsAreLost) {
  for (const char* lost :
       {"eq(n\\,5)", "eq(n\\,17)", "eq(n\\,0)", "eq(n\\,9)", "between(n\\,18\\,22)",
        "gt(random(0)\\,0.9)", "eq(mod(n\\,9)\\,8)", "eq(n\\,39)"})
    compare_filtered("noise=amount=0:drop='" + std::string(lost) + "'");
}

TEST_P(ThreadedVideo, IsTheSameWherePacketsAreDamaged) {
  for (const char* amount :
       {"30000", "3000", "'eq(n\\,20)*500'", "'eq(n\\,38)*100'", "'eq(mod(n\\,9)\\,7)*300'"})
    compare_filtered("noise=amount=" + std::string(amount));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ThreadedVideo,
    testing::Values(
        Kind{"h264.mp4", "-c:v libx264 -pix_fmt yuv420p -preset veryfast"},
        Kind{"open_gop.mkv",
             "-c:v libx264 -pix_fmt yuv420p -bf 3 -x264-params open-gop=1:b-pyramid=2"},
        Kind{"h264.ts", "-c:v libx264 -pix_fmt yuv420p -bf 2 -slices 3"},
        Kind{"refresh.avi", "-c:v libx264 -pix_fmt yuv420p -bf 0 -x264-params intra-refresh=1"},
        Kind{"fields.mp4", "-c:v libx264 -pix_fmt yuv420p -flags +ilme+ildct"},
        Kind{"hevc.mp4",
             "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=none"},
        Kind{"hevc.mkv",
             "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params "
             "log-level=none:hash=1"},
        Kind{"vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -auto-alt-ref 0"},
        Kind{"vp9.webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline good"},
        Kind{"av1.mp4", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p -v quiet"},
        Kind{"mpeg4.mp4", "-c:v mpeg4 -bf 2"}, Kind{"xvid.avi", "-c:v mpeg4 -bf 1 -vtag XVID"},
        Kind{"mpeg2.ts", "-c:v mpeg2video -bf 2"},
        Kind{"fields.mpg", "-c:v mpeg2video -flags +ilme+ildct"}, Kind{"mjpeg.avi", "-c:v mjpeg"},
        Kind{"wmv2.wmv", "-c:v wmv2", false}, Kind{"theora.ogv", "-c:v libtheora", false}),
    [](const auto& test) {
      std::string name = test.param.name;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

TEST(VideoDecoderThreads, AreForProgramsThatHearLibav) {
  AURIGA_NEEDS_FFMPEG();
  TemporaryFolder folder;
  ASSERT_TRUE(run_ffmpeg(folder.path(),
                         "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -pix_fmt yuv420p "
                         "-c:v libx264 a.mp4"));
  EXPECT_EQ(threads_for(folder.path() / "a.mp4", 4), 1);
  const Listening listening;
  EXPECT_EQ(threads_for(folder.path() / "a.mp4", 4), 4);
  EXPECT_EQ(threads_for(folder.path() / "a.mp4", 1), 1);
  EXPECT_EQ(threads_for(folder.path() / "a.mp4", 1000), 16);
  const Container container(folder.path() / "a.mp4");
  EXPECT_EQ(VideoDecoder::bytes_under_way(container, 1), 0u);
  EXPECT_EQ(VideoDecoder::bytes_under_way(container, 3), 2u * 64 * 48 * 3 / 2);
}

}  // namespace
}  // namespace auriga::test
