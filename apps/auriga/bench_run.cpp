#include "bench_run.hpp"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <optional>

#include "base/sha256.hpp"
#include "base/stage_clock.hpp"
#include "outputs.hpp"
#include "process.hpp"
#include "temporary_folder.hpp"

namespace auriga::app {
namespace {

volatile std::sig_atomic_t interrupted = 0;
extern "C" void on_bench_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

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

}  // namespace

ClipRun run_clip(ExtractOptions options, const std::string& video, int workers,
                 std::int64_t warm_up) {
  std::signal(SIGINT, on_bench_interrupt);
  std::signal(SIGTERM, on_bench_interrupt);
  options.workers = workers;
  options.frame_times = true;
  Extractor extractor(std::move(options));
  ClipRun clip;
  clip.setup = extractor.setup();
  OutputOptions columns;
  if (!clip.setup.has_gaze) columns.groups &= ~kGazeColumns;
  const TemporaryFolder folder;
  const OutputPaths paths(folder.path() / "bench.csv");
  std::optional<VideoOutputs> outputs;

  std::vector<Moment> moments = {now()};  // the start, then the end of each frame
  const VideoResult result = extractor.video(
      video, [&](const FaceInFrame& face) { outputs->add(face); },
      [&](const StreamInfo& stream) { outputs.emplace(columns, paths, stream, clip.setup); },
      [&](std::int64_t, ImageView bgr) {
        if (interrupted != 0) throw Interrupted();
        outputs->end_frame(bgr);
        moments.push_back(now());
      });
  StageClock end;
  end.time(Stage::write, [&] { outputs->finish(result.action_units); });
  clip.seconds = now().wall_s - moments.front().wall_s;

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
    const double ms = result.stage_ms[i].second - in_frames + end.ms(static_cast<Stage>(i));
    if (names[i] == "calibrate" || names[i] == "write") clip.end_ms.emplace_back(names[i], ms);
  }
  const Moment& begin = moments[static_cast<std::size_t>(clip.warm_up)];
  const auto measured = static_cast<double>(clip.frames - clip.warm_up);
  clip.process_ms = (moments.back().processor_ms - begin.processor_ms) / measured;
  clip.run = {workers, measured / (moments.back().wall_s - begin.wall_s), peak_memory_mb(),
              sha256_of_file(paths.csv)};
  return clip;
}

}  // namespace auriga::app
