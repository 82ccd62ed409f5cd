#include "clm/clm_fitter.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "clm/multi_scale_fit.hpp"
#include "shape/shape_fitter.hpp"

namespace auriga {
namespace {

constexpr float kRefinedFrom = 0.9f;  // of the scale that a part's experts were trained at

}  // namespace

struct ClmFitter::Impl {
  // For a part's own fit, and for the fit of its shape to the landmarks of the whole.
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
        modes(model->pdm.modes) {
    part_fits.reserve(model->parts.size());
    for (const ClmPart& part : model->parts) part_fits.emplace_back(part);
  }

  void refine_parts(GreyView grey, ClmState& state);
  bool place(const ClmPart& part, std::span<const float> landmarks, PartFit& fit, ClmShape& placed);

  std::shared_ptr<const ClmModel> model;
  Validator* validator;
  PatchWorkspace workspace;
  MultiScaleFit whole;
  ShapeFitter shape;
  std::vector<PartFit> part_fits;
  std::vector<float> modes;  // result of `shape`
};

// Puts a part's shape on those of the whole's landmarks that it shares.
bool ClmFitter::Impl::place(const ClmPart& part, std::span<const float> landmarks, PartFit& fit,
                            ClmShape& placed) {
  const std::size_t n = model->pdm.points, part_n = part.model->pdm.points;
  std::fill(fit.landmarks.begin(), fit.landmarks.end(), 0.0f);  // x 0: invisible
  for (const auto& [of_whole, of_part] : part.landmarks) {
    fit.landmarks[of_part] = landmarks[of_whole];
    fit.landmarks[part_n + of_part] = landmarks[n + of_whole];
  }
  ShapePose pose;
  if (fit.shape.fit(fit.landmarks, pose, fit.modes) == 0) return false;
  placed.pose = pose;
  placed.modes = fit.modes;
  fit.scales.project_state(placed);
  return true;
}

void ClmFitter::Impl::refine_parts(GreyView grey, ClmState& state) {
  std::vector<ClmShape>& parts = state.parts;
  // Parts see only the fit of the whole, not each other.
  in_parallel(static_cast<int>(parts.size()), [&](int index) {
    const auto p = static_cast<std::size_t>(index);
    const ClmPart& part = model->parts[p];
    PartFit& fit = part_fits[p];
    fit.placed = place(part, state.whole.landmarks, fit, parts[p]);
    const double trained_at = part.model->scales.front()->training_scale();
    fit.refined = fit.placed && state.whole.pose.scale > kRefinedFrom * trained_at;
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
      state.whole.landmarks[of_whole] = parts[p].landmarks[of_part];
      state.whole.landmarks[n + of_whole] = parts[p].landmarks[part_n + of_part];
    }
  }
  // The final landmarks lie on the model again.
  ShapePose pose;
  if (shape.fit(state.whole.landmarks, pose, modes) > 0) {
    state.whole.pose = pose;
    state.whole.modes = modes;
  }
  whole.project_state(state.whole);
}

ClmFitter::ClmFitter(std::shared_ptr<const ClmModel> model, Validator* validator)
    : impl_(std::make_unique<Impl>(std::move(model), validator)) {}
ClmFitter::~ClmFitter() = default;
ClmFitter::ClmFitter(ClmFitter&&) noexcept = default;
ClmFitter& ClmFitter::operator=(ClmFitter&&) noexcept = default;

const ClmModel& ClmFitter::model() const { return *impl_->model; }

ClmState ClmFitter::fit(GreyView grey, const ClmSettings& settings, const ClmWindows& windows,
                        ClmState from) {
  give_sizes(*impl_->model, from);
  from.success = impl_->whole.fit(grey, settings, windows, from.whole, impl_->workspace);
  from.certainty = from.success ? 1.0f : 0.0f;
  return from;
}

ClmState ClmFitter::conclude(GreyView grey, const ClmConclusion& conclusion, ClmState fitted) {
  give_sizes(*impl_->model, fitted);
  if (conclusion.refine_parts) impl_->refine_parts(grey, fitted);
  fitted.certainty = fitted.success ? 1.0f : 0.0f;
  if (fitted.success && conclusion.validate && impl_->validator != nullptr) {
    const ShapePose& pose = fitted.whole.pose;
    const std::span<const float> landmarks = fitted.whole.landmarks;
    const ImageView seen = grey.with(Validator::reach(landmarks, grey.width(), grey.height()));
    fitted.certainty = impl_->validator->certainty(seen, {pose.rx, pose.ry, pose.rz}, landmarks);
  }
  fitted.success = fitted.certainty > conclusion.boundary;
  return fitted;
}

ClmState ClmFitter::detect(GreyView grey, const ClmSettings& settings, const ClmWindows& windows,
                           const ClmConclusion& conclusion, ClmState from) {
  return conclude(grey, conclusion, fit(grey, settings, windows, std::move(from)));
}

}  // namespace auriga
