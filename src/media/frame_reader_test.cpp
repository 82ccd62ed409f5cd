// Frames of a video in any order are those that it gives in its own.
#include <algorithm>
#include <atomic>
#include <chrono>
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

template <typename Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 3000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
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
  fs::path kept() const { return folder_.path() / "kept.index"; }
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

TEST_P(AnyFrame, IsThatOfTheSequence) {
  {
    SCOPED_TRACE("with room for hardly any frame, so that each is decoded when it is asked for");
    FrameReader reader(file(), {.source = options_, .cache_bytes = 1, .read_ahead = false});
    EXPECT_EQ(reader.wait_for_index(), count());
    jump(reader);
    if (GetParam().by_key_frames) {
      EXPECT_EQ(reader.counts().from_start, 0);
      EXPECT_EQ(reader.why_sequential(), "");
    }
    EXPECT_FALSE(reader.frame(count()));
    EXPECT_FALSE(reader.frame(-1));
  }
  {
    SCOPED_TRACE("on several threads, from the begin of the index on");
    const Listening listening;
    SourceOptions options = options_;
    // The thread sanitizer does not see how libav's own threads, which it was not built for, hand
    // pictures over.
#if !defined(__SANITIZE_THREAD__)
    options.threads = 4;
#endif
    FrameReader reader(file(), {.source = options, .cache_bytes = 150'000});
    jump(reader);
    EXPECT_EQ(reader.wait_for_index(), count());
  }
  {
    SCOPED_TRACE("one after the other");
    FrameReader reader(file(), {.source = options_, .index_file = kept()});
    for (const FrameCopy& frame : frames_) {
      if (HasFailure()) break;
      expect_frame(reader.frame(frame.index), frame);
    }
    EXPECT_EQ(reader.wait_for_index(), count());
    std::vector<double> times;
    for (const FrameCopy& frame : frames_) times.push_back(frame.timestamp_s);
    EXPECT_EQ(reader.times(0, count() + 10), times);
    EXPECT_TRUE(becomes_true([&] { return reader.progress().kept; }));
  }
  {
    SCOPED_TRACE("from the last to the first, with what is kept of the index");
    FrameReader reader(file(), {.source = options_, .cache_bytes = 400'000, .index_file = kept()});
    for (auto i = frames_.rbegin(); i != frames_.rend() && !HasFailure(); ++i)
      expect_frame(reader.frame(i->index), *i);
    EXPECT_EQ(reader.progress().problem, "");
  }
  {
    SCOPED_TRACE("before the index is there, when a picture may be right without being proved");
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

// A video of 3.2 s, 80 frames, with a key frame every 12.
class FrameReaderOf : public testing::Test {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_FFMPEG();
    make(folder_.path(), {"a.mp4", {"PATTERN " X264 "-bf 2 a.mp4"}});
    frames_ = read_all(*open_source(file(), {}));
  }
  fs::path file() const { return folder_.path() / "a.mp4"; }
  fs::path kept() const { return folder_.path() / "a.index"; }

  void expect_all(FrameReader& reader) {
    for (const std::size_t i : {70u, 3u, 41u, 40u, 79u, 0u})
      expect_frame(reader.frame(static_cast<std::int64_t>(i)), frames_[i]);
  }

  TemporaryFolder folder_;
  std::vector<FrameCopy> frames_;
};

// The container says key frame of every frame: the picture is right all the same. (Where
// libavformat has a parser for the codec it looks for itself.)
TEST_F(FrameReaderOf, DoesNotTrustMarksOfKeyFrames) {
  make(folder_.path(), {"marks.avi", {"PATTERN -c:v msmpeg4 -g 12 marks.avi"}});
  const fs::path video = folder_.path() / "marks.avi";
  std::string bytes = read_text(video);
  std::size_t at = bytes.rfind("idx1") + 8;
  for (; at + 16 <= bytes.size(); at += 16) bytes[at + 4] = 0x10;
  write_text(video, bytes);
  const std::vector<FrameCopy> frames = read_all(*open_source(video, {}));
  ASSERT_EQ(frames.size(), 80u);
  FrameReader reader(video, {.cache_bytes = 1, .read_ahead = false});
  reader.wait_for_index();
  std::mt19937 random(9);
  for (int i = 0; i < kJumps && !HasFailure(); ++i) {
    const std::size_t to = random() % frames.size();
    expect_frame(reader.frame(static_cast<std::int64_t>(to)), frames[to]);
  }
  EXPECT_GT(reader.counts().refuted, 0);
}

TEST_F(FrameReaderOf, KeepsNoMoreThanItMay) {
  constexpr std::size_t kBytes = 300'000;  // of 27 kB a frame, or 14 as stored
  FrameReader reader(file(), {.cache_bytes = kBytes});
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i) {
    const std::size_t at =
        i % 3 == 0 ? random() % frames_.size() : static_cast<std::size_t>(i) % 80;
    expect_frame(reader.frame(static_cast<std::int64_t>(at)), frames_[at]);
    EXPECT_LE(reader.counts().cache_bytes, kBytes);
  }
}

TEST_F(FrameReaderOf, DecodesWhatIsKeptOnce) {
  FrameReader reader(file(), {.read_ahead = false});
  reader.wait_for_index();
  expect_frame(reader.frame(30), frames_[30]);
  const FrameReader::Counts first = reader.counts();
  EXPECT_EQ(first.jumps, 1);
  EXPECT_LE(first.decoded, 12);
  for (int i = 30; i >= 25; --i)
    expect_frame(reader.frame(i), frames_[static_cast<std::size_t>(i)]);
  EXPECT_EQ(reader.counts().decoded, first.decoded);
  // Near ahead: decoding goes on.
  expect_frame(reader.frame(33), frames_[33]);
  EXPECT_EQ(reader.counts().jumps, 1);
  EXPECT_EQ(reader.counts().decoded, first.decoded + 3);
}

TEST_F(FrameReaderOf, IsAheadOfWhoMovesOn) {
  FrameReader reader(file());
  reader.wait_for_index();
  for (const int step : {1, -1}) {
    // Near the ends, so that there is nothing to jump to for those that come after the two below.
    int at = step > 0 ? 67 : 14;
    for (int i = 0; i < 3; ++i, at += step)
      expect_frame(reader.frame(at), frames_[static_cast<std::size_t>(at)]);
    // Whoever waits long enough finds the next ones decoded. A busy machine may give the thread
    // that decodes nothing for a while.
    FrameReader::Counts before = reader.counts();
    for (int quiet = 0; quiet < 5; ++quiet) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      if (reader.counts().decoded != before.decoded) quiet = -1;
      before = reader.counts();
    }
    expect_frame(reader.frame(at), frames_[static_cast<std::size_t>(at)]);
    expect_frame(reader.frame(at + step), frames_[static_cast<std::size_t>(at + step)]);
    EXPECT_EQ(reader.counts().jumps, before.jumps);
  }
}

TEST_F(FrameReaderOf, KeepsItsIndexInAFile) {
  {
    FrameReader reader(file(), {.index_file = kept()});
    EXPECT_EQ(reader.wait_for_index(), 80);
    expect_all(reader);
    EXPECT_TRUE(becomes_true([&] { return reader.progress().kept; }));
  }
  const std::string bytes = read_text(kept());
  {
    FrameReader reader(file(), {.index_file = kept()});
    expect_all(reader);
    EXPECT_EQ(reader.wait_for_index(), 80);
    EXPECT_TRUE(reader.progress().kept);
    EXPECT_EQ(reader.progress().problem, "");
  }
  // Damaged: made anew.
  for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), std::string("nonsense")}) {
    write_text(kept(), damaged);
    FrameReader reader(file(), {.index_file = kept()});
    expect_all(reader);
    EXPECT_EQ(reader.wait_for_index(), 80);
    EXPECT_TRUE(becomes_true([&] { return reader.progress().kept; }));
    EXPECT_EQ(read_text(kept()), bytes);
  }
}

