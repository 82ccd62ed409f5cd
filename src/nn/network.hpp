// A neural network with one input, loaded from an ONNX file: its weights. What runs it is a Runner:
// on the processor with kernels of our own where the network is one that they can (ConvNetwork),
// otherwise with ONNX Runtime.
//
// ONNX Runtime reports its use to its maker, looks up names for that and leaves files in the
// temporary folder unless the environment variable ORT_DISABLE_TELEMETRY says otherwise; nothing
// else keeps it from that. So before the first network of a process is made, the variable is set to
// 1, unless the program around us has given it a value, which stays. It is the only thing that the
// library changes of its host. A program whose other threads read or write the environment sets the
// variable itself before it starts them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/device.hpp"

namespace Ort {
struct IoBinding;
struct RunOptions;
}  // namespace Ort

namespace auriga {

class ConvNetwork;
class Providers;

// Name and shape of a float32 tensor. In a shape -1 means: any size.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;

  // Whether a tensor of `of` is such a one.
  bool admits(std::span<const std::int64_t> of) const;
};

// Immutable: any number of threads may share one and run it at the same time, each by a Runner of
// its own.
class Network {
 public:
  // Loads `file` and checks that its input, and its outputs in this order, are as given. `threads`:
  // threads that share one run, the caller's included; 1 starts none. Throws Error(model) when the
  // file is missing, is no ONNX network or is another network, and Error(usage) when `device`
  // cannot be had. An accelerator is warmed up by a run with zeros, in which sizes that may be any
  // are 64 (but for TensorRT, which would compile for them): the first frame is not late, and an
  // accelerator that only fails when it runs is found out, too. Kernels of our own use the caller's
  // thread only. `providers`: null: kernels of our own where they can, else those of the linked
  // ONNX Runtime; others have to outlive the network and leave everything to the runtime.
  static std::shared_ptr<const Network> load(const std::filesystem::path& file,
                                             const TensorSpec& input,
                                             const std::vector<TensorSpec>& outputs,
                                             const DeviceChoice& device, int threads,
                                             const Providers* providers = nullptr);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // The device in use.
  Device device() const;
  // Why `automatic` fell back to the device in use; empty when it did not.
  const std::string& fallback_reason() const;
  const std::filesystem::path& file() const;
  // As they were given to load().
  const TensorSpec& input() const;
  const std::vector<TensorSpec>& outputs() const;

 private:
  friend class Runner;
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);

  // For runners. Null: the runtime runs it, and these two may throw Ort::Exception.
  const ConvNetwork* own() const;
  Ort::IoBinding make_binding() const;
  void run(const Ort::RunOptions& options, Ort::IoBinding& binding) const;
  // Throws Error(model) unless outputs()[index] admits `shape`.
  void check_output(std::size_t index, std::span<const std::int64_t> shape) const;
  // Throws Error(model) that says what was expected and what was found.
  [[noreturn]] void fail(const std::string& found) const;

  std::unique_ptr<const Impl> impl_;
};

}  // namespace auriga
