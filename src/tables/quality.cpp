#include "tables/quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "files/json.hpp"

namespace auriga {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// Tables have times in whole ms.
constexpr double kRounding_s = 0.001;

// 0..1 of the values, between neighbours where it falls between them.
double quantile(const std::vector<float>& ascending, double q) {
  const double place = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] +
         (place - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

void add_number(std::vector<float>& to, double value) {
  if (std::isfinite(value)) to.push_back(static_cast<float>(value));
}

std::optional<PercentileRange> range_deg(std::vector<float> rad) {
  if (rad.empty()) return std::nullopt;
  std::sort(rad.begin(), rad.end());
  const double deg = 180 / std::numbers::pi;
  return PercentileRange{deg * quantile(rad, 0.05), deg * quantile(rad, 0.95)};
}

class Judge {
 public:
  explicit Judge(Quality& quality) : quality_(quality) {}

  void look(bool is_so, const std::string& reason) { note(is_so, Verdict::look, reason); }

  // `unit`: behind the number, with its blank.
  void least(std::optional<double> value, const QualityLimit& limit, const char* what,
             const char* unit, int decimals = 0) {
    if (!value || *value >= limit.look) return;
    const bool poor = *value < limit.poor;
    note(true, poor ? Verdict::poor : Verdict::look,
         fmt::format("{} {:.{}f}{} (below {:g}{})", what, *value, decimals, unit,
                     poor ? limit.poor : limit.look, unit));
  }
  void most(double value, const QualityLimit& limit, const char* what, const char* unit) {
    if (value <= limit.look) return;
    const bool poor = value > limit.poor;
    note(true, poor ? Verdict::poor : Verdict::look,
         fmt::format("{} {:.0f}{} (above {:g}{})", what, value, unit,
                     poor ? limit.poor : limit.look, unit));
  }

 private:
  void note(bool is_so, Verdict verdict, const std::string& reason) {
    if (!is_so) return;
    quality_.verdict = std::max(quality_.verdict, verdict);
    quality_.reasons.push_back(reason);
  }
  Quality& quality_;
};

std::string times(std::int64_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

void judge(Quality& quality, const QualityLimits& limits) {
  Judge judge(quality);
  if (quality.frames_with_face == 0) {
    quality.verdict = Verdict::poor;
    quality.reasons.emplace_back("no face was found");
  } else {
    judge.least(100 * quality.followed, {100 * limits.followed.look, 100 * limits.followed.poor},
                "the face is followed in", " % of the frames", 1);
  }
  judge.look(
      quality.longest_gap_s.value_or(0) > limits.longest_gap_s && quality.frames_with_face > 0,
      fmt::format("without a face for {:.1f} s at a time (above {:g} s)",
                  quality.longest_gap_s.value_or(0), limits.longest_gap_s));
  judge.least(quality.face_px, limits.face_px, "the face is small:", " px");
  const auto turned = [&](const std::optional<PercentileRange>& range, const QualityLimit& limit,
                          const char* what) {
    if (range)
      judge.most(std::max(std::abs(range->low), std::abs(range->high)), limit, what, " deg");
  };
  turned(quality.yaw_deg, limits.yaw_deg, "the head is turned to a side by");
  turned(quality.pitch_deg, limits.pitch_deg, "the head is turned up or down by");
  judge.least(quality.fps, limits.fps, "few frames:", " per second", 1);
  judge.look(quality.fps_spread.value_or(0) > limits.fps_spread,
             fmt::format("the frame rate varies: the distance of frames by {:.0f} % of its mean "
                         "(above {:.0f} %)",
                         100 * quality.fps_spread.value_or(0), 100 * limits.fps_spread));
  if (quality.light) {
    const FaceLight& light = *quality.light;
    judge.least(light.brightness, limits.brightness, "the face is dark:", " of 255");
    judge.look(light.brightness > limits.brightest,
               fmt::format("the face is too bright: {:.0f} of 255 (above {:g})", light.brightness,
                           limits.brightest));
    judge.least(light.contrast, limits.contrast, "the face has little contrast:", " of 255");
    judge.least(light.sharpness, limits.sharpness, "the face is not sharp:", "", 3);
    quality.low_light = light.brightness < limits.brightness.look;
  }
  judge.look(quality.cuts.value_or(0) > limits.cuts, times(quality.cuts.value_or(0), "hard cut"));
  judge.look(quality.changes_of_person.value_or(0) > limits.changes_of_person,
             fmt::format("the face becomes another person's {}",
                         times(quality.changes_of_person.value_or(0), "time")));
  judge.look(quality.faces_visible.value_or(0) > limits.faces_visible,
             fmt::format("other people: {} faces at a time", quality.faces_visible.value_or(0)));
  judge.look(quality.partial, "the video is damaged or was not read to its end");
}

}  // namespace

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::look:
      return "look";
    case Verdict::poor:
      return "poor";
  }
  return {};
}

