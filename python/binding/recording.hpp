// The rows of a stream, kept in memory as columns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/sinks.hpp"

#include "sinks/csv_writer.hpp"
#include "sinks/lost_rows.hpp"
#include "table.hpp"

namespace auriga::python {

// Immutable; what a table of these options holds, with all digits.
class Recording {
 public:
  // As the columns of the table: names and order of files/columns. Numbers that the table leaves
  // empty are NaN.
  static Table table(const std::shared_ptr<const Recording>& of);

  // Columns that lie one behind the other, float32: value (row, i) is at data[i * rows + row].
  struct Block {
    const float* data = nullptr;
    std::size_t columns = 0;
  };
  std::size_t rows() const { return frames_.size(); }
  Block block(std::string_view first, std::size_t columns) const;  // data null: not kept

  // Writes the table, byte for byte as a run with these options does; it has its name after
  // publish(). Throws as the sink of make_csv_sink().
  std::unique_ptr<Sink> write(const std::filesystem::path& table,
                              std::vector<Written>& written) const;

  const StreamInfo& stream() const { return stream_; }

 private:
  friend class KeptRows;

  CsvSinkOptions options_;
  CsvOptions csv_;
  StreamInfo stream_;
  Setup setup_;
  FinalUnits units_;
  std::vector<std::int64_t> frames_;  // 0-based
  std::vector<int> faces_;
  std::vector<double> times_, confidences_;
  std::vector<std::uint8_t> successes_;
  std::vector<std::string> measure_names_;  // the columns of measures_
  std::vector<float> measures_;             // a column behind the other
  std::vector<float> blendshapes_;          // likewise; NaN: none
  std::vector<double> aus_;                 // likewise, as csv_.aus
  // The key columns as the dialect has them.
  std::vector<std::vector<std::int64_t>> whole_keys_;
  std::vector<std::vector<double>> real_keys_;
  std::vector<std::string> files_;
};

// Keeps the rows of one stream, of the last that begins.
class KeptRows : public Sink {
 public:
  explicit KeptRows(const CsvSinkOptions& options) : options_(options) {}

  Needs needs() const override;
  void begin(const StreamInfo& stream, const Setup& setup) override;
  void row(const FaceRow& row) override;
  std::vector<Written> finish(const FinalUnits& units) override;

  // After finish().
  std::shared_ptr<const Recording> recording() const { return kept_; }

 private:
  void turn(std::vector<std::vector<float>>& rows, std::size_t width, std::vector<float>& columns);
  void name_keys();
  void spread_units();

  CsvSinkOptions options_;
  std::optional<LostRows> lost_;
  std::shared_ptr<Recording> kept_;
  std::vector<std::vector<float>> measure_rows_, blendshape_rows_;  // some rows each
  std::size_t measures_ = 0, blendshapes_ = 0;                      // numbers in a row
};

}  // namespace auriga::python
