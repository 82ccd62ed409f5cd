// Random model sets and descriptors for the tests of this folder.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "au/linear/features.hpp"
#include "models/au_models.hpp"

namespace auriga::test {

inline std::vector<double> random_values(std::mt19937& random, int n, double lo, double hi) {
  std::uniform_real_distribution<double> value(lo, hi);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& v : values) v = value(random);
  return values;
}

// `intensities` + `presences` models, in an order that is not the order of their names; every third
// one static. Scores of descriptors in the range of real ones are within about +-3. Presences emit
// 0 for a positive score, but every fourth 1.
inline AuModelSet synthetic_models(int intensities, int presences, std::uint32_t seed) {
  std::mt19937 random(seed);
  AuModelSet set;
  set.dynamic = true;
  for (int i = 0; i < intensities + presences; ++i) {
    const int k = i < intensities ? intensities - 1 - i : i - intensities;
    AuModel model;
    model.name = "AU" + std::to_string(100 + k);
    model.kind = i < intensities ? AuKind::intensity : AuKind::presence;
    model.dynamic = i % 3 != 2;
    if (model.kind == AuKind::intensity && model.dynamic) model.cutoff = 0.1 * (1 + i % 9);
    model.means = random_values(random, kAppearanceFeatures, 0, 0.2);
    model.means.resize(kFeatures, 0.0);
    model.weights = random_values(random, kAppearanceFeatures, -0.3, 0.3);
    const auto geometry = random_values(random, kGeometryFeatures, -0.01, 0.01);
    model.weights.insert(model.weights.end(), geometry.begin(), geometry.end());
    model.bias = random_values(random, 1, -0.5, 0.5)[0];
    model.class_if_positive = i % 4 == 0 ? 1 : 0;
    model.class_otherwise = 1 - model.class_if_positive;
    set.models.push_back(model);
  }
  return set;
}

struct Descriptor {
  std::vector<float> fhog;
  std::vector<double> geometry;
};

inline Descriptor random_descriptor(std::mt19937& random) {
  const auto fhog = random_values(random, kAppearanceFeatures, 0, 0.3);
  return {{fhog.begin(), fhog.end()}, random_values(random, kGeometryFeatures, -20, 20)};
}

}  // namespace auriga::test
