// The stages that need nothing but one face in one frame: aligned face, FHOG, evidence of action
// units, pose, gaze.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "auriga/extract.hpp"

#include "appearance/face_aligner.hpp"
#include "appearance/fhog.hpp"
#include "au/estimator.hpp"
#include "base/stage_clock.hpp"
#include "media/frame.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/shape_model.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// What the analysis computes with; immutable, shared by all threads.
struct AnalysisModels {
  // `pdm`: 68 points in iBUG order.
  AnalysisModels(Pdm pdm, std::vector<Triangle> triangles,
                 std::shared_ptr<const AuEstimator> estimator);
  AnalysisModels(const AnalysisModels&) = delete;
  AnalysisModels& operator=(const AnalysisModels&) = delete;

  Pdm pdm;
  std::vector<Triangle> triangles;
  ShapeModel shape;
  std::shared_ptr<const AuEstimator> estimator;
};

// The shape models that the parameters of tracked faces belong to; must outlive their users.
struct TrackedShapes {
  const ShapeModel* face = nullptr;
  std::array<const ShapeModel*, 2> eyes{};  // null: the landmarker finds no eyes
};

// A face on its way through the pipeline.
struct FaceWork {
  int frame = 0;  // index in the batch
  TrackedFace face;
  FrameResult result;
  Image aligned;  // what the action units see
  Image crop;     // what people see, if that is something else
};

// A few consecutive frames, analysed by one thread, so that all models see their faces in one
// matrix product. Buffers are kept from batch to batch.
class FrameBatch {
 public:
  // `capacity`: most frames in a batch, >= 1. The models must outlive the batch.
  FrameBatch(const AnalysisModels& models, const TrackedShapes& shapes, int capacity,
             const std::optional<CropOptions>& crop = {});

  void clear() { frames_ = faces_ = 0; }
  bool full() const { return frames_ == static_cast<int>(frame_.size()); }
  // The place for another frame, to be filled by the caller. Only when not full().
  Frame& next_frame() { return frame_[static_cast<std::size_t>(frames_)]; }
  // It holds a frame now, with these faces.
  void add_frame(std::span<const TrackedFace> faces);

  int frames() const { return frames_; }
  const Frame& frame(int i) const { return frame_[static_cast<std::size_t>(i)]; }
  StageClock& clock(int frame) { return frame_[static_cast<std::size_t>(frame)].clock; }
  int faces() const { return faces_; }
  const FaceWork& face(int i) const { return face_[static_cast<std::size_t>(i)]; }
  // What to show of it.
  ImageView picture(int i) const { return aligner_for_people_ ? face(i).crop : face(i).aligned; }

  // From frames and tracked faces: results, crops, FHOG and evidence. A video has no gaze where
  // success is false; a `still` picture does.
  void analyse(const Camera& camera, bool still = false);

  std::span<const float> fhog(int face) const;               // 4464; zero where not analysable
  const AuEvidence& evidence() const { return *evidence_; }  // of the faces, by their index

 private:
  void analyse(FaceWork& work, std::size_t i, const Camera& camera, bool still);
  void look(FaceWork& work, const Camera& camera, bool still);

  const AnalysisModels& models_;
  TrackedShapes shapes_;
  FaceAligner aligner_;
  std::optional<FaceAligner> aligner_for_people_;
  bool grey_for_people_ = false;
  ShapeFitter fitter_;
  int frames_ = 0, faces_ = 0;
  std::vector<Frame> frame_;
  std::vector<FaceWork> face_;
  std::vector<float> fhog_;
  std::unique_ptr<AuEvidence> evidence_;
  Image colour_;  // a crop for people before it becomes grey
};

}  // namespace auriga
