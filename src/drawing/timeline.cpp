#include "drawing/timeline.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/font.hpp"
#include "drawing/overlay.hpp"

namespace auriga {
namespace {

constexpr Colour kPaper{255, 255, 255}, kInk{40, 40, 40}, kFaint{120, 120, 120};
constexpr Colour kStrip{248, 246, 245}, kNoFace{222, 222, 222}, kGrid{228, 228, 228};
constexpr Colour kFill{235, 206, 168}, kCurve{180, 110, 40}, kPresent{60, 140, 240};
constexpr Colour kTruth{50, 40, 180}, kMoment{170, 170, 170};

// px
constexpr int kMargin = 16, kPlotLeft = 226, kAgreementWidth = 62, kTitleHeight = 30;
constexpr int kStillGap = 12, kCaptionHeight = 38, kLinksHeight = 26;
constexpr int kStripHeight = 30, kPresentHeight = 3, kStripPitch = 41, kAxisHeight = 34;
constexpr float kTextDot = 1.5f, kSmallDot = 1.3f;

constexpr double kHighestIntensity = 5;
// Rows farther apart than that many usual distances are not connected.
constexpr double kLargestGap = 2.5;
constexpr double kMostTicks = 10;

void fill(Image& image, int left, int top, int right, int bottom, Colour colour) {
  for (int y = std::max(top, 0); y < std::min(bottom, image.height()); ++y) {
    for (int x = std::max(left, 0); x < std::min(right, image.width()); ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = colour.b;
      pixel[1] = colour.g;
      pixel[2] = colour.r;
    }
  }
}

// Text whose capitals have their middle at `middle`.
void write(Image& image, float left, float middle, std::string_view text, float dot,
           Colour colour) {
  draw_text(image, left, std::round(middle - kCapitalDots * dot / 2), text, dot, colour);
}

// As much of a text as fits.
std::string shortened(std::string text, float width, float dot) {
  if (text_width(text, dot) <= width) return text;
  while (!text.empty() && text_width(text + "...", dot) > width) text.pop_back();
  return text + "...";
}

// Where times are, and what a column of pixels covers.
struct TimeAxis {
  double begin, end;
  int left, right;  // px, edges of the plot

  double x(double time) const { return (time - begin) / (end - begin) * (right - left); }
  int columns() const { return right - left; }
};

// A value per column of pixels, NaN where there is none.
class Curve {
 public:
  explicit Curve(int columns)
      : values_(static_cast<std::size_t>(columns), std::numeric_limits<double>::quiet_NaN()) {}

  // A straight line from x0 to x1 >= x0, px from the left edge of the plot.
  void add(double x0, double value0, double x1, double value1) {
    const auto last = static_cast<double>(values_.size()) - 1;
    const auto first_column = static_cast<std::size_t>(std::clamp(std::floor(x0), 0.0, last));
    const auto last_column = static_cast<std::size_t>(
        std::clamp(std::ceil(x1) - 1, static_cast<double>(first_column), last));
    const auto value = [&](double x) {
      if (!(x1 > x0)) return std::max(value0, value1);
      return value0 + (value1 - value0) * std::clamp((x - x0) / (x1 - x0), 0.0, 1.0);
    };
    for (std::size_t column = first_column; column <= last_column; ++column) {
      const auto edge = static_cast<double>(column);
      const double highest = std::max(value(edge), value(edge + 1));
      if (!(values_[column] >= highest)) values_[column] = highest;
    }
  }

  int columns() const { return static_cast<int>(values_.size()); }
  std::optional<double> at(int column) const {
    const double value = values_[static_cast<std::size_t>(column)];
    return std::isnan(value) ? std::nullopt
                             : std::optional(std::clamp(value, 0.0, kHighestIntensity));
  }

