#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{100};  // until it is looked whether somebody wants an end
constexpr milliseconds kBetweenTries{1000};
constexpr std::size_t kWaiting = 2;  // frames of a source that waits

}  // namespace

FrameView LiveFrame::view() { return {index, captured_s, picture.bgr(), picture.missing}; }

struct LiveFeed::State {
  Open open;
  bool retry;

  mutable std::mutex mutex;  // guards the fields below
  std::condition_variable changed;
  std::shared_ptr<LiveSource> source;
  LiveInfo info;
  std::deque<LiveFrame> waiting;
  std::vector<LiveFrame> empty;  // buffers to be filled again
  bool stopped = false, ended = false;
  std::exception_ptr failed;
  std::string trouble;
  std::vector<std::string> warnings;
  SourceFacts facts;
  std::int64_t lost = 0;

  std::int64_t given = 0;  // the reader's
  double latest_s = 0;     // the thread's, as are the next
  double offset_s = 0;     // of the clock of a source that was opened again
  std::optional<SteadyTime> latest_at;
  std::thread thread;

  State(Open opener, bool retries) : open(std::move(opener)), retry(retries) {}

  bool is_stopped() const {
    const std::lock_guard lock(mutex);
    return stopped;
  }

  LiveFrame take_empty() {
    const std::lock_guard lock(mutex);
    if (empty.empty()) return {};
    LiveFrame frame = std::move(empty.back());
    empty.pop_back();
    return frame;
  }

  // False: nobody wants it.
  bool put(LiveFrame frame, bool newest_wins) {
    std::unique_lock lock(mutex);
    lost += std::exchange(frame.lost, 0);
    if (newest_wins) {
      while (!waiting.empty()) {
        empty.push_back(std::move(waiting.front()));
        waiting.pop_front();
        ++lost;
      }
    } else {
      changed.wait(lock, [&] { return stopped || waiting.size() < kWaiting; });
    }
    if (stopped) return false;
    waiting.push_back(std::move(frame));
    changed.notify_all();
    return true;
  }

  // Until the source ends.
  void read(LiveSource& from) {
    bool first = true;
    while (!is_stopped()) {
      LiveFrame frame = take_empty();
      frame.lost = 0;
      const LiveSource::Got got = from.next(frame, kPatience);
      if (got == LiveSource::Got::end) return;
      if (got == LiveSource::Got::nothing) {
        const std::lock_guard lock(mutex);
        lost += frame.lost;
        empty.push_back(std::move(frame));
        continue;
      }
      // The clock of a source that was opened again goes on by the time that passed meanwhile.
      if (first && latest_at)
        offset_s = latest_s - frame.captured_s +
                   std::chrono::duration<double>(frame.captured_at - *latest_at).count();
      first = false;
      frame.captured_s = std::max(latest_s, frame.captured_s + offset_s);
      latest_s = frame.captured_s;
      latest_at = frame.captured_at;
      if (!put(std::move(frame), from.info().newest_wins)) return;
    }
  }

  void say(const std::string& text) {
    const std::lock_guard lock(mutex);
    trouble = text;
    changed.notify_all();
  }

  bool open_again() {
    while (true) {
      {
        std::unique_lock lock(mutex);
        source.reset();  // a device must be closed before it can be opened
        changed.wait_for(lock, kBetweenTries, [&] { return stopped; });
        if (stopped) return false;
      }
      try {
        std::shared_ptr<LiveSource> opened = open([this] { return is_stopped(); });
        const std::lock_guard lock(mutex);
        source = std::move(opened);
        trouble.clear();
        return !stopped;
      } catch (const Error& error) {
        say(error.what());
      }
    }
  }

  void work() {
    try {
      while (true) {
        std::shared_ptr<LiveSource> from;
        {
          const std::lock_guard lock(mutex);
          from = source;
        }
        std::string why = "the source has ended";
        try {
          read(*from);
        } catch (const Error& error) {
          if (!retry) throw;
          why = error.what();
        }
        {
          const std::lock_guard lock(mutex);
          for (std::string& warning : from->warnings())
            if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
              warnings.push_back(std::move(warning));
          facts = from->facts();
          if (stopped || !retry) break;
        }
        say(why);
        from.reset();
        if (!open_again()) break;
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failed = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }
};

LiveFeed::LiveFeed(Open open, bool retry)
    : state_(std::make_unique<State>(std::move(open), retry)) {
  state_->source = state_->open([state = state_.get()] { return state->is_stopped(); });
  state_->info = state_->source->info();
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

LiveFeed::~LiveFeed() {
  stop();
  join();
}

void LiveFeed::join() noexcept {
  if (state_->thread.joinable()) state_->thread.join();
}

LiveFeed::Got LiveFeed::next(LiveFrame& frame, milliseconds wait) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.changed.wait_for(lock, wait, [&] { return !state.waiting.empty() || state.ended; });
  if (state.waiting.empty()) {
    if (!state.ended) return Got::nothing;
    if (state.failed) std::rethrow_exception(std::exchange(state.failed, nullptr));
    return Got::end;
  }
  std::swap(frame, state.waiting.front());
  state.empty.push_back(std::move(state.waiting.front()));
  state.waiting.pop_front();
  frame.index = frame.picture.index = state.given++;
  frame.lost = state.lost;
  state.changed.notify_all();
  return Got::frame;
}

void LiveFeed::stop() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  if (state_->source) state_->source->stop();
  state_->changed.notify_all();
}

LiveInfo LiveFeed::info() const { return state_->info; }

std::int64_t LiveFeed::lost() const {
  const std::lock_guard lock(state_->mutex);
  return state_->lost;
}

std::string LiveFeed::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble;
}

std::vector<std::string> LiveFeed::warnings() const {
  const std::lock_guard lock(state_->mutex);
  return state_->warnings;
}

SourceFacts LiveFeed::facts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->facts;
}

}  // namespace auriga
