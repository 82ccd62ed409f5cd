// How stored frames are shown: square pixels, range, turns, interlaced video, equal rates.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "media/bgr_converter.hpp"
#include "media/fake_media.hpp"
#include "media/image_file.hpp"
#include "media/native_frame.hpp"
#include "media/orientation.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPattern = "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 ";

class Geometry : public testing::Test {
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
  // All frames in BGR as the command ffmpeg makes them of a file with a filter.
  std::string ffmpeg_bgr(const std::string& name, const std::string& filter,
                         const std::string& flags = "bicubic") const {
    return read_text(make("raw", "-i " + name + " -vsync passthrough -vf " + filter +
                                     (filter.empty() ? "" : ",") +
                                     "format=bgr24 -f rawvideo -sws_flags " + flags));
  }

  TemporaryFolder folder_;
};

struct Reading {
  std::vector<FrameCopy> frames;
  SourceInfo info;
  SourceStatus status;

  ImageView first() const { return frames.front().image; }
  std::string bytes() const {
    std::string all;
    for (const FrameCopy& frame : frames)
      all.append(reinterpret_cast<const char*>(frame.image.data()), frame.image.size_bytes());
    return all;
  }
};

Reading read(const fs::path& file, const SourceOptions& options = {}) {
  const std::unique_ptr<Source> source = open_source(file, options);
  Reading reading{read_all(*source), source->info(), source->status()};
  EXPECT_FALSE(reading.frames.empty());
  EXPECT_FALSE(reading.status.partial) << reading.status.message;
  EXPECT_EQ(reading.info.width, reading.first().width);
  EXPECT_EQ(reading.info.height, reading.first().height);
  return reading;
}

