// Each operator, alone in a small network, against a plain evaluation.
#include "convert.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "nn/runner.hpp"
#include "support/golden.hpp"
#include "tiny_tflite_test.hpp"

namespace auriga::open_pack {
namespace {

using test::raw;
using test::Table;
using test::TinyTflite;
using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

// Values are multiples of 1/8, so that sums of few products are exact in any order; only the
// interpolation rounds.
constexpr float kTolerance = 1e-6F;

// A tensor, row-major; pictures are batch, height, width, channels.
struct Values {
  std::vector<std::int32_t> shape;
  std::vector<float> data;

  std::size_t size() const {
    std::size_t n = 1;
    for (const std::int32_t d : shape) n *= static_cast<std::size_t>(d);
    return n;
  }
  float& at(int y, int x, int c) {
    const int index = (y * shape[2] + x) * shape[3] + c;
    return data[static_cast<std::size_t>(index)];
  }
  float at(int y, int x, int c) const { return const_cast<Values*>(this)->at(y, x, c); }
};

Values random_values(const std::vector<std::int32_t>& shape, unsigned seed) {
  Values values{shape, {}};
  std::mt19937 generator(seed);
  while (values.data.size() < values.size())
    values.data.push_back(static_cast<float>(static_cast<int>(generator() % 65) - 32) / 8);
  return values;
}

// Between the orders of TFLite and ONNX; only pictures differ.
Values channels_first(const Values& from) {
  if (from.shape.size() != 4) return from;
  Values to = from;
  std::size_t i = 0;
  for (int c = 0; c < from.shape[3]; ++c)
    for (int y = 0; y < from.shape[1]; ++y)
      for (int x = 0; x < from.shape[2]; ++x) to.data[i++] = from.at(y, x, c);
  return to;
}

Values channels_last(const std::vector<std::int32_t>& shape, std::span<const float> from) {
  Values to{shape, {from.begin(), from.end()}};
  if (shape.size() != 4) return to;
  std::size_t i = 0;
  for (int c = 0; c < shape[3]; ++c)
    for (int y = 0; y < shape[1]; ++y)
      for (int x = 0; x < shape[2]; ++x) to.at(y, x, c) = from[i++];
  return to;
}

TensorSpec spec(const std::string& name, const std::vector<std::int32_t>& shape) {
  if (shape.size() != 4) return {name, {shape.begin(), shape.end()}};
  return {name, {shape[0], shape[3], shape[1], shape[2]}};
}

// A network with one input, tensor 0, and one output, the last tensor of the shape given.
class ConvertTest : public testing::Test {
 protected:
  int input(const std::vector<std::int32_t>& shape) { return network_.tensor("x", shape); }
  int output(const std::vector<std::int32_t>& shape) {
    output_shape_ = shape;
    return output_ = network_.tensor("y", shape);
  }

  std::string file() const { return network_.model({0}, {output_}); }

  static std::string convert(const std::string& bytes) {
    const TfliteNetwork network = read_tflite("tiny.tflite", bytes);
    return to_onnx(network, ports(network, network.inputs), ports(network, network.outputs), "");
  }

  Values run(const Values& x) {
    const std::filesystem::path onnx = folder_.path() / "tiny.onnx";
    auriga::test::write_text(onnx, convert(file()));
    const TensorSpec from = spec("x", x.shape);
    Runner runner(Network::load(onnx, from, {spec("y", output_shape_)}, Device::cpu, 1));
    const Values ordered = channels_first(x);
    std::ranges::copy(ordered.data, runner.input(from.shape).begin());
    runner.run();
    return channels_last(output_shape_, runner.output(0));
  }

  std::string error() const {
    try {
      convert(file());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      return error.what();
    }
    return "no error";
  }

