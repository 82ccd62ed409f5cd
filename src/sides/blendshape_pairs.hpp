// Blendshapes that exist on the left and on the right.
#pragma once

#include <string_view>
#include <vector>

#include "auriga/face.hpp"

#include "sides/half.hpp"

namespace auriga {

// Indices in kBlendshapeNames. Left and right are the person's.
struct BlendshapePair {
  std::string_view stem;  // e.g. mouthSmile
  std::size_t left = 0, right = 0;
  bool is_direction = false;  // jaw and mouth: where the whole moves to, not which side does
};

// Ascending by `left`. Made at the first call; any thread.
inline const std::vector<BlendshapePair>& blendshape_pairs() {
  static const std::vector<BlendshapePair> pairs = [] {
    constexpr std::string_view kLeft = "Left", kRight = "Right";
    std::vector<BlendshapePair> all;
    for (std::size_t i = 0; i < kBlendshapes; ++i) {
      const std::string_view name = kBlendshapeNames[i];
      if (!name.ends_with(kLeft)) continue;
      const std::string_view stem = name.substr(0, name.size() - kLeft.size());
      for (std::size_t k = 0; k < kBlendshapes; ++k) {
        const std::string_view other = kBlendshapeNames[k];
        if (other.starts_with(stem) && other.substr(stem.size()) == kRight)
          all.push_back({stem, i, k, stem == "jaw" || stem == "mouth"});
      }
    }
    return all;
  }();
  return pairs;
}

// Gives both sides the level of `half`, of a recording that is not mirrored: the person's left is
// on the right of the picture. Such a face has no direction.
inline void make_even(Blendshapes& values, PictureHalf half) {
  for (const BlendshapePair& pair : blendshape_pairs()) {
    const float kept = values[half == PictureHalf::right ? pair.left : pair.right];
    values[pair.left] = values[pair.right] = pair.is_direction ? 0 : kept;
  }
}

}  // namespace auriga
