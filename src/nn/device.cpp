#include "nn/device.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <onnxruntime_cxx_api.h>

#include "auriga/error.hpp"

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

Device parse_device(std::string_view word) {
  std::string words;
  for (const DeviceName& name : kNames) {
    if (name.word == word) return name.device;
    words += (words.empty() ? "" : ", ") + std::string(name.word);
  }
  throw Error(ErrorCode::usage,
              "unknown device '" + std::string(word) + "': expected one of " + words);
}

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
