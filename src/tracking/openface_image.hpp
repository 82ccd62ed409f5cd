// Landmarks of the faces of a still picture, as OpenFace finds them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "clm/clm_fitter.hpp"
#include "tracking/openface_options.hpp"
#include "tracking/openface_start.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// Spec tracking.md section 5. No face influences another. Not thread-safe: one object per thread.
class OpenFaceImage {
 public:
  // As OpenFaceTracker's.
  OpenFaceImage(std::shared_ptr<const ClmModel> model, Validator* validator,
                const OpenFaceOptions& options = {});

  // One entry per box, in their order, which is also the id; success is false where the landmarks
  // failed. `bgr`: 3 channels, any size. `boxes`: jaw outline to jaw outline, brows to chin, px.
  // Valid until the next call. Adds its time to `clock`.
  std::span<const TrackedFace> faces(ImageView bgr, std::span<const FaceBox> boxes,
                                     StageClock& clock);

 private:
  ClmFitter fitter_;
  OpenFaceOptions options_;
  OpenFaceStart<ClmFitter> start_;
  ClmState state_;
  Image grey_;
  std::vector<TrackedFace> faces_;
};

}  // namespace auriga
