// When the frames of a video are shown: against its sound, with places left empty, hidden or
// missing ones, and what is said of that.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/fake_media.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Two seconds in which no two frames are alike, 25 a second.
const std::string kPicture =
    "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 "
    "-filter:v \"geq=lum='lum(X,Y)/2+2*N':cb=128:cr=128\" ";
const std::string kPlain = "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 ";
const std::string kSound = "-f lavfi -i sine=duration=2:sample_rate=44100 ";
const std::string kH264 = "-c:v libx264 -pix_fmt yuv420p -g 10 ";

struct Reading {
  std::vector<FrameCopy> frames;
  SourceInfo info;
  SourceStatus status;
  TimeFacts times;

  double begin_s() const { return frames.empty() ? -1 : frames.front().timestamp_s; }
};

Reading read_video(const fs::path& file) {
  const auto source = open_video(file);
  Reading reading{read_all(*source), source->info(), source->status(), {}};
  EXPECT_TRUE(reading.status.facts.times.has_value());
  reading.times = reading.status.facts.times.value_or(TimeFacts());
  return reading;
}

class VideoTimesTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_FFMPEG(); }

  fs::path make(const std::string& name, const std::string& arguments) const {
    EXPECT_TRUE(run_ffmpeg(folder_.path(), arguments + " " + name)) << arguments;
    return folder_.path() / name;
  }
  fs::path write(const std::string& name, const std::string& bytes) const {
    write_text(folder_.path() / name, bytes);
    return folder_.path() / name;
  }

  TemporaryFolder folder_;
};

struct WithSound {
  const char* name;
  const char* codecs;
  double tolerance_s;  // priming of the sound, where the container does not state it
};

const std::vector<WithSound> kWithSound = {
    {"a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac", 1e-9},
    {"a.mov", "-c:v libx264 -pix_fmt yuv420p -c:a aac", 1e-9},
    {"opus.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a libopus", 1e-9},
    {"a.mkv", "-c:v libx264 -pix_fmt yuv420p -c:a aac", 1024 / 44100.0 + 0.001},
    {"pcm.mkv", "-c:v libx264 -pix_fmt yuv420p -c:a pcm_s16le", 1e-9},
    {"a.webm", "-c:v libvpx -c:a libopus", 0.008},
    {"vorbis.webm", "-c:v libvpx -c:a libvorbis", 0.004},
    {"a.ts", "-c:v libx264 -pix_fmt yuv420p -c:a aac", 1024 / 44100.0 + 0.001},
    {"mpeg2.ts", "-c:v mpeg2video -c:a mp2", 0.012},
    {"a.mpg", "-c:v mpeg1video -c:a mp2", 0.012},
    {"a.flv", "-c:v libx264 -pix_fmt yuv420p -c:a aac", 1024 / 44100.0 + 0.001},
    {"a.wmv", "-c:v wmv2 -c:a wmav2", 2048 / 44100.0 + 0.001},
};

TEST_F(VideoTimesTest, CountFromTheStartOfTheSound) {
  for (const WithSound& kind : kWithSound) {
    const Reading reading =
        read_video(make(kind.name, kSound + "-itsoffset 1.2 " + kPlain +
                                       "-map 0 -map 1 -vsync passthrough " + kind.codecs));
    EXPECT_NEAR(reading.begin_s(), 1.2, kind.tolerance_s) << kind.name;
    EXPECT_NEAR(reading.times.first_picture_s - reading.times.file_start_s, reading.begin_s(), 1e-9)
        << kind.name;
    EXPECT_FALSE(reading.status.partial) << reading.status.message;
  }
}

TEST_F(VideoTimesTest, PrimingOfTheSoundShiftsNothing) {
  for (const WithSound& kind : kWithSound) {
    const Reading reading = read_video(make(kind.name, kSound + kPlain + kind.codecs));
    EXPECT_EQ(reading.begin_s(), 0) << kind.name;
    ASSERT_EQ(reading.frames.size(), 50u) << kind.name;
    EXPECT_NEAR(reading.frames[49].timestamp_s, 49 / 25.0, 0.0011) << kind.name;
  }
}

// Uncompressed sound has no priming: it begins when it begins.
TEST_F(VideoTimesTest, ShortDelaysCountWhereThereIsNoPriming) {
  const Reading reading = read_video(make("a.mkv", kSound + "-itsoffset 0.04 " + kPlain +
                                                       "-map 0 -map 1 -vsync passthrough " +
                                                       "-c:v mpeg4 -c:a pcm_s16le"));
  EXPECT_NEAR(reading.begin_s(), 0.04, 1e-9);
}

