#include "blendshapes_onnx.hpp"

#include "convert.hpp"
#include "refuse.hpp"
#include "sources.hpp"

namespace auriga::open_pack {

std::string blendshapes_onnx(const TfliteNetwork& network) {
  if (network.inputs.size() != 1 || network.outputs.size() != 1)
    refuse(
        network.file, "a network with one input and one output",
        std::to_string(network.inputs.size()) + " and " + std::to_string(network.outputs.size()));
  return to_onnx(network, {{network.inputs[0], "points"}}, {{network.outputs[0], "blendshapes"}},
                 note(kBlendshapes.origin));
}

std::string blendshapes_onnx(const std::string& file, std::string_view tflite) {
  return blendshapes_onnx(read_tflite(file, tflite));
}

}  // namespace auriga::open_pack
