#include "sinks/csv_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/atomic_file.hpp"
#include "files/gzip.hpp"
#include "files/number_text.hpp"
#include "sinks/spool.hpp"

namespace auriga {

namespace fs = std::filesystem;

class CsvWriter::Impl {
 public:
  Impl(const fs::path& target, const CsvOptions& options)
      : options_(options),
        target_(target),
        columns_(names(options)),
        keys_(key_columns(options.dialect, options.mode)),
        intensity_source_(sources(options_.aus.intensities, estimated().intensities)),
        presence_source_(sources(options_.aus.presences, estimated().presences)),
        spool_(target) {
    if (options.dialect != Dialect::pyfaceau)
      for (const MeasureColumns& measure : measure_columns())
        if ((options.groups & measure.group) != 0) measures_.push_back(&measure);
    if (options.dialect == Dialect::openface_spaced) {
      // OpenFace 2.0 reads the table of a video back to put the smoothed action units in, splits it
      // at the commas, keeps the blanks and joins with ", " again (spec outputs.md section 3.4).
      blanks_between_ = is_smoothed() && has_aus() ? "  " : " ";
      au_blanks_between_ = " ";
    }
  }

  void add(const FrameResult& row, const Blendshapes* blendshapes, bool is_empty) {
    line_.clear();
    cell_ = 0;
    if (options_.dialect == Dialect::pyfaceau && row.frame == last_frame_)
      throw Error(ErrorCode::usage,
                  fmt::format("cannot write {}: found two faces in frame {}, which the dialect "
                              "pyfaceau has no column to tell apart; choose the dialect "
                              "openface, or follow one face",
                              target_.string(), row.frame));
    for (const KeyColumn& key : keys_) key_cell(key, row);
    const bool empty =
        is_empty || (options_.lost_empty && !row.success && options_.mode == TableMode::sequence);
    for (const MeasureColumns* measure : measures_)
      for (const float value : measure->values(row)) {
        next_cell();
        if (!empty) number(value, measure->decimals);
      }
    if (has_blendshapes()) {
      line_.push_back(kUnits);
      cell_ = columns_.size() - kBlendshapes;
      for (std::size_t i = 0; i < kBlendshapes; ++i) {
        next_late_cell();
        if (blendshapes && !empty) number((*blendshapes)[i], kBlendshapeDecimals);
      }
    }
    line_.push_back(empty ? kEmpty : kFull);
    line_.push_back('\n');
    spool_.add(line_);
    ++rows_;
    last_frame_ = row.frame;
    any_success_ = any_success_ || row.success;
  }

  std::size_t rows() const { return rows_; }

  Written complete(const AuSource& action_units) {
    // PyFaceAU knows the columns from its rows: where no face was found there are none.
    const bool with_aus = has_aus() && (options_.dialect != Dialect::pyfaceau || any_success_);
    assert(!with_aus || rows_ == 0 || action_units);
    const std::size_t fixed = columns_.size() - au_columns() - blendshape_columns();
    try {
      AtomicFile& file = file_.emplace(target_);
      gzip_.reset();
      if (options_.compressed) gzip_.emplace();
      write_rows(file, with_aus, fixed, action_units);
      return file.complete();
    } catch (...) {
      file_.reset();
      throw;
    }
  }

  void publish() { file_.value().commit(); }

 private:
  static constexpr std::string_view kTrue = "True";
  // Ends of spooled lines: whether the cells of the row are empty.
  static constexpr char kEmpty = '-', kFull = '+';
  // In spooled lines: where the cells of the action units belong.
  static constexpr char kUnits = '\v';

  // `fixed`: columns before those of action units.
  void write_rows(AtomicFile& file, bool with_aus, std::size_t fixed,
                  const AuSource& action_units) {
    std::string head = header(with_aus ? columns_.size() : fixed + blendshape_columns());
    if (has_names()) head.append(between_names()).append(kFileColumn);
    write(file, head + '\n');
    spool_.rewind();
    for (std::size_t row = 0; row < rows_; ++row) {
      line_.assign(spool_.next_line());
      const bool empty = line_.back() == kEmpty;
      line_.pop_back();
      late_.clear();
      if (const std::size_t end = line_.find(kUnits); end != std::string::npos) {
        late_.assign(line_, end + 1);
        line_.resize(end);
      }
      cell_ = fixed;
      if (with_aus) {
        const bool blank = empty || (options_.dialect == Dialect::pyfaceau &&
                                     !options_.lost_filled && !line_.ends_with(kTrue));
        action_unit_cells(blank ? AuValues{} : action_units(row), row, empty);
      }
      line_.append(late_);
      file_cell();
      line_.push_back('\n');
      write(file, line_);
    }
    if (gzip_) file.write(gzip_->finish());
  }

