// Runs a network: the buffers of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "nn/network.hpp"

namespace auriga {

// Fill input(), call run(), read output(). Buffers are kept while the input shape stays the same;
// then nothing is allocated but what the runtime needs inside. Subnormal numbers count as zero
// while the network runs (PFLD's pruned channels are subnormal: 30 times slower otherwise); the
// caller's floating-point mode is put back.
//
// Not thread-safe: one object per thread. An object may move from thread to thread. The results do
// not depend on what other runners of the same network do at the same time.
class Runner {
 public:
  // Costs no copy of the weights. `network`: not null.
  explicit Runner(std::shared_ptr<const Network> network);
  ~Runner();
  Runner(Runner&&) noexcept;
  Runner& operator=(Runner&&) noexcept;

  // The input tensor, row-major, to be written before run(). The contents survive run() and are
  // unspecified after a change of shape. The network's input must admit `shape`.
  std::span<float> input(std::span<const std::int64_t> shape);

  // Gives the memory of earlier shapes back to the system, by a run of `small_shape`. For a network
  // that will see a larger input than before: the runtime would keep the old memory beside the new.
  void release_memory(std::span<const std::int64_t> small_shape);

  // Throws Error(model) when the network fails or an output is not of the shape that the network
  // was loaded with.
  void run();

  // Output `index` of the last run(), row-major, valid until the next run(). May hold NaN: that
  // depends on the input.
  std::span<const float> output(std::size_t index) const;

  const Network& network() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
