#include "nn/conv_network.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/machine.hpp"

#include "nn/conv_kernels.hpp"
#include "nn/conv_network_reference.hpp"
#include "nn/fake_network.hpp"
#include "nn/fake_onnx.hpp"
#include "nn/providers.hpp"
#include "nn/runner.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::Maker;
using test::TinyOnnx;
using Shape = std::vector<std::int64_t>;

void expect_near(const std::vector<std::vector<float>>& found,
                 const std::vector<std::vector<double>>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].size(), expected[i].size());
    for (std::size_t k = 0; k < found[i].size(); ++k)
      ASSERT_NEAR(found[i][k], expected[i][k], 2e-5) << "output " << i << ", value " << k;
  }
}

// Runs everything that it can without fused multiply-adds.
class WithoutFusedSums {
 public:
  WithoutFusedSums() { internal::fused_sums = false; }
  ~WithoutFusedSums() { internal::fused_sums = true; }
};

// On all instruction sets, several pictures one after the other with the same memory.
void expect_right(Maker& maker) {
  const WithoutFusedSums where_there_are_none;
  const auto network = maker.read();
  ASSERT_NE(network, nullptr);
  const Isa before = isa_in_use();
  ConvWorkspace workspace;
  for (int picture = 0; picture < 2; ++picture) {
    const std::vector<float> input = maker.picture();
    const std::vector<std::vector<double>> expected = maker.expected(input);
    std::vector<std::vector<float>> first;
    for (const Isa isa : runnable_isas()) {
      SCOPED_TRACE(isa_word(isa));
      use_isa(isa_word(isa));
      std::vector<std::vector<float>> outputs(maker.outputs().size());
      network->run(input, outputs, workspace);
      use_isa(isa_word(before));
      expect_near(outputs, expected);
      if (first.empty()) first = outputs;
      EXPECT_EQ(outputs, first) << "not the same bits";
    }
  }
}

int pick(std::mt19937& random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random);
}

TEST(ConvNetwork, IsWhatTheLoopsOfAConvolutionGive) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const int side = pick(random, 1, 5), stride = pick(random, 1, 3);
    const int before = pick(random, 0, side - 1), after = pick(random, 0, side - 1);
    Maker maker(random, pick(random, 1, 40), pick(random, side, 33), pick(random, side, 33));
    maker.output(maker.convolution("image", pick(random, 1, 50), side, stride, before, after,
                                   round % 3 == 0, round % 2 == 0));
    expect_right(maker);
  }
}

TEST(ConvNetwork, JoinsStepsWithoutChangingWhatTheyGive) {
  std::mt19937 random(2);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const int channels = pick(random, 1, 36), height = pick(random, 4, 30),
              width = pick(random, 4, 30);
    Maker maker(random, 3, height, width);
    std::string x = maker.convolution("image", channels, 3, 1, 1, 1);
    // As the blocks of mobile networks: by channel, across channels, beside the input.
    for (int block = 0; block < 3; ++block) {
      if (pick(random, 0, 1) == 1) x = maker.written_out_prelu(x);
      if (pick(random, 0, 1) == 1) x = pick(random, 0, 1) == 1 ? maker.relu(x) : maker.prelu(x);
      const int more = pick(random, 0, 9);
      std::string y = maker.convolution(x, 0, 3, 1, 1, 1, true);
      if (pick(random, 0, 1) == 1) y = maker.normalisation(y);
      if (pick(random, 0, 2) == 0) y = maker.leaky_relu(y, 0.1f);
      y = maker.convolution(y, channels, 1, 1, 0, 0, false, pick(random, 0, 1) == 1);
      if (pick(random, 0, 1) == 1) y = maker.normalisation(y);
      if (pick(random, 0, 3) == 0) y = maker.relu(y);  // before the sum: kept apart
      x = pick(random, 0, 1) == 1 ? maker.add(x, y) : maker.add(y, x);
      if (block == 1) maker.output(x);  // and used on
      if (more > 0 && block == 2) {
        const std::string wide = maker.convolution(maker.convolution(x, 0, 3, 1, 1, 1, true),
                                                   channels + more, 1, 1, 0, 0);
        x = maker.relu(maker.add(maker.widen(x, more), wide));
      }
    }
    maker.output(x);
    expect_right(maker);
  }
}

