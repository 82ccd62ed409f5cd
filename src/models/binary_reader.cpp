#include "models/binary_reader.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "auriga/error.hpp"

namespace auriga {
namespace {

static_assert(std::endian::native == std::endian::little, "the model files are little-endian");

constexpr std::int32_t kInt32 = 4, kFloat32 = 5, kFloat64 = 6;  // element types
constexpr std::int32_t kMost = 1 << 24;                         // rows or columns

std::string size_text(int rows, int cols) {
  return (rows != 0 ? std::to_string(rows) : "n") + " x " +
         (cols != 0 ? std::to_string(cols) : "n");
}

// By their bits, which the compiler does many at a time: NaN and infinity are the largest.
template <typename T>
bool all_finite(std::span<const T> values) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits kMagnitude = ~Bits{} >> 1;
  constexpr Bits kInfinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits outside = 0;
  for (const T value : values)
    outside |= (std::bit_cast<Bits>(value) & kMagnitude) >= kInfinity ? 1 : 0;
  return outside == 0;
}

}  // namespace

void BinaryReader::fail(const std::string& message) const {
  throw Error(ErrorCode::model,
              name_ + ", byte " + std::to_string(at_) + ": " + message +
                  "; get a fresh copy of the file (`auriga models verify` compares it)");
}

const char* BinaryReader::need(std::size_t count, std::string_view what,
                               std::string_view of) const {
  if (size_ - at_ < count)
    fail("expected " + std::to_string(count) + " bytes (" + std::string(what) + std::string(of) +
         "), found " + std::to_string(size_ - at_) + ": the file is cut short");
  return fetch_ ? fetch_(at_, count) : bytes_.data() + at_;
}

template <typename T>
T BinaryReader::number(std::string_view what, std::string_view of) {
  T value;
  std::memcpy(&value, need(sizeof(T), what, of), sizeof(T));
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value))
      fail("expected a finite number (" + std::string(what) + "), found NaN or infinity");
  at_ += sizeof(T);
  return value;
}

std::int32_t BinaryReader::i32(std::string_view what) { return number<std::int32_t>(what); }

std::int32_t BinaryReader::i32(std::string_view what, std::int32_t least, std::int32_t most) {
  const std::int32_t value = i32(what);
  if (value < least || value > most)
    fail("expected " + std::to_string(least) + " to " + std::to_string(most) + " (" +
         std::string(what) + "), found " + std::to_string(value));
  return value;
}

float BinaryReader::f32(std::string_view what) { return number<float>(what); }
double BinaryReader::f64(std::string_view what) { return number<double>(what); }

template <typename T>
BinaryMatrix<T> BinaryReader::matrix(std::string_view what, int rows, int cols) {
  BinaryMatrix<T> matrix;
  matrix.rows = number<std::int32_t>("rows of the ", what);
  matrix.cols = number<std::int32_t>("columns of the ", what);
  const std::int32_t type = number<std::int32_t>("element type of the ", what);
  const auto fits = [](std::int32_t found, int wanted) {
    return found >= 1 && found <= kMost && (wanted == 0 || found == wanted);
  };
  if (!fits(matrix.rows, rows) || !fits(matrix.cols, cols))
    fail("expected " + std::string(what) + " of size " + size_text(rows, cols) + ", found " +
         std::to_string(matrix.rows) + " x " + std::to_string(matrix.cols));
  constexpr bool integer = std::is_same_v<T, std::int32_t>, single = std::is_same_v<T, float>;
  if (integer ? type != kInt32 : type != kFloat64 && !(single && type == kFloat32))
    fail("expected element type " +
         std::string(integer  ? "4 (i32)"
                     : single ? "5 (f32) or 6 (f64)"
                              : "6 (f64)") +
         " for the " + std::string(what) + ", found " + std::to_string(type));
  const std::size_t count =
      static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols);
  const std::size_t bytes = count * (type == kFloat64 ? 8 : 4);
  const char* const from = need(bytes, what);
  matrix.values.resize(count);
  if (single && type == kFloat64) {
    for (std::size_t i = 0; i < count; ++i) {
      double value;
      std::memcpy(&value, from + i * 8, 8);
      matrix.values[i] = static_cast<T>(value);
    }
  } else {
    std::memcpy(matrix.values.data(), from, bytes);
  }
  if constexpr (!integer) {
    if (!all_finite(std::span<const T>(matrix.values)))
      fail("expected finite " + std::string(what) + ", found NaN or infinity");
  }
  at_ += bytes;
  return matrix;
}

template <typename T>
std::vector<T> BinaryReader::vector(std::string_view what, int size) {
  BinaryMatrix<T> matrix = this->matrix<T>(what);
  const int longer = matrix.rows > matrix.cols ? matrix.rows : matrix.cols;
  if ((matrix.rows != 1 && matrix.cols != 1) || (size != 0 && longer != size))
    fail("expected " + std::string(what) + " of length " +
         (size != 0 ? std::to_string(size) : "n") + ", found " + std::to_string(matrix.rows) +
         " x " + std::to_string(matrix.cols));
  return std::move(matrix.values);
}

void BinaryReader::expect_end() const {
  if (at_ != size_)
    fail("expected the end of the file, found " + std::to_string(size_ - at_) + " more bytes");
}

template BinaryMatrix<float> BinaryReader::matrix(std::string_view, int, int);
template BinaryMatrix<double> BinaryReader::matrix(std::string_view, int, int);
template BinaryMatrix<std::int32_t> BinaryReader::matrix(std::string_view, int, int);
template std::vector<float> BinaryReader::vector(std::string_view, int);
template std::vector<double> BinaryReader::vector(std::string_view, int);
template std::vector<std::int32_t> BinaryReader::vector(std::string_view, int);

}  // namespace auriga