  TinyTflite network_;
  auriga::test::TemporaryFolder folder_;
  std::vector<std::int32_t> output_shape_;
  int output_ = 0;
};

// --- Convolutions and pools.

struct Slide {
  int height, width, channels, filters, kernel_y, kernel_x, stride_y, stride_x, dilation_y,
      dilation_x;
  bool is_same, is_depthwise;
  int activation;  // 0 none, 1 RELU, 3 RELU6
};

int reach(int kernel, int dilation) { return (kernel - 1) * dilation + 1; }

int steps(int size, int kernel, int stride, int dilation, bool is_same) {
  return is_same ? (size + stride - 1) / stride : (size - reach(kernel, dilation)) / stride + 1;
}

int zeros_before(int size, int kernel, int stride, int dilation, bool is_same) {
  const int needed = (steps(size, kernel, stride, dilation, is_same) - 1) * stride +
                     reach(kernel, dilation) - size;
  return is_same ? std::max(0, needed) / 2 : 0;
}

float activate(float value, int activation) {
  return activation == 0   ? value
         : activation == 1 ? std::max(value, 0.0F)
                           : std::clamp(value, 0.0F, 6.0F);
}

// `take(y, x, ky, kx)` is called for each place of the filter that lies on the input.
void slide(const Slide& s, int oy, int ox, const std::function<void(int, int, int, int)>& take) {
  const int top =
      oy * s.stride_y - zeros_before(s.height, s.kernel_y, s.stride_y, s.dilation_y, s.is_same);
  const int left =
      ox * s.stride_x - zeros_before(s.width, s.kernel_x, s.stride_x, s.dilation_x, s.is_same);
  for (int ky = 0; ky < s.kernel_y; ++ky)
    for (int kx = 0; kx < s.kernel_x; ++kx) {
      const int y = top + ky * s.dilation_y, x = left + kx * s.dilation_x;
      if (y >= 0 && y < s.height && x >= 0 && x < s.width) take(y, x, ky, kx);
    }
}

std::vector<std::int32_t> output_shape(const Slide& s, int channels) {
  return {1, steps(s.height, s.kernel_y, s.stride_y, s.dilation_y, s.is_same),
          steps(s.width, s.kernel_x, s.stride_x, s.dilation_x, s.is_same), channels};
}

std::vector<Slide> slides() {
  std::vector<Slide> all;
  for (const auto& [height, width] : {std::pair{1, 1}, {3, 4}, {5, 13}, {8, 8}})
    for (const auto& [ky, kx] : {std::pair{1, 1}, {3, 3}, {2, 5}})
      for (const int stride : {1, 2, 3})
        for (const bool is_same : {true, false})
          for (const bool is_depthwise : {false, true}) {
            const int dilation = stride == 1 ? 2 : 1;
            if (!is_same && (height < reach(ky, dilation) || width < reach(kx, dilation))) continue;
            const int activation = stride == 1 ? 0 : stride == 2 ? 1 : 3;
            all.push_back({height, width, 3, is_depthwise ? 6 : 4, ky, kx, stride,
                           stride == 2 ? 1 : stride, dilation, 1, is_same, is_depthwise,
                           activation});
          }
  return all;
}

std::string text(const Slide& s) {
  return std::to_string(s.height) + "x" + std::to_string(s.width) + " filter " +
         std::to_string(s.kernel_y) + "x" + std::to_string(s.kernel_x) + " stride " +
         std::to_string(s.stride_y) + (s.is_same ? " same" : " valid") +
         (s.is_depthwise ? " depthwise" : "");
}

Table slide_options(const Slide& s) {
  Table options;
  options.scalar(0, static_cast<std::int8_t>(s.is_same ? 0 : 1)).scalar(1, s.stride_x);
  options.scalar(2, s.stride_y);
  return options;
}

TEST_F(ConvertTest, Convolutions) {
  for (const Slide& s : slides()) {
    SCOPED_TRACE(text(s));
    network_ = {};
    const Values x = random_values({1, s.height, s.width, s.channels}, 1);
    const Values w = s.is_depthwise ? random_values({1, s.kernel_y, s.kernel_x, s.filters}, 2)
                                    : random_values({s.filters, s.kernel_y, s.kernel_x, 3}, 2);
    const Values offset = random_values({s.filters}, 3);
    input(x.shape);
    const int weights = network_.half_constant(w.shape, w.data);
    const int offsets = network_.tensor("offsets", offset.shape, raw(offset.data));
    const int shift = s.is_depthwise ? 1 : 0;
    Table options = slide_options(s);
    options.scalar(3 + shift, static_cast<std::int8_t>(s.activation));
    options.scalar(4 + shift, s.dilation_x).scalar(5 + shift, s.dilation_y);
    if (s.is_depthwise) options.scalar(3, s.filters / s.channels);
    Values expected{output_shape(s, s.filters), {}};
    network_.add(s.is_depthwise ? 4 : 3, {0, weights, offsets}, {output(expected.shape)}, options);

    expected.data.resize(expected.size());
    for (int oy = 0; oy < expected.shape[1]; ++oy)
      for (int ox = 0; ox < expected.shape[2]; ++ox)
        for (int f = 0; f < s.filters; ++f) {
          float sum = offset.data[static_cast<std::size_t>(f)];
          slide(s, oy, ox, [&](int y, int ix, int ky, int kx) {
            if (s.is_depthwise) {
              sum += x.at(y, ix, f / (s.filters / s.channels)) * w.at(ky, kx, f);
              return;
            }
            for (int c = 0; c < s.channels; ++c)
              sum += x.at(y, ix, c) * w.at(f * s.kernel_y + ky, kx, c);
          });
          expected.at(oy, ox, f) = activate(sum, s.activation);
        }
    EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
  }
}

TEST_F(ConvertTest, MaxPools) {
  for (Slide s : slides()) {
    if (s.is_depthwise) continue;
    SCOPED_TRACE(text(s));
    network_ = {};
    s.dilation_y = 1;  // pools have none
    const Values x = random_values({1, s.height, s.width, s.channels}, 4);
    input(x.shape);
    Table options = slide_options(s);
    options.scalar(3, s.kernel_x).scalar(4, s.kernel_y);
    options.scalar(5, static_cast<std::int8_t>(s.activation));
    Values expected{output_shape(s, s.channels), {}};
    network_.add(17, {0}, {output(expected.shape)}, options);
    expected.data.resize(expected.size());
    for (int oy = 0; oy < expected.shape[1]; ++oy)
      for (int ox = 0; ox < expected.shape[2]; ++ox)
        for (int c = 0; c < s.channels; ++c) {
          float most = -100;
          slide(s, oy, ox, [&](int y, int ix, int, int) { most = std::max(most, x.at(y, ix, c)); });
          expected.at(oy, ox, c) = activate(most, s.activation);
        }
    EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
  }
}

// By hand: four columns, a filter of three, stride two. SAME needs one zero, which stands behind.
TEST_F(ConvertTest, PadsTheOddZeroAtTheEnd) {
  input({1, 1, 4, 1});
  const int weights = network_.tensor("w", {1, 1, 3, 1}, raw<float>({1, 10, 100}));
  network_.add(3, {0, weights}, {output({1, 1, 2, 1})}, Table().scalar(1, 2).scalar(2, 1));
  EXPECT_THAT(run({{1, 1, 4, 1}, {1, 2, 3, 4}}).data, ElementsAre(321, 43));
}

// --- The other operators.

TEST_F(ConvertTest, PreluHasASlopeForEachChannel) {
  const Values x = random_values({1, 3, 2, 3}, 5);
  input(x.shape);
  network_.add(54, {0, network_.half_constant({1, 1, 3}, {0.5F, -2, 0})}, {output(x.shape)});
  Values expected = x;
  const std::vector<float> slopes{0.5F, -2, 0};
  for (std::size_t i = 0; i < x.data.size(); ++i)
    if (x.data[i] < 0) expected.data[i] *= slopes[i % 3];
  EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
}

TEST_F(ConvertTest, ReluAndAdd) {
  const Values x = random_values({1, 3, 5, 2}, 6);
  input(x.shape);
  const int positive = network_.tensor("positive", x.shape);
  network_.add(19, {0}, {positive});
  network_.add(0, {0, positive}, {output(x.shape)}, Table().scalar(0, std::int8_t{3}));
  Values expected = x;
  for (float& v : expected.data) v = std::clamp(v + std::max(v, 0.0F), 0.0F, 6.0F);
  EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
}

TEST_F(ConvertTest, PadOnAllSides) {
  const Values x = random_values({1, 2, 3, 2}, 7);
  input(x.shape);
  const int pads = network_.tensor("p", {4, 2}, raw<std::int32_t>({0, 0, 1, 2, 3, 0, 0, 4}), 2);
  network_.add(34, {0, pads}, {output({1, 5, 6, 6})});
  Values expected{{1, 5, 6, 6}, std::vector<float>(180)};
  for (int y = 0; y < 2; ++y)
    for (int column = 0; column < 3; ++column)
      for (int c = 0; c < 2; ++c) expected.at(y + 1, column + 3, c) = x.at(y, column, c);
  EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
}

TEST_F(ConvertTest, ConcatenatesAlongEveryAxis) {
  const Values x = random_values({1, 2, 3, 4}, 8);
  for (const int axis : {1, 2, 3, -1, -3}) {
    const auto k = static_cast<std::size_t>(axis < 0 ? axis + 4 : axis);
    network_ = {};
    input(x.shape);
    std::vector<std::int32_t> shape = x.shape;
    shape[k] *= 2;
    const int positive = network_.tensor("positive", x.shape);
    network_.add(19, {0}, {positive});
    network_.add(2, {0, positive}, {output(shape)}, Table().scalar(0, axis));
    Values expected{shape, std::vector<float>(48)};
    for (int y = 0; y < 2; ++y)
      for (int column = 0; column < 3; ++column)
        for (int c = 0; c < 4; ++c) {
          expected.at(y, column, c) = x.at(y, column, c);
          expected.at(y + (k == 1 ? 2 : 0), column + (k == 2 ? 3 : 0), c + (k == 3 ? 4 : 0)) =
              std::max(0.0F, x.at(y, column, c));
        }
    EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data)) << axis;
  }
}

