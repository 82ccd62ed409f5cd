// What tracking says about the followed face in one frame.
#pragma once

#include "auriga/face.hpp"

namespace auriga {

struct TrackedFace {
  bool success =
      false;  // the face is followed in this frame: confidence above the tracker's threshold
  double confidence = 0;  // 0..1; 0.5 separates followed from lost
  Landmarks landmarks;    // where success is false: the last known ones, 0 before the first face
  ShapeFit shape;         // fitted to `landmarks` (CalcParams)
  bool detector_ran = false;  // the face detector looked at this frame
};

}  // namespace auriga
