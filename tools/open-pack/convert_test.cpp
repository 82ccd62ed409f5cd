// Each operator, alone in a small network, against a plain evaluation.
#include "convert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
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
    Runner runner(load(spec("x", x.shape), spec("y", output_shape_)));
    const Values ordered = channels_first(x);
    std::ranges::copy(ordered.data, runner.input(spec("x", x.shape).shape).begin());
    runner.run();
    return channels_last(output_shape_, runner.output(0));
  }

  std::shared_ptr<const Network> load(const TensorSpec& from, const TensorSpec& to) const {
    const std::filesystem::path onnx = folder_.path() / "tiny.onnx";
    auriga::test::write_text(onnx, convert(file()));
    return Network::load(onnx, from, {to}, Device::cpu, 1);
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

// --- Arithmetic.

TEST_F(ConvertTest, FunctionsOfEachElement) {
  struct Case {
    const char* name;
    int code;
    std::function<double(double)> function;
  };
  const std::vector<Case> cases{{"LOGISTIC", 14, [](double v) { return 1 / (1 + std::exp(-v)); }},
                                {"NEG", 59, [](double v) { return -v; }},
                                {"SQRT", 75, [](double v) { return std::sqrt(v); }},
                                {"RSQRT", 76, [](double v) { return 1 / std::sqrt(v); }}};
  Values x = random_values({1, 2, 3, 2}, 11);
  for (float& v : x.data) v = std::abs(v) + 0.125F;
  for (const Case& made : cases) {
    network_ = {};
    input(x.shape);
    network_.add(made.code, {0}, {output(x.shape)});
    Values expected = x;
    for (float& v : expected.data) v = static_cast<float>(made.function(static_cast<double>(v)));
    EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data)) << made.name;
  }
}

// Powers of two, which products and quotients keep exact.
Values random_powers(const std::vector<std::int32_t>& shape, unsigned seed) {
  Values values = random_values(shape, seed);
  for (float& v : values.data) v = std::exp2(std::round(v / 2));
  return values;
}

// A constant of fewer dimensions stands for the last of them, channels last, and is repeated.
TEST_F(ConvertTest, ArithmeticWithAConstant) {
  struct Case {
    const char* name;
    int code;
    std::function<float(float, float)> function;
  };
  const std::vector<Case> cases{
      {"ADD", 0, [](float a, float b) { return a + b; }},
      {"MUL", 18, [](float a, float b) { return a * b; }},
      {"SUB", 41, [](float a, float b) { return a - b; }},
      {"DIV", 42, [](float a, float b) { return a / b; }},
      {"SQUARED_DIFFERENCE", 99, [](float a, float b) { return (a - b) * (a - b); }}};
  const std::vector<std::vector<std::int32_t>> shapes{{2, 3, 2}, {3, 1}, {2}, {}, {1, 2, 1, 1}};
  const Values x = random_powers({1, 2, 3, 2}, 12);
  for (const Case& made : cases)
    for (const auto& shape : shapes)
      for (const bool constant_first : {false, true}) {
        SCOPED_TRACE(made.name + std::to_string(shape.size()) + (constant_first ? " first" : ""));
        network_ = {};
        input(x.shape);
        Values k = random_powers(shape, 13);
        const int constant = network_.tensor("k", shape, raw(k.data));
        network_.add(made.code,
                     constant_first ? std::vector{constant, 0} : std::vector{0, constant},
                     {output(x.shape)});
        k.shape.insert(k.shape.begin(), 4 - shape.size(), 1);
        Values expected = x;
        for (int y = 0; y < 2; ++y)
          for (int column = 0; column < 3; ++column)
            for (int c = 0; c < 2; ++c) {
              const float own = x.at(y, column, c);
              const float other = k.at(k.shape[1] == 1 ? 0 : y, k.shape[2] == 1 ? 0 : column,
                                       k.shape[3] == 1 ? 0 : c);
              expected.at(y, column, c) =
                  constant_first ? made.function(other, own) : made.function(own, other);
            }
        EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
      }
}

