#include "recording.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "files/columns.hpp"

namespace auriga::python {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kRowsOfAPart = 1024;

bool is_truth(const KeyColumn& key) {
  return key.kind == CellKind::word || key.name == kSuccessColumn;
}

// The measures of a table, in their order.
std::vector<const MeasureColumns*> measures_of(const CsvOptions& csv) {
  std::vector<const MeasureColumns*> measures;
  if (csv.dialect == Dialect::pyfaceau) return measures;
  for (const MeasureColumns& measure : measure_columns())
    if ((csv.groups & measure.group) != 0) measures.push_back(&measure);
  return measures;
}

bool has_blendshapes(const CsvOptions& csv) {
  return csv.dialect != Dialect::pyfaceau && (csv.groups & kBlendshapeColumns) != 0;
}

bool has_presences(const CsvOptions& csv) { return csv.dialect != Dialect::pyfaceau; }

std::size_t au_columns(const CsvOptions& csv) {
  if ((csv.groups & kAuColumns) == 0) return 0;
  return csv.aus.intensities.size() + (has_presences(csv) ? csv.aus.presences.size() : 0);
}

void append(std::vector<std::vector<float>>& parts, std::size_t width, std::span<const float> row) {
  if (parts.empty() || parts.back().size() == width * kRowsOfAPart) {
    parts.emplace_back();
    parts.back().reserve(width * kRowsOfAPart);
  }
  parts.back().insert(parts.back().end(), row.begin(), row.end());
}

}  // namespace

Needs KeptRows::needs() const {
  if (options_.dialect == Dialect::pyfaceau) return {};
  return {.blendshapes = (options_.groups & kBlendshapeColumns) != 0,
          .gaze = (options_.groups & kGazeColumns) != 0};
}

void KeptRows::begin(const StreamInfo& stream, const Setup& setup) {
  kept_ = std::make_shared<Recording>();
  kept_->options_ = options_;
  kept_->csv_ = csv_options(options_, stream, setup, {});
  lost_.emplace(options_.lost, options_.min_confidence, stream.still);
  kept_->stream_ = stream;
  kept_->setup_ = setup;
  measure_rows_.clear();
  blendshape_rows_.clear();
  for (const MeasureColumns* measure : measures_of(kept_->csv_))
    for (std::string& name : measure->names()) kept_->measure_names_.push_back(std::move(name));
  measures_ = kept_->measure_names_.size();
  blendshapes_ = has_blendshapes(kept_->csv_) ? static_cast<std::size_t>(kBlendshapes) : 0;
}

void KeptRows::row(const FaceRow& row) {
  const LostRows::Shown shown = lost_->show(row);
  const FrameResult& result = shown.result;
  kept_->frames_.push_back(result.frame);
  kept_->faces_.push_back(result.face_id);
  kept_->times_.push_back(result.timestamp_s);
  kept_->confidences_.push_back(result.confidence);
  kept_->successes_.push_back(result.success ? 1 : 0);
  const CsvOptions& csv = kept_->csv_;
  const bool empty =
      shown.empty || (csv.lost_empty && !result.success && csv.mode == TableMode::sequence);
  if (measures_ > 0) {
    std::vector<float> numbers;
    numbers.reserve(measures_);
    for (const MeasureColumns* measure : measures_of(csv)) {
      const std::span<const float> values = measure->values(result);
      numbers.insert(numbers.end(), values.begin(), values.end());
    }
    if (empty) std::fill(numbers.begin(), numbers.end(), kNone);
    append(measure_rows_, measures_, numbers);
  }
  if (blendshapes_ > 0) {
    Blendshapes none;
    none.fill(kNone);
    append(blendshape_rows_, blendshapes_,
           shown.blendshapes != nullptr && !empty ? *shown.blendshapes : none);
  }
}

// Rows become columns; gives the rows back part by part.
void KeptRows::turn(std::vector<std::vector<float>>& rows, std::size_t width,
                    std::vector<float>& columns) {
  const std::size_t all = kept_->rows();
  columns = std::vector<float>(all * width);
  std::size_t first = 0;
  for (std::vector<float>& part : rows) {
    const std::size_t count = width == 0 ? 0 : part.size() / width;
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t row = 0; row < count; ++row)
        columns[i * all + first + row] = part[row * width + i];
    first += count;
    std::vector<float>().swap(part);
  }
  rows.clear();
}

void KeptRows::name_keys() {
  Recording& kept = *kept_;
  for (const KeyColumn& key : key_columns(kept.csv_.dialect, kept.csv_.mode)) {
    auto& whole = kept.whole_keys_.emplace_back();
    auto& real = kept.real_keys_.emplace_back();
    if (is_truth(key)) continue;
    FrameResult result;
    for (std::size_t row = 0; row < kept.rows(); ++row) {
      result.frame = kept.frames_[row];
      result.face_id = kept.faces_[row];
      result.timestamp_s = kept.times_[row];
      result.confidence = kept.confidences_[row];
      const double value = key.value(result);
      if (key.kind == CellKind::whole)
        whole.push_back(static_cast<std::int64_t>(value));
      else
        real.push_back(value);
    }
  }
  if (kept.csv_.dialect == Dialect::pyfaceau || kept.csv_.frame_names.empty()) return;
  for (const std::int64_t frame : kept.frames_) {
    const auto at = static_cast<std::size_t>(frame);
    kept.files_.push_back(at < kept.csv_.frame_names.size() ? kept.csv_.frame_names[at] : "");
  }
}

