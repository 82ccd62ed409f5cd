// The inner loops of the patch experts. Single precision; the same bits on every instruction set;
// nothing allocates, except where said.
//
// All experts compare patches that are freed of their mean and scaled to norm 1 with templates.
// With a template t freed of its mean and any patch I, t . (I - mean I) / |I - mean I| = (t . I) /
// |I - mean I|: one correlation with the area as it is, and one factor per place.
#pragma once

#include <span>
#include <vector>

#include "base/simd.hpp"
#include "clm/patch_experts.hpp"

namespace auriga {

inline constexpr int kPatchPixels = kPatchSize * kPatchSize;

// Places (positions in a response map, row-major) are handled in blocks of so many.
inline constexpr int kPlaceBlock = 16;
constexpr int padded_places(int places) {
  return (places + kPlaceBlock - 1) / kPlaceBlock * kPlaceBlock;
}

// A matrix whose rows are correlated with an input, in the order in which correlate() reads it.
class WeightRows {
 public:
  WeightRows() = default;
  WeightRows(int rows, int taps);  // zeros; allocates
  int rows() const { return rows_; }
  int taps() const { return taps_; }
  void set(int row, int tap, float value);
  // Of each row what set_template() makes of it.
  void free_rows_of_mean();

  static constexpr int kGroup = 7;  // rows whose sums fit into the registers together
  const float* group(int first_row) const {
    return values_.data() + static_cast<std::size_t>(first_row) * taps_;
  }

 private:
  int rows_ = 0, taps_ = 0;
  std::vector<float> values_;  // per group of rows: tap by tap
};

// values - mean, summed and rounded as in set_template(). `out`: as many floats.
void free_of_mean(std::span<const float> values, float* out);

// Sets a row to a template (121 values, row-major), freed of its mean. Returns the template's norm
// after that.
double set_template(WeightRows& weights, int row, std::span<const float> values);

// out[r * places + p] = sum_t weights[r][t] input[offsets[t] + p]; `places` is a multiple of
// kPlaceBlock.
void correlate(const WeightRows& weights, const float* input, const int* offsets, int places,
               float* out);

// Copies an area so that places are contiguous: column dx of all patches begins at planes[dx *
// plane_floats(window)], and the pixel (dy, dx) of the patch at place p lies at dy * window + p.
void spread_area(const float* area, int window, float* planes);
constexpr int plane_floats(int window) {
  return (window + kPatchSize - 1) * window + 2 * kPlaceBlock;
}
// Offsets of the 121 pixels of a patch (row-major) for correlate().
void plane_offsets(int window, int* offsets);

// 1 / |patch - mean| for every place of an area (row-major), 0 for a patch without contrast.
void inverse_norms(const float* area, int window, float* out);

// e^x to 2e-7 of its value, for x from -87 to 88; beyond that the value at the end of the range.
// The remainder of x to the next multiple of ln 2 goes into the Taylor polynomial of degree 7,
// whose error there is below 2^-27.
template <typename W>
AURIGA_INLINE typename W::f32 exponential(typename W::f32 x) {
  using V = typename W::f32;
  using Bits = typename W::u32;
  x = x > -87 ? x : -87 + V{};
  x = x < 88 ? x : 88 + V{};
  constexpr float kRound = 12582912;  // 1.5 2^23: what is added to it is rounded to whole numbers
  const V shifted = x * 1.44269504f + kRound;
  const V n = shifted - kRound;
  // ln 2 in two parts, so that the products with n are exact.
  const V r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  V sum = 1.0f / 5040 * r + 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r * r + r + 1;
  return reinterpret_cast<V>((reinterpret_cast<Bits>(shifted) << 23) + reinterpret_cast<Bits>(sum));
}

}  // namespace auriga
