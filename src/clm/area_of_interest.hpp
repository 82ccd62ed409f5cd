// The part of a picture in which a landmark is searched, turned and scaled into the frame of the
// patch experts (spec clnf.md section 3.2, primitives.md section 5).
#pragma once

#include <array>
#include <cstdint>

#include "clm/patch_experts.hpp"

namespace auriga {

// Areas are in units of 1/1024 grey level. Positions are multiples of 1/32 px, so that every value
// is a whole number of these units, at most 255 * 1024: single precision holds it exactly, double
// precision also the sums over a patch of values and of squares. Patch experts do not depend on the
// unit, as they normalise what they see.
inline constexpr float kGreyLevel = 1024;

inline constexpr int kMostSide = kMostWindow + kPatchSize - 1;
// Floats of the buffer that receives an area. What kernels read beyond an area lies within it.
inline constexpr int kAreaFloats = kMostSide * kMostSide + 64;

// Samples the areas of one call of PatchExperts::respond(). Allocates nothing.
class AreaSampler {
 public:
  // `areas` must outlive this object.
  AreaSampler(const SearchAreas& areas, int window);

  int side() const { return side_; }  // window + 10

  // side x side pixels, row-major, without gaps. `area`: kAreaFloats. Pixels beyond the picture are
  // 0, as is all of an area whose place is not finite.
  void sample(int landmark, float* area) const;

 private:
  const SearchAreas& areas_;
  int side_;
  std::array<std::int32_t, kMostSide + 15> across_x_{}, across_y_{};  // of a column, px / 1024
};

// Mirrors an area or a response map of side x side values left to right.
void flip(float* values, int side);

// Subtracts the mean, rounded to a whole number. What patch experts see does not change, but sums
// over a patch lose less precision.
void centre(float* area, int side);

}  // namespace auriga
