// What a fitted landmark model says about a face, in the words of the pipeline.
#pragma once

#include <array>

#include "clm/clm_model.hpp"
#include "clm/clm_state.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// The parts of a model that are eyes: the one on the left of the picture first. -1: has none.
std::array<int, 2> eye_parts(const ClmModel& model);

// Landmarks, shape, eyes and certainty of a state of `model`, which must have passed
// require_face_model(). `success`: of the tracking call; `analysable` is the state's own. Id and
// detector_ran are left as they are. Does not allocate.
void read_face(const ClmModel& model, const ClmState& state, bool success, TrackedFace& face);

}  // namespace auriga
