#include "viewer/drawn_video.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/font.hpp"
#include "drawing/overlay.hpp"
#include "files/columns.hpp"
#include "files/joined.hpp"
#include "sinks/tracked_video.hpp"
#include "tables/table_match.hpp"
#include "viewer/result_data.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

// Told apart on skin and on dark and light ground; those of the viewer's page.
constexpr std::array<Colour, 8> kFaceColours{{{0xf0, 0xc9, 0x4c},
                                              {0x00, 0xb0, 0xff},
                                              {0x97, 0xdc, 0x3d},
                                              {0xa8, 0x7a, 0xff},
                                              {0xff, 0xa6, 0xc3},
                                              {0x6a, 0xf0, 0xf4},
                                              {0x5a, 0x8c, 0xff},
                                              {0xff, 0xd1, 0x9a}}};
constexpr Colour kRed{0x5c, 0x5c, 0xff}, kGreen{0x6a, 0xe3, 0x4b}, kBlue{0xff, 0x9d, 0x5c},
    kYellow{0x4d, 0xe1, 0xff}, kWhite{0xff, 0xff, 0xff}, kPanel{0x22, 0x1e, 0x1b},
    kQuiet{0xa9, 0xa0, 0x96}, kTrack{0x45, 0x3c, 0x36}, kBar{0xee, 0xb4, 0x78},
    kPresent{0x4e, 0xa0, 0xe2};

// The 68 points: first, last, whether the line is closed.
struct Stroke {
  std::size_t first, last;
  bool closed;
};
constexpr std::array<Stroke, 9> kStrokes{{{0, 16, false},
                                          {17, 21, false},
                                          {22, 26, false},
                                          {27, 30, false},
                                          {30, 35, false},
                                          {36, 41, true},
                                          {42, 47, true},
                                          {48, 59, true},
                                          {60, 67, true}}};
// Of ResultData::overlay().
constexpr std::size_t kX = 2, kY = kX + kLandmarks, kBox = 138, kHead = 142, kGaze = 150,
                      kEyeX = 158, kEyeY = kEyeX + kEyeLandmarks;

using Values = std::span<const float>;

bool known(Values values, std::size_t at, std::size_t count) {
  return std::all_of(values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.begin() + static_cast<std::ptrdiff_t>(at + count),
                     [](float value) { return std::isfinite(value); });
}

void fill(Image& image, int left, int top, int width, int height, Colour colour) {
  const int right = std::min(left + width, image.width()),
            bottom = std::min(top + height, image.height());
  for (int y = std::max(top, 0); y < bottom; ++y) {
    std::uint8_t* pixel = image.row(y) + 3 * std::max(left, 0);
    for (int x = std::max(left, 0); x < right; ++x, pixel += 3) {
      pixel[0] = colour.b;
      pixel[1] = colour.g;
      pixel[2] = colour.r;
    }
  }
}

