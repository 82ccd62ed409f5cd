#include "nn/dead_channels.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <onnxruntime_cxx_api.h>

#include "nn/fake_onnx.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TinyOnnx;

// Random weights, those of the rows and columns in `dead` zero or subnormal.
std::vector<float> weights(std::mt19937& random, int rows, int columns, int area,
                           const std::vector<int>& dead_rows) {
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(rows * columns * area));
  for (float& v : values) v = 0.2f * normal(random);
  for (int row : dead_rows) {
    for (int i = 0; i < columns * area; ++i)
      values[static_cast<std::size_t>(row * columns * area + i)] = i % 2 ? 0 : -1e-40f;
  }
  return values;
}

void add_normalisation(TinyOnnx& network, std::mt19937& random, const std::string& name,
                       int channels, const std::vector<int>& dead, int constant = -1) {
  std::uniform_real_distribution<float> uniform(0.5f, 1.5f);
  std::vector<float> scale, offset, mean, variance;
  for (int i = 0; i < channels; ++i) {
    scale.push_back(uniform(random));
    offset.push_back(uniform(random) - 1);
    mean.push_back(uniform(random) - 1);
    variance.push_back(uniform(random));
  }
  for (int i : dead)
    scale[static_cast<std::size_t>(i)] = offset[static_cast<std::size_t>(i)] = 1e-41f;
  if (constant >= 0) offset[static_cast<std::size_t>(constant)] = 0.7f;
  network.tensor(name + ".s", {channels}, scale);
  network.tensor(name + ".o", {channels}, offset);
  network.tensor(name + ".m", {channels}, mean);
  network.tensor(name + ".v", {channels}, variance);
}

std::vector<std::string> normalisation_inputs(const std::string& x, const std::string& name) {
  return {x, name + ".s", name + ".o", name + ".m", name + ".v"};
}

std::vector<int> range(int first, int last) {
  std::vector<int> values(static_cast<std::size_t>(last - first));
  std::iota(values.begin(), values.end(), first);
  return values;
}

// A residual block as in MobileNetV2 between two plain convolutions, 48 channels wide outside and
// inside. Outside 24..43 are dead before the block and 20..39 in what it adds: 24..39 can go.
// Inside all but five are zero before the depthwise convolution, but 47 is constant behind it.
TinyOnnx residual_network() {
  std::mt19937 random(5);
  std::vector<int> dead_inside;
  for (int i = 0; i < 48; ++i) {
    if (i % 10 != 3) dead_inside.push_back(i);
  }
  TinyOnnx network;
  network.input("x", {1, 3, 9, 11});
  network.output("y", {1, 4, 9, 11});
  network.tensor("w1", {48, 3, 3, 3}, weights(random, 48, 3, 9, range(24, 44)));
  network.node("Conv", {"x", "w1"}, "a", {{"pads", {1, 1, 1, 1}}});
  network.tensor("w2", {48, 48, 1, 1}, weights(random, 48, 48, 1, {}));
  network.node("Conv", {"a", "w2"}, "b");
  add_normalisation(network, random, "n2", 48, dead_inside);
  network.node("BatchNormalization", normalisation_inputs("b", "n2"), "c");
  network.node("Relu", {"c"}, "d");
  network.tensor("w3", {48, 1, 3, 3}, weights(random, 48, 1, 9, {}));
  network.node("Conv", {"d", "w3"}, "e", {{"pads", {1, 1, 1, 1}}, {"group", {48}}});
  add_normalisation(network, random, "n3", 48, dead_inside, 47);
  network.node("BatchNormalization", normalisation_inputs("e", "n3"), "f");
  network.node("Relu", {"f"}, "g");
  network.tensor("w4", {48, 48, 1, 1}, weights(random, 48, 48, 1, range(20, 40)));
  network.node("Conv", {"g", "w4"}, "h");
  network.node("Add", {"a", "h"}, "i");
  network.tensor("w5", {4, 48, 1, 1}, weights(random, 4, 48, 1, {}));
  network.tensor("b5", {4}, {1, -1, 2, 0});
  network.node("Conv", {"i", "w5", "b5"}, "y");
  return network;
}