  void write(AtomicFile& file, std::string_view text) {
    file.write(gzip_ ? gzip_->add(text) : text);
  }

  std::string between_names() const {
    return options_.dialect == Dialect::openface_spaced ? ", " : std::string(1, options_.separator);
  }

  static std::vector<std::string> names(const CsvOptions& options) {
    if (options.dialect == Dialect::pyfaceau && options.mode == TableMode::image)
      throw Error(
          ErrorCode::usage,
          "dialect pyfaceau: expected a video, found a picture, for which this dialect has no "
          "table; choose the dialect openface");
    if (options.dialect == Dialect::openface_spaced && options.separator != ',')
      throw Error(
          ErrorCode::usage,
          "dialect openface-spaced: expected a table with commas, found one with tabs; choose "
          "the dialect openface, or a name that ends in .csv");
    return column_names(options.dialect, options.mode, options.groups, options.aus);
  }

  bool is_smoothed() const { return options_.mode == TableMode::sequence && !options_.unsmoothed; }

  bool has_names() const {
    return !options_.frame_names.empty() && options_.dialect != Dialect::pyfaceau;
  }

  bool has_aus() const { return (options_.groups & kAuColumns) != 0; }

  bool has_blendshapes() const {
    return (options_.groups & kBlendshapeColumns) != 0 && options_.dialect != Dialect::pyfaceau;
  }

  std::size_t blendshape_columns() const {
    return has_blendshapes() ? static_cast<std::size_t>(kBlendshapes) : 0;
  }

  std::size_t au_columns() const {
    if (!has_aus()) return 0;
    const std::size_t intensities = options_.aus.intensities.size();
    return options_.dialect == Dialect::pyfaceau ? intensities
                                                 : intensities + options_.aus.presences.size();
  }

  std::string header(std::size_t count) const {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      if (i != 0) text.append(between_names());
      text.append(columns_[i]);
    }
    return text;
  }

  void key_cell(const KeyColumn& key, const FrameResult& row) {
    next_cell();
    const double value = key.value(row);
    switch (key.kind) {
      case CellKind::whole:
        begin_text();
        fmt::format_to(std::back_inserter(line_), "{}", static_cast<std::int64_t>(value));
        return;
      case CellKind::real:
        number(value, key.decimals);
        return;
      case CellKind::word:
        text(value != 0 ? kTrue : "False");
        return;
    }
  }

  void action_unit_cells(const AuValues& values, std::size_t row, bool empty) {
    const UnitNames& names = estimated();
    const bool presences = options_.dialect != Dialect::pyfaceau;
    const bool none = values.intensities.empty() && values.presences.empty();
    if (!none && (values.intensities.size() != names.intensities.size() ||
                  (presences && values.presences.size() != names.presences.size())))
      throw Error(
          ErrorCode::output,
          fmt::format("cannot write {}: row {} has {} intensities and {} presences, expected "
                      "{} and {}; this is a mistake in the program",
                      target_.string(), row + 1, values.intensities.size(), values.presences.size(),
                      names.intensities.size(), names.presences.size()));
    const auto cells = [&](std::span<const std::optional<std::size_t>> columns,
                           std::span<const double> numbers, int decimals) {
      for (const std::optional<std::size_t>& source : columns) {
        next_late_cell();
        if (!source) continue;
        if (!none)
          number(numbers[*source], decimals);
        else if (!empty && options_.dialect != Dialect::pyfaceau)
          text("0");
      }
    };
    cells(intensity_source_, values.intensities, 2);
    if (presences) cells(presence_source_, values.presences, is_smoothed() ? 2 : 1);
  }

