// A face detector, as the trackers see it.
#pragma once

#include <functional>
#include <span>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga {

// The faces of a frame (3 channels BGR, any size), by descending score; valid until the next call.
// Boxes for OpenFace's landmark models reach from jaw outline to jaw outline and from the brows to
// the chin, as Mtcnn's do; those for Pfld are RetinaFace's, those for the face mesh BlazeFace's.
using FaceFinder = std::function<std::span<const FaceBox>(ImageView bgr)>;

}  // namespace auriga