// Output of a network with one input and one output, without graph optimisation.
std::vector<float> run(const std::string& onnx, const std::string& input, const std::string& output,
                       const std::vector<std::int64_t>& shape) {
  static Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "test");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetGraphOptimizationLevel(ORT_DISABLE_ALL);
  Ort::Session session(env, onnx.data(), onnx.size(), options);
  std::size_t size = 1;
  for (std::int64_t n : shape) size *= static_cast<std::size_t>(n);
  std::vector<float> x(size);
  std::mt19937 random(9);
  for (float& v : x) v = static_cast<float>(random() % 256) / 255.0f;
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  Ort::Value value =
      Ort::Value::CreateTensor<float>(memory, x.data(), x.size(), shape.data(), shape.size());
  const char* input_name = input.c_str();
  const char* output_name = output.c_str();
  const auto result = session.Run(Ort::RunOptions{}, &input_name, &value, 1, &output_name, 1);
  const float* y = result[0].GetTensorData<float>();
  return {y, y + result[0].GetTensorTypeAndShapeInfo().GetElementCount()};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    worst = std::max<double>(worst, std::abs(a[i] - b[i]));
  return worst;
}

TEST(DeadChannels, AreRemovedFromAResidualBlock) {
  const std::string whole = residual_network().model();
  const std::string shrunk = without_dead_channels(whole);
  // 16 of 48 channels stay inside, 32 of 48 outside.
  const int w1 = 16 * 27, w2 = 48 * 48 - 16 * 32, w3 = 32 * 9, w4 = w2, w5 = 4 * 16,
            normalisations = 8 * 32;
  const double removed = sizeof(float) * (w1 + w2 + w3 + w4 + w5 + normalisations);
  EXPECT_NEAR(static_cast<double>(whole.size() - shrunk.size()), removed, 30);
  const std::vector<float> expected = run(whole, "x", "y", {1, 3, 9, 11});
  EXPECT_GT(*std::max_element(expected.begin(), expected.end()), 1);
  EXPECT_LT(largest_difference(run(shrunk, "x", "y", {1, 3, 9, 11}), expected),
            1e-5);  // order of sums
  EXPECT_EQ(without_dead_channels(shrunk), shrunk);
}

TEST(DeadChannels, StayWhereAnotherOperatorReadsThem) {
  TinyOnnx network = residual_network();
  network.output("p", {1, 48, 1, 1});
  network.output("q", {1, 48, 1, 1});
  network.node("GlobalAveragePool", {"d"}, "p");
  network.node("GlobalAveragePool", {"h"}, "q");
  const std::string whole = network.model();
  EXPECT_EQ(without_dead_channels(whole), whole);
}

TEST(DeadChannels, StayWhereWeightsAreShared) {
  TinyOnnx network = residual_network();
  network.output("q", {1, 48, 9, 11});
  network.node("Conv", {"g", "w4"}, "q");
  const std::string whole = network.model();
  EXPECT_EQ(without_dead_channels(whole), whole);
}

TEST(DeadChannels, AreNotSoughtInWhatIsNoNetwork) {
  for (const std::string text : {"", "hello", "\x3a\xff\xff\xff\xff\x0f", "\x3a\x02\x0a"}) {
    EXPECT_EQ(without_dead_channels(text), text);
  }
  const std::string whole = residual_network().model();
  // Behind the graph there are only the four bytes of the operator set.
  for (std::size_t size = 0; size + 5 < whole.size(); size += 37) {
    EXPECT_EQ(without_dead_channels(whole.substr(0, size)), whole.substr(0, size));
  }
  // Any answer will do for a damaged file, as long as there is one.
  std::mt19937 random(11);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = whole;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    EXPECT_LT(without_dead_channels(damaged).size(), 2 * whole.size());
  }
}

TEST(DeadChannels, OfPfldAreALargePart) {
  AURIGA_NEEDS("models/onnx/pfld.onnx");
  const std::string whole = test::read_text(test::test_data() / "models/onnx/pfld.onnx");
  const std::string shrunk = without_dead_channels(whole);
  EXPECT_LT(shrunk.size(), 0.65 * static_cast<double>(whole.size()));
  // In sides of the square: 1e-5 is 0.003 px of a face of 300 px.
  EXPECT_LT(largest_difference(run(shrunk, "input", "output", {1, 3, 112, 112}),
                               run(whole, "input", "output", {1, 3, 112, 112})),
            1e-5);
}

TEST(DeadChannels, AreNotInRetinaFace) {
  AURIGA_NEEDS("models/onnx/retinaface_mobilenet025.onnx");
  const std::string whole =
      test::read_text(test::test_data() / "models/onnx/retinaface_mobilenet025.onnx");
  EXPECT_EQ(without_dead_channels(whole), whole);
}

}  // namespace
}  // namespace auriga
