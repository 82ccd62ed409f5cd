// Felzenszwalb's HOG of an aligned face: the appearance part of the features of the action-unit
// models (spec au-core.md section 5; the numbers agree with dlib's `extract_fhog_features`, cell
// size 8).
#pragma once

#include <span>

#include "auriga/image.hpp"

namespace auriga {

inline constexpr int kFhogCrop = 112;     // px, width and height; 14 x 14 cells of 8 x 8 px
inline constexpr int kFhogCells = 12;     // per side; the outermost cells only normalise others
inline constexpr int kFhogChannels = 31;  // 18 signed, 9 unsigned orientations; 4 energies
inline constexpr int kFhogSize = kFhogCells * kFhogCells * kFhogChannels;

// Writes the descriptor of `crop`, which is 112 x 112 px, BGR or grey; nothing else is supported,
// as the models know only this size. Index = (row * 12 + column) * 31 + channel; values in 0..0.85;
// all 0 for a black crop. The same bits on every instruction set. Thread-safe, allocates nothing.
void compute_fhog(const ImageView& crop, std::span<float, kFhogSize> out);

}  // namespace auriga