void QualityMeter::face(std::int64_t id, const Sight& sight) {
  Track& track = faces_[id];
  ++track.rows;
  add_number(track.size_px, sight.size_px);
  add_number(track.yaw_rad, sight.yaw_rad);
  add_number(track.pitch_rad, sight.pitch_rad);
  has_face_ = true;
}

void QualityMeter::advance(std::int64_t number, double time) {
  if (std::isnan(time)) timed_ = false;
  if (!begun_) {
    first_ = number;
    first_s_ = time;
  } else if (number > last_) {
    const double interval = (time - last_s_) / static_cast<double>(number - last_);
    least_s_ = measured_ ? std::min(least_s_, interval) : interval;
    largest_s_ = measured_ ? std::max(largest_s_, interval) : interval;
    measured_ = true;
    // The frame before lasted until now.
    if (gap_frames_ > 0) longest_gap_s_ = std::max(longest_gap_s_, time - gap_begin_s_);
  }
  begun_ = true;
  last_ = number;
  last_s_ = time;
}

void QualityMeter::without_face(std::size_t frames, double time) {
  if (gap_frames_ == 0) {
    ++gaps_;
    gap_begin_s_ = time;
  }
  gap_frames_ += frames;
  longest_gap_frames_ = std::max(longest_gap_frames_, gap_frames_);
}

void QualityMeter::frame(std::int64_t number, double time) {
  advance(number, time);
  ++frames_;
  if (!std::exchange(has_face_, false)) return without_face(1, time);
  ++frames_with_face_;
  gap_frames_ = 0;
}

void QualityMeter::lost(std::int64_t frames, double time) {
  if (frames <= 0) return;
  frames_ += static_cast<std::size_t>(frames);
  without_face(static_cast<std::size_t>(frames), time);
}

void QualityMeter::pass(std::int64_t number, double time) {
  advance(number, time);
  gap_frames_ = 0;
  has_face_ = false;
}

Quality QualityMeter::quality(const Recording& recording, std::int64_t step,
                              const QualityLimits& limits) const {
  Quality quality;
  quality.frames = frames_;
  quality.frames_with_face = frames_with_face_;
  if (frames_ > 0)
    quality.followed = static_cast<double>(frames_with_face_) / static_cast<double>(frames_);
  quality.gaps = gaps_;
  quality.longest_gap_frames = longest_gap_frames_;
  const bool timed = timed_ && last_ > first_ && last_s_ > first_s_;
  if (timed) {
    const double mean = (last_s_ - first_s_) / static_cast<double>(last_ - first_);
    quality.longest_gap_s = longest_gap_s_;
    if (gap_frames_ > 0)
      quality.longest_gap_s =
          std::max(longest_gap_s_, last_s_ - gap_begin_s_ + mean * static_cast<double>(step));
    quality.fps = 1 / mean;
    const double spread = largest_s_ - least_s_ - 2 * kRounding_s;
    quality.fps_spread = std::max(0.0, spread / mean);
  }
  if (recording.mean_interval_s > 0) {
    quality.fps = 1 / recording.mean_interval_s;
    quality.fps_spread =
        (recording.largest_interval_s - recording.least_interval_s) / recording.mean_interval_s;
  }
  const auto longest =
      std::max_element(faces_.begin(), faces_.end(),
                       [](const auto& a, const auto& b) { return a.second.rows < b.second.rows; });
  if (longest != faces_.end()) {
    const Track& track = longest->second;
    if (!track.size_px.empty()) {
      std::vector<float> sizes = track.size_px;
      std::sort(sizes.begin(), sizes.end());
      quality.face_px = quantile(sizes, 0.5);
    }
    quality.yaw_deg = range_deg(track.yaw_rad);
    quality.pitch_deg = range_deg(track.pitch_rad);
    const auto light = std::find_if(recording.light.begin(), recording.light.end(),
                                    [&](const auto& one) { return one.first == longest->first; });
    if (light != recording.light.end()) quality.light = light->second;
  }
  quality.cuts = recording.cuts;
  quality.changes_of_person = recording.changes_of_person;
  quality.faces_visible = recording.faces_visible;
  quality.partial = recording.partial;
  judge(quality, limits);
  return quality;
}

