// A face that is nobody's: the mean of rendered ones, brought to one shape.
#pragma once

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga {

// A picture of some thirty pixels across, BGR, and where its landmarks are.
Image mean_face_picture();
Landmarks mean_face_landmarks();

}  // namespace auriga
