// open_video on files that ffmpeg makes: codecs, containers, clocks, rotation, damage, refusals.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"

#include "media/fake_media.hpp"
#include "media/orientation.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;

// Two seconds of moving pattern, 25 frames a second.
const std::string kPattern = "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 ";
constexpr std::size_t kPatternFrames = 50;

class VideoSourceTest : public testing::Test {
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

  static std::string refusal(const fs::path& file, int threads = 1) {
    try {
      open_video(file, {.threads = threads});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr(file.string()));
      return error.what();
    }
    ADD_FAILURE() << file << " was opened";
    return {};
  }

  TemporaryFolder folder_;
};

// What a file gives, frames and status.
struct Reading {
  std::vector<FrameCopy> frames;
  SourceInfo info;
  SourceStatus status;
};

// `begins_s`: time of the first frame.
Reading read_video(const fs::path& file, int threads = 1, double begins_s = 0) {
  const auto source = open_video(file, {.threads = threads});
  Reading reading{read_all(*source), source->info(), source->status()};
  EXPECT_EQ(reading.status.frames, static_cast<std::int64_t>(reading.frames.size()));
  for (std::size_t i = 0; i < reading.frames.size(); ++i) {
    EXPECT_EQ(reading.frames[i].index, static_cast<std::int64_t>(i));
    if (i == 0)
      EXPECT_EQ(reading.frames[i].timestamp_s, begins_s) << file;
    else
      EXPECT_GE(reading.frames[i].timestamp_s, reading.frames[i - 1].timestamp_s);
  }
  return reading;
}

// Whether two readings are the same in all that a caller sees.
void expect_same(const Reading& a, const Reading& b) {
  EXPECT_EQ(a.status.message, b.status.message);
  ASSERT_EQ(a.frames.size(), b.frames.size());
  for (std::size_t i = 0; i < a.frames.size(); ++i) {
    EXPECT_EQ(a.frames[i].timestamp_s, b.frames[i].timestamp_s) << i;
    EXPECT_TRUE(same_pixels(a.frames[i].image, b.frames[i].image)) << i;
  }
}

// Pixels of all frames in a row.
std::string bytes_of(const std::vector<FrameCopy>& frames) {
  std::string bytes;
  for (const FrameCopy& frame : frames)
    bytes.append(reinterpret_cast<const char*>(frame.image.data()), frame.image.size_bytes());
  return bytes;
}

// All frames of all kinds of files, pixel for pixel as the command ffmpeg decodes and converts
// them.
TEST_F(VideoSourceTest, DecodesWhatFfmpegDecodes) {
  struct Kind {
    std::string name, codec;
  };
  for (const Kind& kind : std::vector<Kind>{
           {"mpeg4.avi", "-c:v mpeg4"},
           {"b_frames.avi", "-c:v mpeg4 -bf 2 -g 12"},
           {"h264.mp4", "-c:v libx264 -pix_fmt yuv420p -bf 3"},
           {"open_gop.mkv", "-c:v libx264 -pix_fmt yuv420p -x264-params open-gop=1:keyint=10"},
           {"mjpeg.avi", "-c:v mjpeg -pix_fmt yuvj422p"},
           {"wmv2.wmv", "-c:v wmv2"},
           {"mpeg1.mpg", "-c:v mpeg1video"},
           {"mpeg2.ts", "-c:v mpeg2video -bf 2"},
           {"vp9.webm", "-c:v libvpx-vp9 -cpu-used 8"},
           {"flv.flv", "-c:v flv1"},
           {"rgb.mkv", "-c:v ffv1 -pix_fmt bgra"},
           {"ten_bits.mkv", "-c:v ffv1 -pix_fmt yuv422p10le"},
           {"grey.mkv", "-c:v ffv1 -pix_fmt gray"}}) {
    const fs::path file = make(kind.name, kPattern + kind.codec);
    const fs::path raw =
        make("raw", "-i " + kind.name +
                        " -vsync passthrough -f rawvideo -pix_fmt bgr24 -sws_flags bicubic");
    const Reading reading = read_video(file);
    EXPECT_EQ(reading.frames.size(), kPatternFrames) << kind.name;
    EXPECT_TRUE(bytes_of(reading.frames) == read_text(raw)) << kind.name;
    EXPECT_EQ(reading.info.width, 64);
    EXPECT_EQ(reading.info.height, 48);
    EXPECT_DOUBLE_EQ(reading.info.fps, 25) << kind.name;
    EXPECT_FALSE(reading.status.partial) << kind.name << ": " << reading.status.message;
    EXPECT_NEAR(reading.frames.back().timestamp_s, 49 / 25.0, 0.001) << kind.name;
  }
}

