// A face's grey levels at fixed places of the face, whatever its pose: what is compared to know the
// same face again.
#pragma once

#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "media/picture.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// In the order of FacePatchSampler's places, padded to a multiple of 8. The plane a + b x + c y
// that fits the grey levels best is taken away, and with it the light and most of its direction.
struct FacePatch {
  std::vector<float> grey;    // 0 where the place lies outside of the frame, and in the padding
  std::vector<float> inside;  // 1, or 0 where it does
  float inside_share = 0;     // of the places
};

// Correlation coefficient (NCC) of two patches over the places that both have, -1..1: light and
// contrast of the whole face do not change it. 0 when one of them is flat (standard deviation below
// 2 grey levels) or less than a third of its places are inside. Allocates nothing.
float correlation(const FacePatch& a, const FacePatch& b);

// Moves `average` by `rate` (0..1) towards `patch`. Where only one of them is inside its grey level
// holds. Allocates nothing.
void blend(const FacePatch& patch, float rate, FacePatch& average);

// Samples FacePatches. The places are a square grid on the mean shape, between brows and jaw. They
// follow the landmarks through a thin-plate spline, which takes out turns of the head and most of
// the expression and is linear in the landmarks:
//   places = weights * landmarks, with weights that depend on the model only.
//
// Immutable: any number of threads may share one.
class FacePatchSampler {
 public:
  // `model`: of 68 points in iBUG order.
  explicit FacePatchSampler(const ShapeModel& model);

  int places() const { return static_cast<int>(x_.size()); }
  // On the mean shape, whose width is 1.
  Point2 place(int k) const {
    return {x_[static_cast<std::size_t>(k)], y_[static_cast<std::size_t>(k)]};
  }
  // Of the mean shape, in the same unit.
  const Landmarks& mean_landmarks() const { return mean_landmarks_; }

  // `bgr`: 3 channels, any size. Allocates only when `patch` is new.
  void sample(const Picture& bgr, const Landmarks& landmarks, FacePatch& patch) const;

 private:
  // Which places can be sampled: the cell of a place reaches `around` to each side of it, px.
  struct Reach {
    float around = 0, last_x = 0, last_y = 0;

    bool holds(float x, float y) const {
      return x >= around && y >= around && x < last_x && y < last_y;
    }
  };

  // Where the places are in the picture, px: x in `patch.grey`, y in `patch.inside`.
  void place_body(const Landmarks& landmarks, FacePatch& patch) const;
  Region region_of(const Reach& reach, const FacePatch& places, const Picture& bgr) const;
  // Levels of a patch that has where its places are.
  void sample_body(ImageView bgr, const Reach& reach, FacePatch& patch) const;

  std::vector<float> weights_;  // [landmark][place], padded as FacePatch is
  std::vector<float> x_, y_;    // of the places on the mean shape, its width being 1
  Landmarks mean_landmarks_;
};

}  // namespace auriga
