#include "nn/device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr Device kAll[] = {Device::automatic, Device::cpu,      Device::coreml, Device::cuda,
                           Device::tensorrt,  Device::openvino, Device::xnnpack};

TEST(Device, WordsAreReadBack) {
  for (Device device : kAll) EXPECT_EQ(parse_device(device_word(device)).device, device);
  EXPECT_EQ(parse_device("auto").device, Device::automatic);
  EXPECT_EQ(parse_device("tensorrt").device, Device::tensorrt);
  EXPECT_EQ(provider_name(Device::cpu), "CPUExecutionProvider");
  EXPECT_EQ(provider_name(Device::automatic), "");
}

TEST(Device, AnUnknownWordIsAnErrorThatListsTheWords) {
  for (const char* word : {"", "CPU", "gpu", "cuda "}) {
    try {
      parse_device(word);
      ADD_FAILURE() << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), HasSubstr("'" + std::string(word) + "'"));
      EXPECT_THAT(error.what(), HasSubstr("auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack"));
    }
  }
}

TEST(Device, AnOptionIsPassedOnInTheWordsOfTheProvider) {
  const auto option = [](std::string_view word) { return parse_device(word).option; };
  EXPECT_EQ(parse_device("cuda:1").device, Device::cuda);
  EXPECT_EQ(option("cuda:1"), "1");
  EXPECT_EQ(option("tensorrt:12"), "12");
  EXPECT_EQ(option("coreml:cpu-and-neural-engine"), "CPUAndNeuralEngine");
  EXPECT_EQ(option("coreml:cpu"), "CPUOnly");
  EXPECT_EQ(option("openvino:gpu"), "GPU");
  for (const char* alone : {"auto", "cpu", "coreml", "cuda", "openvino", "xnnpack"})
    EXPECT_EQ(option(alone), "") << alone;
}

TEST(Device, AnOptionThatIsNotThereIsAnErrorThatListsThoseThatAre) {
  const std::pair<const char*, const char*> cases[] = {
      {"cuda:", "cuda:N"},
      {"cuda:-1", "cuda:N"},
      {"cuda:0x1", "cuda:N"},
      {"tensorrt:first", "tensorrt:N"},
      {"coreml:gpu", "all, cpu, cpu-and-gpu, cpu-and-neural-engine"},
      {"coreml:CPUOnly", "cpu-and-neural-engine"},
      {"openvino:", "auto, cpu, gpu, npu"},
      {"cpu:1", "without an option"},
      {"auto:gpu", "without an option"},
      {"xnnpack:4", "without an option"}};
  for (const auto& [word, expected] : cases) {
    try {
      parse_device(word);
      ADD_FAILURE() << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), HasSubstr("'" + std::string(word) + "'"));
      EXPECT_THAT(error.what(), HasSubstr(expected));
    }
  }
}

TEST(Device, AutomaticTriesAcceleratorsInOrderAndEndsWithTheCpu) {
  EXPECT_THAT(devices_to_try(Device::automatic, std::vector{Device::cpu}),
              ElementsAre(Device::cpu));
  EXPECT_THAT(devices_to_try(Device::automatic, std::vector<Device>{}), ElementsAre(Device::cpu));
  EXPECT_THAT(devices_to_try(Device::automatic, std::vector{Device::cpu, Device::openvino,
                                                            Device::cuda, Device::coreml}),
              ElementsAre(Device::coreml, Device::cuda, Device::openvino, Device::cpu));
  EXPECT_THAT(devices_to_try(Device::automatic,
                             std::vector{Device::cpu, Device::tensorrt, Device::xnnpack}),
              ElementsAre(Device::cpu));
}

TEST(Device, ANamedDeviceIsTheOnlyOneTried) {
  EXPECT_THAT(devices_to_try(Device::cuda, std::vector{Device::cpu, Device::cuda}),
              ElementsAre(Device::cuda));
  EXPECT_THAT(devices_to_try(Device::cpu, std::vector{Device::cpu, Device::cuda}),
              ElementsAre(Device::cpu));
}

TEST(Device, ANamedDeviceThatIsNotAvailableIsAnErrorThatListsThoseThatAre) {
  try {
    devices_to_try(Device::coreml, std::vector{Device::cpu, Device::cuda, Device::xnnpack});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("'coreml'"));
    EXPECT_THAT(error.what(), HasSubstr("auto, cpu, cuda, xnnpack"));
    EXPECT_THAT(error.what(), Not(HasSubstr("openvino")));
  }
}

TEST(Device, EveryBuildOfTheRuntimeHasTheCpu) {
  EXPECT_THAT(available_devices(), Contains(Device::cpu));
}

}  // namespace
}  // namespace auriga
