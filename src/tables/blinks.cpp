#include "tables/blinks.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "base/same_math.hpp"
#include "files/json.hpp"
#include "files/number_text.hpp"
#include "files/study_columns.hpp"

namespace auriga {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// How far around an apex its levels are looked for, to either side; a blink is over by then.
constexpr double kLevel_s = 1;
// Half of the window whose median is the open level: many blinks fit into it, and a look down that
// lasts is followed by it.
constexpr double kOpen_s = 3;
// Half of the window of the mean that quietens fast cameras: less than a frame up to 40 a second.
constexpr double kSmooth_s = 0.0125;
// Of the way down: where the straight lines pass that say when a blink begins and ends.
constexpr double kThird = 1.0 / 3;
// What is left of the way where a lid counts as open, or down.
constexpr double kCorner = 0.05;
// Otsu's threshold divides any set of blinks. It counts where the means of its two classes are
// farther apart than this share of the open level; else all blinks are of one kind, which the
// closure tells.
constexpr double kTwoKinds = 0.25, kCompleteClosure = 0.6;
constexpr std::size_t kLeastForOtsu = 6;  // blinks of an eye
// An eye whose level is less than this share of its open level is closed, or looks down: it cannot
// blink.
constexpr double kOpenShare = 0.4;
// The level around a blink is this quantile: the highest value is a wrong landmark now and then.
constexpr double kLevelQuantile = 0.8;
// An eye takes part in the blink of the other one with this share of the least closure. A blink of
// one eye only has to be deeper: it is less likely than a wrong landmark.
constexpr double kTakesPart = 0.5, kAlone = 1.5;
// Blinks of two eyes that begin farther apart are two.
constexpr double kPair_s = 0.15;

double distance(const Landmarks& points, std::size_t a, std::size_t b) {
  return same::length(static_cast<double>(points.x[a]) - static_cast<double>(points.x[b]),
                      static_cast<double>(points.y[a]) - static_cast<double>(points.y[b]));
}

std::optional<double> median_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double upper_quartile(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(3 * (values.size() - 1) / 4);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Between two values where need be; `values` has one at least.
double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

std::optional<double> mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Rows that follow each other in time without a gap that hides a blink.
struct Stretch {
  std::size_t begin, end;
};

std::vector<Stretch> stretches(const std::vector<double>& times, const std::vector<double>& values,
                               double frame_s) {
  // A blink is not looked for across this.
  const double gap = std::max(0.1, 2.5 * frame_s);
  std::vector<Stretch> all;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (std::isnan(values[row])) continue;
    if (!all.empty() && all.back().end == row && times[row] - times[row - 1] <= gap)
      all.back().end = row + 1;
    else
      all.push_back({row, row + 1});
  }
  return all;
}

class EyeBlinks {
 public:
  EyeBlinks(const std::vector<double>& times, const std::vector<std::int64_t>& frames,
            const EyeTrack& eye, double frame_s, const BlinkRules& rules)
      : times_(times), frames_(frames), eye_(eye), frame_s_(frame_s), rules_(rules) {}

  std::vector<EyeBlink> find() {
    std::vector<EyeBlink> blinks;
    for (const Stretch& stretch : stretches(times_, eye_.openness, frame_s_)) {
      smooth(stretch);
      look_through(stretch, blinks);
    }
    return blinks;
  }

 private:
  // Values of the stretch, a mean over so little time that blinks stay what they are.
  void smooth(const Stretch& stretch) {
    values_.assign(eye_.openness.begin() + static_cast<std::ptrdiff_t>(stretch.begin),
                   eye_.openness.begin() + static_cast<std::ptrdiff_t>(stretch.end));
    if (frame_s_ > 2 * kSmooth_s) return;
    std::vector<double> smoothed(values_.size());
    std::size_t from = 0, to = 0;
    double sum = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      while (to < values_.size() && time(stretch, to) <= time(stretch, i) + kSmooth_s)
        sum += values_[to++];
      while (time(stretch, from) < time(stretch, i) - kSmooth_s) sum -= values_[from++];
      smoothed[i] = sum / static_cast<double>(to - from);
    }
    values_ = std::move(smoothed);
  }

  double time(const Stretch& stretch, std::size_t i) const { return times_[stretch.begin + i]; }

