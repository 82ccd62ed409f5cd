// Puts a landmark model on a detected face (spec tracking.md sections 5-7).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/grey_view.hpp"
#include "clm/clm_fitter.hpp"
#include "shape/shape_model.hpp"
#include "tracking/openface_options.hpp"

namespace auriga {

// Rotations of the head to begin with, in OpenFace's order; the first alone without multi-view.
inline constexpr std::array<EulerAngles, 11> kStartRotations{{{0, 0, 0},
                                                              {0, -0.5236f, 0},
                                                              {0, 0.5236f, 0},
                                                              {0, -0.96f, 0},
                                                              {0, 0.96f, 0},
                                                              {0, 0, 0.5236f},
                                                              {0, 0, -0.5236f},
                                                              {0, -1.57f, 0},
                                                              {0, 1.57f, 0},
                                                              {0, -1.22f, 0.698f},
                                                              {0, 1.22f, -0.698f}}};

// How a fit is concluded.
inline ClmConclusion conclusion_of(const OpenFaceOptions& options) {
  return {options.refine_parts, options.validate, options.validation_boundary};
}

// `state` before a fit that knows nothing but where the face is: the mean shape on the box, with
// the head turned by `rotation`. Parts stay.
inline ClmState put_on_box(const ClmModel& model, const FaceBox& box, const EulerAngles& rotation,
                           ClmState state) {
  std::fill(state.whole.modes.begin(), state.whole.modes.end(), 0.0f);
  state.whole.pose = pose_from_box(model.pdm.mean, {box.x, box.y, box.w, box.h}, rotation);
  return state;
}

// Image mode. `Fitter` is ClmFitter; a template so that the choices can be tested with a fitter
// whose likelihoods are written down. Holds buffers only. Not thread-safe; allocates nothing after
// the first face.
template <typename Fitter>
class OpenFaceStart {
 public:
  struct Result {
    ClmState state;
    // What OpenFace returns: with early termination that of the last run, not of the one that is
    // kept, which is state.success.
    bool success;
  };

  // `options` must have passed check(). `grey`: 8 bits, 1 channel. Of `from` nothing is used but
  // what a fit that fails at once leaves as it was: likelihoods, view and, of the parts, all but
  // the modes.
  Result operator()(Fitter& fitter, GreyView grey, const FaceBox& box,
                    const OpenFaceOptions& options, bool multi_view, ClmState from) {
    const std::span<const EulerAngles> rotations(kStartRotations.data(),
                                                 multi_view ? kStartRotations.size() : 1);
    return fitter.model().early_termination
               ? stop_early(fitter, grey, box, options, rotations, std::move(from))
               : try_all(fitter, grey, box, options, rotations, std::move(from));
  }

 private:
  struct Hypothesis {
    float score;  // the likelihood, made comparable between views
    ShapePose pose;
    std::vector<float> modes;
  };

  static void forget_parts(ClmState& state) {
    for (ClmShape& part : state.parts) std::fill(part.modes.begin(), part.modes.end(), 0.0f);
  }

  static ClmState place(const ClmModel& model, const FaceBox& box, const EulerAngles& rotation,
                        ClmState state) {
    forget_parts(state);
    return put_on_box(model, box, rotation, std::move(state));
  }

  // OpenFace runs all hypotheses to their ends. The likelihood does not depend on parts and
  // validation, so these wait for the winner.
  Result try_all(Fitter& fitter, GreyView grey, const FaceBox& box, const OpenFaceOptions& options,
                 std::span<const EulerAngles> rotations, ClmState state) {
    for (std::size_t h = 0; h < rotations.size(); ++h) {
      state = fitter.fit(grey, options.fit, options.first_windows,
                         place(fitter.model(), box, rotations[h], std::move(state)));
      if (h == 0 || state.whole.likelihood > best_.whole.likelihood) best_ = state;
    }
    std::swap(state, best_);
    state = fitter.conclude(grey, conclusion_of(options), std::move(state));
    const bool success = state.success;
    return {std::move(state), success};
  }

  Result stop_early(Fitter& fitter, GreyView grey, const FaceBox& box,
                    const OpenFaceOptions& options, std::span<const EulerAngles> rotations,
                    ClmState state) {
    const EarlyTermination& table = *fitter.model().early_termination;
    ClmWindows first_scale{}, other_scales = options.first_windows;
    first_scale[0] = other_scales[0];
    other_scales[0] = 0;
    const auto finish = [&](ClmState begun) {
      return fitter.detect(grey, options.fit, other_scales, conclusion_of(options),
                           std::move(begun));
    };

    hypotheses_.resize(rotations.size());
    for (std::size_t h = 0; h < rotations.size(); ++h) {
      state = fitter.fit(grey, options.fit, first_scale,
                         place(fitter.model(), box, rotations[h], std::move(state)));
      const ClmShape& whole = state.whole;
      const std::size_t view = static_cast<std::size_t>(whole.view);
      const double score = whole.likelihood * table.weights[view] + table.biases[view];
      if (score > table.cutoffs[view]) {
        state = finish(std::move(state));
        const bool success = state.success;
        return {std::move(state), success};
      }
      hypotheses_[h].score = static_cast<float>(score);
      hypotheses_[h].pose = whole.pose;
      hypotheses_[h].modes = whole.modes;
      // OpenFace keeps only a reference to the modes, which the next hypothesis sets to zero.
      if (!options.repair_hypotheses && h + 1 < rotations.size())
        std::fill(hypotheses_[h].modes.begin(), hypotheses_[h].modes.end(), 0.0f);
    }

    std::sort(hypotheses_.begin(), hypotheses_.end(),
              [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
    for (std::size_t k = 0; k < std::min<std::size_t>(3, hypotheses_.size()); ++k) {
      state.whole.pose = hypotheses_[k].pose;
      state.whole.modes = hypotheses_[k].modes;
      forget_parts(state);
      state = finish(std::move(state));
      if (k == 0 || state.whole.likelihood > best_.whole.likelihood) best_ = state;
    }
    std::swap(state, best_);
    const ClmState& last = best_;
    if (options.repair_hypotheses) {
      const bool success = state.success;
      return {std::move(state), success};
    }
    // What OpenFace leaves, and returns, of the last run.
    state.certainty = last.certainty;
    for (std::size_t i = 0; i < state.parts.size(); ++i)
      state.parts[i].likelihood = last.parts[i].likelihood;
    return {std::move(state), last.success};
  }

  ClmState best_;
  std::vector<Hypothesis> hypotheses_;
};

}  // namespace auriga
