// Puts a landmark model on a detected face (spec tracking.md sections 5-7).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "clm/clm.hpp"
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

// The verdict on the last detection step, by the boundary of the options.
template <typename Model>
bool judge(Model& model, const OpenFaceOptions& options) {
  model.set_verdict(model.certainty() > options.validation_boundary, model.certainty());
  return model.success();
}

// Image mode. `Model` is Clm; a template so that the choices can be tested with a model whose
// likelihoods are written down. Not thread-safe; allocates nothing after the first face.
template <typename Model>
class OpenFaceStart {
 public:
  // `options` must have passed check(). Leaves the result in `model`, its verdict included, and
  // returns what OpenFace returns: with early termination the success of the last run, not of the
  // one that is kept. `grey`: 8 bits, 1 channel. Nothing of the model's state but its caches is
  // used.
  bool operator()(Model& model, ImageView grey, const FaceBox& box, const OpenFaceOptions& options,
                  bool multi_view) {
    const std::span<const EulerAngles> rotations(kStartRotations.data(),
                                                 multi_view ? kStartRotations.size() : 1);
    return model.model().early_termination ? stop_early(model, grey, box, options, rotations)
                                           : try_all(model, grey, box, options, rotations);
  }

 private:
  struct Hypothesis {
    float score;  // the likelihood, made comparable between views
    ShapePose pose;
    std::vector<float> modes;
  };

  static void forget_parts(Model& model) {
    for (ClmState& part : model.parts()) std::fill(part.modes.begin(), part.modes.end(), 0.0f);
  }

  static void place(Model& model, const FaceBox& box, const EulerAngles& rotation) {
    ClmState& state = model.state();
    std::fill(state.modes.begin(), state.modes.end(), 0.0f);
    state.pose =
        pose_from_box(model.model().pdm.mean, ShapeBox{box.x, box.y, box.w, box.h}, rotation);
    forget_parts(model);
  }

  // OpenFace runs all hypotheses to their ends. The likelihood does not depend on parts and
  // validation, so these wait for the winner.
  bool try_all(Model& model, ImageView grey, const FaceBox& box, const OpenFaceOptions& options,
               std::span<const EulerAngles> rotations) {
    bool fitted = false;
    for (std::size_t h = 0; h < rotations.size(); ++h) {
      place(model, box, rotations[h]);
      const bool done = model.fit(grey, options.fit, options.first_windows);
      if (h > 0 && !(model.state().likelihood > best_.likelihood)) continue;
      best_ = model.state();
      fitted = done;
    }
    model.state() = best_;
    model.conclude(grey, fitted, {options.first_windows, options.refine_parts, options.validate});
    return judge(model, options);
  }

  bool stop_early(Model& model, ImageView grey, const FaceBox& box, const OpenFaceOptions& options,
                  std::span<const EulerAngles> rotations) {
    const EarlyTermination& table = *model.model().early_termination;
    ClmWindows first_scale{}, other_scales = options.first_windows;
    first_scale[0] = other_scales[0];
    other_scales[0] = 0;
    const ClmSettings& fit = options.fit;
    const typename Model::Step finish{other_scales, options.refine_parts, options.validate};

    hypotheses_.resize(rotations.size());
    for (std::size_t h = 0; h < rotations.size(); ++h) {
      place(model, box, rotations[h]);
      model.detect(grey, fit, {first_scale, false, false});
      const ClmState& state = model.state();
      const std::size_t view = static_cast<std::size_t>(state.view);
      const double score = state.likelihood * table.weights[view] + table.biases[view];
      if (score > table.cutoffs[view]) {
        model.detect(grey, fit, finish);
        return judge(model, options);
      }
      hypotheses_[h].score = static_cast<float>(score);
      hypotheses_[h].pose = state.pose;
      hypotheses_[h].modes = state.modes;
      // OpenFace keeps only a reference to the modes, which the next hypothesis sets to zero.
      if (!options.repair_hypotheses && h + 1 < rotations.size())
        std::fill(hypotheses_[h].modes.begin(), hypotheses_[h].modes.end(), 0.0f);
    }

    std::sort(hypotheses_.begin(), hypotheses_.end(),
              [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
    bool success = false, best_success = false;
    float best_certainty = 0;
    for (std::size_t k = 0; k < std::min<std::size_t>(3, hypotheses_.size()); ++k) {
      model.state().pose = hypotheses_[k].pose;
      model.state().modes = hypotheses_[k].modes;
      forget_parts(model);
      model.detect(grey, fit, finish);
      success = judge(model, options);
      if (k > 0 && !(model.state().likelihood > best_.likelihood)) continue;
      best_ = model.state();
      best_parts_.assign(model.parts().begin(), model.parts().end());
      best_success = success;
      best_certainty = model.certainty();
    }
    if (!options.repair_hypotheses) {  // what OpenFace leaves, and returns, of the last run
      best_certainty = model.certainty();
      for (std::size_t i = 0; i < best_parts_.size(); ++i)
        best_parts_[i].likelihood = model.parts()[i].likelihood;
    }
    model.state() = best_;
    std::copy(best_parts_.begin(), best_parts_.end(), model.parts().begin());
    model.set_verdict(best_success, best_certainty);
    return options.repair_hypotheses ? best_success : success;
  }

  ClmState best_;
  std::vector<ClmState> best_parts_;
  std::vector<Hypothesis> hypotheses_;
};

}  // namespace auriga
