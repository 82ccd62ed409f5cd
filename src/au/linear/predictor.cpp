#include "au/linear/predictor.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <tuple>

#include "auriga/error.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kLanes = 4;
// Up to four frames at a time. frames x rows = 12 accumulators of four lanes leave room in the 16
// registers of AVX2, and 12 independent sums hide the latency of an addition.
constexpr int kFrames = 4;
constexpr int kAccumulators = 12;
constexpr int kGroupRows = 36;  // rows whose sums are held while the features pass by

// Features are converted to float64 a chunk at a time, so that the chunk stays in the first-level
// cache.
constexpr int kChunk = kAppearanceFeatures / 9;
constexpr int kGeometryPadded = (kGeometryFeatures + kLanes - 1) / kLanes * kLanes;
constexpr int kPadded = kAppearanceFeatures + kGeometryPadded;
static_assert(kAppearanceFeatures % kChunk == 0 && kChunk % kLanes == 0);
static_assert(kGeometryPadded <= kChunk && kGroupRows % kAccumulators == 0);

// Packed models: `rows` (a multiple of 12) rows of padded weights, of which the first `used` belong
// to a model.
struct Rows {
  const double* weights;
  int rows, used;
  const double* constants;  // per row, or null: nothing is added
  const int* target;        // per row: its place among a frame's results
};

// sums[f][r] += x[f] . w[r] over n features, for F frames and 12 / F rows. Each of the four lanes
// is the sum of every fourth product, in order; F does not change it.
template <int F>
AURIGA_INLINE void accumulate(const double (&x)[F][kChunk], const double* w, int n,
                              f64x4 (&sums)[F][kGroupRows], int first_row) {
  constexpr int kRows = kAccumulators / F;
  f64x4 sum[F][kRows];
  for (int f = 0; f < F; ++f) {
    for (int r = 0; r < kRows; ++r) sum[f][r] = sums[f][first_row + r];
  }
  for (int k = 0; k < n; k += kLanes) {
    f64x4 xk[F];
    for (int f = 0; f < F; ++f) xk[f] = load<f64x4>(x[f] + k);
    for (int r = 0; r < kRows; ++r) {
      const auto wk = load<f64x4>(w + static_cast<std::size_t>(r) * kPadded + k);
      for (int f = 0; f < F; ++f) sum[f][r] += xk[f] * wk;
    }
  }
  for (int f = 0; f < F; ++f) {
    for (int r = 0; r < kRows; ++r) sums[f][first_row + r] = sum[f][r];
  }
}

// One chunk of features of F frames as float64, the geometry padded with zeros. Returns the chunk's
// length.
template <int F, typename T>
AURIGA_INLINE int load_chunk(const T* fhog, const double* geometry, int begin,
                             double (&x)[F][kChunk]) {
  if (begin < kAppearanceFeatures) {
    for (int f = 0; f < F; ++f) {
      const T* from = fhog + static_cast<std::size_t>(f) * kAppearanceFeatures + begin;
      for (int k = 0; k < kChunk; ++k) x[f][k] = static_cast<double>(from[k]);
    }
    return kChunk;
  }
  for (int f = 0; f < F; ++f) {
    const double* from = geometry + static_cast<std::size_t>(f) * kGeometryFeatures;
    for (int k = 0; k < kGeometryFeatures; ++k) x[f][k] = from[k];
    for (int k = kGeometryFeatures; k < kGeometryPadded; ++k) x[f][k] = 0;
  }
  return kGeometryPadded;
}

// Results of F frames: out[f * stride + target[r]] = x[f] . w[r] + constants[r].
template <int F, typename T>
AURIGA_INLINE void multiply(const Rows& m, const T* fhog, const double* geometry, double* out,
                            int stride) {
  double x[F][kChunk];
  for (int group = 0; group < m.rows; group += kGroupRows) {
    const int rows = m.rows - group < kGroupRows ? m.rows - group : kGroupRows;
    f64x4 sums[F][kGroupRows] = {};
    for (int begin = 0; begin < kPadded; begin += kChunk) {
      const int n = load_chunk<F>(fhog, geometry, begin, x);
      for (int r = 0; r < rows; r += kAccumulators / F) {
        const double* w = m.weights + static_cast<std::size_t>(group + r) * kPadded + begin;
        accumulate<F>(x, w, n, sums, r);
      }
    }
    for (int r = 0; r < rows && group + r < m.used; ++r) {
      for (int f = 0; f < F; ++f) {
        const f64x4 s = sums[f][r];
        const double sum = (s[0] + s[1]) + (s[2] + s[3]);
        out[static_cast<std::size_t>(f) * stride + m.target[group + r]] =
            m.constants != nullptr ? sum + m.constants[group + r] : sum;
      }
    }
  }
}

