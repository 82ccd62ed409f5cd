// Plain loops that say what the layers of the validator's networks do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "models/binary_reader.hpp"

namespace auriga::test {

struct PlainMaps {
  int count = 0, height = 0, width = 0;
  std::vector<double> values;  // map, row, column

  double at(int map, int y, int x) const {
    return values[static_cast<std::size_t>((map * height + y) * width + x)];
  }
};

inline PlainMaps plain_max_pool(const PlainMaps& in) {
  PlainMaps out{in.count, (in.height + 1) / 2, (in.width + 1) / 2, {}};
  for (int map = 0; map < in.count; ++map)
    for (int y = 0; y < in.height; y += 2)
      for (int x = 0; x < in.width; x += 2) {
        double most = in.at(map, y, x);
        for (int j = y; j < std::min(y + 2, in.height); ++j)
          for (int i = x; i < std::min(x + 2, in.width); ++i)
            most = std::max(most, in.at(map, j, i));
        out.values.push_back(most);
      }
  return out;
}

// Reads a network and computes its outputs on the way.
inline std::vector<double> plain_scores(BinaryReader& reader, PlainMaps maps) {
  std::vector<double> vector;  // once there are no maps any more
  const int layers = reader.i32("");
  for (int layer = 0; layer < layers; ++layer) {
    const int kind = reader.i32("");
    if (kind == 0) {
      const int inputs = reader.i32(""), outputs = reader.i32("");
      std::vector<double> bias;
      for (int out = 0; out < outputs; ++out) bias.push_back(reader.f32(""));
      std::vector<BinaryMatrix<float>> kernels;
      for (int i = 0; i < inputs * outputs; ++i) kernels.push_back(reader.matrix<float>(""));
      const int rows = kernels[0].rows, cols = kernels[0].cols;
      PlainMaps result{outputs, maps.height - rows + 1, maps.width - cols + 1, {}};
      for (int out = 0; out < outputs; ++out)
        for (int y = 0; y < result.height; ++y)
          for (int x = 0; x < result.width; ++x) {
            double sum = bias[static_cast<std::size_t>(out)];
            for (int in = 0; in < inputs; ++in)
              for (int j = 0; j < rows; ++j)
                for (int i = 0; i < cols; ++i)
                  sum += maps.at(in, y + j, x + i) *
                         kernels[static_cast<std::size_t>(in * outputs + out)]
                             .values[static_cast<std::size_t>(j * cols + i)];
            result.values.push_back(sum);
          }
      maps = std::move(result);
    } else if (kind == 1) {
      maps = plain_max_pool(maps);
    } else if (kind == 2) {
      if (vector.empty())
        for (int map = 0; map < maps.count; ++map)
          for (int x = 0; x < maps.width; ++x)
            for (int y = 0; y < maps.height; ++y) vector.push_back(maps.at(map, y, x));
      const std::vector<float> bias = reader.vector<float>("");
      const BinaryMatrix<float> weights = reader.matrix<float>("");
      std::vector<double> result(bias.begin(), bias.end());
      for (std::size_t in = 0; in < vector.size(); ++in)
        for (std::size_t out = 0; out < result.size(); ++out)
          result[out] += vector[in] * weights.values[in * result.size() + out];
      vector = std::move(result);
    } else if (kind == 3) {
      for (double& v : vector.empty() ? maps.values : vector) v = std::max(v, 0.0);
    } else {
      throw std::invalid_argument("unknown kind of layer");
    }
  }
  return vector;
}

}  // namespace auriga::test
