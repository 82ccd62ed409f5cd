// Frame: planes as decoded, BGR when asked for, parts of it, buffers.
#include <algorithm>
#include <filesystem>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/source.hpp"

#include "base/grey.hpp"
#include "media/fake_media.hpp"
#include "media/grey_canvas.hpp"
#include "media/picture.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;

// What is in the planes, without the gaps between rows.
std::string bytes_of(std::span<const Plane> planes) {
  std::string bytes;
  for (const Plane& plane : planes)
    for (int y = 0; y < plane.height; ++y)
      bytes.append(reinterpret_cast<const char*>(plane.data + y * plane.stride),
                   static_cast<std::size_t>(plane.width));
  return bytes;
}

ImageView part_of(ImageView whole, const Region& region) {
  return {whole.row(region.y) + 3 * region.x, region.width, region.height, 3, whole.stride};
}

// Videos of noise: no pixel can be told from its neighbours.
class FramesOfNoise : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_FFMPEG(); }

  // Lossless, three frames.
  fs::path make(const std::string& pixel_format, int width, int height,
                const std::string& codec = "ffv1") const {
    std::mt19937 random(5);
    std::string noise(static_cast<std::size_t>(3 * 3 * width * height), '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    write_text(folder_.path() / "noise", noise);
    const std::string size = std::to_string(width) + "x" + std::to_string(height);
    EXPECT_TRUE(run_ffmpeg(folder_.path(),
                           "-f rawvideo -pixel_format bgr24 -framerate 10 "
                           "-video_size " +
                               size + " -i noise -c:v " + codec + " -pix_fmt " + pixel_format +
                               " a.mkv"));
    return folder_.path() / "a.mkv";
  }

  TemporaryFolder folder_;
};

struct Layout {
  const char* pixel_format;
  const char* codec;
  PixelFormat format;
  std::size_t planes;
  bool parts;  // converts them by themselves

  friend std::ostream& operator<<(std::ostream& out, const Layout& self) {
    return out << self.pixel_format;
  }
};

class FrameLayouts : public FramesOfNoise, public testing::WithParamInterface<Layout> {};

TEST_P(FrameLayouts, ShowTheirPlanesUntilTheyAreConverted) {
  const Layout& layout = GetParam();
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{{64, 48}, {37, 22}}) {
    const fs::path file = make(layout.pixel_format, width, height, layout.codec);
    ASSERT_TRUE(run_ffmpeg(folder_.path(), std::string("-i a.mkv -vsync passthrough -frames:v 1 "
                                                       "-f rawvideo -pix_fmt ") +
                                               layout.pixel_format + " raw"));
    const auto source = open_video(file);
    Frame frame;
    ASSERT_TRUE(source->next(frame));
    EXPECT_EQ(frame.format(), layout.format);
    EXPECT_EQ(frame.planes().size(), layout.planes);
    EXPECT_EQ(frame.width(), width);
    EXPECT_EQ(frame.height(), height);
    if (layout.format != PixelFormat::other) {
      EXPECT_TRUE(bytes_of(frame.planes()) == read_text(folder_.path() / "raw"));
    }
    const Image whole(frame.bgr());
    EXPECT_EQ(frame.planes().size(), layout.planes) << "asking for BGR leaves the planes";
    frame.convert();
    EXPECT_EQ(frame.format(), PixelFormat::bgr24);
    ASSERT_EQ(frame.planes().size(), 1u);
    EXPECT_EQ(frame.planes()[0].data, frame.bgr().data);
    EXPECT_EQ(frame.planes()[0].width, 3 * width);
    EXPECT_TRUE(same_pixels(frame.bgr(), whole));
    EXPECT_EQ(frame.bytes(), whole.size_bytes()) << "only BGR is left";
  }
}