// With the size and the time of change of this one: by its packets.
TEST_F(FrameReaderOf, FindsOutThatAnIndexIsOfAnotherVideo) {
  const auto raw = [&](const char* filter) {
    make(folder_.path(), {"raw.avi",
                          {"-i a.mp4 -pix_fmt yuv420p -c:v rawvideo first.avi",
                           "-i a.mp4 -vf negate -pix_fmt yuv420p -c:v rawvideo second.avi"}});
    fs::copy_file(folder_.path() / filter, folder_.path() / "raw.avi",
                  fs::copy_options::overwrite_existing);
  };
  const fs::path video = folder_.path() / "raw.avi";
  raw("first.avi");
  const auto time = fs::last_write_time(video);
  const auto size = fs::file_size(video);
  {
    FrameReader reader(video, {.index_file = kept()});
    EXPECT_TRUE(becomes_true([&] { return reader.progress().kept; }));
  }
  raw("second.avi");
  fs::last_write_time(video, time);
  ASSERT_EQ(fs::file_size(video), size);
  const std::vector<FrameCopy> frames = read_all(*open_source(video, {}));
  FrameReader reader(video, {.index_file = kept()});
  EXPECT_TRUE(becomes_true([&] { return !reader.progress().problem.empty(); }));
  EXPECT_THAT(reader.progress().problem, HasSubstr("of another video"));
  reader.wait_for_index();
  for (const std::size_t i : {70u, 3u, 41u})
    expect_frame(reader.frame(static_cast<std::int64_t>(i)), frames[i]);
}

