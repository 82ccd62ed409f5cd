// Fall-back, options and warm-up with providers that this machine need not have: the networks run
// on the CPU whatever they are told.
#include "nn/providers.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "nn/fake_onnx.hpp"
#include "nn/network.hpp"
#include "nn/runner.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class FakeProviders : public Providers {
 public:
  std::vector<Device> there = {Device::cpu, Device::coreml, Device::cuda, Device::openvino};
  std::vector<std::string> without_driver, unable, broken;  // names of providers
  mutable std::vector<ProviderSetup> appended;
  mutable int runs = 0;

  std::vector<Device> available() const override { return there; }
  void append(Ort::SessionOptions&, const ProviderSetup& setup) const override {
    appended.push_back(setup);
    if (is_in(without_driver)) throw Ort::Exception("no driver of " + setup.name, ORT_FAIL);
  }
  bool is_used(const Ort::Session&, Device) const override { return !is_in(unable); }
  void run(Ort::Session& session, const Ort::RunOptions& options,
           Ort::IoBinding& binding) const override {
    ++runs;
    if (is_in(broken))
      throw Ort::Exception(appended.back().name + " out of memory", ORT_RUNTIME_EXCEPTION);
    Providers::run(session, options, binding);
  }

 private:
  bool is_in(const std::vector<std::string>& names) const {
    return std::count(names.begin(), names.end(), appended.back().name) > 0;
  }
};

class ProvidersTest : public testing::Test {
 protected:
  ProvidersTest() {
    test::TinyOnnx network;  // y = max(x, 0)
    network.input("x", {-1, 2});
    network.output("y", {-1, 2});
    network.node("Relu", {"x"}, "y");
    test::write_text(file_, network.model());
  }
  std::shared_ptr<const Network> open(const DeviceChoice& device, int threads = 1) {
    return Network::load(file_, {"x", {-1, 2}}, {{"y", {-1, 2}}}, device, threads, &fake_);
  }
  std::string refusal(const DeviceChoice& device) {
    try {
      open(device);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return error.what();
    }
    ADD_FAILURE() << "accepted";
    return "";
  }
  static void expect_works(const std::shared_ptr<const Network>& network) {
    Runner runner(network);
    const std::array<std::int64_t, 2> shape{1, 2};
    const std::span<float> x = runner.input(shape);
    x[0] = -3;
    x[1] = 5;
    runner.run();
    EXPECT_THAT(runner.output(0), ElementsAre(0, 5));
  }

  test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "network.onnx";
  FakeProviders fake_;
};

TEST_F(ProvidersTest, AutomaticTakesTheFirstThatWorks) {
  const std::shared_ptr<const Network> network = open(Device::automatic);
  EXPECT_EQ(network->device(), Device::coreml);
  EXPECT_EQ(network->fallback_reason(), "");
  EXPECT_EQ(fake_.appended.size(), 1u);
  expect_works(network);
}

TEST_F(ProvidersTest, AutomaticSaysWhyItPassedOverOthers) {
  fake_.without_driver = {"CoreML"};
  fake_.unable = {"CUDA"};
  const std::shared_ptr<const Network> network = open(Device::automatic);
  EXPECT_EQ(network->device(), Device::openvino);
  EXPECT_EQ(network->fallback_reason(),
            "coreml: no driver of CoreML; cuda: it can run no part of the network");
  expect_works(network);
}

TEST_F(ProvidersTest, AutomaticEndsOnTheCpu) {
  fake_.without_driver = {"CoreML"};
  fake_.unable = {"CUDA"};
  fake_.broken = {"OpenVINO"};
  const std::shared_ptr<const Network> network = open(Device::automatic);
  EXPECT_EQ(network->device(), Device::cpu);
  EXPECT_THAT(network->fallback_reason(), AllOf(HasSubstr("coreml"), HasSubstr("cuda"),
                                                HasSubstr("openvino: OpenVINO out of memory")));
  EXPECT_EQ(fake_.runs, 1) << "the CPU needs no warm-up";
  expect_works(network);
}

