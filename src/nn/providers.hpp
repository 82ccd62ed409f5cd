// How ONNX Runtime is told where a network runs. Includes ONNX Runtime's headers: for Network and
// its tests only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <onnxruntime_cxx_api.h>

#include "nn/device.hpp"

namespace auriga {

struct ProviderSetup {
  // The provider as the functions that append it call it, and its options; of the CPU both are
  // empty.
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;
  // Threads of the runtime's own pool, which computes what the provider leaves to the CPU.
  int session_threads = 1;
};

// `threads` share one run, as for Network.
ProviderSetup provider_setup(const DeviceChoice& choice, int threads);

// What Network asks of the runtime; tests put providers in its place that this machine lacks. Any
// number of threads may run at the same time.
class Providers {
 public:
  virtual ~Providers() = default;

  virtual std::vector<Device> available() const { return available_devices(); }
  // Throws Ort::Exception when the provider cannot be had, e.g. for want of a driver.
  virtual void append(Ort::SessionOptions& options, const ProviderSetup& setup) const;
  // Whether at least a part of the network was given to the device. For sessions that record it.
  virtual bool is_used(const Ort::Session& session, Device device) const;
  virtual void run(Ort::Session& session, const Ort::RunOptions& options,
                   Ort::IoBinding& binding) const {
    session.Run(options, binding);
  }
};

// Those of the linked ONNX Runtime.
const Providers& linked_providers();

}  // namespace auriga
