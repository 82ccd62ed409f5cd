#include "media/bgr_converter.hpp"

#include <cstring>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/native_frame.hpp"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace auriga {
namespace {

AvFrame noise(AVPixelFormat format, AVColorRange range, int width, int height, unsigned seed) {
  AvFrame frame = make_av_frame();
  frame->format = format;
  frame->color_range = range;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  std::mt19937 random(seed);
  for (const AVBufferRef* buffer : frame->buf)
    for (std::size_t i = 0; buffer != nullptr && i < buffer->size; ++i)
      buffer->data[i] = static_cast<std::uint8_t>(random() >> 24);
  return frame;
}

// What libswscale makes of it, in rows of `stride` bytes.
std::vector<std::uint8_t> by_libswscale(const AVFrame& frame, int stride) {
  const std::unique_ptr<SwsContext, decltype(&sws_freeContext)> context(
      sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
                     frame.width, frame.height, AV_PIX_FMT_BGR24, SWS_BICUBIC, nullptr, nullptr,
                     nullptr),
      sws_freeContext);
  int *from = nullptr, *to = nullptr, from_full = 0, to_full = 0, brightness = 0, contrast = 0,
      saturation = 0;
  sws_getColorspaceDetails(context.get(), &from, &from_full, &to, &to_full, &brightness, &contrast,
                           &saturation);
  if (frame.color_range == AVCOL_RANGE_JPEG)
    sws_setColorspaceDetails(context.get(), from, 1, to, to_full, brightness, contrast, saturation);
  std::vector<std::uint8_t> bgr(static_cast<std::size_t>(stride) *
                                static_cast<std::size_t>(frame.height + 1));
  std::uint8_t* rows = bgr.data();
  EXPECT_EQ(sws_scale(context.get(), frame.data, frame.linesize, 0, frame.height, &rows, &stride),
            frame.height);
  return bgr;
}

TEST(BgrConverter, GivesTheBytesOfLibswscale) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "libswscale has its fast path, whose bytes these are, on x86 only";
#endif
  for (const AVPixelFormat format :
       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P})
    for (const AVColorRange range : {AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_JPEG, AVCOL_RANGE_MPEG})
      for (int width = 2; width <= 70; ++width) {
        const int height = 2 * (1 + width % 5);
        const bool full_by_name = format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P;
        if (full_by_name && range == AVCOL_RANGE_MPEG)
          continue;  // the name decides, IsThatOfEachFrame
        const AvFrame frame = noise(format, range, width, height, static_cast<unsigned>(width));
        ASSERT_TRUE(BgrConverter::can_convert_parts(*frame));
        const int stride = (3 * width + 191) / 64 * 64;
        const std::vector<std::uint8_t> expected = by_libswscale(*frame, stride);
        BgrConverter converter;
        Image found;
        ASSERT_TRUE(converter.convert(*frame, ShownAs{width, height, {}}, found));
        for (int y = 0; y < height; ++y)
          ASSERT_EQ(std::memcmp(found.row(y), expected.data() + y * stride, 3u * width), 0)
              << av_get_pix_fmt_name(format) << ", range " << range << ", " << width << " x "
              << height << ", row " << y;
      }
}

}  // namespace
}  // namespace auriga
