// A source at equal distances in time.
#pragma once

#include <cstdint>
#include <memory>

#include "auriga/source.hpp"

namespace auriga {

// The frames of another source at k / fps, k from 0 at the start: each frame goes to the place
// that is nearest to its time, halves to the later one, as ffmpeg's filter `fps` has it. Where
// several go to one place the last is shown, where none does the one before is shown again, without
// being decoded again. The first place is that of the first frame. The last frame lasts as long as
// the nominal rate of the source says.
//
// A gap of more than an hour is left as it is: rather than a recording that paused, it is a clock
// that was set, and might be filled for ever.
class Resampled final : public Source {
 public:
  // Takes the place of `source`, which nobody has read from. 0.001 <= fps <= 1000.
  Resampled(std::unique_ptr<Source> source, double fps);

  bool next(Frame& frame) override;
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override;
  void stop() noexcept override { source_->stop(); }

 private:
  std::int64_t place_of(double time_s) const;
  bool read(Frame& frame);

  std::unique_ptr<Source> source_;
  double fps_;
  double source_frame_s_;  // nominal
  SourceInfo info_;
  Frame shown_, ahead_;  // what the present place shows, and the frame after it
  bool begun_ = false;   // there is a frame in shown_, or there was none at all
  bool has_ahead_ = false;
  bool delivered_shown_ = false;
  std::int64_t place_ = 0;      // to be delivered next
  std::int64_t least_end_ = 0;  // of the first frame alone
  std::int64_t end_ = 0;        // place after the last one; known when !has_ahead_
  double unclaimed_ms_ = 0;     // processor time of frames that were left out
  std::int64_t delivered_ = 0, repeated_ = 0, left_out_ = 0, gaps_ = 0;
};

}  // namespace auriga
