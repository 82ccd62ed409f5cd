// Frames of a video in any order are those that it gives in its own.
#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"

#include "media/fake_media.hpp"
#include "media/frame_index.hpp"
#include "media/frame_reader.hpp"
#include "media/image_file.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kJumps = 200;

// As the command does, which then may use several threads.
struct Listening {
  Listening() {
    av_log_set_callback(
        [](void* context, int level, const char*, va_list) { note_libav_message(context, level); });
  }
  ~Listening() { av_log_set_callback(av_log_default_callback); }
};

// What a test file is, and what reading it at random may cost.
struct Kind {
  const char* name;               // of the file
  std::vector<const char*> made;  // calls of ffmpeg, in which PATTERN stands for moving pictures
  // Frames come from key frames, never from the start.
  bool by_key_frames = true;
  SourceOptions options{};

  friend std::ostream& operator<<(std::ostream& out, const Kind& self) { return out << self.name; }
};

std::string with_pattern(std::string text) {
  const std::string word = "PATTERN";
  const std::size_t at = text.find(word);
  if (at != std::string::npos)
    text.replace(at, word.size(), "-f lavfi -i testsrc2=size=112x80:rate=25:duration=3.2");
  return text;
}

void make(const fs::path& folder, const Kind& kind) {
  for (const char* call : kind.made) ASSERT_TRUE(run_ffmpeg(folder, with_pattern(call))) << call;
}

void expect_frame(const std::optional<ShownFrame>& shown, const FrameCopy& expected) {
  ASSERT_TRUE(shown) << expected.index;
  EXPECT_EQ(shown->index, expected.index);
  EXPECT_EQ(shown->timestamp_s, expected.timestamp_s) << expected.index;
  EXPECT_TRUE(shown->proved) << expected.index;
  EXPECT_TRUE(same_pixels(*shown->bgr, expected.image)) << expected.index;
}

class AnyFrame : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_FFMPEG();
    make(folder_.path(), GetParam());
    options_ = GetParam().options;
    frames_ = read_all(*open_source(file(), options_));
    ASSERT_GT(frames_.size(), 30u);
  }

  fs::path file() const { return folder_.path() / GetParam().name; }
  std::int64_t count() const { return static_cast<std::int64_t>(frames_.size()); }

  void jump(FrameReader& reader) {
    std::mt19937 random(7);
    for (int i = 0; i < kJumps && !HasFailure(); ++i) {
      const std::size_t at = random() % frames_.size();
      expect_frame(reader.frame(static_cast<std::int64_t>(at)), frames_[at]);
    }
  }

  TemporaryFolder folder_;
  SourceOptions options_;
  std::vector<FrameCopy> frames_;
};

// With room for hardly any frame, so that each is decoded when it is asked for.
TEST_P(AnyFrame, IsThatOfTheSequence) {
  FrameReader reader(file(), {.source = options_, .cache_bytes = 1, .read_ahead = false});
  EXPECT_EQ(reader.wait_for_index(), count());
  jump(reader);
  const FrameReader::Counts counts = reader.counts();
  if (GetParam().by_key_frames) {
    EXPECT_EQ(counts.from_start, 0);
    EXPECT_EQ(reader.why_sequential(), "");
  }
  RecordProperty("jumps", static_cast<int>(counts.jumps));
  RecordProperty("refuted", static_cast<int>(counts.refuted));
  EXPECT_FALSE(reader.frame(count()));
  EXPECT_FALSE(reader.frame(-1));
}

