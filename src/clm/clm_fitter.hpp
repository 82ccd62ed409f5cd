// Fits a constrained local model to a face of a picture (spec clnf.md sections 4-6).
#pragma once

#include <memory>

#include "auriga/image.hpp"

#include "base/grey_view.hpp"
#include "clm/clm_model.hpp"
#include "clm/clm_state.hpp"
#include "validation/validator.hpp"

namespace auriga {

// What follows the fit of the whole.
struct ClmConclusion {
  bool refine_parts = true;
  bool validate = true;                   // only with a validator
  float boundary = Validator::kBoundary;  // success takes a certainty above it; 0 to below 1
};

// Functions from a state to a state, and the workspace that they need. Any number of fitters on any
// threads share one model; one fitter serves any number of faces in turn, which do not influence
// each other: all that is known of a face is in its ClmState. Not thread-safe: one object per
// thread. Once every window size has been seen, nothing is allocated per call as long as states are
// moved.
//
// One thing is kept from call to call, as in the reference: the mean-shift kernel of a window size
// is that of the first sigma that meets it. Faces that are fitted with other settings therefore
// want a fitter of their own.
class ClmFitter {
 public:
  // `validator` may be null: then nothing is validated. It must outlive this object and may serve
  // several in turn.
  ClmFitter(std::shared_ptr<const ClmModel> model, Validator* validator);
  ~ClmFitter();
  ClmFitter(ClmFitter&&) noexcept;
  ClmFitter& operator=(ClmFitter&&) noexcept;

  const ClmModel& model() const;

  // Fits the whole, from where it is in `from`: pose, modes, landmarks and likelihoods. The verdict
  // is whether that was possible: no success, certainty 0, when the face is too small (scale below
  // 0.25), has no extent or is far from any picture; otherwise certainty 1. Parts stay. `grey`: 8
  // bits, 1 channel, any size. Throws Error(model) when a table of the experts, made on first use,
  // cannot be made.
  ClmState fit(GreyView grey, const ClmSettings& settings, const ClmWindows& windows,
               ClmState from);

  // The parts of a fitted whole, and the verdict: the certainty is 0 when the fit failed, otherwise
  // the validator's, or 1 without. Throws as fit() does.
  ClmState conclude(GreyView grey, const ClmConclusion& conclusion, ClmState fitted);

  // One detection step: both.
  ClmState detect(GreyView grey, const ClmSettings& settings, const ClmWindows& windows,
                  const ClmConclusion& conclusion, ClmState from);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
