#include "pipeline/analysis.hpp"

#include <algorithm>
#include <utility>

#include "shape/camera.hpp"
#include "shape/head_pose.hpp"

namespace auriga {

AnalysisModels::AnalysisModels(const AuModelSet& set, PredictorKind kind)
    : pdm(set.pdm), triangles(set.triangles), shape(pdm), geometry(pdm), predictor(set, kind) {}

FrameBatch::FrameBatch(const AnalysisModels& models, int capacity)
    : models_(models),
      aligner_(models.pdm, models.triangles),
      frames_(static_cast<std::size_t>(capacity)),
      fhog_(frames_.size() * kAppearanceFeatures),
      geometry_(frames_.size() * kGeometryFeatures),
      scores_(frames_.size() * static_cast<std::size_t>(models.predictor.models())) {}

void FrameBatch::analyse(const Camera& camera) {
  for (int i = 0; i < size_; ++i) {
    FrameWork& work = (*this)[i];
    FrameResult& result = work.result;
    result.frame = work.frame.index;
    result.timestamp_s = work.frame.timestamp_s;
    result.success = work.face.success;
    result.confidence = work.face.confidence;
    result.landmarks = work.face.landmarks;
    result.shape = work.face.shape;
    clock.time(Stage::fit, [&] {
      result.pose = head_pose(models_.shape, result.shape, result.landmarks, camera);
      result.landmarks_3d_mm = landmarks_3d(models_.shape, result.shape, result.landmarks, camera);
    });
    const std::span<float, kFhogSize> fhog(&fhog_[static_cast<std::size_t>(i) * kFhogSize],
                                           kFhogSize);
    const std::span<double, kGeometryFeatures> geometry(
        &geometry_[static_cast<std::size_t>(i) * kGeometryFeatures], kGeometryFeatures);
    if (result.success) {
      clock.time(Stage::align, [&] {
        aligner_.align(work.frame.image, result.landmarks, result.shape, work.aligned);
      });
      clock.time(Stage::fhog, [&] { compute_fhog(work.aligned, fhog); });
      clock.time(Stage::predict, [&] { models_.geometry.compute(result.shape, geometry); });
    } else {
      work.aligned.resize(kFhogCrop, kFhogCrop, 3);
      std::fill_n(work.aligned.data(), work.aligned.size_bytes(), std::uint8_t{0});
      std::fill(fhog.begin(), fhog.end(), 0.0f);
      std::fill(geometry.begin(), geometry.end(), 0.0);
    }
  }
  const auto size = static_cast<std::size_t>(size_);
  clock.time(Stage::predict, [&] {
    models_.predictor.scores(
        std::span(fhog_).first(size * kAppearanceFeatures),
        std::span(geometry_).first(size * kGeometryFeatures), size_,
        std::span(scores_).first(size * static_cast<std::size_t>(models_.predictor.models())));
  });
}

std::span<const float> FrameBatch::fhog(int i) const {
  return std::span(fhog_).subspan(static_cast<std::size_t>(i) * kAppearanceFeatures,
                                  kAppearanceFeatures);
}

std::span<const double> FrameBatch::geometry(int i) const {
  return std::span(geometry_).subspan(static_cast<std::size_t>(i) * kGeometryFeatures,
                                      kGeometryFeatures);
}

std::span<const double> FrameBatch::scores(int i) const {
  const auto models = static_cast<std::size_t>(models_.predictor.models());
  return std::span(scores_).subspan(static_cast<std::size_t>(i) * models, models);
}

}  // namespace auriga