// A reshape keeps the order of TFLite, channels last, whatever comes before and after.
TEST_F(ConvertTest, ReshapesFromAndToPictures) {
  const Values x = random_values({1, 2, 3, 4}, 9);
  input(x.shape);
  const int list = network_.tensor("list", {6, 4});
  network_.add(22, {0}, {list});
  network_.add(22, {list}, {output({1, 4, 3, 2})});
  EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), x.data));

  network_ = {};
  input(x.shape);
  network_.add(22, {0}, {output({1, 24})});
  EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), x.data));
}

class ResizeTest : public ConvertTest, public testing::WithParamInterface<std::string> {};

TEST_P(ResizeTest, Bilinear) {
  const bool aligns = GetParam() == "AlignCorners", is_half_pixel = GetParam() == "HalfPixel";
  const Values x = random_values({1, 3, 4, 2}, 10);
  Values expected{{1, 6, 7, 2}, std::vector<float>(84)};
  input(x.shape);
  const int size = network_.tensor("size", {2}, raw<std::int32_t>({6, 7}), 2);
  network_.add(23, {0, size}, {output(expected.shape)},
               Table()
                   .scalar(2, static_cast<std::uint8_t>(aligns))
                   .scalar(3, static_cast<std::uint8_t>(is_half_pixel)));
  const auto source = [&](int at, int from, int to) {
    const double at_source = aligns          ? at * (from - 1.0) / (to - 1.0)
                             : is_half_pixel ? (at + 0.5) * from / to - 0.5
                                             : at * static_cast<double>(from) / to;
    return std::clamp(at_source, 0.0, from - 1.0);
  };
  for (int oy = 0; oy < 6; ++oy)
    for (int ox = 0; ox < 7; ++ox)
      for (int c = 0; c < 2; ++c) {
        const double y = source(oy, 3, 6), column = source(ox, 4, 7);
        const int y0 = static_cast<int>(y), x0 = static_cast<int>(column);
        const int y1 = std::min(y0 + 1, 2), x1 = std::min(x0 + 1, 3);
        const double fy = y - y0, fx = column - x0;
        expected.at(oy, ox, c) =
            static_cast<float>((x.at(y0, x0, c) * (1 - fx) + x.at(y0, x1, c) * fx) * (1 - fy) +
                               (x.at(y1, x0, c) * (1 - fx) + x.at(y1, x1, c) * fx) * fy);
      }
  // Four products in single precision.
  EXPECT_THAT(run(x).data, Pointwise(FloatNear(5e-6F), expected.data));
}

