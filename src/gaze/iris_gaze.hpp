// Eye landmarks in space and the direction of gaze from the irises of the face mesh.
#pragma once

#include <array>

#include "auriga/face.hpp"

namespace auriga {

struct Eyes {
  EyeLandmarks landmarks;
  Gaze gaze;
};

// The columns that OpenFace has for its eye models (spec gaze.md), told from the mesh: the iris
// outline as 8 points, the lids as 12, the pupil outline as 8 points of a circle within the iris.
// `landmarks_mm`: the 68 landmarks in camera coordinates. All zero where the result would not be
// finite. Does not allocate; any thread may call it.
Eyes eyes_of_mesh(const FaceMesh& mesh,
                  const std::array<std::array<float, kLandmarks>, 3>& landmarks_mm,
                  const HeadPose& pose, const Camera& camera);

}  // namespace auriga
