#include "jobs.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>

#include "auriga/error.hpp"

#include "engine.hpp"
#include "extraction.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "given_options.hpp"
#include "host.hpp"
#include "input_run.hpp"
#include "recording.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;
namespace fs = std::filesystem;

// What became of an input.
struct Outcome {
  std::shared_ptr<const Recording> recording;  // null: made by an earlier run
  RunManifest manifest;
  FileText manifest_text;
  FileText table;  // the file; empty: there is none
  bool skipped = false;
};

// Inputs and options that are checked, and an engine.
class Extraction {
 public:
  // `engine`: null: as the options say.
  Extraction(const std::vector<FileText>& inputs, const GivenOptions& given,
             std::shared_ptr<const LoadedEngine> engine)
      : list_(extract_options(settings_)) {
    enter();
    if (engine) set_options(list_, engine->options);
    set_options(list_, given);
    settings_.inputs.assign(inputs.begin(), inputs.end());
    writes_ = !settings_.output.empty() || !settings_.out_dir.empty();
    complete(settings_);
    found_ = find_inputs(settings_, [this](const std::string& note) { notes_.emplace_back(note); });
    if (!writes_) refuse_other_results();
    engine_ =
        engine ? std::move(engine) : hold(Engine::load(settings_.folders, settings_.recipe), {});
    choose_columns(settings_, engine_->engine.setup());
    begin_with_baseline(engine_->engine, settings_);
    options_ = batch_options(engine_->engine, settings_, list_, found_.jobs);
    if (writes_) require_own_names(settings_, found_.inputs, engine_->engine.setup(), {});
    let_threads_start();
  }
  Extraction(const Extraction&) = delete;
  Extraction& operator=(const Extraction&) = delete;

  std::size_t size() const { return found_.inputs.size(); }
  FileText path(std::size_t number) const { return found_.inputs.at(number).path; }
  int jobs() const { return found_.jobs; }
  const std::vector<FileText>& notes() const { return notes_; }
  const Setup& setup() const { return engine_->engine.setup(); }

  // Any thread, several at a time. `told`: as for InputRun::run().
  Outcome run(std::size_t number, Sink& told, const Control& control) {
    const app::Input& input = found_.inputs.at(number);
    std::optional<app::OutputPaths> paths;
    if (writes_) paths = make_paths(settings_, input);
    app::InputRun run(engine_->engine, options_, input.path, input.picture, paths);
    Outcome outcome;
    if (paths) {
      outcome.table = FileText(paths->csv.string());
      for (const std::string& name : run.manifest().outputs) abandoned_.remove(name);
      abandoned_.remove(paths->manifest);
    }
    if (const auto finished = options_.resume ? run.finished() : std::nullopt) {
      outcome.skipped = true;
      outcome.manifest_text = FileText(finished->manifest);
      return outcome;
    }
    KeptRows kept(csv_sink_options(options_.outputs));
    run.run({&told, &kept}, control);
    if (control.cancelled()) throw Cancelled();
    run.publish();
    outcome.recording = kept.recording();
    outcome.manifest = run.manifest();
    outcome.manifest_text = manifest_json(outcome.manifest);
    return outcome;
  }

 private:
  void refuse_other_results() const {
    const app::OutputPaths anywhere(fs::path("table.csv"));
    if (names_of(settings_.outputs, anywhere, false).size() > 1)
      throw Error(ErrorCode::usage,
                  "expected --out-dir DIR or --output FILE, which say where the results besides "
                  "the table go, found neither; add one or leave out what writes other files");
  }

  // As many threads as were asked for, also where there are fewer cores; the limits of others who
  // use this oneTBB are not lowered.
  void let_threads_start() {
    const auto wanted = static_cast<std::size_t>(found_.jobs) *
                            static_cast<std::size_t>(settings_.threads.workers - 1) +
                        1;
    if (wanted > static_cast<std::size_t>(tbb::info::default_concurrency()))
      threads_.emplace(tbb::global_control::max_allowed_parallelism, wanted);
  }

  app::ExtractSettings settings_;
  app::OptionList list_;
  bool writes_ = false;
  app::ExtractInputs found_;
  std::vector<FileText> notes_;
  std::shared_ptr<const LoadedEngine> engine_;
  app::BatchOptions options_;
  std::optional<tbb::global_control> threads_;
  AbandonedParts abandoned_;
};

// How far an input is, for another thread.
class Progress : public Sink {
 public:
  void begin(const StreamInfo& stream, const Setup&) override {
    expected_ = stream.frames_expected;
    frames_ = 0;
  }
  void frame(const FrameView&) override { ++frames_; }