AURIGA_INLINE void multiply_frames_body(const Rows& m, const float* fhog, const double* geometry,
                                        int frames, double* out, int stride) {
  int f = 0;
  const auto next = [&](int count) {
    f += count;
    fhog += static_cast<std::size_t>(count) * kAppearanceFeatures;
    geometry += static_cast<std::size_t>(count) * kGeometryFeatures;
    out += static_cast<std::size_t>(count) * stride;
  };
  for (; frames - f >= kFrames; next(kFrames)) {
    multiply<kFrames>(m, fhog, geometry, out, stride);
  }
  switch (frames - f) {
    case 3:
      multiply<3>(m, fhog, geometry, out, stride);
      break;
    case 2:
      multiply<2>(m, fhog, geometry, out, stride);
      break;
    case 1:
      multiply<1>(m, fhog, geometry, out, stride);
      break;
    default:
      break;
  }
}

void multiply_frames(const Rows& m, const float* fhog, const double* geometry, int frames,
                     double* out, int stride) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    multiply_frames_body(m, fhog, geometry, frames, out, stride);
  });
}

void multiply_median(const Rows& m, const double* fhog_median, const double* geometry_median,
                     double* out) {
  run_wide([&](auto)
               AURIGA_ALWAYS_INLINE { multiply<1>(m, fhog_median, geometry_median, out, 0); });
}

int padded_rows(int rows) { return (rows + kAccumulators - 1) / kAccumulators * kAccumulators; }

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

void check(const AuModelSet& set) {
  const std::string where =
      set.files.empty() ? "AU model set: " : "AU model set of " + set.files.front().string() + ": ";
  const auto fail = [&](const std::string& message) {
    throw Error(ErrorCode::model, where + message + "; use an unaltered model pack");
  };
  if (set.models.empty()) fail("expected at least one model, found none");
  for (std::size_t i = 0; i < set.models.size(); ++i) {
    const AuModel& model = set.models[i];
    const std::string who =
        std::string(model.kind == AuKind::intensity ? "intensity" : "presence") + " model of '" +
        model.name + "'";
    if (model.weights.size() != kFeatures || model.means.size() != kFeatures) {
      fail(who + ": expected 4702 means and weights, found " + std::to_string(model.means.size()) +
           " means and " + std::to_string(model.weights.size()) + " weights");
    }
    if (!all_finite(model.weights) || !all_finite(model.means) || !std::isfinite(model.bias)) {
      fail(who + ": found a mean, weight or bias that is not a finite number");
    }
    if (model.cutoff != -1 && !(model.cutoff >= 0 && model.cutoff < 1)) {
      fail(who + ": expected a cutoff of -1 or in [0, 1), found " + std::to_string(model.cutoff));
    }
    if (model.dynamic && !set.dynamic) {
      fail(who + " is dynamic, but the list is for still images");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (set.models[j].kind == model.kind && set.models[j].name == model.name) {
        fail("found more than one " + who);
      }
    }
  }
}

}  // namespace

