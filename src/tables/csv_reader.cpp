#include "tables/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <new>
#include <numeric>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <zlib.h>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "base/real_text.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
// A row of 714 columns at full precision has 16 KiB; a file of another kind need not fill the
// memory.
constexpr std::size_t kRowBytes = 1024 * 1024;
constexpr double kWholeNumbers = 9007199254740992.0;  // 2^53
// Of pandas, R, MATLAB, SPSS, SAS and Excel.
constexpr std::array<std::string_view, 18> kMissing = {
    "NA",   "N/A", "n/a",    "null", "NULL",    "None",  "none",    "<NA>",  "missing",
    "#N/A", "#NA", "#NULL!", "#NV",  "#DIV/0!", "#NUM!", "#VALUE!", "#REF!", "."};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

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

bool begins_with(std::string_view text, std::string_view lower_case) {
  if (text.size() < lower_case.size()) return false;
  for (std::size_t i = 0; i < lower_case.size(); ++i)
    if ((text[i] | 0x20) != lower_case[i]) return false;
  return true;
}

// What printf makes of a number that is not finite: nan, -nan, nan(0x8000000000000), and of
// Windows -nan(ind), inf, infinity, 1.#INF, -1.#IND, 1.#QNAN, rounded to few decimals 1.#R.
bool is_not_finite(std::string_view cell) {
  if (cell.starts_with('-') || cell.starts_with('+')) cell.remove_prefix(1);
  if (cell.starts_with("1.#")) return cell.size() > 3 && cell.size() < 16;
  if (begins_with(cell, "nan"))
    return cell.size() == 3 || (cell.size() < 32 && cell[3] == '(' && cell.back() == ')');
  return begins_with(cell, "inf") &&
         (cell.size() == 3 || (cell.size() == 8 && begins_with(cell, "infinity")));
}

// The decimal mark of what looks like a number with one; 0 otherwise.
char decimal_mark(std::string_view cell) {
  char mark = 0;
  bool digit = false;
  for (const char c : cell) {
    if (c == ',' || c == '.') {
      if (mark != 0) return 0;
      mark = c;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else if (c != '-' && c != '+' && c != 'e' && c != 'E') {
      return 0;
    }
  }
  return digit ? mark : 0;
}

// The name of a kind of file that is no text, and the way out; nothing for other bytes.
std::string_view other_kind(std::string_view begin) {
  using namespace std::string_view_literals;
  if (begin.starts_with("\xFF\xFE"sv) || begin.starts_with("\xFE\xFF"sv) ||
      (begin.size() >= 4 && begin[0] != 0 && begin[1] == 0 && begin[2] != 0 && begin[3] == 0))
    return "text in UTF-16, as Excel's \"Unicode Text\"; save it as \"CSV UTF-8\", or convert it: "
           "iconv -f UTF-16 -t UTF-8";
  if (begin.starts_with("PK\x03\x04"sv) || begin.starts_with("\xD0\xCF\x11\xE0"sv))
    return "a workbook or an archive (.xlsx, .xls, .ods, .zip); save the sheet as \"CSV UTF-8\"";
  if (begin.starts_with("\x1F\x8B"sv)) return "a file compressed with gzip; unpack it: gunzip";
  if (begin.starts_with("PAR1"sv)) return "a Parquet file; write the table as CSV";
  if (begin.find('\0') != std::string_view::npos) return "binary data; give a CSV file in UTF-8";
  return {};
}

}  // namespace

