// A neural network with one input, loaded from an ONNX file and run by ONNX Runtime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/device.hpp"

namespace auriga {

class Providers;

// Name and shape of a float32 tensor. In a shape -1 means: any size.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;
};

// Fill input(), call run(), read output(). Buffers are kept while the input shape stays the same;
// then nothing is allocated but what the runtime needs inside. Subnormal numbers count as zero
// while the network runs (PFLD's pruned channels are subnormal: 30 times slower otherwise); the
// caller's floating-point mode is put back.
//
// Not thread-safe: one object per thread. An object may move from thread to thread.
class Session {
 public:
  // Loads `file` and checks that its input, and its outputs in this order, are as given. `threads`:
  // threads that share one run, the caller's included; 1 starts none. Throws Error(model) when the
  // file is missing, is no ONNX network or is another network, and Error(usage) when `device`
  // cannot be had. An accelerator is warmed up by a run with zeros, in which sizes that may be any
  // are 64 (but for TensorRT, which would compile for them): the first frame is not late, and an
  // accelerator that only fails when it runs is found out, too. `providers`: null: those of the
  // linked ONNX Runtime.
  Session(const std::filesystem::path& file, const TensorSpec& input,
          const std::vector<TensorSpec>& outputs, const DeviceChoice& device, int threads,
          const Providers* providers = nullptr);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // The input tensor, row-major, to be written before run(). The contents survive run() and are
  // unspecified after a change of shape. `shape` must agree with the constructor's.
  std::span<float> input(std::span<const std::int64_t> shape);

  // Gives the memory of earlier shapes back to the system, by a run of `small_shape`. For a network
  // that will see a larger input than before: the runtime would keep the old memory beside the new.
  void release_memory(std::span<const std::int64_t> small_shape);

  // Throws Error(model) when the network fails or an output is not of the shape that the
  // constructor was given.
  void run();

  // Output `index` of the last run(), row-major, valid until the next run(). May hold NaN: that
  // depends on the input.
  std::span<const float> output(std::size_t index) const;

  // The device in use.
  Device device() const;
  // Why `automatic` fell back to the device in use; empty when it did not.
  const std::string& fallback_reason() const;
  const std::filesystem::path& file() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
