// Plans a network from the bytes of an ONNX file, and runs what can be planned.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "nn/conv_network.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using auriga::ConvNetwork;
  const auto network = ConvNetwork::read({reinterpret_cast<const char*>(data), size},
                                         {"image", {1, 3, 8, 8}}, {{"output0", {1, -1, 5}}});
  if (network == nullptr) return 0;
  std::vector<std::vector<float>> outputs(1);
  auriga::ConvWorkspace workspace;
  network->run(std::vector<float>(3 * 8 * 8, 0.5f), outputs, workspace);
  return 0;
}
