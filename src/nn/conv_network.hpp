// Runs small convolutional networks on the processor with kernels of our own: the networks that
// look at every frame are so small that a runtime made for large ones takes two to four times as
// long, and a tenth of a second to begin.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/aligned_floats.hpp"
#include "nn/network.hpp"

namespace auriga {

// Memory of one thread, kept from run to run.
struct ConvWorkspace {
  std::vector<AlignedFloats> maps;
  AlignedFloats rows;
};

// Immutable: any number of threads may run one, each with a workspace of its own.
class ConvNetwork {
 public:
  // Null when it is no network of this kind: of convolutions (dense, or one filter a channel),
  // batch normalisation, ReLU, leaky and parametric ReLU (also as two scaled sums), sums, pooling
  // and doubling of maps, one input picture, and outputs that are maps or their pixels one after
  // the other; or when inputs or outputs are not as given. Damaged files are null, too: whoever
  // can tell why is asked instead.
  static std::shared_ptr<const ConvNetwork> read(std::string_view onnx, const TensorSpec& input,
                                                 const std::vector<TensorSpec>& outputs);
  ~ConvNetwork();
  ConvNetwork(const ConvNetwork&) = delete;
  ConvNetwork& operator=(const ConvNetwork&) = delete;

  // `input`: row-major, of the size given to read(). Each output is resized to its own size.
  // Values that are not finite may make outputs that are not. The same bits on every processor
  // (nn/conv_kernels.hpp). Rows are shared among the threads of the oneTBB arena that the caller is
  // in, as far as they have nothing else to do; never changes a result. Allocates only at the first
  // run with a workspace (oneTBB apart).
  void run(std::span<const float> input, std::span<std::vector<float>> outputs,
           ConvWorkspace& workspace) const;

 private:
  struct Plan;
  explicit ConvNetwork(std::unique_ptr<const Plan> plan);
  std::unique_ptr<const Plan> plan_;
};

}  // namespace auriga