// Along axes that stay. The second list of axes is the first one once more.
TEST_F(ConvertTest, MeansAndSums) {
  const Values x = random_values({1, 2, 4, 2}, 15);
  for (const bool is_mean : {false, true})
    for (const std::vector<std::int32_t>& axes :
         {std::vector{1}, {2}, {3}, {-1}, {1, 2}, {-2, 2, 3}}) {
      SCOPED_TRACE(testing::PrintToString(axes) + (is_mean ? " mean" : " sum"));
      network_ = {};
      input(x.shape);
      std::vector<std::int32_t> shape = x.shape;
      for (const std::int32_t axis : axes)
        shape[static_cast<std::size_t>(axis < 0 ? axis + 4 : axis)] = 1;
      const int list =
          network_.tensor("axes", {static_cast<std::int32_t>(axes.size())}, raw(axes), 2);
      network_.add(is_mean ? 40 : 74, {0, list}, {output(shape)},
                   Table().scalar(0, std::uint8_t{1}));
      Values expected{shape, {}};
      expected.data.resize(expected.size());
      const float part =
          is_mean ? static_cast<float>(expected.size()) / static_cast<float>(x.size()) : 1;
      for (int y = 0; y < 2; ++y)
        for (int column = 0; column < 4; ++column)
          for (int c = 0; c < 2; ++c)
            expected.at(std::min(y, shape[1] - 1), std::min(column, shape[2] - 1),
                        std::min(c, shape[3] - 1)) += part * x.at(y, column, c);
      EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data));
    }
}

// The axis is a number, not a list of one.
TEST_F(ConvertTest, MeanOfAList) {
  input({4});
  const int axis = network_.tensor("axis", {}, raw<std::int32_t>({0}), 2);
  network_.add(40, {0, axis}, {output({1})}, Table().scalar(0, std::uint8_t{1}));
  EXPECT_THAT(run({{4}, {1, 2, 3, 6}}).data, ElementsAre(3));
}

// --- Other orders, and parts.

TEST_F(ConvertTest, SwapsAxesOfPictures) {
  const Values x = random_values({1, 2, 3, 4}, 16);
  for (const std::vector<std::int32_t>& axes :
       {std::vector{0, 1, 3, 2}, {0, 3, 2, 1}, {0, 2, 3, 1}, {0, 3, 1, 2}}) {
    network_ = {};
    input(x.shape);
    std::vector<std::int32_t> shape;
    for (const std::int32_t axis : axes) shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
    const int order = network_.tensor("axes", {4}, raw(axes), 2);
    network_.add(39, {0, order}, {output(shape)});
    Values expected{shape, std::vector<float>(x.size())};
    std::array<int, 4> at{};
    const auto place = [&](std::size_t axis) { return at[static_cast<std::size_t>(axes[axis])]; };
    for (at[1] = 0; at[1] < 2; ++at[1])
      for (at[2] = 0; at[2] < 3; ++at[2])
        for (at[3] = 0; at[3] < 4; ++at[3])
          expected.at(place(1), place(2), place(3)) = x.at(at[1], at[2], at[3]);
    EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected.data))
        << testing::PrintToString(axes);
  }
}

// --- Networks without pictures, whose tensors are matrices.

