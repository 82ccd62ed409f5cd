// How much that which is under the landmarks looks like a face.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "tracking/face_patch.hpp"

namespace auriga {

struct Likeness {
  // Least correlation with a mean face, -1..1: over the left, right, upper and lower half, and over
  // eyes, nose and mouth. One half that is covered is enough to lower the first.
  float halves = 0, parts = 0;
  float contrast = 0;  // ln of the least standard deviation, grey levels >= 1, in eyes, nose, mouth
  // ln of the mean square difference of neighbouring places, a twentieth of the face apart, in
  // twice the variance of all: about -1 for a face in focus, -2.5 for one blurred by a tenth of its
  // width.
  float roughness = kSmooth;
  static constexpr float kSmooth = -4;  // no less
};

// Immutable: any number of threads may share one.
class FaceLikeness {
 public:
  explicit FaceLikeness(const FacePatchSampler& sampler);

  // `patch`: of the same sampler. 0 everywhere where less than a third of it is inside the frame;
  // places outside count for nothing. Allocates nothing.
  Likeness of(const FacePatch& patch) const;

 private:
  static constexpr std::size_t kHalves = 4, kParts = 4;
  struct Agreement {
    float correlation = 0, deviation = 0;  // of the patch, grey levels
  };
  float roughness(const FacePatch& patch) const;
  Agreement agreement(const FacePatch& patch, const std::vector<std::size_t>& region) const;

  FacePatch mean_face_;
  std::array<std::vector<std::size_t>, kHalves + kParts> regions_;  // places
  std::vector<std::array<std::size_t, 2>> neighbours_;              // places
};

}  // namespace auriga