TEST_F(VideoTimesTest, SoundThatBeginsLaterIsNoStart) {
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    const Reading reading = read_video(
        make(name, kPlain + "-itsoffset 0.5 " + kSound + "-map 0 -map 1 " + kH264 + "-c:a aac"));
    EXPECT_EQ(reading.begin_s(), 0) << name;
  }
}

// Each programme of a transport stream has a clock of its own.
TEST_F(VideoTimesTest, OtherProgrammesAreNoStart) {
  const Reading reading =
      read_video(make("a.ts", "-itsoffset 5 " + kPlain + kSound +
                                  "-map 0 -map 1 -vsync passthrough -c:v mpeg2video -c:a mp2 "
                                  "-program title=a:st=0 -program title=b:st=1"));
  EXPECT_EQ(reading.begin_s(), 0);
}

TEST_F(VideoTimesTest, FramesThatAnEditListHidesAreCounted) {
  make("whole.mp4", kPlain + kH264);
  const Reading begin = read_video(make("begin.mp4", "-ss 0.5 -i whole.mp4 -c copy"));
  EXPECT_EQ(begin.begin_s(), 0);
  EXPECT_GT(begin.times.hidden_frames, 0);
  EXPECT_EQ(begin.frames.size() + static_cast<std::size_t>(begin.times.hidden_frames), 40u)
      << "frames 10 to 49: the key frame before 0.5 s and what follows";
  EXPECT_FALSE(begin.status.partial) << begin.status.message;
  EXPECT_EQ(read_video(folder_.path() / "whole.mp4").times.hidden_frames, 0);
}

TEST_F(VideoTimesTest, SayWhetherTheRateVaries) {
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "a.flv"}) {
    const std::string codec = std::string(name) == "a.flv" ? "-c:v flv1" : "-c:v mpeg4";
    for (const char* rate : {"25", "30000/1001", "60", "240"}) {
      const Reading reading = read_video(make(
          name,
          "-f lavfi -i testsrc2=size=32x32:duration=0.5:rate=" + std::string(rate) + " " + codec));
      EXPECT_FALSE(reading.times.variable) << name << " " << rate;
      EXPECT_NEAR(reading.times.mean_interval_s, 1 / reading.info.average_fps, 1e-4)
          << name << " " << rate;
      EXPECT_LT(reading.times.off_average_rate_s, 0.002) << name << " " << rate;
    }
    const Reading reading = read_video(
        make(name, kPlain + "-vf \"select='not(mod(n,5))+not(mod(n,7))'\" -vsync vfr " + codec));
    EXPECT_TRUE(reading.times.variable) << name;
    EXPECT_NEAR(reading.times.least_interval_s, 0.04, 0.0011) << name;
    EXPECT_NEAR(reading.times.largest_interval_s, 0.2, 0.0011) << name;
  }
}

TEST_F(VideoTimesTest, TheAverageRateIsFramesByDuration) {
  // Some frames are 16 ms apart, which is what libavformat takes for the rate.
  const Reading reading = read_video(
      make("a.mp4",
           kPlain +
               "-vf \"setpts='(N/15+if(eq(mod(N,7),3),0.034,0)+if(eq(mod(N,5),2),-0.017,0))/TB'\" "
               "-vsync 0 -enc_time_base 1:90000 -video_track_timescale 90000 -bf 0 " +
               kH264));
  ASSERT_EQ(reading.frames.size(), 50u);
  EXPECT_NEAR(reading.info.average_fps, 50 / (reading.frames.back().timestamp_s + 0.066), 0.2);
  EXPECT_GT(reading.info.fps, reading.info.average_fps + 5);
}

// Chunks without a byte in an AVI file, as capture programs write them for frames that they lost.
// `empty(i)` tells them among `frames` chunks.
template <typename Empty>
std::string without_some(const std::string& avi, Empty&& empty) {
  std::string emptied = avi;
  std::size_t at = emptied.find("movi") + 4;
  const std::size_t movi_size = emptied.find("movi") - 4;
  const auto number = [&](std::size_t place) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
      value = value << 8 | static_cast<std::uint8_t>(emptied[place + static_cast<std::size_t>(i)]);
    return value;
  };
  const auto put = [&](std::size_t place, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
      emptied[place + i] = static_cast<char>(value >> (8 * i) & 0xFF);
  };
  std::uint32_t gone = 0;
  for (int i = 0; emptied.compare(at, 4, "00dc") == 0; ++i) {
    const std::uint32_t size = number(at + 4), padded = size + size % 2;
    if (empty(i)) {
      emptied.erase(at + 8, padded);
      put(at + 4, 0);
      gone += padded;
      at += 8;
    } else {
      at += 8 + padded;
    }
  }
  emptied.resize(at);  // the index does not fit any more
  put(movi_size, number(movi_size) - gone);
  put(4, static_cast<std::uint32_t>(emptied.size() - 8));
  return emptied;
}