TEST(ConvNetwork, HalvesDoublesAndListsPixels) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    const int channels = pick(random, 1, 35), height = 2 * pick(random, 2, 12),
              width = 2 * pick(random, 2, 12);
    Maker maker(random, pick(random, 1, 20), height, width);
    const std::string x = maker.relu(maker.convolution("image", channels, 3, 1, 1, 1));
    const int more = pick(random, 0, 20);
    const std::string small =
        maker.convolution(maker.convolution(x, 0, 3, 2, 0, 1, true), channels + more, 1, 1, 0, 0);
    const std::string pooled = maker.max_pool(x);
    const std::string sum =
        maker.written_out_prelu(maker.add(more > 0 ? maker.widen(pooled, more) : pooled, small));
    const std::string doubled = maker.double_size(sum);
    maker.pixel_output({maker.convolution(sum, 6, 1, 1, 0, 0), maker.convolution(x, 9, 1, 1, 0, 0)},
                       3);
    maker.output(doubled);
    maker.output(x);
    expect_right(maker);
  }
}

// Channels that a map lacks are zero, whatever lay in its memory before.
TEST(ConvNetwork, WidensItsInput) {
  std::mt19937 random(10);
  for (const int channels : {9, 15, 20}) {
    SCOPED_TRACE(channels);
    Maker maker(random, channels, 6, 5);
    const std::string sum =
        maker.add(maker.widen("image", 4), maker.convolution("image", channels + 4, 1, 1, 0, 0));
    // Further maps, which take over the input's memory.
    std::string x = maker.relu(sum);
    for (int i = 0; i < 4; ++i) x = maker.relu(maker.convolution(x, 48, 3, 1, 1, 1));
    maker.output(sum);
    maker.output(x);
    expect_right(maker);
  }
}

// The exact sum is a little less than the middle between two floats; rounded to double first it is
// the middle, and then the other one.
TEST(ConvNetwork, RoundsAProductAndItsSumOnce) {
  const float ulp = 0x1p-23f, bias = 1 + ulp, weight = 1 + ulp, value = 0x1p-24f * (1 - ulp);
  ASSERT_EQ(std::fma(weight, value, bias), bias);
  TinyOnnx onnx;
  onnx.input("image", {1, 1, 2, 9});
  onnx.tensor("w", {1, 1, 1, 1}, {weight});
  onnx.tensor("b", {1}, {bias});
  onnx.node("Conv", {"image", "w", "b"}, "y");
  onnx.output("y", {1, 1, 2, 9});
  const auto network =
      ConvNetwork::read(onnx.model(), {"image", {1, 1, 2, 9}}, {{"y", {1, 1, 2, 9}}});
  ASSERT_NE(network, nullptr);
  const WithoutFusedSums where_there_are_none;
  const Isa before = isa_in_use();
  for (const Isa isa : runnable_isas()) {
    SCOPED_TRACE(isa_word(isa));
    use_isa(isa_word(isa));
    std::vector<std::vector<float>> outputs(1);
    ConvWorkspace workspace;
    for (const float sign : {1.0f, -1.0f}) {
      network->run(std::vector<float>(18, sign * value), outputs, workspace);
      EXPECT_THAT(outputs[0], testing::Each(sign > 0 ? bias : std::fma(weight, -value, bias)));
    }
    use_isa(isa_word(before));
  }
}

TEST(ConvNetwork, EndsInAMatrix) {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    Maker maker(random, 3, 7, 7);
    const std::string x = maker.convolution("image", pick(random, 1, 40), 3, 1, 1, 1);
    const std::string y = maker.relu(maker.convolution(x, pick(random, 1, 40), 3, 2, 1, 1));
    const std::string z = maker.relu(maker.convolution(y, pick(random, 1, 40), 4, 1, 0, 0));
    maker.matrix_output({maker.mean(x), maker.mean(y), z}, pick(random, 1, 140));
    expect_right(maker);
  }
}