std::string refusal(const fs::path& file, const SourceOptions& options) {
  try {
    open_source(file, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  ADD_FAILURE() << "was opened";
  return {};
}

double mean_difference(const std::string& a, const std::string& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    sum += std::abs(static_cast<unsigned char>(a[i]) - static_cast<unsigned char>(b[i]));
  return sum / static_cast<double>(std::max<std::size_t>(1, a.size()));
}

// Where the aspect stands: in the codec, the container, both.
TEST_F(Geometry, PixelsBecomeSquare) {
  struct Shape {
    std::string sar;
    int width, height;
  };
  const std::vector<Shape> both{{"16/15", 68, 48}, {"1/2", 64, 96}};
  struct Kind {
    std::string name, arguments;
    std::vector<Shape> shapes;
  };
  for (const Kind& kind : std::vector<Kind>{{"a.mp4",
                                             "-c:v libx264 -pix_fmt yuv420p",
                                             {{"16/15", 68, 48},
                                              {"4/3", 85, 48},
                                              {"12/11", 70, 48},
                                              {"8/9", 64, 54},
                                              {"1/2", 64, 96},
                                              {"2", 128, 48}}},
                                            {"a.mov", "-c:v mjpeg -pix_fmt yuvj422p", both},
                                            {"a.mkv", "-c:v mpeg4", both},
                                            {"a.avi", "-c:v ffv1 -pix_fmt yuv420p", both},
                                            {"a.h264", "-c:v libx264 -pix_fmt yuv420p", both},
                                            {"a.mkv", "-c:v ffv1 -pix_fmt yuv422p10le", both}}) {
    for (const auto& [sar, width, height] : kind.shapes) {
      const fs::path file = make(kind.name, kPattern + "-vf setsar=" + sar + " " + kind.arguments);
      const Reading square = read(file);
      EXPECT_EQ(square.info.width, width) << kind.name << " " << sar;
      EXPECT_EQ(square.info.height, height) << kind.name << " " << sar;
      const std::string size = std::to_string(width) + ":" + std::to_string(height);
      EXPECT_LT(mean_difference(square.bytes(),
                                ffmpeg_bgr(kind.name, "scale=" + size + ":flags=bicubic")),
                1)
          << kind.name << kind.arguments << " " << sar;
      EXPECT_DOUBLE_EQ(square.status.facts.scale_x, width / 64.0);
      EXPECT_DOUBLE_EQ(square.status.facts.scale_y, height / 48.0);
      EXPECT_THAT(square.status.warnings,
                  ElementsAre(HasSubstr("enlarged to " + std::to_string(width) + " x " +
                                        std::to_string(height))));

      const Reading stored = read(file, {.square_pixels = false});
      EXPECT_TRUE(stored.bytes() == ffmpeg_bgr(kind.name, "")) << kind.name << " " << sar;
      EXPECT_EQ(stored.status.facts.scale_x, 1);
      EXPECT_NEAR(stored.status.facts.pixel_aspect, square.status.facts.pixel_aspect, 0);
      EXPECT_THAT(stored.status.warnings, ElementsAre(HasSubstr("shown as stored (64 x 48 px)")));
    }
  }
}

TEST_F(Geometry, NearlySquarePixelsStay) {
  const fs::path plain = make("plain.mp4", kPattern + "-c:v libx264 -pix_fmt yuv420p");
  for (const char* sar : {"1280/1281", "200/199", "0", "1"}) {
    const Reading reading =
        read(make("a.mp4", kPattern + "-vf setsar=" + sar + " -c:v libx264 -pix_fmt yuv420p"));
    EXPECT_TRUE(reading.bytes() == read(plain).bytes()) << sar;
    EXPECT_EQ(reading.status.facts.scale_x, 1);
    EXPECT_THAT(reading.status.warnings, IsEmpty());
  }
}

TEST_F(Geometry, AbsurdAspectsAreIgnored) {
  for (const char* sar : {"1/1000", "1000", "6"}) {
    const Reading reading =
        read(make("a.mkv", kPattern + "-vf setsar=" + sar + " -c:v ffv1 -pix_fmt yuv420p"));
    EXPECT_EQ(reading.info.width, 64);
    EXPECT_EQ(reading.info.height, 48);
    EXPECT_EQ(reading.status.facts.pixel_aspect, 0);
    EXPECT_THAT(reading.status.warnings, ElementsAre(HasSubstr("is ignored"))) << sar;
  }
}

TEST_F(Geometry, FollowsAChangeOfTheAspect) {
  const auto clip = [&](const std::string& dar) {
    return read_text(make("part.mpg",
                          "-f lavfi -i testsrc2=size=64x48:rate=25:duration=0.4 "
                          "-aspect " +
                              dar + " -c:v mpeg2video -f mpeg2video"));
  };
  const Reading reading = read(write("both.m2v", clip("4:3") + clip("16:9")));
  ASSERT_GT(reading.frames.size(), 12u);
  int before = 64;
  for (const FrameCopy& frame : reading.frames) {
    EXPECT_TRUE(frame.image.width() == before || frame.image.width() == 85);
    before = frame.image.width();
  }
  EXPECT_EQ(before, 85);
  EXPECT_THAT(reading.status.warnings, ElementsAre(HasSubstr("changes in the middle")));
}

TEST_F(Geometry, ScaledFramesAreOnePicture) {
  for (const SourceOptions& options : {SourceOptions{}, SourceOptions{.rotate = 90}}) {
    const auto source =
        open_source(make("a.mkv", kPattern + "-vf setsar=4/3 -c:v ffv1 -pix_fmt yuv420p"), options);
    Frame frame, whole;
    ASSERT_TRUE(source->next(frame));
    EXPECT_EQ(frame.planes()[0].width, 64) << "planes are as stored";
    EXPECT_EQ(frame.width(), options.rotate == 0 ? 85 : 48);
    EXPECT_EQ(frame.height(), options.rotate == 0 ? 48 : 85);
    whole.assign(frame);
    const Region region{11, 13, 20, 30};
    const Image part(frame.bgr(region));
    const ImageView all = whole.bgr();
    EXPECT_EQ(all.width, frame.width());
    EXPECT_TRUE(same_pixels(part, {all.row(13) + 33, 20, 30, 3, all.stride}));
    frame.convert();
    EXPECT_TRUE(same_pixels(frame.bgr(), all));
  }
}

// A frame of noise in planes, full range.
AvFrame noise(AVPixelFormat format, AVColorRange range, int width, int height) {
  AvFrame frame = make_av_frame();
  frame->format = format;
  frame->width = width, frame->height = height;
  frame->color_range = range;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  std::mt19937 random(11);
  for (int plane = 0; plane < 3 && frame->data[plane] != nullptr; ++plane) {
    const auto size =
        static_cast<std::size_t>(frame->linesize[plane]) * static_cast<std::size_t>(height);
    if (frame->buf[0] == nullptr || plane > 0) break;
    for (std::size_t i = 0; i < frame->buf[0]->size; ++i)
      frame->buf[0]->data[i] = static_cast<std::uint8_t>(random());
    EXPECT_GE(frame->buf[0]->size, size);
  }
  return frame;
}

Image bgr_of(const AVFrame& frame) {
  BgrConverter converter;
  Image image;
  EXPECT_TRUE(converter.convert(frame, ShownAs{frame.width, frame.height, {}}, image));
  return image;
}

TEST(Range, IsHonouredAsInFormatsThatNameIt) {
  for (const auto& [plain, full] : std::vector<std::pair<AVPixelFormat, AVPixelFormat>>{
           {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P},
           {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P},
           {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P},
           {AV_PIX_FMT_YUV440P, AV_PIX_FMT_YUVJ440P},
           {AV_PIX_FMT_YUV411P, AV_PIX_FMT_YUVJ411P}}) {
    for (const auto& [width, height] :
         std::vector<std::pair<int, int>>{{64, 48}, {37, 22}, {33, 17}}) {
      const Image expected = bgr_of(*noise(full, AVCOL_RANGE_UNSPECIFIED, width, height));
      EXPECT_TRUE(same_pixels(bgr_of(*noise(plain, AVCOL_RANGE_JPEG, width, height)), expected))
          << av_get_pix_fmt_name(plain);
      EXPECT_TRUE(same_pixels(bgr_of(*noise(full, AVCOL_RANGE_MPEG, width, height)), expected))
          << "the name of the format decides";
      const Image limited = bgr_of(*noise(plain, AVCOL_RANGE_UNSPECIFIED, width, height));
      EXPECT_FALSE(same_pixels(limited, expected));
      EXPECT_TRUE(same_pixels(bgr_of(*noise(plain, AVCOL_RANGE_MPEG, width, height)), limited));
    }
  }
}

TEST(Range, IsThatOfEachFrame) {
  BgrConverter converter;
  const AvFrame full = noise(AV_PIX_FMT_YUV420P, AVCOL_RANGE_JPEG, 64, 48),
                limited = noise(AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, 64, 48);
  Image image;
  for (int i = 0; i < 3; ++i)
    for (const AVFrame* frame : {full.get(), limited.get()}) {
      ASSERT_TRUE(converter.convert(*frame, ShownAs{64, 48, {}}, image));
      EXPECT_TRUE(same_pixels(image, bgr_of(*frame)));
      const Region region{11, 5, 30, 31};
      Image room;
      const ImageView part = converter.convert(*frame, region, room);
      EXPECT_TRUE(same_pixels(part, {image.row(5) + 33, 30, 31, 3, image.stride()}));
    }
}

// The grey of a frame of one colour stays at every size and scale, up to the last column and row.
TEST(Scaling, TakesFramesOfAnySize) {
  for (const AVPixelFormat format :
       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_NV12}) {
    for (const auto& [width, height] :
         std::vector<std::pair<int, int>>{{1, 1}, {2, 2}, {3, 5}, {17, 16}, {33, 17}, {101, 50}}) {
      for (const auto& [wider, higher] :
           std::vector<std::pair<int, int>>{{5 * width, height}, {width, 3 * height}}) {
        const AvFrame frame = noise(format, AVCOL_RANGE_JPEG, width, height);
        std::fill_n(frame->buf[0]->data, frame->buf[0]->size, std::uint8_t{128});
        BgrConverter converter;
        Image image;
        ASSERT_TRUE(converter.convert(*frame, ShownAs{wider, higher, {}}, image))
            << av_get_pix_fmt_name(format) << " " << width << " x " << height;
        ASSERT_EQ(image.width(), wider);
        ASSERT_EQ(image.height(), higher);
        for (std::size_t i = 0; i < image.size_bytes(); ++i)
          ASSERT_NEAR(image.data()[i], 128, 1) << width << " x " << height << " at " << i;
      }
    }
  }
}

// Every value of Y from black to white, without colour: as full range it is grey of that value.
TEST_F(Geometry, FullRangeIsNotClipped) {
  std::string ramp;
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 256; ++x) ramp += static_cast<char>(x);
  write("ramp", ramp + std::string(std::size_t{2} * 128 * 24, '\x80'));
  struct Kind {
    std::string name, arguments;
    int tolerance;  // libswscale rounds 10 bits twice
  };
  for (const Kind& kind : std::vector<Kind>{
           {"ffv1.mkv", "-c:v ffv1 -pix_fmt yuv420p", 1},
           {"ffv1_422.mkv", "-c:v ffv1 -pix_fmt yuv422p", 1},
           {"ffv1_10.mkv", "-c:v ffv1 -pix_fmt yuv420p10le", 2},
           {"ffv1_444_12.mkv", "-c:v ffv1 -pix_fmt yuv444p12le", 1},
           {"vp9.webm", "-c:v libvpx-vp9 -lossless 1 -pix_fmt yuv420p", 1},
           {"h264.mp4", "-c:v libx264 -qp 0 -pix_fmt yuv420p", 1},
           {"h264_10.mp4", "-c:v libx264 -qp 0 -pix_fmt yuv420p10le", 2},
           {"hevc_10.mp4",
            "-c:v libx265 -x265-params lossless=1:log-level=none -pix_fmt yuv420p10le", 2},
           {"mjpeg.avi", "-c:v mjpeg -q:v 1 -pix_fmt yuvj420p", 3}}) {
    for (const char* range : {"pc", "tv"}) {
      if (kind.name == "mjpeg.avi" && range[0] == 't') continue;
      const fs::path file = make(
          kind.name, std::string("-f rawvideo -pixel_format yuv420p -video_size 256x48 "
                                 "-color_range ") +
                         range + " -i ramp -vf scale=in_range=" + range + ":out_range=" + range +
                         " -color_range " + range + " -colorspace bt709 " + kind.arguments);
      const Reading reading = read(file);
      int largest = 0;
      for (int x = 0; x < 256; ++x) {
        const int expected =
            range[0] == 'p' ? x
                            : std::clamp(static_cast<int>((x - 16) * 255 / 219.0 + 0.5), 0, 255);
        for (int c = 0; c < 3; ++c)
          largest = std::max(largest, std::abs(reading.first().row(20)[3 * x + c] - expected));
      }
      EXPECT_LE(largest, kind.tolerance) << kind.name << " " << range;
      EXPECT_EQ(reading.status.facts.colour_range, range[0] == 'p' ? "full" : "limited")
          << kind.name;
      EXPECT_THAT(reading.status.warnings, IsEmpty());
    }
  }
}

