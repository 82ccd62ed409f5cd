// How OpenFace's drivers use a landmark model (spec tracking.md section 1).
#pragma once

#include <string_view>

#include "clm/clm_model.hpp"
#include "validation/validator.hpp"

namespace auriga {

// The defaults are OpenFace's for CLM and CLNF; see adapt_to_model().
struct OpenFaceOptions {
  ClmSettings fit;
  ClmWindows first_windows{11, 9, 7, 5};  // on a detected face, and after a frame that failed
  ClmWindows follow_windows{0, 9, 7, 0};  // after a frame that succeeded
  bool refine_parts = true;
  bool validate = true;                              // if there is a validator
  float validation_boundary = Validator::kBoundary;  // success takes a certainty above it, 0..1
  // Try 11 rotations of the head on a picture. A video always does when it begins with a face.
  bool multi_view = false;
  // While the face is lost the detector runs on the 1st and then on every n-th frame, and before
  // there is any on the 1st and then on every 6n-th. Negative: the detector is not asked for a lost
  // face.
  int reinit_every = 2;
  // OpenFace forgets the shapes of all but the last rotation when it continues the three best, and
  // reports success and certainty of the run that ended last instead of the one that it keeps (only
  // models with early termination, CE-CLM). True: keep the shapes, report the run that is kept.
  bool repair_hypotheses = false;
};

// OpenFace's preset `-wild`, for difficult pictures.
OpenFaceOptions wild_options();

// OpenFace's last step, after all options of the user: sigma * 1.5 and regularisation * 0.9 for the
// CE-CLM model, which it knows by the stem of its main file, main_ceclm_general.
void adapt_to_model(std::string_view stem, OpenFaceOptions& options);

// Throws Error(usage) for values that cannot be computed with.
void check(const OpenFaceOptions& options);

// Throws Error(model) unless the model is one of a whole face, 68 points and at most 34 modes,
// which is what action units, head pose and tables are made for.
void require_face_model(const ClmModel& model);

}  // namespace auriga
