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
  for (Device device : kAll) EXPECT_EQ(parse_device(device_word(device)), device);
  EXPECT_EQ(parse_device("auto"), Device::automatic);
  EXPECT_EQ(parse_device("tensorrt"), Device::tensorrt);
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