Quality quality_of(const AuTable& table, const Recording& recording, const QualityLimits& limits) {
  // Faces by frame: rows are by face.
  struct Place {
    const FaceTrack* face;
    std::size_t row;
  };
  std::map<std::int64_t, std::vector<Place>> frames;
  for (const FaceTrack& face : table.faces)
    for (std::size_t row = 0; row < face.frames.size(); ++row)
      frames[face.frames[row]].push_back({&face, row});
  QualityMeter meter;
  const auto of = [](const std::vector<double>& values, std::size_t row) {
    return values.empty() ? kMissing : values[row];
  };
  std::size_t most_faces = 0;
  std::int64_t step = std::numeric_limits<std::int64_t>::max();
  for (auto one = frames.begin(), next = one; one != frames.end(); one = next)
    if (++next != frames.end()) step = std::min(step, next->first - one->first);
  if (frames.size() < 2) step = 1;
  std::int64_t before = 0;
  double before_s = 0;
  bool passed = true;  // the frame before does not count
  for (const auto& [number, places] : frames) {
    const FaceTrack& first = *places.front().face;
    const std::size_t first_row = places.front().row;
    const double time = table.timed ? first.times[first_row] : kMissing;
    // A table of several faces has no row for a frame in which nobody was followed.
    if (before > 0 && !passed)
      meter.lost((number - before) / step - 1, before_s + (time - before_s) *
                                                              static_cast<double>(step) /
                                                              static_cast<double>(number - before));
    before = number;
    before_s = time;
    passed = first.is_excluded(first_row);
    if (passed) {
      meter.pass(number, time);
      continue;
    }
    std::size_t seen = 0;
    for (const auto& [face, row] : places)
      if (face->success[row] != 0) {
        meter.face(face->id,
                   {of(face->size_px, row), of(face->yaw_rad, row), of(face->pitch_rad, row)});
        ++seen;
      }
    most_faces = std::max(most_faces, seen);
    meter.frame(number, time);
  }
  Recording known = recording;
  if (!known.faces_visible || *known.faces_visible < static_cast<std::int64_t>(most_faces))
    known.faces_visible = static_cast<std::int64_t>(most_faces);
  return meter.quality(known, step, limits);
}

Json quality_json(const Quality& quality) {
  const auto range = [](const std::optional<PercentileRange>& one) {
    return one ? Json::array({one->low, one->high}) : Json();
  };
  const auto light = [&](double FaceLight::*member) {
    return quality.light ? Json((*quality.light).*member) : Json();
  };
  return Json::object({{"verdict", word(quality.verdict)},
                       {"reasons", quality.reasons},
                       {"followed", quality.followed},
                       {"gaps", quality.gaps},
                       {"longest_gap_s", quality.longest_gap_s},
                       {"longest_gap_frames", quality.longest_gap_frames},
                       {"face_px", quality.face_px},
                       {"yaw_deg", range(quality.yaw_deg)},
                       {"pitch_deg", range(quality.pitch_deg)},
                       {"frames_per_second", quality.fps},
                       {"frame_rate_spread", quality.fps_spread},
                       {"brightness", light(&FaceLight::brightness)},
                       {"contrast", light(&FaceLight::contrast)},
                       {"sharpness", light(&FaceLight::sharpness)},
                       {"low_light", quality.low_light},
                       {"cuts", quality.cuts},
                       {"changes_of_person", quality.changes_of_person},
                       {"faces_visible", quality.faces_visible}});
}

}  // namespace auriga
