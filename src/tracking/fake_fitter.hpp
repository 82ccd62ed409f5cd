// A landmark fitter for tests of OpenFace's drivers: it does what it is told and notes what is
// asked.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "base/grey_view.hpp"
#include "clm/clm_fitter.hpp"
#include "shape/fake_pdm.hpp"

namespace auriga::test {

// The model of a face with one part of three modes, without experts.
struct ScriptedModel : ClmModel {
  ScriptedModel() : ClmModel(pdm_of(kLandmarks, kShapeModes)) {
    parts.emplace_back().model = std::make_shared<ClmModel>(pdm_of(8, 3));
  }

 private:
  static Pdm pdm_of(int points, int modes) {
    std::mt19937 random(5);
    return synthetic_pdm(points, modes, random);
  }
};

class ScriptedFitter {
 public:
  // What the fitter is asked for, with the state that it starts from.
  struct Call {
    enum Kind { fit, conclude, detect } kind;
    ClmWindows windows{};                    // fit() and detect() only
    ClmConclusion conclusion{false, false};  // conclude() and detect() only
    ShapePose pose{};
    float mode = 0, part_mode = 0;  // first weight of the whole and of the part
    float likelihood = 0;
    bool success = false;
  };
  // What comes of it.
  struct Result {
    float likelihood = 0;  // fit() and detect() only
    int view = 0;          // fit() and detect() only
    float certainty = 1;   // conclude() and detect() only
    bool fitted = true;    // fit() only
  };
  using Script = std::function<Result(const Call&)>;

  ScriptedFitter(const ClmModel& model, Script script, std::vector<Call>& calls)
      : model_(&model), script_(std::move(script)), calls_(&calls) {}

  const ClmModel& model() const { return *model_; }

  ClmState fit(GreyView, const ClmSettings&, const ClmWindows& windows, ClmState from) {
    const Result result = ask(Call::fit, windows, {false, false}, from);
    move(result, from);
    from.success = result.fitted;
    from.certainty = result.fitted ? 1.0f : 0.0f;
    return from;
  }
  ClmState conclude(GreyView, const ClmConclusion& conclusion, ClmState fitted) {
    judge(ask(Call::conclude, {}, conclusion, fitted), conclusion, fitted);
    return fitted;
  }
  ClmState detect(GreyView, const ClmSettings&, const ClmWindows& windows,
                  const ClmConclusion& conclusion, ClmState from) {
    const Result result = ask(Call::detect, windows, conclusion, from);
    move(result, from);
    judge(result, conclusion, from);
    return from;
  }

 private:
  Result ask(Call::Kind kind, const ClmWindows& windows, const ClmConclusion& conclusion,
             ClmState& from) {
    give_sizes(*model_, from);
    const ClmShape& whole = from.whole;
    calls_->push_back({kind, windows, conclusion, whole.pose, whole.modes[0],
                       from.parts[0].modes[0], whole.likelihood, from.success});
    return script_(calls_->back());
  }
  // Leaves a trace by which the state is known again.
  static void move(const Result& result, ClmState& state) {
    ClmShape& whole = state.whole;
    whole.likelihood = result.likelihood;
    whole.view = result.view;
    whole.modes[0] += 100 + result.likelihood;
    whole.pose.tx += 1;
    whole.landmarks.assign(2, result.likelihood);
    whole.landmark_likelihoods.assign(1, result.likelihood);
    ClmShape& part = state.parts[0];
    part.modes[0] = part.pose.tx = part.likelihood = result.likelihood;
  }
  static void judge(const Result& result, const ClmConclusion& conclusion, ClmState& state) {
    state.certainty = result.certainty;
    state.success = result.certainty > conclusion.boundary;
  }

  const ClmModel* model_;
  Script script_;
  std::vector<Call>* calls_;
};

}  // namespace auriga::test