TEST_P(AnyFrame, IsThatOfTheSequenceOnSeveralThreads) {
  const Listening listening;
  options_.threads = 4;
  FrameReader reader(file(), {.source = options_, .cache_bytes = 150'000});
  jump(reader);
  EXPECT_EQ(reader.wait_for_index(), count());
}

TEST_P(AnyFrame, ComesOneAfterTheOtherInBothDirections) {
  const fs::path kept = folder_.path() / "kept.index";
  FrameReader reader(file(), {.source = options_, .index_file = kept});
  for (const FrameCopy& frame : frames_) {
    if (HasFailure()) break;
    expect_frame(reader.frame(frame.index), frame);
  }
  EXPECT_EQ(reader.wait_for_index(), count());
  std::vector<double> times;
  for (const FrameCopy& frame : frames_) times.push_back(frame.timestamp_s);
  EXPECT_EQ(reader.times(0, count() + 10), times);
  // Another one, with what the first has left.
  FrameReader again(file(), {.source = options_, .cache_bytes = 400'000, .index_file = kept});
  for (auto i = frames_.rbegin(); i != frames_.rend() && !HasFailure(); ++i)
    expect_frame(again.frame(i->index), *i);
}

// Before the index is there a picture may be the right one without being proved.
TEST_P(AnyFrame, IsTheSameWhereItIsAskedForEarly) {
  FrameReader reader(file(), {.source = options_, .cache_bytes = 1, .read_ahead = false});
  std::mt19937 random(8);
  for (int i = 0; i < 20; ++i) {
    const std::size_t at = random() % frames_.size();
    const auto shown =
        reader.frame({.index = static_cast<std::int64_t>(at), .viewer = 1, .unproved = true});
    ASSERT_TRUE(shown);
    if (shown->proved) expect_frame(shown, frames_[at]);
  }
}

#define X264 "-c:v libx264 -pix_fmt yuv420p -preset veryfast -g 12 "
INSTANTIATE_TEST_SUITE_P(
    Kinds, AnyFrame,
    testing::Values(
        Kind{"b_frames.mp4", {"PATTERN " X264 "-bf 3 b_frames.mp4"}},
        Kind{"edit_list.mp4",
             {"PATTERN " X264 "-bf 3 whole.mp4", "-ss 0.7 -i whole.mp4 -c copy edit_list.mp4"}},
        Kind{"long_group.mp4", {"PATTERN " X264 "-g 250 -bf 2 long_group.mp4"}},
        Kind{"camera.mov", {"PATTERN " X264 "-bf 2 camera.mov"}},
        Kind{"fragments.mp4",
             {"PATTERN " X264 "-bf 2 -movflags frag_keyframe+empty_moov fragments.mp4"}},
        Kind{"with_sound.mkv",
             {"PATTERN -f lavfi -i sine=duration=3.2 " X264 "-bf 2 -c:a aac with_sound.mkv"}},
        Kind{"no_cues.mkv", {"PATTERN " X264 "-bf 2 -live 1 no_cues.mkv"}},
        Kind{"late.webm",
             {"PATTERN -vf setpts='(N+mod(N\\,3)/2)/25/TB+1.3/TB' -c:v libvpx -deadline realtime "
              "-cpu-used 8 -g 10 -fps_mode passthrough -copyts late.webm"}},
        Kind{"alt_ref.webm",
             {"PATTERN -c:v libvpx-vp9 -cpu-used 8 -deadline good -g 20 -auto-alt-ref 1 "
              "-lag-in-frames 16 alt_ref.webm"}},
        Kind{"alt_ref_8.webm",
             {"PATTERN -c:v libvpx -cpu-used 8 -deadline good -g 20 -auto-alt-ref 1 "
              "-lag-in-frames 16 alt_ref_8.webm"}},
        Kind{"packed.avi", {"PATTERN -c:v libxvid -bf 2 -g 12 packed.avi"}},
        Kind{"b_frames.avi", {"PATTERN -c:v mpeg4 -bf 2 -vtag XVID -g 12 b_frames.avi"}},
        Kind{"h264.avi", {"PATTERN " X264 "-bf 2 h264.avi"}},
        Kind{"b.mp4", {"PATTERN -c:v mpeg4 -bf 2 -g 12 b.mp4"}},
        Kind{"windows.wmv", {"PATTERN -c:v wmv2 -g 12 windows.wmv"}},
        Kind{"stream.ts", {"PATTERN " X264 "-bf 2 stream.ts"}},
        Kind{"mpeg2.ts", {"PATTERN -c:v mpeg2video -bf 2 -g 12 mpeg2.ts"}},
        Kind{"mpeg2.mpg", {"PATTERN -c:v mpeg2video -bf 2 -g 12 -q:v 4 mpeg2.mpg"}},
        Kind{"open_mpeg2.mpg",
             {"PATTERN -f lavfi -i sine=duration=3.2 -c:v mpeg2video -bf 2 -g 12 -flags -cgop "
              "-q:v 4 open_mpeg2.mpg"}},
        Kind{"fields.mpg", {"PATTERN -c:v mpeg2video -g 12 -flags +ilme+ildct fields.mpg"}},
        Kind{"mjpeg.avi", {"PATTERN -c:v mjpeg mjpeg.avi"}},
        Kind{"mjpeg.mov", {"PATTERN -c:v mjpeg mjpeg.mov"}},
        Kind{"flash.flv", {"PATTERN -c:v flv -g 12 flash.flv"}},
        Kind{"theora.ogv", {"PATTERN -c:v libtheora -g 12 theora.ogv"}},
        Kind{"elementary.h264", {"PATTERN " X264 "-bf 2 elementary.h264"}},
        Kind{"open.mkv", {"PATTERN " X264 "-bf 3 -x264-params open-gop=1:b-pyramid=2 open.mkv"}},
        Kind{"open.ts", {"PATTERN " X264 "-bf 3 -x264-params open-gop=1:b-pyramid=2 open.ts"}},
        Kind{"hevc.mp4",
             {"PATTERN -c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params "
              "log-level=none:keyint=12:open-gop=0:bframes=3 hevc.mp4"}},
        Kind{"open_hevc.mp4",
             {"PATTERN -c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params "
              "log-level=none:keyint=12:min-keyint=12:open-gop=1:bframes=4 open_hevc.mp4"}},
        Kind{"open_hevc.ts",
             {"PATTERN -c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params "
              "log-level=none:keyint=12:min-keyint=12:open-gop=1:bframes=4 open_hevc.ts"}},
        Kind{"deep.mkv",
             {"PATTERN -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params "
              "log-level=none:keyint=12 deep.mkv"}},
        Kind{"av1.mp4",
             {"PATTERN -c:v libsvtav1 -preset 12 -g 20 -pix_fmt yuv420p -v quiet av1.mp4"}},
        Kind{"refresh.mkv",
             {"PATTERN " X264 "-bf 0 -x264-params intra-refresh=1:keyint=12 refresh.mkv"}},
        Kind{"refresh.ts",
             {"PATTERN " X264 "-bf 0 -x264-params intra-refresh=1:keyint=12 refresh.ts"}},
        Kind{"fields.mp4", {"PATTERN " X264 "-flags +ilme+ildct fields.mp4"}},
        // Its first key frame comes late.
        Kind{"late_key.mkv",
             {"PATTERN " X264 "-bf 2 whole.mkv",
              "-i whole.mkv -c copy -bsf:v noise=amount=0:drop='lt(n\\,5)' -copyinkf late_key.mkv"},
             false},
        Kind{"late_key.ts",
             {"PATTERN -c:v mpeg2video -bf 2 -g 12 whole.ts",
              "-i whole.ts -c copy -bsf:v noise=amount=0:drop='lt(n\\,5)' -copyinkf late_key.ts"},
             false},
        // Damage, of packets that are lost and of their bytes.
        Kind{"lost.mkv",
             {"PATTERN " X264 "-bf 2 whole.mkv",
              "-i whole.mkv -c copy -bsf:v noise=amount=0:drop='eq(mod(n\\,17)\\,8)' lost.mkv"},
             false},
        Kind{"noise.mp4",
             {"PATTERN " X264 "-bf 2 whole.mp4",
              "-i whole.mp4 -c copy -bsf:v noise=amount=1000 noise.mp4"},
             false},
        Kind{"noise.avi",
             {"PATTERN -c:v mpeg4 -g 12 whole.avi",
              "-i whole.avi -c copy -bsf:v noise=amount=1000 noise.avi"},
             false},
        Kind{"noise.ts",
             {"PATTERN -c:v mpeg2video -bf 2 -g 12 whole.ts",
              "-i whole.ts -c copy -bsf:v noise=amount=2000 noise.ts"},
             false},
        Kind{"turned.mp4",
             {"PATTERN " X264 "whole.mp4",
              "-i whole.mp4 -c copy -metadata:s:v rotate=90 turned.mp4"}},
        Kind{"added.mp4", {"PATTERN " X264 "added.mp4"}, true, {.rotate = 270}},
        Kind{"anamorphic.mp4", {"PATTERN -vf setsar=64/45 " X264 "anamorphic.mp4"}},
        Kind{"as_stored.mp4",
             {"PATTERN -vf setsar=64/45 " X264 "as_stored.mp4"},
             true,
             {.square_pixels = false}},
        Kind{"sizes.h264",
             {"PATTERN -vf scale=96:64 " X264 "-bf 0 a.h264", "PATTERN " X264 "-bf 0 b.h264",
              "-i \"concat:a.h264|b.h264\" -c copy sizes.h264"}},
        Kind{"slow.mp4", {"PATTERN " X264 "-bf 2 slow.mp4"}, true, {.fps = 12.5}},
        Kind{"fast.mkv", {"PATTERN " X264 "-bf 2 fast.mkv"}, true, {.fps = 60}},
        Kind{"woven.mp4",
             {"PATTERN " X264 "-flags +ilme+ildct woven.mp4"},
             false,
             {.deinterlace = true}}),
    [](const auto& test) {
      std::string name = test.param.name;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

}  // namespace
}  // namespace auriga::test
