// Patch experts as the spec words them (clnf.md section 3), without regard to speed. For tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "clm/ccnf_file.hpp"
#include "clm/cen_file.hpp"
#include "clm/patch_experts.hpp"
#include "clm/svr_file.hpp"

namespace auriga::test {

// The (window + 10)^2 pixels around a landmark, row-major (primitives.md section 5).
inline std::vector<float> plain_area(const SearchAreas& areas, int landmark, int window) {
  const int side = window + kPatchSize - 1;
  const std::size_t n = areas.landmarks.size() / 2;
  const float a = areas.a, b = areas.b, half = static_cast<float>(side - 1) / 2;
  const float m02 = areas.landmarks[landmark] - a * half + b * half;
  const float m12 = areas.landmarks[n + landmark] - a * half - b * half;
  const auto rne = [](double value) { return static_cast<std::int64_t>(std::nearbyint(value)); };
  const auto tap = [&](std::int64_t y, std::int64_t x) {
    const ImageView& grey = areas.grey;
    return x >= 0 && y >= 0 && x < grey.width && y < grey.height
               ? static_cast<float>(grey.row(static_cast<int>(y))[x])
               : 0.0f;
  };
  std::vector<float> area;
  for (int y = 0; y < side; ++y) {
    const std::int64_t x0 = rne((static_cast<double>(-b) * y + m02) * 1024) + 16;
    const std::int64_t y0 = rne((static_cast<double>(a) * y + m12) * 1024) + 16;
    for (int x = 0; x < side; ++x) {
      const std::int64_t px = (x0 + rne(static_cast<double>(a) * x * 1024)) >> 5;
      const std::int64_t py = (y0 + rne(static_cast<double>(b) * x * 1024)) >> 5;
      const std::int64_t ix = px >> 5, iy = py >> 5;
      const float fx = static_cast<float>(px & 31) / 32, fy = static_cast<float>(py & 31) / 32;
      area.push_back(tap(iy, ix) * (1 - fy) * (1 - fx) + tap(iy, ix + 1) * (1 - fy) * fx +
                     tap(iy + 1, ix) * fy * (1 - fx) + tap(iy + 1, ix + 1) * fy * fx);
    }
  }
  return area;
}

// The patch whose top left pixel is (x, y) of an area, without its mean and of norm 1; row-major.
inline PatchTemplate plain_patch(const std::vector<float>& area, int window, int y, int x) {
  const int side = window + kPatchSize - 1;
  PatchTemplate patch;
  float sum = 0;
  for (int v = 0; v < kPatchSize; ++v)
    for (int u = 0; u < kPatchSize; ++u)
      sum += patch[v * kPatchSize + u] = area[(y + v) * side + x + u];
  const float mean = sum / (kPatchSize * kPatchSize);
  for (float& value : patch) value -= mean;
  float squares = 0;
  for (int u = 0; u < kPatchSize; ++u)
    for (int v = 0; v < kPatchSize; ++v)
      squares += patch[v * kPatchSize + u] * patch[v * kPatchSize + u];
  const float norm = std::sqrt(squares), inverse = 1 / (norm == 0 ? 1 : norm);
  for (float& value : patch) value *= inverse;
  return patch;
}

// Sigma_w, window^2 x window^2; `edges` null: none for this window.
inline std::vector<float> plain_sigma(const CcnfExpert& expert, const EdgeComponents* edges,
                                      int window) {
  const int n = window * window;
  float alphas = 0;
  for (const CcnfNeuron& neuron : expert.neurons) alphas += static_cast<float>(neuron.alpha);
  std::vector<double> lower(static_cast<std::size_t>(n) * n);  // of the Cholesky factor
  const auto entry = [&](int i, int j) {
    double sum = i == j ? alphas : 0;
    if (edges != nullptr)
      for (std::size_t c = 0; c < edges->matrices.size(); ++c)
        sum += expert.betas[c] * static_cast<double>(edges->matrices[c][i * n + j]);
    return 2 * sum;
  };
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) {
      double sum = entry(i, j);
      for (int k = 0; k < j; ++k) sum -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = i == j ? std::sqrt(sum) : sum / lower[j * n + j];
    }
  }
  std::vector<float> inverse(lower.size());
  std::vector<double> column(n);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      double sum = i == j;
      for (int k = 0; k < i; ++k) sum -= lower[i * n + k] * column[k];
      column[i] = sum / lower[i * n + i];
    }
    for (int i = n - 1; i >= 0; --i) {
      for (int k = i + 1; k < n; ++k) column[i] -= lower[k * n + i] * column[k];
      column[i] /= lower[i * n + i];
      inverse[i * n + j] = static_cast<float>(column[i]);
    }
  }
  return inverse;
}

// `sigma` as from plain_sigma.
inline std::vector<float> plain_ccnf_response(const CcnfExpert& expert,
                                              const std::vector<float>& sigma,
                                              const std::vector<float>& area, int window) {
  std::vector<float> map;
  for (int y = 0; y < window; ++y) {
    for (int x = 0; x < window; ++x) {
      const PatchTemplate patch = plain_patch(area, window, y, x);
      float sum = 0;
      for (const CcnfNeuron& neuron : expert.neurons) {
        if (!(neuron.alpha > 1e-4)) continue;
        float o = static_cast<float>(neuron.bias);
        for (std::size_t i = 0; i < patch.size(); ++i)
          o += static_cast<float>(neuron.gain) * neuron.weights[i] * patch[i];
        sum += static_cast<float>(2 * neuron.alpha) / (1 + std::exp(-o));
      }
      map.push_back(sum);
    }
  }
  std::vector<float> smooth(map.size());
  for (std::size_t i = 0; i < map.size(); ++i)
    for (std::size_t j = 0; j < map.size(); ++j) smooth[i] += sigma[i * map.size() + j] * map[j];
  const float least = *std::min_element(smooth.begin(), smooth.end());
  if (least < 0)
    for (float& value : smooth) value -= least;
  return smooth;
}

