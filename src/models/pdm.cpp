#include "models/pdm.hpp"

#include <cmath>
#include <string>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "models/text_matrix.hpp"

namespace auriga {
namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr int kMostPoints = 1000;
constexpr int kMostModes = 200;

std::vector<float> as_float(const TextMatrix& matrix) {
  return {matrix.values.begin(), matrix.values.end()};
}

std::string size_of(const TextMatrix& matrix) {
  return std::to_string(matrix.rows) + " x " + std::to_string(matrix.cols);
}

}  // namespace

Pdm read_pdm(const std::filesystem::path& file) {
  const std::string text = read_file(file, ErrorCode::model, "shape model", kLargestFile);
  TextMatrixReader reader(file, text);
  reader.skip_comments();
  const TextMatrix mean = reader.read("mean shape", 6);
  reader.skip_comments();
  const TextMatrix basis = reader.read("shape modes", 6);
  reader.skip_comments();
  const TextMatrix variances = reader.read("variances", 6);
  reader.expect_end();

  const auto reject = [&](const std::string& message) {
    throw Error(ErrorCode::model,
                file.string() + ": " + message + "; is this a shape model (PDM) file?");
  };
  if (mean.cols != 1 || mean.rows % 3 != 0 || mean.rows > 3 * kMostPoints)
    reject("expected a mean shape of 3n x 1 values, found " + size_of(mean));
  if (basis.rows != mean.rows || basis.cols > kMostModes)
    reject("expected shape modes of " + std::to_string(mean.rows) + " x m values, found " +
           size_of(basis));
  if (variances.rows * variances.cols != basis.cols || (variances.rows != 1 && variances.cols != 1))
    reject("expected 1 x " + std::to_string(basis.cols) + " variances, found " +
           size_of(variances));

  Pdm pdm{mean.rows / 3, basis.cols, as_float(mean), as_float(basis), as_float(variances)};
  for (const float variance : pdm.variances)
    if (!(variance > 0)) reject("expected variances above zero, found " + std::to_string(variance));
  for (const auto* values : {&pdm.mean, &pdm.basis, &pdm.variances})
    for (const float value : *values)
      if (!std::isfinite(value)) reject("found a number too large for single precision");
  return pdm;
}

}  // namespace auriga
