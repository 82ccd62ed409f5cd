#include "au/mesh/expression_evidence.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "au/mesh/blendshape_level.hpp"

namespace auriga {
namespace {

constexpr double kSmile = 0.3, kSmileUnit = 4, kJawUnit = 2;
constexpr double kShut = 0.4, kShutUnit = 2;

struct Sign {
  BlendshapeLevel level;
  double full;  // that is evidence enough
};

const std::vector<Sign>& signs() {
  static const std::vector<Sign> all = [] {
    std::vector<Sign> made;
    for (const auto& [name, full] : {std::pair{"jawOpen", 0.25},
                                     {"mouthLowerDown", 0.5},
                                     {"mouthUpperUp", 0.5},
                                     {"mouthFunnel", 0.4},
                                     {"mouthStretch", 0.4},
                                     {"mouthPress", 0.6},
                                     {"mouthRollLower", 0.5},
                                     {"mouthFrown", 0.4}})
      made.push_back({*blendshape_level(name), full});
    return made;
  }();
  return all;
}

}  // namespace

ExpressionMeter::ExpressionMeter(const MeshAuModels& models) : units_(models) {
  units_.units.clear();
  for (const auto& [name, place] :
       {std::pair{"AU12", &smile_}, {"AU26", &jaw_}, {"AU45", &lids_}}) {
    // Not by reference: clang before 16 captures no structured binding.
    const auto unit =
        std::find_if(models.units.begin(), models.units.end(),
                     [sought = name](const MeshAuModel& one) { return one.name == sought; });
    if (unit == models.units.end()) continue;
    *place = static_cast<int>(units_.units.size());
    units_.units.push_back(*unit);
  }
  values_.resize(units_.units.size());
}

Expression ExpressionMeter::look(std::span<const float> features, const Blendshapes* blendshapes) {
  assert(features.size() == units_.neutral.size());
  mesh_intensities(units_, features, units_.neutral, values_);
  const auto value = [&](int unit) {
    return unit == kNone ? 0 : values_[static_cast<std::size_t>(unit)];
  };
  static const BlendshapeLevel smile = *blendshape_level("mouthSmile"),
                               blink = *blendshape_level("eyeBlink");
  double smiles = value(smile_) / kSmileUnit;
  double evidence = value(jaw_) / kJawUnit;
  Expression expression;
  if (blendshapes) {
    smiles = std::max(smiles, smile.of(*blendshapes));
    for (const Sign& sign : signs())
      evidence = std::max(evidence, sign.level.of(*blendshapes) / sign.full);
    expression.eyes_open = blink.of(*blendshapes) < kShut;
  } else {
    expression.eyes_open = value(lids_) < kShutUnit;
  }
  expression.evidence = static_cast<float>(std::max(evidence, smiles / kSmile));
  return expression;
}

}  // namespace auriga
