// How much of an expression a face shows by itself, without anything known of the person.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "auriga/face.hpp"

#include "au/mesh/mesh_models.hpp"

namespace auriga {

// Of one face.
struct Expression {
  float evidence = 0;  // 0 none; from 1 on the face is not neutral
  bool eyes_open = true;
};

// From blendshapes and from units told against the neutral face of the models. Channels that have a
// left and a right are their mean:
//
//   evidence = max(max(mouthSmile, AU12 / 4) / 0.3, jawOpen / 0.25, AU26 / 2, mouthLowerDown / 0.5,
//                  mouthUpperUp / 0.5, mouthFunnel / 0.4, mouthStretch / 0.4, mouthPress / 0.6,
//                  mouthRollLower / 0.5, mouthFrown / 0.4)
//   eyes_open = eyeBlink < 0.4
//
// Without blendshapes only AU12 and AU26 are evidence, and the eyes are open where AU45 < 2. Units
// that the models do not have are left out. Not thread-safe (it keeps buffers).
class ExpressionMeter {
 public:
  // `models` with their experimental units; nothing of them is kept.
  explicit ExpressionMeter(const MeshAuModels& models);

  // features: MeshFeatures::count() values. blendshapes: null where there are none. The same bits
  // on every processor but for what the blendshapes differ by. Does not allocate.
  Expression look(std::span<const float> features, const Blendshapes* blendshapes);

 private:
  static constexpr int kNone = -1;

  MeshAuModels units_;  // of AU12, AU26, AU45 those that there are
  int smile_ = kNone, jaw_ = kNone, lids_ = kNone;
  std::vector<double> values_;
};

}  // namespace auriga
