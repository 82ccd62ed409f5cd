// Networks of dense layers in the form in which they are evaluated at many places at once.
//
// A layer is a matrix product: outputs x inputs weights with inputs x places values. Places lie
// along the vectors and weights are broadcast, in the order in which the kernel reads them: inputs
// in blocks whose values stay in the first-level cache for all places, per block the outputs in
// groups whose sums stay in registers. So every weight is read from memory once per evaluation, in
// one sweep from the first to the last.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/aligned_floats.hpp"
#include "clm/cen_file.hpp"

namespace auriga {

struct LayerShape {
  Activation activation{};
  int inputs = 0, outputs = 0;
};
using NetworkShape = std::vector<LayerShape>;

// Floats of a network of that shape.
std::size_t packed_floats(const NetworkShape& shape);

// `packed`: packed_floats(). `layers`: at least one, each with as many inputs as the last has
// outputs.
void pack(const std::vector<CenLayer>& layers, std::span<float> packed);

// A multiple of the lanes of all vectors: what rows of places are padded to.
constexpr int row_floats(int places) { return (places + 15) / 16 * 16; }

// Scratch memory of evaluate(), kept from call to call. One per thread.
struct NetworkWorkspace {
  AlignedFloats values[2];  // of two layers in turn
};

// The outputs of the last layer, outputs x row_floats(places), until the next call with this
// workspace. `inputs`: inputs x row_floats(places), best on a cache line; what they hold beyond
// `places` must be finite and plays no part. `factors`, row_floats(places): the weighted sums of
// the first layer are multiplied by them before its bias is added.
//
// Sums are fused multiply-adds in the order of the inputs, where the processor has them: the same
// bits on AVX2 and AVX-512, and within rounding (some 1e-6 of the sum of absolute products)
// elsewhere. Allocates only while the workspace grows.
const float* evaluate(const NetworkShape& shape, const float* packed, const float* inputs,
                      const float* factors, int places, NetworkWorkspace& workspace);

}  // namespace auriga