  void look_through(const Stretch& stretch, std::vector<EyeBlink>& blinks) const {
    const std::size_t n = values_.size();
    for (std::size_t i = 1; i + 1 < n; ++i) {
      if (!(values_[i] < values_[i - 1])) continue;
      // The lowest may last some frames; its middle is the apex.
      std::size_t last = i;
      while (last + 1 < n && values_[last + 1] == values_[i]) ++last;
      if (last + 1 == n || values_[last + 1] < values_[i]) continue;
      if (auto blink = blink_at(stretch, i, last)) blinks.push_back(*blink);
      i = last;
    }
  }

  // Of the values on one side before one that is lower than the apex.
  double level(const Stretch& stretch, std::size_t from, int step, double lowest) const {
    std::vector<double> values;
    const double begin = time(stretch, from);
    for (std::size_t i = from; i < values_.size(); i += static_cast<std::size_t>(step)) {
      if (std::abs(time(stretch, i) - begin) > kLevel_s || values_[i] < lowest) break;
      values.push_back(values_[i]);
    }
    return quantile(std::move(values), kLevelQuantile);
  }

  // Where the way from row `from` on crosses `level` upwards, s; nothing: before the stretch ends.
  std::optional<double> crossing(const Stretch& stretch, std::size_t from, int step,
                                 double edge) const {
    std::size_t before = from;
    for (std::size_t i = from; i < values_.size(); i += static_cast<std::size_t>(step)) {
      if (values_[i] >= edge && i != from) {
        const double share = (edge - values_[before]) / (values_[i] - values_[before]);
        return time(stretch, before) + share * (time(stretch, i) - time(stretch, before));
      }
      before = i;
    }
    return std::nullopt;
  }

  double open_level(double at) const {
    const auto begin = std::lower_bound(times_.begin(), times_.end(), at - kOpen_s),
               end = std::upper_bound(times_.begin(), times_.end(), at + kOpen_s);
    std::vector<double> values;
    for (auto row = begin - times_.begin(); row != end - times_.begin(); ++row)
      if (const double value = eye_.openness[static_cast<std::size_t>(row)]; !std::isnan(value))
        values.push_back(value);
    return median_of(std::move(values)).value_or(kMissing);
  }

  std::optional<EyeBlink> blink_at(const Stretch& stretch, std::size_t first,
                                   std::size_t last) const {
    const double lowest = values_[first];
    const double before = level(stretch, first, -1, lowest),
                 after = level(stretch, last, 1, lowest);
    const double amplitude = std::min(before, after) - lowest;
    const double low = (time(stretch, first) + time(stretch, last)) / 2;
    if (std::min(before, after) < kOpenShare * eye_.open_level) return std::nullopt;
    const double least = kTakesPart * rules_.least_closure;
    if (!(amplitude > 0.5 * least * eye_.open_level)) return std::nullopt;
    const double open = std::max(open_level(low), std::min(before, after));
    if (!(amplitude >= least * open)) return std::nullopt;
    const auto share_of_way = [&](std::size_t from, int step, double share) {
      return crossing(stretch, from, step, lowest + (1 - share) * amplitude);
    };
    const auto closes = share_of_way(first, -1, kThird), opened = share_of_way(last, 1, kThird);
    if (!closes || !opened) return std::nullopt;
    // What the lid crosses farther out it crosses nearer to the apex, too.
    const double half_closed = *share_of_way(first, -1, 0.5),
                 half_open = *share_of_way(last, 1, 0.5),
                 closed = *share_of_way(first, -1, 1 - kThird),
                 opens = *share_of_way(last, 1, 1 - kThird);
    if (half_open - half_closed < rules_.shortest_s || half_open - half_closed > rules_.longest_s)
      return std::nullopt;
    // What a line takes for one third of the way it takes for the others.
    const double closing = closed - *closes, opening = *opened - opens;
    // Sides that are bent meet the level and the bottom where the lid is open and down at the
    // latest.
    const auto begins = share_of_way(first, -1, kCorner), ends = share_of_way(last, 1, kCorner);
    const double start = std::max(*closes - closing, begins.value_or(*closes - closing)),
                 end = std::min(*opened + opening, ends.value_or(*opened + opening)),
                 down = std::min(closed + closing, *share_of_way(first, -1, 1 - kCorner)),
                 up = std::max(opens - opening, *share_of_way(last, 1, 1 - kCorner));
    const double at = std::clamp((down + up) / 2, closed, opens);
    EyeBlink blink;
    blink.start_s = start;
    blink.apex_s = at;
    blink.middle_s = (half_closed + half_open) / 2;
    blink.end_s = end;
    const auto within = [&](std::size_t row) {
      return times_[row] >= start - 1e-9 && times_[row] <= end + 1e-9;
    };
    std::size_t from = stretch.begin + first, to = stretch.begin + last;
    while (from > stretch.begin && within(from - 1)) --from;
    while (to + 1 < stretch.end && within(to + 1)) ++to;
    blink.first = frames_[from];
    blink.last = frames_[to];
    std::size_t nearest = from;
    for (std::size_t row = from + 1; row <= to; ++row)
      if (std::abs(times_[row] - at) < std::abs(times_[nearest] - at)) nearest = row;
    blink.apex = frames_[nearest];
    blink.openness = lowest;
    blink.amplitude = amplitude;
    blink.share = amplitude / open;
    blink.closure = std::clamp(1 - lowest / open, 0.0, 1.0);
    if (frame_s_ <= 1 / kLeastBlinkFps) {
      blink.closing_speed = blink.share / (at - start);
      blink.opening_speed = blink.share / (end - at);
    }
    return blink;
  }

