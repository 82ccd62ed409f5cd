// The convolutional networks of the validator against plain loops, of awkward sizes.
#include <cmath>
#include <vector>

#include "fuzz_choices.hpp"
#include "validation/cnn.hpp"
#include "validation/cnn_reference.hpp"
#include "validation/fake_validator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  fuzz::Choices choices(bytes, size);
  std::mt19937 random = choices.random();
  int height = choices.number(1, 24), width = choices.number(1, 24), maps = 1;
  const int first_height = height, first_width = width;
  test::SyntheticLayers layers{random};
  for (int i = choices.number(1, 2); i > 0; --i) {
    const int kernel_height = choices.number(1, std::min(height, 9)),
              kernel_width = choices.number(1, std::min(width, 9)), out = choices.number(1, 13);
    layers.convolution(maps, out, kernel_height, kernel_width);
    maps = out;
    height -= kernel_height - 1;
    width -= kernel_width - 1;
    if (choices.flag()) layers.relu();
    if (choices.flag() && height > 1 && width > 1) {
      layers.pool();
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
  }
  const int scores = choices.number(1, 9);
  if (choices.flag()) {
    layers.full(maps * height * width, 9).relu().full(9, scores);
  } else {
    layers.full(maps * height * width, scores);
  }
  const std::string network = layers.network();
  BinaryReader reader("made", network);
  Cnn cnn(reader);
  reader.expect_end();
  cnn.bind(first_height, first_width, reader);
  Cnn::Buffers buffers;
  cnn.reserve(buffers);
  const auto pixels =
      static_cast<std::size_t>(first_height) * static_cast<std::size_t>(first_width);
  const std::vector<float> window = test::random_values<float>(pixels, -2, 2, random);
  std::copy(window.begin(), window.end(), buffers.maps.begin());
  BinaryReader again("made", network);
  const std::vector<double> expected =
      test::plain_scores(again, {1, first_height, first_width, {window.begin(), window.end()}});
  const std::span<const float> found = cnn.scores(buffers);
  if (found.size() != expected.size()) __builtin_trap();
  // As src/validation/cnn_test.cpp; sums of up to 13 * 81 products, of values up to some units.
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!(std::abs(static_cast<double>(found[i]) - expected[i]) <=
          1e-5 * std::max(1.0, std::abs(expected[i]))))
      __builtin_trap();
  return 0;
}