TEST_F(FrameReaderOf, SaysThatTheVideoWasChanged) {
  FrameReader reader(file());
  expect_frame(reader.frame(3), frames_[3]);
  fs::last_write_time(file(), fs::last_write_time(file()) + std::chrono::seconds(3));
  try {
    reader.frame(4);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("open it anew"));
    EXPECT_THAT(error.what(), HasSubstr("a.mp4"));
  }
}

TEST_F(FrameReaderOf, DoesWithoutAPlaceForItsIndex) {
  FrameReader reader(file(), {.index_file = folder_.path() / "none" / "a.index"});
  EXPECT_EQ(reader.wait_for_index(), 80);
  expect_all(reader);
  EXPECT_TRUE(becomes_true([&] { return !reader.progress().problem.empty(); }));
  EXPECT_FALSE(reader.progress().kept);
}

// Each gets the frame that it asked for, or nothing where it has asked for another one since.
TEST_F(FrameReaderOf, ServesManyAtATime) {
  FrameReader reader(file(), {.cache_bytes = 100'000});
  std::atomic<int> served = 0, superseded = 0, wrong = 0;
  std::vector<std::thread> threads;
  for (unsigned k = 0; k < 6; ++k)
    threads.emplace_back([&, k] {
      std::mt19937 random(k);
      for (int i = 0; i < 40; ++i) {
        const std::size_t at = random() % frames_.size();
        // The first four are two viewers, the others nobody in particular.
        const auto shown =
            reader.frame({.index = static_cast<std::int64_t>(at), .viewer = k < 4 ? 1 + k % 2 : 0});
        if (!shown)
          ++superseded;
        else if (shown->index == frames_[at].index && same_pixels(*shown->bgr, frames_[at].image))
          ++served;
        else
          ++wrong;
        if (k >= 4 && !shown) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(served + superseded, 240);
  EXPECT_GE(served, 80);
}

// Who drags a slider wants the last place only.
TEST_F(FrameReaderOf, LetsTheNewestRequestOfAViewerTakeThePlaceOfTheOneBefore) {
  FrameReader reader(file(), {.cache_bytes = 1, .read_ahead = false});
  std::atomic<bool> superseded = false;
  const auto drag = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 5000 && !superseded; ++i)
      if (!reader.frame({.index = static_cast<std::int64_t>(random() % 80), .viewer = 1}))
        superseded = true;
  };
  std::thread other(drag, 1);
  drag(2);
  other.join();
  EXPECT_TRUE(superseded);
  EXPECT_TRUE(reader.frame({.index = 5, .viewer = 1}));
}

TEST_F(FrameReaderOf, LetsEverybodyGoWhenItStops) {
  FrameReader reader(file());
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      while (reader.frame(20 * k)) {
      }
    });
  reader.stop();
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(reader.frame(0));
}

TEST(FrameReaderOfPictures, GivesThemInAnyOrder) {
  const TemporaryFolder folder;
  // Of several sizes; the first, one in the middle and the last cannot be read.
  for (int i = 0; i < 40; ++i) {
    const Image picture = gradient(20 + i % 3, 10 + i % 2);
    const bool readable = i != 0 && i != 17 && i != 18 && i != 39;
    write_text(folder.path() / (std::to_string(i) + ".jpg"),
               readable ? encode_jpeg(picture) : "nonsense");
  }
  for (const PictureOrder order : {PictureOrder::natural, PictureOrder::bytes}) {
    const SourceOptions options{.rotate = 90, .order = order};
    const std::vector<FrameCopy> frames = read_all(*open_source(folder.path(), options));
    FrameReader reader(folder.path(), {.source = options, .cache_bytes = 3000});
    EXPECT_EQ(reader.wait_for_index(), 40);
    std::mt19937 random(5);
    for (int i = 0; i < kJumps; ++i) {
      const std::size_t at = random() % frames.size();
      expect_frame(reader.frame(static_cast<std::int64_t>(at)), frames[at]);
    }
    EXPECT_TRUE(reader.frame(order == PictureOrder::natural ? 17 : 0)->missing);
    EXPECT_FALSE(reader.frame(40));
  }
  const fs::path one = folder.path() / "1.jpg";
  FrameReader reader(one);
  EXPECT_EQ(reader.wait_for_index(), 1);
  EXPECT_TRUE(same_pixels(*reader.frame(0)->bgr, read_image(one)));
}

TEST(FrameReaderOfNothing, SaysWhatOpenSourceSays) {
  EXPECT_THROW(FrameReader("/nowhere/a.mp4"), Error);
  EXPECT_THROW(FrameReader("/nowhere"), Error);
}

}  // namespace
}  // namespace auriga::test
