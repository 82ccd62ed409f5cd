#include "media/codec_picture.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
}

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "base/file.hpp"
#include "base/memory.hpp"
#include "media/bgr_converter.hpp"
#include "media/exif.hpp"
#include "media/image_file.hpp"
#include "media/native_frame.hpp"
#include "media/orientation.hpp"
#include "media/video_source.hpp"

namespace auriga {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;

struct Kind {
  CodecPicture kind;
  const char* name;
  AVCodecID codec;
};
constexpr Kind kKinds[] = {{CodecPicture::bmp, "BMP", AV_CODEC_ID_BMP},
                           {CodecPicture::tiff, "TIFF", AV_CODEC_ID_TIFF},
                           {CodecPicture::webp, "WebP", AV_CODEC_ID_WEBP},
                           {CodecPicture::avif, "AVIF", AV_CODEC_ID_AV1}};

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  require_memory();
  throw Error(ErrorCode::input, file.string() + ": " + what);
}

bool has(Bytes bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

std::uint32_t little(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16) |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

// A chunk of a WebP file; empty where there is none.
Bytes webp_chunk(Bytes bytes, std::string_view name) {
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::size_t size = little(bytes, at + 4);
    if (has(bytes, at, name)) return bytes.subspan(at + 8, std::min(size, bytes.size() - at - 8));
    at += 8 + size + size % 2;
  }
  return {};
}

// Checks what the decoder would pass over without a word. Returns the orientation.
int look_through(const fs::path& file, CodecPicture kind, Bytes bytes) {
  const auto cut_off = [&](std::uint64_t expected) {
    if (bytes.size() < expected)
      fail(file, "the picture is cut off: its header says " + std::to_string(expected) +
                     " bytes, found " + std::to_string(bytes.size()) + "; copy or export it again");
  };
  if (kind == CodecPicture::tiff) {
    if (tiff_pages(bytes, 2) > 1)
      fail(file, "expected one picture, found a TIFF file of several pages; save each as a file");
    return exif_orientation(bytes);
  }
  if (kind == CodecPicture::webp) {
    if (bytes.size() < 20) fail(file, "the WebP picture is cut off; copy or export it again");
    cut_off(std::uint64_t{little(bytes, 4)} + 8);
    if (!webp_chunk(bytes, "ANIM").empty())
      fail(file, "expected one picture, found an animation; convert it to a video");
    Bytes exif = webp_chunk(bytes, "EXIF");
    if (has(exif, 0, "Exif\0\0"sv)) exif = exif.subspan(6);
    return exif_orientation(exif);
  }
  if (kind == CodecPicture::bmp && bytes.size() >= 54) {
    // Uncompressed rows, of multiples of four bytes.
    const std::uint32_t first = little(bytes, 10), compression = little(bytes, 30);
    const auto width = static_cast<std::int32_t>(little(bytes, 18));
    const auto height = static_cast<std::int32_t>(little(bytes, 22));
    const std::uint64_t bits = little(bytes, 28) & 0xFFFF;
    if (little(bytes, 14) >= 40 && (compression == 0 || compression == 3) && width > 0)
      cut_off(first + (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4 *
                          static_cast<std::uint64_t>(height < 0 ? -std::int64_t{height} : height));
  }
  return 1;
}

struct Free {
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};

// Empty with an error of libavcodec.
AvFrame try_decode(const fs::path& file, const Kind& kind, const std::string& content, int& error) {
  const AVCodec* codec = avcodec_find_decoder(kind.codec);
  if (codec == nullptr)
    fail(file, std::string("expected a JPEG or PNG picture, found ") + kind.name +
                   ", for which this FFmpeg has no decoder; convert it to PNG or JPEG");
  const std::unique_ptr<AVCodecContext, Free> decoder(avcodec_alloc_context3(codec));
  const std::unique_ptr<AVPacket, Free> packet(av_packet_alloc());
  if (!decoder || !packet) throw std::bad_alloc();
  decoder->max_pixels = kMaxImagePixels;
  decoder->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
  // The decoder of TIFF takes tags that it does not know for errors then, also those that FFmpeg
  // itself writes.
  if (kind.kind != CodecPicture::tiff) decoder->err_recognition |= AV_EF_EXPLODE;
  decoder->thread_count = 1;
  AvFrame frame = make_av_frame();
  error = avcodec_open2(decoder.get(), codec, nullptr);
  if (error >= 0) error = av_new_packet(packet.get(), static_cast<int>(content.size()));
  if (error < 0) return {};
  std::memcpy(packet->data, content.data(), content.size());
  packet->flags = AV_PKT_FLAG_KEY;
  error = avcodec_send_packet(decoder.get(), packet.get());
  if (error >= 0) error = avcodec_send_packet(decoder.get(), nullptr);
  if (error >= 0) error = avcodec_receive_frame(decoder.get(), frame.get());
  if (error >= 0 && (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0))
    error = AVERROR_INVALIDDATA;
  return error < 0 ? AvFrame() : std::move(frame);
}

AvFrame decoded(const fs::path& file, const Kind& kind, const std::string& content) {
  int error = 0;
  AvFrame frame = try_decode(file, kind, content, error);
  // Because there was none, or because a damaged file asks for absurdly much: then again.
  if (error == AVERROR(ENOMEM)) frame = try_decode(file, kind, content, error);
  if (error >= 0) return frame;
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, text, sizeof text);
  fail(file, std::string("the ") + kind.name + " picture is damaged, cut off, or of a kind that " +
                 "cannot be read (" + text + "); convert it to PNG or JPEG");
}