void draw_overlay(Image& image, Values values, Colour colour, float thick,
                  const DrawnVideoOptions& options) {
  const auto point = [&](std::size_t x, std::size_t y, std::size_t i) {
    return Point2{values[x + i], values[y + i]};
  };
  if (options.landmarks && known(values, kX, 2 * kLandmarks)) {
    for (const Stroke& stroke : kStrokes) {
      for (std::size_t i = stroke.first; i < stroke.last; ++i)
        draw_line(image, point(kX, kY, i), point(kX, kY, i + 1), thick * 0.7f, colour);
      if (stroke.closed)
        draw_line(image, point(kX, kY, stroke.last), point(kX, kY, stroke.first), thick * 0.7f,
                  colour);
    }
    for (std::size_t i = 0; i < kLandmarks; ++i)
      draw_circle(image, point(kX, kY, i), thick * 0.6f, thick * 1.2f, colour);
  }
  if (options.eyes && known(values, kEyeX, 2 * kEyeLandmarks))
    for (const std::size_t eye : {0, 28}) {
      constexpr std::array<std::pair<std::size_t, std::size_t>, 3> kLoops{
          {{0, 7}, {8, 19}, {20, 27}}};
      for (const auto& [first, last] : kLoops)
        for (std::size_t i = first; i <= last; ++i)
          draw_line(image, point(kEyeX, kEyeY, eye + i),
                    point(kEyeX, kEyeY, eye + (i == last ? first : i + 1)), thick * 0.6f, kWhite);
    }
  if (options.head && known(values, kHead, 2)) {
    const Point2 place{values[kHead], values[kHead + 1]};
    const Colour axes[] = {kRed, kGreen, kBlue};
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (known(values, kHead + 2 + 2 * axis, 2))
        draw_line(image, place, {values[kHead + 2 + 2 * axis], values[kHead + 3 + 2 * axis]},
                  thick * 1.5f, axes[axis]);
  }
  if (options.gaze)
    for (const std::size_t eye : {kGaze, kGaze + 4})
      if (known(values, eye, 4))
        draw_line(image, {values[eye], values[eye + 1]}, {values[eye + 2], values[eye + 3]},
                  thick * 1.3f, kYellow);
}

// A unit in the panel.
struct Bar {
  std::string unit;
  std::optional<std::size_t> intensity, presence;  // columns of the data
  float peak = 0;
};

// Those that are told, or those that were asked for.
std::vector<Bar> bars_of(const ResultData& data, const FaceRows& face,
                         const std::vector<std::string>& wanted) {
  std::vector<Bar> bars;
  for (const AuTrack& unit : data.units().faces.front().aus) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), unit.name) == wanted.end())
      continue;
    Bar bar{unit.name, data.find(unit.name + std::string(kIntensityEnding)),
            data.find(unit.name + std::string(kPresenceEnding)), 0};
    bool told = false;
    for (std::size_t row = 0; row < face.frames.size(); ++row) {
      if (face.success[row] == 0) continue;
      if (bar.intensity && !std::isnan(face.values[*bar.intensity][row])) {
        told = true;
        bar.peak = std::max(bar.peak, face.values[*bar.intensity][row]);
      }
      if (bar.presence && !std::isnan(face.values[*bar.presence][row])) {
        told = true;
        bar.peak = std::max(bar.peak, 2 * face.values[*bar.presence][row]);
      }
    }
    if (told) bars.push_back(std::move(bar));
  }
  return bars;
}

// Beside the picture: where in time, and for each face its name and units.
class Panel {
 public:
  static constexpr std::size_t kMostFaces = 4;

  Panel(const ResultData& data, const DrawnVideoOptions& options, int picture_width, int height)
      : data_(data), left_(picture_width), height_(height) {
    if (!options.bars) return;
    scale_ = std::max(1.0f, static_cast<float>(height) / 480);
    width_ = static_cast<int>(190 * scale_);
    const std::size_t faces = std::min(data.faces().size(), kMostFaces);
    const float room = (static_cast<float>(height) - kTop * scale_) / static_cast<float>(faces);
    const auto rows =
        static_cast<std::size_t>(std::max(0.0f, (room - kHeading * scale_) / (kRow * scale_)));
    for (std::size_t i = 0; i < faces; ++i) {
      std::vector<Bar> bars = bars_of(data, data.faces()[i], options.units);
      if (bars.size() > rows) {
        const auto by_name = [](const Bar& a, const Bar& b) { return a.unit < b.unit; };
        std::stable_sort(bars.begin(), bars.end(),
                         [](const Bar& a, const Bar& b) { return a.peak > b.peak; });
        bars.resize(rows);
        std::sort(bars.begin(), bars.end(), by_name);
      }
      bars_.push_back(std::move(bars));
    }
  }

  int width() const { return width_; }

