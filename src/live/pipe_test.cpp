#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

#include "media/fake_media.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

// What a thread writes into a pipe, piece by piece.
class Writer {
 public:
  Writer(std::string bytes, std::size_t piece, milliseconds pause = milliseconds(0)) {
    int ends[2];
    if (pipe(ends) != 0) throw std::bad_alloc();
    reading = ends[0];
    thread_ = std::thread([this, bytes = std::move(bytes), piece, pause, to = ends[1]] {
      for (std::size_t at = 0; at < bytes.size() && !ended_; at += piece) {
        const std::size_t count = std::min(piece, bytes.size() - at);
        if (write(to, bytes.data() + at, count) < 0) break;
        if (pause.count() > 0) std::this_thread::sleep_for(pause);
      }
      close(to);
    });
  }
  ~Writer() {
    ended_ = true;
    close(reading);
    thread_.join();
  }
  int reading = -1;

 private:
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

struct Read {
  std::vector<Image> pictures;
  std::vector<double> times;
  std::int64_t lost = 0;
  std::vector<std::string> warnings;
  LiveInfo info;
};
Read read_all(LiveSource& source) {
  Read all;
  LiveFrame frame;
  while (true) {
    const LiveSource::Got got = source.next(frame, milliseconds(200));
    if (got == LiveSource::Got::end) break;
    if (got != LiveSource::Got::frame) continue;
    all.pictures.emplace_back(frame.picture.bgr());
    all.times.push_back(frame.captured_s);
  }
  all.lost = frame.lost;
  all.warnings = source.warnings();
  all.info = source.info();
  return all;
}
Read read_pipe(const std::string& bytes, const PipeOptions& options, std::size_t piece = 1000) {
  Writer writer(bytes, piece);
  return read_all(*open_pipe(writer.reading, options, nullptr));
}

std::string raw_pictures(int count, int width, int height) {
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes += std::string(static_cast<std::size_t>(width * height * 3), static_cast<char>(i + 1));
  return bytes;
}

TEST(Pipe, GivesRawPicturesHoweverTheirBytesCome) {
  const PipeOptions options{.raw = "bgr24", .width = 20, .height = 10, .fps = 25};
  for (const std::size_t piece : {7u, 600u, 5000u}) {
    const Read all = read_pipe(raw_pictures(9, 20, 10), options, piece);
    ASSERT_EQ(all.pictures.size(), 9u) << piece;
    EXPECT_EQ(all.pictures[8].row(9)[59], 9);
    EXPECT_NEAR(all.times[8], 8 / 25.0, 1e-9);
    EXPECT_TRUE(all.warnings.empty());
    EXPECT_FALSE(all.info.newest_wins);
  }
}

TEST(Pipe, SaysThatItEndedWithinAPicture) {
  const Read all =
      read_pipe(raw_pictures(2, 20, 10) + "abc", {.raw = "bgr24", .width = 20, .height = 10});
  EXPECT_EQ(all.pictures.size(), 2u);
  ASSERT_EQ(all.warnings.size(), 1u);
  EXPECT_THAT(all.warnings[0], HasSubstr("3 of 600 bytes"));
}

TEST(Pipe, TakesTheTimesOfArrivalWhereNoneAreKnown) {
  Writer writer(raw_pictures(4, 20, 10), 600, milliseconds(60));
  const Read all =
      read_all(*open_pipe(writer.reading, {.raw = "bgr24", .width = 20, .height = 10}, nullptr));
  ASSERT_EQ(all.times.size(), 4u);
  EXPECT_EQ(all.times[0], 0);
  EXPECT_GT(all.times[3], 0.15);
}

TEST(Pipe, RefusesRawOptionsThatCannotBe) {
  for (const PipeOptions& bad :
       {PipeOptions{.raw = "bgr24"}, PipeOptions{.raw = "h264", .width = 2, .height = 2},
        PipeOptions{.raw = "gray", .width = 1 << 20, .height = 1 << 20}}) {
    try {
      open_pipe(STDIN_FILENO, bad, nullptr);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), HasSubstr("--raw"));
    }
  }
}

TEST(Pipe, GivesJpegPicturesOfAnySizeAndLeavesDamagedOnesOut) {
  const std::string small = test::encode_jpeg(test::gradient(64, 48)),
                    large = test::encode_jpeg(test::gradient(128, 96));
  std::string broken = small;
  broken.erase(broken.size() / 2);
  const Read all =
      read_pipe("--boundary\r\n\r\n" + small + "\r\n--boundary\r\n\r\n" + large + broken + small,
                {.fps = 10});
  ASSERT_EQ(all.pictures.size(), 3u);
  EXPECT_EQ(all.pictures[0].width(), 64);
  EXPECT_EQ(all.pictures[1].width(), 128);
  EXPECT_EQ(all.pictures[2].width(), 64);
  EXPECT_TRUE(test::same_pixels(all.pictures[0], all.pictures[2]));
  EXPECT_NEAR(all.times[2], 0.2, 1e-9);
  ASSERT_EQ(all.warnings.size(), 1u);
  EXPECT_THAT(all.warnings[0], HasSubstr("1 JPEG pictures were damaged"));
}