 private:
  std::vector<double> values_;
};

// The usual time from a row to the next.
double spacing(const AuTable& table, const FaceTrack& face) {
  std::vector<double> distances;
  for (std::size_t row = 1; row < face.times.size(); ++row)
    distances.push_back(face.times[row] - face.times[row - 1]);
  if (distances.empty()) return table.step;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  return *middle > 0 ? *middle : table.step;
}

// A row's value stands in the middle of its time; the time before the first and behind the last of
// connected rows has theirs.
Curve curve(const TimeAxis& axis, const FaceTrack& face, const std::vector<double>& values,
            double row_time) {
  Curve result(axis.columns());
  std::optional<std::size_t> last;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (face.success[row] == 0 || std::isnan(values[row])) continue;
    const double middle = axis.x(face.times[row] + row_time / 2);
    if (last && face.times[row] - face.times[*last] <= kLargestGap * row_time) {
      result.add(axis.x(face.times[*last] + row_time / 2), values[*last], middle, values[row]);
    } else {
      if (last)
        result.add(axis.x(face.times[*last] + row_time / 2), values[*last],
                   axis.x(face.times[*last] + row_time), values[*last]);
      result.add(axis.x(face.times[row]), values[row], middle, values[row]);
    }
    last = row;
  }
  if (last)
    result.add(axis.x(face.times[*last] + row_time / 2), values[*last],
               axis.x(face.times[*last] + row_time), values[*last]);
  return result;
}

// The columns that any row covers for which `counts`; at least one for each.
template <typename Counts>
std::vector<char> covered(const TimeAxis& axis, const FaceTrack& face, double row_time,
                          Counts counts) {
  std::vector<char> columns(static_cast<std::size_t>(axis.columns()), 0);
  for (std::size_t row = 0; row < face.times.size(); ++row) {
    if (!counts(row)) continue;
    constexpr double kRounding = 1e-6;
    const double from = axis.x(face.times[row]) + kRounding,
                 to = axis.x(face.times[row] + row_time) - kRounding;
    const int first = std::clamp(static_cast<int>(from), 0, axis.columns() - 1);
    const int end = std::clamp(static_cast<int>(std::ceil(to)), first + 1, axis.columns());
    std::fill(columns.begin() + first, columns.begin() + end, char{1});
  }
  return columns;
}

void fill_columns(Image& image, const TimeAxis& axis, const std::vector<char>& columns, char which,
                  int top, int bottom, Colour colour) {
  for (int column = 0; column < axis.columns(); ++column)
    if (columns[static_cast<std::size_t>(column)] == which)
      fill(image, axis.left + column, top, axis.left + column + 1, bottom, colour);
}

float height_of(double value, int top) {
  return static_cast<float>(top) - 0.5f +
         static_cast<float>((1 - value / kHighestIntensity) * kStripHeight);
}

void draw_area(Image& image, const TimeAxis& axis, const Curve& values, int top, Colour colour) {
  for (int column = 0; column < values.columns(); ++column)
    if (const auto value = values.at(column); value && *value > 0) {
      // Pixels whose centres are below the curve.
      fill(image, axis.left + column, static_cast<int>(std::ceil(height_of(*value, top))),
           axis.left + column + 1, top + kStripHeight, colour);
    }
}

void draw_curve(Image& image, const TimeAxis& axis, const Curve& values, int top, float thickness,
                Colour colour) {
  Point2 last;
  bool connected = false;
  for (int column = 0; column < values.columns(); ++column) {
    const auto value = values.at(column);
    if (value) {
      const Point2 point{static_cast<float>(axis.left + column), height_of(*value, top)};
      draw_line(image, connected ? last : point, point, thickness, colour);
      last = point;
    }
    connected = value.has_value();
  }
}

double tick_distance(const AuTable& table, double duration) {
  constexpr std::array<double, 18> kSteps{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1,   2,    5,
                                          10,   15,   30,   60,  120, 300, 600, 1800, 3600};
  constexpr std::array<double, 3> kLeading{1, 2, 5};
  if (table.timed)
    for (const double step : kSteps)
      if (duration / step <= kMostTicks) return step;
  for (double power = table.timed ? 3600 : 1;; power *= 10)
    for (const double leading : kLeading)
      if (duration / (power * leading) <= kMostTicks) return power * leading;
}

std::string tick_text(const AuTable& table, double time, double distance) {
  if (!table.timed) return fmt::format("{:.0f}", time);
  if (distance < 0.1) return fmt::format("{:.2f} s", time);
  if (distance < 1) return fmt::format("{:.1f} s", time);
  if (std::abs(time) < 60 && distance < 60) return fmt::format("{:.0f} s", time);
  const double minutes = std::floor(std::abs(time) / 60), seconds = std::abs(time) - 60 * minutes;
  const char* sign = time < 0 ? "-" : "";
  if (minutes < 60) return fmt::format("{}{:.0f}:{:02.0f}", sign, minutes, seconds);
  const double hours = std::floor(minutes / 60);
  return fmt::format("{}{:.0f}:{:02.0f}:{:02.0f}", sign, hours, minutes - 60 * hours, seconds);
}

std::string still_time(const AuTable& table, const FaceTrack& face, std::size_t row) {
  return table.timed ? fmt::format("{:.2f} s", face.times[row])
                     : fmt::format("frame {}", face.frames[row]);
}

// The strongest action units that are present in the row.
std::string still_aus(const FaceTrack& face, std::size_t row) {
  std::vector<std::pair<double, std::string_view>> present;
  for (const AuTrack& au : face.aus)
    if (is_present(au, row))
      present.emplace_back(
          au.intensity.empty() || std::isnan(au.intensity[row]) ? 0 : -au.intensity[row], au.name);
  std::sort(present.begin(), present.end());
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(present.size(), 3); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : "  ", present[i].second);
  return present.size() > 3 ? text + " ..." : text;
}