TEST_F(Geometry, OtherColoursAreSaid) {
  struct Kind {
    std::string marks;
    std::string warning;  // empty: none
  };
  for (const Kind& kind : std::vector<Kind>{
           {"-color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc", "HDR (PQ"},
           {"-color_trc arib-std-b67", "HDR (HLG"},
           {"-color_trc bt709 -color_primaries bt709 -colorspace bt2020nc", "matrix bt2020nc"},
           {"-color_primaries smpte432", "primaries smpte432"},
           {"-colorspace ycgco", "matrix ycgco"},
           {"-color_trc bt709 -color_primaries bt709 -colorspace bt709", ""},
           {"-color_trc smpte170m -color_primaries smpte170m -colorspace smpte170m", ""},
           {"", ""}}) {
    const fs::path file = make("a.mkv", kPattern + "-pix_fmt yuv420p -c:v ffv1 " + kind.marks);
    const Reading reading = read(file);
    EXPECT_EQ(reading.status.warnings.size(), kind.warning.empty() ? 0u : 1u) << kind.marks;
    for (const std::string& warning : reading.status.warnings)
      EXPECT_THAT(warning, HasSubstr(kind.warning));
    EXPECT_TRUE(reading.bytes() ==
                read(make("plain.mkv", kPattern + "-pix_fmt yuv420p -c:v ffv1")).bytes())
        << "BT.601 whatever is marked: " << kind.marks;
  }
  const SourceFacts facts =
      read(make("a.mp4", kPattern + "-pix_fmt yuv420p10le -c:v libx264 -color_trc smpte2084 "
                                    "-color_primaries bt2020 -colorspace bt2020nc"))
          .status.facts;
  EXPECT_EQ(facts.colour_transfer, "smpte2084");
  EXPECT_EQ(facts.colour_primaries, "bt2020");
  EXPECT_EQ(facts.colour_matrix, "bt2020nc");
}

