#include "models/triangulation.hpp"

#include <string>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "models/text_matrix.hpp"

namespace auriga {

std::vector<Triangle> read_triangulation(const std::filesystem::path& file, int points) {
  const std::string text = read_file(file, ErrorCode::model, "triangulation", std::size_t{1} << 20);
  TextMatrixReader reader(file, text);
  reader.skip_comments();
  const TextMatrix matrix = reader.read("triangles", 4);
  reader.expect_end();
  if (matrix.cols != 3)
    throw Error(ErrorCode::model,
                file.string() + ": expected three landmarks per triangle, found " +
                    std::to_string(matrix.cols) + "; is this a triangulation file?");
  std::vector<Triangle> triangles(static_cast<std::size_t>(matrix.rows));
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    const int index = static_cast<int>(matrix.values[i]);
    if (index < 0 || index >= points)
      throw Error(ErrorCode::model, file.string() + ": triangle " + std::to_string(i / 3) +
                                        " expected landmarks 0.." + std::to_string(points - 1) +
                                        ", found " + std::to_string(index) +
                                        "; the file does not belong to this shape model");
    triangles[i / 3][i % 3] = index;
  }
  return triangles;
}

}  // namespace auriga
