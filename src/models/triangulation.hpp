// Triangles over the 68 landmarks (spec au-core.md section 1.6).
#pragma once

#include <array>
#include <filesystem>
#include <vector>

namespace auriga {

using Triangle = std::array<int, 3>;  // landmark indices

// Reads `count 3 4` followed by count triples. Throws Error(model) when the file is missing,
// truncated, of wrong dimensions, or holds an index outside 0..points-1.
std::vector<Triangle> read_triangulation(const std::filesystem::path& file, int points);

}  // namespace auriga
