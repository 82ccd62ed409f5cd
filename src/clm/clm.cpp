#include "clm/clm.hpp"

#include <algorithm>
#include <utility>

#include "base/parallel.hpp"
#include "clm/multi_scale_fit.hpp"
#include "shape/shape_fitter.hpp"

namespace auriga {
namespace {

constexpr float kRefinedFrom = 0.9f;  // of the scale that a part's experts were trained at

ClmState initial_state(const ClmModel& model) {
  ClmState state;
  state.modes.resize(model.pdm.modes);
  state.landmarks.resize(2 * static_cast<std::size_t>(model.pdm.points));
  state.landmark_likelihoods.resize(model.pdm.points);
  return state;
}

}  // namespace

struct Clm::Impl {
  // A part's own fit, and the fit of its shape to the landmarks of the whole.
  struct PartFit {
    explicit PartFit(const ClmPart& part)
        : scales(*part.model),
          shape(part.model->shape),
          landmarks(2 * static_cast<std::size_t>(part.model->pdm.points)),
          modes(part.model->pdm.modes) {}
    MultiScaleFit scales;
    ShapeFitter shape;
    PatchWorkspace workspace;
    std::vector<float> landmarks, modes;  // targets and result of `shape`
    bool placed = false, refined = false;
  };

  Impl(std::shared_ptr<const ClmModel> clm_model, Validator* clm_validator)
      : model(std::move(clm_model)),
        validator(clm_validator),
        whole(*model),
        shape(model->shape),
        state(initial_state(*model)),
        modes(model->pdm.modes) {
    part_fits.reserve(model->parts.size());
    for (const ClmPart& part : model->parts) {
      part_fits.emplace_back(part);
      parts.push_back(initial_state(*part.model));
    }
  }

  void refine_parts(ImageView grey);
  bool place(const ClmPart& part, PartFit& fit, ClmState& part_state);

  std::shared_ptr<const ClmModel> model;
  Validator* validator;
  PatchWorkspace workspace;
  MultiScaleFit whole;
  ShapeFitter shape;
  std::vector<PartFit> part_fits;
  ClmState state;
  std::vector<ClmState> parts;
  std::vector<float> modes;  // result of `shape`
  bool success = false;
  float certainty = 0;
};

// Puts a part's shape on the landmarks that it shares with the whole.
bool Clm::Impl::place(const ClmPart& part, PartFit& fit, ClmState& part_state) {
  const std::size_t n = model->pdm.points, part_n = part.model->pdm.points;
  std::fill(fit.landmarks.begin(), fit.landmarks.end(), 0.0f);  // x 0: invisible
  for (const auto& [of_whole, of_part] : part.landmarks) {
    fit.landmarks[of_part] = state.landmarks[of_whole];
    fit.landmarks[part_n + of_part] = state.landmarks[n + of_whole];
  }
  ShapePose pose;
  if (fit.shape.fit(fit.landmarks, pose, fit.modes) == 0) return false;
  part_state.pose = pose;
  part_state.modes = fit.modes;
  fit.scales.project_state(part_state);
  return true;
}

void Clm::Impl::refine_parts(ImageView grey) {
  // Parts see only the fit of the whole, not each other.
  in_parallel(static_cast<int>(parts.size()), [&](int index) {
    const auto p = static_cast<std::size_t>(index);
    const ClmPart& part = model->parts[p];
    PartFit& fit = part_fits[p];
    fit.placed = place(part, fit, parts[p]);
    const double trained_at = part.model->scales.front()->training_scale();
    fit.refined = fit.placed && state.pose.scale > kRefinedFrom * trained_at;
    if (fit.refined) fit.scales.fit(grey, part.settings, part.windows, parts[p], fit.workspace);
  });
  if (std::none_of(part_fits.begin(), part_fits.end(),
                   [](const PartFit& fit) { return fit.refined; }))
    return;

  const std::size_t n = model->pdm.points;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (!part_fits[p].placed) continue;
    const std::size_t part_n = model->parts[p].model->pdm.points;
    for (const auto& [of_whole, of_part] : model->parts[p].landmarks) {
      state.landmarks[of_whole] = parts[p].landmarks[of_part];
      state.landmarks[n + of_whole] = parts[p].landmarks[part_n + of_part];
    }
  }
  // The final landmarks lie on the model again.
  ShapePose pose;
  if (shape.fit(state.landmarks, pose, modes) > 0) {
    state.pose = pose;
    state.modes = modes;
  }
  whole.project_state(state);
}

Clm::Clm(std::shared_ptr<const ClmModel> model, Validator* validator)
    : impl_(std::make_unique<Impl>(std::move(model), validator)) {}
Clm::~Clm() = default;
Clm::Clm(Clm&&) noexcept = default;
Clm& Clm::operator=(Clm&&) noexcept = default;

const ClmModel& Clm::model() const { return *impl_->model; }

void Clm::reset() {
  ClmState& state = impl_->state;
  state.pose = {};
  std::fill(state.modes.begin(), state.modes.end(), 0.0f);
  std::fill(state.landmarks.begin(), state.landmarks.end(), 0.0f);
  state.likelihood = -10;
  set_verdict(false, 0);
}

bool Clm::detect(ImageView grey, const ClmSettings& settings, const Step& step) {
  return conclude(grey, fit(grey, settings, step.windows), step);
}

bool Clm::fit(ImageView grey, const ClmSettings& settings, const ClmWindows& windows) {
  return impl_->whole.fit(grey, settings, windows, impl_->state, impl_->workspace);
}

bool Clm::conclude(ImageView grey, bool fitted, const Step& step) {
  ClmState& state = impl_->state;
  if (step.refine_parts) impl_->refine_parts(grey);
  float certainty = fitted ? 1.0f : 0.0f;
  bool success = fitted;
  if (fitted && step.validate && impl_->validator != nullptr) {
    certainty = impl_->validator->certainty(grey, {state.pose.rx, state.pose.ry, state.pose.rz},
                                            state.landmarks);
    success = certainty > Validator::kBoundary;
  }
  set_verdict(success, certainty);
  return success;
}

ClmState& Clm::state() { return impl_->state; }
const ClmState& Clm::state() const { return impl_->state; }
std::span<ClmState> Clm::parts() { return impl_->parts; }
std::span<const ClmState> Clm::parts() const { return impl_->parts; }
bool Clm::success() const { return impl_->success; }
float Clm::certainty() const { return impl_->certainty; }

void Clm::set_verdict(bool success, float certainty) {
  impl_->success = success;
  impl_->certainty = certainty;
}

}  // namespace auriga