TEST_F(ProvidersTest, ANamedDeviceIsNotReplaced) {
  fake_.without_driver = {"CUDA"};
  EXPECT_THAT(refusal(Device::cuda),
              AllOf(HasSubstr(file_.string()), HasSubstr("no driver of CUDA"),
                    HasSubstr("--device cpu or auto")));
  fake_.broken = {"CoreML"};
  EXPECT_THAT(refusal(Device::coreml), HasSubstr("CoreML out of memory"));
  fake_.unable = {"OpenVINO"};
  EXPECT_THAT(refusal(Device::openvino), HasSubstr("no part of the network"));
  EXPECT_EQ(fake_.appended.size(), 3u) << "nothing else was tried";
  EXPECT_THAT(refusal(Device::tensorrt), HasSubstr("auto, cpu, coreml, cuda, openvino"));
}

TEST_F(ProvidersTest, ADeviceIsWarmedUp) {
  open(Device::cuda);
  EXPECT_EQ(fake_.runs, 1);
  // TensorRT would compile for the shape, and this network has none of its own.
  fake_.there = {Device::cpu, Device::tensorrt};
  open(Device::tensorrt);
  EXPECT_EQ(fake_.runs, 1);
  const std::vector<Device> devices = {Device::cpu};
  fake_.there = devices;
  open(Device::automatic);
  EXPECT_EQ(fake_.runs, 1);
}

TEST_F(ProvidersTest, AFailureAfterTheWarmUpIsNotHidden) {
  Runner runner(open(Device::cuda));
  fake_.broken = {"CUDA"};
  runner.input(std::array<std::int64_t, 2>{1, 2});
  try {
    runner.run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("CUDA out of memory"));
  }
}

TEST_F(ProvidersTest, OptionsReachTheProvider) {
  open({Device::cuda, "1"});
  EXPECT_EQ(fake_.appended.back().name, "CUDA");
  EXPECT_THAT(fake_.appended.back().options, Contains(Pair("device_id", "1")));
  open({Device::coreml, "CPUAndNeuralEngine"});
  EXPECT_THAT(fake_.appended.back().options,
              Contains(Pair("MLComputeUnits", "CPUAndNeuralEngine")));
  // One that automatic chose has its defaults.
  open(Device::automatic);
  EXPECT_THAT(fake_.appended.back().options, Contains(Pair("MLComputeUnits", "ALL")));
  fake_.there = {Device::cpu};
  open(Device::cpu);
  EXPECT_EQ(fake_.appended.back().name, "");
}

TEST(ProviderSetup, Options) {
  EXPECT_THAT(provider_setup({Device::openvino, "GPU"}, 1).options,
              ElementsAre(Pair("device_type", "GPU")));
  EXPECT_THAT(provider_setup({Device::tensorrt, "3"}, 1).options,
              ElementsAre(Pair("device_id", "3")));
  EXPECT_THAT(provider_setup(Device::cuda, 1).options, Contains(Pair("device_id", "0")));
  EXPECT_THAT(provider_setup(Device::cpu, 4).options, IsEmpty());
}

TEST(ProviderSetup, XnnpackHasItsOwnThreads) {
  const ProviderSetup setup = provider_setup(Device::xnnpack, 4);
  EXPECT_THAT(setup.options, ElementsAre(Pair("intra_op_num_threads", "4")));
  EXPECT_EQ(setup.session_threads, 1);
  for (const Device device : {Device::cpu, Device::coreml, Device::cuda, Device::openvino})
    EXPECT_EQ(provider_setup(device, 4).session_threads, 4);
}

// The names that the linked runtime knows: asking it for a provider that it was not built for has
// to fail with an exception of its own, not with a crash or in silence.
TEST(LinkedProviders, RefuseWhatIsNotThere) {
  const std::vector<Device> available = available_devices();
  for (const Device device :
       {Device::coreml, Device::cuda, Device::tensorrt, Device::openvino, Device::xnnpack}) {
    if (std::count(available.begin(), available.end(), device) > 0) continue;
    Ort::SessionOptions options;
    EXPECT_THROW(linked_providers().append(options, provider_setup(device, 1)), Ort::Exception)
        << device_word(device);
  }
}

}  // namespace
}  // namespace auriga
