// A few consecutive frames and what is told of their faces.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "auriga/row.hpp"
#include "auriga/session.hpp"
#include "auriga/source.hpp"

#include "appearance/face_aligner.hpp"
#include "appearance/face_light.hpp"
#include "appearance/fhog.hpp"
#include "au/estimator.hpp"
#include "base/stage_clock.hpp"
#include "engine/face_shape.hpp"
#include "landmarks/blendshapes.hpp"
#include "media/picture.hpp"
#include "recipes/face_method.hpp"
#include "shape/shape_fitter.hpp"
#include "sides/mirrored_crop.hpp"
#include "sides/mirrored_shape.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// What is to be computed of a face, and how.
struct AnalysisOptions {
  Needs needs;                      // of the estimator and of whoever reads the rows
  std::optional<CropOptions> crop;  // what people see; empty: what the action units see
  bool still = false;               // gaze also where success is false
  bool all_blendshapes = false;     // somebody reads them in every row
  bool light = false;               // FaceWork::light, in every kLightStep-th frame
};

// A face on its way through the stages.
struct FaceWork {
  int frame = 0;  // index in the batch
  TrackedFace face;
  FrameResult result;
  std::optional<Blendshapes> blendshapes;
  FaceLight light;  // `frames` 0: not measured
  Image aligned;    // what the action units see
  Image crop;       // what people see, if that is something else
};

// The stages that need nothing but one face in one frame: pose, gaze, blendshapes, aligned face,
// FHOG, evidence of action units. One thread analyses a batch, so that all models see its faces in
// one matrix product. Buffers are kept from batch to batch.
class FrameBatch {
 public:
  // The estimator gets blendshapes in every frame whose index is a multiple of this, whoever else
  // reads them: of three in a row they tell it hardly more (docs/performance.md).
  static constexpr int kBlendshapeStep = 3;
  // How a face is lit changes slowly.
  static constexpr int kLightStep = 15;
  static constexpr int kMostFrames = 8;
  static constexpr std::size_t kMostBytes = 12 << 20;  // of frames, unless it is a single one

  // What it is given must outlive the batch. `blendshapes`: null: there is no network for them.
  FrameBatch(const FaceShape& shape, const TrackedShapes& shapes, const AuEstimator& estimator,
             const std::shared_ptr<const BlendshapeNetwork::Model>& blendshapes,
             const AnalysisOptions& options);

  // Empty again. Gives the memory of large frames back.
  void clear();
  // Whether there is place for another frame of so many bytes; in an empty one always.
  bool takes(std::size_t bytes) const;

  // The place for another frame that it takes.
  Frame& next_frame() { return slot_[static_cast<std::size_t>(frames_)].frame; }
  // The frame is there now: that of next_frame(), of which no more is converted than is looked at
  // where Needs::picture and the frame allow it, or one of the caller's, which stays his and must
  // live until clear(). Returns its clock.
  StageClock& add_own_frame();
  StageClock& add_frame(const FrameView& frame);
  // Faces of the frame that was added last, and the camera that saw it.
  void add_faces(std::span<const TrackedFace> faces, const Camera& camera);

  int frames() const { return frames_; }
  const FrameView& frame(int i) const { return slot_[static_cast<std::size_t>(i)].view; }
  // Of frame i, also where frame(i) has its size only: nobody has asked for all of it.
  Picture picture(int i) {
    Slot& slot = slot_[static_cast<std::size_t>(i)];
    return slot.own ? Picture(slot.frame) : Picture(slot.view.bgr);
  }
  StageClock& clock(int frame) { return slot_[static_cast<std::size_t>(frame)].clock; }
  std::size_t bytes_of_last() const;  // of the frame that was added last, in BGR
  int faces() const { return faces_; }
  const FaceWork& face(int i) const { return face_[static_cast<std::size_t>(i)]; }
  const AuEvidence& evidence() const { return *evidence_; }
  // Of the faces as if both sides were that half. Only with Needs::sides.
  const AuEvidence& evidence(PictureHalf half) const {
    return *halves_->evidence[static_cast<std::size_t>(half)];
  }

  void analyse();

  // Only what is needed, the rest is empty.
  std::span<const float> fhog(int face) const;  // 4464; zero where not analysable
  ImageView aligned(int face) const;            // black where not analysable

 private:
  struct Slot {
    Frame frame;
    FrameView view;
    bool own = false;  // `view` is that of `frame`
    StageClock clock;
  };

  // What faces are seen with as if both their sides were one half.
  struct Halves {
    Halves(const Pdm& pdm, const AuEstimator& estimator);
    std::array<std::unique_ptr<AuEvidence>, 2> evidence;
    bool fhog;  // the estimator needs it
    ShapeMirror shape;
    CropMirror crop;
    Image mirrored;
    std::vector<float> descriptor;
  };

  void analyse(FaceWork& work, int i);
  void look_at_halves(const FaceWork& work, int i, const AuView& whole, StageClock& stages);
  void look(FaceWork& work);
  void align(FaceWork& work, int i, const ShapeFit& fit, StageClock& stages);
  void blacken(FaceWork& work, int i);
  std::span<float, kFhogSize> fhog_of(int face);

  TrackedShapes shapes_;
  AnalysisOptions options_;
  FaceAligner aligner_;
  std::optional<FaceAligner> aligner_for_people_;
  ShapeFitter fitter_;
  int frames_ = 0, faces_ = 0;
  std::size_t bytes_ = 0;  // of the frames
  std::vector<Slot> slot_;
  std::vector<FaceWork> face_;
  std::vector<float> fhog_;
  LightMeter light_meter_;
  std::optional<BlendshapeNetwork> blendshapes_;  // if they are needed and can be had
  std::unique_ptr<AuEvidence> evidence_;
  std::optional<Halves> halves_;
  Image colour_;  // a crop for people before it becomes grey
};

}  // namespace auriga
