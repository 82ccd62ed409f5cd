// Cameras of Video4Linux, spoken to by its system calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "auriga/live.hpp"

namespace auriga {

// The system calls that a camera is spoken to with, as those of Linux: -1 and errno where they
// fail. Tests have a camera of their own behind it.
class DeviceCalls {
 public:
  virtual ~DeviceCalls() = default;
  virtual std::vector<std::filesystem::path> devices() = 0;  // /dev/video*, as people count
  virtual int open(const std::filesystem::path& device) = 0;
  virtual void close(int descriptor) = 0;
  virtual int control(int descriptor, unsigned long request, void* argument) = 0;  // ioctl
  virtual void* map(int descriptor, std::size_t length, long offset) = 0;  // nullptr: it failed
  virtual void unmap(void* memory, std::size_t length) = 0;
  // > 0: something is there to be read; 0: nothing within `wait`; -1: the device is gone.
  virtual int wait(int descriptor, std::chrono::milliseconds wait) = 0;
};
DeviceCalls& linux_devices();

std::unique_ptr<LiveSource> open_camera(const std::filesystem::path& device,
                                        const CameraOptions& options, DeviceCalls& calls);
std::vector<CameraInfo> list_cameras(DeviceCalls& calls);

}  // namespace auriga