const std::string kInterlaced =
    "-f lavfi -i testsrc2=size=64x48:rate=50:duration=1 -vf tinterlace=interleave_top ";

TEST_F(Geometry, InterlacedVideoIsSaid) {
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"a.mpg", "-c:v mpeg2video -flags +ildct+ilme"},
           {"b_frames.ts", "-c:v mpeg2video -flags +ildct+ilme -bf 2"},
           {"a.mp4", "-c:v libx264 -pix_fmt yuv420p -flags +ildct+ilme"},
           {"a.avi", "-c:v ffv1 -pix_fmt yuv420p -top 1"}}) {
    const Reading reading = read(make(name, kInterlaced + arguments));
    if (name == "a.avi" && reading.status.facts.interlaced_frames == 0) continue;
    EXPECT_EQ(reading.status.facts.interlaced_frames, 25) << name;
    EXPECT_THAT(reading.status.warnings, ElementsAre(HasSubstr("interlaced (25 of 25 frames")))
        << name;
  }
  const Reading progressive = read(make("p.mp4", kPattern + "-c:v libx264 -pix_fmt yuv420p"));
  EXPECT_EQ(progressive.status.facts.interlaced_frames, 0);
  EXPECT_THAT(progressive.status.warnings, IsEmpty());
}

TEST_F(Geometry, DeinterlacedFramesKeepTheirTimes) {
  const std::string filter = "bwdif=mode=send_frame:parity=auto:deint=all";
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"a.mpg", "-c:v mpeg2video -flags +ildct+ilme"},
           {"b_frames.mkv", "-c:v mpeg2video -flags +ildct+ilme -bf 2"},
           {"a.mp4", "-c:v libx264 -pix_fmt yuv420p -flags +ildct+ilme"},
           {"rgb.mkv", "-c:v ffv1 -pix_fmt bgr0"},
           {"one.mp4", "-c:v libx264 -pix_fmt yuv420p -frames:v 1"},
           {"variable.mkv", "-c:v mpeg4 -ss 0.1 -flags +ildct+ilme"}}) {
    const fs::path file = make(name, kInterlaced + arguments);
    const Reading woven = read(file), whole = read(file, {.deinterlace = true});
    ASSERT_EQ(whole.frames.size(), woven.frames.size()) << name;
    for (std::size_t i = 0; i < whole.frames.size(); ++i)
      EXPECT_EQ(whole.frames[i].timestamp_s, woven.frames[i].timestamp_s) << name << " " << i;
    if (whole.frames.size() > 1) {
      EXPECT_FALSE(whole.bytes() == woven.bytes()) << name;
    }
    EXPECT_TRUE(whole.bytes() == ffmpeg_bgr(name, filter)) << name;
    EXPECT_TRUE(whole.status.facts.deinterlaced);
    EXPECT_EQ(whole.status.facts.interlaced_frames, woven.status.facts.interlaced_frames);
    EXPECT_THAT(whole.status.warnings, IsEmpty());
  }
}