// Value of a network for every place of an area, row-major.
inline std::vector<float> plain_cen_map(const CenExpert& expert, const std::vector<float>& area,
                                        int window) {
  std::vector<float> map(static_cast<std::size_t>(window) * window);
  for (int y = 0; y < window; ++y) {
    for (int x = 1 - y % 2; x < window; x += 2) {
      const PatchTemplate patch = plain_patch(area, window, y, x);
      std::vector<float> values = {1};
      for (int u = 0; u < kPatchSize; ++u)
        for (int v = 0; v < kPatchSize; ++v) values.push_back(patch[v * kPatchSize + u]);
      for (const CenLayer& layer : expert.layers) {
        std::vector<float> next;
        for (int r = 0; r < layer.outputs; ++r) {
          float sum = layer.bias[r];
          for (int c = 0; c < layer.inputs; ++c)
            sum += layer.weights[r * layer.inputs + c] * values[c];
          if (layer.activation == Activation::sigmoid) sum = 1 / (1 + std::exp(-sum));
          if (layer.activation == Activation::relu) sum = std::max(sum, 0.0f);
          next.push_back(sum);
        }
        values = next;
      }
      map[y * window + x] = values[0];
    }
  }
  for (int y = 0; y < window; ++y) {
    for (int x = y % 2; x < window; x += 2) {
      float sum = 0, count = 0;
      for (const auto& [v, u] : {std::pair{y - 1, x}, {y + 1, x}, {y, x - 1}, {y, x + 1}}) {
        if (u < 0 || v < 0 || u >= window || v >= window) continue;
        sum += map[v * window + u];
        ++count;
      }
      map[y * window + x] = sum / count;
    }
  }
  return map;
}

inline std::vector<float> mirrored(const std::vector<float>& values) {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(values.size())));
  std::vector<float> result;
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x) result.push_back(values[y * side + side - 1 - x]);
  return result;
}

// Maps of all landmarks of a view; empty where the reference makes none.
inline std::vector<std::vector<float>> plain_cen_responses(const CenFile& file, int view,
                                                           int window, const SearchAreas& areas) {
  const int n = static_cast<int>(file.mirror_landmark.size());
  std::vector<std::vector<float>> maps(n);
  for (int i = 0; i < n; ++i) {
    if (file.visible[view * n + i] == 0) continue;
    const int j = file.mirror_landmark[i];
    const CenExpert& expert = file.experts[view * n + i];
    const std::vector<float> area = plain_area(areas, i, window);
    if (!expert.layers.empty()) {
      maps[i] = plain_cen_map(expert, area, window);
      if (view == 0 && j != i)
        maps[j] = mirrored(plain_cen_map(expert, mirrored(plain_area(areas, j, window)), window));
    } else if (view != 0) {
      maps[i] = mirrored(
          plain_cen_map(file.experts[file.mirror_view[view] * n + j], mirrored(area), window));
    }
  }
  return maps;
}

inline std::vector<float> plain_svr_response(const std::vector<SvrModality>& expert,
                                             const std::vector<float>& area, int window) {
  const int side = window + kPatchSize - 1;
  const double pixels = kPatchSize * kPatchSize;
  std::vector<float> map(static_cast<std::size_t>(window) * window, 1.0f);
  for (const SvrModality& modality : expert) {
    std::vector<double> input(area.size());
    if (modality.input == SvrInput::grey) {
      double sum = 0, squares = 0;
      for (const float value : area) sum += value;
      const double mean = sum / static_cast<double>(area.size());
      for (const float value : area) squares += (value - mean) * (value - mean);
      const double deviation = std::sqrt(squares / static_cast<double>(area.size()));
      for (std::size_t i = 0; i < area.size(); ++i)
        input[i] = (area[i] - mean) / (deviation == 0 ? 1 : deviation);
    } else {
      for (int y = 1; y + 1 < side; ++y)
        for (int x = 1; x + 1 < side; ++x)
          input[y * side + x] = std::pow(area[y * side + x + 1] - area[y * side + x - 1], 2) +
                                std::pow(area[(y + 1) * side + x] - area[(y - 1) * side + x], 2);
    }
    double mean = 0, variance = 0;
    for (const float value : modality.weights) mean += value / pixels;
    for (const float value : modality.weights) variance += std::pow(value - mean, 2) / pixels;
    for (int y = 0; y < window; ++y) {
      for (int x = 0; x < window; ++x) {
        double product = 0, sum = 0, squares = 0;
        for (int v = 0; v < kPatchSize; ++v) {
          for (int u = 0; u < kPatchSize; ++u) {
            const double value = input[(y + v) * side + x + u];
            product += value * modality.weights[v * kPatchSize + u];
            sum += value;
            squares += value * value;
          }
        }
        const double num = product - sum * mean;
        const double den = std::sqrt(std::max(squares - sum * sum / pixels, 0.0)) *
                           std::sqrt(variance) * std::sqrt(pixels);
        double c = std::abs(num) < den           ? num / den
                   : std::abs(num) < 1.125 * den ? (num > 0 ? 1 : -1)
                                                 : 0;
        if (variance < 2.2e-16) c = 1;
        map[y * window + x] *=
            static_cast<float>(1 / (1 + std::exp(-(c * modality.scaling + modality.bias))));
      }
    }
  }
  return map;
}

}  // namespace auriga::test