TEST(Pipe, GivesTheFramesOfAContainerAsTheFileHasThem) {
  AURIGA_NEEDS_FFMPEG();
  const test::TemporaryFolder folder;
  for (const char* name : {"a.mkv", "a.ts", "a.nut", "a.avi"}) {
    ASSERT_TRUE(test::run_ffmpeg(
        folder.path(),
        std::string("-v error -f lavfi -i testsrc=size=320x240:rate=25:duration=1 -c:v mpeg4 "
                    "-q:v 2 ") +
            name));
    const std::filesystem::path file = folder.path() / name;
    const Read all = read_pipe(test::read_text(file), {}, 4096);
    const auto source = open_source(file);
    const std::vector<test::FrameCopy> expected = test::read_all(*source);
    ASSERT_EQ(all.pictures.size(), expected.size()) << name;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(test::same_pixels(all.pictures[i], expected[i].image)) << name << " " << i;
      EXPECT_NEAR(all.times[i], expected[i].timestamp_s - expected[0].timestamp_s, 2e-3) << name;
    }
  }
}

TEST(Pipe, SquaresPixelsAsOfAFile) {
  AURIGA_NEEDS_FFMPEG();
  const test::TemporaryFolder folder;
  ASSERT_TRUE(test::run_ffmpeg(folder.path(),
                               "-v error -f lavfi -i testsrc=size=360x288:rate=25:duration=0.2 "
                               "-vf setsar=16/11 -c:v mpeg4 a.mkv"));
  const Read all = read_pipe(test::read_text(folder.path() / "a.mkv"), {});
  ASSERT_FALSE(all.pictures.empty());
  EXPECT_EQ(all.pictures[0].width(), open_source(folder.path() / "a.mkv")->info().width);
}

TEST(Pipe, SaysWhatIsNone) {
  for (const std::string bytes : {"", "this is a text and no video at all, however long it is"}) {
    try {
      read_pipe(bytes, {});
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr("standard input: expected raw pictures"));
    }
  }
}

// Whoever wants an end gets it, whatever the writer does: nothing, half a picture, half a header.
TEST(Pipe, EndsWhereNothingComes) {
  const std::string jpeg = test::encode_jpeg(test::gradient(64, 48));
  for (const std::string& begin : {std::string(), std::string("\x1a\x45\xdf\xa3 no more of it ..."),
                                   jpeg.substr(0, jpeg.size() / 2)}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    ASSERT_EQ(write(ends[1], begin.data(), begin.size()), static_cast<ssize_t>(begin.size()));
    std::atomic<bool> stop = false;
    std::thread other([&] {
      std::this_thread::sleep_for(milliseconds(300));
      stop = true;
    });
    const auto start = steady_clock::now();
    try {
      const auto source = open_pipe(ends[0], {}, [&] { return stop.load(); });
      LiveFrame frame;
      while (source->next(frame, milliseconds(100)) != LiveSource::Got::end) {
      }
    } catch (const Error&) {  // nothing that could be opened
    }
    other.join();
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(3)) << begin.size();
    close(ends[0]);
    close(ends[1]);
  }
}

TEST(LiveFile, GivesEveryFrameOrPlaysAtItsOwnSpeed) {
  AURIGA_NEEDS_FFMPEG();
  const test::TemporaryFolder folder;
  ASSERT_TRUE(test::run_ffmpeg(folder.path(),
                               "-v error -f lavfi -i testsrc=size=64x48:rate=25:duration=0.6 "
                               "-c:v mpeg4 a.avi"));
  const auto seconds = [&](bool realtime) {
    const auto begin = steady_clock::now();
    const Read all = read_all(*open_live_file(folder.path() / "a.avi", realtime));
    EXPECT_EQ(all.pictures.size(), 15u);
    EXPECT_NEAR(all.times.back(), 14 / 25.0, 1e-6);
    EXPECT_EQ(all.info.newest_wins, realtime);
    return std::chrono::duration<double>(steady_clock::now() - begin).count();
  };
  EXPECT_LT(seconds(false), 0.5);
  EXPECT_GT(seconds(true), 0.5);
}

TEST(NetworkCamera, IsWhatIsNamedAsOne) {
  EXPECT_TRUE(is_network_address("rtsp://127.0.0.1/x"));
  EXPECT_TRUE(is_network_address("https://127.0.0.1/x"));
  for (const char* none : {"file:///etc/passwd", "face.mp4", "concat:a|b", "http:x", "-"}) {
    EXPECT_FALSE(is_network_address(none));
    EXPECT_THROW(open_network_camera(none, nullptr), Error);
  }
}

}  // namespace
}  // namespace auriga
