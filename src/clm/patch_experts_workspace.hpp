// Scratch memory of the patch experts.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "clm/area_of_interest.hpp"
#include "clm/packed_network.hpp"
#include "clm/patch_experts.hpp"
#include "clm/patch_experts_kernels.hpp"

namespace auriga {

// Area with the even columns of each row apart from the odd ones, so that the fields of a row are
// contiguous.
struct SplitArea {
  static constexpr int kStride = (kMostSide + 1) / 2;
  float columns[2][kMostSide * kStride + kPlaceBlock];

  void set(const float* area, int side) {
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) columns[x % 2][y * kStride + x / 2] = area[y * side + x];
  }
};

// What one thread needs for the CEN experts that it evaluates.
struct PatchWorkspace::Lane {
  static constexpr int kMostTargets = 2;  // landmarks that one expert serves at a time

  // Makes room for any expert at maps of this window; `widest`: outputs of a layer. Allocates only
  // while something grows: which lane comes to evaluate which expert must not matter.
  void fit(int window, int widest) {
    area.resize(kAreaFloats);
    norms.resize(kMostWindow * kMostWindow + kPlaceBlock);
    // Zeros, as what lies beside the areas goes into padding; old numbers there may be denormal,
    // which makes arithmetic slow.
    if (split.empty()) split.resize(kMostTargets);
    const auto places =
        static_cast<std::size_t>(row_floats(std::max(1, kMostTargets * (window * window / 2))));
    factors.fit(places);
    patches.fit(kPatchPixels * places + kPlaceBlock);
    for (AlignedFloats& values : network.values)
      values.fit(static_cast<std::size_t>(widest) * places);
  }

  std::vector<float> area;       // kAreaFloats
  std::vector<float> norms;      // inverse, of the patches
  std::vector<SplitArea> split;  // of every landmark
  AlignedFloats factors, patches;
  NetworkWorkspace network;
};

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
  std::vector<Lane> lanes;  // CEN
};

}  // namespace auriga
