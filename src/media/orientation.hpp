// Turning and mirroring stored pictures into the way they are meant to be seen.
#pragma once

#include <cstdint>
#include <span>

#include "auriga/image.hpp"

namespace auriga {

// One of the eight symmetries of a rectangle. Shown pixel (x, y) is stored pixel (u, v), where (u,
// v) = (x, y), or (y, x) if `transpose`; then u is counted from the right if `from_right`, v from
// the bottom if `from_bottom`.
struct Orientation {
  bool transpose = false;
  bool from_right = false;
  bool from_bottom = false;

  bool upright() const { return !transpose && !from_right && !from_bottom; }
  bool operator==(const Orientation&) const = default;
};

// Orientation of an EXIF tag, 1..8; any other value is upright.
Orientation orientation_of_exif(int tag);

// Orientation of a display matrix, 3x3 row-major in 16.16 fixed point as containers store it: a
// stored point (u, v) is shown at (m0 u + m3 v, m1 u + m4 v) up to a shift. Scale and shift are
// ignored, other angles go to the nearest quarter turn.
Orientation orientation_of_matrix(std::span<const std::int32_t, 9> matrix);

// A turn by that many degrees clockwise: 0, 90, 180 or 270.
Orientation orientation_of_turn(int degrees);

// As shown by `first`, then by `second`.
Orientation composed(Orientation first, Orientation second);

// The same as a mirror, left for right, and a turn after it.
struct MirrorAndTurn {
  bool mirrored = false;
  int degrees = 0;  // clockwise
};
MirrorAndTurn mirror_and_turn(Orientation orientation);

// Writes `stored` (1 or 3 channels, any stride), turned, to `shown`, which is resized; it allocates
// only where its buffer is too small. `stored` must not be a view of `shown`. Thread-safe.
void orient(ImageView stored, Orientation orientation, Image& shown);
// Likewise for some rows of a stored picture, those from `first` on of `stored_height`, for who
// cannot have all at a time. `shown` has its size already.
void orient_rows(ImageView rows, int first, int stored_height, Orientation orientation,
                 Image& shown);

}  // namespace auriga