AuPredictor::AuPredictor(const AuModelSet& set, PredictorKind kind)
    : kind_(kind), dynamic_(set.dynamic) {
  check(set);
  std::vector<const AuModel*> models;
  for (const AuModel& model : set.models) models.push_back(&model);
  std::sort(models.begin(), models.end(), [](const AuModel* a, const AuModel* b) {
    return std::tie(a->kind, a->name) < std::tie(b->kind, b->name);
  });
  for (const AuModel* model : models) {
    targets_.push_back({model->name, model->kind, model->dynamic, model->cutoff,
                        model->class_if_positive, model->class_otherwise});
    if (model->kind == AuKind::intensity) ++intensities_;
    if (kind == PredictorKind::sequential) plain_.push_back(*model);
  }
  if (kind == PredictorKind::sequential) return;

  for (const bool dynamic : {true, false}) {
    for (int target = 0; target < this->models(); ++target) {
      if (targets_[target].dynamic == dynamic) row_target_.push_back(target);
    }
    if (dynamic) dynamic_rows_ = static_cast<int>(row_target_.size());
  }
  weights_.assign(static_cast<std::size_t>(padded_rows(this->models())) * kPadded, 0.0);
  for (std::size_t row = 0; row < row_target_.size(); ++row) {
    const AuModel& model = *models[row_target_[row]];
    std::copy(model.weights.begin(), model.weights.end(), weights_.begin() + row * kPadded);
    double mean_term = 0;
    for (int k = 0; k < kFeatures; ++k) mean_term += model.means[k] * model.weights[k];
    constants_.push_back(model.bias - mean_term);
  }
}

std::vector<std::string> AuPredictor::names(AuKind kind) const {
  std::vector<std::string> names;
  for (const AuTarget& target : targets_) {
    if (target.kind == kind) names.push_back(target.name);
  }
  return names;
}

void AuPredictor::scores(std::span<const float> fhog, std::span<const double> geometry, int frames,
                         std::span<double> out) const {
  assert(frames >= 0);
  const auto n = static_cast<std::size_t>(frames);
  assert(fhog.size() == n * kAppearanceFeatures && geometry.size() == n * kGeometryFeatures);
  assert(out.size() == n * targets_.size());
  if (kind_ == PredictorKind::batched) {
    const Rows rows{weights_.data(), padded_rows(models()), models(), constants_.data(),
                    row_target_.data()};
    multiply_frames(rows, fhog.data(), geometry.data(), frames, out.data(), models());
    return;
  }
  for (std::size_t f = 0; f < n; ++f) {
    scores_sequential(fhog.data() + f * kAppearanceFeatures,
                      geometry.data() + f * kGeometryFeatures, out.data() + f * targets_.size());
  }
}

void AuPredictor::scores_sequential(const float* fhog, const double* geometry, double* out) const {
  for (const AuModel& model : plain_) {
    double score = 0;
    for (int k = 0; k < kAppearanceFeatures; ++k) {
      score += (fhog[k] - model.means[k]) * model.weights[k];
    }
    for (int k = kAppearanceFeatures; k < kFeatures; ++k) {
      score += (geometry[k - kAppearanceFeatures] - model.means[k]) * model.weights[k];
    }
    *out++ = score + model.bias;
  }
}

void AuPredictor::median_term(std::span<const double> fhog_median,
                              std::span<const double> geometry_median,
                              std::span<double> out) const {
  assert(fhog_median.size() == kAppearanceFeatures && geometry_median.size() == kGeometryFeatures);
  assert(out.size() == targets_.size());
  std::fill(out.begin(), out.end(), 0.0);
  if (kind_ == PredictorKind::batched) {
    const Rows rows{weights_.data(), padded_rows(dynamic_rows_), dynamic_rows_, nullptr,
                    row_target_.data()};
    multiply_median(rows, fhog_median.data(), geometry_median.data(), out.data());
    return;
  }
  for (std::size_t target = 0; target < plain_.size(); ++target) {
    const AuModel& model = plain_[target];
    if (!model.dynamic) continue;
    for (int k = 0; k < kAppearanceFeatures; ++k) out[target] += fhog_median[k] * model.weights[k];
    for (int k = kAppearanceFeatures; k < kFeatures; ++k) {
      out[target] += geometry_median[k - kAppearanceFeatures] * model.weights[k];
    }
  }
}

void still_image_values(const AuPredictor& predictor, std::span<const double> scores,
                        std::span<double> intensities, std::span<double> presences) {
  const auto targets = predictor.targets();
  const auto n = static_cast<std::size_t>(predictor.intensities());
  assert(scores.size() == targets.size() && intensities.size() == n);
  assert(presences.size() == targets.size() - n);
  for (std::size_t i = 0; i < n; ++i) intensities[i] = std::clamp(scores[i], 0.0, 5.0);
  for (std::size_t i = n; i < targets.size(); ++i) {
    presences[i - n] = targets[i].class_of(scores[i]);
  }
}

}  // namespace auriga
