#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auriga/error.hpp"

#include "attention_mesh.hpp"
#include "convert.hpp"
#include "tflite_network.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga::open_pack;
  const auto try_to = [](auto&& action) {
    try {
      action();
    } catch (const auriga::Error&) {
    }
  };
  try_to([&] {
    const TfliteNetwork network =
        read_tflite("fuzz.tflite", {reinterpret_cast<const char*>(bytes), size});
    try_to([&] {
      to_onnx(network, ports(network, network.inputs), ports(network, network.outputs), "");
    });
    try_to([&] { to_json(attention_mesh_regions(network)); });
    for (const Cut& cut : attention_mesh_cuts()) try_to([&] { convert_cut(network, cut, ""); });
  });
  return 0;
}