class RowsTest : public ConvertTest {
 protected:
  // A tensor with the rows of another as columns.
  int swap(int from, std::int32_t rows, std::int32_t columns) {
    const int to = network_.tensor("swapped", {1, 1, rows, columns});
    const int order = network_.tensor("axes", {4}, raw<std::int32_t>({0, 1, 3, 2}), 2);
    network_.add(39, {from, order}, {to});
    return to;
  }
  void multiply(int from, const Values& w, const Values& offset, int to, int activation = 0) {
    network_.add(3,
                 {from, network_.half_constant(w.shape, w.data),
                  network_.half_constant(offset.shape, offset.data)},
                 {to},
                 Table().scalar(1, 1).scalar(2, 1).scalar(3, static_cast<std::int8_t>(activation)));
  }
  static Values product(const Values& x, const Values& w, const Values& offset) {
    Values y{{1, 1, x.shape[2], w.shape[0]}, {}};
    for (int row = 0; row < x.shape[2]; ++row)
      for (int f = 0; f < w.shape[0]; ++f) {
        float sum = offset.data[static_cast<std::size_t>(f)];
        for (int k = 0; k < x.shape[3]; ++k)
          sum += x.at(0, row, k) * w.data[static_cast<std::size_t>(x.shape[3] * f + k)];
        y.data.push_back(sum);
      }
    return y;
  }
  static Values swapped(const Values& x) {
    Values y{{1, 1, x.shape[3], x.shape[2]}, {}};
    for (int k = 0; k < x.shape[3]; ++k)
      for (int row = 0; row < x.shape[2]; ++row) y.data.push_back(x.at(0, row, k));
    return y;
  }
  std::vector<float> run_matrix(const Values& x) {
    const auto matrix = [](const std::vector<std::int32_t>& s) {
      return s.size() == 4 ? std::vector<std::int64_t>{s[2], s[3]}
                           : std::vector<std::int64_t>{s.begin(), s.end()};
    };
    const TensorSpec from{"x", matrix(x.shape)};
    Runner runner(load(from, {"y", matrix(output_shape_)}));
    std::ranges::copy(x.data, runner.input(from.shape).begin());
    runner.run();
    return {runner.output(0).begin(), runner.output(0).end()};
  }
};

TEST_F(RowsTest, SwapsRowsAndColumns) {
  const Values x = random_values({1, 1, 3, 2}, 17);
  input(x.shape);
  const int there = swap(0, 2, 3);
  const int back = swap(there, 3, 2);
  network_.add(19, {back}, {output({1, 1, 3, 2})});
  Values expected = x;
  for (float& v : expected.data) v = std::max(v, 0.0F);
  EXPECT_THAT(run_matrix(x), Pointwise(FloatNear(kTolerance), expected.data));

  network_ = {};
  input(x.shape);
  swap(0, 2, 3);
  network_.add(19, {swap(0, 2, 3)}, {output({1, 1, 2, 3})});
  EXPECT_THAT(run_matrix(x), Pointwise(FloatNear(kTolerance), swapped(expected).data));
}

// As a mixer does: rows, swapped, columns, swapped back, and straight on.
TEST_F(RowsTest, MultipliesEitherWay) {
  const Values x = random_values({1, 1, 3, 2}, 17);
  const Values w1 = random_values({5, 1, 1, 3}, 18), b1 = random_values({5}, 19),
               w2 = random_values({4, 1, 1, 5}, 20), b2 = random_values({4}, 21),
               w3 = random_values({3, 1, 1, 2}, 22), b3 = random_values({3}, 23);
  input(x.shape);
  const int wide = network_.tensor("wide", {1, 1, 2, 5}),
            mixed = network_.tensor("mixed", {1, 1, 2, 4});
  multiply(swap(0, 2, 3), w1, b1, wide, 1);
  multiply(wide, w2, b2, mixed);
  multiply(swap(mixed, 4, 2), w3, b3, output({1, 1, 4, 3}));
  Values expected = product(swapped(x), w1, b1);
  for (float& v : expected.data) v = std::max(v, 0.0F);
  expected = product(swapped(product(expected, w2, b2)), w3, b3);
  // Sums of products of products: up to 1e4 with steps of 1/8.
  EXPECT_THAT(run_matrix(x), Pointwise(FloatNear(1e-2F), expected.data));
}

// What is swapped may be wanted otherwise, too.
TEST_F(RowsTest, AddsAcrossOrders) {
  const Values x = random_values({1, 1, 2, 2}, 24), w = random_values({2, 1, 1, 2}, 25),
               b = random_values({2}, 26);
  input(x.shape);
  const int mixed = network_.tensor("mixed", x.shape);
  multiply(swap(0, 2, 2), w, b, mixed);
  network_.add(41, {mixed, 0}, {output(x.shape)});
  Values expected = product(swapped(x), w, b);
  for (std::size_t i = 0; i < expected.data.size(); ++i) expected.data[i] -= x.data[i];
  EXPECT_THAT(run_matrix(x), Pointwise(FloatNear(kTolerance), expected.data));
}