// Byte of a pixel that holds blue, green, red, for formats whose bytes are taken as they are.
struct Samples {
  int step = 0;  // bytes of a pixel; 0: another format
  int blue = 0, green = 0, red = 0;
};

Samples samples_of(int format) {
  switch (format) {
    case AV_PIX_FMT_BGR24:
      return {3, 0, 1, 2};
    case AV_PIX_FMT_RGB24:
      return {3, 2, 1, 0};
    case AV_PIX_FMT_BGRA:
    case AV_PIX_FMT_BGR0:
      return {4, 0, 1, 2};
    case AV_PIX_FMT_RGBA:
    case AV_PIX_FMT_RGB0:
      return {4, 2, 1, 0};
    case AV_PIX_FMT_ARGB:
      return {4, 3, 2, 1};
    case AV_PIX_FMT_ABGR:
      return {4, 1, 2, 3};
    case AV_PIX_FMT_GRAY8:
      return {1, 0, 0, 0};
    case AV_PIX_FMT_YA8:
      return {2, 0, 0, 0};
    case AV_PIX_FMT_GRAY16LE:
      return {2, 1, 1, 1};
    case AV_PIX_FMT_GRAY16BE:
      return {2, 0, 0, 0};
    case AV_PIX_FMT_RGB48LE:
      return {6, 5, 3, 1};
    case AV_PIX_FMT_RGB48BE:
      return {6, 4, 2, 0};
    case AV_PIX_FMT_RGBA64LE:
      return {8, 5, 3, 1};
    case AV_PIX_FMT_RGBA64BE:
      return {8, 4, 2, 0};
    default:
      return {};
  }
}

void copy_bgr(const AVFrame& frame, const Samples& samples, Image& bgr) {
  bgr.fit(frame.width, frame.height, 3);
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* from = frame.data[0] + static_cast<std::ptrdiff_t>(y) * frame.linesize[0];
    std::uint8_t* to = bgr.row(y);
    for (int x = 0; x < frame.width; ++x, from += samples.step, to += 3) {
      to[0] = from[samples.blue];
      to[1] = from[samples.green];
      to[2] = from[samples.red];
    }
  }
}

void copy_palette(const AVFrame& frame, Image& bgr) {
  bgr.fit(frame.width, frame.height, 3);
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* from = frame.data[0] + static_cast<std::ptrdiff_t>(y) * frame.linesize[0];
    std::uint8_t* to = bgr.row(y);
    for (int x = 0; x < frame.width; ++x, to += 3) {
      std::uint32_t colour = 0;  // A R G B from the highest byte
      std::memcpy(&colour, frame.data[1] + std::ptrdiff_t{4} * from[x], sizeof colour);
      to[0] = static_cast<std::uint8_t>(colour);
      to[1] = static_cast<std::uint8_t>(colour >> 8);
      to[2] = static_cast<std::uint8_t>(colour >> 16);
    }
  }
}

void read_avif(const fs::path& file, Orientation turn, Image& image) {
  constexpr std::size_t kHeadBytes = 1 << 16;  // holds the properties
  const OpenFile content = open_file(file, ErrorCode::input, "picture", kMaxFileBytes);
  std::string head(kHeadBytes, '\0');
  head.resize(std::fread(head.data(), 1, head.size(), content.get()));
  if (head.find("irot") != std::string::npos || head.find("imir") != std::string::npos)
    fail(file,
         "the AVIF picture asks to be turned or mirrored, which cannot be done here; "
         "convert it to PNG or JPEG");
  Frame frame;
  const std::unique_ptr<Source> source = open_video(file, {});
  if (!source->next(frame)) fail(file, "there is no picture in it; convert it to PNG or JPEG");
  orient(frame.bgr(), turn, image);
}

}  // namespace

CodecPicture codec_picture(Bytes head) {
  if (has(head, 0, "BM")) return CodecPicture::bmp;
  if (has(head, 0, "II*\0"sv) || has(head, 0, "MM\0*"sv)) return CodecPicture::tiff;
  if (has(head, 0, "RIFF") && has(head, 8, "WEBP")) return CodecPicture::webp;
  if (has(head, 4, "ftypavif")) return CodecPicture::avif;
  return CodecPicture::none;
}

void read_codec_picture(const fs::path& file, CodecPicture kind, Orientation turn, Image& image) {
  if (kind == CodecPicture::avif) return read_avif(file, turn, image);
  const Kind& known = *std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&](const Kind& one) { return one.kind == kind; });
  const std::string content = read_file(file, ErrorCode::input, "picture", kMaxFileBytes);
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  const Orientation orientation =
      composed(orientation_of_exif(look_through(file, kind, bytes)), turn);
  const AvFrame frame = decoded(file, known, content);
  const Samples samples = samples_of(frame->format);
  if (samples.step != 0) {
    copy_bgr(*frame, samples, image);
  } else if (frame->format == AV_PIX_FMT_PAL8) {
    copy_palette(*frame, image);
  } else {
    BgrConverter converter;
    if (!BgrConverter::can_convert(*frame) ||
        !converter.convert(*frame, {frame->width, frame->height, orientation}, image)) {
      const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame->format));
      fail(file, std::string("its pixel format, ") + (format != nullptr ? format : "unknown") +
                     ", cannot be converted to BGR; convert it to PNG or JPEG");
    }
    return;
  }
  if (orientation.upright()) return;
  const Image stored = std::exchange(image, {});
  orient(stored, orientation, image);
}

}  // namespace auriga
