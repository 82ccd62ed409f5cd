// Convolutional networks by kernels of our own against plain loops, of awkward sizes, on every
// instruction set that runs here.
#include <cmath>
#include <vector>

#include "auriga/machine.hpp"

#include "fuzz_choices.hpp"
#include "nn/conv_kernels.hpp"
#include "nn/conv_network_reference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  fuzz::Choices choices(bytes, size);
  std::mt19937 random = choices.random();
  const int side = choices.number(1, 5), stride = choices.number(1, 3);
  const int before = choices.number(0, side - 1), after = choices.number(0, side - 1);
  test::Maker maker(random, choices.number(1, 20), choices.number(side, 18),
                    choices.number(side, 18));
  std::string x = maker.convolution("image", choices.number(1, 24), side, stride, before, after,
                                    choices.flag(), choices.flag());
  if (choices.flag()) x = choices.flag() ? maker.relu(x) : maker.prelu(x);
  const std::string kept = x;
  for (int i = choices.number(0, 3); i > 0; --i) switch (choices.number(0, 4)) {
      case 0:
        x = maker.convolution(x, 0, 3, 1, 1, 1, true);
        break;
      case 1:
        x = maker.normalisation(x);
        break;
      case 2:
        x = maker.leaky_relu(x, 0.1f);
        break;
      case 3:
        x = maker.written_out_prelu(x);
        break;
      default:
        x = maker.add(kept, x);
    }
  maker.output(x);
  const std::vector<float> input = maker.picture();
  const auto expected = maker.expected(input);
  internal::fused_sums = false;
  const auto network = maker.read();
  if (network == nullptr) return 0;  // steps in an order that is left to others
  ConvWorkspace workspace;
  std::vector<std::vector<float>> first;
  for (const Isa isa : runnable_isas()) {
    use_isa(isa_word(isa));
    std::vector<std::vector<float>> outputs(1);
    network->run(input, outputs, workspace);
    if (outputs[0].size() != expected[0].size()) __builtin_trap();
    // As src/nn/conv_network_test.cpp.
    for (std::size_t i = 0; i < outputs[0].size(); ++i)
      if (!(std::abs(static_cast<double>(outputs[0][i]) - expected[0][i]) <= 2e-5))
        __builtin_trap();
    if (first.empty()) first = outputs;
    if (outputs != first) __builtin_trap();
  }
  return 0;
}
