#include "bench_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <memory>

#include <oneapi/tbb/global_control.h>

#include "files/sha256.hpp"
#include "outputs.hpp"
#include "process.hpp"
#include "stop_signals.hpp"
#include "temporary_folder.hpp"

namespace auriga::app {
namespace {

// A moment: on the wall, and in processor time of all threads of this process.
struct Moment {
  double wall_s = 0, processor_ms = 0;
};

Moment now() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return {
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(),
      static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6};
}

int decoder_threads(int workers) { return std::min(workers, 4); }

// Notes the moment at which each frame is done.
class MomentSink : public Sink {
 public:
  void frame(const FrameView&) override {
    if (stop_requested()) throw Interrupted();
    moments.push_back(now());
  }
  std::vector<Moment> moments;
};

}  // namespace

ClipRun run_clip(const Engine& engine, const SessionOptions& session_options,
                 const std::string& video, int workers, std::int64_t warm_up,
                 std::int64_t most_frames) {
  stop_on_signals();
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(workers));
  const TemporaryFolder folder;
  const OutputPaths paths(folder.path() / "bench.csv");
  const auto source = open_source(video, {decoder_threads(workers)});
  Session session(engine, session_options);
  MomentSink ends;
  const std::vector<std::unique_ptr<Sink>> table =
      make_sinks({}, paths, video, session, engine, session_options);
  Sink* const sinks[] = {table.front().get(), &ends};
  RunOptions options;
  options.threads.workers = workers;
  options.most_frames = most_frames;
  options.frame_times = true;
  const Moment start = now();
  const RunReport result = run(*source, session, sinks, options);

  ClipRun clip;
  clip.seconds = now().wall_s - start.wall_s;
  std::vector<Moment> moments = {start};  // then the end of each frame
  moments.insert(moments.end(), ends.moments.begin(), ends.moments.end());
  clip.setup = engine.setup();
  clip.stream = result.stream;
  clip.complete = result.complete;
  clip.partial_reason = result.partial_reason;
  clip.frames = result.frames;
  clip.faces = result.faces;
  clip.detector_runs = result.detector_runs;
  clip.warm_up = warm_up_frames(warm_up, result.frames);
  std::vector<std::string> names;
  for (const auto& [name, ms] : result.stage_ms) names.push_back(name);
  clip.stages = stage_times(names, result.frame_ms, clip.warm_up);
  const std::vector<StageTime> all = stage_times(names, result.frame_ms, 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double in_frames = all[i].ms.mean * static_cast<double>(result.frames);
    if (names[i] == "calibrate" || names[i] == "write")
      clip.end_ms.emplace_back(names[i], result.stage_ms[i].second - in_frames);
  }
  const Moment& begin = moments[static_cast<std::size_t>(clip.warm_up)];
  const auto measured = static_cast<double>(clip.frames - clip.warm_up);
  clip.process_ms = (moments.back().processor_ms - begin.processor_ms) / measured;
  clip.run = {workers, measured / (moments.back().wall_s - begin.wall_s), peak_memory_mb(),
              sha256_of_file(paths.csv)};
  return clip;
}

double decoded_per_second(const std::string& video, int threads, std::int64_t warm_up,
                          std::int64_t most_frames) {
  stop_on_signals();
  const auto source = open_source(video, {decoder_threads(threads)});
  Frame frame;
  std::int64_t frames = 0;
  double start_s = now().wall_s;
  for (; frames < most_frames && source->next(frame); ++frames) {
    if (stop_requested()) throw Interrupted();
    if (frames + 1 == warm_up) start_s = now().wall_s;
  }
  return frames > warm_up ? static_cast<double>(frames - warm_up) / (now().wall_s - start_s) : 0;
}

}  // namespace auriga::app