TEST_F(VideoSourceTest, DecodesFramesOfAnySize) {
  std::mt19937 random(3);
  std::string noise(3 * 648 * 480 * 3, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{
           {1, 1}, {2, 2}, {3, 5}, {17, 16}, {16, 17}, {100, 50}, {641, 479}, {648, 480}}) {
    write("noise", noise.substr(0, static_cast<std::size_t>(3 * width * height * 3)));
    const std::string size = std::to_string(width) + "x" + std::to_string(height);
    const fs::path file =
        make("a.mkv", "-f rawvideo -pixel_format bgr24 -framerate 10 -video_size " + size +
                          " -i noise -c:v ffv1 -pix_fmt yuv420p");
    const fs::path raw = make("raw", "-i a.mkv -f rawvideo -pix_fmt bgr24 -sws_flags bicubic");
    const Reading reading = read_video(file);
    EXPECT_EQ(reading.info.width, width);
    EXPECT_EQ(reading.info.height, height);
    EXPECT_EQ(reading.frames.size(), 3u) << size;
    EXPECT_TRUE(bytes_of(reading.frames) == read_text(raw)) << size;
  }
}

TEST_F(VideoSourceTest, GivesTheSameOnAnyNumberOfThreads) {
  for (const char* codec : {"-c:v mpeg4 -bf 2", "-c:v libx264 -pix_fmt yuv420p", "-c:v mjpeg"}) {
    const fs::path file = make(
        "a.mkv", std::string("-f lavfi -i testsrc2=size=320x240:rate=25:duration=1.2 ") + codec);
    std::string damaged = read_text(file);
    for (std::size_t at = 20000; at < damaged.size(); at += 7777)
      damaged[at] = static_cast<char>(damaged[at] ^ 0x5A);
    const fs::path damaged_file = write("damaged.mkv", damaged);
    const Reading whole = read_video(file), patched = read_video(damaged_file);
    EXPECT_FALSE(whole.status.partial);
    for (const int threads : {0, 2, 3, 5}) {
      expect_same(read_video(file, threads), whole);
      expect_same(read_video(damaged_file, threads), patched);
    }
  }
}

// Frames 0, 5, 7, 10, 14 ... of 25 a second.
TEST_F(VideoSourceTest, KeepsTheTimesOfAVariableFrameRate) {
  std::vector<double> times;
  for (int n = 0; n < 50; ++n)
    if (n % 5 == 0 || n % 7 == 0) times.push_back(n / 25.0);
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "a.mov"}) {
    const Reading reading = read_video(make(
        name, kPattern + "-vf \"select='not(mod(n,5))+not(mod(n,7))'\" -vsync vfr -c:v mpeg4"));
    ASSERT_EQ(reading.frames.size(), times.size()) << name;
    for (std::size_t i = 0; i < times.size(); ++i)
      EXPECT_NEAR(reading.frames[i].timestamp_s, times[i], 0.00051)
          << name;  // Matroska counts milliseconds
    EXPECT_FALSE(reading.status.partial) << name << ": " << reading.status.message;
  }
}

TEST_F(VideoSourceTest, CountsTimeFromTheFirstFrame) {
  for (const char* name : {"late.mkv", "late.ts", "late.mp4"}) {
    const Reading reading = read_video(make(name, kPattern + "-output_ts_offset 7 -c:v mpeg4"));
    EXPECT_EQ(reading.frames.size(), kPatternFrames);
    EXPECT_NEAR(reading.frames.back().timestamp_s, 49 / 25.0, 0.001) << name;
    EXPECT_FALSE(reading.status.partial) << name << ": " << reading.status.message;
  }
}

// Two transport streams in a row: the clock starts again in the middle.
TEST_F(VideoSourceTest, GoesOnWhereTheClockStartsAgain) {
  const std::string once = read_text(make("a.ts", kPattern + "-c:v mpeg2video"));
  const Reading reading = read_video(write("twice.ts", once + once));
  ASSERT_EQ(reading.frames.size(), 2 * kPatternFrames);
  for (std::size_t i = 0; i < reading.frames.size(); ++i)
    EXPECT_NEAR(reading.frames[i].timestamp_s, static_cast<double>(i) / 25, 1e-3) << i;
}