TEST_P(FrameLayouts, GiveTheSameBytesForAPartAsForTheWhole) {
  const Layout& layout = GetParam();
  std::mt19937 random(9);
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{
           {64, 48}, {98, 80}, {37, 22}, {17, 16}, {16, 17}, {2, 2}, {1, 1}, {641, 480}}) {
    const auto source = open_video(make(layout.pixel_format, width, height, layout.codec));
    Frame frame;
    ASSERT_TRUE(source->next(frame));
    const Image whole(frame.bgr());
    ASSERT_TRUE(source->next(frame)) << "another frame in between";
    const Image second(frame.bgr());
    EXPECT_FALSE(same_pixels(whole, second) && width > 2);

    const auto again = open_video(folder_.path() / "a.mkv");
    ASSERT_TRUE(again->next(frame));
    Frame untouched;
    untouched.assign(frame);
    std::vector<Region> regions{{0, 0, width, height},         {0, 0, 1, 1},
                                {width - 1, height - 1, 1, 1}, {0, height / 2, width, 1},
                                {width / 2, 0, 1, height},     {width / 2, height / 2, 0, 0}};
    for (int x = 0; x < std::min(width, 40); ++x)
      regions.push_back({x, x % height, width - x, height - x % height});
    for (int w = 1; w < std::min(width, 40); ++w)
      regions.push_back({width - w, 0, w, std::min(w, height)});
    for (int i = 0; i < 400; ++i) {
      Region region;
      region.x = static_cast<int>(random() % static_cast<unsigned>(width));
      region.y = static_cast<int>(random() % static_cast<unsigned>(height));
      region.width = 1 + static_cast<int>(random() % static_cast<unsigned>(width - region.x));
      region.height = 1 + static_cast<int>(random() % static_cast<unsigned>(height - region.y));
      regions.push_back(region);
    }
    Frame same;
    for (const Region& region : regions) {
      same.assign(untouched);  // nothing of it is converted
      EXPECT_TRUE(same_pixels(same.bgr(region), part_of(whole, region)));
      const ImageView part = frame.bgr(region);
      ASSERT_EQ(part.width, region.width);
      ASSERT_EQ(part.height, region.height);
      ASSERT_TRUE(same_pixels(part, part_of(whole, region)))
          << width << " x " << height << ": " << region.x << " " << region.y << " " << region.width
          << " " << region.height;
    }
    EXPECT_TRUE(same_pixels(frame.bgr(), whole));
    for (const Region& region : regions) {
      if (region.width > 0) {
        ASSERT_TRUE(same_pixels(frame.bgr(region), part_of(whole, region)));
      }
    }
  }
}

TEST_P(FrameLayouts, HaveTheSamePixelsOneByOne) {
  const Layout& layout = GetParam();
  std::mt19937 random(4);
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{64, 48}, {37, 22}, {16, 17}, {1, 1}, {641, 480}}) {
    const auto source = open_video(make(layout.pixel_format, width, height, layout.codec));
    Frame frame, same;
    ASSERT_TRUE(source->next(frame));
    same.assign(frame);
    const ImageView whole = same.bgr();
    for (std::size_t n = 1; n < 40; n += 3) {
      std::vector<int> x(n), y(40 - n);
      for (int& at : x) at = static_cast<int>(random() % static_cast<unsigned>(width));
      for (int& at : y) at = static_cast<int>(random() % static_cast<unsigned>(height));
      Image pixels, of_view;
      Picture(frame).pixels(x, y, pixels);
      Picture(whole).pixels(x, y, of_view);
      ASSERT_TRUE(same_pixels(pixels, of_view));
      for (std::size_t row = 0; row < y.size(); ++row)
        for (std::size_t column = 0; column < n; ++column)
          ASSERT_TRUE(
              same_pixels(part_of(pixels, {static_cast<int>(column), static_cast<int>(row), 1, 1}),
                          part_of(whole, {x[column], y[row], 1, 1})));
    }
  }
}

// Whatever part is looked at first, and then.
TEST_P(FrameLayouts, AreTheSameInGrey) {
  const Layout& layout = GetParam();
  std::mt19937 random(8);
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{64, 48}, {37, 22}, {16, 17}, {641, 480}}) {
    const auto source = open_video(make(layout.pixel_format, width, height, layout.codec));
    Frame frame, same;
    ASSERT_TRUE(source->next(frame));
    same.assign(frame);
    Image grey;
    to_grey(same.bgr(), grey);
    GreyCanvas canvas;
    for (int i = 0; i < 60; ++i) {
      same.assign(frame);
      const Picture picture(same);
      const GreyView view = canvas.begin(picture);
      ASSERT_EQ(view.width(), width);
      for (int k = 0; k < 4; ++k) {
        const auto any = [&](int size) {
          return static_cast<int>(random() % static_cast<unsigned>(size + 20)) - 10;
        };
        const Region region{any(width), any(height), any(width), any(height)};
        const ImageView seen = view.with(region), bgr = picture.with(region);
        for (int y = std::max(0, region.y); y < std::min(height, region.y + region.height); ++y)
          for (int x = std::max(0, region.x); x < std::min(width, region.x + region.width); ++x) {
            ASSERT_EQ(seen.row(y)[x], grey.row(y)[x]) << x << " " << y;
            ASSERT_EQ((3735 * bgr.row(y)[3 * x] + 19235 * bgr.row(y)[3 * x + 1] +
                       9798 * bgr.row(y)[3 * x + 2] + 16384) >>
                          15,
                      grey.row(y)[x]);
          }
      }
    }
  }
}