  const std::vector<double>& times_;
  const std::vector<std::int64_t>& frames_;
  const EyeTrack& eye_;
  double frame_s_;
  const BlinkRules& rules_;
  std::vector<double> values_;  // of the stretch
};

// Otsu's threshold: the cut between two values, ascending, that makes the variance between the
// classes largest. Nothing where the means of these are not `least` apart.
std::optional<double> otsu(const std::vector<double>& values, double least) {
  double all = 0;
  for (const double value : values) all += value;
  double below = 0, best = -1;
  std::optional<double> threshold;
  const auto n = static_cast<double>(values.size());
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    below += values[i];
    const auto count = static_cast<double>(i + 1);
    const double low = below / count, high = (all - below) / (n - count);
    const double between = count * (n - count) * (high - low) * (high - low);
    if (between <= best) continue;
    best = between;
    threshold = high - low >= least ? std::optional((values[i] + values[i + 1]) / 2) : std::nullopt;
  }
  return threshold;
}

void classify(EyeTrack& eye, std::vector<Blink>& blinks, std::optional<EyeBlink> Blink::*side,
              const BlinkRules& rules) {
  std::vector<double> apexes;
  for (const Blink& blink : blinks)
    if (blink.*side) apexes.push_back((blink.*side)->openness);
  std::sort(apexes.begin(), apexes.end());
  eye.threshold = rules.threshold;
  if (!eye.threshold && apexes.size() >= kLeastForOtsu)
    eye.threshold = otsu(apexes, kTwoKinds * eye.open_level);
  const bool by_level = eye.threshold.has_value();
  for (Blink& blink : blinks)
    if (auto& one = blink.*side)
      one->complete = by_level ? one->openness <= *eye.threshold : one->closure >= kCompleteClosure;
  if (!by_level && !apexes.empty()) eye.threshold = (1 - kCompleteClosure) * eye.open_level;
}

// Whether an eye is open before or after that time, or nobody knows.
bool is_open_around(const EyeTrack& eye, const std::vector<double>& times, double start,
                    double end) {
  const auto level = [&](double from, double to) -> std::optional<double> {
    std::vector<double> values;
    for (auto at = std::lower_bound(times.begin(), times.end(), from);
         at != times.end() && *at <= to; ++at)
      if (const double value = eye.openness[static_cast<std::size_t>(at - times.begin())];
          !std::isnan(value))
        values.push_back(value);
    return values.empty() ? std::nullopt
                          : std::optional(quantile(std::move(values), kLevelQuantile));
  };
  const auto before = level(start - kLevel_s, start), after = level(end, end + kLevel_s);
  if (!before && !after) return true;
  return std::max(before.value_or(0), after.value_or(0)) >= kOpenShare * eye.open_level;
}