// The final units, each in the column that the table has for it.
void KeptRows::spread_units() {
  Recording& kept = *kept_;
  const CsvOptions& csv = kept.csv_;
  const std::size_t rows = kept.rows(), columns = au_columns(csv);
  kept.aus_.assign(rows * columns, std::numeric_limits<double>::quiet_NaN());
  if (columns == 0) return;
  const UnitNames& told = csv.estimated_aus ? *csv.estimated_aus : csv.aus;
  const auto places = [](const std::vector<std::string>& names,
                         const std::vector<std::string>& all) {
    std::vector<std::size_t> found;
    for (const std::string& name : names)
      found.push_back(
          static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin()));
    return found;
  };
  const std::vector<std::size_t> intensity_at = places(told.intensities, csv.aus.intensities),
                                 presence_at = places(told.presences, csv.aus.presences);
  std::vector<double> intensities(told.intensities.size()), presences(told.presences.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const bool lost = kept.successes_[row] == 0 && csv.mode == TableMode::sequence;
    const std::optional<std::size_t> from = lost_->units_of(row);
    if (lost && (csv.lost_empty || (csv.dialect == Dialect::pyfaceau && !csv.lost_filled) ||
                 (!from && options_.lost == LostCells::last)))
      continue;
    if (from) {
      kept.units_.read(*from, intensities, presences);
    } else {
      std::fill(intensities.begin(), intensities.end(), 0.0);
      std::fill(presences.begin(), presences.end(), 0.0);
    }
    for (std::size_t i = 0; i < intensities.size(); ++i)
      kept.aus_[intensity_at[i] * rows + row] = intensities[i];
    if (!has_presences(csv)) continue;
    for (std::size_t i = 0; i < presences.size(); ++i)
      kept.aus_[(csv.aus.intensities.size() + presence_at[i]) * rows + row] = presences[i];
  }
}

std::vector<Written> KeptRows::finish(const FinalUnits& units) {
  kept_->units_ = units;
  turn(measure_rows_, measures_, kept_->measures_);
  turn(blendshape_rows_, blendshapes_, kept_->blendshapes_);
  name_keys();
  spread_units();
  return {};
}

Table Recording::table(const std::shared_ptr<const Recording>& of) {
  const Recording& kept = *of;
  const CsvOptions& csv = kept.csv_;
  const std::size_t rows = kept.rows();
  std::vector<Column> columns;
  const std::vector<std::string> names = column_names(csv.dialect, csv.mode, csv.groups, csv.aus);
  std::size_t next = 0;
  const auto add = [&](ColumnType type, const void* values) {
    columns.push_back({names[next++], type, values});
  };
  std::size_t number = 0;
  for (const KeyColumn& key : key_columns(csv.dialect, csv.mode)) {
    if (is_truth(key))
      add(ColumnType::truth, kept.successes_.data());
    else if (key.kind == CellKind::whole)
      add(ColumnType::whole, kept.whole_keys_[number].data());
    else
      add(ColumnType::real, kept.real_keys_[number].data());
    ++number;
  }
  for (std::size_t i = 0; i < kept.measure_names_.size(); ++i)
    add(ColumnType::single, kept.measures_.data() + i * rows);
  for (std::size_t i = 0; i < au_columns(csv); ++i)
    add(ColumnType::real, kept.aus_.data() + i * rows);
  if (has_blendshapes(csv))
    for (std::size_t i = 0; i < static_cast<std::size_t>(kBlendshapes); ++i)
      add(ColumnType::single, kept.blendshapes_.data() + i * rows);
  if (!kept.csv_.frame_names.empty() && csv.dialect != Dialect::pyfaceau)
    columns.push_back({std::string(kFileColumn), ColumnType::text, kept.files_.data()});
  return {std::move(columns), rows, of};
}

Recording::Block Recording::block(std::string_view first, std::size_t columns) const {
  const auto found = std::find(measure_names_.begin(), measure_names_.end(), first);
  if (found == measure_names_.end()) return {};
  return {measures_.data() + static_cast<std::size_t>(found - measure_names_.begin()) * rows(),
          columns};
}

std::unique_ptr<Sink> Recording::write(const std::filesystem::path& table,
                                       std::vector<Written>& written) const {
  std::unique_ptr<Sink> sink = make_csv_sink(table, options_);
  sink->begin(stream_, setup_);
  const std::vector<const MeasureColumns*> measures = measures_of(csv_);
  FrameResult result;
  Blendshapes blendshapes;
  for (std::size_t row = 0; row < rows(); ++row) {
    result.frame = frames_[row];
    result.face_id = faces_[row];
    result.timestamp_s = times_[row];
    result.confidence = confidences_[row];
    result.success = successes_[row] != 0;
    std::size_t column = 0;
    for (const MeasureColumns* measure : measures)
      for (const float& value : measure->values(result))
        // The list of columns only knows how to read; the values are those of `result`.
        const_cast<float&>(value) = measures_[column++ * rows() + row];
    const bool has = has_blendshapes(csv_) && !std::isnan(blendshapes_[row]);
    if (has)
      for (std::size_t i = 0; i < blendshapes.size(); ++i)
        blendshapes[i] = blendshapes_[i * rows() + row];
    sink->row({.result = result, .blendshapes = has ? &blendshapes : nullptr});
  }
  written = sink->finish(units_);
  return sink;
}

}  // namespace auriga::python
