// Reads tables of text row by row: those of OpenFace and PyFaceAU in all dialects, and what
// spreadsheets and statistics programs make of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

// A table in UTF-8 with a header line. How it is written is found out from the header:
//
//   separator     comma; where the header has none, semicolon, or else tab. A first line `sep=;`,
//                 which Excel knows, says it, too
//   quotes        RFC 4180: a cell may be in double quotes, and may contain separators and line
//                 ends then; "" is a quote
//   line ends     LF, CRLF or CR; empty lines are passed over
//   row names     rows that have one cell more than the header and begin with one in quotes (R's
//                 write.table) have a first column without a name
//   gzip          a compressed file is unpacked on the way
//   decimal mark  point, or comma; which of them a number with one decimal mark shows. A table that
//                 has both is an error, for a comma may stand between thousands
//
// Blanks around cells, also within quotes, a byte order mark and a missing last line end are
// accepted. Rows have at most 1 MiB; one is held at a time. Time is linear in the size of the file.
// Whatever else is wrong is an Error(input) that names the file, the line, the column, what was
// expected and what was found. One thread at a time.
class CsvReader {
 public:
  // Opens the file and reads the header and, to see whether there are row names, the first row;
  // names of columns are unique. `words`: columns whose cells are never numbers, whatever they look
  // like; they say nothing about the decimal mark.
  explicit CsvReader(const std::filesystem::path& file, std::vector<std::string> words = {});
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const std::vector<std::string>& columns() const { return columns_; }
  std::optional<std::size_t> find(std::string_view column) const;

  // Advances to the next row, which has as many cells as there are columns; false at the end of the
  // file.
  bool next();
  std::size_t line() const { return line_; }  // where the current row begins, from 1

  // Where the current row begins and ends in the file, bytes; of a line end in two bytes the first
  // is part of the row.
  std::uint64_t position() const { return row_begin_; }
  std::uint64_t end_position() const { return row_end_; }
  // next() tells the row that begins there, which it has told before, and then those after it.
  void go_to(std::uint64_t position, std::size_t line);

  // A cell of the current row, without quotes and blanks around it, valid until `next`. `column` <
  // columns().size().
  std::string_view text(std::size_t column) const { return cells_.at(column); }
  // Whether no cell of the current row has any text.
  bool empty_row() const;
  // A cell that tells nothing: empty, or one of the words that programs write where a number is
  // missing or not finite (nan, -nan(ind), 1.#QNAN, inf, NA, #N/A, ...).
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
  bool fill();
  bool read_row();
  void read_header();
  void choose_separator();
  void name_columns();
  void split();
  void split_quoted();
  bool is_empty_line() const;
  void note_decimal_marks();
  std::optional<double> parsed(std::size_t column) const;

  std::filesystem::path file_;
  struct Bytes;  // of the file, unpacked
  std::unique_ptr<Bytes> bytes_;
  std::vector<char> chunk_;
  std::size_t chunk_at_ = 0, chunk_size_ = 0;
  std::uint64_t chunk_begin_ = 0, row_begin_ = 0, row_end_ = 0;  // in the file
  char separator_ = ',';
  char decimal_ = 0;                 // 0: not yet seen
  std::size_t decimal_line_ = 0;     // where it was seen first
  std::string current_;              // the row, without its end
  std::vector<std::size_t> quotes_;  // in current_: those that begin or end a cell, or "" within
  std::vector<std::string_view> cells_;  // of current_
  std::vector<std::string> columns_;
  std::vector<std::size_t> by_name_;  // columns in the order of their names
  std::vector<std::string> words_;    // see the constructor
  std::vector<char> is_word_;         // by column
  std::size_t line_ = 0, lines_read_ = 0;
  bool after_return_ = false;  // a line feed now would belong to the line end before
  bool first_is_quoted_ = false;
  bool ahead_ = false;  // current_ is a row that next() has not told yet
};

}  // namespace auriga
