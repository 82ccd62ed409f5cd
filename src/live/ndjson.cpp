#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What a pipe may hold besides its own buffer before lines are dropped.
constexpr std::size_t kMostWaiting = std::size_t{1} << 20;
// How long the last lines may take once the end is asked for.
constexpr milliseconds kLastWait{2000};

class NdjsonSink : public LiveSink {
 public:
  NdjsonSink(std::string file, NdjsonOptions options)
      : file_(std::move(file)), options_(std::move(options)) {
    if (file_ == "-") {
      descriptor_ = dup(STDOUT_FILENO);
    } else {
      // A FIFO opens once it has a reader, which is waited for.
      do {
        descriptor_ =
            open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
        if (descriptor_ < 0 && errno == ENXIO) poll(nullptr, 0, 100);
      } while (descriptor_ < 0 && errno == ENXIO && !stopped());
    }
    if (descriptor_ < 0) fail(errno);
    struct stat what {};
    fstat(descriptor_, &what);
    // A file takes all at once. What is set on standard output would be set for others, too.
    waits_ = !S_ISREG(what.st_mode);
  }
  ~NdjsonSink() override {
    if (descriptor_ >= 0) close(descriptor_);
  }

  void begin(const StreamInfo& stream, const Setup&) override { units_ = stream.units; }

  void packet(const LivePacket& packet) override {
    if (gone_) {
      ++dropped_;
      return;
    }
    const std::string lines = live_json(packet, units_);
    if (options_.may_drop && waits_ && waiting_.size() + lines.size() > kMostWaiting) {
      write(false);
      if (waiting_.size() + lines.size() > kMostWaiting) {
        ++dropped_;
        return;
      }
    }
    waiting_ += lines;
    write(!options_.may_drop);
  }

  void finish() override {
    if (gone_) return;
    ending_ = steady_clock::now();
    write(true);
    if (!waiting_.empty()) ++dropped_;
  }

  std::int64_t dropped() const override { return dropped_; }
  bool gone() const override { return gone_; }
  std::string name() const override { return "--ndjson " + file_; }

 private:
  [[noreturn]] void fail(int error) const {
    throw Error(ErrorCode::output,
                fmt::format("{}: cannot write lines of JSON: {}",
                            file_ == "-" ? "standard output" : file_, std::strerror(error)));
  }
  bool stopped() const { return options_.stopped && options_.stopped(); }
  bool too_late() {
    if (!ending_ && stopped()) ending_ = steady_clock::now();
    return ending_ && steady_clock::now() - *ending_ > kLastWait;
  }

  // Writes what waits; `all`: also if that takes time.
  void write(bool all) {
    std::size_t done = 0;
    while (done < waiting_.size()) {
      if (waits_) {
        pollfd one{descriptor_, POLLOUT, 0};
        constexpr int kPatience_ms = 100;
        const int ready = poll(&one, 1, all ? kPatience_ms : 0);
        if (ready == 0 && all && !too_late()) continue;
        if (ready <= 0) break;
      }
      // A pipe that is ready takes this much without waiting.
      const std::size_t most =
          waits_ ? std::min<std::size_t>(PIPE_BUF, waiting_.size() - done) : waiting_.size() - done;
      const ssize_t written = ::write(descriptor_, waiting_.data() + done, most);
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written < 0) {
        if (!waits_ || errno != EPIPE) fail(errno);
        gone_ = true;  // who has ended wants no more
        ++dropped_;
        waiting_.clear();
        return;
      }
      done += static_cast<std::size_t>(written);
    }
    waiting_.erase(0, done);
  }

  std::string file_;
  NdjsonOptions options_;
  int descriptor_ = -1;
  bool waits_ = false;
  UnitNames units_;
  std::string waiting_;
  std::atomic<bool> gone_ = false;
  std::optional<SteadyTime> ending_;
  std::atomic<std::int64_t> dropped_ = 0;
};

}  // namespace

std::unique_ptr<LiveSink> make_ndjson_live_sink(const std::string& file, NdjsonOptions options) {
  return std::make_unique<NdjsonSink>(file, std::move(options));
}

}  // namespace auriga