std::vector<Blink> paired(const std::vector<EyeBlink>& left, const std::vector<EyeBlink>& right,
                          double least_closure) {
  std::vector<Blink> blinks;
  std::size_t l = 0, r = 0;
  while (l < left.size() || r < right.size()) {
    Blink blink;
    const bool has_left = l < left.size(), has_right = r < right.size();
    const bool together =
        has_left && has_right &&
        ((left[l].start_s <= right[r].end_s && right[r].start_s <= left[l].end_s) ||
         std::abs(left[l].start_s - right[r].start_s) <= kPair_s);
    if (together || (has_left && (!has_right || left[l].apex_s < right[r].apex_s)))
      blink.left = left[l++];
    if (together || !blink.left) blink.right = right[r++];
    if (together) blink.delay_s = blink.left->middle_s - blink.right->middle_s;
    blinks.push_back(std::move(blink));
  }
  std::erase_if(blinks, [&](const Blink& blink) {
    const double most =
        std::max(blink.left ? blink.left->share : 0, blink.right ? blink.right->share : 0);
    return most < (blink.left && blink.right ? 1 : kAlone) * least_closure;
  });
  return blinks;
}

std::optional<double> both(const Blink& blink, double EyeBlink::*member, bool least) {
  if (!blink.left) return (*blink.right).*member;
  if (!blink.right) return (*blink.left).*member;
  return least ? std::min((*blink.left).*member, (*blink.right).*member)
               : std::max((*blink.left).*member, (*blink.right).*member);
}

void add_eye(std::string& text, const std::optional<EyeBlink>& eye, char separator) {
  const auto number = [&](std::optional<double> value, int decimals) {
    text += separator;
    if (value && std::isfinite(*value)) append_fixed(text, *value, decimals);
  };
  const auto of = [&](double EyeBlink::*member) {
    return eye ? std::optional((*eye).*member) : std::nullopt;
  };
  text += separator;
  if (eye) text += eye->complete ? "complete" : "partial";
  number(of(&EyeBlink::start_s), 3);
  number(of(&EyeBlink::apex_s), 3);
  number(of(&EyeBlink::end_s), 3);
  number(of(&EyeBlink::openness), 4);
  number(of(&EyeBlink::amplitude), 4);
  number(of(&EyeBlink::closure), 3);
  number(eye ? eye->closing_speed : std::nullopt, 2);
  number(eye ? eye->opening_speed : std::nullopt, 2);
}

Json eye_json(const std::optional<EyeBlink>& eye) {
  if (!eye) return {};
  return Json::object({{"kind", eye->complete ? "complete" : "partial"},
                       {"start_s", eye->start_s},
                       {"apex_s", eye->apex_s},
                       {"end_s", eye->end_s},
                       {"apex_frame", eye->apex},
                       {"openness", eye->openness},
                       {"amplitude", eye->amplitude},
                       {"closure", eye->closure},
                       {"closing_speed", eye->closing_speed},
                       {"opening_speed", eye->opening_speed}});
}

}  // namespace

const char* word(BlinkEyes eyes) {
  switch (eyes) {
    case BlinkEyes::both:
      return "both";
    case BlinkEyes::left:
      return "left";
    case BlinkEyes::right:
      return "right";
  }
  return "";
}

double Blink::start_s() const { return *both(*this, &EyeBlink::start_s, true); }
double Blink::end_s() const { return *both(*this, &EyeBlink::end_s, false); }
double Blink::apex_s() const {
  return (*both(*this, &EyeBlink::apex_s, true) + *both(*this, &EyeBlink::apex_s, false)) / 2;
}

std::array<double, 2> eye_openness(const Landmarks& landmarks, EyeMeasure measure) {
  std::array<double, 2> openness{};
  for (std::size_t eye = 0; eye < 2; ++eye) {
    const std::size_t p1 = 36 + 6 * eye;
    const double lids = distance(landmarks, p1 + 1, p1 + 5) + distance(landmarks, p1 + 2, p1 + 4);
    const double width =
        measure == EyeMeasure::ear ? distance(landmarks, p1, p1 + 3) : distance(landmarks, 36, 45);
    openness[eye] = width > 0 ? lids / (2 * width) : kMissing;
  }
  return openness;
}