TEST_F(FramesOfNoise, MayBeForgotten) {
  const auto source = open_video(make("yuv420p", 640, 480));
  Frame frame, other;
  ASSERT_TRUE(source->next(frame));
  other.assign(frame);
  const Image expected(other.bgr());
  frame.bgr();
  frame.forget();
  EXPECT_EQ(frame.bytes(), 0u);
  EXPECT_EQ(frame.width(), 0);
  frame.assign(other);
  EXPECT_TRUE(same_pixels(frame.bgr(), expected));
}

TEST_P(FrameLayouts, ConvertNoMoreThanThePart) {
  const Layout& layout = GetParam();
  const auto source = open_video(make(layout.pixel_format, 640, 480, layout.codec));
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  const std::size_t before = frame.bytes();
  frame.bgr({101, 51, 100, 80});
  const std::size_t more = frame.bytes() - before;
  if (layout.parts)
    EXPECT_LT(more, 3u * 160 * 82);
  else
    EXPECT_EQ(more, 3u * 640 * 480);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, FrameLayouts,
    testing::Values(Layout{"yuv420p", "ffv1", PixelFormat::yuv420p, 3, true},
                    Layout{"yuvj420p", "mjpeg", PixelFormat::yuv420p, 3, true},
                    Layout{"yuv422p", "ffv1", PixelFormat::yuv422p, 3, true},
                    Layout{"yuvj422p", "mjpeg", PixelFormat::yuv422p, 3, true},
                    Layout{"yuv444p", "ffv1", PixelFormat::yuv444p, 3, false},
                    Layout{"nv12", "rawvideo", PixelFormat::nv12, 2, false},
                    Layout{"bgr24", "rawvideo -allow_raw_vfw 1", PixelFormat::bgr24, 1, false},
                    Layout{"gray", "ffv1", PixelFormat::other, 0, false},
                    Layout{"yuv420p10le", "ffv1", PixelFormat::other, 0, false}),
    [](const auto& test) { return std::string(test.param.pixel_format); });

// The display matrix of a.mp4 is replaced by one for each quarter turn.
TEST_F(FramesOfNoise, GiveTurnedParts) {
  make("yuv420p", 98, 80, "mpeg4");
  ASSERT_TRUE(run_ffmpeg(folder_.path(), "-i a.mkv -c copy a.mp4"));
  std::string bytes = read_text(folder_.path() / "a.mp4");
  const std::string zero(4, '\0'), one("\0\1\0\0", 4), minus("\xFF\xFF\0\0", 4);
  const std::size_t matrix = bytes.find("tkhd") + 44;
  bytes.replace(matrix, 20, zero + one + zero + minus + zero);  // 90 degrees
  write_text(folder_.path() / "a.mp4", bytes);
  const auto source = open_video(folder_.path() / "a.mp4"),
             again = open_video(folder_.path() / "a.mp4");
  Frame frame, part;
  ASSERT_TRUE(source->next(frame));
  ASSERT_TRUE(again->next(part));
  ASSERT_EQ(part.width(), 80);
  ASSERT_EQ(part.height(), 98);
  EXPECT_EQ(part.planes()[0].width, 98) << "planes are not turned";
  const Region region{11, 23, 45, 33};
  EXPECT_TRUE(same_pixels(part.bgr(region), part_of(frame.bgr(), region)));
}

TEST_F(FramesOfNoise, OutliveTheirSource) {
  auto source = open_video(make("yuv420p", 98, 80));
  const std::vector<FrameCopy> expected = read_all(*open_video(folder_.path() / "a.mkv"));
  std::vector<Frame> frames(3);
  for (Frame& frame : frames) ASSERT_TRUE(source->next(frame));
  source.reset();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].index, static_cast<std::int64_t>(i));
    EXPECT_TRUE(same_pixels(frames[i].bgr(), expected[i].image)) << i;
  }
}

