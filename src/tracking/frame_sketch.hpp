// A few grey levels of a whole frame, enough to tell a cut from the same scene a moment later.
#pragma once

#include <array>

#include "auriga/image.hpp"

#include "media/picture.hpp"

namespace auriga {

using FrameSketch = std::array<float, 16 * 12>;  // rows of a coarse grid, 0..255

// `bgr`: 3 channels, any size; an empty one is black. `pixels`: room for those that are read; with
// the same one allocates nothing after the first time. Thread-safe.
FrameSketch sketch(const Picture& bgr, Image& pixels);

// Correlation of sketches below which the frame shows something else altogether. Between four
// videos it is below 0.59, from frame to frame of one of them above 0.90, and above 0.92 when a
// face of a sixth of the frame's width is covered.
inline constexpr float kSameScene = 0.7f;

// Correlation coefficient, -1..1; 0 when one of them is flat.
float correlation(const FrameSketch& a, const FrameSketch& b);

}  // namespace auriga