TEST_F(Geometry, DeinterlacingFollowsAChangeOfSize) {
  const auto clip = [&](const std::string& size) {
    return make(size + ".h264", "-f lavfi -i testsrc2=rate=25:duration=0.4:size=" + size +
                                    " -c:v libx264 -pix_fmt yuv420p");
  };
  std::string joined, expected;
  for (const char* size : {"64x48", "98x80", "64x48", "2x2"}) {
    const fs::path part = clip(size);
    joined += read_text(part);
    expected += read(part, {.deinterlace = true}).bytes();
  }
  const Reading both = read(write("both.h264", joined), {.deinterlace = true});
  EXPECT_EQ(both.frames.size(), 40u);
  EXPECT_TRUE(both.bytes() == expected);
}

TEST_F(Geometry, TurnsOnTopOfTheContainer) {
  const fs::path stored = make("a.mp4",
                               "-f lavfi -i testsrc2=size=100x60:rate=25:duration=0.2 "
                               "-vf setsar=5/4 -c:v mpeg4");
  make("turned.mp4", "-i a.mp4 -c copy -metadata:s:v rotate=90");
  for (const bool square : {false, true}) {
    const Reading upright = read(stored, {.square_pixels = square});
    for (const char* name : {"a.mp4", "turned.mp4"}) {
      const int by_container = read(folder_.path() / name).status.facts.container_turn_deg;
      EXPECT_EQ(by_container != 0, std::string(name) == "turned.mp4");
      for (const int rotate : {0, 90, 180, 270}) {
        const Reading reading =
            read(folder_.path() / name, {.square_pixels = square, .rotate = rotate});
        Image expected;
        orient(upright.first(), orientation_of_turn((by_container + rotate) % 360), expected);
        EXPECT_TRUE(same_pixels(reading.first(), expected)) << name << " " << rotate;
        EXPECT_EQ(reading.status.facts.rotate_deg, rotate);
        EXPECT_FALSE(reading.status.facts.mirrored);
      }
    }
  }
}

