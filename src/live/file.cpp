// A video as a live source.
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "auriga/live.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;

class LiveFile : public LiveSource {
 public:
  LiveFile(const std::filesystem::path& file, bool realtime, const SourceOptions& options)
      : realtime_(realtime), source_(open_source(file, options)) {
    const SourceInfo& found = source_->info();
    info_ = {found.description, found.width, found.height, found.fps, realtime};
  }

  const LiveInfo& info() const override { return info_; }
  void stop() noexcept override {
    stopped_ = true;
    source_->stop();
  }
  std::vector<std::string> warnings() const override {
    const SourceStatus status = source_->status();
    std::vector<std::string> all = status.warnings;
    if (status.partial) all.push_back(status.message);
    return all;
  }

  SourceFacts facts() const override { return source_->status().facts; }

  Got next(LiveFrame& frame, milliseconds wait) override {
    if (stopped_) return Got::end;
    if (!waiting_) {
      if (!source_->next(frame_)) return Got::end;
      frame_.convert();
      waiting_ = true;
    }
    auto now = std::chrono::steady_clock::now();
    if (realtime_) {
      const auto since_start = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(frame_.timestamp_s));
      if (!start_) start_ = now - since_start;
      const auto due = *start_ + since_start;
      if (due > now) {
        std::this_thread::sleep_until(std::min(due, now + wait));
        now = std::chrono::steady_clock::now();
        if (due > now) return Got::nothing;
      }
    }
    waiting_ = false;
    frame.captured_s = frame_.timestamp_s;
    frame.captured_at = now;
    std::swap(frame.picture, frame_);
    return Got::frame;
  }

 private:
  bool realtime_;
  std::unique_ptr<Source> source_;
  LiveInfo info_;
  Frame frame_;
  bool waiting_ = false;  // frame_ is not due yet
  std::optional<SteadyTime> start_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

std::unique_ptr<LiveSource> open_live_file(const std::filesystem::path& file, bool realtime,
                                           const SourceOptions& options) {
  return std::make_unique<LiveFile>(file, realtime, options);
}

}  // namespace auriga
