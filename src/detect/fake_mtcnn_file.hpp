// For tests: networks in the format of MTCNN's files, and what they compute by the plain loops of
// spec mtcnn.md section 3.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "support/golden.hpp"

namespace auriga::test {

// A picture of maps: value (map, y, x) at (map * height + y) * width + x.
struct Maps {
  int channels = 0, height = 0, width = 0;
  std::vector<double> values;
  Maps(int c, int h, int w)
      : channels(c), height(h), width(w), values(static_cast<std::size_t>(c * h * w)) {}
  double& at(int c, int y, int x) {
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
  double at(int c, int y, int x) const {
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
};

// One layer as it stands in the file.
struct MtcnnLayer {
  std::int32_t kind = 0;
  int inputs = 0, outputs = 0;
  int kernel_width = 0, kernel_height = 0, stride_x = 0, stride_y = 0;
  std::vector<float> bias, weights;  // as stored; of PReLU the slopes as weights

  float weight(int in, int out, int y, int x) const {  // of a convolution
    return weights[static_cast<std::size_t>(
        ((in * outputs + out) * kernel_height + y) * kernel_width + x)];
  }
};

inline MtcnnLayer convolution(int inputs, int outputs, int kernel_width, int kernel_height) {
  return {0,
          inputs,
          outputs,
          kernel_width,
          kernel_height,
          1,
          1,
          std::vector<float>(static_cast<std::size_t>(outputs)),
          std::vector<float>(
              static_cast<std::size_t>(inputs * outputs * kernel_width * kernel_height))};
}
inline MtcnnLayer max_pool(int width, int height, int stride_x, int stride_y) {
  return {1, 0, 0, width, height, stride_x, stride_y, {}, {}};
}
inline MtcnnLayer fully_connected(int inputs, int outputs) {
  return {2,
          inputs,
          outputs,
          0,
          0,
          0,
          0,
          std::vector<float>(static_cast<std::size_t>(outputs)),
          std::vector<float>(static_cast<std::size_t>(inputs * outputs))};
}
inline MtcnnLayer prelu(int channels) {
  return {3, channels, channels,
          0, 0,        0,
          0, {},       std::vector<float>(static_cast<std::size_t>(channels), 1.0f)};
}

inline void randomize(std::vector<MtcnnLayer>& layers, std::mt19937& random) {
  std::uniform_real_distribution<float> value(-1, 1);
  for (MtcnnLayer& layer : layers) {
    for (float& v : layer.bias) v = value(random);
    for (float& v : layer.weights) v = value(random);
  }
}

inline void append_i32(std::string& bytes, std::int32_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void append_floats(std::string& bytes, const float* values, std::size_t count) {
  bytes.append(reinterpret_cast<const char*>(values), count * sizeof(float));
}
inline void append_matrix(std::string& bytes, int rows, int cols, const float* values) {
  append_i32(bytes, rows);
  append_i32(bytes, cols);
  append_i32(bytes, 5);
  append_floats(bytes, values, static_cast<std::size_t>(rows * cols));
}

inline std::string file_bytes(const std::vector<MtcnnLayer>& layers) {
  std::string bytes;
  append_i32(bytes, static_cast<std::int32_t>(layers.size()));
  for (const MtcnnLayer& layer : layers) {
    append_i32(bytes, layer.kind);
    if (layer.kind == 0) {
      append_i32(bytes, layer.inputs);
      append_i32(bytes, layer.outputs);
      append_floats(bytes, layer.bias.data(), layer.bias.size());
      const int floats = layer.kernel_height * layer.kernel_width;
      for (int k = 0; k < layer.inputs * layer.outputs; ++k)
        append_matrix(bytes, layer.kernel_height, layer.kernel_width,
                      layer.weights.data() + k * floats);
    } else if (layer.kind == 1) {
      for (int v : {layer.kernel_width, layer.kernel_height, layer.stride_x, layer.stride_y})
        append_i32(bytes, v);
    } else if (layer.kind == 2) {
      append_matrix(bytes, layer.outputs, 1, layer.bias.data());
      append_matrix(bytes, layer.inputs, layer.outputs, layer.weights.data());
    } else {
      append_matrix(bytes, layer.outputs, 1, layer.weights.data());
    }
  }
  return bytes;
}

inline Maps apply(const MtcnnLayer& layer, const Maps& in) {
  if (layer.kind == 0) {
    Maps out(layer.outputs, in.height - layer.kernel_height + 1, in.width - layer.kernel_width + 1);
    for (int o = 0; o < out.channels; ++o)
      for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x) {
          double sum = layer.bias[static_cast<std::size_t>(o)];
          for (int i = 0; i < in.channels; ++i)
            for (int yy = 0; yy < layer.kernel_height; ++yy)
              for (int xx = 0; xx < layer.kernel_width; ++xx)
                sum += layer.weight(i, o, yy, xx) * in.at(i, y + yy, x + xx);
          out.at(o, y, x) = sum;
        }
    return out;
  }
  if (layer.kind == 1) {
    const auto length = [](int size, int kernel, int stride) {
      return static_cast<int>(std::round(static_cast<double>(size - kernel) / stride)) + 1;
    };
    Maps out(in.channels, length(in.height, layer.kernel_height, layer.stride_y),
             length(in.width, layer.kernel_width, layer.stride_x));
    for (int c = 0; c < out.channels; ++c)
      for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x) {
          const int top = y * layer.stride_y, left = x * layer.stride_x;
          double most = in.at(c, top, left);
          for (int yy = top; yy < std::min(top + layer.kernel_height, in.height); ++yy)
            for (int xx = left; xx < std::min(left + layer.kernel_width, in.width); ++xx)
              most = std::max(most, in.at(c, yy, xx));
          out.at(c, y, x) = most;
        }
    return out;
  }
  if (layer.kind == 2) {
    const bool per_pixel = layer.inputs == in.channels;
    Maps out(layer.outputs, per_pixel ? in.height : 1, per_pixel ? in.width : 1);
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x) {
        std::vector<double> flat;
        for (int c = 0; c < in.channels; ++c) {
          if (per_pixel) {
            flat.push_back(in.at(c, y, x));
            continue;
          }
          for (int xx = 0; xx < in.width; ++xx)
            for (int yy = 0; yy < in.height; ++yy) flat.push_back(in.at(c, yy, xx));
        }
        for (int o = 0; o < out.channels; ++o) {
          double sum = layer.bias[static_cast<std::size_t>(o)];
          for (std::size_t i = 0; i < flat.size(); ++i)
            sum += layer.weights[i * static_cast<std::size_t>(layer.outputs) +
                                 static_cast<std::size_t>(o)] *
                   flat[i];
          out.at(o, y, x) = sum;
        }
      }
    return out;
  }
  Maps out = in;
  for (int c = 0; c < out.channels; ++c)
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x)
        if (out.at(c, y, x) < 0) out.at(c, y, x) *= layer.weights[static_cast<std::size_t>(c)];
  return out;
}

// Networks that say the same of every picture: `outputs` as their last layer's bias.
struct ConstantNetworks {
  std::vector<MtcnnLayer> pnet{convolution(3, 1, 3, 3), max_pool(2, 2, 2, 2),
                               convolution(1, 1, 5, 5), fully_connected(1, 6)};
  std::vector<MtcnnLayer> rnet{convolution(3, 1, 24, 24), fully_connected(1, 6)};
  std::vector<MtcnnLayer> onet{convolution(3, 1, 48, 48), fully_connected(1, 16)};
  // A face everywhere, without regression.
  ConstantNetworks() {
    for (auto* network : {&pnet, &rnet, &onet}) network->back().bias[1] = 10;
  }
  // The list that names the three files.
  std::filesystem::path write(const std::filesystem::path& folder) const {
    write_text(folder / "p.dat", file_bytes(pnet));
    write_text(folder / "r.dat", file_bytes(rnet));
    write_text(folder / "o.dat", file_bytes(onet));
    write_text(folder / "list.txt", "PNet p.dat\r\nRNet r.dat\r\nONet o.dat\r\n");
    return folder / "list.txt";
  }
};

}  // namespace auriga::test
