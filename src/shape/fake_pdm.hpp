// Random shape models and landmarks for the tests.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "models/pdm.hpp"
#include "shape/shape_model.hpp"

namespace auriga::test {

inline float uniform(std::mt19937& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random() / 4294967296.0);
}

// Face-sized: points within 70 units, modes of about unit length, variances from 400 down to 0.5.
inline Pdm synthetic_pdm(int points, int modes, std::mt19937& random) {
  Pdm pdm;
  pdm.points = points;
  pdm.modes = modes;
  const std::size_t rows = 3 * static_cast<std::size_t>(points);
  pdm.mean.resize(rows);
  for (float& value : pdm.mean) value = uniform(random, -70, 70);
  pdm.basis.resize(rows * static_cast<std::size_t>(modes));
  const float length = std::sqrt(3.0f / static_cast<float>(rows));
  for (float& value : pdm.basis) value = uniform(random, -length, length);
  for (int j = 0; j < modes; ++j)
    pdm.variances.push_back(
        400 * std::pow(0.5f / 400, static_cast<float>(j) / static_cast<float>(modes)));
  return pdm;
}

inline ShapePose random_pose(std::mt19937& random, float scale) {
  return {scale,
          uniform(random, -0.5f, 0.5f),
          uniform(random, -0.5f, 0.5f),
          uniform(random, -0.5f, 0.5f),
          uniform(random, 200, 400),
          uniform(random, 200, 400)};
}

// Weights within one standard deviation.
inline std::vector<float> random_weights(const ShapeModel& model, std::mt19937& random) {
  std::vector<float> weights;
  for (const float variance : model.variances())
    weights.push_back(std::sqrt(variance) * uniform(random, -1, 1));
  return weights;
}

// The picture of a shape, every coordinate off by up to `noise` px.
inline std::vector<float> picture(const ShapeModel& model, const std::vector<float>& weights,
                                  const ShapePose& pose, std::mt19937& random, float noise) {
  std::vector<float> shape(3 * static_cast<std::size_t>(model.points())),
      landmarks(shape.size() / 3 * 2);
  model.shape(weights, shape);
  project(shape, pose, landmarks);
  for (float& value : landmarks) value += uniform(random, -noise, noise);
  return landmarks;
}

}  // namespace auriga::test
