// Grey pictures as the reference makes them (spec primitives.md section 4).
#pragma once

#include "auriga/image.hpp"

namespace auriga {

// (3735 B + 19235 G + 9798 R + 16384) >> 15 per pixel; a picture of one channel is copied.
// `image`: 1 or 3 channels. `grey` gets the same size and one channel; allocates only while it
// grows. Thread-safe.
void to_grey(ImageView image, Image& grey);
// The same into a place of a grey picture in which it has room, the top left corner at (x, y).
void to_grey(ImageView image, Image& grey, int x, int y);

}  // namespace auriga
