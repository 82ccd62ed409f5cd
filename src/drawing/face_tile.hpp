// A square picture of one face of a frame, with its landmarks drawn.
#pragma once

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga {

// The square around the landmarks with a margin, or without them (nullptr) the whole frame, scaled
// to `size_px`. Light grey where the square reaches beyond the frame. `frame`: BGR, not empty.
// `landmarks`: px of the frame, any finite numbers. `size_px`: 1 or more.
Image face_tile(ImageView frame, const Landmarks* landmarks, int size_px);

}  // namespace auriga