// Ten operators in TFLite, fewer in ONNX; `seen`: one of those in between is an output, too.
TEST_F(RowsTest, BringsRowsToAMeanAndAVariance) {
  const Values x = random_values({1, 1, 3, 8}, 27);
  for (const bool seen : {false, true}) {
    network_ = {};
    input(x.shape);
    const int axis = network_.tensor("axis", {1}, raw<std::int32_t>({3}), 2);
    const auto narrow = [&] { return network_.tensor("narrow", {1, 1, 3, 1}); };
    const auto full = [&] { return network_.tensor("full", x.shape); };
    const int m = narrow(), n = narrow(), d = full(), v = narrow(), e = narrow(), r = narrow(),
              g = full(), a = full(), b = full(), y = full();
    const int epsilon = network_.half_constant({}, {0.25F});
    const std::vector<float> scales{1, 2, 3, -4, 0.5F, 0, 7, 8};
    const int scale = network_.half_constant({8}, scales);
    const Table keeps = Table().scalar(0, std::uint8_t{1});
    network_.add(40, {0, axis}, {m}, keeps);
    network_.add(59, {m}, {n});
    network_.add(99, {0, m}, {d});
    network_.add(40, {d, axis}, {v}, keeps);
    network_.add(0, {v, epsilon}, {e});
    network_.add(76, {e}, {r});
    network_.add(18, {r, scale}, {g});
    network_.add(18, {0, g}, {a});
    network_.add(18, {n, g}, {b});
    network_.add(0, {a, b}, {y});
    const int last = seen ? full() : 0;
    if (seen) network_.add(0, {y, b}, {last});
    const int there = swap(seen ? last : y, 8, 3);
    network_.add(19, {there}, {output({1, 1, 8, 3})});
    Values expected = x;
    for (int row = 0; row < 3; ++row) {
      double mean = 0, variance = 0;
      for (int k = 0; k < 8; ++k) mean += static_cast<double>(x.at(0, row, k)) / 8;
      for (int k = 0; k < 8; ++k)
        variance += std::pow(static_cast<double>(x.at(0, row, k)) - mean, 2) / 8;
      for (int k = 0; k < 8; ++k) {
        const double factor =
            static_cast<double>(scales[static_cast<std::size_t>(k)]) / std::sqrt(variance + 0.25);
        const double centred = static_cast<double>(x.at(0, row, k)) - mean;
        expected.at(0, row, k) =
            static_cast<float>(std::max(0.0, centred * factor - (seen ? mean * factor : 0)));
      }
    }
    EXPECT_THAT(run_matrix(x), Pointwise(FloatNear(1e-5F), swapped(expected).data)) << seen;
  }
}

TEST_F(RowsTest, RefusesAStride) {
  input({1, 1, 3, 2});
  const int w = network_.tensor("w", {1, 1, 1, 3}, raw<float>({1, 2, 3}));
  network_.add(3, {swap(0, 2, 3), w}, {output({1, 1, 1, 1})}, Table().scalar(1, 2).scalar(2, 1));
  EXPECT_THAT(error(), HasSubstr("a stride of 1 in a network without pictures, found 2"));
}

// Rows 1 and 2 of axis 1, columns 0, 2, 4 of axis 2, the last but one channel, which may leave its
// axis out: then what is left is a list in TFLite's order.
TEST_F(ConvertTest, TakesAPart) {
  const Values x = random_values({1, 4, 6, 3}, 20);
  for (const bool leaves_out : {false, true}) {
    network_ = {};
    input(x.shape);
    const int begin = network_.tensor("b", {4}, raw<std::int32_t>({0, -3, 9, -2}), 2);
    const int end = network_.tensor("e", {4}, raw<std::int32_t>({1, 3, -9, 2}), 2);
    const int step = network_.tensor("s", {4}, raw<std::int32_t>({1, 1, 2, 1}), 2);
    network_.add(45, {0, begin, end, step},
                 {output(leaves_out ? std::vector<std::int32_t>{1, 2, 3}
                                    : std::vector<std::int32_t>{1, 2, 3, 1})},
                 Table().scalar(0, 4).scalar(1, 4).scalar(4, leaves_out ? 8 : 0));
    std::vector<float> expected;
    for (const int y : {1, 2})
      for (const int column : {0, 2, 4}) expected.push_back(x.at(y, column, 1));
    EXPECT_THAT(run(x).data, Pointwise(FloatNear(kTolerance), expected));
  }
}

