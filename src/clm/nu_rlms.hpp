// Non-uniform regularised landmark mean shift: moves a shape model to where the responses of its
// patch experts are high (spec clnf.md section 5).
//
// Every iteration solves
//
//   (J^T W J + L) d = J^T W v - L p
//
// J: derivatives of the projected points by the parameters; v: mean-shift vectors, px; W: weights
// of the landmarks; L: regularisation / variance for the modes p, 0 for the pose. The step is taken
// whole, then p is limited to three standard deviations.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "clm/mean_shift.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// What is climbed: response maps around the n points where the shape was when they were computed.
struct ResponseMaps {
  // n blocks of window x window, row-major, then kResponseMargin floats; finite. Centres of the
  // blocks are the points of `base`.
  std::span<const float> values;
  std::span<const std::uint8_t> visible;  // n; 0: this point is not in the sum
  std::span<const float> weights;         // n; or empty: all 1
  std::span<const float> base;            // n x, then n y, px of the picture
  // 2 x 2, row-major: offsets in the picture to offsets in the maps, and back.
  std::array<float, 4> to_map, to_picture;
};

// One per thread: it owns the workspace, so that climb() does not allocate. The model is shared and
// must outlive it.
class NuRlms {
 public:
  explicit NuRlms(const ShapeModel& model);
  explicit NuRlms(ShapeModel&&) = delete;

  enum class Pass { rigid, all };  // the pose alone, or with the modes
  // At most `iterations`; fewer when all points together move less than 0.01 px. Numbers stay
  // finite when they are at the start: a step beyond 1e7 px or to no number is not taken and ends
  // the pass.
  void climb(const ResponseMaps& maps, const MeanShiftKernel& kernel, Pass pass, int iterations,
             float regularisation, ShapePose& pose, std::span<float> modes);

  // Where the points were in their maps before the last step of the last climb(): n x, then n y,
  // response px, not limited to the maps; the middle where no step was taken. Those of invisible
  // points mean nothing.
  std::span<const float> positions() const { return positions_; }

 private:
  void build_jacobian(const ResponseMaps& maps, Pass pass, const ShapePose& pose);
  bool step(Pass pass, float regularisation, ShapePose& pose, std::span<float> modes);

  const ShapeModel& model_;
  int stride_;                      // of a row of the Jacobian
  std::vector<float> shape_;        // S(p)
  std::vector<float> points_;       // projected
  std::vector<float> last_points_;  // one iteration before
  std::vector<float> positions_;
  std::vector<float> motion_;             // v: x, y of every visible point in turn
  std::vector<float> jacobian_;           // two rows per visible point: of x, of y
  std::vector<float> weighted_jacobian_;  // W J
  std::vector<float> gradient_;           // J^T W v
  std::vector<float> system_;             // [H | b]
  std::vector<float> step_, last_modes_;
  int rows_ = 0;
  bool weighted_ = false;
};

// left^T right for two matrices of `rows` rows, `stride` floats apart: the 8 x 8 blocks on and
// above the diagonal of the first `n` x `n` values (n a multiple of 8), to h with `h_stride`.
// Single precision, the same bits on every instruction set.
void normal_matrix(const float* left, const float* right, int rows, int stride, int n, float* h,
                   int h_stride);

}  // namespace auriga