TEST(TurnedPictures, ComposeWithExif) {
  const TemporaryFolder folder;
  const Image pixels = gradient(20, 10);
  std::vector<std::uint8_t> rows;
  for (int y = 0; y < 10; ++y) rows.insert(rows.end(), pixels.row(y), pixels.row(y) + 60);
  for (const int tag : {1, 3, 5, 6, 8}) {
    write_text(folder.path() / "a.jpg", encode_jpeg(pixels, {.exif = exif_block(tag)}));
    std::string png = encode_png(20, 10, rows, {.exif = exif_block(tag)});
    write_text(folder.path() / "b.png", png);
    // The note behind the pixels, where only the end tells of it.
    const std::size_t note = png.find("eXIf") - 4, size = 12 + exif_block(tag).size();
    const std::string chunk = png.substr(note, size);
    png.erase(note, size);
    png.insert(png.find("IEND") - 4, chunk);
    write_text(folder.path() / "c.png", png);
    for (const char* name : {"a.jpg", "b.png", "c.png"}) {
      const Image upright = read_image(folder.path() / name);
      EXPECT_EQ(upright.width(), tag >= 5 ? 10 : 20) << name;
      for (const int rotate : {0, 90, 180, 270}) {
        Image expected;
        orient(upright, orientation_of_turn(rotate), expected);
        const Reading reading = read(folder.path() / name, {.rotate = rotate});
        EXPECT_TRUE(same_pixels(reading.first(), expected)) << name << " " << tag << " " << rotate;
        EXPECT_EQ(reading.status.facts.rotate_deg, rotate);
      }
    }
    const Reading folder_reading = read(folder.path(), {.rotate = 90});
    ASSERT_EQ(folder_reading.frames.size(), 3u);
    EXPECT_EQ(folder_reading.info.width, tag >= 5 ? 20 : 10);
    EXPECT_EQ(folder_reading.frames[2].image.width(), tag >= 5 ? 20 : 10);
    EXPECT_EQ(folder_reading.status.facts.rotate_deg, 90);
  }
}