TEST(ConvNetwork, LeavesWhatItDoesNotUnderstandToOthers) {
  std::mt19937 random(5);
  const auto reads = [&](const std::function<void(TinyOnnx&)>& finish,
                         const Shape& output = {1, 4, 5, 5}, const Shape& input = {1, 4, 5, 5}) {
    TinyOnnx onnx;
    onnx.input("image", input);
    onnx.tensor("w", {4, 4, 1, 1}, std::vector<float>(16, 0.5f));
    onnx.tensor("by channel", {4, 1, 1, 1}, std::vector<float>(4, 0.5f));
    onnx.tensor("two groups", {4, 2, 1, 1}, std::vector<float>(8, 0.5f));
    onnx.tensor("wide", {4, 4, 1, 3}, std::vector<float>(48, 0.5f));
    onnx.tensor("ones", {4}, std::vector<float>(4, 1));
    onnx.output("y", output);
    finish(onnx);
    return ConvNetwork::read(onnx.model(), {"image", input}, {{"y", output}}) != nullptr;
  };
  EXPECT_TRUE(reads([](TinyOnnx& onnx) { onnx.node("Conv", {"image", "w"}, "y"); }));
  EXPECT_TRUE(reads([](TinyOnnx& onnx) {
    onnx.node("Conv", {"image", "by channel"}, "y", {{"group", {4}}});
  }));
  const auto refused =
      [&](const std::string& operation, const std::vector<std::string>& inputs,
          const std::vector<std::pair<std::string, std::vector<int>>>& attributes = {}) {
        return !reads([&](TinyOnnx& onnx) { onnx.node(operation, inputs, "y", attributes); });
      };
  EXPECT_TRUE(refused("Conv", {"image", "w"}, {{"dilations", {2, 2}}}));
  EXPECT_TRUE(refused("Conv", {"image", "two groups"}, {{"group", {2}}}));
  EXPECT_TRUE(refused("Conv", {"image", "wide"}, {{"pads", {0, 1, 0, 1}}}));
  EXPECT_TRUE(refused("Conv", {"image", "w"}, {{"strides", {1, 2}}}));
  EXPECT_TRUE(refused("Conv", {"image", "w"}, {{"pads", {1, 0, 0, 1}}}));
  EXPECT_TRUE(refused("Conv", {"image", "w", "w"}));
  EXPECT_TRUE(refused("Conv", {"image"}));
  EXPECT_TRUE(refused("Conv", {"nothing", "w"}));
  EXPECT_TRUE(refused("Conv", {"w", "image"}));
  EXPECT_TRUE(refused("Sigmoid", {"image"}));
  EXPECT_TRUE(refused("Add", {"image", "w"}));
  EXPECT_TRUE(refused("MaxPool", {"image"}, {{"kernel_shape", {3, 3}}, {"strides", {2, 2}}}));
  EXPECT_TRUE(refused("BatchNormalization", {"image", "ones", "ones", "ones", "ones"}));
  EXPECT_TRUE(refused("Transpose", {"image"}, {{"perm", {0, 3, 2, 1}}}));
  EXPECT_TRUE(refused("Concat", {"image", "image"}, {{"axis", {1}}}));
  // Another size of output or input.
  EXPECT_FALSE(reads([](TinyOnnx& onnx) { onnx.node("Conv", {"image", "w"}, "y"); }, {1, 4, 5, 6}));
  EXPECT_FALSE(reads(
      [](TinyOnnx& onnx) {
        onnx.node("Conv", {"image", "w"}, "y");
      },
      {2, 4, 5, 5}, {2, 4, 5, 5}));
  EXPECT_FALSE(reads(
      [](TinyOnnx& onnx) {
        onnx.node("Conv", {"image", "w"}, "y");
      },
      {1, 4, -1, 5}, {1, 4, -1, 5}));
}

TEST(ConvNetwork, LeavesDamagedFilesToOthers) {
  std::mt19937 random(6);
  Maker maker(random, 3, 8, 8);
  const std::string x = maker.convolution("image", 5, 3, 2, 0, 1);
  maker.pixel_output({maker.written_out_prelu(x)}, 5);
  const std::string whole = maker.onnx();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(ConvNetwork::read(whole.substr(0, size), maker.input(), maker.outputs()), nullptr)
        << size;
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = whole;
    for (int n = pick(random, 1, 4); n > 0; --n)
      damaged[static_cast<std::size_t>(pick(random, 0, static_cast<int>(whole.size()) - 1))] =
          static_cast<char>(pick(random, 0, 255));
    const auto network = ConvNetwork::read(damaged, maker.input(), maker.outputs());
    if (network == nullptr) continue;
    std::vector<std::vector<float>> outputs(1);
    ConvWorkspace workspace;
    network->run(maker.picture(), outputs, workspace);
  }
}

TEST(ConvNetwork, DoesNotAllocateAfterTheFirstRun) {
  std::mt19937 random(7);
  Maker maker(random, 3, 24, 20);
  const std::string x = maker.relu(maker.convolution("image", 20, 3, 2, 0, 1));
  maker.output(maker.convolution(maker.convolution(x, 0, 3, 1, 1, 1, true), 24, 1, 1, 0, 0));
  const auto network = maker.read();
  const std::vector<float> input = maker.picture();
  std::vector<std::vector<float>> outputs(1);
  ConvWorkspace workspace;
  long before = test::allocations();
  network->run(input, outputs, workspace);
  EXPECT_GT(test::allocations(), before) << "the count does not work";
  before = test::allocations();
  network->run(input, outputs, workspace);
  EXPECT_EQ(test::allocations(), before);
}

