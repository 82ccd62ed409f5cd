// Patch experts made up from random numbers, the bytes of their files, and pictures to search in.
// For tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "auriga/image.hpp"

#include "clm/ccnf_file.hpp"
#include "clm/cen_file.hpp"
#include "clm/svr_file.hpp"

namespace auriga::test {

inline float between(std::mt19937& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random() % 100000) / 100000.0f;
}

// A picture with structure at several scales.
inline Image textured_picture(int width, int height, std::mt19937& random) {
  Image picture(width, height, 1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      picture.row(y)[x] = static_cast<std::uint8_t>(
          std::clamp(128 + 60 * std::sin(x * 0.23 + y * 0.11) + 40 * std::sin(y * 0.31 - x * 0.07) +
                         static_cast<double>(between(random, -20, 20)),
                     0.0, 255.0));
  return picture;
}

// The little-endian bytes of a binary model file.
class ModelBytes {
 public:
  template <typename T>
  void number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void i32(std::int32_t value) { number(value); }
  void matrix(int rows, int cols, const std::vector<float>& values) {
    header(rows, cols, 5);
    for (const float value : values) number(value);
  }
  void matrix(int rows, int cols, const std::vector<double>& values) {
    header(rows, cols, 6);
    for (const double value : values) number(value);
  }
  void matrix(int rows, int cols, const std::vector<int>& values) {
    header(rows, cols, 4);
    for (const int value : values) i32(value);
  }
  std::string& bytes() { return bytes_; }

 private:
  void header(int rows, int cols, int type) {
    i32(rows);
    i32(cols);
    i32(type);
  }
  std::string bytes_;
};

template <typename File>
void append_header(ModelBytes& out, const File& file) {
  const int n = static_cast<int>(file.visible.size() / file.centres.size());
  out.number(file.training_scale);
  out.i32(static_cast<int>(file.centres.size()));
  for (const auto& centre : file.centres) {
    std::vector<double> degrees;
    for (const double angle : centre) degrees.push_back(angle * 180 / 3.14159265358979323846);
    out.matrix(3, 1, degrees);
  }
  for (std::size_t view = 0; view < file.centres.size(); ++view)
    out.matrix(n, 1,
               std::vector<int>(file.visible.begin() + static_cast<std::ptrdiff_t>(view) * n,
                                file.visible.begin() + static_cast<std::ptrdiff_t>(view + 1) * n));
}

inline std::string bytes_of(const CcnfFile& file) {
  ModelBytes out;
  append_header(out, file);
  out.i32(static_cast<int>(file.edges.size()));
  for (const EdgeComponents& edges : file.edges) {
    out.i32(edges.window);
    out.i32(static_cast<int>(edges.matrices.size()));
    for (const auto& matrix : edges.matrices)
      out.matrix(edges.window * edges.window, edges.window * edges.window, matrix);
  }
  for (const CcnfExpert& expert : file.experts) {
    for (const int value : {5, 11, 11, static_cast<int>(expert.neurons.size())}) out.i32(value);
    if (expert.neurons.empty()) {
      out.i32(0);
      continue;
    }
    for (const CcnfNeuron& neuron : expert.neurons) {
      out.i32(2);
      out.i32(0);
      for (const double value : {neuron.gain, neuron.bias, neuron.alpha}) out.number(value);
      out.matrix(11, 11, std::vector<float>(neuron.weights.begin(), neuron.weights.end()));
    }
    for (const double beta : expert.betas) out.number(beta);
    out.number(expert.confidence);
  }
  return out.bytes();
}

// `as_double`: weights as 64-bit numbers; `row`: biases as rows.
inline std::string bytes_of(const CenFile& file, bool as_double = false, bool row = false) {
  ModelBytes out;
  append_header(out, file);
  const auto matrix = [&](int rows, int cols, const std::vector<float>& values) {
    if (as_double)
      out.matrix(rows, cols, std::vector<double>(values.begin(), values.end()));
    else
      out.matrix(rows, cols, values);
  };
  out.matrix(1, static_cast<int>(file.mirror_landmark.size()), file.mirror_landmark);
  out.matrix(static_cast<int>(file.mirror_view.size()), 1, file.mirror_view);
  for (const CenExpert& expert : file.experts) {
    for (const int value : {6, 11, 11, static_cast<int>(expert.layers.size())}) out.i32(value);
    for (const CenLayer& layer : expert.layers) {
      out.i32(layer.activation == Activation::sigmoid ? 0
              : layer.activation == Activation::relu  ? 2
                                                      : 1);
      matrix(row ? 1 : layer.outputs, row ? layer.outputs : 1, layer.bias);
      matrix(layer.outputs, layer.inputs, layer.weights);
    }
    out.number(expert.confidence);
  }
  return out.bytes();
}

inline std::string bytes_of(const SvrFile& file) {
  std::ostringstream out;
  out.precision(17);
  const int n = static_cast<int>(file.visible.size() / file.centres.size());
  out << "# scale\n"
      << file.training_scale << "\n# views\n"
      << file.centres.size() << "\n# centres\n";
  for (const auto& centre : file.centres) {
    out << "3 1 6\n";
    for (const double angle : centre) out << angle * 180 / 3.14159265358979323846 << "\n";
  }
  for (std::size_t view = 0; view < file.centres.size(); ++view) {
    out << n << " 1 4\n";
    for (int i = 0; i < n; ++i) out << int{file.visible[view * n + i]} << "\n";
  }
  out << "# experts\n";
  for (const std::vector<SvrModality>& expert : file.experts) {
    out << "3 11 11 " << expert.size() << "\n";
    for (const SvrModality& modality : expert) {
      out << "2 " << static_cast<int>(modality.input) << " " << modality.confidence << " "
          << modality.scaling << " " << modality.bias << "\n11 11 5\n";
      for (int x = 0; x < 11; ++x)
        for (int y = 0; y < 11; ++y) out << modality.weights[y * 11 + x] << (y == 10 ? "\n" : " ");
    }
  }
  return out.str();
}

template <std::size_t kCount>
std::array<float, kCount> random_weights(std::mt19937& random, float most) {
  std::array<float, kCount> weights;
  for (float& value : weights) value = between(random, -most, most);
  return weights;
}

// Neighbours at (dx, dy) and its mirror images pull at each other: a graph's Laplacian.
inline std::vector<float> laplacian(int window, int dx, int dy) {
  const int pixels = window * window;
  std::vector<float> matrix(static_cast<std::size_t>(pixels) * pixels);
  for (int i = 0; i < pixels; ++i) {
    for (int j = 0; j < pixels; ++j) {
      if (std::abs(i % window - j % window) != dx || std::abs(i / window - j / window) != dy)
        continue;
      matrix[i * pixels + j] -= 1;
      matrix[i * pixels + i] += 1;
    }
  }
  return matrix;
}

inline CcnfFile random_ccnf(int views, int landmarks, int neurons, const std::vector<int>& windows,
                            std::mt19937& random) {
  CcnfFile file;
  file.training_scale = 0.25;
  for (int view = 0; view < views; ++view) file.centres.push_back({0, 0.3 * view, 0});
  for (const int window : windows)
    file.edges.push_back({window, {laplacian(window, 1, 0), laplacian(window, 1, 1)}});
  for (int k = 0; k < views * landmarks; ++k) {
    const bool visible = k < landmarks || k % 5 != 0;
    file.visible.push_back(visible);
    CcnfExpert expert;
    for (int n = 0; visible && n < neurons; ++n)
      expert.neurons.push_back({between(random, 5, 40), between(random, -6, 2),
                                n == 1 ? 5e-5 : between(random, 0.5f, 12),
                                random_weights<121>(random, 0.16f)});
    if (visible) {
      if (!file.edges.empty()) expert.betas = {between(random, 1, 5), between(random, 1, 5)};
      expert.confidence = between(random, 0.1f, 1);
    }
    file.experts.push_back(expert);
  }
  return file;
}

// Every third landmark and its follower are each other's mirror images; the third is its own. Views
// 1 and 2 mirror each other. View 0 has experts for the first of each pair; view 1 for all; view 2
// for none but landmark 0.
inline CenFile random_cen(int landmarks, const std::vector<int>& hidden, std::mt19937& random) {
  CenFile file;
  file.training_scale = 0.35;
  file.mirror_view = {0, 2, 1};
  for (const double yaw : {0.0, -0.4, 0.4}) file.centres.push_back({0, yaw, 0});
  for (int i = 0; i < landmarks; ++i)
    file.mirror_landmark.push_back(i % 3 == 2           ? i
                                   : i % 3 == 1         ? i - 1
                                   : i + 1 == landmarks ? i
                                                        : i + 1);
  for (int view = 0; view < 3; ++view) {
    for (int i = 0; i < landmarks; ++i) {
      file.visible.push_back(view == 0 || i % 4 != 3);
      CenExpert expert;
      expert.confidence = between(random, 0.1f, 1);
      if (view == 1 || (view == 0 && i % 3 != 1) || (view == 2 && i == 0)) {
        int inputs = 122;
        std::vector<int> sizes = hidden;
        sizes.push_back(1);
        for (const int outputs : sizes) {
          CenLayer layer;
          layer.activation = outputs == 1                    ? Activation::sigmoid
                             : expert.layers.empty()         ? Activation::relu
                             : expert.layers.size() % 2 == 1 ? Activation::sigmoid
                                                             : Activation::identity;
          layer.inputs = inputs;
          layer.outputs = outputs;
          for (int r = 0; r < outputs; ++r) layer.bias.push_back(between(random, -1, 1));
          for (int k = 0; k < outputs * inputs; ++k)
            layer.weights.push_back(between(random, -1, 1));
          inputs = outputs;
          expert.layers.push_back(layer);
        }
      }
      file.experts.push_back(expert);
    }
  }
  return file;
}

inline SvrFile random_svr(int views, int landmarks, std::mt19937& random) {
  SvrFile file;
  file.training_scale = 0.5;
  for (int view = 0; view < views; ++view) file.centres.push_back({0.1 * view, 0.3 * view, 0});
  for (int k = 0; k < views * landmarks; ++k) {
    file.visible.push_back(k % 4 != 3);
    std::vector<SvrModality> expert;
    for (int m = 0; m < 1 + (k + 1) % 2; ++m)
      expert.push_back({m == k % 2 ? SvrInput::grey : SvrInput::gradient_energy,
                        between(random, 0.1f, 1), between(random, -8, 8), between(random, -3, 3),
                        random_weights<121>(random, 0.16f)});
    if (k == 4) expert[0].weights.fill(0);
    file.experts.push_back(expert);
  }
  return file;
}

// Landmarks inside the picture, at its border, outside, far away and nowhere.
inline std::vector<float> scattered_landmarks(int count, const Image& picture,
                                              std::mt19937& random) {
  const auto width = static_cast<float>(picture.width()),
             height = static_cast<float>(picture.height());
  std::vector<float> landmarks(2 * static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    landmarks[i] = between(random, 0.2f * width, 0.8f * width);
    landmarks[count + i] = between(random, 0.2f * height, 0.8f * height);
    if (i % 5 == 3) landmarks[i] = between(random, -20, 20);
    if (i % 7 == 5) landmarks[count + i] = between(random, height - 20, height + 20);
  }
  return landmarks;
}

}  // namespace auriga::test
