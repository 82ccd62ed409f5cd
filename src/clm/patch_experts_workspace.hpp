// Scratch memory of the patch experts.
#pragma once

#include <array>
#include <vector>

#include "clm/area_of_interest.hpp"
#include "clm/packed_network.hpp"
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

  std::vector<float> area;     // kAreaFloats
  std::vector<float> planes;   // of the area, for correlate()
  std::vector<float> factors;  // inverse norms of the patches
  std::vector<float> map;      // padded
  std::array<int, kPatchPixels> offsets{};
  std::array<std::vector<float>, 2> scratches;
  NetworkWorkspace network;
};

}  // namespace auriga
