// The neutral face of a person, learnt from faces of a clip that may show an expression for most of
// it.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "auriga/calibration.hpp"

#include "au/mesh/expression_evidence.hpp"
#include "au/mesh/mesh_models.hpp"

namespace auriga {

// A person's neutral face as far as it is known.
struct KnownFace {
  std::vector<float> features;  // MeshFeatures::count(); 0 of those that are not compared
  std::vector<float> levels;    // of each MeshAuModel::lift; NaN where no face had blendshapes
  NeutralFacts facts;
};

// How it is learnt. With n of the faces neutral (evidence below 1, pitch and yaw within 20 degrees
// of their medians over all faces), at `rate` frames per second:
//
//   mouth, cheeks, nose: models' neutral face + w (median over the calmest half of the neutral
//   faces
//                        - models' neutral face),  w = n / (n + rate / 2), 0 where n < rate / 4
//   lower lid:           median over all neutral faces; the models' neutral face where w is 0
//   eye opening:         median over the faces with open eyes; the models' neutral face where they
//   are
//                        fewer than rate / 2
//   brows, pose:         median over all faces
//   levels:              quantile MeshAuModel::Lift::quantile over all faces
//
// So a face that never is neutral is compared with the models' neutral face, and one that is only
// for moments partly so. Medians of an even number are the mean of the two in the middle.
// Immutable: any number of threads may share one.
class NeutralRule {
 public:
  // `models` must outlive this object.
  explicit NeutralRule(const MeshAuModels& models);

  // What is kept of a face: a row of width() numbers, its used features first.
  std::size_t width() const { return used_.size() + 2 + lifts_.size(); }
  const std::vector<int>& used_features() const { return used_; }
  // The features of a row in their places; others are left as they are.
  void features(const float* row, std::span<float> features) const;
  // Of each MeshAuModel::lift; NaN of a face without blendshapes.
  std::span<const float> levels(const float* row) const {
    return {row + used_.size() + 2, lifts_.size()};
  }
  std::size_t lifts() const { return lifts_.size(); }
  // features: MeshFeatures::count() values.
  void write(std::span<const float> features, const Expression& expression,
             const Blendshapes* blendshapes, float* row) const;

  // Buffers of a call, which allocates nothing in those that have held as many rows before.
  struct Workspace {
    void reserve(std::size_t most_rows) {
      rows.reserve(most_rows);
      order.reserve(most_rows);
      neutral.reserve(most_rows);
      eyes_open.reserve(most_rows);
      values.reserve(most_rows);
    }
    std::vector<const float*> rows;                    // of whoever calls
    std::vector<std::pair<float, std::size_t>> order;  // evidence and place of neutral faces
    std::vector<const float*> neutral, eyes_open;
    std::vector<float> values;
  };

  // rows: at least one; each stands for `each` faces. rate: frames per second, more than 0.
  void learn(std::span<const float* const> rows, int each, double rate, Workspace& workspace,
             KnownFace& face) const;
  // Where every face is known to be neutral: medians over all of them.
  void learn_from_neutral(std::span<const float* const> rows, int each, Workspace& workspace,
                          KnownFace& face) const;

 private:
  enum class Group { mouth, lower_lid, eye, always };
  static Group group_of(int feature);
  void medians(std::span<const float* const> rows, Workspace& workspace, KnownFace& face) const;

  const MeshAuModels& models_;
  std::vector<int> used_;
  std::vector<const MeshAuModel::Lift*> lifts_;
  int pitch_ = -1, yaw_ = -1;  // their columns; -1: not used
};

}  // namespace auriga