TEST_F(FramesOfNoise, MayBeConvertedOnSeveralThreads) {
  const auto source = open_video(make("yuv420p", 98, 80));
  const std::vector<FrameCopy> expected = read_all(*open_video(folder_.path() / "a.mkv"));
  std::vector<Frame> frames(3);
  for (Frame& frame : frames) ASSERT_TRUE(source->next(frame));
  {
    std::vector<std::jthread> threads;
    for (Frame& frame : frames)
      threads.emplace_back([&frame] {
        frame.bgr({3, 5, 20, 30});
        frame.convert();
      });
  }
  for (std::size_t i = 0; i < frames.size(); ++i)
    EXPECT_TRUE(same_pixels(frames[i].bgr(), expected[i].image)) << i;
}

TEST_F(FramesOfNoise, CountTheTimeOfDecodingAndConversion) {
  const auto source = open_video(make("yuv420p", 640, 480));
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  ASSERT_TRUE(source->next(frame));
  const double decoded_ms = frame.decode_ms;
  EXPECT_GT(decoded_ms, 0);
  frame.bgr({0, 0, 320, 240});
  const double part_ms = frame.decode_ms;
  EXPECT_GT(part_ms, decoded_ms);
  frame.convert();
  EXPECT_GT(frame.decode_ms, part_ms);
  const double all_ms = frame.decode_ms;
  frame.convert();
  frame.bgr();
  EXPECT_EQ(frame.decode_ms, all_ms) << "once";
}

TEST_F(FramesOfNoise, AreEmptyWhenReleasedOrMovedAway) {
  const auto source = open_video(make("yuv420p", 64, 48));
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  frame.bgr();
  const Image whole(frame.bgr());
  const std::size_t bytes = frame.bytes();
  EXPECT_GE(bytes, whole.size_bytes() * 3 / 2) << "planes and BGR";
  Frame other = std::move(frame);
  for (Frame* empty : {&frame, &other}) {
    if (empty == &other) {
      EXPECT_EQ(other.bytes(), bytes);
      EXPECT_TRUE(same_pixels(other.bgr(), whole));
      other.release();
    }
    EXPECT_EQ(empty->bytes(), 0u);
    EXPECT_EQ(empty->width(), 0);
    EXPECT_TRUE(empty->planes().empty());
    EXPECT_TRUE(empty->bgr().empty());
    empty->convert();
    EXPECT_TRUE(empty->bgr().empty());
  }
  ASSERT_TRUE(source->next(frame)) << "and can be filled again";
  EXPECT_EQ(frame.index, 1);
  EXPECT_FALSE(same_pixels(frame.bgr(), whole));
}

TEST(Frame, HoldsAPictureThatItsSourceWrites) {
  Frame frame;
  frame.decode_ms = 3;
  const Image picture = gradient(30, 20);
  frame.write_bgr(30, 20) = picture;
  EXPECT_EQ(frame.decode_ms, 0);
  EXPECT_EQ(frame.format(), PixelFormat::bgr24);
  EXPECT_EQ(bytes_of(frame.planes()),
            std::string(reinterpret_cast<const char*>(picture.data()), picture.size_bytes()));
  const Region region{7, 3, 11, 13};
  EXPECT_TRUE(same_pixels(frame.bgr(region), part_of(picture, region)));
  frame.convert();
  EXPECT_TRUE(same_pixels(frame.bgr(), picture));
  Image& again = frame.write_bgr();
  again.resize(5, 4, 3);
  EXPECT_EQ(frame.width(), 5);
  EXPECT_EQ(frame.planes()[0].height, 4);
}

TEST(Frame, KeepsItsBufferUnlessItIsMuchTooLarge) {
  Frame frame;
  const std::uint8_t* buffer = frame.write_bgr(1000, 800).data();
  EXPECT_EQ(frame.write_bgr(600, 500).data(), buffer);
  EXPECT_EQ(frame.bytes(), 3u * 1000 * 800);
  frame.write_bgr(100, 80);
  EXPECT_EQ(frame.bytes(), 3u * 100 * 80);
}

}  // namespace
}  // namespace auriga::test
