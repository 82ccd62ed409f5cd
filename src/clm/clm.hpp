// Fits a constrained local model to one face of a picture (spec clnf.md sections 4-6).
#pragma once

#include <memory>
#include <span>

#include "auriga/image.hpp"

#include "clm/clm_model.hpp"
#include "clm/clm_state.hpp"
#include "validation/validator.hpp"

namespace auriga {

// One face. Holds the state of the whole and of every part, and the workspace. Not thread-safe: one
// object per thread; the model is shared. Allocates nothing per frame after warm-up.
class Clm {
 public:
  // `validator` may be null: then nothing is validated. It must outlive this object and may serve
  // several in turn.
  Clm(std::shared_ptr<const ClmModel> model, Validator* validator);
  ~Clm();
  Clm(Clm&&) noexcept;
  Clm& operator=(Clm&&) noexcept;

  const ClmModel& model() const;

  // State of a model that has seen nothing: landmarks and modes 0, pose (1, 0, 0, 0, 0, 0),
  // likelihood -10, certainty 0. Parts keep their state, as in the reference.
  void reset();

  struct Step {
    ClmWindows windows{};
    bool refine_parts = true;
    bool validate = true;  // only with a validator
  };
  // One detection step from the current state: fit, parts, validation. Returns success(). `grey`: 8
  // bits, 1 channel, any size.
  bool detect(ImageView grey, const ClmSettings& settings, const Step& step);

  // Its two halves, for those who compare several fits before they go on. fit(): pose, modes,
  // landmarks and likelihood of the whole; false when the face is too small (scale below 0.25).
  // conclude(): the parts of what was fitted, and the verdict.
  bool fit(ImageView grey, const ClmSettings& settings, const ClmWindows& windows);
  bool conclude(ImageView grey, bool fitted, const Step& step);

  ClmState& state();
  const ClmState& state() const;
  // In the order of ClmModel::parts.
  std::span<ClmState> parts();
  std::span<const ClmState> parts() const;

  bool success() const;                             // of the last detection step
  float certainty() const;                          // of the last detection step, 0..1
  void set_verdict(bool success, float certainty);  // a driver that returns to an earlier state

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
