// Fits one model, a whole face or a part, to a picture: scale by scale, each first the pose alone
// and then with the modes (spec clnf.md section 4).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "auriga/image.hpp"

#include "base/grey_view.hpp"
#include "clm/clm_model.hpp"
#include "clm/clm_state.hpp"
#include "clm/mean_shift.hpp"
#include "clm/nu_rlms.hpp"

namespace auriga {

// The settings for one scale, whose experts were trained at `training_scale`. Unchanged unless
// adapt_to_scale.
ClmSettings settings_at_scale(const ClmSettings& settings, double training_scale);

// One per thread and face: it owns the workspace, so that fit() does not allocate once it has seen
// every window size. The model is shared and must outlive it.
class MultiScaleFit {
 public:
  explicit MultiScaleFit(const ClmModel& model);

  // From `state` on and into it. `grey`: 8 bits, 1 channel, any size. False when the face is too
  // small, has no extent or is far from any picture; in the last case, where the reference would go
  // on with what is not a number, the state becomes that of a model that has seen nothing.
  bool fit(GreyView grey, const ClmSettings& settings, const ClmWindows& windows, ClmShape& state,
           PatchWorkspace& workspace);

  // Sets the landmarks to the picture of the model.
  void project_state(ClmShape& state);

 private:
  bool fit_scale(GreyView grey, const ClmSettings& settings, std::size_t scale, int window,
                 bool last, ClmShape& state, PatchWorkspace& workspace);
  void project_shape(const ClmShape& state, const ShapePose& pose, std::span<float> points);
  const MeanShiftKernel& kernel(int window, float sigma);
  void record_likelihood(const PatchExperts& experts, int window, float sigma, ClmShape& state);

  const ClmModel& model_;
  NuRlms optimiser_;
  // The first sigma that a window size meets stays for good, as in the reference.
  std::array<std::optional<MeanShiftKernel>, kMostWindow + 1> kernels_;
  std::vector<float> shape_;      // S(modes)
  std::vector<float> base_;       // its picture, where the maps are made
  std::vector<float> reference_;  // its picture as the experts know it
  std::vector<float> responses_, weights_;
};

}  // namespace auriga
