#include "models/text_matrix.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "auriga/error.hpp"

#include "base/real_text.hpp"

namespace auriga {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

constexpr int kMostValues = 1 << 24;

}  // namespace

void TextMatrixReader::fail(const std::string& message) const {
  const auto line =
      1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
  throw Error(ErrorCode::model,
              name_ + ", line " + std::to_string(line) + ": " + message +
                  "; get a fresh copy of the file (`auriga models verify` compares it)");
}

void TextMatrixReader::skip_comments() {
  while (at_ < text_.size() &&
         (text_[at_] == '#' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == ' ')) {
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }
}

std::string_view TextMatrixReader::token(const std::string& what) {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ == text_.size()) fail("expected " + what + ", found the end of the file");
  const std::size_t begin = at_;
  while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

double TextMatrixReader::number(const std::string& what) {
  std::string_view digits = token(what);
  const std::string found(digits.substr(0, 40));
  if (digits.size() > 1 && digits.front() == '+') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = read_real(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range && end == digits.data() + digits.size()) {
    // Denormals and under-flow read as zero; over-flow is not a number that a model holds.
    if (digits.find("e-") != std::string_view::npos || digits.find("E-") != std::string_view::npos)
      return 0;
  }
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value))
    fail("expected a finite number (" + what + "), found '" + found + "'");
  return value;
}

int TextMatrixReader::integer(const std::string& what) {
  const std::string_view digits = token(what);
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size())
    fail("expected an integer (" + what + "), found '" + std::string(digits.substr(0, 40)) + "'");
  return value;
}

TextMatrix TextMatrixReader::read(const std::string& what, int type) {
  TextMatrix matrix;
  matrix.rows = integer("rows of the " + what);
  matrix.cols = integer("columns of the " + what);
  const int found = integer("type of the " + what);
  if (matrix.rows < 1 || matrix.cols < 1 || matrix.rows > kMostValues / matrix.cols)
    fail("expected the size of the " + what + ", found " + std::to_string(matrix.rows) + " x " +
         std::to_string(matrix.cols));
  if (found != type)
    fail("expected element type " + std::to_string(type) + " for the " + what + ", found " +
         std::to_string(found));
  const std::size_t count =
      static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols);
  // A value takes two characters at least, so a hostile header cannot make us reserve more than the
  // file's size.
  matrix.values.reserve(std::min(count, (text_.size() - at_) / 2 + 1));
  for (std::size_t i = 0; i < count; ++i) {
    const double value = type == 4 ? integer(what) : number(what);
    matrix.values.push_back(value);
  }
  return matrix;
}

void TextMatrixReader::expect_end() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ != text_.size()) fail("expected the end of the file, found more data");
}

}  // namespace auriga
