// Reader of OpenFace's binary model files (spec primitives.md section 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auriga {

template <typename T>
struct BinaryMatrix {
  int rows = 0, cols = 0;
  std::vector<T> values;  // rows x cols, row-major
};

// Walks over the bytes of a model file, little-endian and without padding. Every failure is an
// Error(model) that names the file, the byte, what was expected and what was found. Numbers are
// finite. A size that the file states is never believed beyond the bytes that are there.
class BinaryReader {
 public:
  // `bytes` must outlive the reader.
  BinaryReader(const std::filesystem::path& file, std::string_view bytes)
      : name_(file.string()), size_(bytes.size()), bytes_(bytes) {}

  // Of a file that is too large to be held as a whole: `fetch(at, count)` returns `count` bytes
  // from byte `at` on, which lie within the `size` bytes of the file, valid until the next call.
  // Begins at byte `at`.
  using Fetch = std::function<const char*(std::size_t at, std::size_t count)>;
  BinaryReader(const std::filesystem::path& file, std::size_t size, Fetch fetch, std::size_t at = 0)
      : name_(file.string()), size_(size), fetch_(std::move(fetch)), at_(at) {}

  // `what` names the value in messages.
  std::int32_t i32(std::string_view what);
  std::int32_t i32(std::string_view what, std::int32_t least, std::int32_t most);
  float f32(std::string_view what);
  double f64(std::string_view what);

  // A matrix of `rows` x `cols` values, at least 1 x 1; 0 accepts any number. float: stored as f32
  // or as f64, which is rounded; double: f64; std::int32_t: i32.
  template <typename T>
  BinaryMatrix<T> matrix(std::string_view what, int rows = 0, int cols = 0);

  // A matrix of one row or one column, whichever the file has; `size` 0 accepts any length.
  template <typename T>
  std::vector<T> vector(std::string_view what, int size = 0);

  void expect_end() const;
  std::size_t at() const { return at_; }  // byte of what is read next
  [[noreturn]] void fail(const std::string& message) const;

 private:
  // Models have tens of thousands of matrices: words are put together only for a message.
  template <typename T>
  T number(std::string_view what, std::string_view of = {});
  const char* need(std::size_t count, std::string_view what, std::string_view of = {}) const;

  std::string name_;
  std::size_t size_;
  std::string_view bytes_;  // all of them, without fetch_
  Fetch fetch_;
  std::size_t at_ = 0;
};

extern template BinaryMatrix<float> BinaryReader::matrix(std::string_view, int, int);
extern template BinaryMatrix<double> BinaryReader::matrix(std::string_view, int, int);
extern template BinaryMatrix<std::int32_t> BinaryReader::matrix(std::string_view, int, int);
extern template std::vector<float> BinaryReader::vector(std::string_view, int);
extern template std::vector<double> BinaryReader::vector(std::string_view, int);
extern template std::vector<std::int32_t> BinaryReader::vector(std::string_view, int);

}  // namespace auriga
