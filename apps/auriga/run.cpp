#include "run.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include <fmt/core.h>
#include <oneapi/tbb/global_control.h>

#include "auriga/error.hpp"
#include "auriga/machine.hpp"

#include "console.hpp"
#include "failure.hpp"
#include "files/atomic_file.hpp"
#include "files/json.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "input_run.hpp"
#include "process.hpp"
#include "progress.hpp"
#include "stop_signals.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// Tells how far an input is, and ends the job when the user wants that.
class ProgressSink : public Sink {
 public:
  ProgressSink(Progress& progress, std::size_t input, Control control)
      : progress_(progress), input_(input), control_(std::move(control)) {}

  void begin(const StreamInfo& stream, const Setup&) override {
    expected_ = stream.frames_expected;
    frames_ = 0;  // a turned video is read once more
  }
  void frame(const FrameView&) override {
    progress_.update(input_, ++frames_, expected_);
    if (stop_requested()) control_.cancel();
  }

 private:
  Progress& progress_;
  std::size_t input_;
  Control control_;
  std::int64_t frames_ = 0, expected_ = 0;
};

void print_summary(const std::string& input, bool picture, const OutputPaths& paths,
                   const RunManifest& manifest) {
  const auto& counts = manifest.counts;
  const auto percent = [&](std::int64_t n) {
    return counts.frames > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(counts.frames)
                             : 0;
  };
  tell("{}: {}\n", input, manifest.complete ? "done" : "PARTIAL: " + manifest.partial_reason);
  if (picture) {
    tell("  {} faces in {:.2f} s\n", counts.faces_found, manifest.seconds);
  } else {
    tell("  {} frames, face followed in {} ({:.1f} %), detector ran on {} ({:.1f} %)\n",
         counts.frames, counts.faces_found, percent(counts.faces_found), counts.detector_runs,
         percent(counts.detector_runs));
    tell("  {:.1f} s, {:.0f} frames/s, peak memory {:.0f} MB\n", manifest.seconds,
         static_cast<double>(counts.frames) / manifest.seconds, manifest.peak_memory_mb);
    std::string stages;
    for (const auto& [stage, ms] : manifest.timings_ms)
      if (ms > 0)
        stages += fmt::format("{}{} {:.2f}", stages.empty() ? "" : ", ", stage,
                              ms / static_cast<double>(counts.frames));
    tell("  processor time per frame, ms: {}\n", stages);
  }
  const auto& provider = manifest.execution_provider;
  tell("  preset {}: {} + {}, action units {}, networks on {}{}\n", manifest.preset,
       manifest.detector, manifest.landmarker, manifest.estimator, provider.used,
       provider.fallback_reason.empty() ? "" : " (" + provider.fallback_reason + ")");
  for (const std::string& one : manifest.notes) tell("  note: {}\n", one);
  for (const std::string& warning : manifest.warnings) tell("  warning: {}\n", warning);
  std::string written;
  for (const std::string& name : manifest.outputs) written += (written.empty() ? "" : ", ") + name;
  tell("  wrote {}, {}\n", written, paths.manifest.string());
}

// What became of an input.
enum class Status { not_started, done, partial, skipped, failed };

const char* word(Status status) {
  switch (status) {
    case Status::not_started:
      return "not started";
    case Status::done:
      return "done";
    case Status::partial:
      return "partial";
    case Status::skipped:
      return "skipped";
    case Status::failed:
      return "failed";
  }
  return "";
}

struct Report {
  Status status = Status::not_started;
  int exit_code = 0;
  std::string message;  // why it is partial or failed
  std::string table;
  std::int64_t frames = 0, faces = 0;
  double seconds = 0;
  std::string manifest;  // JSON; of a skipped one the one that is there
  std::string preset, estimator;
  std::vector<std::string> warnings;
};

// Several inputs under way at once, each with a session of its own.
class Runner {
 public:
  Runner(const Engine& engine, const std::vector<RunInput>& inputs, const BatchOptions& options)
      : engine_(engine),
        inputs_(inputs),
        options_(options),
        reports_(inputs.size()),
        progress_(names(inputs), work(inputs), options.reporting.quiet) {}

  // Takes inputs until there are no more.
  void work() {
    for (std::size_t i = next_++; i < inputs_.size() && !stop_requested(); i = next_++) {
      Report& report = reports_[i];
      progress_.begin(i);
      try {
        run(i, report);
      } catch (const Error& error) {
        fail(report, {static_cast<int>(error.code()), error.what()});
      } catch (...) {
        Failure failure = current_failure();
        failure.message = inputs_[i].path + ": " + failure.message;
        fail(report, failure);
      }
      progress_.end(i, report.status == Status::done || report.status == Status::partial,
                    report.status == Status::failed);
    }
  }

