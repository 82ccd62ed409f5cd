#include "engine/frame_batch.hpp"

#include <algorithm>
#include <cstddef>

#include "base/grey.hpp"
#include "gaze/gaze.hpp"
#include "gaze/iris_gaze.hpp"
#include "shape/camera.hpp"
#include "shape/head_pose.hpp"

namespace auriga {
namespace {

// Frames above this are not kept for the next ones.
constexpr std::size_t kKeptBytes = FrameBatch::kMostBytes / 2;

void make_black(Image& image, int size, int channels) {
  image.resize(size, size, channels);
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
}

}  // namespace

FrameBatch::FrameBatch(const FaceShape& shape, const TrackedShapes& shapes,
                       const AuEstimator& estimator,
                       const std::shared_ptr<const BlendshapeNetwork::Model>& blendshapes,
                       const AnalysisOptions& options)
    : shapes_(shapes),
      options_(options),
      aligner_(shape.pdm, shape.triangles),
      fitter_(shape.model),
      slot_(kMostFrames),
      evidence_(estimator.evidence()) {
  if (options.needs.blendshapes && blendshapes) blendshapes_.emplace(blendshapes);
  if (options.needs.sides) halves_.emplace(shape.pdm, estimator);
  if (options.needs.aligned && options.crop)
    aligner_for_people_.emplace(
        shape.pdm, shape.triangles,
        AlignOptions{options.crop->scale, options.crop->size, options.crop->mask});
}

FrameBatch::Halves::Halves(const Pdm& pdm, const AuEstimator& estimator)
    : evidence{estimator.evidence(), estimator.evidence()},
      fhog(estimator.needs().fhog),
      shape(pdm),
      descriptor(kFhogSize) {}

void FrameBatch::clear() {
  for (int i = 0; i < frames_; ++i) {
    Slot& slot = slot_[static_cast<std::size_t>(i)];
    slot.view = {};
    if (slot.own) slot.frame.forget();
    if (slot.frame.bytes() > kKeptBytes) slot.frame.release();
  }
  frames_ = faces_ = 0;
  bytes_ = 0;
}

bool FrameBatch::takes(std::size_t bytes) const {
  return frames_ == 0 || (frames_ < kMostFrames && bytes_ + bytes <= kMostBytes);
}

StageClock& FrameBatch::add_own_frame() {
  Slot& slot = slot_[static_cast<std::size_t>(frames_)];
  Frame& frame = slot.frame;
  const bool whole = options_.needs.picture || !frame.converts_parts();
  StageClock& clock = add_frame(
      {frame.index, frame.timestamp_s, whole ? frame.bgr() : Picture(frame).size(), frame.missing});
  slot.own = true;
  clock.add(Stage::decode, slot.frame.decode_ms);
  return clock;
}

StageClock& FrameBatch::add_frame(const FrameView& frame) {
  Slot& slot = slot_[static_cast<std::size_t>(frames_++)];
  slot.view = frame;
  slot.own = false;
  slot.clock = {};
  bytes_ += bytes_of_last();
  return slot.clock;
}

std::size_t FrameBatch::bytes_of_last() const {
  const ImageView& bgr = frame(frames_ - 1).bgr;
  return std::size_t{3} * static_cast<std::size_t>(bgr.width) *
         static_cast<std::size_t>(bgr.height);
}

void FrameBatch::add_faces(std::span<const TrackedFace> faces, const Camera& camera) {
  for (const TrackedFace& face : faces) {
    if (static_cast<std::size_t>(faces_) == face_.size()) {
      face_.emplace_back();
      if (options_.needs.fhog) fhog_.resize(face_.size() * kFhogSize);
    }
    FaceWork& work = face_[static_cast<std::size_t>(faces_++)];
    work.frame = frames_ - 1;
    work.face = face;
    work.result.camera = camera;
  }
}

void FrameBatch::analyse() {
  evidence_->resize(faces_);
  if (halves_)
    for (auto& evidence : halves_->evidence) evidence->resize(faces_);
  for (int i = 0; i < faces_; ++i) analyse(face_[static_cast<std::size_t>(i)], i);
  StageClock all;
  all.time(Stage::predict, [&] {
    evidence_->conclude();
    if (halves_)
      for (auto& evidence : halves_->evidence) evidence->conclude();
  });
  for (int i = 0; i < faces_; ++i)
    clock(face(i).frame).add(Stage::predict, all.ms(Stage::predict) / faces_);
}

void FrameBatch::analyse(FaceWork& work, int i) {
  const FrameView& frame = this->frame(work.frame);
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
    result.pose = head_pose(*shapes_.face, result.shape, result.landmarks, result.camera);
    result.landmarks_3d_mm =
        landmarks_3d(*shapes_.face, result.shape, result.landmarks, result.camera);
  });
  work.light = {};
  if (options_.light && result.success && frame.index % kLightStep == 0)
    stages.time(Stage::light,
                [&] { work.light = light_meter_.measure(picture(work.frame), result.landmarks); });
  result.gaze = {};
  result.eyes = {};
  if (options_.needs.gaze) stages.time(Stage::gaze, [&] { look(work); });

  work.blendshapes.reset();
  const bool for_estimator = frame.index % kBlendshapeStep == 0;
  if (blendshapes_ && work.face.mesh && (for_estimator || options_.all_blendshapes))
    stages.time(Stage::landmarks,
                [&] { work.blendshapes = blendshapes_->compute(*work.face.mesh); });

  // The action units have a fit of their own; a tracker that makes the same one passes it on.
  ShapeFit fit = work.face.shape;
  bool analysable = work.face.analysable;
  if (analysable && !work.face.shape_is_calc_params)
    analysable = stages.time(Stage::fit, [&] { return fitter_.fit(result.landmarks, fit); }) > 0;
  if (!analysable) {
    evidence_->fail(i);
    if (halves_)
      for (auto& evidence : halves_->evidence) evidence->fail(i);
    blacken(work, i);
    return;
  }
  align(work, i, fit, stages);
  const AuView view{.picture = picture(work.frame),
                    .fit = &fit,
                    .fhog = fhog(i),
                    .mesh = work.face.mesh ? &*work.face.mesh : nullptr,
                    .blendshapes = for_estimator && work.blendshapes ? &*work.blendshapes : nullptr,
                    .timestamp_s = frame.timestamp_s};
  stages.time(Stage::predict, [&] { evidence_->look(i, view); });
  if (halves_) look_at_halves(work, i, view, stages);
}

