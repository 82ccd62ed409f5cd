// All that the pipeline says about one face in one frame, apart from its action units.
#pragma once

#include <array>
#include <cstdint>

#include "auriga/face.hpp"

namespace auriga {

struct FrameResult {
  std::int64_t frame = 0;  // 0-based count of decoded frames; tables print it from 1
  int face_id = 0;  // stable id of the tracked face; in image mode the index of the detection
  double timestamp_s = 0;  // presentation time since the start of the stream
  double confidence = 0;   // 0..1
  bool success = false;  // the face is followed; false: the fields below are the last known or zero
  Landmarks landmarks;
  ShapeFit shape;
  HeadPose pose;
  std::array<std::array<float, kLandmarks>, 3> landmarks_3d_mm{};  // X, Y, Z in camera coordinates
  // Zero unless the landmarker finds eyes (Setup::has_gaze).
  Gaze gaze;
  EyeLandmarks eyes;
};

}  // namespace auriga
