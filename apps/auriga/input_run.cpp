#include "input_run.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "auriga/machine.hpp"

#include "process.hpp"
#include "tables/quality.hpp"
#include "upright.hpp"

namespace auriga::app {

std::string utc_now() {
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

void describe_setup(const Setup& setup, RunManifest& manifest) {
  manifest.auriga_version = version();
  manifest.preset = setup.preset;
  manifest.detector = setup.detector;
  manifest.landmarker = setup.landmarker;
  manifest.estimator = setup.estimator;
  manifest.experimental_action_units = setup.experimental_aus;
  manifest.action_units_not_told = setup.untold_aus;
  for (const ModelFile& model : setup.models)
    manifest.models.push_back({model.path.string(), model.sha256});
  if (!setup.note.empty()) manifest.warnings.push_back(setup.note);
  manifest.execution_provider = {setup.device_requested, setup.device_used,
                                 setup.device_fallback_reason};
}

void describe_stream(const StreamInfo& stream, RunManifest& manifest) {
  manifest.input.format = stream.format;
  manifest.input.width_px = stream.width;
  manifest.input.height_px = stream.height;
  manifest.input.fps = stream.fps;
  manifest.input.average_fps = stream.average_fps;
  const auto& [intensities, presences] = stream.units;
  std::set_union(intensities.begin(), intensities.end(), presences.begin(), presences.end(),
                 std::back_inserter(manifest.action_units));
  if (stream.frames_expected > 0) manifest.input.frames_expected = stream.frames_expected;
}

namespace {

// OpenFace's timestamps are frame / average rate: nothing to say where that is the time.
std::string frame_rate_warning(const RunReport& report) {
  const double fps = report.stream.average_fps;
  if (!report.facts.times || !(fps > 0)) return {};
  const TimeFacts& times = *report.facts.times;
  if (times.off_average_rate_s < 0.5 / fps) return {};
  return fmt::format(
      "timestamp is frame / average rate ({:.2f} frames/s), as OpenFace has it, and not when a "
      "frame is shown: {}, up to {:.2f} s from that; auriga extract writes the times of the frames",
      fps, times.variable ? "the rate of this video varies" : "the video does not begin at 0",
      times.off_average_rate_s);
}

// Measures what `auriga summary` tells of the quality of a table.
class QualitySink : public Sink {
 public:
  // `min_confidence`: as CsvSinkOptions.
  explicit QualitySink(double min_confidence) : min_confidence_(min_confidence) {}

  // A turned video is read once more.
  void begin(const StreamInfo&, const Setup&) override {
    meter_ = {};
    unsure_ = 0;
  }
  void row(const FaceRow& row) override {
    const FrameResult& face = row.result;
    if (!face.success) return;
    if (face.confidence < min_confidence_) {
      ++unsure_;
      return;
    }
    const auto distance = [&](std::size_t a, std::size_t b) {
      const double x = face.landmarks.x[a] - face.landmarks.x[b],
                   y = face.landmarks.y[a] - face.landmarks.y[b];
      return std::sqrt(x * x + y * y);
    };
    meter_.face(face.face_id, {std::max(distance(0, 16), distance(27, 8)),
                               face.pose.rotation_rad[1], face.pose.rotation_rad[0]});
  }
  void frame(const FrameView& frame) override { meter_.frame(frame.index + 1, frame.timestamp_s); }

  // Rows whose face was followed, but with too little confidence.
  std::int64_t unsure() const { return unsure_; }

  Quality quality(const RunReport& report) const {
    Recording recording;
    if (report.facts.times) {
      recording.mean_interval_s = report.facts.times->mean_interval_s;
      recording.least_interval_s = report.facts.times->least_interval_s;
      recording.largest_interval_s = report.facts.times->largest_interval_s;
    }
    recording.cuts = report.scene.cut_count;
    recording.changes_of_person = report.scene.change_count;
    recording.faces_visible = report.faces_visible;
    recording.light.assign(report.light.begin(), report.light.end());
    recording.partial = !report.complete;
    return meter_.quality(recording);
  }

 private:
  double min_confidence_;
  QualityMeter meter_;
  std::int64_t unsure_ = 0;
};

}  // namespace

InputRun::InputRun(const Engine& engine, const BatchOptions& options, std::string input,
                   bool picture, std::optional<OutputPaths> paths)
    : engine_(engine),
      options_(options),
      input_(std::move(input)),
      picture_(picture),
      paths_(std::move(paths)) {
  describe_setup(engine.setup(), manifest_);
  manifest_.options = options.notes;
  manifest_.workers = options.threads.workers;
  manifest_.kernels = isa_word(isa_in_use());
  manifest_.started_utc = utc_now();
  identify_input(input_, manifest_);
  if (paths_) manifest_.outputs = names_of(options.outputs, *paths_, picture);
}

std::optional<FinishedRun> InputRun::finished() const {
  return paths_ ? finished_run(paths_->manifest, manifest_) : std::nullopt;
}

RunReport InputRun::run(const std::vector<Sink*>& others, const Control& control) {
  const auto begin = std::chrono::steady_clock::now();
  SourceOptions source_options = options_.source;
  source_options.threads = options_.threads.workers;
  SessionOptions session_options = options_.session;
  session_options.still = picture_;
  if (picture_) session_options.calibrations.clear();
  const double min_confidence = options_.outputs.min_confidence.value_or(0);
  QualitySink quality(min_confidence);
  UprightRun run = run_upright(
      input_, source_options, options_.turn_upright,
      [&](Source& source, bool stop_when_turned) {
        results_.clear();
        session_.emplace(engine_, session_options);
        if (paths_)
          results_ =
              make_sinks(options_.outputs, *paths_, input_, *session_, engine_, session_options);
        std::vector<Sink*> sinks = others;
        for (const auto& sink : results_) sinks.push_back(sink.get());
        sinks.push_back(&quality);
        return auriga::run(
            source, *session_, sinks,
            {.threads = options_.threads, .stop_when_turned = stop_when_turned, .publish = false},
            control);
      },
      options_.open);
  RunReport& report = run.report;
  manifest_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  describe_stream(report.stream, manifest_);
  manifest_.input.frames_decoded = report.frames;
  manifest_.counts = {report.frames, picture_ ? report.rows : report.faces, report.detector_runs,
                      report.rows, report.rows_lost};
  manifest_.complete = report.complete;
  manifest_.partial_reason = report.partial_reason;
  if (run.turned_deg != 0) manifest_.warnings.push_back(turned_words(run.turned_deg));
  manifest_.warnings.insert(manifest_.warnings.end(), report.warnings.begin(),
                            report.warnings.end());
  manifest_.notes = report.notes;
  if (quality.unsure() > 0 && !picture_)
    manifest_.notes.push_back(fmt::format(
        "{} of {} rows have less confidence than {:g} and count as rows whose face was lost",
        quality.unsure(), report.rows, min_confidence));
  manifest_.scene = report.scene;
  manifest_.neutral = report.neutral;
  manifest_.light = report.light;
  manifest_.faces_visible = report.faces_visible;
  if (!picture_) manifest_.quality = quality_json(quality.quality(report));
  manifest_.input.facts = report.facts;
  if (options_.outputs.frame_rate_timestamps)
    if (std::string warning = frame_rate_warning(report); !warning.empty())
      manifest_.warnings.push_back(std::move(warning));
  manifest_.timings_ms = report.stage_ms;
  for (const std::string& name : manifest_.outputs)
    for (const Written& one : report.written)
      if (one.path == name) manifest_.written.push_back(one);
  manifest_.finished_utc = utc_now();
  manifest_.peak_memory_mb = peak_memory_mb();
  return std::move(report);
}

// The manifest comes before what it tells of, and the table last, so that no kill leaves a table
// without a manifest, or with one that vouches for another table: hashes tell them apart.
void InputRun::publish() {
  if (paths_) write_manifest(manifest_, paths_->manifest);
  for (auto sink = results_.rbegin(); sink != results_.rend(); ++sink) (*sink)->publish();
}

}  // namespace auriga::app