TEST(ConvNetwork, GivesTheSameInTwoThreads) {
  std::mt19937 random(8);
  Maker maker(random, 3, 40, 36);
  const std::string x = maker.relu(maker.convolution("image", 20, 3, 2, 0, 1));
  maker.output(maker.convolution(maker.convolution(x, 0, 3, 1, 1, 1, true), 24, 1, 1, 0, 0));
  const auto network = maker.read();
  const std::vector<float> input = maker.picture();
  const auto outputs_of = [&] {
    std::vector<std::vector<float>> outputs(1);
    ConvWorkspace workspace;
    for (int i = 0; i < 20; ++i) network->run(input, outputs, workspace);
    return outputs;
  };
  const std::vector<std::vector<float>> alone = outputs_of();
  std::vector<std::vector<float>> one, two;
  std::thread first([&] { one = outputs_of(); });
  std::thread second([&] { two = outputs_of(); });
  first.join();
  second.join();
  EXPECT_EQ(one, alone);
  EXPECT_EQ(two, alone);
}

// What the runtime makes of the networks that are in use.
struct RealNetwork {
  std::string file;
  TensorSpec input;
  std::vector<TensorSpec> outputs;
  double tolerance;  // of outputs of up to about 200
};

void expect_as_the_runtime(const RealNetwork& real) {
  SCOPED_TRACE(real.file);
  const auto own = Network::load(real.file, real.input, real.outputs, Device::cpu, 1),
             other = Network::load(real.file, real.input, real.outputs, Device::cpu, 1,
                                   &linked_providers());
  // Nothing that an environment, a device or a name says: who runs it shows in what is asked of it.
  Runner fast(own), slow(other);
  std::mt19937 random(9);
  for (int picture = 0; picture < 3; ++picture) {
    std::uniform_real_distribution<float> any(picture == 0 ? 0.0f : -1.0f, 1);
    const std::span<float> input = fast.input(real.input.shape);
    for (float& value : input) value = any(random);
    std::copy(input.begin(), input.end(), slow.input(real.input.shape).begin());
    fast.run();
    slow.run();
    for (std::size_t i = 0; i < real.outputs.size(); ++i) {
      ASSERT_EQ(fast.output(i).size(), slow.output(i).size());
      double worst = 0;
      for (std::size_t k = 0; k < fast.output(i).size(); ++k)
        worst = std::max(worst, std::abs(static_cast<double>(fast.output(i)[k]) -
                                         static_cast<double>(slow.output(i)[k])));
      EXPECT_LT(worst, real.tolerance) << real.outputs[i].name;
    }
  }
}

TEST(ConvNetwork, RunsTheOpenNetworksAsTheRuntimeDoes) {
  const std::filesystem::path pack = test::open_pack();
  for (const RealNetwork& real : std::vector<RealNetwork>{
           {"face_mesh_trunk.onnx",
            {"image", {1, 3, 192, 192}},
            {{"landmarks", {1, 468, 3}}, {"features", {1, 32, 48, 48}}, {"face", {1, 1, 1, 1}}},
            1e-3},
           {"face_mesh_lips.onnx", {"features", {1, 32, 16, 16}}, {{"lips", {1, 80, 2}}}, 2e-4},
           {"face_mesh_left_eye.onnx",
            {"features", {1, 32, 16, 16}},
            {{"eye", {1, 71, 2}}, {"iris", {1, 5, 2}}},
            2e-4},
           {"face_mesh_right_eye.onnx",
            {"features", {1, 32, 16, 16}},
            {{"eye", {1, 71, 2}}, {"iris", {1, 5, 2}}},
            2e-4},
           {"face_detection_short_range.onnx",
            {"image", {1, 3, 128, 128}},
            {{"boxes", {1, 896, 16}}, {"scores", {1, 896, 1}}},
            1e-3},
           {"face_detection_full_range.onnx",
            {"image", {1, 3, 192, 192}},
            {{"boxes", {1, 2304, 16}}, {"scores", {1, 2304, 1}}},
            1e-3}}) {
    RealNetwork here = real;
    here.file = (pack / real.file).string();
    const std::string bytes = test::read_text(here.file);
    ASSERT_NE(ConvNetwork::read(bytes, here.input, here.outputs), nullptr) << real.file;
    expect_as_the_runtime(here);
  }
}

TEST(ConvNetwork, RunsPfldAsTheRuntimeDoes) {
  AURIGA_NEEDS("models/onnx/pfld.onnx");
  const RealNetwork real{(test::test_data() / "models/onnx/pfld.onnx").string(),
                         {"input", {1, 3, 112, 112}},
                         {{"output", {1, 136}}},
                         5e-6};
  ASSERT_NE(ConvNetwork::read(test::read_text(real.file), real.input, real.outputs), nullptr);
  expect_as_the_runtime(real);
}

}  // namespace
}  // namespace auriga
