// All that is told about one face in one frame.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga {

// What is measured on a face, apart from its action units.
struct FrameResult {
  std::int64_t frame = 0;  // 0-based count of decoded frames; tables print it from 1
  int face_id = 0;  // stable id of the followed face; in still pictures the index of the detection
  double timestamp_s = 0;  // presentation time since the start of the stream
  // 0..1: probability that the landmarks are right; with CLNF and CE-CLM the validator's certainty.
  double confidence = 0;
  bool success = false;  // the face is followed; false: the fields below are the last known or zero
  Landmarks landmarks;
  ShapeFit shape;
  Camera camera;  // of a frame of this size; pose, 3-D landmarks and gaze refer to it
  HeadPose pose;
  std::array<std::array<float, kLandmarks>, 3> landmarks_3d_mm{};  // X, Y, Z in camera coordinates
  // Zero unless the landmarker finds eyes (Setup::has_gaze) and Needs::gaze is set.
  Gaze gaze;
  EyeLandmarks eyes;
};

// A row: one face in one frame. The views are valid until the session or the owner that gave the
// row is used again.
struct FaceRow {
  const FrameResult& result;
  // As known now, in the order of UnitNames: intensities 0..5, presences 0 or 1. In a video they
  // are not final (FinalUnits), and they are empty unless Needs::units_now; zero where there is no
  // success.
  std::span<const double> intensities, presences;
  std::span<const float> fhog;  // 4464: cell row, cell column, channel; zero where the landmarks
                                // were not good enough for action units; empty unless Needs::fhog
  ImageView aligned;            // 112 x 112 BGR, masked, or as CropOptions say; black as above;
                                // empty unless Needs::aligned
  const FaceMesh* mesh = nullptr;  // null: none (the landmarker finds none, no success)
  // Null: none (no mesh, no network for them: Setup::has_blendshapes); null unless
  // Needs::blendshapes.
  const Blendshapes* blendshapes = nullptr;
};

}  // namespace auriga
