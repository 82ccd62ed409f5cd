#include "pipeline/analysis.hpp"

#include <algorithm>
#include <utility>

#include "base/grey.hpp"
#include "gaze/gaze.hpp"
#include "gaze/iris_gaze.hpp"
#include "shape/camera.hpp"
#include "shape/head_pose.hpp"

namespace auriga {
namespace {

void blacken(Image& image, int size, int channels) {
  image.resize(size, size, channels);
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
}

}  // namespace

AnalysisModels::AnalysisModels(Pdm model, std::vector<Triangle> faces,
                               std::shared_ptr<const AuEstimator> units)
    : pdm(std::move(model)), triangles(std::move(faces)), shape(pdm), estimator(std::move(units)) {}

FrameBatch::FrameBatch(const AnalysisModels& models, const TrackedShapes& shapes, int capacity,
                       const std::optional<CropOptions>& crop)
    : models_(models),
      shapes_(shapes),
      aligner_(models.pdm, models.triangles),
      fitter_(models.shape),
      frame_(static_cast<std::size_t>(capacity)),
      evidence_(models.estimator->evidence()) {
  if (!crop) return;
  aligner_for_people_.emplace(models.pdm, models.triangles,
                              AlignOptions{crop->scale, crop->size, crop->mask});
  grey_for_people_ = crop->grey;
}

void FrameBatch::add_frame(std::span<const TrackedFace> faces) {
  for (const TrackedFace& face : faces) {
    if (static_cast<std::size_t>(faces_) == face_.size()) {
      face_.emplace_back();
      fhog_.resize(face_.size() * kFhogSize);
    }
    FaceWork& work = face_[static_cast<std::size_t>(faces_++)];
    work.frame = frames_;
    work.face = face;
  }
  ++frames_;
}

void FrameBatch::analyse(const Camera& camera, bool still) {
  evidence_->resize(faces_);
  for (int i = 0; i < faces_; ++i)
    analyse(face_[static_cast<std::size_t>(i)], static_cast<std::size_t>(i), camera, still);
  StageClock all;
  all.time(Stage::predict, [&] { evidence_->conclude(); });
  for (int i = 0; i < faces_; ++i)
    clock(face(i).frame).add(Stage::predict, all.ms(Stage::predict) / faces_);
}

void FrameBatch::analyse(FaceWork& work, std::size_t i, const Camera& camera, bool still) {
  const Frame& frame = frame_[static_cast<std::size_t>(work.frame)];
  StageClock& stages = clock(work.frame);
  FrameResult& result = work.result;
  result.frame = frame.index;
  result.timestamp_s = frame.timestamp_s;
  result.face_id = work.face.id;
  result.success = work.face.success;
  result.confidence = work.face.confidence;
  result.landmarks = work.face.landmarks;
  result.shape = work.face.shape;
  stages.time(Stage::fit, [&] {
    result.pose = head_pose(*shapes_.face, result.shape, result.landmarks, camera);
    result.landmarks_3d_mm = landmarks_3d(*shapes_.face, result.shape, result.landmarks, camera);
  });
  stages.time(Stage::gaze, [&] { look(work, camera, still); });

  const std::span<float, kFhogSize> fhog(&fhog_[i * kFhogSize], kFhogSize);
  // The action units have a fit of their own; a tracker that makes the same one passes it on.
  ShapeFit fit = work.face.shape;
  bool analysable = work.face.analysable;
  if (analysable && !work.face.shape_is_calc_params)
    analysable = stages.time(Stage::fit, [&] { return fitter_.fit(result.landmarks, fit); }) > 0;
  if (analysable) {
    stages.time(Stage::align, [&] {
      aligner_.align(frame.image, result.landmarks, fit, work.aligned);
      if (!aligner_for_people_) return;
      aligner_for_people_->align(frame.image, result.landmarks, fit,
                                 grey_for_people_ ? colour_ : work.crop);
      if (grey_for_people_) to_grey(colour_, work.crop);
    });
    stages.time(Stage::fhog, [&] { compute_fhog(work.aligned, fhog); });
    work.face.analysable = stages.time(Stage::predict, [&] {
      return evidence_->look(static_cast<int>(i), {frame.image, &fit, fhog,
                                                   work.face.mesh ? &*work.face.mesh : nullptr});
    });
  } else {
    work.face.analysable = false;
    blacken(work.aligned, kFhogCrop, 3);
    if (aligner_for_people_)
      blacken(work.crop, aligner_for_people_->options().size, grey_for_people_ ? 1 : 3);
    std::fill(fhog.begin(), fhog.end(), 0.0f);
    evidence_->fail(static_cast<int>(i));
  }
}

void FrameBatch::look(FaceWork& work, const Camera& camera, bool still) {
  FrameResult& result = work.result;
  result.gaze = {};
  if (shapes_.eyes[0] == nullptr) {
    result.eyes = {};
    if (!work.face.mesh) return;
    const Eyes eyes = eyes_of_mesh(*work.face.mesh, result.landmarks_3d_mm, result.pose, camera);
    result.eyes = eyes.landmarks;
    result.gaze = eyes.gaze;
    return;
  }
  std::array<std::array<std::array<float, kEyePoints>, 3>, 2> mm;
  for (std::size_t eye = 0; eye < 2; ++eye) {
    const EyeFit& fit = work.face.eyes[eye];
    mm[eye] = eye_landmarks_3d(*shapes_.eyes[eye], fit, camera);
    const auto at = static_cast<std::ptrdiff_t>(eye * kEyePoints);
    std::copy(fit.x.begin(), fit.x.end(), result.eyes.x.begin() + at);
    std::copy(fit.y.begin(), fit.y.end(), result.eyes.y.begin() + at);
    for (std::size_t axis = 0; axis < 3; ++axis)
      std::copy(mm[eye][axis].begin(), mm[eye][axis].end(), result.eyes.mm[axis].begin() + at);
  }
  if (!result.success && !still) return;
  for (std::size_t eye = 0; eye < 2; ++eye)
    result.gaze.direction[eye] =
        gaze_direction(static_cast<int>(eye), mm[eye], result.landmarks_3d_mm, result.pose);
  result.gaze.angle_rad = gaze_angles(result.gaze.direction[0], result.gaze.direction[1]);
}

std::span<const float> FrameBatch::fhog(int face) const {
  return std::span(fhog_).subspan(static_cast<std::size_t>(face) * kFhogSize, kFhogSize);
}

}  // namespace auriga
