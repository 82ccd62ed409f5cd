#include "run.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
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
#include <poll.h>

#include "auriga/error.hpp"
#include "auriga/machine.hpp"

#include "console.hpp"
#include "failure.hpp"
#include "files/atomic_file.hpp"
#include "files/json.hpp"
#include "files/part_name.hpp"
#include "input_report.hpp"
#include "isolation.hpp"
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

// What becomes of several inputs, told while they are under way and at the end.
class Reports {
 public:
  Reports(const std::vector<RunInput>& inputs, const BatchOptions& options)
      : inputs_(inputs),
        options_(options),
        reports_(inputs.size()),
        progress_(names(inputs), work(inputs), options.reporting.quiet) {}

  Progress& progress() { return progress_; }

  // Of an input that has been begun, what has become of it. Any thread.
  void begin(std::size_t input) { progress_.begin(input); }
  void end(std::size_t input, InputReport report) {
    const bool failed = report.status == InputStatus::failed;
    {
      const std::lock_guard lock(printing_);
      progress_.clear();
      print(inputs_[input], report);
    }
    progress_.end(
        input, report.status == InputStatus::done || report.status == InputStatus::partial, failed);
    reports_[input] = std::move(report);
  }

  int finish() {
    int exit_code = stop_requested() ? 1 : 0;
    for (const InputReport& report : reports_) exit_code = std::max(exit_code, report.exit_code);
    if (!options_.summary.empty()) {
      try {
        AbandonedParts abandoned;
        abandoned.remove(options_.summary);
        abandoned.remove(fs::path(options_.summary).replace_extension(".json"));
        write_summary();
      } catch (const Error& error) {
        complain("auriga: {}\n", error.what());
        exit_code = std::max(exit_code, static_cast<int>(error.code()));
      }
    }
    if (options_.reporting.json) {
      std::string all;
      for (const InputReport& report : reports_)
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

  void print(const RunInput& input, const InputReport& report) {
    if (report.status == InputStatus::failed) {
      complain("auriga: {}\n", report.message);
    } else if (silent()) {
      if (report.status == InputStatus::partial)
        complain("auriga: {}: partial: {}\n", input.path, report.message);
    } else if (inputs_.size() == 1 || options_.reporting.verbose ||
               report.status == InputStatus::skipped) {
      tell(report.summary);
    } else {
      print_line(report);
    }
  }

  // One of many: the rest is in its manifest. What has been said of another one is not said again.
  void print_line(const InputReport& report) {
    tell(report.line);
    for (const auto& [word, all] :
         {std::pair{"note", &report.notes}, std::pair{"warning", &report.warnings}})
      for (const std::string& one : *all)
        if (++said_[one] == 1) tell("  {}: {}\n", word, one);
  }

  int count(InputStatus status) const {
    return static_cast<int>(
        std::count_if(reports_.begin(), reports_.end(),
                      [&](const InputReport& one) { return one.status == status; }));
  }

  void print_end() const {
    std::string text = fmt::format("{} inputs:", inputs_.size());
    const char* separator = " ";
    for (const InputStatus status : {InputStatus::done, InputStatus::skipped, InputStatus::partial,
                                     InputStatus::failed, InputStatus::not_started}) {
      if (count(status) == 0) continue;
      text += fmt::format("{}{} {}", separator, count(status), word(status));
      separator = ", ";
    }
    tell("{}\n", text);
    for (std::size_t i = 0; i < reports_.size(); ++i)
      if (reports_[i].status == InputStatus::failed || reports_[i].status == InputStatus::partial) {
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
      const InputReport& report = reports_[i];
      const double speed =
          report.seconds > 0 ? static_cast<double>(report.frames) / report.seconds : 0;
      const double share = inputs_[i].picture ? 0 : share_followed(report);
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

  const std::vector<RunInput>& inputs_;
  const BatchOptions& options_;
  std::vector<InputReport> reports_;
  std::mutex printing_;
  std::map<std::string, int> said_;  // notes and warnings of one of many, and how often
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

// As many threads as were asked for, also where there are fewer cores.
tbb::global_control thread_count(const BatchOptions& options) {
  return {tbb::global_control::max_allowed_parallelism,
          static_cast<std::size_t>(options.jobs) *
                  static_cast<std::size_t>(options.threads.workers - 1) +
              1};
}

// What a child says while it computes an input, and at the end.
constexpr char kFrames = 'f', kReport = 'r';

using Counts = std::array<std::int64_t, 2>;  // frames so far, frames expected

// As ProgressSink, in a child: to its parent, some times a second.
class ProgressMessages : public Sink {
 public:
  ProgressMessages(const MessageSender& parent, Control control)
      : parent_(parent), control_(std::move(control)) {}

  void begin(const StreamInfo& stream, const Setup&) override {
    counts_ = {0, stream.frames_expected};
  }
  void frame(const FrameView&) override {
    ++counts_[0];
    if (stop_requested()) control_.cancel();
    const Clock::time_point now = Clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    parent_.send(kFrames, {reinterpret_cast<const char*>(counts_.data()), sizeof counts_});
  }

  static std::optional<Counts> read(std::string_view bytes) {
    Counts counts;
    if (bytes.size() != sizeof counts) return std::nullopt;
    std::memcpy(counts.data(), bytes.data(), sizeof counts);
    return counts;
  }

 private:
  using Clock = std::chrono::steady_clock;

  const MessageSender& parent_;
  Control control_;
  Counts counts_{};
  Clock::time_point next_;
};

// The life of a child: one input.
void compute(const Preparation& prepare, const RunInput& input, const MessageSender& parent) {
  InputReport report;
  try {
    PreparedRun run = prepare(false);
    run.options.jobs = 1;
    take_fewer_threads(run.options);
    const tbb::global_control threads = thread_count(run.options);
    AbandonedParts abandoned;
    Control control;
    ProgressMessages progress(parent, control);
    report = report_of(run.engine, run.options, input, abandoned, progress, control);
  } catch (...) {
    report = report_of_failure(input);
  }
  parent.send(kReport, packed(report));
}

// A child that was killed could not clear up.
void remove_what_is_left(const RunInput& input, const OutputOptions& outputs) {
  try {
    const OutputPaths paths = input.paths();
    AbandonedParts abandoned;
    for (const std::string& name : names_of(outputs, paths, input.picture)) abandoned.remove(name);
    abandoned.remove(paths.manifest);
  } catch (const Error&) {
    // Without a place for results there are none.
  }
}

// What the child of an input may write: its results, which lie in one folder, what is learnt of the
// person, and what libraries throw away.
std::vector<fs::path> writable_for(const OutputPaths& paths, const OutputOptions& outputs) {
  std::vector<fs::path> places = {"/dev/null"};
  for (const fs::path& file : {paths.csv, paths.manifest, outputs.baseline}) {
    if (file.empty()) continue;
    std::error_code failed;
    const fs::path whole = fs::weakly_canonical(fs::absolute(file), failed);
    const bool is_special = fs::exists(whole, failed) && !fs::is_regular_file(whole, failed);
    places.push_back(is_special ? whole : whole.parent_path());
  }
  return places;
}

// A child and the input that it computes.
struct Job {
  std::size_t input;
  std::unique_ptr<IsolatedProcess> process;
  std::optional<InputReport> report;
};

// Until one of them has something to say, and not for long: a signal may come at any time.
void wait_for_messages(const std::vector<Job>& jobs) {
  std::vector<pollfd> descriptors;
  for (const Job& job : jobs) descriptors.push_back({job.process->descriptor(), POLLIN, 0});
  constexpr int kPeriod_ms = 100;
  poll(descriptors.data(), descriptors.size(), kPeriod_ms);
}

}  // namespace

int run_inputs(const Engine& engine, const std::vector<RunInput>& inputs,
               const BatchOptions& wanted) {
  stop_on_signals();
  BatchOptions options = wanted;
  take_fewer_threads(options);
  const tbb::global_control threads = thread_count(options);
  Reports reports(inputs, options);
  AbandonedParts abandoned;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < inputs.size() && !stop_requested(); i = next++) {
      reports.begin(i);
      InputReport report;
      try {
        Control control;
        ProgressSink progress(reports.progress(), i, control);
        report = report_of(engine, options, inputs[i], abandoned, progress, control);
      } catch (...) {
        report = report_of_failure(inputs[i]);
      }
      reports.end(i, std::move(report));
    }
  };
  std::vector<std::thread> others;
  try {
    for (int i = 1; i < options.jobs; ++i) others.emplace_back(work);
  } catch (const std::system_error&) {
    // So many jobs, then: the others take their inputs.
  }
  work();
  for (std::thread& other : others) other.join();
  return reports.finish();
}

int run_isolated(const Preparation& prepare, const std::vector<RunInput>& inputs,
                 const BatchOptions& options, const Isolation& isolation,
                 const std::filesystem::path& cache) {
  stop_on_signals();
  // What is wrong with options or models is wrong for all inputs, and said once.
  const auto start = [&](std::size_t input, const std::vector<fs::path>& writable,
                         const std::function<void(const MessageSender&)>& action) {
    return Job{input, std::make_unique<IsolatedProcess>(isolation, writable, action), {}};
  };
  std::vector<Job> jobs;
  jobs.push_back(start(0, {"/dev/null", cache}, [&](const MessageSender&) { prepare(true); }));
  while (jobs.front().process->receive([](char, std::string_view) {})) {
    wait_for_messages(jobs);
    if (stop_requested()) return 1;
  }
  if (const Failure failure = jobs.front().process->wait("the model files"); failure.exit_code != 0)
    throw Error(static_cast<ErrorCode>(failure.exit_code), failure.message);
  jobs.clear();
  std::error_code ignored;  // a folder that cannot be had is an error of each input
  if (!options.summary.empty()) fs::create_directories(options.summary.parent_path(), ignored);

  Reports reports(inputs, options);
  bool asked = false;
  for (std::size_t next = 0; true;) {
    while (next < inputs.size() && std::ssize(jobs) < options.jobs && !stop_requested()) {
      const std::size_t i = next++;
      reports.begin(i);
      try {
        jobs.push_back(
            start(i, writable_for(inputs[i].paths(), options.outputs),
                  [&](const MessageSender& parent) { compute(prepare, inputs[i], parent); }));
      } catch (...) {
        reports.end(i, report_of_failure(inputs[i]));
      }
    }
    if (jobs.empty()) break;
    wait_for_messages(jobs);
    if (stop_requested() && !asked) {
      asked = true;
      for (const Job& job : jobs) job.process->ask_to_stop();
    }
    std::erase_if(jobs, [&](Job& job) {
      const bool more = job.process->receive([&](char kind, std::string_view bytes) {
        if (kind == kReport) job.report = unpacked_report(bytes);
        if (const auto counts = ProgressMessages::read(bytes); kind == kFrames && counts)
          reports.progress().update(job.input, (*counts)[0], (*counts)[1]);
      });
      if (more) return false;
      const RunInput& input = inputs[job.input];
      const Failure failure = job.process->wait(input.path);
      if (!job.report) {
        remove_what_is_left(input, options.outputs);
        job.report = failed_report(
            failure.exit_code != 0
                ? failure
                : Failure{static_cast<int>(ErrorCode::input),
                          input.path + ": its process (--isolate) ended without a report; please "
                                       "report it"});
      }
      reports.end(job.input, std::move(*job.report));
      return true;
    });
  }
  return reports.finish();
}

}  // namespace auriga::app
