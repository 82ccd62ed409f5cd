// Reader of OpenFace's text matrices (spec primitives.md section 2).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

struct TextMatrix {
  int rows = 0, cols = 0;
  std::vector<double> values;  // rows x cols, row-major, all finite
};

// Walks over the text of a model file; every failure is an Error(model) that names the file and the
// line.
class TextMatrixReader {
 public:
  TextMatrixReader(const std::filesystem::path& file, std::string_view text)
      : name_(file.string()), text_(text) {}

  // Discards whole lines while the next character is '#', a blank or an end of line.
  void skip_comments();
  // Reads `rows cols type` and the values. `what` names the matrix in messages; type must be `type`
  // (4 = i32, 6 = f64).
  TextMatrix read(const std::string& what, int type);
  // A single finite number or integer.
  double number(const std::string& what);
  int integer(const std::string& what);
  // Fails unless only white space is left.
  void expect_end();
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string_view token(const std::string& what);

  std::string name_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace auriga