  void draw(Image& image, std::int64_t frame, double time_s,
            const std::vector<std::string>& names) const {
    if (width_ == 0) return;
    fill(image, left_, 0, width_, height_, kPanel);
    const float margin = static_cast<float>(left_) + 12 * scale_, dot = 1.35f * scale_;
    draw_text(image, margin, 10 * scale_,
              fmt::format("{}:{:05.2f}  frame {}", static_cast<int>(time_s / 60),
                          std::fmod(time_s, 60), frame),
              dot, kQuiet);
    float top = kTop * scale_;
    const float room = (static_cast<float>(height_) - top) /
                       static_cast<float>(std::max<std::size_t>(bars_.size(), 1));
    for (std::size_t i = 0; i < bars_.size(); ++i) {
      const FaceRows& face = data_.faces()[i];
      const auto at = std::lower_bound(face.frames.begin(), face.frames.end(), frame);
      const bool there = at != face.frames.end() && *at == frame;
      const auto row = static_cast<std::size_t>(at - face.frames.begin());
      const bool followed = there && face.success[row] != 0;
      const float begin = top + room * static_cast<float>(i);
      draw_text(image, margin, begin, followed ? names[i] : names[i] + ": not followed", dot,
                kFaceColours[i % kFaceColours.size()]);
      float y = begin + kHeading * scale_;
      for (const Bar& bar : bars_[i]) {
        draw_bar(image, margin, y, bar, followed ? std::optional(row) : std::nullopt, face);
        y += kRow * scale_;
      }
    }
  }

 private:
  static constexpr float kTop = 30, kHeading = 22, kRow = 21;

  void draw_bar(Image& image, float left, float top, const Bar& bar, std::optional<std::size_t> row,
                const FaceRows& face) const {
    const float dot = 1.25f * scale_;
    draw_text(image, left, top, bar.unit, dot, kWhite);
    const int begin = static_cast<int>(left + 44 * scale_), length = static_cast<int>(92 * scale_),
              thick = static_cast<int>(9 * scale_), y = static_cast<int>(top);
    fill(image, begin, y, length, thick, kTrack);
    if (!row) return;
    const float intensity = bar.intensity ? face.values[*bar.intensity][*row] : std::nanf("");
    const float presence = bar.presence ? face.values[*bar.presence][*row] : std::nanf("");
    if (!std::isnan(intensity)) {
      fill(image, begin, y,
           static_cast<int>(
               std::lround(std::clamp(intensity / 5, 0.0f, 1.0f) * static_cast<float>(length))),
           thick, presence > 0.5f ? kPresent : kBar);
      draw_text(image, static_cast<float>(begin + length) + 6 * scale_, top,
                fmt::format("{:.1f}", intensity), dot, kQuiet);
    } else if (presence > 0.5f) {
      fill(image, begin, y, length, thick, kPresent);
    }
  }

  const ResultData& data_;
  int left_, height_, width_ = 0;
  float scale_ = 1;
  std::vector<std::vector<Bar>> bars_;  // by face
};

void check_units(const ResultData& data, const std::vector<std::string>& units) {
  std::vector<std::string> there;
  for (const AuTrack& unit : data.units().faces.front().aus) there.push_back(unit.name);
  for (const std::string& unit : units)
    if (std::find(there.begin(), there.end(), unit) == there.end())
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected an action unit {}, found {}; choose one of them",
                              data.units().file.string(), unit,
                              there.empty() ? "none" : joined(there, ", ")));
}

// The slip of drawing a table into another video.
void check_inside(const fs::path& table, const fs::path& video, const SourceInfo& info) {
  const AuTable landmarks = read_au_table(table, true);
  std::vector<Landmarks> followed;
  for (const FaceTrack& face : landmarks.faces)
    for (std::size_t row = 0; row < face.landmarks.size(); ++row)
      if (face.success[row] != 0) followed.push_back(face.landmarks[row]);
  const double outside = share_outside(followed, info.width, info.height);
  if (outside <= kMostOutside) return;
  throw Error(ErrorCode::input,
              fmt::format("{}: expected the video of {}, found frames of {} x {} px, outside of "
                          "which {:.0f} % of the table's faces lie; is this the right video?",
                          video.string(), table.string(), info.width, info.height, 100 * outside));
}

}  // namespace

