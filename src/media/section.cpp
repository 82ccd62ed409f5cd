#include "media/section.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace auriga {

Section::Section(std::unique_ptr<Source> source, double start_s, double end_s, std::int64_t every)
    : source_(std::move(source)),
      given_start_s_(start_s),
      given_end_s_(end_s),
      start_s_(start_s),
      end_s_(end_s),
      every_(every),
      info_(source_->info()) {
  // Times of a table are in whole ms: the frame of a time that was read there belongs to it.
  constexpr double kRounding_s = 0.0005;
  start_s_ = start_s > 0 ? start_s - kRounding_s : 0;
  if (end_s_ > 0) end_s_ -= kRounding_s;
  if (info_.expected_frames <= 0) return;
  const double fps = info_.average_fps > 0 ? info_.average_fps : info_.fps;
  const auto place = [&](double time_s) {
    return std::min(static_cast<double>(info_.expected_frames), std::round(time_s * fps));
  };
  const double begin = place(start_s),
               end = end_s > 0 ? place(end_s) : static_cast<double>(info_.expected_frames);
  info_.expected_frames =
      static_cast<std::int64_t>(std::ceil(std::max(0.0, end - begin) / static_cast<double>(every)));
}

bool Section::next(Frame& frame) {
  while (!ended_ && !at_end_) {
    if (!source_->next(frame)) {
      at_end_ = true;
      break;
    }
    last_s_ = frame.timestamp_s;
    if (end_s_ > 0 && frame.timestamp_s >= end_s_) {
      ended_ = true;
      break;
    }
    if (frame.timestamp_s < start_s_ || frame.index % every_ != 0) {
      unclaimed_ms_ += frame.decode_ms;
      continue;
    }
    frame.decode_ms += std::exchange(unclaimed_ms_, 0);
    ++delivered_;
    return true;
  }
  return false;
}

SourceStatus Section::status() const {
  SourceStatus status = source_->status();
  status.frames = delivered_;
  status.facts.is_section = true;
  status.facts.section_start_s = given_start_s_;
  status.facts.section_end_s = given_end_s_;
  status.facts.section_every = every_;
  if (delivered_ == 0 && (ended_ || at_end_) && !status.partial) {
    status.partial = true;
    status.message = fmt::format(
        "no frame lies in the section that was asked for, from {:.3f} s on; the last one that was "
        "read is at {:.3f} s",
        given_start_s_, last_s_);
  } else if (at_end_ && end_s_ > 0 && !status.partial &&
             last_s_ + 1 / std::max(info_.fps, 1.0) < end_s_) {
    status.warnings.push_back(
        fmt::format("the video ends before the section does, at {:.3f} s", last_s_));
  }
  return status;
}

}  // namespace auriga