struct CsvReader::Bytes {
  explicit Bytes(const fs::path& path)
      : file(path), stream(std::fopen(path.c_str(), "rb"), &std::fclose) {
    if (stream) return;
    const int error = errno;
    check_limits(file, "table", error);
    throw Error(ErrorCode::input, fmt::format("cannot read {}: {}; check the path", file.string(),
                                              std::generic_category().message(error)));
  }
  ~Bytes() {
    if (packed) inflateEnd(&z);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  bool packed = false;  // by gzip, known once something was read

  // Up to `size` bytes; 0 at the end.
  std::size_t read(char* to, std::size_t size) {
    const std::size_t got = read_on(to, size);
    at += got;
    return got;
  }

  // The next byte that is read is that one, of what is unpacked. Back in a compressed file means
  // unpacking it once more from its begin.
  void go_to(std::uint64_t position) {
    if (!packed || position < at) {
      if (fseeko(stream.get(), packed ? 0 : static_cast<off_t>(position), SEEK_SET) != 0)
        throw Error(ErrorCode::input,
                    fmt::format("cannot read {}: {}; check the path and the disk", file.string(),
                                std::generic_category().message(errno)));
      at = packed ? 0 : position;
    }
    if (!packed) return;
    if (at == 0) {
      z.avail_in = 0;
      if (inflateReset(&z) != Z_OK) damaged("its data are not gzip's");
      within = true;
    }
    std::vector<char> passed(kChunkBytes);
    while (at < position)
      if (read(passed.data(), std::min<std::uint64_t>(passed.size(), position - at)) == 0) return;
  }

 private:
  std::size_t read_on(char* to, std::size_t size) {
    if (packed) return unpack(to, size);
    const std::size_t got = read_file(to, size);
    const bool is_first = std::exchange(first, false);
    if (!is_first || got < 2 || to[0] != '\x1F' || to[1] != '\x8B') return got;
    constexpr int kGzip = 16 + MAX_WBITS;
    if (inflateInit2(&z, kGzip) != Z_OK) throw std::bad_alloc();
    packed = true;
    buffer.assign(to, to + got);
    z.next_in = reinterpret_cast<Bytef*>(buffer.data());
    z.avail_in = static_cast<uInt>(got);
    return unpack(to, size);
  }

  std::size_t read_file(char* to, std::size_t size) {
    const std::size_t got = std::fread(to, 1, size, stream.get());
    if (got == 0 && std::ferror(stream.get()) != 0)
      throw Error(ErrorCode::input,
                  fmt::format("cannot read {}: {}; check the path and the disk", file.string(),
                              std::generic_category().message(errno)));
    return got;
  }

  std::size_t unpack(char* to, std::size_t size) {
    z.next_out = reinterpret_cast<Bytef*>(to);
    z.avail_out = static_cast<uInt>(size);
    while (z.avail_out == size) {
      if (z.avail_in == 0) {
        buffer.resize(kChunkBytes);
        const std::size_t got = read_file(buffer.data(), buffer.size());
        z.next_in = reinterpret_cast<Bytef*>(buffer.data());
        z.avail_in = static_cast<uInt>(got);
        if (got == 0) {
          if (within) damaged("it ends in the middle");
          return 0;
        }
      }
      // What gzip has put together with `cat` are parts one behind the other.
      if (!within && inflateReset(&z) != Z_OK) damaged("its data are not gzip's");
      within = true;
      const int state = inflate(&z, Z_NO_FLUSH);
      if (state == Z_STREAM_END)
        within = false;
      else if (state != Z_OK && state != Z_BUF_ERROR)
        damaged("its data are not gzip's");
    }
    return size - z.avail_out;
  }

  [[noreturn]] void damaged(const char* how) const {
    throw Error(ErrorCode::input,
                fmt::format("{}: expected a whole file compressed with gzip, found that {}; write "
                            "it again, or unpack what can be had of it: gunzip",
                            file.string(), how));
  }

  fs::path file;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream;
  std::uint64_t at = 0;  // bytes before the next one, of what is unpacked
  bool first = true;
  bool within = true;  // a part that has not ended
  z_stream z{};
  std::vector<char> buffer;
};

CsvReader::~CsvReader() = default;

CsvReader::CsvReader(const fs::path& file, std::vector<std::string> words)
    : file_(file),
      bytes_(std::make_unique<Bytes>(file)),
      chunk_(kChunkBytes),
      words_(std::move(words)) {
  read_header();
  do {
    ahead_ = read_row();
    if (!ahead_) return;
    split();
  } while (is_empty_line());
  if (cells_.size() != columns_.size() + 1 || !first_is_quoted_) return;
  columns_.insert(columns_.begin(), "");
  name_columns();
}

void CsvReader::read_header() {
  if (fill()) {
    const std::string_view begin(chunk_.data(), std::min<std::size_t>(chunk_size_, 512));
    if (const std::string_view kind = other_kind(begin); !kind.empty()) {
      line_ = 1;
      fail(fmt::format("expected a header of column names, found {}", kind));
    }
    if (begin.starts_with("\xEF\xBB\xBF")) chunk_at_ = 3;
  }
  std::string_view directive;
  do {
    if (!read_row())
      throw Error(ErrorCode::input, fmt::format("{}: expected a table with a header line, found an "
                                                "empty file; check the path",
                                                file_.string()));
    directive = trimmed(current_);
    if (directive.size() != 5 || !begins_with(directive, "sep=")) continue;
    separator_ = directive.back();
    if (separator_ != ',' && separator_ != ';')
      fail(
          fmt::format("expected sep=, or sep=; in the first line, found {}; save the table with "
                      "commas",
                      shown(directive)));
    directive = {};
  } while (directive.empty());
  if (current_.find('\0') != std::string::npos)
    fail("expected a header of column names, found binary data; give a CSV file in UTF-8");
  choose_separator();
  split();
  if (cells_.size() == 1 && cells_[0].find_first_of(" ,;\t") != std::string_view::npos)
    fail(
        fmt::format("expected commas, semicolons or tabs between the names of the columns, found "
                    "{}; save the table with commas",
                    shown(cells_[0])));
  columns_.assign(cells_.begin(), cells_.end());
  name_columns();
}

void CsvReader::name_columns() {
  by_name_.resize(columns_.size());
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  std::stable_sort(by_name_.begin(), by_name_.end(),
                   [this](std::size_t a, std::size_t b) { return columns_[a] < columns_[b]; });
  const auto twice =
      std::adjacent_find(by_name_.begin(), by_name_.end(), [this](std::size_t a, std::size_t b) {
        return !columns_[a].empty() && columns_[a] == columns_[b];
      });
  if (twice != by_name_.end())
    fail(fmt::format("column {} appears twice, expected unique names; rename or remove one of them",
                     shown(columns_[*twice])));
  is_word_.resize(columns_.size());
  std::transform(columns_.begin(), columns_.end(), is_word_.begin(),
                 [this](const std::string& name) {
                   return std::find(words_.begin(), words_.end(), name) != words_.end();
                 });
}

void CsvReader::choose_separator() {
  bool quoted = false, comma = false, semicolon = false, tab = false;
  std::size_t quote = 0;
  for (std::size_t i = 0; i < current_.size(); ++i) {
    if (quote < quotes_.size() && quotes_[quote] == i) {
      quoted = !quoted;
      ++quote;
    }
    if (quoted) continue;
    comma = comma || current_[i] == ',';
    semicolon = semicolon || current_[i] == ';';
    tab = tab || current_[i] == '\t';
  }
  if (!comma) separator_ = semicolon ? ';' : tab ? '\t' : separator_;
}

std::optional<std::size_t> CsvReader::find(std::string_view column) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), column,
      [this](std::size_t one, std::string_view wanted) { return columns_[one] < wanted; });
  if (found == by_name_.end() || columns_[*found] != column) return std::nullopt;
  return *found;
}

