// What the fit of a constrained local model begins and ends with.
#pragma once

#include <vector>

#include "shape/shape_model.hpp"

namespace auriga {

struct ClmModel;

// Where one shape stands, that of the whole or of a part.
struct ClmShape {
  ShapePose pose;
  std::vector<float> modes;                 // m weights of the shape model
  std::vector<float> landmarks;             // n x, then n y, px
  std::vector<float> landmark_likelihoods;  // n
  float likelihood = -10;                   // mean of the logarithms over the visible landmarks
  int view = 0;                             // of the head, at the last scale that was fitted
};

// Where a model stands: the start of the next fit, and its result. A value: who goes back to an
// earlier one has all of it. Moved, not copied, from fit to fit: then nothing is allocated.
struct ClmState {
  ClmShape whole;
  std::vector<ClmShape> parts;  // in the order of ClmModel::parts
  bool success = false;         // the verdict on the fit
  float certainty = 0;          // that the landmarks are those of a face, 0..1
};

// State of a model that has seen nothing: landmarks and modes 0, pose (1, 0, 0, 0, 0, 0),
// likelihood -10, certainty 0.
ClmState unseen(const ClmModel& model);

// The same for the next face or video: the parts, the view and the likelihoods of the landmarks
// stay those of `before`, as in the reference. Does not allocate when `before` is a state of this
// model.
ClmState unseen(const ClmModel& model, ClmState before);

// Gives `state` the sizes of `model`: what it lacks is 0. Every state can then be gone on from,
// also a default-constructed or moved-from one.
void give_sizes(const ClmModel& model, ClmState& state);

}  // namespace auriga