struct Legend {
  std::string_view text;
  Colour colour;
  int height;  // px of the sample
};

// From the right to the left.
float draw_legend(Image& image, std::span<const Legend> items, float right, float middle) {
  constexpr int kSample = 22;
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    right -= text_width(item->text, kSmallDot);
    write(image, right, middle, item->text, kSmallDot, kInk);
    const int left = static_cast<int>(right) - kSample - 6,
              top = static_cast<int>(middle) - item->height / 2;
    fill(image, left, top, left + kSample, top + item->height, item->colour);
    right = static_cast<float>(left - 18);
  }
  return right;
}

void draw_stills(Image& image, const AuTable& table, const FaceTrack& face,
                 std::span<const Still> stills, const TimeAxis& axis, double row_time, int top,
                 int plot_top) {
  const auto count = static_cast<int>(stills.size());
  const int width = count * kStill_px + (count - 1) * kStillGap;
  int left = (image.width() - width) / 2;
  for (const Still& still : stills) {
    assert(still.picture.width() == kStill_px && still.picture.height() == kStill_px);
    for (int y = 0; y < kStill_px; ++y)
      std::memcpy(image.row(top + y) + std::ptrdiff_t{3} * left, still.picture.row(y),
                  std::size_t{3} * kStill_px);
    const float middle = static_cast<float>(left) + kStill_px / 2.0f;
    const auto centred = [&](const std::string& text, float at, Colour colour) {
      write(image, std::round(middle - text_width(text, kSmallDot) / 2), at, text, kSmallDot,
            colour);
    };
    const auto caption = static_cast<float>(top + kStill_px);
    centred(still_time(table, face, still.row), caption + 12, kInk);
    centred(still_aus(face, still.row), caption + 29, kFaint);
    const float x = static_cast<float>(axis.left) +
                    static_cast<float>(axis.x(face.times[still.row] + row_time / 2));
    const float from = caption + kCaptionHeight + 3;
    draw_line(image, {middle, from}, {x, static_cast<float>(plot_top) - 2}, 1, kMoment);
    left += kStill_px + kStillGap;
  }
}

}  // namespace

