// Where the networks run: the choice behind the option --device.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace auriga {

enum class Device { automatic, cpu, coreml, cuda, tensorrt, openvino, xnnpack };

// The word of the command line: "auto", "cpu", "coreml", "cuda", "tensorrt", "openvino", "xnnpack".
std::string_view device_word(Device device);

// The name of its execution provider in ONNX Runtime; empty for `automatic`.
std::string_view provider_name(Device device);

// The device of that word; throws Error(usage) that lists the words.
Device parse_device(std::string_view word);

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
