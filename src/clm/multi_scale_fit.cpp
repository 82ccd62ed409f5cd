#include "clm/multi_scale_fit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/same_math.hpp"

namespace auriga {
namespace {

constexpr float kTooSmall = 0.25f;   // px per model unit: no face to be seen, the fit fails
constexpr float kLastScale = 0.30f;  // px per model unit: below, every scale counts as the last
constexpr float kUnseenLikelihood = -1e8f;
constexpr double kLeastLikelihood = 1e-8;
constexpr float kFarthest = 1e6f;  // px; no picture is that large

bool in_reach(std::span<const float> points) {
  return std::all_of(points.begin(), points.end(),
                     [](float v) { return std::abs(v) <= kFarthest; });
}

// Where the areas of these landmarks lie, px, and a little more.
Region region_of(std::span<const float> landmarks, int window,
                 const std::array<float, 4>& to_picture) {
  const auto middle = landmarks.begin() + static_cast<std::ptrdiff_t>(landmarks.size() / 2);
  const auto [left, right] = std::minmax_element(landmarks.begin(), middle);
  const auto [top, bottom] = std::minmax_element(middle, landmarks.end());
  const float half = static_cast<float>(window + kPatchSize) / 2;
  const auto reach =
      static_cast<int>(std::ceil(half * (std::abs(to_picture[0]) + std::abs(to_picture[1]))) + 2);
  const auto whole = [](float value) { return static_cast<int>(std::floor(value)); };
  return {whole(*left) - reach, whole(*top) - reach, whole(*right) - whole(*left) + 2 * reach + 2,
          whole(*bottom) - whole(*top) + 2 * reach + 2};
}

// Rotation and scale, without translation, that bring the shape `from` closest to `to` (planar x,
// then y), and its inverse. None when a shape has no extent.
struct Similarity {
  std::array<float, 4> forth, back;  // 2 x 2, row-major
};
std::optional<Similarity> similarity_between(std::span<const float> from,
                                             std::span<const float> to) {
  const std::size_t n = from.size() / 2;
  std::array<double, 2> from_mean{}, to_mean{};
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < n; ++i) {
      from_mean[k] += from[k * n + i] / static_cast<double>(n);
      to_mean[k] += to[k * n + i] / static_cast<double>(n);
    }
  double from_square = 0, to_square = 0, along = 0, across = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double px = from[i] - from_mean[0], py = from[n + i] - from_mean[1];
    const double qx = to[i] - to_mean[0], qy = to[n + i] - to_mean[1];
    from_square += px * px + py * py;
    to_square += qx * qx + qy * qy;
    along += px * qx + py * qy;
    across += px * qy - py * qx;
  }
  const double scale = std::sqrt(to_square / from_square), turn = same::length(along, across);
  const double c = along / turn, s = across / turn;
  Similarity result;
  const auto set = [&](std::array<float, 4>& matrix, double factor, double sine) {
    matrix = {static_cast<float>(factor * c), static_cast<float>(-factor * sine),
              static_cast<float>(factor * sine), static_cast<float>(factor * c)};
    return std::isfinite(matrix[0] + matrix[1]);
  };
  if (!set(result.forth, scale, s) || !set(result.back, 1 / scale, -s)) return std::nullopt;
  return result;
}

}  // namespace

ClmSettings settings_at_scale(const ClmSettings& settings, double training_scale) {
  if (!settings.adapt_to_scale) return settings;
  const double octaves = same::log(training_scale / 0.25) / same::log(2);
  ClmSettings adapted = settings;
  adapted.regularisation = static_cast<float>(settings.regularisation - 15 * octaves);
  if (adapted.regularisation <= 0) adapted.regularisation = 0.001f;
  adapted.sigma = static_cast<float>(settings.sigma + 0.25 * octaves);
  adapted.weight_factor = static_cast<float>(settings.weight_factor * (1 + 2 * octaves));
  return adapted;
}

MultiScaleFit::MultiScaleFit(const ClmModel& model)
    : model_(model),
      optimiser_(model.shape),
      shape_(3 * static_cast<std::size_t>(model.pdm.points)),
      base_(2 * static_cast<std::size_t>(model.pdm.points)),
      reference_(base_.size()),
      weights_(model.pdm.points) {}

void MultiScaleFit::project_shape(const ClmShape& state, const ShapePose& pose,
                                  std::span<float> points) {
  model_.shape.shape(state.modes, shape_);
  project(shape_, pose, points);
}