  // `line_` begins with the number of the frame. Quoted as RFC 4180 has it where it must be.
  void file_cell() {
    if (!has_names()) return;
    std::size_t frame = 0;
    std::from_chars(line_.data(), line_.data() + line_.size(), frame);
    // A blank before a quotation mark is read as part of the cell.
    line_.push_back(options_.separator);
    if (frame < 1 || frame > options_.frame_names.size()) return;
    const std::string& name = options_.frame_names[frame - 1];
    if (name.find_first_of(",\"\t\r\n") == std::string::npos) {
      line_.append(name);
      return;
    }
    line_.push_back('"');
    for (const char c : name) {
      if (c == '"') line_.push_back('"');
      line_.push_back(c == '\n' || c == '\r' ? ' ' : c);  // a row is a line
    }
    line_.push_back('"');
  }

  const UnitNames& estimated() const {
    return options_.estimated_aus ? *options_.estimated_aus : options_.aus;
  }

  // For each column the place of its value, if it has any.
  static std::vector<std::optional<std::size_t>> sources(const std::vector<std::string>& columns,
                                                         const std::vector<std::string>& values) {
    std::vector<std::optional<std::size_t>> sources(columns.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto column = std::find(columns.begin(), columns.end(), values[i]);
      if (column == columns.end())
        throw Error(ErrorCode::usage, "no column for " + values[i] + " in this table");
      sources[static_cast<std::size_t>(column - columns.begin())] = i;
    }
    return sources;
  }

  void next_cell() {
    blanks_ = cell_ == 0 ? std::string_view() : blanks_between_;
    if (cell_++ != 0) line_.push_back(options_.separator);
  }

  // Of the columns behind the measures.
  void next_late_cell() {
    ++cell_;
    line_.push_back(options_.separator);
    blanks_ = au_blanks_between_;
  }

  // What the cell holds. Without it there is nothing between the commas, in no dialect: a cell with
  // a blank in it is text to other programs, and with it the column.
  void begin_text() { line_.append(blanks_); }
  void text(std::string_view content) {
    begin_text();
    line_.append(content);
  }

  template <typename Number>
  void number(Number value, int decimals) {
    if (!std::isfinite(value)) refuse(value);
    begin_text();
    if (options_.full_precision || options_.dialect == Dialect::pyfaceau) {
      append_shortest(line_, value);
    } else {
      append_fixed(line_, value, decimals);
    }
  }

  // `line_` begins with the number of the frame or face.
  [[noreturn]] void refuse(double value) const {
    const std::string first = line_.substr(0, line_.find(options_.separator));
    throw Error(
        ErrorCode::output,
        fmt::format("cannot write {}: column {} of {} {} is {}, expected a finite number; this "
                    "is a mistake in the program or in a model file, please report it",
                    target_.string(), columns_[cell_ - 1], columns_[0], first, value));
  }

  CsvOptions options_;
  fs::path target_;
  std::vector<std::string> columns_;
  std::span<const KeyColumn> keys_;
  std::vector<const MeasureColumns*> measures_;
  std::vector<std::optional<std::size_t>> intensity_source_, presence_source_;  // per AU column
  Spool spool_;
  std::optional<Gzip> gzip_;
  std::optional<AtomicFile> file_;                       // once all rows are there
  std::string_view blanks_between_, au_blanks_between_;  // behind the comma
  std::string_view blanks_;                              // of the cell begun
  std::string line_;
  std::string late_;      // of a row that is read back, what follows the action units
  std::size_t cell_ = 0;  // cells begun in line_
  std::size_t rows_ = 0;
  std::int64_t last_frame_ = -1;
  bool any_success_ = false;
};

CsvWriter::CsvWriter(const fs::path& target, const CsvOptions& options)
    : impl_(std::make_unique<Impl>(target, options)) {}
CsvWriter::~CsvWriter() = default;
void CsvWriter::add(const FrameResult& row, const Blendshapes* blendshapes, bool empty) {
  impl_->add(row, blendshapes, empty);
}
std::size_t CsvWriter::rows() const { return impl_->rows(); }
Written CsvWriter::complete(const AuSource& action_units) { return impl_->complete(action_units); }
void CsvWriter::publish() { impl_->publish(); }

}  // namespace auriga