Blinks find_blinks(const AuTable& table, const FaceTrack& face, const BlinkRules& rules) {
  if (face.landmarks.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected the landmarks x_36..x_47 and y_36..y_47 of the eyelids, "
                            "found no landmarks; write the table with -2Dfp",
                            table.file.string()));
  if (!table.timed)
    throw Error(
        ErrorCode::input,
        fmt::format("{}: expected times, which blinks are measured by, found a table without "
                    "useful timestamps; write it of a video",
                    table.file.string()));
  Blinks result;
  result.times = face.times;
  result.frames = face.frames;
  std::array<EyeTrack, 2> eyes;
  for (EyeTrack& eye : eyes) eye.openness.assign(face.frames.size(), kMissing);
  std::vector<double> distances;
  std::size_t followed = 0;
  for (std::size_t row = 0; row < face.frames.size(); ++row) {
    if (row > 0 && face.times[row] > face.times[row - 1])
      distances.push_back(face.times[row] - face.times[row - 1]);
    if (face.success[row] == 0) continue;
    ++followed;
    const auto openness = eye_openness(face.landmarks[row], rules.measure);
    for (std::size_t eye = 0; eye < 2; ++eye) eyes[eye].openness[row] = openness[eye];
  }
  const double frame_s = median_of(distances).value_or(table.step);
  result.fps = 1 / frame_s;
  result.seconds = static_cast<double>(followed) * table.step;
  std::array<std::vector<EyeBlink>, 2> found;
  for (std::size_t eye = 0; eye < 2; ++eye) {
    std::vector<double> known;
    std::copy_if(eyes[eye].openness.begin(), eyes[eye].openness.end(), std::back_inserter(known),
                 [](double value) { return !std::isnan(value); });
    eyes[eye].open_level = upper_quartile(std::move(known));
    found[eye] = EyeBlinks(face.times, face.frames, eyes[eye], frame_s, rules).find();
  }
  // The eye on the left of the picture is the person's right one.
  const std::size_t left = rules.mirrored ? 0 : 1, right = 1 - left;
  result.left = std::move(eyes[left]);
  result.right = std::move(eyes[right]);
  result.blinks = paired(found[left], found[right], rules.least_closure);
  // Of eyes that are closed a landmark jumps now and then, in one eye.
  std::erase_if(result.blinks, [&](const Blink& blink) {
    return blink.eyes() != BlinkEyes::both &&
           !is_open_around(blink.left ? result.right : result.left, result.times, blink.start_s(),
                           blink.end_s());
  });
  for (std::size_t i = 1; i < result.blinks.size(); ++i)
    result.blinks[i].interval_s = result.blinks[i].apex_s() - result.blinks[i - 1].apex_s();
  classify(result.left, result.blinks, &Blink::left, rules);
  classify(result.right, result.blinks, &Blink::right, rules);

  std::vector<double> durations, intervals, delays;
  for (Blink& blink : result.blinks) {
    const std::int64_t apex = blink.left ? blink.left->apex : blink.right->apex;
    const auto row = static_cast<std::size_t>(
        std::lower_bound(face.frames.begin(), face.frames.end(), apex) - face.frames.begin());
    if (!face.yaw_rad.empty() && !std::isnan(face.yaw_rad[row]))
      blink.yaw_deg = face.yaw_rad[row] * 180 / std::numbers::pi;
    ++(blink.complete() ? result.complete : result.partial);
    if (blink.eyes() != BlinkEyes::both) ++result.one_eye;
    durations.push_back(blink.end_s() - blink.start_s());
    if (blink.interval_s) intervals.push_back(*blink.interval_s);
    if (blink.delay_s) delays.push_back(*blink.delay_s);
  }
  if (result.seconds > 0)
    result.per_minute = 60 * static_cast<double>(result.blinks.size()) / result.seconds;
  result.mean_duration_s = mean_of(durations);
  result.mean_interval_s = mean_of(intervals);
  if (intervals.size() > 1) {
    double squares = 0;
    for (const double interval : intervals)
      squares += (interval - *result.mean_interval_s) * (interval - *result.mean_interval_s);
    result.sd_interval_s = std::sqrt(squares / static_cast<double>(intervals.size() - 1));
  }
  if (result.fps >= kLeastBlinkFps) result.median_delay_s = median_of(delays);
  return result;
}