INSTANTIATE_TEST_SUITE_P(Samplings, ResizeTest,
                         testing::Values("Asymmetric", "AlignCorners", "HalfPixel"),
                         [](const auto& test) { return test.param; });

// --- What is refused.

TEST_F(ConvertTest, NamesAnOperatorThatItDoesNotKnow) {
  input({1, 2});
  network_.add(25, {0}, {output({1, 2})});
  EXPECT_THAT(error(), AllOf(HasSubstr("tiny.tflite, operator 0 (SOFTMAX)"),
                             HasSubstr("found SOFTMAX"), HasSubstr("scripts/open-pack")));
  network_ = {};
  input({1, 2});
  network_.add_custom("Landmarks2TransformMatrix", {0}, {output({1, 2})});
  EXPECT_THAT(error(), HasSubstr("found the custom operator Landmarks2TransformMatrix"));
  network_ = {};
  input({1, 2});
  network_.add(1234, {0}, {output({1, 2})});
  EXPECT_THAT(error(), HasSubstr("found builtin operator 1234"));
}

// A cut looks only at what lies between its ends.
TEST_F(ConvertTest, CutsAroundAnOperatorThatItDoesNotKnow) {
  input({1, 2});
  const int middle = network_.tensor("middle", {1, 2});
  network_.add(25, {0}, {middle});
  network_.add(19, {middle}, {output({1, 2})});
  const std::string bytes = file();
  const TfliteNetwork network = read_tflite("tiny.tflite", bytes);
  EXPECT_NO_THROW(to_onnx(network, {{middle, "x"}}, ports(network, network.outputs), ""));
  EXPECT_THAT(error(), HasSubstr("SOFTMAX"));
}