std::vector<std::size_t> interesting_rows(const AuTable& table, const FaceTrack& face,
                                          std::size_t count) {
  struct Peak {
    double value;
    std::size_t row;
  };
  std::vector<Peak> peaks;
  std::vector<std::size_t> rows;  // with success
  for (std::size_t row = 0; row < face.times.size(); ++row)
    if (face.success[row] != 0) rows.push_back(row);
  for (const AuTrack& au : face.aus) {
    const std::vector<double>& values = au.intensity.empty() ? au.presence : au.intensity;
    std::optional<Peak> highest;
    for (const std::size_t row : rows)
      if (is_present(au, row) && (values[row] > (highest ? highest->value : 0)))
        highest = {values[row], row};
    if (highest) peaks.push_back(*highest);
  }
  std::stable_sort(peaks.begin(), peaks.end(),
                   [](const Peak& a, const Peak& b) { return a.value > b.value; });

  const double begin = face.times.front(), end = face.times.back() + table.step;
  std::vector<std::size_t> chosen;
  const auto distance = [&](std::size_t row) {
    const double time = face.times[row];
    double nearest = 2 * std::min(time - begin + table.step, end - time);
    for (const std::size_t other : chosen)
      nearest = std::min(nearest, std::abs(time - face.times[other]));
    return nearest;
  };
  const double close = (end - begin) / (2 * static_cast<double>(count) + 1);
  for (const Peak& peak : peaks) {
    const bool far = std::all_of(chosen.begin(), chosen.end(), [&](std::size_t other) {
      return std::abs(face.times[peak.row] - face.times[other]) > close;
    });
    if (chosen.size() < count && far) chosen.push_back(peak.row);
  }
  while (chosen.size() < std::min(count, rows.size())) {
    const auto farthest =
        std::max_element(rows.begin(), rows.end(),
                         [&](std::size_t a, std::size_t b) { return distance(a) < distance(b); });
    if (!(distance(*farthest) > 0)) break;
    chosen.push_back(*farthest);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Image timeline_picture(const AuTable& table, const FaceTrack& face, std::span<const Still> stills,
                       const std::string& estimator, const EventRules& rules) {
  assert(stills.size() <= kMostStills);
  const FaceSummary summary = summarise(table, face, rules);
  if (summary.aus.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected action units of face {} to draw, found none in its {} "
                            "rows; was a face found?",
                            table.file.string(), face.id, summary.rows));
  const bool truth = std::any_of(summary.aus.begin(), summary.aus.end(),
                                 [](const AuSummary& au) { return au.truth.has_value(); });
  const int stills_top = kMargin + kTitleHeight;
  const int plot_top =
      stills_top + (stills.empty() ? 0 : kStill_px + kCaptionHeight + kLinksHeight);
  const int plot_bottom = plot_top + kStripPitch * static_cast<int>(summary.aus.size());
  Image image(kTimelineWidth_px, plot_bottom + kAxisHeight, 3);
  fill(image, 0, 0, image.width(), image.height(), kPaper);

  const TimeAxis axis{table.begin(), table.end(), kPlotLeft,
                      kTimelineWidth_px - kMargin - (truth ? kAgreementWidth : 0)};
  const double row_time = spacing(table, face);
  const std::vector<char> seen =
      covered(axis, face, row_time, [&](std::size_t row) { return face.success[row] != 0; });

  std::vector<Legend> legend{{"intensity 0 to 5", kCurve, 9}, {"present", kPresent, 4}};
  if (truth) legend.push_back({"truth", kTruth, 2});
  if (std::find(seen.begin(), seen.end(), 0) != seen.end())
    legend.push_back({"no face", kNoFace, 9});
  const float legend_left = draw_legend(image, legend, kTimelineWidth_px - kMargin, kMargin + 6.0f);
  std::string title = table.file.filename().string();
  if (table.faces.size() > 1) title += fmt::format(", face {}", face.id);
  if (!estimator.empty()) title += fmt::format(", action units by {}", estimator);
  write(image, kMargin, kMargin + 6, shortened(title, legend_left - kMargin, kTextDot), kTextDot,
        kInk);

  // Grounds, then the lines that go through all strips, then the curves.
  for (std::size_t i = 0; i < summary.aus.size(); ++i) {
    const int top = plot_top + kStripPitch * static_cast<int>(i);
    fill(image, axis.left, top, axis.right, top + kStripHeight, kStrip);
    fill_columns(image, axis, seen, 0, top, top + kStripHeight, kNoFace);
  }
  const double distance = tick_distance(table, axis.end - axis.begin);
  for (double tick = std::ceil(axis.begin / distance); tick * distance < axis.end; ++tick) {
    const double time = tick * distance;
    const float x = static_cast<float>(axis.left) + static_cast<float>(axis.x(time));
    const int column = static_cast<int>(x);
    fill(image, column, plot_top, column + 1, plot_bottom, kGrid);
    const std::string text = tick_text(table, time, distance);
    const float width = text_width(text, kSmallDot);
    write(image, std::min(std::round(x - width / 2), static_cast<float>(axis.right) - width),
          static_cast<float>(plot_bottom) + 9, text, kSmallDot, kFaint);
  }
  if (!table.timed)
    write(image, kMargin, static_cast<float>(plot_bottom) + 9, "frame", kSmallDot, kFaint);
  for (const Still& still : stills) {
    const int x = axis.left + static_cast<int>(axis.x(face.times[still.row] + row_time / 2) + 0.5);
    fill(image, x, plot_top, x + 1, plot_bottom, kMoment);
  }
  draw_stills(image, table, face, stills, axis, row_time, stills_top, plot_top);

  std::size_t strip = 0;
  for (const AuTrack& au : face.aus) {
    if (strip == summary.aus.size() || summary.aus[strip].name != au.name) continue;
    const AuSummary& numbers = summary.aus[strip];
    const int top = plot_top + kStripPitch * static_cast<int>(strip++);
    const Curve intensity = curve(axis, face, au.intensity, row_time);
    draw_area(image, axis, intensity, top, kFill);
    draw_curve(image, axis, intensity, top, 1.4f, kCurve);
    draw_curve(image, axis, curve(axis, face, au.truth, row_time), top, 1.4f, kTruth);
    const auto present = covered(axis, face, row_time, [&](std::size_t row) {
      return face.success[row] != 0 && is_present(au, row, rules);
    });
    fill_columns(image, axis, present, 1, top + kStripHeight + 1,
                 top + kStripHeight + 1 + kPresentHeight, kPresent);

    const float middle = static_cast<float>(top) + kStripHeight / 2.0f;
    write(image, kMargin, middle, au.name, kTextDot, kInk);
    write(image, kMargin + 50, middle, au_description(au.name), kSmallDot, kFaint);
    if (numbers.truth && numbers.truth->pearson_r)
      write(image, static_cast<float>(axis.right) + 8, middle,
            fmt::format("r {:.2f}", *numbers.truth->pearson_r), kSmallDot, kInk);
  }
  return image;
}

}  // namespace auriga
