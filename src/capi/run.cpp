// Files through a session of the C interface.
#include "auriga/run.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "auriga/sinks.hpp"

#include "capi/handles.hpp"
#include "capi/row.hpp"
#include "capi/structure.hpp"

namespace auriga::capi {
namespace {

namespace fs = std::filesystem;

// Hands what comes to the callbacks of the caller, until one has enough.
class Callbacks : public Sink {
 public:
  Callbacks(const auriga_run_options& options, Control control)
      : options_(options), control_(std::move(control)) {}

  Needs needs() const override {
    return {.picture = options_.pictures != 0 && options_.on_frame != nullptr};
  }
  void begin(const StreamInfo& stream, const Setup&) override {
    expected_ = stream.frames_expected;
  }
  void row(const FaceRow& face) override {
    if (options_.on_row == nullptr || ended_) return;
    const auriga_row row = row_of(face);
    heed(options_.on_row(options_.data, &row));
  }
  void frame(const FrameView& view) override {
    ++frames_;
    if (options_.on_frame != nullptr && !ended_) {
      const bool shown = !view.bgr.empty() && view.bgr.data != nullptr;
      const auriga_frame frame{.struct_size = sizeof frame,
                               .bgr = shown ? view.bgr.data : nullptr,
                               .width = view.bgr.width,
                               .height = view.bgr.height,
                               .stride = shown ? view.bgr.stride : 0,
                               .timestamp_s = view.timestamp_s,
                               .index = view.index,
                               .missing = view.missing};
      heed(options_.on_frame(options_.data, &frame));
    }
    if (options_.on_progress != nullptr && !ended_)
      heed(options_.on_progress(options_.data, frames_, expected_));
  }

 private:
  void heed(std::int32_t answer) {
    if (answer == 0) return;
    ended_ = true;
    control_.cancel();
  }

  const auriga_run_options& options_;
  Control control_;
  std::int64_t frames_ = 0, expected_ = 0;
  bool ended_ = false;
};

SourceOptions source_options(const auriga_run_options& options) {
  SourceOptions source;
  source.threads = std::max(1, options.workers);
  source.square_pixels = options.stored_pixels == 0;
  source.deinterlace = options.deinterlace != 0;
  source.rotate = options.rotate_deg;
  source.fps = options.fps;
  return source;
}

// Results replace what has their name.
void require_own_names(const fs::path& input, const std::vector<const char*>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] == nullptr) continue;
    const auto same = [&](const fs::path& other) {
      std::error_code failed;
      return fs::weakly_canonical(results[i], failed) == fs::weakly_canonical(other, failed) ||
             fs::equivalent(results[i], other, failed);
    };
    if (*results[i] == '\0') bad_usage("the name of a result is empty; NULL stands for none");
    if (same(input))
      bad_usage(std::string(results[i]) + " is the input, which the result would replace");
    for (std::size_t j = 0; j < i; ++j)
      if (results[j] != nullptr && same(results[j]))
        bad_usage(std::string(results[i]) + " is the name of two results");
  }
}

std::vector<std::unique_ptr<Sink>> make_sinks(const auriga_run_options& options,
                                              const char* input) {
  std::vector<std::unique_ptr<Sink>> sinks;
  if (options.table != nullptr)
    sinks.push_back(make_csv_sink(
        options.table, {.full_precision = options.full_precision != 0, .file_column = true}));
  if (options.hog != nullptr) sinks.push_back(make_hog_sink(options.hog));
  if (options.aligned != nullptr) sinks.push_back(make_aligned_sink(options.aligned));
  if (options.mesh != nullptr) sinks.push_back(make_mesh_sink(options.mesh));
  if (options.tracked != nullptr)
    sinks.push_back(make_tracked_video_sink(options.tracked, {.sound = input}));
  return sinks;
}

void tell(const RunReport& run, auriga_session& session, auriga_report* report) {
  session.partial_reason = run.partial_reason;
  session.warnings.clear();
  for (const std::string& warning : run.warnings)
    session.warnings += (session.warnings.empty() ? "" : "\n") + warning;
  if (report == nullptr) return;
  give({.frames = run.frames,
        .faces = run.faces,
        .rows = run.rows,
        .people = run.people,
        .complete = run.complete,
        .width = run.stream.width,
        .height = run.stream.height,
        .fps = run.stream.average_fps,
        .turned_deg = run.turn && run.turn->whole ? run.turn->degrees : 0,
        .partial_reason = session.partial_reason.c_str(),
        .warnings = session.warnings.c_str()},
       *report, "report");
}

void run_file(auriga_session& session, const char* input, const auriga_run_options& options,
              auriga_report* report) {
  require_own_names(&required(input, "input"),
                    {options.table, options.hog, options.aligned, options.mesh, options.tracked});
  if (options.workers < 0 || options.workers > 256)
    bad_usage("options.workers is " + std::to_string(options.workers) + ", expected 0 to 256");
  if (session.pushed > 0 || session.final_units)
    bad_usage("the session has seen frames already; open another one for a stream");
  const Control control = options.control != nullptr ? options.control->control : Control();
  const auto source = open_source(input, source_options(options));
  const std::vector<std::unique_ptr<Sink>> results = make_sinks(options, input);
  Callbacks callbacks(options, control);
  std::vector<Sink*> sinks = {&callbacks};
  for (const auto& sink : results) sinks.push_back(sink.get());
  session.final_units.emplace();  // whatever comes, its stream is over
  const RunReport done = run(
      *source, session.session, sinks,
      {.threads = {.workers = std::max(1, options.workers)}, .most_frames = options.most_frames},
      control);
  session.final_units = done.units;
  tell(done, session, report);
  if (control.cancelled() && !done.complete)
    throw Failure{AURIGA_CANCELLED, "cancelled after " + std::to_string(done.frames) + " frames"};
}

}  // namespace
}  // namespace auriga::capi

using namespace auriga::capi;

auriga_status auriga_run(auriga_session* session, const char* input,
                         const auriga_run_options* options, auriga_report* report) {
  return guarded(__func__, [&] {
    const Use use(session);
    if (report != nullptr) checked_size(*report, "report");
    run_file(*use, input, options == nullptr ? auriga_run_options{} : taken(*options, "options"),
             report);
  });
}

auriga_status auriga_extract(const auriga_engine* engine, const char* input, const char* table) {
  return guarded(__func__, [&] {
    auriga_run_options options{};
    options.table = &required(table, "table");
    auriga::SessionOptions session_options;
    std::error_code failed;
    session_options.still = auriga::is_picture_name(&required(input, "input")) &&
                            !std::filesystem::is_directory(input, failed);
    auriga_session session(own_engine(engine), session_options);
    run_file(session, input, options, nullptr);
  });
}
