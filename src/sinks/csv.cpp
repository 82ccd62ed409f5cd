// The table of results as a sink.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "files/columns.hpp"
#include "files/table_name.hpp"
#include "sinks/csv_writer.hpp"
#include "sinks/lost_rows.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr double kUnknownFps = 30;

// OpenFace's: frames by duration.
double rate_of(const StreamInfo& stream) {
  for (const double fps : {stream.average_fps, stream.fps})
    if (fps > 0) return fps;
  return kUnknownFps;
}

bool within(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

CsvOptions csv_options(const CsvSinkOptions& options, const StreamInfo& stream, const Setup& setup,
                       const fs::path& table) {
  CsvOptions csv;
  csv.dialect = options.dialect;
  csv.mode = stream.still ? TableMode::image : TableMode::sequence;
  csv.groups = setup.has_gaze ? options.groups : options.groups & ~kGazeColumns;
  csv.full_precision = options.full_precision;
  csv.lost_empty = options.lost == LostCells::empty ||
                   (options.lost == LostCells::usual && setup.lost_cells_empty);
  csv.lost_filled = options.lost == LostCells::zero || options.lost == LostCells::last;
  csv.separator = has_tabs(table) ? '\t' : ',';
  csv.compressed = is_compressed(table);
  csv.unsmoothed = options.unsmoothed;
  const UnitNames &told = stream.units, &usual = openface_aus();
  if (within(told.intensities, usual.intensities) && within(told.presences, usual.presences))
    csv.estimated_aus = told;
  else
    csv.aus = told;
  if (options.file_column) csv.frame_names = stream.frame_names;
  return csv;
}

namespace {

class CsvSink : public Sink {
 public:
  CsvSink(fs::path table, const CsvSinkOptions& options)
      : path_(std::move(table)), options_(options) {}

  Needs needs() const override {
    if (options_.dialect == Dialect::pyfaceau) return {};
    return {.blendshapes = (options_.groups & kBlendshapeColumns) != 0,
            .gaze = (options_.groups & kGazeColumns) != 0};
  }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    if (needs().blendshapes && !setup.has_blendshapes)
      throw Error(ErrorCode::usage,
                  fmt::format("cannot write {}: its columns of blendshapes need the face mesh and "
                              "face_blendshapes.onnx of the open models, found landmarks by {}{}; "
                              "leave kBlendshapeColumns out",
                              path_.string(), setup.landmarker,
                              setup.has_mesh ? " without that file" : ""));
    lost_.emplace(options_.lost, options_.min_confidence, stream.still);
    writer_.emplace(path_, csv_options(options_, stream, setup, path_));
    const UnitNames& told = stream.units;
    intensities_.resize(told.intensities.size());
    presences_.resize(told.presences.size());
    if (options_.frame_rate_timestamps) frame_s_ = 1 / rate_of(stream);
  }

  void row(const FaceRow& row) override {
    const LostRows::Shown shown = lost_->show(row);
    if (frame_s_ == 0 || !(row.result.timestamp_s > 0))
      return writer_->add(shown.result, shown.blendshapes, shown.empty);
    row_ = shown.result;
    row_.timestamp_s = static_cast<double>(row_.frame) * frame_s_;
    writer_->add(row_, shown.blendshapes, shown.empty);
  }

  std::vector<Written> finish(const FinalUnits& units) override {
    if ((options_.groups & kAuColumns) != 0 && writer_->rows() > 0) check(units);
    return {writer_->complete([&](std::size_t row) -> AuValues {
      if (const auto from = lost_->units_of(row)) {
        units.read(*from, intensities_, presences_);
      } else {
        std::fill(intensities_.begin(), intensities_.end(), 0.0);
        std::fill(presences_.begin(), presences_.end(), 0.0);
      }
      return {intensities_, presences_};
    })};
  }

  void publish() override { writer_->publish(); }

 private:
  // A session without final units would leave a table that says there was no movement.
  void check(const FinalUnits& units) const {
    const UnitNames& names = units.names();
    if (units.rows() == writer_->rows() && names.intensities.size() == intensities_.size() &&
        names.presences.size() == presences_.size())
      return;
    throw Error(ErrorCode::usage,
                fmt::format("cannot write {}: expected final action units of {} rows ({} "
                            "intensities, {} presences), found {} rows ({}, {}); let the session "
                            "keep final units, or leave out the columns of action units",
                            path_.string(), writer_->rows(), intensities_.size(), presences_.size(),
                            units.rows(), names.intensities.size(), names.presences.size()));
  }

  fs::path path_;
  CsvSinkOptions options_;
  std::optional<CsvWriter> writer_;
  std::optional<LostRows> lost_;
  double frame_s_ = 0;  // 0: timestamps are the container's
  FrameResult row_;
  std::vector<double> intensities_, presences_;
};

}  // namespace

std::unique_ptr<Sink> make_csv_sink(fs::path table, const CsvSinkOptions& options) {
  return std::make_unique<CsvSink>(std::move(table), options);
}

}  // namespace auriga