DrawnVideo draw_video(const fs::path& table, const fs::path& video, const SourceOptions& shown,
                      const fs::path& target, const DrawnVideoOptions& options) {
  SourceOptions how = shown;
  how.threads = 2;
  const std::unique_ptr<Source> source = open_source(video, how);
  const SourceInfo& info = source->info();
  const ResultData data(table, PictureExtent{info.width, info.height});
  check_units(data, options.units);
  if (data.overlay_parts().landmarks && !data.units().faces.front().aus.empty())
    check_inside(table, video, info);
  std::vector<std::string> names;
  for (const FaceRows& face : data.faces()) {
    const auto given = options.names.find(face.id);
    names.push_back(given != options.names.end() ? given->second : fmt::format("face {}", face.id));
  }
  const Panel panel(data, options, info.width, info.height);
  TrackedVideoOptions form;
  form.fps = info.average_fps > 0 ? info.average_fps : info.fps;
  form.width = info.width + panel.width();
  form.height = info.height;
  form.sound = video;
  form.sound_clock_s = info.clock_s;
  TrackedVideo drawn(target, form);
  const float thick = std::max(1.0f, static_cast<float>(info.width) / 640);
  constexpr std::int64_t kAhead = 60;
  std::vector<std::vector<float>> overlays(data.faces().size());
  std::int64_t first = 0;  // frame that `overlays` begin with; 0: none yet
  DrawnVideo result;
  Frame frame;
  Image picture;
  while (source->next(frame)) {
    if (options.stopped && options.stopped())
      throw Error(ErrorCode::output, fmt::format("{}: stopped before the end of the video; nothing "
                                                 "was written",
                                                 target.string()));
    const std::int64_t number = frame.index + 1;
    if (first == 0 || number >= first + kAhead) {
      first = number;
      for (std::size_t i = 0; i < overlays.size(); ++i)
        overlays[i] = data.overlay(data.faces()[i], first, first + kAhead - 1);
    }
    const ImageView bgr = frame.bgr();
    picture.resize(form.width, form.height, 3);
    fill(picture, 0, 0, form.width, form.height, Colour{});
    // A frame of another size than the first is shown from its corner.
    for (int y = 0; y < std::min(bgr.height, form.height); ++y)
      std::copy_n(bgr.row(y), 3 * std::min(bgr.width, info.width), picture.row(y));
    for (std::size_t i = 0; i < overlays.size(); ++i) {
      const Values values =
          std::span(overlays[i])
              .subspan(static_cast<std::size_t>(number - first) * ResultData::kOverlayValues,
                       ResultData::kOverlayValues);
      if (!(values[0] > 0.5f)) continue;
      const Colour colour = kFaceColours[i % kFaceColours.size()];
      draw_overlay(picture, values, colour, thick, options);
      if ((names.size() > 1 || !options.names.empty()) && known(values, kBox, 2))
        draw_text(picture, values[kBox], values[kBox + 1] - 14 * thick, names[i], 1.4f * thick,
                  colour);
    }
    panel.draw(picture, number, frame.timestamp_s, names);
    drawn.add(picture, frame.timestamp_s);
    ++result.frames;
  }
  const SourceStatus status = source->status();
  if (status.partial) result.warnings.push_back(status.message);
  if (result.frames < data.last_frame())
    result.warnings.push_back(
        fmt::format("{}: the table has rows for frames up to {}, and the video "
                    "has {} frames",
                    table.string(), data.last_frame(), result.frames));
  const Written written = drawn.complete();
  result.warnings.insert(result.warnings.end(), written.warnings.begin(), written.warnings.end());
  drawn.publish();
  return result;
}

}  // namespace auriga
