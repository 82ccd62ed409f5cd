// Blendshapes by name, both sides together.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "auriga/face.hpp"

namespace auriga {

// A channel, or the mean of a left and a right one.
struct BlendshapeLevel {
  int first = 0, second = 0;

  double of(const Blendshapes& values) const {
    return (static_cast<double>(values[static_cast<std::size_t>(first)]) +
            static_cast<double>(values[static_cast<std::size_t>(second)])) /
           2;
  }
};

// e.g. jawOpen, or mouthSmile for mouthSmileLeft and mouthSmileRight. Nothing when there is
// neither.
inline std::optional<BlendshapeLevel> blendshape_level(std::string_view name) {
  std::optional<int> first, second;
  for (int i = 0; i < kBlendshapes; ++i) {
    const std::string_view channel = kBlendshapeNames[static_cast<std::size_t>(i)];
    if (channel == name) return BlendshapeLevel{i, i};
    if (!channel.starts_with(name)) continue;
    const std::string_view side = channel.substr(name.size());
    if (side == "Left") first = i;
    if (side == "Right") second = i;
  }
  if (!first || !second) return std::nullopt;
  return BlendshapeLevel{*first, *second};
}

}  // namespace auriga
