#include "outputs.hpp"

#include <utility>

#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "files/table_name.hpp"
#include "files/written_file.hpp"
#include "frame_sides.hpp"
#include "own_names.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// Writes what was learnt of the person, so that other clips can begin with it.
class BaselineSink : public Sink {
 public:
  BaselineSink(fs::path file, std::string input, const Session& session)
      : file_(std::move(file)), input_(std::move(input)), session_(session) {}

  void row(const FaceRow& row) override { seen_ |= row.result.success; }
  std::vector<Written> finish(const FinalUnits&) override {
    if (!seen_)
      throw Error(ErrorCode::input,
                  input_ +
                      ": expected a face for --save-baseline, found none in any frame; take a "
                      "video of the person's face, or leave --save-baseline out");
    Calibration calibration = session_.calibration();
    calibration.source = fs::path(input_).filename().string();
    write_calibration(calibration, file_);
    return {describe_file(file_)};
  }

 private:
  fs::path file_;
  std::string input_;
  const Session& session_;
  bool seen_ = false;
};

}  // namespace

OutputPaths::OutputPaths(fs::path table, const std::string& tracked_ending)
    : csv(std::move(table)),
      hog(beside_table(csv, ".hog")),
      aligned(beside_table(csv, "_aligned")),
      tracked(beside_table(csv, tracked_ending)),
      mesh(beside_table(csv, "_mesh.csv")),
      sides(beside_table(csv, "_sides.csv")),
      details(beside_table(csv, "_of_details.txt")),
      bids(beside_table(csv, ".json")),
      manifest(beside_table(csv, ".manifest.json")) {}

fs::path OutputPaths::drawn(PictureFormat format) const {
  switch (format) {
    case PictureFormat::bmp:
      return beside_table(csv, ".bmp");
    case PictureFormat::png:
      return beside_table(csv, ".png");
    case PictureFormat::jpg:
      return beside_table(csv, ".jpg");
  }
  return {};
}

CsvSinkOptions csv_sink_options(const OutputOptions& options) {
  return {.dialect = options.dialect,
          .groups = options.groups | (options.blendshapes ? kBlendshapeColumns : 0U),
          .full_precision = options.full_precision,
          .frame_rate_timestamps = options.frame_rate_timestamps,
          .unsmoothed = options.unsmoothed,
          .file_column = options.file_column,
          .lost = options.lost,
          .min_confidence = options.min_confidence.value_or(0)};
}

std::vector<std::unique_ptr<Sink>> make_sinks(const OutputOptions& options,
                                              const OutputPaths& paths, const std::string& input,
                                              const Session& session, const Engine& engine,
                                              const SessionOptions& session_options) {
  std::vector<std::unique_ptr<Sink>> sinks;
  // First: where there is nothing to keep, no other result appears.
  if (!options.baseline.empty())
    sinks.push_back(std::make_unique<BaselineSink>(options.baseline, input, session));
  sinks.push_back(make_csv_sink(paths.csv, csv_sink_options(options)));
  if (options.hog) sinks.push_back(make_hog_sink(paths.hog));
  if (options.aligned)
    sinks.push_back(
        make_aligned_sink(paths.aligned, {options.aligned_format, options.keep_failed_aligned}));
  if (options.tracked) sinks.push_back(make_tracked_video_sink(paths.tracked, {.sound = input}));
  if (options.tracked && options.drawn_picture)
    sinks.push_back(
        make_drawn_picture_sink(paths.drawn(*options.drawn_picture), *options.drawn_picture));
  if (options.mesh) sinks.push_back(make_mesh_sink(paths.mesh));
  if (options.bids)
    sinks.push_back(make_bids_sink(paths.bids, paths.csv, csv_sink_options(options), version()));
  if (options.sides) {
    SidesSinkOptions sides = options.side_options;
    sides.full_precision = options.full_precision;
    std::unique_ptr<Sink> table = make_sides_sink(paths.sides, sides);
    if (*options.sides == SidesMode::frame)
      table = make_frame_sides(std::move(table), engine, session_options);
    sinks.push_back(std::move(table));
  }
  if (options.details) {
    DetailsSinkOptions details{.input = input, .groups = options.groups, .table = paths.csv};
    if (options.hog) details.hog = paths.hog;
    if (options.tracked) details.tracked_video = paths.tracked;
    if (options.tracked && options.drawn_picture)
      details.drawn_picture = paths.drawn(*options.drawn_picture);
    if (options.aligned) details.aligned = paths.aligned;
    sinks.push_back(make_details_sink(paths.details, details));
  }
  return sinks;
}

std::vector<std::string> names_of(const OutputOptions& options, const OutputPaths& paths,
                                  bool picture) {
  std::vector<std::string> names = {paths.csv.string()};
  if (options.hog) names.push_back(paths.hog.string());
  if (options.aligned) names.push_back(paths.aligned.string());
  if (options.tracked && !picture) names.push_back(paths.tracked.string());
  if (options.tracked && picture && options.drawn_picture)
    names.push_back(paths.drawn(*options.drawn_picture).string());
  if (options.mesh) names.push_back(paths.mesh.string());
  if (options.sides) names.push_back(paths.sides.string());
  if (options.details) names.push_back(paths.details.string());
  if (options.bids) names.push_back(paths.bids.string());
  if (!options.baseline.empty()) names.push_back(options.baseline.string());
  return names;
}

std::vector<ReadFile> read_by(const Setup& setup) {
  std::vector<ReadFile> files;
  for (const ModelFile& model : setup.models) files.push_back({"the model file", model.path});
  return files;
}

void require_own_names(const OutputOptions& options, const std::vector<PlannedResults>& planned,
                       const fs::path& summary, const std::vector<ReadFile>& read) {
  OwnNames names;
  for (const PlannedResults& one : planned) names.add_input(one.input, "the input " + one.input);
  for (const ReadFile& one : read) names.add_input(one.path, one.what + " " + one.path.string());
  if (!summary.empty()) {
    names.add_result(summary, "the table of all inputs");
    names.add_result(fs::path(summary).replace_extension(".json"), "the table of all inputs");
  }
  for (const PlannedResults& one : planned) {
    for (const std::string& name : names_of(options, one.paths, one.picture))
      names.add_result(name, "a result of " + one.input);
    names.add_result(one.paths.manifest, "a result of " + one.input);
  }
}

}  // namespace auriga::app