std::string blink_table(const Blinks& blinks, std::int64_t face_id, char separator) {
  std::string text;
  for (const StudyColumn& column : blink_columns())
    text += (text.empty() ? std::string() : std::string(1, separator)) + std::string(column.name);
  text += '\n';
  std::size_t count = 0;
  for (const Blink& blink : blinks.blinks) {
    const auto number = [&](std::optional<double> value, int decimals) {
      text += separator;
      if (value && std::isfinite(*value)) append_fixed(text, *value, decimals);
    };
    const auto frame = [&](std::int64_t EyeBlink::*member, bool least) {
      const std::int64_t left = blink.left ? (*blink.left).*member : (*blink.right).*member,
                         right = blink.right ? (*blink.right).*member : left;
      return static_cast<double>(least ? std::min(left, right) : std::max(left, right));
    };
    text += std::to_string(face_id);
    number(static_cast<double>(++count), 0);
    text += separator;
    text += word(blink.eyes());
    text += separator;
    text += blink.complete() ? "complete" : "partial";
    number(blink.start_s(), 3);
    number(blink.apex_s(), 3);
    number(blink.end_s(), 3);
    number(blink.end_s() - blink.start_s(), 3);
    number(blink.interval_s, 3);
    number(blinks.fps >= kLeastBlinkFps ? blink.delay_s : std::nullopt, 3);
    number(frame(&EyeBlink::first, true), 0);
    number(frame(&EyeBlink::apex, true), 0);
    number(frame(&EyeBlink::last, false), 0);
    number(blink.yaw_deg, 1);
    add_eye(text, blink.left, separator);
    add_eye(text, blink.right, separator);
    text += '\n';
  }
  return text;
}

std::string blink_text(const Blinks& blinks) {
  const auto number = [](std::optional<double> value, int decimals) {
    return value ? fmt::format("{:.{}f}", *value, decimals) : std::string("-");
  };
  std::string text = fmt::format(
      "  {} blinks in {:.1f} s with a face ({} per minute): {} complete, {} partial, {} of one eye "
      "only\n",
      blinks.blinks.size(), blinks.seconds, number(blinks.per_minute, 1), blinks.complete,
      blinks.partial, blinks.one_eye);
  if (!blinks.blinks.empty())
    text +=
        fmt::format("  duration {} s, interval {} s (sd {}), left after right by {} s (median)\n",
                    number(blinks.mean_duration_s, 3), number(blinks.mean_interval_s, 2),
                    number(blinks.sd_interval_s, 2), number(blinks.median_delay_s, 3));
  text +=
      fmt::format("  open level: left {:.3f}, right {:.3f}; complete up to: left {}, right {}\n",
                  blinks.left.open_level, blinks.right.open_level, number(blinks.left.threshold, 3),
                  number(blinks.right.threshold, 3));
  if (blinks.fps < kLeastBlinkFps)
    text += fmt::format(
        "  warning: {:.1f} frames a second: blinks between two frames are missed, and there are no "
        "speeds and delays below {:g} a second\n",
        blinks.fps, kLeastBlinkFps);
  return text;
}

std::string blink_json(const Blinks& blinks, const AuTable& table, std::int64_t face_id) {
  Json list = Json::array();
  for (const Blink& blink : blinks.blinks)
    list.add(Json::object({{"eyes", word(blink.eyes())},
                           {"kind", blink.complete() ? "complete" : "partial"},
                           {"start_s", blink.start_s()},
                           {"apex_s", blink.apex_s()},
                           {"end_s", blink.end_s()},
                           {"interval_s", blink.interval_s},
                           {"delay_s", blinks.fps >= kLeastBlinkFps ? Json(blink.delay_s) : Json()},
                           {"yaw_deg", blink.yaw_deg},
                           {"left", eye_json(blink.left)},
                           {"right", eye_json(blink.right)}}));
  const auto eye = [](const EyeTrack& track) {
    return Json::object({{"open_level", track.open_level}, {"threshold", track.threshold}});
  };
  Json json = Json::object({{"file", table.file.string()},
                            {"face_id", face_id},
                            {"frames_per_second", blinks.fps},
                            {"seconds", blinks.seconds},
                            {"blinks", blinks.blinks.size()},
                            {"complete", blinks.complete},
                            {"partial", blinks.partial},
                            {"one_eye", blinks.one_eye},
                            {"per_minute", blinks.per_minute},
                            {"mean_duration_s", blinks.mean_duration_s},
                            {"mean_interval_s", blinks.mean_interval_s},
                            {"sd_interval_s", blinks.sd_interval_s},
                            {"median_delay_s", blinks.median_delay_s},
                            {"left", eye(blinks.left)},
                            {"right", eye(blinks.right)},
                            {"list", list}});
  if (table.excluded_ranges > 0) {
    json.add("frames_excluded", table.frames_excluded);
    json.add("excluded_ranges", table.excluded_ranges);
  }
  return json.text() + '\n';
}

}  // namespace auriga
