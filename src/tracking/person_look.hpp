// What somebody looks like in one frame, to be known again in another one.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "auriga/image.hpp"

#include "appearance/face_aligner.hpp"
#include "media/picture.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/shape_model.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

struct PersonLook {
  // FHOG of the aligned face, less its mean, of length 1: shape of the features and how they stand
  // to each other; light changes little of it.
  std::vector<float> face;
  // Colours on a grid around the face, upright and in units of its size: hair, clothes, what is
  // behind. B, G, R of each place; negative outside of the frame.
  std::vector<float> around;
  float pitch_rad = 0, yaw_rad = 0;
};

// How much two looks speak for one person:  r(face) + 0.7 r(around), r being correlations. Between
// frames of one person 1.0 to 1.65 unless they look elsewhere, between people in rooms of their own
// below 1.1, between people before the same wall below 1.5.
float likeness(const PersonLook& a, const PersonLook& b);
// r(face) alone.
float face_likeness(const PersonLook& a, const PersonLook& b);

// Angle between the directions in which the faces point, rad.
float turn(const PersonLook& a, const PersonLook& b);

// Not thread-safe: one object per thread. About 1 ms per look.
class PersonLooker {
 public:
  // Of 68 points in iBUG order. `model` must outlive this object. Throws Error(model) as
  // FaceAligner does.
  PersonLooker(const Pdm& pdm, std::vector<Triangle> triangles, const ShapeModel& model);

  // `bgr`: 3 channels, any size. False, with `look` unspecified, when the landmarks are no face.
  bool look(const Picture& bgr, const TrackedFace& face, PersonLook& look);

 private:
  FaceAligner aligner_;
  ShapeFitter fitter_;
  Image aligned_;
};

}  // namespace auriga
