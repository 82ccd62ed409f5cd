#include "nn/runner.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nn/fake_network.hpp"
#include "support/concurrently.hpp"

namespace auriga {
namespace {

using test::kSmallInput;
using test::kSmallOutputs;
using test::model_error;
using test::NetworkFile;
using test::small_network;
using test::TinyOnnx;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

using Shape = std::vector<std::int64_t>;

void set(std::span<float> to, const std::vector<float>& from) {
  ASSERT_EQ(to.size(), from.size());
  std::copy(from.begin(), from.end(), to.begin());
}

TEST(Runner, RunsANetworkForChangingShapes) {
  const std::shared_ptr<const Network> network = NetworkFile().load(small_network().model());
  EXPECT_EQ(network->device(), Device::cpu);
  EXPECT_EQ(network->fallback_reason(), "");
  Runner runner(network);
  EXPECT_EQ(&runner.network(), network.get());
  for (int repeat = 0; repeat < 2; ++repeat) {
    set(runner.input(Shape{1, 2}), {1, -2});
    runner.run();
    EXPECT_THAT(runner.output(0), ElementsAre(-18.5f, -38.0f, -57.5f));
    EXPECT_THAT(runner.output(1), ElementsAre(1.0f, 0.0f));
    // The second run of a shape writes to kept buffers.
    set(runner.input(Shape{1, 2}), {0, 1});
    runner.run();
    EXPECT_THAT(runner.output(0), ElementsAre(10.5f, 20.0f, 29.5f));
    EXPECT_THAT(runner.output(1), ElementsAre(0.0f, 1.0f));

    set(runner.input(Shape{3, 2}), {1, 0, 0, 1, -1, -1});
    runner.run();
    EXPECT_THAT(runner.output(0),
                ElementsAre(1.5f, 2, 2.5f, 10.5f, 20, 29.5f, -10.5f, -22, -33.5f));
    EXPECT_THAT(runner.output(1), ElementsAre(1, 0, 0, 1, 0, 0));
    runner.release_memory(Shape{2, 2});
  }
}

TEST(Runner, KeepsItsBuffersWhileTheShapeStays) {
  Runner runner(NetworkFile().load(small_network().model()));
  const float* input = runner.input(Shape{4, 2}).data();
  runner.run();
  const float* output = runner.output(0).data();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(runner.input(Shape{4, 2}).data(), input);
    runner.run();
    EXPECT_EQ(runner.output(0).data(), output);
  }
}

TEST(Runner, GivesTheSameWithTwoThreads) {
  NetworkFile file;
  Runner one(file.load(small_network().model(), kSmallInput, kSmallOutputs, Device::cpu, 1)),
      two(file.load(small_network().model(), kSmallInput, kSmallOutputs, Device::cpu, 2));
  for (Runner* runner : {&one, &two}) {
    std::span<float> x = runner->input(Shape{500, 2});
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
    runner->run();
  }
  EXPECT_THAT(two.output(0), testing::ElementsAreArray(one.output(0)));
}

// y = relu(conv(x)) and its mean, at any size of picture.
std::shared_ptr<const Network> load_convolution(NetworkFile& file) {
  TinyOnnx network;
  std::mt19937 random(5);
  std::vector<float> weights(8 * 3 * 3 * 3);
  for (float& w : weights) w = static_cast<float>(random() % 2000) / 1000 - 1;
  network.input("x", {1, 3, -1, -1});
  network.output("y", {1, 8, -1, -1});
  network.output("z", {1, 8, 1, 1});
  network.tensor("w", {8, 3, 3, 3}, weights);
  network.node("Conv", {"x", "w"}, "c");
  network.node("Relu", {"c"}, "y");
  network.node("GlobalAveragePool", {"y"}, "z");
  return file.load(network.model(), {"x", {1, 3, -1, -1}},
                   {{"y", {1, 8, -1, -1}}, {"z", {1, 8, 1, 1}}});
}

// All outputs for pictures of several sizes, one after the other; another `seed`, other pictures.
std::vector<float> run_pictures(Runner& runner, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> all;
  for (const std::int64_t side : {9, 33, 33, 17, 64, 9}) {
    for (float& v : runner.input(Shape{1, 3, side, side + 4}))
      v = static_cast<float>(random() % 256);
    runner.run();
    for (const std::size_t output : {0, 1})
      all.insert(all.end(), runner.output(output).begin(), runner.output(output).end());
    if (side == 17) runner.release_memory(Shape{1, 3, 8, 8});
  }
  return all;
}

TEST(Runner, OfOneNetworkGiveTheSameInTwoThreads) {
  NetworkFile file;
  const std::shared_ptr<const Network> network = load_convolution(file);
  std::vector<std::vector<float>> expected;
  Runner alone(network);
  for (const unsigned seed : {1, 2}) expected.push_back(run_pictures(alone, seed));
  ASSERT_NE(expected[0], expected[1]);
  const auto found = test::concurrently(2, [&](int thread) {
    Runner runner(network);
    std::vector<std::vector<float>> results;
    for (int repeat = 0; repeat < 30; ++repeat)
      results.push_back(run_pictures(runner, static_cast<unsigned>(thread + 1)));
    return results;
  });
  for (std::size_t thread = 0; thread < 2; ++thread)
    for (const std::vector<float>& one : found[thread])
      EXPECT_TRUE(one == expected[thread]) << thread;
}

TEST(Runner, PassesNanOn) {
  Runner runner(NetworkFile().load(small_network().model()));
  set(runner.input(Shape{1, 2}), {std::numeric_limits<float>::quiet_NaN(), 0});
  runner.run();
  EXPECT_TRUE(std::isnan(runner.output(0)[0]));
}

// A subnormal weight times 1e30 would be 1e-9.
TEST(Runner, CountsSubnormalsAsZeroInAnyThreadAndLeavesTheCallerAlone) {
  TinyOnnx network;
  network.input("x", {-1, 2});
  network.output("y", {-1, 3});
  network.output("z", {-1, 2});
  network.tensor("w", {2, 3}, std::vector<float>(6, 1e-39f));
  network.node("MatMul", {"x", "w"}, "y");
  network.node("Relu", {"x"}, "z");
  Runner runner(NetworkFile().load(network.model()));
  const auto check = [&runner] {
    set(runner.input(Shape{1, 2}), {1e30f, 1e30f});
    runner.run();
    EXPECT_THAT(runner.output(0), Each(0.0f));
    volatile float smallest = FLT_MIN;
    smallest = smallest / 2;
    EXPECT_GT(smallest, 0.0f);
  };
  check();
  std::thread(check).join();
}

TEST(Runner, RefusesAnOutputThatTurnsOutToBeOfAnotherShape) {
  TinyOnnx network;
  network.input("x", {-1, 2});
  network.output("y", {-1});
  network.node("Unique", {"x"}, "y");  // its length depends on the values
  Runner runner(NetworkFile().load(network.model(), kSmallInput, {{"y", {3}}}));
  const Shape shape{2, 2};
  set(runner.input(shape), {1, 5, 3, 5});
  runner.run();
  EXPECT_THAT(runner.output(0), ElementsAre(1, 3, 5));
  set(runner.input(Shape{3, 2}), {1, 1, 1, 1, 1, 2});
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_THAT(model_error([&] { runner.run(); }), HasSubstr("found output 'y' float 2"));
  }
  // A change without a change of the input shape does not fit the kept buffer.
  set(runner.input(shape), {1, 5, 3, 5});
  runner.run();
  set(runner.input(shape), {1, 1, 1, 1});
  EXPECT_THAT(model_error([&] { runner.run(); }), HasSubstr("fails"));
}

}  // namespace
}  // namespace auriga
