// From mesh features frame by frame to the action units of a person over a whole video.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "au/estimator.hpp"
#include "au/mesh/expression_evidence.hpp"
#include "au/mesh/frame_rate.hpp"
#include "au/mesh/mesh_models.hpp"
#include "au/mesh/neutral_face.hpp"

namespace auriga {

// What is seen of one face in one frame.
struct MeshLook {
  std::span<const float> features;  // MeshFeatures::count()
  Expression expression;            // of it
  const Blendshapes* blendshapes =
      nullptr;  // null: those of the face before hold, if there are any
  double timestamp_s = 0;
};

// Per frame, in frame order, add(); after the last finish(); then row by row. With m the person's
// neutral face (NeutralRule, from all frames that succeeded), b the level of a unit's blendshape, l
// the person's usual one and f the networks (mesh_intensities):
//
//   value(i) = clip(clip(f(features(i), m) - dead zone, 0, 5) + gain max(0, b(i) - l), 0, 5)
//
//   intensity(i) = mean of value over those of the frames i-1, i, i+1 that succeeded
//
//   presence(i) = 1 where intensity(i) without what a blendshape adds >= threshold, else 0
//
// A frame that failed has zeros and takes no part in the values of its neighbours; the first and
// the last frame have one neighbour.
//
// now() gives value(i) itself, not smoothed, with the neutral face of the frames so far: by the
// same rule from a sample of them, at most kMostSampled at equal distances, learnt anew whenever
// the faces are one more than before, and from the 33rd on a sixteenth more. A person that begins
// with a calibration has its neutral face in all frames, final and now, and learns nothing: the
// same final values, to the byte, as the person that the calibration is of.
//
// Memory: with final values per frame 4 bytes for each number of NeutralRule::width(), and one
// byte; after finish(), and with a calibration to begin with, 4 bytes for each unit instead.
// Allocates once in 1024 frames, and where the neutral face is learnt. Without final values only
// the sample, 230 kB, from which calibration() is then, too. Not thread-safe; row() may be called
// from any number of threads.
class MeshPerson : public AuPerson {
 public:
  static constexpr std::size_t kMostSampled = 1024;

  // `models` must outlive this object. options.calibrate is not read. options.begin_with must have
  // passed AuEstimator::check() of the estimator of these models. `identity` is for calibration().
  explicit MeshPerson(const MeshAuModels& models, const AuPersonOptions& options = {},
                      AuIdentity identity = {});

  // Null: a frame that failed.
  void add(const MeshLook* look);
  // The same from MeshEvidence.
  void add(const AuEvidence& evidence, int i) override;
  void now(std::span<double> intensities, std::span<double> presences) const override;
  void finish() override;
  std::int64_t rows() const override { return keep_ ? frames_ : 0; }
  // One value per unit of the models.
  void row(std::int64_t i, std::span<double> intensities,
           std::span<double> presences) const override;
  Calibration calibration() const override;
  std::optional<NeutralFacts> neutral() const override;

 private:
  static constexpr std::int64_t kChunkFrames = 1024;
  struct Chunk {
    std::array<bool, kChunkFrames> ok{};
    // Frames x width of the rule, frames x values once the neutral face is known.
    std::vector<float> values;
  };

  void begin_with(const Calibration& calibration);
  void keep(bool ok);
  void sample();
  // Of the face of a row: the value of each unit, then what the units with a lift have without it.
  void tell(const float* row, const KnownFace& neutral, std::span<float> values);
  std::int64_t frames_in(std::size_t chunk) const;
  // From what is kept, or from the sample.
  void learn(NeutralRule::Workspace& workspace, KnownFace& face, bool from_sample) const;
  KnownFace learnt() const;

  const MeshAuModels& models_;
  NeutralRule rule_;
  AuIdentity identity_;
  bool keep_, now_, shown_neutral_;
  FrameRate rate_;
  std::vector<Chunk> chunks_;
  std::int64_t frames_ = 0, successes_ = 0;
  bool latest_ok_ = false, finished_ = false;
  // Of the latest face that had them.
  std::optional<Blendshapes> blendshapes_;
  Expression expression_;
  std::optional<Calibration> given_;
  std::optional<KnownFace> known_;  // given, or as it was at finish()
  // Rows of every sample_step_-th face; empty where there is no need for them.
  std::vector<float> sample_;
  std::int64_t sample_step_ = 1, learnt_at_ = 0;
  KnownFace so_far_;
  NeutralRule::Workspace workspace_;  // of so_far_
  std::vector<float> row_, values_;   // of the latest frame; values as tell() gives them
  std::vector<float> features_;       // workspaces of tell()
  std::vector<double> intensities_;
};

// A picture, or a face without calibration: the neutral face of the models stands for the person's,
// nothing is lifted and nothing smoothed. Arguments as MeshPerson has them.
void mesh_still_values(const MeshAuModels& models, std::span<const float> features,
                       std::span<double> intensities, std::span<double> presences);

}  // namespace auriga
