#include "media/frame_reader.hpp"

#include <mutex>
#include <utility>

namespace auriga {

struct FrameReader::State {
  std::filesystem::path path;
  FrameReaderOptions options;
  std::unique_ptr<Source> source;
  SourceInfo info;

  mutable std::mutex mutex;  // guards the fields below
  Frame frame;
  std::int64_t next = 0;
  std::vector<double> times;
  bool complete = false, stopped = false;
  Counts counts;

  bool read() {
    if (!source->next(frame)) {
      complete = true;
      return false;
    }
    if (next == static_cast<std::int64_t>(times.size())) times.push_back(frame.timestamp_s);
    ++next;
    ++counts.decoded;
    return true;
  }
};

FrameReader::FrameReader(const std::filesystem::path& path, FrameReaderOptions options)
    : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->options = std::move(options);
  state_->source = open_source(path, state_->options.source);
  state_->info = state_->source->info();
}

FrameReader::~FrameReader() = default;

std::optional<ShownFrame> FrameReader::frame(const FrameRequest& request) {
  const std::lock_guard lock(state_->mutex);
  State& state = *state_;
  if (state.stopped || request.index < 0) return std::nullopt;
  if (request.index < state.next) {
    state.source = open_source(state.path, state.options.source);
    state.next = 0;
    ++state.counts.from_start;
  }
  while (state.next <= request.index)
    if (!state.read()) return std::nullopt;
  return ShownFrame{request.index, state.frame.timestamp_s, state.frame.missing, true,
                    std::make_shared<const Image>(state.frame.bgr())};
}

void FrameReader::stop() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
}

const SourceInfo& FrameReader::info() const { return state_->info; }

IndexProgress FrameReader::progress() const {
  const std::lock_guard lock(state_->mutex);
  return {static_cast<std::int64_t>(state_->times.size()),
          state_->info.expected_frames,
          state_->complete,
          false,
          {}};
}

std::optional<std::int64_t> FrameReader::wait_for_index() {
  const std::lock_guard lock(state_->mutex);
  while (!state_->complete && !state_->stopped) state_->read();
  if (!state_->complete) return std::nullopt;
  return static_cast<std::int64_t>(state_->times.size());
}

std::vector<double> FrameReader::times(std::int64_t first, std::int64_t count) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<double> times;
  const auto known = static_cast<std::int64_t>(state_->times.size());
  for (std::int64_t i = first; i >= 0 && i < known && count > 0; ++i, --count)
    times.push_back(state_->times[static_cast<std::size_t>(i)]);
  return times;
}

std::string FrameReader::why_sequential() const { return "every frame is read from the start"; }

FrameReader::Counts FrameReader::counts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counts;
}

}  // namespace auriga
