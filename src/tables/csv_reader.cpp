#include "tables/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>
#include <unordered_set>

#include <fmt/core.h>

#include "auriga/error.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
// A row of 714 columns at full precision has 16 KiB; a file of another kind need not fill the
// memory.
constexpr std::size_t kLineBytes = 1024 * 1024;
constexpr double kWholeNumbers = 9007199254740992.0;  // 2^53
constexpr std::array<std::string_view, 10> kMissing = {"",   "nan", "NaN",  "NAN",  "-nan",
                                                       "NA", "N/A", "null", "NULL", "None"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Fit for a message: short and printable.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string result = "\"";
  for (const char c : text.substr(0, kMost)) {
    if (c >= ' ' && c <= '~') {
      result.push_back(c);
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result + (text.size() > kMost ? "...\"" : "\"");
}

std::optional<double> parsed(std::string_view cell) {
  if (cell == "True" || cell == "TRUE") return 1.0;
  if (cell == "False" || cell == "FALSE") return 0.0;
  if (cell.size() > 1 && cell.front() == '+' && cell[1] != '-') cell.remove_prefix(1);
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto result = std::from_chars(cell.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

CsvReader::CsvReader(const fs::path& file)
    : file_(file), stream_(std::fopen(file.c_str(), "rb"), &std::fclose), chunk_(kChunkBytes) {
  if (!stream_)
    throw Error(ErrorCode::input, fmt::format("cannot read {}: {}; check the path", file.string(),
                                              std::generic_category().message(errno)));
  do {
    if (!read_line())
      throw Error(ErrorCode::input, fmt::format("{}: expected a table with a header line, found an "
                                                "empty file; check the path",
                                                file.string()));
    if (line_ == 1 && current_.starts_with("\xEF\xBB\xBF")) current_.erase(0, 3);
  } while (trimmed(current_).empty());
  if (std::any_of(current_.begin(), current_.end(), [](char c) { return c == '\0'; }) ||
      current_.starts_with("\xFF\xFE") || current_.starts_with("\xFE\xFF"))
    fail("expected a header of column names, found binary data; give a CSV file in UTF-8");
  if (current_.find(',') == std::string::npos && current_.find_first_of(";\t") != std::string::npos)
    fail(
        "expected commas between the columns, found semicolons or tabs; save the table with "
        "commas");
  split();
  std::unordered_set<std::string_view> seen;
  for (const std::string_view name : cells_) {
    columns_.emplace_back(name);
    if (!name.empty() && !seen.insert(name).second)
      fail(fmt::format(
          "column {} appears twice, expected unique names; rename or remove one of them",
          shown(name)));
  }
}

std::optional<std::size_t> CsvReader::find(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

// Reads up to and without the next '\n' into current_; false if nothing is left.
bool CsvReader::read_line() {
  current_.clear();
  while (true) {
    if (chunk_at_ == chunk_size_) {
      chunk_size_ = std::fread(chunk_.data(), 1, chunk_.size(), stream_.get());
      chunk_at_ = 0;
      if (chunk_size_ == 0) {
        if (std::ferror(stream_.get()) != 0)
          throw Error(ErrorCode::input,
                      fmt::format("cannot read {}: {}; check the path and the disk", file_.string(),
                                  std::generic_category().message(errno)));
        if (current_.empty()) return false;
        ++line_;
        return true;
      }
    }
    const char* begin = chunk_.data() + chunk_at_;
    const std::size_t available = chunk_size_ - chunk_at_;
    const auto* end = static_cast<const char*>(std::memchr(begin, '\n', available));
    const std::size_t length = end != nullptr ? static_cast<std::size_t>(end - begin) : available;
    current_.append(begin, length);
    chunk_at_ += length + (end != nullptr ? 1 : 0);
    if (current_.size() > kLineBytes) {
      ++line_;
      fail(
          fmt::format("expected rows of at most {} bytes, found a longer line; is this a CSV file?",
                      kLineBytes));
    }
    if (end != nullptr) {
      ++line_;
      return true;
    }
  }
}

void CsvReader::split() {
  cells_.clear();
  std::string_view rest = current_;
  while (true) {
    const std::size_t comma = rest.find(',');
    cells_.push_back(trimmed(rest.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    rest.remove_prefix(comma + 1);
  }
}

bool CsvReader::next() {
  do {
    if (!read_line()) return false;
  } while (trimmed(current_).empty());
  split();
  if (cells_.size() != columns_.size())
    fail(fmt::format(
        "expected {} cells as in the header, found {}; the row is damaged or cut short, "
        "write the table again",
        columns_.size(), cells_.size()));
  return true;
}

bool CsvReader::missing(std::size_t column) const {
  return std::find(kMissing.begin(), kMissing.end(), text(column)) != kMissing.end();
}

bool CsvReader::is_number(std::size_t column) const { return parsed(text(column)).has_value(); }

std::optional<double> CsvReader::number(std::size_t column) const {
  const std::optional<double> value = parsed(text(column));
  if (!value && !missing(column)) fail(column, "a finite number");
  return value;
}

std::int64_t CsvReader::integer(std::size_t column) const {
  const std::optional<double> value = parsed(text(column));
  if (!value || std::floor(*value) != *value || std::abs(*value) >= kWholeNumbers)
    fail(column, "a whole number");
  return static_cast<std::int64_t>(*value);
}

void CsvReader::fail(std::size_t column, const std::string& expected) const {
  fail(fmt::format("column {}: expected {}, found {}; correct the cell or write the table again",
                   shown(columns_.at(column)), expected, shown(text(column))));
}

void CsvReader::fail(const std::string& message) const {
  throw Error(ErrorCode::input, fmt::format("{}, line {}: {}", file_.string(), line_, message));
}

}  // namespace auriga