// A constant stands before what is calculated.
TEST_F(ConvertTest, ConcatenatesWithAConstant) {
  const Values x = random_values({1, 1, 2, 2}, 21);
  input(x.shape);
  const int first = network_.half_constant({1, 1, 1, 2}, {7, -8});
  network_.add(2, {first, 0}, {output({1, 1, 3, 2})}, Table().scalar(0, 2));
  EXPECT_THAT(run(x).data, ElementsAre(7, -8, x.data[0], x.data[1], x.data[2], x.data[3]));
}

TEST_F(ConvertTest, RefusesWrongOrdersAndParts) {
  struct Case {
    const char* message;
    std::function<void()> build;
  };
  const auto list = [&](const std::vector<std::int32_t>& values) {
    return network_.tensor("list", {static_cast<std::int32_t>(values.size())}, raw(values), 2);
  };
  const auto slice = [&](const std::vector<std::int32_t>& begin,
                         const std::vector<std::int32_t>& end,
                         const std::vector<std::int32_t>& step, const Table& options = {}) {
    const std::vector<std::int32_t> operands{0, list(begin), list(end), list(step)};
    network_.add(45, operands, {output({1, 1})}, options);
  };
  const Table keeps = Table().scalar(0, std::uint8_t{1});
  const std::vector<Case> cases{
      {"dimensions that are kept, found some that are left out",
       [&] {
         network_.add(40, {0, list({1})}, {output({2})}, Table().scalar(0, std::uint8_t{0}));
       }},
      {"an axis of 2x3, found 2",
       [&] {
         network_.add(40, {0, list({2})}, {output({2, 1})}, keeps);
       }},
      {"an axis of 2x3, found -3",
       [&] {
         network_.add(74, {0, list({-3})}, {output({2, 1})}, keeps);
       }},
      {"constant 32-bit integers as operand 1",
       [&] {
         network_.add(40, {0, 0}, {output({2, 1})}, keeps);
       }},
      {"each axis of 2x3 once, found 1x1",
       [&] {
         network_.add(39, {0, list({1, 1})}, {output({3, 3})});
       }},
      {"each axis of 2x3 once, found 0x2",
       [&] {
         network_.add(39, {0, list({0, 2})}, {output({2, 3})});
       }},
      {"2 constant 32-bit integers",
       [&] {
         network_.add(39, {0, list({0})}, {output({2, 3})});
       }},
      {"a step of 1 to 4096, found 0",
       [&] {
         slice({0, 0}, {1, 1}, {1, 0});
       }},
      {"a step of 1 to 4096, found -1",
       [&] {
         slice({1, 1}, {0, 0}, {-1, 1});
       }},
      {"a slice with elements of 2x3, found 2 to 2 of axis 0",
       [&] {
         slice({7, 0}, {9, 1}, {1, 1});
       }},
      {"a slice without an ellipsis and new axes",
       [&] {
         slice({0, 0}, {1, 1}, {1, 1}, Table().scalar(2, 1));
       }},
      {"an output of 2x1",
       [&] {
         slice({0, 0}, {2, 1}, {1, 1});
       }},
  };
  for (const Case& wrong : cases) {
    network_ = {};
    input({2, 3});
    wrong.build();
    EXPECT_THAT(error(), AllOf(HasSubstr("tiny.tflite"), HasSubstr(wrong.message)));
  }
}

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
      {"operands of equal shape, or of which one can be repeated to the shape of the other",
       [&] {
         network_.add(41, {0, weights({3}, 12)}, {output({1, 4, 4, 3})});
         network_.add(41, {0, weights({3, 1, 1}, 12)}, {output({1, 4, 4, 1})});
       }},
      {"a calculated tensor as operand 0",
       [&] {
         const int w = weights({1}, 4);
         network_.add(18, {w, w}, {output({1})});
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
