#include "clm/ccnf_file.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "clm/patch_experts_header.hpp"
#include "models/binary_reader.hpp"

namespace auriga {
namespace {

constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr int kExpertMark = 5, kNeuronMark = 2;
constexpr int kMostEdgeComponents = 64;
constexpr int kMostNeurons = 1024;

std::vector<EdgeComponents> read_edges(BinaryReader& reader) {
  std::vector<EdgeComponents> edges(
      static_cast<std::size_t>(reader.i32("number of window sizes", 0, kMostWindow)));
  for (std::size_t i = 0; i < edges.size(); ++i) {
    EdgeComponents& entry = edges[i];
    entry.window = reader.i32("window size", 1, kMostWindow);
    if (entry.window % 2 == 0)
      reader.fail("expected an odd window size, found " + std::to_string(entry.window));
    for (std::size_t j = 0; j < i; ++j)
      if (edges[j].window == entry.window)
        reader.fail("expected every window size once, found " + std::to_string(entry.window) +
                    " twice");
    const int components = reader.i32("number of edge components", 0, kMostEdgeComponents);
    const int pixels = entry.window * entry.window;
    for (int c = 0; c < components; ++c) {
      std::vector<float> matrix = reader.matrix<float>("edge component", pixels, pixels).values;
      for (int row = 0; row < pixels; ++row)
        for (int col = 0; col < row; ++col)
          if (matrix[row * pixels + col] != matrix[col * pixels + row])
            reader.fail("expected a symmetric edge component for window size " +
                        std::to_string(entry.window));
      entry.matrices.push_back(std::move(matrix));
    }
  }
  return edges;
}

double weight(BinaryReader& reader, std::string_view what) {
  const double value = reader.f64(what);
  if (!(std::abs(value) <= kMostWeight))
    reader.fail("expected at most 1e9 (" + std::string(what) + "), found " + std::to_string(value));
  return value;
}

CcnfExpert read_expert(BinaryReader& reader, std::size_t betas) {
  CcnfExpert expert;
  reader.i32("mark of an expert", kExpertMark, kExpertMark);
  const int width = reader.i32("width of the patch"), height = reader.i32("height of the patch");
  const int neurons = reader.i32("number of neurons", 0, kMostNeurons);
  if (neurons == 0) {
    reader.i32("end of an expert without neurons");
    return expert;
  }
  if (width != kPatchSize || height != kPatchSize)
    reader.fail("expected patches of 11 x 11 px, found " + std::to_string(width) + " x " +
                std::to_string(height));
  double alphas = 0;
  expert.neurons.reserve(static_cast<std::size_t>(neurons));
  for (int n = 0; n < neurons; ++n) {
    CcnfNeuron neuron{};
    reader.i32("mark of a neuron", kNeuronMark, kNeuronMark);
    reader.i32("type of a neuron", 0, 0);
    neuron.gain = weight(reader, "gain of a neuron");
    neuron.bias = weight(reader, "bias of a neuron");
    neuron.alpha = weight(reader, "alpha of a neuron");
    alphas += neuron.alpha;
    const std::vector<float> weights =
        reader.matrix<float>("weights of a neuron", kPatchSize, kPatchSize).values;
    float largest = 0;
    for (const float value : weights) largest = std::max(largest, std::abs(value));
    if (!(largest <= static_cast<float>(kMostWeight)))
      reader.fail("expected weights of at most 1e9, found " + std::to_string(largest));
    std::copy(weights.begin(), weights.end(), neuron.weights.begin());
    expert.neurons.push_back(neuron);
  }
  if (!(alphas > 0))
    reader.fail("expected neurons whose alphas sum to more than zero, found " +
                std::to_string(alphas));
  for (std::size_t b = 0; b < betas; ++b) expert.betas.push_back(weight(reader, "beta"));
  expert.confidence = reader.f64("confidence of an expert");
  return expert;
}

}  // namespace

CcnfFile read_ccnf_file(const std::filesystem::path& file) {
  const std::string bytes = read_file(file, ErrorCode::model, "CCNF patch experts", kLargestFile);
  BinaryReader reader(file, bytes);
  PatchExpertsHeader header = read_patch_experts_header(reader);
  const int views = header.views(), landmarks = header.landmarks();
  CcnfFile result{header.training_scale,
                  std::move(header.centres),
                  std::move(header.visible),
                  read_edges(reader),
                  {}};
  const std::size_t betas = result.edges.empty() ? 0 : result.edges.front().matrices.size();
  for (int view = 0; view < views; ++view) {
    for (int landmark = 0; landmark < landmarks; ++landmark) {
      result.experts.push_back(read_expert(reader, betas));
      if (result.visible[view * landmarks + landmark] != 0 && result.experts.back().neurons.empty())
        reader.fail("expected neurons for landmark " + std::to_string(landmark) +
                    ", which is visible from view " + std::to_string(view) + ", found none");
    }
  }
  reader.expect_end();
  return result;
}

}  // namespace auriga
