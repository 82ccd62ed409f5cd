// What is computed of frames and faces.
#pragma once

namespace auriga {

// What somebody needs of the frames; what nobody needs is not computed.
struct Needs {
  bool fhog = false;         // FaceRow::fhog
  bool aligned = false;      // FaceRow::aligned
  bool mesh = false;         // FaceRow::mesh
  bool blendshapes = false;  // FaceRow::blendshapes
  bool gaze = false;         // FrameResult::gaze and eyes
  bool picture = false;      // the frame's picture, once its faces are known
  bool units_now = false;    // FaceRow::intensities and presences of every frame
  bool sides = false;        // FinalUnits::sides

  friend Needs operator|(const Needs& a, const Needs& b) {
    return {a.fhog || b.fhog,           a.aligned || b.aligned,
            a.mesh || b.mesh,           a.blendshapes || b.blendshapes,
            a.gaze || b.gaze,           a.picture || b.picture,
            a.units_now || b.units_now, a.sides || b.sides};
  }
  friend bool operator==(const Needs&, const Needs&) = default;
};

}  // namespace auriga