TEST_F(ConvertTest, RefusesAShapeThatTheOperatorDoesNotMake) {
  input({1, 4, 4, 1});
  const int weights = network_.tensor("w", {1, 3, 3, 1}, raw(std::vector<float>(9)));
  network_.add(3, {0, weights}, {output({1, 4, 4, 1})}, Table().scalar(1, 2).scalar(2, 2));
  EXPECT_THAT(error(), AllOf(HasSubstr("CONV_2D"), HasSubstr("expected an output of 1x2x2x1"),
                             HasSubstr("of 1x4x4x1")));
}

TEST_F(ConvertTest, RefusesWrongOperands) {
  struct Case {
    const char* message;
    std::function<void()> build;
  };
  const Table step = Table().scalar(1, 1).scalar(2, 1);
  const auto weights = [&](const std::vector<std::int32_t>& shape, std::size_t bytes,
                           std::int8_t type = 0) {
    return network_.tensor("w", shape, std::string(bytes, '\0'), type);
  };
  const std::vector<Case> cases{
      {" 'w', found 35",
       [&] {
         network_.add(3, {0, weights({1, 3, 3, 1}, 35)}, {output({1, 4, 4, 1})}, step);
       }},
      {"weights that fit an input of 1x4x4x1, found 1x3x3x2",
       [&] {
         network_.add(3, {0, weights({1, 3, 3, 2}, 72)}, {output({1, 4, 4, 1})}, step);
       }},
      {" 'w' of type 9",
       [&] {
         network_.add(3, {0, weights({1, 3, 3, 1}, 9, 9)}, {output({1, 4, 4, 1})}, step);
       }},
      {"a stride of 1 to 4096, found 0",
       [&] {
         network_.add(3, {0, weights({1, 3, 3, 1}, 36)}, {output({1, 4, 4, 1})});
       }},
      {"operand 1, found 1 operands",
       [&] {
         network_.add(3, {0}, {output({1, 4, 4, 1})}, step);
       }},
      {"which nothing before makes",
       [&] { network_.add(19, {network_.tensor("nothing", {1})}, {output({1})}); }},
      {"an operator that makes tensor 1 'y', found none", [&] { output({1}); }},
      {"an output that nothing else makes",
       [&] {
         const int y = output({1, 4, 4, 1});
         network_.add(19, {0}, {y});
         network_.add(19, {y}, {y});
       }},
      {"an axis of 1x4x4x1, found 4",
       [&] {
         network_.add(2, {0, 0}, {output({1, 8, 4, 1})}, Table().scalar(0, 4));
       }},
      {"8 constant 32-bit integers",
       [&] {
         network_.add(34, {0, weights({2}, 8, 2)}, {output({1, 4, 4, 1})});
       }},
      {"as many elements as in 1x4x4x1, found 17", [&] { network_.add(22, {0}, {output({17})}); }},
      {"a constant of half precision",
       [&] {
         network_.add(6, {0}, {output({1, 4, 4, 1})});
       }},
      {"activation 0 (none), 1 (RELU) or 3 (RELU6), found 4",
       [&] {
         network_.add(0, {0, 0}, {output({1, 4, 4, 1})}, Table().scalar(0, std::int8_t{4}));
       }},
      {"operands of equal shape",
       [&] {
         const int flat = network_.tensor("flat", {16});
         network_.add(22, {0}, {flat});
         network_.add(0, {0, flat}, {output({1, 4, 4, 1})});
       }},
  };
  for (const Case& wrong : cases) {
    network_ = {};
    input({1, 4, 4, 1});
    wrong.build();
    EXPECT_THAT(error(), AllOf(HasSubstr("tiny.tflite"), HasSubstr(wrong.message)));
  }
}

}  // namespace
}  // namespace auriga::open_pack