void MultiScaleFit::project_state(ClmShape& state) {
  project_shape(state, state.pose, state.landmarks);
}

const MeanShiftKernel& MultiScaleFit::kernel(int window, float sigma) {
  std::optional<MeanShiftKernel>& kernel = kernels_[window];
  if (!kernel) kernel.emplace(window, sigma);
  return *kernel;
}

bool MultiScaleFit::fit(GreyView grey, const ClmSettings& settings, const ClmWindows& windows,
                        ClmShape& state, PatchWorkspace& workspace) {
  bool fitted = true;
  const std::size_t scales = model_.scales.size();
  for (std::size_t k = 0; k < scales && fitted; ++k) {
    if (windows[k] == 0) continue;
    const bool last = k + 1 == scales || windows[k + 1] == 0;
    // Scales beyond the third are fitted like the third.
    const double training_scale = model_.scales[std::min<std::size_t>(k, 2)]->training_scale();
    fitted = fit_scale(grey, settings_at_scale(settings, training_scale), k, windows[k], last,
                       state, workspace);
  }
  project_state(state);
  if (in_reach(state.landmarks)) return fitted;
  // In no picture, or not numbers: begun or ended up nowhere. Nothing can go on from there.
  state.pose = {};
  std::fill(state.modes.begin(), state.modes.end(), 0.0f);
  project_state(state);
  return false;
}

bool MultiScaleFit::fit_scale(GreyView grey, const ClmSettings& settings, std::size_t scale,
                              int window, bool last, ClmShape& state, PatchWorkspace& workspace) {
  assert(window > 0 && window <= kMostWindow && window % 2 == 1);
  const PatchExperts& experts = *model_.scales[scale];
  const std::size_t n = model_.pdm.points;
  project_shape(state, state.pose, base_);
  project_shape(state, {static_cast<float>(experts.training_scale()), 0, 0, 0, 0, 0}, reference_);
  const std::optional<Similarity> similarity = similarity_between(base_, reference_);
  if (!similarity || !in_reach(base_) || grey.empty()) return false;

  const int view = experts.nearest_view({state.pose.rx, state.pose.ry, state.pose.rz});
  state.view = view;
  const std::size_t size = n * window * window + kResponseMargin;
  if (responses_.size() < size) responses_.resize(size);
  const ImageView seen = grey.with(region_of(base_, window, similarity->back));
  experts.respond(view, window, {seen, base_, similarity->back[0], -similarity->back[1]},
                  std::span(responses_).first(n * window * window), workspace);

  ResponseMaps maps{std::span(responses_).first(size),
                    experts.visible(view),
                    {},
                    base_,
                    similarity->forth,
                    similarity->back};
  if (settings.weight_factor > 0) {
    for (std::size_t i = 0; i < n; ++i)
      weights_[i] = static_cast<float>(settings.weight_factor *
                                       experts.confidence(view, static_cast<int>(i)));
    maps.weights = weights_;
  }
  const MeanShiftKernel& shift = kernel(window, settings.sigma);
  const auto climb = [&](NuRlms::Pass pass) {
    optimiser_.climb(maps, shift, pass, settings.iterations, settings.regularisation, state.pose,
                     state.modes);
  };
  climb(NuRlms::Pass::rigid);
  last |= state.pose.scale < kLastScale;
  climb(NuRlms::Pass::all);
  if (last) record_likelihood(experts, window, settings.sigma, state);
  return state.pose.scale >= kTooSmall;
}

void MultiScaleFit::record_likelihood(const PatchExperts& experts, int window, float sigma,
                                      ClmShape& state) {
  const std::size_t n = model_.pdm.points;
  const std::span<const std::uint8_t> visible = experts.visible(state.view);
  const std::span<const float> positions = optimiser_.positions();
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    state.landmark_likelihoods[i] = kUnseenLikelihood;
    if (visible[i] == 0) continue;
    const float likelihood = MeanShiftKernel::likelihood(
        responses_.data() + i * window * window, window, positions[i], positions[n + i], sigma);
    state.landmark_likelihoods[i] = likelihood;
    sum += same::log(std::max(likelihood, 0.0f) + kLeastLikelihood);
    ++count;
  }
  state.likelihood = static_cast<float>(count > 0 ? sum / count : same::log(kLeastLikelihood));
}

}  // namespace auriga
