#include "run.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/resource.h>

#include "auriga/error.hpp"

#include "output/manifest.hpp"
#include "progress.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// The first Ctrl-C ends the run with the rows so far, the second at once.
volatile std::sig_atomic_t interrupted = 0;
extern "C" void on_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

std::string utc_now() {
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // ru_maxrss is in KiB
}

void describe_setup(const Setup& setup, RunManifest& manifest) {
  manifest.auriga_version = version();
  manifest.preset = setup.preset;
  manifest.detector = setup.detector;
  manifest.landmarker = setup.landmarker;
  manifest.estimator = setup.estimator;
  for (const ModelFile& model : setup.models)
    manifest.models.push_back({model.path.string(), model.sha256});
  manifest.execution_provider = {setup.device_requested, setup.device_used,
                                 setup.device_fallback_reason};
}

void describe_stream(const StreamInfo& stream, RunManifest& manifest) {
  manifest.input.format = stream.format;
  manifest.input.width_px = stream.width;
  manifest.input.height_px = stream.height;
  manifest.input.fps = stream.fps;
  if (stream.frames_expected > 0) manifest.input.frames_expected = stream.frames_expected;
}

void extract_video(Extractor& extractor, const OutputOptions& options, bool quiet,
                   const std::string& input, const OutputPaths& paths, RunManifest& manifest) {
  std::optional<VideoOutputs> outputs;
  std::optional<Progress> progress;
  const VideoResult result = extractor.video(
      input, [&](const FaceInFrame& face) { outputs->add(face); },
      [&](const StreamInfo& stream) {
        outputs.emplace(options, paths, stream, extractor.setup());
        progress.emplace(fs::path(input).filename().string(), stream.frames_expected, quiet);
      },
      [&](std::int64_t frames, ImageView bgr) {
        outputs->end_frame(bgr);
        progress->update(frames);
        if (interrupted != 0) extractor.stop();
      });
  outputs->finish(result.action_units);
  manifest.seconds = progress->seconds();
  if (options.details) write_details(options, paths, input, result.stream.camera);

  describe_stream(result.stream, manifest);
  manifest.input.frames_decoded = result.frames;
  manifest.counts = {result.frames, result.faces, result.detector_runs};
  manifest.complete = result.complete;
  manifest.partial_reason = result.partial_reason;
  manifest.warnings = result.warnings;
  manifest.timings_ms = result.stage_ms;
}

void extract_picture(Extractor& extractor, const OutputOptions& options, const std::string& input,
                     const OutputPaths& paths, RunManifest& manifest) {
  const auto begin = std::chrono::steady_clock::now();
  const PictureResult picture = extractor.picture(input);
  write_picture_outputs(options, paths, picture);
  manifest.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (options.details) write_details(options, paths, input, picture.stream.camera);

  describe_stream(picture.stream, manifest);
  manifest.input.frames_decoded = 1;
  manifest.counts = {1, static_cast<std::int64_t>(picture.faces.size()), 1};
  manifest.complete = true;
}

void print_summary(const std::string& input, bool picture, const OutputPaths& paths,
                   const RunManifest& manifest, const std::string& note) {
  const auto& counts = manifest.counts;
  const auto percent = [&](std::int64_t n) {
    return counts.frames > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(counts.frames)
                             : 0;
  };
  fmt::print("{}: {}\n", input, manifest.complete ? "done" : "PARTIAL: " + manifest.partial_reason);
  if (picture) {
    fmt::print("  {} faces in {:.2f} s\n", counts.faces_found, manifest.seconds);
  } else {
    fmt::print("  {} frames, face followed in {} ({:.1f} %), detector ran on {} ({:.1f} %)\n",
               counts.frames, counts.faces_found, percent(counts.faces_found), counts.detector_runs,
               percent(counts.detector_runs));
    fmt::print("  {:.1f} s, {:.0f} frames/s, peak memory {:.0f} MB\n", manifest.seconds,
               static_cast<double>(counts.frames) / manifest.seconds, manifest.peak_memory_mb);
    std::string stages;
    for (const auto& [stage, ms] : manifest.timings_ms)
      if (ms > 0)
        stages += fmt::format("{}{} {:.2f}", stages.empty() ? "" : ", ", stage,
                              ms / static_cast<double>(counts.frames));
    fmt::print("  processor time per frame, ms: {}\n", stages);
  }
  const auto& provider = manifest.execution_provider;
  fmt::print("  preset {}: {} + {}, action units {}, networks on {}{}\n", manifest.preset,
             manifest.detector, manifest.landmarker, manifest.estimator, provider.used,
             provider.fallback_reason.empty() ? "" : " (" + provider.fallback_reason + ")");
  if (!note.empty()) fmt::print("  note: {}\n", note);
  for (const std::string& warning : manifest.warnings) fmt::print("  warning: {}\n", warning);
  std::string written;
  for (const std::string& name : manifest.outputs) written += (written.empty() ? "" : ", ") + name;
  fmt::print("  wrote {}, {}\n", written, paths.manifest.string());
}

}  // namespace

Run::Run(Extractor& extractor, const OutputOptions& outputs, const Reporting& reporting,
         std::vector<std::pair<std::string, std::string>> notes)
    : extractor_(extractor), outputs_(outputs), reporting_(reporting), notes_(std::move(notes)) {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

void Run::input(const std::string& input, bool picture,
                const std::function<OutputPaths()>& find_paths) {
  if (interrupted != 0) return;
  try {
    RunManifest manifest;
    describe_setup(extractor_.setup(), manifest);
    manifest.options = notes_;
    manifest.started_utc = utc_now();
    manifest.input.path = input;
    const OutputPaths paths = find_paths();
    if (picture)
      extract_picture(extractor_, outputs_, input, paths, manifest);
    else
      extract_video(extractor_, outputs_, reporting_.quiet, input, paths, manifest);
    std::error_code ignored;
    if (const auto size = fs::file_size(input, ignored); !ignored) manifest.input.size_bytes = size;
    manifest.finished_utc = utc_now();
    manifest.peak_memory_mb = peak_memory_mb();
    manifest.outputs = names_of(outputs_, paths);
    write_manifest(manifest, paths.manifest);
    if (reporting_.json)
      reports_ += (reports_.empty() ? "" : ",\n") + manifest_json(manifest);
    else if (!reporting_.quiet)
      print_summary(input, picture, paths, manifest, extractor_.setup().note);
    if (!manifest.complete) {
      if (reporting_.quiet || reporting_.json)
        fmt::print(stderr, "auriga: {}: partial: {}\n", input, manifest.partial_reason);
      exit_code_ = std::max(exit_code_, 1);
    }
  } catch (const Error& error) {
    fmt::print(stderr, "auriga: {}\n", error.what());
    exit_code_ = std::max(exit_code_, static_cast<int>(error.code()));
  }
}

int Run::finish() {
  if (reporting_.json) fmt::print("[{}]\n", reports_);
  return exit_code_;
}

}  // namespace auriga::app