TEST_F(Geometry, RefusesWhatIsOutOfRange) {
  const fs::path file = make("a.avi", kPattern + "-c:v mpeg4");
  EXPECT_THAT(refusal(file, {.rotate = 45}), HasSubstr("--rotate expects 0, 90, 180 or 270"));
  EXPECT_THAT(refusal(file, {.rotate = -90}), HasSubstr("--rotate"));
  EXPECT_THAT(refusal(file, {.fps = -1}), HasSubstr("--fps expects"));
  EXPECT_THAT(refusal(file, {.fps = 2000}), HasSubstr("--fps expects"));
  write("a.jpg", encode_jpeg(gradient(20, 10)));
  EXPECT_THAT(refusal(folder_.path() / "a.jpg", {.fps = 25}), HasSubstr("expects a video"));
  EXPECT_THAT(refusal(folder_.path(), {.fps = 25}), HasSubstr("found pictures"));
}

// Frame for frame what ffmpeg's own filter picks.
TEST_F(Geometry, ResamplesAsFfmpegDoes) {
  struct Kind {
    std::string rate;
    bool variable;
    std::vector<const char*> fps;
  };
  for (const auto& [rate, variable, list] : std::vector<Kind>{{"25", false, {"30", "7", "60", "1"}},
                                                              {"50", false, {"25"}},
                                                              {"30000/1001", false, {"25", "30"}},
                                                              {"25", true, {"25", "29.97"}}}) {
    const fs::path file = make(
        "a.mp4", "-f lavfi -i testsrc2=size=64x48:duration=3:rate=" + rate +
                     (variable ? " -vf \"select='not(mod(n,5))+not(mod(n,7))'\" -vsync vfr" : "") +
                     " -c:v mpeg4 -bf 2");
    for (const char* fps : list) {
      const double number = std::atof(fps);
      const Reading reading = read(file, {.fps = number});
      const std::string expected =
          read_text(make("raw", std::string("-i a.mp4 -vf fps=") + fps +
                                    ":round=near,format=bgr24 -f rawvideo -sws_flags bicubic"));
      // The end is ours: ffmpeg takes the length of the last frame from the container.
      const std::string bytes = reading.bytes();
      const std::size_t frame = std::size_t{64} * 48 * 3;
      EXPECT_LE(std::abs(static_cast<double>(bytes.size()) - static_cast<double>(expected.size())),
                static_cast<double>(frame) * (variable ? number / 5 : 0))
          << rate << " to " << fps;
      const std::size_t common = std::min(bytes.size(), expected.size());
      EXPECT_TRUE(bytes.substr(0, common) == expected.substr(0, common)) << rate << " to " << fps;
      for (std::size_t k = 0; k < reading.frames.size(); ++k) {
        EXPECT_EQ(reading.frames[k].index, static_cast<std::int64_t>(k));
        EXPECT_EQ(reading.frames[k].timestamp_s, static_cast<double>(k) / number);
      }
      EXPECT_EQ(reading.info.fps, number);
      EXPECT_EQ(reading.status.facts.resampled_fps, number);
      const SourceFacts& facts = reading.status.facts;
      EXPECT_EQ(static_cast<std::int64_t>(read(file).frames.size()) + facts.repeated_frames -
                    facts.left_out_frames,
                reading.status.frames);
      if (!variable) {
        EXPECT_EQ(reading.info.expected_frames, reading.status.frames) << rate << " to " << fps;
      }
    }
  }
}

}  // namespace
}  // namespace auriga::test