// A frame whose time was moved behind that of its successors.
TEST_F(VideoSourceTest, NeverGoesBackInTime) {
  std::string bytes = read_text(make("a.mkv", kPattern + "-c:v mpeg4 -g 50"));
  const std::size_t block =
      bytes.find(std::string("\x81\x01\x90\0", 4));  // track 1, 400 ms, no flags
  ASSERT_NE(block, std::string::npos);
  bytes.replace(block + 1, 2, "\x02\x58");                       // 600 ms
  const Reading reading = read_video(write("back.mkv", bytes));  // which checks the order
  ASSERT_EQ(reading.frames.size(), kPatternFrames);
  EXPECT_NEAR(reading.frames[10].timestamp_s, 0.6, 1e-9);
  EXPECT_NEAR(reading.frames[11].timestamp_s, 0.6, 1e-9);
  EXPECT_NEAR(reading.frames[16].timestamp_s, 0.64, 1e-9);
}

// The matrix of the track header is replaced by each symmetry in turn.
TEST_F(VideoSourceTest, TurnsFramesAsTheDisplayMatrixSays) {
  const fs::path file =
      make("a.mp4", "-f lavfi -i testsrc2=size=100x60:rate=25:duration=0.2 -c:v mpeg4");
  const std::vector<FrameCopy> stored = read_video(file).frames;
  const std::string bytes = read_text(file);
  const std::size_t matrix_at =
      bytes.find("tkhd") + 44;  // type 4, version and flags 4, fields of 36 bytes
  ASSERT_EQ(bytes.substr(matrix_at, 4), std::string("\0\1\0\0", 4));
  // x = a u + c v, y = b u + d v
  struct Turn {
    int exif, a, b, c, d;
  };
  for (const Turn& turn : std::vector<Turn>{{1, 1, 0, 0, 1},
                                            {2, -1, 0, 0, 1},
                                            {3, -1, 0, 0, -1},
                                            {4, 1, 0, 0, -1},
                                            {5, 0, 1, 1, 0},
                                            {6, 0, 1, -1, 0},
                                            {7, 0, -1, -1, 0},
                                            {8, 0, -1, 1, 0}}) {
    std::string turned = bytes;
    const auto put = [&](std::size_t cell, int value) {
      turned.replace(matrix_at + 4 * cell, 4,
                     value > 0   ? std::string("\0\1\0\0", 4)
                     : value < 0 ? std::string("\xFF\xFF\0\0", 4)
                                 : std::string(4, '\0'));
    };
    put(0, turn.a), put(1, turn.b), put(3, turn.c), put(4, turn.d);
    const Reading reading = read_video(write("turned.mp4", turned));
    EXPECT_EQ(reading.info.width, turn.exif >= 5 ? 60 : 100);
    EXPECT_EQ(reading.info.height, turn.exif >= 5 ? 100 : 60);
    ASSERT_EQ(reading.frames.size(), stored.size());
    Image expected;
    for (std::size_t i = 0; i < stored.size(); ++i) {
      orient(stored[i].image, orientation_of_exif(turn.exif), expected);
      EXPECT_TRUE(same_pixels(reading.frames[i].image, expected))
          << "exif " << turn.exif << ", frame " << i;
    }
  }
}

