// The feature vector of all action-unit models: x = [FHOG, geometry] (spec au-core.md sections 5
// and 6).
#pragma once

#include "auriga/face.hpp"

namespace auriga {

inline constexpr int kAppearanceFeatures = 12 * 12 * 31;  // FHOG: rows x columns x channels
inline constexpr int kGeometryFeatures = 3 * kLandmarks + kShapeModes;
inline constexpr int kFeatures = kAppearanceFeatures + kGeometryFeatures;
static_assert(kAppearanceFeatures == 4464 && kGeometryFeatures == 238 && kFeatures == 4702);

}  // namespace auriga
