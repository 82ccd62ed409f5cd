// Two tables of results side by side: what both have, cell by cell.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tables/marks.hpp"

namespace auriga {

class RowReader;

struct RowKey {
  std::int64_t frame = 0, face = 0;  // frames from 1
  auto operator<=>(const RowKey&) const = default;
};

// Rows are matched by frame and face, which RowReader finds in the columns `frame` and `face_id` or
// `face`; a table has one of them at least. Without `frame` all faces of a picture are of frame 1.
// Tables that count frames from 0 are taken one up. Dialects may differ.
//
// A column is text if its first cell that is not missing is not a number; a later one is an
// Error(input) like every other defect of the files, among them the same frame and face twice.
// Frames that `excluded_a` or `excluded_b` has by the frames and times of its table are left out of
// both, as though neither had them.
// Memory: 8 bytes per cell of the common columns. Immutable.
class MatchedTables {
 public:
  MatchedTables(const std::filesystem::path& a, const std::filesystem::path& b,
                const Excluded& excluded_a = {}, const Excluded& excluded_b = {});

  // Of the files, those that are left out as well.
  std::size_t rows_a() const { return a_.rows.size(); }
  std::size_t rows_b() const { return b_.rows.size(); }
  std::size_t rows() const { return matched_.size(); }                     // in both
  const std::vector<RowKey>& rows_only_a() const { return rows_only_a_; }  // ascending
  const std::vector<RowKey>& rows_only_b() const { return rows_only_b_; }

  // Frames of a table, each once, that its own marks exclude.
  std::size_t frames_excluded_a() const { return a_.excluded.size(); }
  std::size_t frames_excluded_b() const { return b_.excluded.size(); }

  // Common columns in the order of A, without those that name the row.
  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<std::string>& columns_only_a() const { return columns_only_a_; }
  const std::vector<std::string>& columns_only_b() const { return columns_only_b_; }
  std::optional<std::size_t> find(std::string_view column) const;
  bool is_text(std::size_t column) const;  // in A or in B

  // Cells of a common row and column; NaN where there is no number.
  double a(std::size_t row, std::size_t column) const {
    return a_.cells[matched_[row].first + column];
  }
  double b(std::size_t row, std::size_t column) const {
    return b_.cells[matched_[row].second + column];
  }

 private:
  struct Numbers {
    struct Row {
      RowKey key;
      std::size_t at;  // of its first cell in `cells`
    };
    std::vector<Row> rows;  // ascending keys
    std::vector<double> cells;
    std::vector<char> is_text;        // by column
    std::set<std::int64_t> excluded;  // frames
  };
  static Numbers read(RowReader& table, const std::vector<std::string>& names,
                      const Excluded& excluded);

  std::vector<std::string> columns_, columns_only_a_, columns_only_b_;
  Numbers a_, b_;
  std::vector<std::pair<std::size_t, std::size_t>> matched_;  // first cells in A and B
  std::vector<RowKey> rows_only_a_, rows_only_b_;
};

// For people, e.g. "frame 3 face 0".
std::string key_text(const RowKey& key);

}  // namespace auriga
