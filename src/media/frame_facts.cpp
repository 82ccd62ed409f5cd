#include "media/frame_facts.hpp"

#include <cmath>
#include <cstdio>
#include <string_view>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

#include "media/video_decoder.hpp"

namespace auriga {

namespace {

// Pixels that differ less from square are left alone. Whoever scales to an even number of pixels
// gets up to 1 in 100 px of width, and keeps the shape of the whole picture by the pixels' shape.
constexpr double kNearlySquare = 0.01;
// Nothing that was ever recorded has pixels of another shape: half of the columns of a wide picture
// give 2.9, half of its rows 0.5.
constexpr double kMostAspect = 5;

std::string formatted(const char* format, auto... values) {
  char text[200];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

bool nearly_square(double aspect) { return std::abs(aspect - 1) < kNearlySquare; }

// libav's word for a mark; empty for "unknown" and "reserved".
std::string marked(const char* name) {
  if (name == nullptr || std::string_view(name) == "unknown" ||
      std::string_view(name) == "reserved")
    return {};
  return name;
}

// Whether the samples are of a full-range format by name, whatever they are marked with.
bool is_full_by_name(const AVFrame& frame) {
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
  return name != nullptr && std::string_view(name).starts_with("yuvj");
}

}  // namespace

bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

FrameFacts::FrameFacts(const SourceOptions& options, Orientation container)
    : square_pixels_(options.square_pixels),
      orientation_(composed(container, orientation_of_turn(options.rotate))) {
  const MirrorAndTurn by_container = mirror_and_turn(container);
  facts_.container_turn_deg = by_container.degrees;
  facts_.mirrored = by_container.mirrored;
  facts_.rotate_deg = options.rotate;
  facts_.square_pixels = options.square_pixels;
  facts_.deinterlaced = options.deinterlace;
}

void FrameFacts::note_decoded(const AVFrame& frame) {
  if (decoded_++ == 0) note_colours(frame);
  if (is_interlaced(frame)) ++facts_.interlaced_frames;
}

void FrameFacts::note_colours(const AVFrame& frame) {
  if (is_full_by_name(frame) || frame.color_range == AVCOL_RANGE_JPEG)
    facts_.colour_range = "full";
  else if (frame.color_range == AVCOL_RANGE_MPEG)
    facts_.colour_range = "limited";
  facts_.colour_matrix = marked(av_color_space_name(frame.colorspace));
  facts_.colour_transfer = marked(av_color_transfer_name(frame.color_trc));
  facts_.colour_primaries = marked(av_color_primaries_name(frame.color_primaries));
}

ShownAs FrameFacts::show(const AVFrame& frame, AVRational aspect, double timestamp_s) {
  double shape = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 0;
  if (shape > kMostAspect || (shape > 0 && shape < 1 / kMostAspect)) {
    if (absurd_ == 0) absurd_ = shape;
    shape = 0;
  }
  ShownAs shown{frame.width, frame.height, orientation_};
  if (square_pixels_ && shape > 0 && !nearly_square(shape)) {
    const double width = shape > 1 ? std::round(frame.width * shape) : frame.width;
    const double height = shape < 1 ? std::round(frame.height / shape) : frame.height;
    if (width * height <= static_cast<double>(kMaxVideoPixels))
      shown.width = static_cast<int>(width), shown.height = static_cast<int>(height);
    else
      too_large_ = true;
  }
  if (shown_++ == 0) {
    facts_.pixel_aspect = shape;
    facts_.scale_x = static_cast<double>(shown.width) / frame.width;
    facts_.scale_y = static_cast<double>(shown.height) / frame.height;
    width_ = frame.width, height_ = frame.height;
    first_ = shown;
  } else if (change_s_ < 0) {
    const double before = facts_.pixel_aspect > 0 ? facts_.pixel_aspect : 1;
    const double now = shape > 0 ? shape : 1;
    if (std::abs(now / before - 1) >= kNearlySquare) {
      change_s_ = timestamp_s;
      changed_aspect_ = now;
    }
  }
  return shown;
}

void FrameFacts::report(SourceStatus& status) const {
  status.facts = facts_;
  const auto warn = [&](const std::string& text) {
    if (!text.empty()) status.warnings.push_back(text);
  };
  warn(aspect_warning());
  warn(change_warning());
  if (absurd_ > 0)
    warn(
        formatted("pixels are marked as %.4g times as wide as high, which no camera makes; the "
                  "mark is ignored and they are taken for square",
                  absurd_));
  if (too_large_)
    warn(
        "pixels are not square, and frames would become too large if they were made square; they "
        "are shown as stored, so that faces are too narrow or too wide");
  warn(colour_warning());
  if (2 * facts_.interlaced_frames > decoded_ && !facts_.deinterlaced)
    warn("the video is interlaced (" + std::to_string(facts_.interlaced_frames) + " of " +
         std::to_string(decoded_) +
         " frames are marked so): where something moves, odd and even rows show two moments; "
         "--deinterlace makes whole pictures of them");
}

std::string FrameFacts::aspect_warning() const {
  const double aspect = facts_.pixel_aspect;
  if (aspect == 0 || nearly_square(aspect)) return {};
  const std::string shape =
      formatted("pixels are not square but %.4g times as wide as high: ", aspect);
  if (first_.width == width_ && first_.height == height_) {
    if (too_large_) return {};
    return shape + formatted(
                       "they are shown as stored (%d x %d px), so that faces are too %s, "
                       "which changes shape, pose and action units; with square pixels "
                       "(--pixels square) they are not",
                       width_, height_, aspect > 1 ? "narrow" : "wide");
  }
  return shape + formatted(
                     "frames of %d x %d px are enlarged to %d x %d, and all points refer to "
                     "that%s",
                     width_, height_, first_.width, first_.height,
                     orientation_.transpose ? " (before they are turned)" : "");
}

std::string FrameFacts::change_warning() const {
  if (change_s_ < 0) return {};
  return formatted(
      "the shape of the pixels changes in the middle: from %.2f s on they are marked "
      "as %.4g times as wide as high%s",
      change_s_, changed_aspect_,
      square_pixels_ ? ", and are made square by that" : ", and are shown as stored");
}

std::string FrameFacts::colour_warning() const {
  const std::string &matrix = facts_.colour_matrix, &transfer = facts_.colour_transfer,
                    &primaries = facts_.colour_primaries;
  // BT.709 is what most HD video is marked with, and OpenFace reads it by BT.601, too: its models
  // know such pictures.
  const bool usual_matrix = matrix.empty() || matrix == "bt709" || matrix == "smpte170m" ||
                            matrix == "bt470bg" || matrix == "gbr";
  const bool wide = primaries == "bt2020" || primaries == "smpte431" || primaries == "smpte432";
  const bool pq = transfer == "smpte2084", hlg = transfer == "arib-std-b67";
  const auto list = [&] {
    std::string text;
    for (const auto& [what, word] : {std::pair{"matrix ", &matrix}, {"primaries ", &primaries}})
      if (!word->empty()) text += (text.empty() ? "" : ", ") + std::string(what) + *word;
    return text;
  };
  if (pq || hlg)
    return std::string("the video is HDR (") + (pq ? "PQ" : "HLG") +
           (list().empty() ? "" : ", " + list()) +
           "): its samples are taken as if they were those of ordinary video, without tone mapping "
           "and by the matrix BT.601, so that faces are paler and of less contrast than on a "
           "screen; convert it to SDR (BT.709) for numbers that compare with those of other "
           "videos";
  if (!usual_matrix || wide)
    return "the video has other colours than usual (" + list() +
           "): it is converted by the matrix BT.601 as any other, as OpenFace does, so that "
           "colours "
           "and brightness differ somewhat from those on a screen";
  return {};
}

}  // namespace auriga
