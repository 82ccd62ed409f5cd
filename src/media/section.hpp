// A part of a source.
#pragma once

#include <cstdint>
#include <memory>

#include "auriga/source.hpp"

namespace auriga {

// The frames of another source with a time from start_s to before end_s (0: to its end) whose index
// is a multiple of `every`. They keep index and time. What follows the section is not read.
class Section final : public Source {
 public:
  // Takes the place of `source`, which nobody has read from. 0 <= start_s < end_s, every >= 1.
  Section(std::unique_ptr<Source> source, double start_s, double end_s, std::int64_t every);

  bool next(Frame& frame) override;
  const SourceInfo& info() const override { return info_; }
  // Of what was read. A section without frames is partial, one that the source does not fill is a
  // warning.
  SourceStatus status() const override;
  void stop() noexcept override { source_->stop(); }

 private:
  std::unique_ptr<Source> source_;
  double given_start_s_, given_end_s_;
  double start_s_, end_s_;
  std::int64_t every_;
  SourceInfo info_;
  double unclaimed_ms_ = 0;  // processor time of frames that were left out
  double last_s_ = 0;        // time of the last frame that was read
  std::int64_t delivered_ = 0;
  bool ended_ = false;   // behind the section
  bool at_end_ = false;  // of the source
};

}  // namespace auriga
