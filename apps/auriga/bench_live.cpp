#include "bench_live.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>
#include <thread>

#include "auriga/live.hpp"

#include "live_run.hpp"
#include "stop_signals.hpp"

namespace auriga::app {

namespace {

double processor_ms() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

}  // namespace

double quantile(const std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto at =
      static_cast<std::ptrdiff_t>(std::ceil(q * static_cast<double>(values.size()))) - 1;
  return values[static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(at, 0, static_cast<std::ptrdiff_t>(values.size()) - 1))];
}

LiveLatency live_latency(const Engine& engine, const SessionOptions& session,
                         const std::string& video, std::int64_t warm_up, std::int64_t most_frames) {
  using std::chrono::steady_clock;
  stop_on_signals();
  const auto source = open_live_file(video, true);
  const auto nowhere = make_ndjson_live_sink("/dev/null", {});
  LiveLatency latency;
  latency.setup = engine.setup();
  latency.width = source->info().width;
  latency.height = source->info().height;
  latency.fps = source->info().fps;
  latency.warm_up = warm_up;
  LiveRunOptions options;
  options.session = session;
  LiveRun run(engine, std::move(options), {nowhere.get()}, {}, nullptr);
  LiveFrame frame;
  while (run.frames() < most_frames && !stop_requested()) {
    const LiveSource::Got got = source->next(frame, std::chrono::milliseconds(100));
    if (got == LiveSource::Got::end) break;
    if (got == LiveSource::Got::nothing) continue;
    frame.index = run.frames();
    const double begin_ms = processor_ms();
    frame.captured_at = steady_clock::now();
    run.frame(frame);
    if (run.frames() <= warm_up) continue;
    latency.ms.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - frame.captured_at).count());
    latency.processor_ms.push_back(processor_ms() - begin_ms);
    latency.faces += run.last_face_s() == run.latest_s() ? 1 : 0;
  }
  std::sort(latency.ms.begin(), latency.ms.end());
  std::sort(latency.processor_ms.begin(), latency.processor_ms.end());
  return latency;
}

}  // namespace auriga::app
