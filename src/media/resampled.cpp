#include "media/resampled.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace auriga {

namespace {

constexpr double kLongestGap_s = 3600;

}  // namespace

Resampled::Resampled(std::unique_ptr<Source> source, double fps)
    : source_(std::move(source)), fps_(fps), info_(source_->info()) {
  source_frame_s_ = 1 / info_.fps;
  const double length_s = info_.duration_s > 0
                              ? info_.duration_s
                              : static_cast<double>(info_.expected_frames) * source_frame_s_;
  info_.fps = info_.average_fps = fps;
  info_.expected_frames = place_of(length_s);
}

std::int64_t Resampled::place_of(double time_s) const {
  // Times are sums of fractions: a half that is missed by rounding is still a half.
  constexpr double kRounding = 1e-6;
  constexpr double kMost = 1e15;  // far from where whole numbers end
  return std::llround(std::clamp(time_s * fps_ + kRounding, -kMost, kMost));
}

// The next frame of the source; false at its end.
bool Resampled::read(Frame& frame) {
  const double before_s = shown_.timestamp_s;
  if (source_->next(frame)) return true;
  end_ = std::max(place_of(before_s + source_frame_s_), least_end_);
  return false;
}

bool Resampled::next(Frame& frame) {
  if (!begun_) {
    begun_ = true;
    if (!source_->next(shown_)) return false;
    place_ = place_of(shown_.timestamp_s);
    least_end_ = place_ + 1;
    has_ahead_ = read(ahead_);
  }
  if (has_ahead_ &&
      static_cast<double>(place_of(ahead_.timestamp_s) - place_) > kLongestGap_s * fps_ &&
      delivered_shown_) {
    place_ = place_of(ahead_.timestamp_s);
    ++gaps_;
  }
  while (has_ahead_ && place_of(ahead_.timestamp_s) <= place_) {
    if (!delivered_shown_) {
      ++left_out_;
      unclaimed_ms_ += shown_.decode_ms;
    }
    std::swap(shown_, ahead_);
    delivered_shown_ = false;
    has_ahead_ = read(ahead_);
  }
  if (!has_ahead_ && place_ >= end_) {
    if (delivered_ > 0 && !delivered_shown_) {
      ++left_out_;
      delivered_shown_ = true;
    }
    return false;
  }
  const bool last = has_ahead_ ? place_of(ahead_.timestamp_s) <= place_ + 1 : place_ + 1 >= end_;
  if (delivered_shown_) ++repeated_;
  const double ms = delivered_shown_ ? 0 : shown_.decode_ms;
  if (last) {
    const double time_s = shown_.timestamp_s;
    std::swap(frame, shown_);
    shown_.timestamp_s = time_s;
  } else {
    frame.assign(shown_);
  }
  delivered_shown_ = true;
  frame.decode_ms = ms + std::exchange(unclaimed_ms_, 0);
  frame.index = delivered_++;
  frame.timestamp_s = static_cast<double>(place_++) / fps_;
  return true;
}

SourceStatus Resampled::status() const {
  SourceStatus status = source_->status();
  status.frames = delivered_;
  status.facts.resampled_fps = fps_;
  status.facts.repeated_frames = repeated_;
  status.facts.left_out_frames = left_out_;
  if (gaps_ > 0)
    status.warnings.push_back(
        "the times of the frames leave a gap of more than an hour, which was "
        "not filled when they were resampled");
  return status;
}

}  // namespace auriga
