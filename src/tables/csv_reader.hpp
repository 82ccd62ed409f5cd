// Reads comma-separated tables of any OpenFace dialect row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

// A table with a header line. Blanks around cells, CRLF, a UTF-8 byte order mark, empty lines and a
// missing last line end are accepted; quotes are not. Holds one row at a time. Whatever else is
// wrong is an Error(input) that names the file, the line, the column, what was expected and what
// was found. One thread at a time.
class CsvReader {
 public:
  // Opens the file and reads the header; names of columns are unique.
  explicit CsvReader(const std::filesystem::path& file);

  const std::vector<std::string>& columns() const { return columns_; }
  std::optional<std::size_t> find(std::string_view column) const;

  // Advances to the next row, which has as many cells as the header; false at the end of the file.
  bool next();
  std::size_t line() const { return line_; }  // of the current row, from 1

  // A cell of the current row, without blanks around it, valid until `next`. `column` <
  // columns().size().
  std::string_view text(std::size_t column) const { return cells_.at(column); }
  // Empty, nan, NA and the like.
  bool missing(std::size_t column) const;
  // Whether the cell is a finite number; True and False count as 1 and 0.
  bool is_number(std::size_t column) const;
  // Nothing for a missing cell; throws for a cell that is neither missing nor a finite number.
  std::optional<double> number(std::size_t column) const;
  // Throws unless the cell is a whole number below 2^53 in magnitude.
  std::int64_t integer(std::size_t column) const;

  // Throws Error(input) about a cell of the current row: "<file>, line, column: expected ..., found
  // ...".
  [[noreturn]] void fail(std::size_t column, const std::string& expected) const;
  // Throws Error(input) about the current line.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  bool read_line();
  void split();

  std::filesystem::path file_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
  std::vector<char> chunk_;
  std::size_t chunk_at_ = 0, chunk_size_ = 0;
  std::string current_;
  std::vector<std::string_view> cells_;  // of current_
  std::vector<std::string> columns_;
  std::size_t line_ = 0;
};

}  // namespace auriga
