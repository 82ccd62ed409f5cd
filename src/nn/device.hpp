// Where the networks run: the choice behind the option --device.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auriga {

enum class Device { automatic, cpu, coreml, cuda, tensorrt, openvino, xnnpack };

// A device and what it is told: which GPU, which units.
struct DeviceChoice {
  // Not explicit: a device alone is a choice.
  DeviceChoice(Device which = Device::automatic, std::string told = {})
      : device(which), option(std::move(told)) {}

  Device device;
  std::string option;  // as its provider wants it, e.g. CPUAndNeuralEngine; empty: the default
};

// The word of the command line: "auto", "cpu", "coreml", "cuda", "tensorrt", "openvino", "xnnpack".
std::string_view device_word(Device device);

// The name of its execution provider in ONNX Runtime; empty for `automatic`.
std::string_view provider_name(Device device);

// The device of that word, which may have an option behind a colon: cuda:N and tensorrt:N (number
// of the GPU, from 0), coreml:UNITS (all, cpu, cpu-and-gpu, cpu-and-neural-engine), openvino:TYPE
// (auto, cpu, gpu, npu). Throws Error(usage) that lists the words, or the options of the device.
DeviceChoice parse_device(std::string_view word);

// The devices that the linked ONNX Runtime was built for, in the order of the enumeration. A listed
// accelerator may still be unusable here, for want of a driver or of the hardware.
std::vector<Device> available_devices();

// The devices to try, in order, when the user wants `wanted` and the runtime was built for
// `available`. A named device is the only one; when it is not available, throws Error(usage) that
// lists those that are. `automatic` is coreml, cuda, openvino as far as available, then cpu. It
// leaves out tensorrt, which compiles for minutes at every new frame size, and xnnpack, which is
// another set of CPU kernels.
std::vector<Device> devices_to_try(Device wanted, std::span<const Device> available);

}  // namespace auriga
