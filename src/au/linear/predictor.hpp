// Scores of all action-unit models (spec au-core.md section 8).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "au/linear/features.hpp"
#include "models/au_models.hpp"

namespace auriga {

// What one model predicts. An intensity is its score; a presence is one of two class values, by the
// score's sign.
struct AuTarget {
  std::string name;  // e.g. AU01
  AuKind kind = AuKind::intensity;
  bool dynamic = false;  // the person's median is subtracted, too
  double cutoff = -1;    // dynamic intensities only: quantile that becomes zero; -1 = none
  double class_if_positive = 0, class_otherwise = 0;  // presences only

  bool has_offset() const { return dynamic && cutoff != -1; }
  double class_of(double score) const { return score > 0 ? class_if_positive : class_otherwise; }
};

// batched: all models as one matrix, whole batches of frames at a time. sequential: one model after
// the other by the formula as the specification writes it; slower, there to check against. They
// agree to 1e-9.
enum class PredictorKind { batched, sequential };

// With features x, training mean mu, person median m, weights w and bias b the score of a model is
//   static:   (x - mu) . w + b
//   dynamic:  (x - mu - m) . w + b
// Both are linear in x and m, so the class computes two parts that the caller subtracts:
//   scores       x . w + (b - mu . w)     per frame, for all models, independent of the person
//   median_term  m . w                    once per median; 0 for static models
// That is what lets frames be predicted in any order and on any thread, and corrected when the
// final median is known.
//
// All sums are float64: a score is a difference of sums that are larger than itself, a presence is
// its sign, and subtracting the median afterwards must agree with the reference, which subtracts it
// first and in float64. In float32 labels near the decision boundary could flip. The order of
// summation is fixed (four interleaved partial sums), so that a frame's scores do not depend on the
// batch, the instruction set or the thread.
//
// Immutable after construction: any number of threads may share one. Nothing but the constructor
// and names() allocates.
class AuPredictor {
 public:
  // Throws Error(model) when a model does not have 4702 finite means and weights, a cutoff is
  // neither -1 nor in [0, 1), a name occurs twice among the intensities or the presences, the set
  // is empty, or a set that was read from a static list holds a dynamic model (a still image has no
  // median).
  explicit AuPredictor(const AuModelSet& set, PredictorKind kind = PredictorKind::batched);

  // In the order of the table's columns: intensities by name, then presences by name. Every array
  // "one value per model" below has this order.
  std::span<const AuTarget> targets() const { return targets_; }
  int models() const { return static_cast<int>(targets_.size()); }
  int intensities() const { return intensities_; }
  int presences() const { return models() - intensities_; }
  std::vector<std::string> names(AuKind kind) const;

  // The set came from the dynamic list: person calibration and offsets apply.
  bool dynamic() const { return dynamic_; }

  // fhog: frames x 4464, geometry: frames x 238, out: frames x models(), all row-major and without
  // gaps.
  void scores(std::span<const float> fhog, std::span<const double> geometry, int frames,
              std::span<double> out) const;

  // fhog_median: 4464, geometry_median: 238 values; out: models() values, 0 for static models.
  void median_term(std::span<const double> fhog_median, std::span<const double> geometry_median,
                   std::span<double> out) const;

 private:
  void scores_sequential(const float* fhog, const double* geometry, double* out) const;

  PredictorKind kind_;
  std::vector<AuTarget> targets_;
  int intensities_ = 0;
  bool dynamic_ = false;

  // batched: rows of padded weights, dynamic models first; row r belongs to target row_target_[r].
  std::vector<double> weights_;
  std::vector<double> constants_;  // bias - mean . weights, per row
  std::vector<int> row_target_;
  int dynamic_rows_ = 0;

  // sequential: the models in the order of targets_.
  std::vector<AuModel> plain_;
};

// Values of a still image, or of a face in a video with several (spec sections 10.3, 10.4):
// intensities clipped to [0, 5], and presences. scores: models() values of one frame; outputs:
// intensities() and presences() values.
void still_image_values(const AuPredictor& predictor, std::span<const double> scores,
                        std::span<double> intensities, std::span<double> presences);

}  // namespace auriga
