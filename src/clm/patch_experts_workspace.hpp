// Scratch memory of the patch experts.
#pragma once

#include <array>
#include <vector>

#include "clm/area_of_interest.hpp"
#include "clm/patch_experts.hpp"
#include "clm/patch_experts_kernels.hpp"

namespace auriga {

struct PatchWorkspace::Buffers {
  // Makes room for maps of this window. Allocates only while something grows.
  void fit(int window) {
    area.resize(kAreaFloats);
    const auto grow = [](std::vector<float>& buffer, int floats) {
      if (buffer.size() < static_cast<std::size_t>(floats)) buffer.resize(floats);
    };
    grow(planes, kPatchSize * plane_floats(window));
    grow(factors, padded_places(window * window) + kPlaceBlock);
    grow(map, padded_places(window * window) + kPlaceBlock);
  }
  // `floats` of the buffer `index`, contents unspecified.
  float* scratch(int index, std::size_t floats) {
    std::vector<float>& buffer = scratches[index];
    if (buffer.size() < floats) buffer.resize(floats);
    return buffer.data();
  }

  // Offsets of `rows` rows of `stride` floats for correlate().
  const int* rows_of(int rows, int stride) {
    if (row_offsets.size() < static_cast<std::size_t>(rows)) row_offsets.resize(rows);
    for (int r = 0; r < rows; ++r) row_offsets[r] = r * stride;
    return row_offsets.data();
  }

  std::vector<float> area;     // kAreaFloats
  std::vector<float> planes;   // of the area, for correlate()
  std::vector<float> factors;  // inverse norms of the patches
  std::vector<float> map;      // padded
  std::array<int, kPatchPixels> offsets{};
  std::vector<int> row_offsets;
  std::array<std::vector<float>, 3> scratches;
};

}  // namespace auriga
