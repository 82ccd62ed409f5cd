// A landmark model for tests of OpenFace's drivers: it does what it is told and notes what is
// asked.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "clm/clm.hpp"
#include "shape/synthetic_pdm.hpp"

namespace auriga::test {

class ScriptedModel {
 public:
  using Step = Clm::Step;

  // What the model is asked for, with the state that it starts from.
  struct Call {
    enum Kind { fit, conclude, detect } kind;
    Step step{};
    ShapePose pose{};
    float mode = 0, part_mode = 0;  // first weight of the whole and of the part
    bool fitted = false;            // conclude() only
  };
  // What comes of fit() and detect().
  struct Result {
    float likelihood = 0;
    int view = 0;
    bool success = true;  // conclude() and detect() only
    float certainty = 1;
    bool fitted = true;  // fit() only
  };
  using Script = std::function<Result(const Call&)>;

  ScriptedModel(const ClmModel& model, Script script, std::vector<Call>& calls)
      : model_(&model), script_(std::move(script)), calls_(&calls), parts_(1) {
    state_.modes.resize(static_cast<std::size_t>(model.pdm.modes));
    parts_[0].modes.resize(3);
  }

  const ClmModel& model() const { return *model_; }
  ClmState& state() { return state_; }
  const ClmState& state() const { return state_; }
  std::span<ClmState> parts() { return parts_; }
  bool success() const { return success_; }
  float certainty() const { return certainty_; }
  void set_verdict(bool success, float certainty) { success_ = success, certainty_ = certainty; }
  void reset() {
    state_.pose = {};
    state_.likelihood = -10;
    std::fill(state_.modes.begin(), state_.modes.end(), 0.0f);
    success_ = false, certainty_ = 0;
  }

  bool fit(ImageView, const ClmSettings&, const ClmWindows& windows) {
    const Result result = ask(Call::fit, {windows, false, false});
    move(result);
    return result.fitted;
  }
  bool conclude(ImageView, bool fitted, const Step& step) {
    const Result result = ask(Call::conclude, step, fitted);
    set_verdict(result.success, result.certainty);
    return success_;
  }
  bool detect(ImageView, const ClmSettings&, const Step& step) {
    const Result result = ask(Call::detect, step);
    move(result);
    set_verdict(result.success, result.certainty);
    return success_;
  }

 private:
  Result ask(Call::Kind kind, const Step& step, bool fitted = false) {
    calls_->push_back({kind, step, state_.pose, state_.modes[0], parts_[0].modes[0], fitted});
    return script_(calls_->back());
  }
  // Leaves a trace by which the state is known again.
  void move(const Result& result) {
    state_.likelihood = result.likelihood;
    state_.view = result.view;
    state_.modes[0] += 100 + result.likelihood;
    state_.pose.tx += 1;
    state_.landmarks.assign(2, result.likelihood);
    state_.landmark_likelihoods.assign(1, result.likelihood);
    parts_[0].modes[0] = parts_[0].pose.tx = parts_[0].likelihood = result.likelihood;
  }

  const ClmModel* model_;
  Script script_;
  std::vector<Call>* calls_;
  ClmState state_;
  std::vector<ClmState> parts_;
  bool success_ = false;
  float certainty_ = 0;
};

inline Pdm random_face_pdm() {
  std::mt19937 random(5);
  return synthetic_pdm(kLandmarks, kShapeModes, random);
}

}  // namespace auriga::test
