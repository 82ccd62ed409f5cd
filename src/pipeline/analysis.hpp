// The stages that need nothing but one frame: aligned face, FHOG, geometry, scores, pose.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "auriga/extract.hpp"

#include "appearance/face_aligner.hpp"
#include "appearance/fhog.hpp"
#include "au/features.hpp"
#include "au/geometry.hpp"
#include "au/predictor.hpp"
#include "base/stage_clock.hpp"
#include "media/frame.hpp"
#include "models/au_models.hpp"
#include "shape/shape_model.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// What the analysis computes with; immutable, shared by all threads.
struct AnalysisModels {
  AnalysisModels(const AuModelSet& set, PredictorKind kind);

  Pdm pdm;
  std::vector<Triangle> triangles;
  ShapeModel shape;
  GeometryDescriptor geometry;
  AuPredictor predictor;
};

// A frame on its way through the pipeline.
struct FrameWork {
  Frame frame;
  TrackedFace face;
  FrameResult result;
  Image aligned;
};

// A few consecutive frames, analysed by one thread, so that all models see them in one matrix
// product. Buffers are kept from batch to batch.
class FrameBatch {
 public:
  // `capacity`: most frames in a batch.
  FrameBatch(const AnalysisModels& models, int capacity);

  int capacity() const { return static_cast<int>(frames_.size()); }
  int size() const { return size_; }
  void set_size(int size) { size_ = size; }
  FrameWork& operator[](int i) { return frames_[static_cast<std::size_t>(i)]; }

  // From `frame` and `face` of each frame: `result`, `aligned`, and the arrays below.
  void analyse(const Camera& camera);

  std::span<const float> fhog(int i) const;       // 4464; zero for failed frames
  std::span<const double> geometry(int i) const;  // 238
  std::span<const double> scores(int i) const;    // one per model, without the person's median

  StageClock clock;

 private:
  const AnalysisModels& models_;
  FaceAligner aligner_;
  int size_ = 0;
  std::vector<FrameWork> frames_;
  std::vector<float> fhog_;
  std::vector<double> geometry_;
  std::vector<double> scores_;
};

}  // namespace auriga
