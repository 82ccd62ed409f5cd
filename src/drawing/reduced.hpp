// Smaller pictures.
#pragma once

#include "auriga/image.hpp"

namespace auriga {

// `image` at that width, 1 px to its own, and the height that fits: each pixel is the mean of the
// rectangle that it stands for. Grey or BGR, not empty.
Image reduced(ImageView image, int width);

}  // namespace auriga