// False at the end of the file.
bool CsvReader::fill() {
  if (chunk_at_ < chunk_size_) return true;
  chunk_begin_ += chunk_size_;
  chunk_size_ = bytes_->read(chunk_.data(), chunk_.size());
  chunk_at_ = 0;
  return chunk_size_ > 0;
}

// Reads up to and without the next line end outside of quotes into current_, and where its quotes
// are into quotes_; false if nothing is left.
bool CsvReader::read_row() {
  current_.clear();
  quotes_.clear();
  bool quoted = false;
  const auto begins_cell = [this] {
    std::size_t i = current_.size();
    while (i > 0 && current_[i - 1] == ' ') --i;
    if (i == 0) return true;
    const char before = current_[i - 1];
    return columns_.empty() ? before == ',' || before == ';' || before == '\t'
                            : before == separator_;
  };
  line_ = lines_read_ + 1;
  row_begin_ = chunk_begin_ + chunk_at_;
  while (fill()) {
    const char* const begin = chunk_.data() + chunk_at_;
    const char* const end = chunk_.data() + chunk_size_;
    if (after_return_) {
      after_return_ = false;
      if (*begin == '\n') {
        ++chunk_at_;
        row_begin_ = chunk_begin_ + chunk_at_;
        continue;
      }
    }
    const char* stop = begin;
    if (quoted) {
      while (stop != end && *stop != '"') lines_read_ += *stop++ == '\n' ? 1 : 0;
    } else {
      while (stop != end && *stop != '\n' && *stop != '\r' && *stop != '"') ++stop;
    }
    current_.append(begin, stop);
    chunk_at_ += static_cast<std::size_t>(stop - begin);
    if (current_.size() > kRowBytes)
      fail(
          fmt::format("expected rows of at most {} bytes, found a longer line{}; is this a CSV "
                      "file?",
                      kRowBytes, quoted ? ", because a quote is not closed" : ""));
    if (stop == end) continue;
    ++chunk_at_;
    if (*stop == '"') {
      // A second one right behind the end of a cell makes a quote of both.
      const bool again = !quotes_.empty() && quotes_.back() + 1 == current_.size();
      if (quoted || again || begins_cell()) {
        quoted = !quoted;
        quotes_.push_back(current_.size());
      }
      current_.push_back('"');
      continue;
    }
    after_return_ = *stop == '\r';
    ++lines_read_;
    row_end_ = chunk_begin_ + chunk_at_;
    return true;
  }
  if (quoted)
    fail(
        "expected a closing quote, found the end of the file; the row is damaged or cut short, "
        "write the table again");
  if (current_.empty()) return false;
  ++lines_read_;
  row_end_ = chunk_begin_ + chunk_at_;
  return true;
}

