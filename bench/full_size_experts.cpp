// Writes four files of CEN patch experts of the published sizes, to measure CE-CLM where the
// published ones are not there.
//
//   full_size_experts MODEL OUT     MODEL: OpenFace's folder `model`; OUT: an existing folder
//
// The sizes of the published files are met to the byte by 210 experts of 122-300-100-50-1 (0.25,
// 0.35) and 212 of 122-500-200-100-1 (0.50, 1.00) in single precision: inferred, not published. The
// first layer has the units of the CCNF experts, so that a face is followed; the rest is padding
// that does not reach the output. What is computed is not CE-CLM; how much, should be.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "clm/ccnf_file.hpp"
#include "clm/fake_patch_experts.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr int kPoints = 68;

// The other half of the face.
int mirror_of(int point) {
  constexpr int kPairs[][2] = {{17, 26}, {18, 25}, {19, 24}, {20, 23}, {21, 22}, {31, 35},
                               {32, 34}, {36, 45}, {37, 44}, {38, 43}, {39, 42}, {40, 47},
                               {41, 46}, {48, 54}, {49, 53}, {50, 52}, {55, 59}, {56, 58},
                               {60, 64}, {61, 63}, {65, 67}};
  if (point < 17) return 16 - point;
  for (const auto& [a, b] : kPairs) {
    if (point == a) return b;
    if (point == b) return a;
  }
  return point;
}

int mirror_of_view(const CcnfFile& file, int view) {
  int nearest = 0;
  double least = INFINITY;
  for (int other = 0; other < static_cast<int>(file.centres.size()); ++other) {
    const auto &a = file.centres[view], &b = file.centres[other];
    const double off = std::hypot(a[0] - b[0], a[1] + b[1], a[2] + b[2]);
    if (off < least) {
      least = off;
      nearest = other;
    }
  }
  return nearest;
}

CenExpert expert_of(const CcnfExpert& source, const std::vector<int>& hidden,
                    std::mt19937& random) {
  CenExpert expert;
  expert.confidence = source.confidence;
  int inputs = 122;
  for (std::size_t l = 0; l < hidden.size(); ++l) {
    CenLayer layer;
    layer.activation = l == 0                  ? Activation::sigmoid
                       : l + 1 < hidden.size() ? Activation::relu
                                               : Activation::identity;
    layer.inputs = inputs;
    layer.outputs = hidden[l];
    layer.bias.resize(layer.outputs);
    layer.weights.resize(static_cast<std::size_t>(layer.outputs) * inputs);
    if (l > 1) layer.weights[0] = 1;
    if (l == 0)
      for (float& weight : layer.weights) weight = test::between(random, -0.03f, 0.03f);
    for (std::size_t k = 0; l < 2 && k < source.neurons.size(); ++k) {
      const CcnfNeuron& neuron = source.neurons[k];
      if (l == 1) {
        layer.weights[k] = neuron.alpha > 1e-4 ? static_cast<float>(2 * neuron.alpha) : 0.0f;
        continue;
      }
      float* const row = layer.weights.data() + k * inputs;
      row[0] = static_cast<float>(neuron.bias);
      for (int y = 0; y < kPatchSize; ++y)
        for (int x = 0; x < kPatchSize; ++x)
          row[1 + x * kPatchSize + y] =
              static_cast<float>(neuron.gain) * neuron.weights[y * kPatchSize + x];
    }
    inputs = layer.outputs;
    expert.layers.push_back(std::move(layer));
  }
  return expert;
}

// `more` experts of the fourth view that the CCNF file does not have, as the published size
// implies.
CenFile file_of(const CcnfFile& source, double scale, const std::vector<int>& hidden, int more,
                std::mt19937& random) {
  CenFile file;
  file.training_scale = scale;
  file.centres = source.centres;
  file.visible = source.visible;
  for (int i = 0; i < kPoints; ++i) file.mirror_landmark.push_back(mirror_of(i));
  for (int view = 0; view < static_cast<int>(source.centres.size()); ++view) {
    file.mirror_view.push_back(mirror_of_view(source, view));
    for (int i = 0; i < kPoints; ++i) {
      const CcnfExpert* expert = &source.experts[view * kPoints + i];
      if (view == 3 && expert->neurons.empty() && more > 0) {
        expert = &source.experts[2 * kPoints + i];
        --more;
      }
      const bool stored = view == 0 ? i <= mirror_of(i) : view <= 3;
      file.experts.push_back(stored && !expert->neurons.empty() ? expert_of(*expert, hidden, random)
                                                                : CenExpert{});
    }
  }
  return file;
}

int write_files(const fs::path& model, const fs::path& out) {
  struct Row {
    const char *name, *source;
    double scale;
    std::vector<int> hidden;
    int more;
  };
  const std::vector<int> small = {300, 100, 50, 1}, large = {500, 200, 100, 1};
  std::mt19937 random(1);
  for (const Row& row : {Row{"0.25", "0.25", 0.25, small, 0}, Row{"0.35", "0.35", 0.35, small, 0},
                         Row{"0.50", "0.5", 0.5, large, 2}, Row{"1.00", "0.5", 1, large, 2}}) {
    const CcnfFile source = read_ccnf_file(
        model / "patch_experts" / (std::string("ccnf_patches_") + row.source + "_general.txt"));
    const fs::path file = out / (std::string("cen_patches_") + row.name + "_of.dat");
    std::ofstream stream(file, std::ios::binary);
    stream << test::bytes_of(file_of(source, row.scale, row.hidden, row.more, random));
    if (!stream.flush()) {
      std::fprintf(stderr, "%s: cannot be written\n", file.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace auriga

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: full_size_experts MODEL OUT\n");
    return 2;
  }
  try {
    return auriga::write_files(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
