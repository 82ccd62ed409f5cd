// Pictures of Y, U and V as BGR, with the same bytes on every processor.
#pragma once

#include <cstddef>
#include <cstdint>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga {

// Planes of 8 bits; every pair of columns shares a U and a V, and so does every pair of rows where
// `half_rows` is set (4:2:0, else 4:2:2). Strides in bytes.
struct YuvPicture {
  const std::uint8_t *y = nullptr, *u = nullptr, *v = nullptr;
  std::ptrdiff_t y_stride = 0, u_stride = 0, v_stride = 0;
  bool half_rows = true;
  bool full_range = false;  // Y from 0 to 255 instead of 16 to 235, U and V likewise
};

// The part of it, by the matrix of BT.601, each pixel from its own Y and its block's U and V
// without interpolation: what libswscale's fast path computes on x86 (SWS_BICUBIC without other
// flags, even height), for every Y, U and V. Of products the upper 16 of 32 bits:
//
//   l = c_y (8 Y - 8 o)         o = 16, or 0 with the full range
//   B = l + b_u (8 U - 1024)    G = l + g_u (8 U - 1024) + g_v (8 V - 1024)    R = l + r_v (8 V -
//   1024)
//
// cut to 0..255. `part` lies in the picture; `bgr` has `stride` bytes per row, of which 3
// part.width are written. Thread-safe.
void yuv_to_bgr(const YuvPicture& picture, const Region& part, std::uint8_t* bgr,
                std::ptrdiff_t stride);

}  // namespace auriga