  int finish() {
    int exit_code = stop_requested() ? 1 : 0;
    for (const Report& report : reports_) exit_code = std::max(exit_code, report.exit_code);
    if (!options_.summary.empty()) {
      try {
        abandoned_.remove(options_.summary);
        abandoned_.remove(fs::path(options_.summary).replace_extension(".json"));
        write_summary();
      } catch (const Error& error) {
        complain("auriga: {}\n", error.what());
        exit_code = std::max(exit_code, static_cast<int>(error.code()));
      }
    }
    if (options_.reporting.json) {
      std::string all;
      for (const Report& report : reports_)
        if (!report.manifest.empty()) all += (all.empty() ? "" : ",\n") + report.manifest;
      fmt::print("[{}]\n", all);
    } else if (!options_.reporting.quiet && inputs_.size() > 1) {
      print_end();
    }
    return exit_code;
  }

 private:
  bool silent() const { return options_.reporting.quiet || options_.reporting.json; }

  static std::vector<std::string> names(const std::vector<RunInput>& inputs) {
    std::vector<std::string> names;
    for (const RunInput& input : inputs) names.push_back(fs::path(input.path).filename().string());
    return names;
  }

  // By their bytes: longer videos have more of them.
  static std::vector<double> work(const std::vector<RunInput>& inputs) {
    std::vector<double> bytes;
    for (const RunInput& input : inputs) {
      std::error_code failed;
      const std::uintmax_t size = fs::file_size(input.path, failed);
      bytes.push_back(failed ? 0 : static_cast<double>(size));
    }
    return bytes;
  }

  void run(std::size_t number, Report& report) {
    const RunInput& input = inputs_[number];
    const OutputPaths paths = input.paths();
    InputRun one(engine_, options_, input.path, input.picture, paths);
    report.table = paths.csv.string();
    for (const std::string& name : one.manifest().outputs) abandoned_.remove(name);
    abandoned_.remove(paths.manifest);
    if (const auto finished = options_.resume ? one.finished() : std::nullopt) {
      report.status = Status::skipped;
      report.frames = finished->frames;
      report.faces = finished->faces;
      report.seconds = finished->seconds;
      report.manifest = finished->manifest;
      report.preset = one.manifest().preset;
      report.estimator = one.manifest().estimator;
      report.warnings = finished->warnings;
      if (!silent()) say("{}: skipped, {} is there\n", input.path, report.table);
      return;
    }
    Control control;
    ProgressSink told(progress_, number, control);
    one.run({&told}, control);
    one.publish();
    const RunManifest& manifest = one.manifest();
    report.status = manifest.complete ? Status::done : Status::partial;
    report.message = manifest.partial_reason;
    report.exit_code = manifest.complete ? 0 : 1;
    report.frames = manifest.counts.frames;
    report.faces = manifest.counts.faces_found;
    report.seconds = manifest.seconds;
    report.manifest = manifest_json(manifest);
    report.preset = manifest.preset;
    report.estimator = manifest.estimator;
    report.warnings = manifest.warnings;
    const std::lock_guard lock(printing_);
    progress_.clear();
    if (!silent()) {
      if (inputs_.size() == 1 || options_.reporting.verbose)
        print_summary(input.path, input.picture, paths, manifest);
      else
        print_line(input, manifest);
    }
    if (!manifest.complete && silent())
      complain("auriga: {}: partial: {}\n", input.path, manifest.partial_reason);
  }

  void fail(Report& report, const Failure& failure) {
    report.status = Status::failed;
    report.exit_code = failure.exit_code;
    report.message = failure.message;
    report.table.clear();
    const std::lock_guard lock(printing_);
    progress_.clear();
    complain("auriga: {}\n", failure.message);
  }

  template <typename... Values>
  void say(fmt::format_string<Values...> format, Values&&... values) {
    const std::lock_guard lock(printing_);
    progress_.clear();
    tell(format, std::forward<Values>(values)...);
  }

  // One of many: the rest is in its manifest. What has been said of another one is not said again.
  void print_line(const RunInput& input, const RunManifest& manifest) {
    const auto& counts = manifest.counts;
    std::string text = input.path + (manifest.complete ? ": done" : ": PARTIAL");
    if (input.picture)
      text += fmt::format(", {} faces", counts.faces_found);
    else
      text += fmt::format(", {} frames, face followed in {:.1f} %, {:.1f} s", counts.frames,
                          100 * followed(counts.faces_found, counts.frames), manifest.seconds);
    if (!manifest.complete) {
      std::string_view reason = manifest.partial_reason;
      if (reason.starts_with(input.path + ": ")) reason.remove_prefix(input.path.size() + 2);
      text += fmt::format(": {}", reason);
    }
    tell("{}\n", text);
    for (const auto& [word, all] :
         {std::pair{"note", &manifest.notes}, std::pair{"warning", &manifest.warnings}})
      for (const std::string& one : *all)
        if (++said_[one] == 1) tell("  {}: {}\n", word, one);
  }

  static double followed(std::int64_t faces, std::int64_t frames) {
    return frames > 0 ? static_cast<double>(faces) / static_cast<double>(frames) : 0;
  }

  int count(Status status) const {
    return static_cast<int>(std::count_if(reports_.begin(), reports_.end(),
                                          [&](const Report& one) { return one.status == status; }));
  }