TEST_F(VideoTimesTest, PlacesWithoutAPictureAreCounted) {
  const std::string avi = read_text(make("a.avi", kPlain + "-c:v mjpeg"));
  const Reading middle =
      read_video(write("middle.avi", without_some(avi, [](int i) { return i % 5 == 3; })));
  EXPECT_EQ(middle.frames.size(), 40u);
  EXPECT_EQ(middle.times.dropped_frames, 10);
  EXPECT_FALSE(middle.status.partial) << middle.status.message;
  EXPECT_TRUE(middle.times.variable);
  EXPECT_NEAR(middle.frames[3].timestamp_s, 4 / 25.0, 1e-9);

  const Reading end =
      read_video(write("end.avi", without_some(avi, [](int i) { return i >= 46; })));
  EXPECT_EQ(end.frames.size(), 46u);
  EXPECT_EQ(end.times.dropped_frames, 4);
  EXPECT_FALSE(end.status.partial) << end.status.message;

  std::string cut = without_some(avi, [](int i) { return i >= 46; });
  cut.resize(cut.size() - 16);
  EXPECT_THAT(read_video(write("cut.avi", cut)).status.message, HasSubstr("ends after 1.92 of 2"));
}

// The packets before the first key frame refer to what is not there.
TEST_F(VideoTimesTest, StreamsThatBeginWithinAGroupOfPicturesArePartial) {
  for (const char* codec :
       {"-c:v libx264 -pix_fmt yuv420p -g 20", "-c:v mpeg2video -g 20 -bf 2",
        "-c:v mpeg4 -g 20 -bf 2",
        "-c:v libx265 -pix_fmt yuv420p -x265-params keyint=20:min-keyint=20:log-level=none",
        "-c:v libx264 -pix_fmt yuv420p -x264-params "
        "open-gop=1:keyint=20:min-keyint=20:scenecut=0"}) {
    const fs::path file = make("a.ts", kPicture + codec);
    const Reading whole = read_video(file);
    ASSERT_EQ(whole.frames.size(), 50u) << codec;
    EXPECT_EQ(whole.times.packets_before_key_frame, 0) << codec;
    EXPECT_FALSE(whole.status.partial) << codec << ": " << whole.status.message;

    const std::string bytes = read_text(file);
    const std::size_t packets = bytes.size() / 188;
    const Reading cut = read_video(write("cut.ts", bytes.substr(packets / 4 * 188)));
    EXPECT_THAT(cut.status.message, HasSubstr("before the first key frame could not be decoded"))
        << codec;
    EXPECT_GT(cut.times.packets_before_key_frame, 2) << codec;
    ASSERT_GE(cut.frames.size(), 9u) << codec;
    // What is delivered is whole, at the time since the start of what is there.
    const double start_s = cut.times.file_start_s - whole.times.file_start_s;
    EXPECT_GT(cut.begin_s(), 0.1) << codec;
    for (const FrameCopy& frame : cut.frames) {
      const auto same =
          std::find_if(whole.frames.begin(), whole.frames.end(), [&](const FrameCopy& other) {
            return std::abs(other.timestamp_s - frame.timestamp_s - start_s) < 0.002;
          });
      ASSERT_NE(same, whole.frames.end()) << codec;
      EXPECT_TRUE(same_pixels(same->image, frame.image)) << codec << " " << frame.index;
    }
  }
}

// AVI only counts: the last picture that others refer to is shown after some that are not there.
TEST_F(VideoTimesTest, APictureKeepsItsTimeWhereThoseBeforeItAreMissing) {
  const fs::path file = make("a.avi", kPicture + "-c:v mpeg4 -bf 2 -g 12");
  const Reading whole = read_video(file);
  ASSERT_EQ(whole.frames.size(), 50u);
  const std::string bytes = read_text(file);
  int moved = 0, compared = 0;
  for (std::size_t part = 60; part < 100; ++part) {
    const Reading cut = read_video(write("cut.avi", bytes.substr(0, bytes.size() * part / 100)));
    for (const FrameCopy& frame : cut.frames) {
      const auto same = std::find_if(
          whole.frames.begin(), whole.frames.end(),
          [&](const FrameCopy& other) { return same_pixels(other.image, frame.image); });
      if (same == whole.frames.end()) continue;
      ++compared;
      moved += std::abs(same->timestamp_s - frame.timestamp_s) > 1e-9 ? 1 : 0;
    }
  }
  EXPECT_GT(compared, 1000);
  EXPECT_EQ(moved, 0);
}

}  // namespace
}  // namespace auriga::test