TEST_F(VideoSourceTest, FollowsAChangeOfFrameSize) {
  const auto clip = [&](const std::string& size) {
    return make(size + ".h264", "-f lavfi -i testsrc2=rate=25:duration=0.4:size=" + size +
                                    " -c:v libx264 -pix_fmt yuv420p");
  };
  const fs::path small = clip("64x48"), large = clip("98x80");
  const Reading both =
      read_video(write("both.h264", read_text(small) + read_text(large) + read_text(small)));
  std::vector<FrameCopy> expected;
  for (const fs::path& part : {small, large, small})
    for (FrameCopy& frame : read_video(part).frames) expected.push_back(std::move(frame));
  ASSERT_EQ(expected.size(), 30u);
  ASSERT_EQ(both.frames.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(same_pixels(both.frames[i].image, expected[i].image)) << "frame " << i;
  EXPECT_EQ(both.info.width, 64);
}

TEST_F(VideoSourceTest, PassesOverSoundAndCoverArt) {
  make("cover.png", "-f lavfi -i testsrc2=size=200x200 -frames:v 1");
  const fs::path both =
      make("both.mp4", kPattern +
                           "-f lavfi -i sine=duration=2 -i cover.png -map 0 -map 1 -map 2 "
                           "-c:v:0 mpeg4 -c:v:1 png -disposition:v:1 attached_pic");
  const Reading reading = read_video(both);
  EXPECT_EQ(reading.info.width, 64);
  EXPECT_EQ(reading.frames.size(), kPatternFrames);
  EXPECT_FALSE(reading.status.partial) << reading.status.message;

  EXPECT_THAT(refusal(make("cover.mp3",
                           "-f lavfi -i sine=duration=1 -i cover.png -map 0 -map 1 -c:v copy "
                           "-disposition:v:0 attached_pic")),
              HasSubstr("no video stream"));
}

TEST_F(VideoSourceTest, ReusesTheBuffer) {
  const auto source = open_video(make("a.avi", kPattern + "-c:v mpeg4"));
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  const std::uint8_t* buffer = frame.bgr().data;
  while (source->next(frame)) EXPECT_EQ(frame.bgr().data, buffer);
  EXPECT_FALSE(source->next(frame)) << "the end lasts";
}

TEST_F(VideoSourceTest, TakesTheNameForAName) {
  const fs::path file = make("a.avi", kPattern + "-c:v mpeg4");
  for (const char* name :
       {"frame%03d.jpg", "http:a.avi", "concat:a.avi|a.avi", "ä ö.avi", "no_extension"}) {
    fs::copy_file(file, folder_.path() / name);
    EXPECT_EQ(read_video(folder_.path() / name).frames.size(), kPatternFrames) << name;
  }
}

TEST_F(VideoSourceTest, CallsNoGoodFilePartial) {
  const std::string longer_sound = kPattern + "-f lavfi -i sine=duration=3 ";
  const std::string h264 = "-c:v libx264 -pix_fmt yuv420p -g 10 ";
  make("whole.mp4", kPattern + h264);
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"sound.mp4", longer_sound + h264},
           {"sound.mkv", longer_sound + h264},
           {"sound.avi", longer_sound + "-c:v mpeg4"},
           {"sound.flv", longer_sound + "-c:v flv1"},
           {"sound.ts", longer_sound + h264},
           {"sound.wmv", longer_sound + "-c:v wmv2"},
           {"fragments.mp4", longer_sound + h264 + "-movflags frag_keyframe+empty_moov"},
           {"index_first.mp4", longer_sound + h264 + "-movflags faststart"},
           // Edit lists: the container hides frames at the begin and at the end.
           {"cut_begin.mp4", "-ss 0.5 -i whole.mp4 -c copy"},
           {"cut_end.mp4", "-i whole.mp4 -t 1.3 -c copy"},
           {"drops.avi", kPattern + "-vf \"select='lt(n,10)+gt(n,40)'\" -vsync vfr -c:v mpeg4"},
           {"drops.mkv", kPattern + "-vf \"select='lt(n,10)+gt(n,40)'\" -vsync vfr -c:v mpeg4"},
           {"one_frame.mp4", kPattern + "-frames:v 1 -c:v mpeg4"},
           {"theora.ogv", kPattern + "-c:v libtheora"},
           {"a.gif", kPattern},
           {"a.mpg", kPattern}}) {
    // Without an edit list nothing takes back the delay of the B-frames, two frames of 25 a second.
    const double begins_s = std::string(name) == "fragments.mp4" ? 0.08 : 0;
    const Reading reading = read_video(make(name, arguments), 1, begins_s);
    EXPECT_GT(reading.frames.size(), 0u) << name;
    EXPECT_FALSE(reading.status.partial) << reading.status.message;
  }
}