  std::pair<std::int64_t, std::int64_t> now() const { return {frames_, expected_}; }

 private:
  std::atomic<std::int64_t> frames_ = 0, expected_ = 0;
};

// An input under way on a thread of its own.
class Job final : public Background {
 public:
  Job(std::shared_ptr<Extraction> extraction, std::size_t number)
      : extraction_(std::move(extraction)), number_(number) {
    enter();
    thread_ = std::thread([this] { work(); });
  }
  ~Job() {
    if (is_forked()) {
      // The thread does not exist here.
      new std::thread(std::move(thread_));
      new std::shared_ptr<Extraction>(std::move(extraction_));
      return;
    }
    control_.cancel();
    const Released release;  // a job is Python's: whoever ends it has the interpreter
    thread_.join();
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Waits for the end, but not for longer. Whether it is there.
  bool wait(double seconds) {
    enter();
    const Released release;
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return done_; });
  }
  void cancel() override { control_.cancel(); }
  bool over() override {
    const std::lock_guard lock(mutex_);
    return done_;
  }
  std::pair<std::int64_t, std::int64_t> progress() const { return progress_.now(); }

  // After the end.
  Outcome result() {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
    return outcome_;
  }

 private:
  void work() {
    Outcome outcome;
    std::exception_ptr error;
    try {
      outcome = extraction_->run(number_, progress_, control_);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    error_ = error;
    done_ = true;
    ended_.notify_all();
  }

  std::shared_ptr<Extraction> extraction_;
  std::size_t number_;
  Control control_;
  Progress progress_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  Outcome outcome_;
  std::exception_ptr error_;
  std::thread thread_;
};

using Floats = nb::ndarray<nb::numpy, const float>;

// rows x columns, or, of two blocks, rows x columns x 2.
nb::object view(const Outcome& outcome, nb::handle owner, const std::string& first,
                std::size_t columns, std::size_t planes) {
  if (!outcome.recording) return nb::none();
  const Recording::Block block = outcome.recording->block(first, columns * planes);
  if (block.data == nullptr) return nb::none();
  const std::size_t rows = outcome.recording->rows();
  const auto step = static_cast<std::int64_t>(rows);
  const std::size_t shape[] = {rows, columns, planes};
  const std::int64_t strides[] = {1, step, step * static_cast<std::int64_t>(columns)};
  return nb::cast(Floats(block.data, planes > 1 ? 3 : 2, shape, owner, strides));
}

// Writes the table of an outcome, and its manifest beside it.
void save(const Outcome& outcome, const FileText& path) {
  const Released release;
  const app::OutputPaths paths{path.path()};
  RunManifest manifest = outcome.manifest;
  const std::unique_ptr<Sink> sink = outcome.recording->write(paths.csv, manifest.written);
  manifest.outputs = {paths.csv.string()};
  write_manifest(manifest, paths.manifest);
  sink->publish();
}

}  // namespace

void bind_jobs(nb::module_& module) {
  nb::class_<Outcome>(module, "Outcome")
      .def_ro("manifest", &Outcome::manifest_text)
      .def_ro("table_file", &Outcome::table)
      .def_ro("skipped", &Outcome::skipped)
      .def("table",
           [](const Outcome& outcome) {
             if (!outcome.recording)
               throw Error(ErrorCode::usage, "the rows are in the file: " + outcome.table);
             return Recording::table(outcome.recording);
           })
      .def("view",
           [](nb::handle_t<Outcome> self, const std::string& first, std::size_t columns,
              std::size_t planes) {
             return view(*nb::inst_ptr<Outcome>(self), self, first, columns, planes);
           })
      .def("save", save);
  nb::class_<Extraction>(module, "Extraction")
      .def(
          "__init__",
          [](Extraction* self, const std::vector<FileText>& inputs, const GivenOptions& options,
             std::shared_ptr<LoadedEngine> engine) {
            const Released release;
            new (self) Extraction(inputs, options, std::move(engine));
          },
          nb::arg("inputs"), nb::arg("options"), nb::arg("engine").none())
      .def("__len__", &Extraction::size)
      .def("path", &Extraction::path)
      .def_prop_ro("jobs", &Extraction::jobs)
      .def_prop_ro("notes", &Extraction::notes);
  nb::class_<Job>(module, "Job")
      .def(nb::init<std::shared_ptr<Extraction>, std::size_t>())
      .def("wait", &Job::wait)
      .def("cancel", &Job::cancel)
      .def("progress", &Job::progress)
      .def("result", &Job::result);
}

}  // namespace auriga::python
