// State of the fit of a constrained local model.
#pragma once

#include <vector>

#include "shape/shape_model.hpp"

namespace auriga {

// Where a model stands: the start of the next fit, and its result.
struct ClmState {
  ShapePose pose;
  std::vector<float> modes;                 // m weights of the shape model
  std::vector<float> landmarks;             // n x, then n y, px
  std::vector<float> landmark_likelihoods;  // n
  float likelihood = -10;                   // mean of the logarithms over the visible landmarks
  int view = 0;                             // of the head, at the last scale that was fitted
};

}  // namespace auriga