// What is left of a cut file is what the whole one gives at the same times.
TEST_F(VideoSourceTest, DeliversWhatACutFileHolds) {
  const std::string h264 = "-c:v libx264 -pix_fmt yuv420p -g 5 ";
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"a.avi", "-c:v mpeg4"},
           {"b_frames.avi", "-c:v mpeg4 -bf 2"},
           {"mjpeg.avi", "-c:v mjpeg"},
           {"index_first.mp4", h264 + "-movflags faststart"},
           {"fragments.mp4", h264 + "-movflags frag_keyframe+empty_moov"},
           {"a.mkv", h264},
           {"a.flv", "-c:v flv1"},
           {"a.wmv", "-c:v wmv2"}}) {
    const fs::path file = make(name, kPattern + arguments);
    const Reading whole = read_video(file);
    ASSERT_EQ(whole.frames.size(), kPatternFrames);
    const std::string bytes = read_text(file);
    for (const double part : {0.4, 0.5, 0.61, 0.75, 0.8}) {
      const auto size = static_cast<std::size_t>(part * static_cast<double>(bytes.size()));
      const Reading cut = read_video(write("cut_" + name, bytes.substr(0, size)));
      EXPECT_TRUE(cut.status.partial) << name << " " << part;
      EXPECT_THAT(cut.status.message, HasSubstr("cut_" + name));
      EXPECT_LT(cut.frames.size(), kPatternFrames) << name << " " << part;
      EXPECT_GT(cut.frames.size(), part * kPatternFrames / 3) << name << " " << part;
      // In ASF a frame lies in pieces in several packets; the last one may miss its end, and is
      // then marked.
      const std::size_t whole_frames = cut.frames.size() - (name == "a.wmv" ? 1 : 0);
      for (std::size_t i = 0; i < whole_frames; ++i) {
        const auto same =
            std::find_if(whole.frames.begin(), whole.frames.end(), [&](const FrameCopy& frame) {
              return std::abs(frame.timestamp_s - cut.frames[i].timestamp_s) < 1e-9;
            });
        ASSERT_NE(same, whole.frames.end()) << name << " " << part << ", frame " << i;
        EXPECT_TRUE(same_pixels(cut.frames[i].image, same->image))
            << name << " " << part << ", frame " << i;
      }
    }
  }
}

// Cut between two frames, so that only the header tells that some are missing.
TEST_F(VideoSourceTest, NoticesMissingFramesByTheHeader) {
  const std::string avi = read_text(make("a.avi", kPattern + "-c:v mpeg4"));
  std::size_t at = avi.find("movi");
  for (int i = 0; i <= 40; ++i) at = avi.find("00dc", at + 1);
  const Reading reading = read_video(write("cut.avi", avi.substr(0, at)));
  EXPECT_EQ(reading.frames.size(), 40u);
  EXPECT_THAT(reading.status.message, HasSubstr("ends after 1.60 of 2.00 s"));

  const std::string wmv = read_text(make("a.wmv", kPattern + "-c:v wmv2"));
  EXPECT_THAT(read_video(write("cut.wmv", wmv.substr(0, wmv.size() - 9000))).status.message,
              HasSubstr("9000 bytes shorter than its header says"));
}

TEST_F(VideoSourceTest, SaysThatAFileWithoutItsIndexIsIncomplete) {
  const fs::path file = make("a.mp4", kPattern + "-c:v mpeg4");  // the index is at the end
  const std::string bytes = read_text(file);
  EXPECT_THAT(refusal(write("cut.mp4", bytes.substr(0, bytes.size() / 2))),
              HasSubstr("copied completely"));
}

TEST_F(VideoSourceTest, GoesOnAfterDamage) {
  for (const char* name : {"a.avi", "a.mkv", "a.ts"}) {
    const fs::path file = make(name, kPattern + "-c:v mpeg4 -g 10");
    std::string bytes = read_text(file);
    for (std::size_t i = 0; i < 300; ++i) bytes[bytes.size() / 2 + i] = static_cast<char>(i * 37);
    const Reading reading = read_video(write(std::string("damaged_") + name, bytes));
    EXPECT_GE(reading.frames.size(), kPatternFrames - 5) << name;
    EXPECT_TRUE(reading.status.partial) << name;
    EXPECT_THAT(reading.status.message,
                AnyOf(HasSubstr("damaged"), HasSubstr("could not be decoded")));
    // An AVI file tells times only by counting frames, so that lost ones shift what follows.
    const double tolerance_s = std::string(name) == "a.avi" ? 0.2 : 0.001;
    EXPECT_NEAR(reading.frames.back().timestamp_s, 49 / 25.0, tolerance_s + 1e-9) << name;
  }
}

// Overwrites the frames `first` to `last` of an AVI file with nonsense.
void spoil_frames(std::string& avi, int first, int last) {
  std::size_t at = avi.find("movi");
  for (int i = 0; i <= last; ++i) {
    at = avi.find("00dc", at);
    ASSERT_NE(at, std::string::npos);
    std::uint32_t size = 0;  // little-endian, as everywhere that this runs
    std::memcpy(&size, &avi[at + 4], 4);
    at += 8;
    if (i >= first) std::fill_n(avi.begin() + static_cast<std::ptrdiff_t>(at), size, 'x');
    at += size;
  }
}