  void print_end() const {
    std::string text = fmt::format("{} inputs:", inputs_.size());
    const char* separator = " ";
    for (const Status status :
         {Status::done, Status::skipped, Status::partial, Status::failed, Status::not_started}) {
      if (count(status) == 0) continue;
      text += fmt::format("{}{} {}", separator, count(status), word(status));
      separator = ", ";
    }
    tell("{}\n", text);
    for (std::size_t i = 0; i < reports_.size(); ++i)
      if (reports_[i].status == Status::failed || reports_[i].status == Status::partial) {
        const std::string message = reports_[i].message.substr(0, reports_[i].message.find('\n'));
        const bool named = message.starts_with(inputs_[i].path);
        tell("  {}: {}{}{}\n", word(reports_[i].status), named ? "" : inputs_[i].path,
             named ? "" : ": ", message);
      }
    for (const auto& [said, times] : said_)
      if (times > 1) tell("  of {} inputs: {}\n", times, said);
    if (!options_.summary.empty()) tell("  table of all: {}\n", options_.summary.string());
  }

  void write_summary() const {
    std::string table =
        "input,status,exit_code,frames,faces,share_followed,seconds,frames_per_second,preset,"
        "estimator,table,message,warnings\n";
    Json list = Json::array();
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      const Report& report = reports_[i];
      const double speed =
          report.seconds > 0 ? static_cast<double>(report.frames) / report.seconds : 0;
      const double share = inputs_[i].picture ? 0 : followed(report.faces, report.frames);
      std::string warnings;
      for (const std::string& one : report.warnings)
        warnings += (warnings.empty() ? "" : " | ") + one;
      table +=
          fmt::format("{},{},{},{},{},{},{:.3f},{:.1f},{},{},{},{},{}\n", quoted(inputs_[i].path),
                      word(report.status), report.exit_code, report.frames, report.faces,
                      inputs_[i].picture ? "" : fmt::format("{:.4f}", share), report.seconds, speed,
                      report.preset, report.estimator, quoted(report.table), quoted(report.message),
                      quoted(warnings));
      list.add(Json::object({{"input", inputs_[i].path},
                             {"status", word(report.status)},
                             {"exit_code", report.exit_code},
                             {"frames", report.frames},
                             {"faces", report.faces},
                             {"share_followed", inputs_[i].picture ? Json() : Json(share)},
                             {"preset", report.preset},
                             {"estimator", report.estimator},
                             {"warnings", report.warnings},
                             {"seconds", report.seconds},
                             {"frames_per_second", speed},
                             {"table", report.table},
                             {"message", report.message}}));
    }
    write_file(options_.summary, table);
    std::filesystem::path json = options_.summary;
    json.replace_extension(".json");
    write_file(json, list.text() + "\n");
  }

  // As RFC 4180 wants it.
  static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
    return result + '"';
  }

  const Engine& engine_;
  const std::vector<RunInput>& inputs_;
  const BatchOptions& options_;
  std::vector<Report> reports_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex printing_;
  std::map<std::string, int> said_;  // notes and warnings of one of many, and how often
  AbandonedParts abandoned_;
  Progress progress_;
};

// As libav's decoders are used.
constexpr int kMostDecoderThreads = 16;

// Results do not depend on how many there are.
void take_fewer_threads(BatchOptions& options) {
  // Besides this thread: those of the schedule, and of each job itself, its reader and its decoder.
  const auto needed = [](int jobs, int workers) {
    const int decoding = workers > 1 ? std::min(workers, kMostDecoderThreads) : 0;
    return jobs * (workers - 1) + (jobs - 1) + jobs * (1 + decoding);
  };
  int &jobs = options.jobs, &workers = options.threads.workers;
  const int wanted = needed(jobs, workers), there = startable_threads(wanted);
  if (there == wanted) return;
  while (workers > 1 && needed(jobs, workers) > there) --workers;
  while (jobs > 1 && needed(jobs, workers) > there) --jobs;
  const std::string limits = thread_limits();
  complain("auriga: expected {} threads to start, {} did{}{}; going on with --workers {}{}\n",
           wanted, there, limits.empty() ? "" : ": ", limits, workers,
           jobs > 1 ? fmt::format(" in each of {} jobs", jobs) : "");
}

}  // namespace

int run_inputs(const Engine& engine, const std::vector<RunInput>& inputs,
               const BatchOptions& wanted) {
  stop_on_signals();
  BatchOptions options = wanted;
  take_fewer_threads(options);
  // As many threads as were asked for, also where there are fewer cores.
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(options.jobs) *
                                            static_cast<std::size_t>(options.threads.workers - 1) +
                                        1);
  Runner runner(engine, inputs, options);
  std::vector<std::thread> others;
  try {
    for (int i = 1; i < options.jobs; ++i) others.emplace_back([&runner] { runner.work(); });
  } catch (const std::system_error&) {
    // So many jobs, then: the others take their inputs.
  }
  runner.work();
  for (std::thread& other : others) other.join();
  return runner.finish();
}

}  // namespace auriga::app
