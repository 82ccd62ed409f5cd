#include "clm/packed_network.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/isa.hpp"
#include "clm/fake_patch_experts.hpp"

namespace auriga {
namespace {

struct Network {
  std::vector<CenLayer> layers;
  NetworkShape shape;
  std::vector<float> packed;
};

Network random_network(const std::vector<int>& sizes, std::mt19937& random) {
  Network network;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    CenLayer layer;
    layer.activation =
        std::array{Activation::sigmoid, Activation::relu, Activation::identity}[l % 3];
    layer.inputs = sizes[l];
    layer.outputs = sizes[l + 1];
    for (int r = 0; r < layer.outputs; ++r) layer.bias.push_back(test::between(random, -1, 1));
    // So that sums stay about as large as the values.
    const float most = 2 / std::sqrt(static_cast<float>(layer.inputs));
    for (int k = 0; k < layer.outputs * layer.inputs; ++k)
      layer.weights.push_back(test::between(random, -most, most));
    network.shape.push_back({layer.activation, layer.inputs, layer.outputs});
    network.layers.push_back(std::move(layer));
  }
  network.packed.resize(packed_floats(network.shape));
  pack(network.layers, network.packed);
  return network;
}

// One place in double precision.
std::vector<double> plain(const std::vector<CenLayer>& layers, std::vector<double> values,
                          double factor) {
  for (const CenLayer& layer : layers) {
    std::vector<double> outputs;
    for (int r = 0; r < layer.outputs; ++r) {
      double sum = 0;
      for (int k = 0; k < layer.inputs; ++k)
        sum += static_cast<double>(layer.weights[r * layer.inputs + k]) * values[k];
      sum = sum * factor + static_cast<double>(layer.bias[r]);
      if (layer.activation == Activation::sigmoid) sum = 1 / (1 + std::exp(-sum));
      if (layer.activation == Activation::relu) sum = std::max(sum, 0.0);
      outputs.push_back(sum);
    }
    values = std::move(outputs);
    factor = 1;
  }
  return values;
}

struct Inputs {
  Inputs(int count, int places, std::mt19937& random) : stride(row_floats(places)) {
    for (int k = 0; k < count * stride; ++k) values.push_back(test::between(random, -1, 1));
    for (int p = 0; p < stride; ++p) factors.push_back(test::between(random, 0, 2));
  }
  int stride;
  std::vector<float> values, factors;
};

std::vector<float> evaluated(const Network& network, const Inputs& inputs, int places,
                             NetworkWorkspace& workspace) {
  const float* outputs = evaluate(network.shape, network.packed.data(), inputs.values.data(),
                                  inputs.factors.data(), places, workspace);
  std::vector<float> result;
  for (int r = 0; r < network.shape.back().outputs; ++r)
    result.insert(result.end(), outputs + r * inputs.stride, outputs + r * inputs.stride + places);
  return result;
}

// Around blocks, groups and tiles of the kernel, and far from them.
const std::vector<std::vector<int>> kSizes = {{1, 1},           {3, 1},
                                              {121, 1},         {121, 2, 1},
                                              {121, 3, 1},      {64, 4, 5},
                                              {65, 63, 13},     {128, 8, 9, 7},
                                              {129, 13, 1, 3},  {121, 300, 100, 50, 1},
                                              {121, 37, 1},     {63, 1, 64, 1},
                                              {7, 130, 66, 12}, {121, 500, 200, 100, 1}};
const std::vector<int> kPlaces = {1, 3, 12, 13, 16, 17, 24, 40, 48, 63, 80, 97, 120, 128, 129, 224};

TEST(PackedNetwork, EqualsThePlainVersion) {
  std::mt19937 random(1);
  NetworkWorkspace workspace;  // one for all: nothing of the last network may matter
  for (const std::vector<int>& sizes : kSizes) {
    const Network network = random_network(sizes, random);
    for (const int places : kPlaces) {
      const Inputs inputs(sizes.front(), places, random);
      const std::vector<float> found = evaluated(network, inputs, places, workspace);
      for (int p = 0; p < places; p += std::max(1, places / 7)) {
        std::vector<double> column;
        for (int k = 0; k < sizes.front(); ++k)
          column.push_back(inputs.values[k * inputs.stride + p]);
        const auto expected = plain(network.layers, column, inputs.factors[p]);
        // Single precision over at most 500 products of at most 2 / sqrt(500), and four layers.
        for (std::size_t r = 0; r < expected.size(); ++r)
          ASSERT_NEAR(found[r * places + p], expected[r], 2e-5)
              << sizes.size() << " sizes from " << sizes.front() << ", " << sizes[1] << ", places "
              << places << ", output " << r << ", place " << p;
      }
    }
  }
}

// What is promised to who computes on one machine and compares on another.
TEST(PackedNetwork, GivesTheSameBytesWhereverThereIsFma) {
  const Isa before = isa_in_use();
  std::mt19937 random(2);
  for (const std::vector<int>& sizes : kSizes) {
    const Network network = random_network(sizes, random);
    for (const int places : kPlaces) {
      const Inputs inputs(sizes.front(), places, random);
      std::vector<std::vector<float>> results;
      for (const Isa isa : runnable_isas()) {
        if (isa == Isa::base) continue;
        use_isa(isa_word(isa));
        NetworkWorkspace workspace;
        results.push_back(evaluated(network, inputs, places, workspace));
      }
      use_isa(isa_word(before));
      for (const auto& result : results) ASSERT_TRUE(result == results.front()) << places;
    }
  }
}

// The result at a place is the same whatever else is evaluated at the same time.
TEST(PackedNetwork, PlacesDoNotInfluenceEachOther) {
  std::mt19937 random(3);
  const Network network = random_network({121, 70, 33, 1}, random);
  NetworkWorkspace workspace;
  const Inputs all(121, 240, random);
  const std::vector<float> together = evaluated(network, all, 240, workspace);
  for (const int places : {1, 24, 100, 130}) {
    Inputs some(121, places, random);
    for (int k = 0; k < 121; ++k)
      std::copy_n(all.values.begin() + k * all.stride, places,
                  some.values.begin() + k * some.stride);
    std::copy_n(all.factors.begin(), places, some.factors.begin());
    const std::vector<float> alone = evaluated(network, some, places, workspace);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin())) << places;
  }
}

}  // namespace
}  // namespace auriga