TEST_F(VideoSourceTest, CountsPacketsThatCannotBeDecoded) {
  std::string bytes = read_text(make("a.avi", kPattern + "-c:v mjpeg"));
  spoil_frames(bytes, 10, 12);
  const Reading reading = read_video(write("spoilt.avi", bytes));
  EXPECT_EQ(reading.frames.size(), kPatternFrames - 3);
  EXPECT_THAT(reading.status.message,
              HasSubstr("47 frames were read, but 3 packets could not be decoded"));
  ASSERT_GT(reading.frames.size(), 10u);
  EXPECT_NEAR(reading.frames[9].timestamp_s, 9 / 25.0, 1e-9);
  EXPECT_NEAR(reading.frames[10].timestamp_s, 13 / 25.0, 1e-9)
      << "the times of those that are left are their own";
}

TEST_F(VideoSourceTest, RefusesWhatIsNoVideo) {
  EXPECT_THAT(refusal(folder_.path() / "absent.mp4"), HasSubstr("no such file"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("folder"));
  EXPECT_THAT(refusal(write("empty.mp4", "")), HasSubstr("an empty file"));
  EXPECT_THAT(refusal(write("text.txt", std::string(5000, 'a') + "\n")),
              HasSubstr("expected a video"));
  EXPECT_THAT(refusal(write("text.avi", "Lorem ipsum\n")), HasSubstr("expected a video"));
  EXPECT_THAT(refusal(write("a.jpg", encode_jpeg(gradient(64, 64)))), HasSubstr("picture"));
  EXPECT_THAT(refusal(make("sound.wav", "-f lavfi -i sine=duration=1")),
              HasSubstr("no video stream"));
  EXPECT_THAT(refusal(make("sound.mp4", "-f lavfi -i sine=duration=1")),
              HasSubstr("no video stream"));
  const fs::path pipe = folder_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(refusal(pipe), HasSubstr("pipe"));

  std::string unknown = read_text(make("a.avi", kPattern + "-c:v mpeg4"));
  for (std::size_t at; (at = unknown.find("FMP4")) != std::string::npos;)
    unknown.replace(at, 4, "QQQQ");
  EXPECT_THAT(refusal(write("unknown.avi", unknown)), HasSubstr("no decoder"));

  std::string undecodable = read_text(make("a.avi", kPattern + "-c:v mjpeg"));
  spoil_frames(undecodable, 0, 49);
  for (const int threads : {1, 3})
    EXPECT_THAT(refusal(write("undecodable.avi", undecodable), threads),
                HasSubstr("no frame of its video"));
}

TEST_F(VideoSourceTest, RefusesAVideoWithoutFrames) {
  std::string empty = read_text(make("a.avi", kPattern + "-frames:v 1 -c:v mpeg4"));
  refusal(write("no_frames.avi", empty.substr(0, empty.find("movi") + 4)));
  std::string track = read_text(
      make("a.mp4", kPattern + "-c:v mpeg4 -frames:v 1 -movflags empty_moov+frag_keyframe"));
  refusal(write("no_frames.mp4", track.substr(0, track.find("moof") - 4)));
}

TEST_F(VideoSourceTest, RefusesHugeFrames) {
  // 2^26 pixels are 8192 x 8192.
  const std::string video = read_text(
      make("a.avi", "-f lavfi -i color=gray:s=8208x8192:r=25 -frames:v 1 -c:v mjpeg -q:v 9"));
  EXPECT_THAT(refusal(write("huge.avi", video)),
              testing::AllOf(HasSubstr("8208 x 8192"), HasSubstr("limit"), HasSubstr("scale")));
}

TEST_F(VideoSourceTest, OpensNoOtherFile) {
  make("a.ts", kPattern + "-c:v mpeg2video");
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());  // where a list would look for a.ts
  refusal(write("list.ffconcat", "ffconcat version 1.0\nfile a.ts\n"));
  refusal(
      write("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n"));
  fs::current_path(before);
}

TEST_F(VideoSourceTest, LeavesTheLogLevelOfLibavToTheProgram) {
  std::string bytes = read_text(make("a.avi", kPattern + "-c:v mpeg4"));
  for (std::size_t at = 6000; at < bytes.size(); at += 500) bytes[at] = 'x';
  const fs::path file = write("damaged.avi", bytes);
  // What is printed while it is read at that level.
  const auto printed = [&](int level) {
    av_log_set_level(level);
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    EXPECT_TRUE(read_video(file).status.partial);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(av_log_get_level(), level);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(printed(AV_LOG_QUIET), "");
  EXPECT_EQ(printed(AV_LOG_PANIC), "");
  EXPECT_NE(printed(AV_LOG_INFO), "") << "a program that wants to know is told";
  av_log_set_level(AV_LOG_QUIET);
}

}  // namespace
}  // namespace auriga::test
