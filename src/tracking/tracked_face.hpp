// What tracking says about a face in one frame.
#pragma once

#include <array>
#include <optional>

#include "auriga/face.hpp"

#include "gaze/eye_fit.hpp"

namespace auriga {

struct TrackedFace {
  int id = 0;  // stable while the face is followed
  bool success =
      false;  // the face is followed in this frame: what the table says, and whether gaze is told
  // The landmarks are good enough for action units. The same as `success`, but for the quirks of
  // OpenFace's tracker.
  bool analysable = false;
  double confidence = 0;  // 0..1; on which scale depends on the tracker
  // Probability that the landmarks are right, of trackers over a Landmarker: what becomes their
  // confidence in the end (landmark_confidence.hpp).
  double right = 0;
  // Where success is false: the last known ones, 0 before the first face, or those that were found
  // and are not to be trusted.
  Landmarks landmarks;
  ShapeFit shape;                    // the tracker's own
  bool shape_is_calc_params = true;  // `shape` is the fit of ShapeFitter to `landmarks`
  std::array<EyeFit, 2> eyes{};      // the one on the left of the picture first; 0 without eyes
  std::optional<FaceMesh> mesh;      // in px of the frame, where the landmarker finds one
  bool detector_ran = false;         // the face detector looked at this frame
  int detections = 0;                // faces that it saw, this one included
};

}  // namespace auriga