void CsvReader::split() {
  cells_.clear();
  if (!quotes_.empty()) {
    split_quoted();
  } else {
    first_is_quoted_ = false;
    std::string_view rest = current_;
    while (true) {
      const std::size_t end = rest.find(separator_);
      cells_.push_back(trimmed(rest.substr(0, end)));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  if (!columns_.empty() && (separator_ != ',' || !quotes_.empty())) note_decimal_marks();
}

// Moves the cells together within current_, without their quotes.
void CsvReader::split_quoted() {
  char* const text = current_.data();
  std::size_t quote = 0, from = 0, to = 0;
  const auto is_quote = [&] { return quote < quotes_.size() && quotes_[quote] == from; };
  const auto cell = [&](std::size_t begin) {
    cells_.push_back(trimmed(std::string_view(text + begin, to - begin)));
  };
  std::size_t begin = 0;
  bool quoted = false, closed = false;
  first_is_quoted_ = false;
  for (; from < current_.size(); ++from) {
    if (is_quote()) {
      ++quote;
      // In a quoted cell the next one right behind is part of the text.
      if (quoted && ++from < current_.size() && is_quote()) {
        ++quote;
        text[to++] = '"';
        continue;
      }
      if (quoted) {
        --from;
        closed = true;
      } else {
        if (!trimmed(std::string_view(text + begin, to - begin)).empty())
          fail(
              fmt::format("expected quotes around a whole cell, found {}; correct the cell or "
                          "write the table again",
                          shown(std::string_view(text + begin, to - begin))));
        if (cells_.empty()) first_is_quoted_ = true;
        to = begin;
      }
      quoted = !quoted;
      continue;
    }
    if (!quoted && text[from] == separator_) {
      cell(begin);
      text[to++] = separator_;
      begin = to;
      closed = false;
      continue;
    }
    if (closed && !is_blank(text[from]))
      fail(fmt::format(
          "expected a comma, semicolon or tab behind a cell in quotes, found {}; correct "
          "the cell or write the table again",
          shown(std::string_view(text + from, 1))));
    if (!closed) text[to++] = text[from];
  }
  cell(begin);
}

void CsvReader::note_decimal_marks() {
  for (std::size_t column = 0; column < cells_.size(); ++column) {
    const std::string_view cell = cells_[column];
    const char mark = column < is_word_.size() && is_word_[column] != 0 ? 0 : decimal_mark(cell);
    if (mark == 0 || mark == decimal_) continue;
    if (decimal_ != 0)
      fail(
          fmt::format("expected one decimal mark in the whole table, found {} where line {} has "
                      "a number with '{}'; save the table with decimal points and without marks "
                      "between thousands",
                      shown(cell), decimal_line_, decimal_));
    decimal_ = mark;
    decimal_line_ = line_;
  }
}

bool CsvReader::is_empty_line() const {
  return cells_.size() == 1 && quotes_.empty() && cells_[0].empty();
}

bool CsvReader::next() {
  while (ahead_ || read_row()) {
    if (!std::exchange(ahead_, false)) split();
    if (is_empty_line()) continue;
    if (cells_.size() != columns_.size())
      fail(fmt::format("expected {} cells as in the header, found {}; {}", columns_.size(),
                       cells_.size(),
                       cells_.size() == columns_.size() + 1
                           ? "if the first is the name of the row, write the table without row "
                             "names; otherwise the row is damaged, write the table again"
                           : "the row is damaged or cut short, write the table again"));
    return true;
  }
  cells_.clear();
  return false;
}

bool CsvReader::compressed() const { return bytes_->packed; }

void CsvReader::go_to(std::uint64_t position, std::size_t line) {
  bytes_->go_to(position);
  chunk_begin_ = position;
  chunk_at_ = chunk_size_ = 0;
  lines_read_ = line - 1;
  ahead_ = after_return_ = false;
}

bool CsvReader::empty_row() const {
  return std::all_of(cells_.begin(), cells_.end(),
                     [](std::string_view cell) { return cell.empty(); });
}

bool CsvReader::missing(std::size_t column) const {
  const std::string_view cell = text(column);
  return cell.empty() || is_not_finite(cell) ||
         std::find(kMissing.begin(), kMissing.end(), cell) != kMissing.end();
}

std::optional<double> CsvReader::parsed(std::size_t column) const {
  std::string_view cell = text(column);
  if (cell == "True" || cell == "TRUE" || cell == "true") return 1.0;
  if (cell == "False" || cell == "FALSE" || cell == "false") return 0.0;
  std::string with_point;
  if (decimal_ == ',' && decimal_mark(cell) == ',') {
    with_point = cell;
    std::replace(with_point.begin(), with_point.end(), ',', '.');
    cell = with_point;
  }
  if (cell.size() > 1 && cell.front() == '+' && cell[1] != '-') cell.remove_prefix(1);
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto result = read_real(cell.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool CsvReader::is_number(std::size_t column) const { return parsed(column).has_value(); }

std::optional<double> CsvReader::number(std::size_t column) const {
  const std::optional<double> value = parsed(column);
  if (!value && !missing(column)) fail(column, "a finite number");
  return value;
}

std::int64_t CsvReader::integer(std::size_t column) const {
  const std::optional<double> value = parsed(column);
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
