#include "nn/device.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <onnxruntime_cxx_api.h>

#include "auriga/error.hpp"
#include "auriga/machine.hpp"

namespace auriga {
namespace {

struct DeviceName {
  Device device;
  std::string_view word;
  std::string_view provider;  // as ONNX Runtime lists it
};

constexpr std::array<DeviceName, 7> kNames{{
    {Device::automatic, "auto", ""},
    {Device::cpu, "cpu", "CPUExecutionProvider"},
    {Device::coreml, "coreml", "CoreMLExecutionProvider"},
    {Device::cuda, "cuda", "CUDAExecutionProvider"},
    {Device::tensorrt, "tensorrt", "TensorrtExecutionProvider"},
    {Device::openvino, "openvino", "OpenVINOExecutionProvider"},
    {Device::xnnpack, "xnnpack", "XnnpackExecutionProvider"},
}};

constexpr std::array kAutomaticOrder{Device::coreml, Device::cuda, Device::openvino};

// What stands behind the colon, and the provider's word for it.
struct OptionName {
  Device device;
  std::string_view word, value;
};

constexpr std::array<OptionName, 8> kOptions{{
    {Device::coreml, "all", "ALL"},
    {Device::coreml, "cpu", "CPUOnly"},
    {Device::coreml, "cpu-and-gpu", "CPUAndGPU"},
    {Device::coreml, "cpu-and-neural-engine", "CPUAndNeuralEngine"},
    {Device::openvino, "auto", "AUTO"},
    {Device::openvino, "cpu", "CPU"},
    {Device::openvino, "gpu", "GPU"},
    {Device::openvino, "npu", "NPU"},
}};

// The option in DEVICE:OPTION, as the provider wants it.
std::string parse_option(const DeviceName& name, std::string_view word) {
  const std::string_view option = word.substr(name.word.size() + 1);
  const auto refuse = [&](const std::string& expected) {
    throw Error(ErrorCode::usage, "device '" + std::string(word) + "': expected " +
                                      std::string(name.word) + expected);
  };
  if (name.device == Device::cuda || name.device == Device::tensorrt) {
    const bool is_number = !option.empty() && option.size() <= 3 &&
                           option.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number)
      refuse(" or " + std::string(name.word) + ":N with the number of the GPU, from 0");
    return std::string(option);
  }
  std::string words;
  for (const OptionName& one : kOptions) {
    if (one.device != name.device) continue;
    if (one.word == option) return std::string(one.value);
    words += (words.empty() ? "" : ", ") + std::string(one.word);
  }
  refuse(words.empty() ? " without an option" : ", alone or with one of " + words);
  return "";
}

bool contains(std::span<const Device> devices, Device device) {
  return std::find(devices.begin(), devices.end(), device) != devices.end();
}

}  // namespace

std::string_view device_word(Device device) {
  for (const DeviceName& name : kNames) {
    if (name.device == device) return name.word;
  }
  return "unknown";
}

std::string_view provider_name(Device device) {
  for (const DeviceName& name : kNames) {
    if (name.device == device) return name.provider;
  }
  return "";
}

DeviceChoice parse_device(std::string_view word) {
  const std::size_t colon = word.find(':');
  std::string words;
  for (const DeviceName& name : kNames) {
    if (name.word == word) return name.device;
    if (name.word == word.substr(0, colon)) return {name.device, parse_option(name, word)};
    words += (words.empty() ? "" : ", ") + std::string(name.word);
  }
  throw Error(ErrorCode::usage,
              "unknown device '" + std::string(word) + "': expected one of " + words);
}

std::string network_runtime_version() { return Ort::GetVersionString(); }

std::vector<Device> available_devices() {
  const std::vector<std::string> providers = Ort::GetAvailableProviders();
  std::vector<Device> devices;
  for (const DeviceName& name : kNames) {
    if (std::find(providers.begin(), providers.end(), name.provider) != providers.end()) {
      devices.push_back(name.device);
    }
  }
  return devices;
}

std::vector<std::string> network_devices() {
  std::vector<std::string> words;
  for (const Device device : available_devices()) words.emplace_back(device_word(device));
  return words;
}

std::vector<Device> devices_to_try(Device wanted, std::span<const Device> available) {
  if (wanted == Device::automatic) {
    std::vector<Device> devices;
    for (Device device : kAutomaticOrder) {
      if (contains(available, device)) devices.push_back(device);
    }
    devices.push_back(Device::cpu);
    return devices;
  }
  if (wanted != Device::cpu && !contains(available, wanted)) {
    std::string words = "auto, cpu";
    for (Device device : available) {
      if (device != Device::cpu) words += ", " + std::string(device_word(device));
    }
    throw Error(ErrorCode::usage, "device '" + std::string(device_word(wanted)) +
                                      "' is not in this build of ONNX Runtime: choose one of " +
                                      words + ", or link a build of ONNX Runtime that has it");
  }
  return {wanted};
}

}  // namespace auriga