void FrameBatch::look_at_halves(const FaceWork& work, int i, const AuView& whole,
                                StageClock& stages) {
  Midline middle;
  ShapeInSpace shape;
  if (halves_->fhog) {
    middle = midline_of(work.result.landmarks);
    const SimilarityTransform to =
        aligner_.transform(work.result.landmarks, whole.fit->tx, whole.fit->ty);
    for (Point2* point : {&middle.brows, &middle.chin})
      *point = {to.a * point->x - to.b * point->y + to.tx,
                to.b * point->x + to.a * point->y + to.ty};
    shape = halves_->shape.shape(*whole.fit);
  }
  for (const PictureHalf half : kPictureHalves) {
    AuView view = whole;
    view.half = half;
    view.whole = evidence_.get();
    ShapeFit fit;
    if (halves_->fhog) {
      stages.time(Stage::align, [&] {
        halves_->crop.mirror(work.aligned, middle, half, halves_->mirrored);
        fit = halves_->shape.fit(ShapeMirror::mirrored(shape, half));
      });
      const std::span<float, kFhogSize> descriptor(halves_->descriptor.data(), kFhogSize);
      stages.time(Stage::fhog, [&] { compute_fhog(halves_->mirrored, descriptor); });
      view.fit = &fit;
      view.fhog = descriptor;
    }
    stages.time(Stage::predict,
                [&] { halves_->evidence[static_cast<std::size_t>(half)]->look(i, view); });
  }
}

void FrameBatch::align(FaceWork& work, int i, const ShapeFit& fit, StageClock& stages) {
  const Needs& needs = options_.needs;
  if (!needs.aligned && !needs.fhog) return;
  const Picture bgr = picture(work.frame);
  stages.time(Stage::align, [&] {
    if (needs.fhog || !aligner_for_people_)
      aligner_.align(bgr, work.result.landmarks, fit, work.aligned);
    if (!aligner_for_people_) return;
    const bool grey = options_.crop->grey;
    aligner_for_people_->align(bgr, work.result.landmarks, fit, grey ? colour_ : work.crop);
    if (grey) to_grey(colour_, work.crop);
  });
  if (needs.fhog) stages.time(Stage::fhog, [&] { compute_fhog(work.aligned, fhog_of(i)); });
}

void FrameBatch::blacken(FaceWork& work, int i) {
  if (options_.needs.fhog) std::fill_n(fhog_of(i).begin(), kFhogSize, 0.0f);
  if (!options_.needs.aligned) return;
  if (aligner_for_people_)
    make_black(work.crop, aligner_for_people_->options().size, options_.crop->grey ? 1 : 3);
  else
    make_black(work.aligned, kFhogCrop, 3);
}

void FrameBatch::look(FaceWork& work) {
  FrameResult& result = work.result;
  const Camera& camera = result.camera;
  if (shapes_.eyes[0] == nullptr) {
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
  if (!result.success && !options_.still) return;
  for (std::size_t eye = 0; eye < 2; ++eye)
    result.gaze.direction[eye] =
        gaze_direction(static_cast<int>(eye), mm[eye], result.landmarks_3d_mm, result.pose);
  result.gaze.angle_rad = gaze_angles(result.gaze.direction[0], result.gaze.direction[1]);
}

std::span<float, kFhogSize> FrameBatch::fhog_of(int face) {
  return std::span<float, kFhogSize>(&fhog_[static_cast<std::size_t>(face) * kFhogSize], kFhogSize);
}

std::span<const float> FrameBatch::fhog(int face) const {
  if (!options_.needs.fhog) return {};
  return std::span(fhog_).subspan(static_cast<std::size_t>(face) * kFhogSize, kFhogSize);
}

ImageView FrameBatch::aligned(int face) const {
  if (!options_.needs.aligned) return {};
  return aligner_for_people_ ? this->face(face).crop : this->face(face).aligned;
}

}  // namespace auriga
