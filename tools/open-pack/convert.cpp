#include "convert.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "crop.hpp"
#include "onnx_graph.hpp"
#include "refuse.hpp"

namespace auriga::open_pack {
namespace {

using Element = OnnxGraph::Element;

// Constants may share their bytes in a TFLite file, not in the ONNX file.
constexpr std::size_t kMostBytes = std::size_t{1} << 26;
constexpr std::int64_t kMostStep = 1 << 12;  // of a stride, a dilation or a filter

// Field numbers of the operators' options, and the numbers that the fields hold.
namespace convolution_field {
enum { kPadding = 0, kStrideX = 1, kStrideY = 2, kActivation = 3, kDilationX = 4, kDilationY = 5 };
constexpr int kDepthwiseShift = 1;  // from kActivation on: the depth multiplier stands before it
}  // namespace convolution_field
namespace pool_field {
enum { kPadding = 0, kStrideX = 1, kStrideY = 2, kWidth = 3, kHeight = 4, kActivation = 5 };
}
namespace arithmetic_field {  // ADD, SUB, MUL, DIV
enum { kActivation = 0 };
}
namespace reduction_field {
enum { kKeepsDimensions = 0 };
}
namespace slice_field {
enum { kBeginMask = 0, kEndMask = 1, kEllipsisMask = 2, kNewAxisMask = 3, kShrinkMask = 4 };
}
namespace concatenation_field {
enum { kAxis = 0, kActivation = 1 };
}
namespace resize_field {
enum { kAlignCorners = 2, kHalfPixel = 3 };
}
constexpr std::array<std::int32_t, 10> kNormalisation{
    kMean, kNeg, kSquaredDifference, kMean, kAdd, kRsqrt, kMul, kMul, kMul, kAdd};
enum Padding { kSame = 0, kValid = 1 };
enum Activation { kNone = 0, kFusedRelu = 1, kFusedRelu6 = 3 };

std::int64_t count(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  return n;
}

constexpr std::size_t kPictureDimensions = 4;

// Of TFLite's axes of a picture, in ONNX's order; and of ONNX's, in TFLite's.
constexpr std::array<std::size_t, kPictureDimensions> kChannelsFirst{0, 3, 1, 2};
constexpr std::array<std::size_t, kPictureDimensions> kChannelsLast{0, 2, 3, 1};

// A window that slides along one axis.
struct Window {
  std::int64_t size = 1, stride = 1, dilation = 1;
  std::int64_t before = 0, after = 0;  // zeros around the input
  std::int64_t steps = 0;              // size of the output
};

// TFLite's SAME gives as many outputs as there are strides in the input, and puts the odd one of
// the zeros that this needs at the end.
void place(Window& window, std::int64_t input, int padding) {
  const std::int64_t reach = (window.size - 1) * window.dilation + 1;
  if (padding == kSame) {
    window.steps = (input + window.stride - 1) / window.stride;
    const std::int64_t zeros =
        std::max<std::int64_t>(0, (window.steps - 1) * window.stride + reach - input);
    window.before = zeros / 2;
    window.after = zeros - window.before;
  } else {
    window.steps = input < reach ? 0 : (input - reach) / window.stride + 1;
  }
}

class Converter {
 public:
  Converter(const TfliteNetwork& network, const std::vector<Port>& inputs,
            const std::vector<Port>& outputs)
      : network_(network), known_(network.tensors.size()) {
    std::vector<const TfliteOperator*> operators = needed(inputs, outputs);
    has_pictures_ = !is_of_rows(network, operators);
    for (const Port& port : inputs) {
      if (at(port.tensor).type != kFloat32)
        refuse(network.file, "an input of single precision",
               text(port.tensor) + " of type " + std::to_string(at(port.tensor).type));
      graph_.input(port.name, in_order(at(port.tensor).shape));
      names_[port.tensor] = port.name;
      known_[static_cast<std::size_t>(port.tensor)] = true;
    }
    for (const TfliteOperator* made : operators) {
      now_ = made;
      if (made->code == kDequantize) widen();
    }
    std::erase_if(operators, [](const TfliteOperator* made) { return made->code == kDequantize; });
    for (std::size_t i = 0; i < operators.size(); ++i) {
      now_ = operators[i];
      if (!has_pictures_ && normalisation(std::span(operators).subspan(i), outputs))
        i += kNormalisation.size() - 1;
      else
        convert(*now_);
    }
    for (const Port& port : outputs) {
      if (!known_[static_cast<std::size_t>(port.tensor)])
        refuse(network.file, "an operator that makes " + text(port.tensor), "none");
      graph_.node("Identity", {name(port.tensor)}, port.name);
      graph_.output(port.name, in_order(at(port.tensor).shape));
    }
  }

  std::string model(std::string_view note) const { return graph_.model(note); }

 private:
  // --- The parts of the network.

  const TfliteTensor& at(int tensor) const {
    return network_.tensors[static_cast<std::size_t>(tensor)];
  }
  bool is_constant(int tensor) const { return !at(tensor).data.empty(); }

  std::string text(int tensor) const {
    return "tensor " + std::to_string(tensor) + " '" + std::string(at(tensor).name.substr(0, 100)) +
           "'";
  }

  // The operators on the way from `inputs` to `outputs`, in order.
  std::vector<const TfliteOperator*> needed(const std::vector<Port>& inputs,
                                            const std::vector<Port>& outputs) const {
    std::vector<bool> is_wanted(network_.tensors.size());
    const auto is_input = [&](int tensor) {
      return std::any_of(inputs.begin(), inputs.end(),
                         [&](const Port& port) { return port.tensor == tensor; });
    };
    for (const Port& port : outputs) is_wanted[static_cast<std::size_t>(port.tensor)] = true;
    std::vector<const TfliteOperator*> found;
    for (auto made = network_.operators.rbegin(); made != network_.operators.rend(); ++made) {
      if (std::none_of(made->outputs.begin(), made->outputs.end(), [&](int tensor) {
            return is_wanted[static_cast<std::size_t>(tensor)] && !is_input(tensor);
          }))
        continue;
      found.push_back(&*made);
      for (const int tensor : made->inputs)
        if (tensor >= 0) is_wanted[static_cast<std::size_t>(tensor)] = true;
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    refuse(network_.file + ", operator " + std::to_string(now_->number) + " (" + now_->name + ")",
           expected, found);
  }

  // Whether the network has no pictures: it swaps the last two axes of its tensors of four
  // dimensions, of which the others have one element, and its convolutions are products of
  // matrices.
  static bool is_of_rows(const TfliteNetwork& network,
                         const std::vector<const TfliteOperator*>& operators) {
    bool swaps = false;
    for (const TfliteOperator* made : operators) {
      switch (made->code) {
        case kDepthwiseConv2d:
        case kMaxPool2d:
        case kPad:
        case kPrelu:
        case kResizeBilinear:
          return false;
        case kTranspose:
          swaps = true;
          break;
        case kConv2d: {
          if (made->inputs.size() < 2 || made->inputs[1] < 0) return false;
          const Shape& filters = network.tensors[static_cast<std::size_t>(made->inputs[1])].shape;
          if (filters.size() != kPictureDimensions || filters[1] != 1 || filters[2] != 1)
            return false;
          break;
        }
        default:
          break;
      }
      for (const int tensor : made->outputs) {
        const Shape& shape = network.tensors[static_cast<std::size_t>(tensor)].shape;
        const bool is_stored = made->code == kDequantize;
        if (!is_stored && shape.size() == kPictureDimensions && (shape[0] != 1 || shape[1] != 1))
          return false;
      }
    }
    return swaps;
  }

  bool is_picture(const Shape& shape) const {
    return has_pictures_ && shape.size() == kPictureDimensions;
  }

  bool is_matrix(const Shape& shape) const {
    return !has_pictures_ && shape.size() == kPictureDimensions;
  }

  // A list with an entry for each axis of a tensor, in the order of ONNX's axes.
  std::vector<std::int64_t> in_order(const std::vector<std::int64_t>& of_axes) const {
    if (is_matrix(of_axes)) return {of_axes[2], of_axes[3]};
    if (!is_picture(of_axes)) return of_axes;
    std::vector<std::int64_t> ordered;
    for (const std::size_t axis : kChannelsFirst) ordered.push_back(of_axes[axis]);
    return ordered;
  }

  // ONNX's number of an axis of a tensor; negative: it has none.
  std::int64_t axis_in_order(std::size_t axis, const Shape& shape) const {
    if (is_picture(shape)) return static_cast<std::int64_t>(kChannelsLast[axis]);
    return static_cast<std::int64_t>(axis) - (is_matrix(shape) ? 2 : 0);
  }

  // --- Values.

  // The ONNX name of a tensor that is calculated.
  std::string name(int tensor) {
    const auto found = names_.find(tensor);
    if (found != names_.end()) return found->second;
    const std::string own = "tensor_" + std::to_string(tensor);
    if (const auto swapped = swapped_.find(tensor); swapped != swapped_.end()) {
      names_[tensor] = own;
      graph_.node("Transpose", {swapped->second}, own, {{"perm", Shape{1, 0}}});
    }
    return own;
  }

  // The ONNX name of a matrix with rows and columns swapped, if that is what there is.
  const std::string* swapped(int tensor) const {
    const auto found = swapped_.find(tensor);
    return found == swapped_.end() || names_.contains(tensor) ? nullptr : &found->second;
  }

  // Operand `i`, calculated before and with `dimensions` dimensions (0: any number).
  int calculated(std::size_t i, std::size_t dimensions) const {
    const int tensor = operand(i);
    if (!known_[static_cast<std::size_t>(tensor)])
      fail("a calculated tensor as operand " + std::to_string(i),
           text(tensor) + (is_constant(tensor) ? ", a constant" : ", which nothing before makes"));
    if (dimensions != 0 && at(tensor).shape.size() != dimensions)
      fail("operand " + std::to_string(i) + " with " + std::to_string(dimensions) + " dimensions",
           shape_text(at(tensor).shape));
    return tensor;
  }

  int operand(std::size_t i) const {
    if (i >= now_->inputs.size() || now_->inputs[i] < 0)
      fail("operand " + std::to_string(i), std::to_string(now_->inputs.size()) + " operands");
    return now_->inputs[i];
  }

  // The constant that operand `i` is, or is widened from.
  const TfliteTensor& constant(std::size_t i, Element& element) const {
    int tensor = operand(i);
    const auto widened = widened_.find(tensor);
    if (widened != widened_.end()) tensor = widened->second;
    const TfliteTensor& found = at(tensor);
    if (found.data.empty()) fail("a constant as operand " + std::to_string(i), text(tensor));
    if (found.is_sparse) fail("dense constants", "the sparse " + text(tensor));
    if (found.type != kFloat32 && found.type != kFloat16)
      fail("constants of single or half precision",
           text(tensor) + " of type " + std::to_string(found.type));
    element = found.type == kFloat32 ? Element::float32 : Element::float16;
    check_size(tensor, found.type == kFloat32 ? 4 : 2);
    return found;
  }

  void check_size(int tensor, std::size_t bytes) const {
    const std::size_t expected = static_cast<std::size_t>(count(at(tensor).shape)) * bytes;
    if (at(tensor).data.size() != expected)
      fail(std::to_string(expected) + " bytes of " + text(tensor),
           std::to_string(at(tensor).data.size()));
  }

  // Of operand `i`, in ONNX: calculated, or a constant with these dimensions at most, which is
  // given so many.
  std::string value(std::size_t i, std::size_t dimensions) {
    const int tensor = operand(i);
    Shape shape = at(tensor).shape;
    if (shape.size() > dimensions)
      fail("operand " + std::to_string(i) + " with at most " + std::to_string(dimensions) +
               " dimensions",
           shape_text(shape));
    const Shape given = shape;
    shape.insert(shape.begin(), dimensions - shape.size(), 1);
    if (known_[static_cast<std::size_t>(tensor)]) {
      if (given.size() == dimensions || shape.size() != kPictureDimensions) return name(tensor);
      if (is_picture(shape)) return as_picture(name(tensor), shape);
      const std::string matrix = fresh();
      graph_.node("Reshape", {name(tensor), add_integers(in_order(shape))}, matrix);
      return matrix;
    }
    Element element;
    TfliteTensor from = constant(i, element);
    if (from.shape != given) fail("a constant of " + shape_text(given), shape_text(from.shape));
    from.shape = shape;
    if (!is_picture(shape)) return add_values(element, in_order(shape), from.data);
    return add_constant(from, element, {0, 3, 1, 2}, in_order(shape));
  }

  // Of a list in TFLite's order.
  std::string as_picture(const std::string& list, const Shape& shape) {
    const std::string channels_last = fresh(), picture = fresh();
    graph_.node("Reshape", {list, add_integers(shape)}, channels_last);
    graph_.node("Transpose", {channels_last}, picture, {{"perm", Shape{0, 3, 1, 2}}});
    return picture;
  }

  // How many elements operand `i` has.
  std::int64_t elements(std::size_t i) const { return count(at(operand(i)).shape); }

  // A list of integers, `count` of them.
  std::vector<std::int64_t> integers(std::size_t i, std::int64_t size) const {
    const int tensor = operand(i);
    const TfliteTensor& found = at(tensor);
    if (found.data.empty() || found.type != kInt32 || count(found.shape) != size)
      fail(
          std::to_string(size) + " constant 32-bit integers as operand " + std::to_string(i),
          text(tensor) + " of type " + std::to_string(found.type) + ", " + shape_text(found.shape));
    check_size(tensor, sizeof(std::int32_t));
    std::vector<std::int32_t> values(static_cast<std::size_t>(size));
    std::memcpy(values.data(), found.data.data(), found.data.size());
    return {values.begin(), values.end()};
  }

  std::string fresh() { return "value_" + std::to_string(++fresh_); }

  // A constant of `shape`, whose values are at [...] of the TFLite constant with the axes given:
  // axis `axes[k]` of the TFLite constant becomes axis k.
  std::string add_constant(const TfliteTensor& from, Element element, const std::vector<int>& axes,
                           const Shape& shape) {
    const std::size_t bytes = element == Element::float32 ? 4 : 2, dimensions = axes.size();
    std::vector<std::size_t> steps(dimensions, bytes);  // in bytes, of the TFLite constant's axes
    for (std::size_t k = dimensions - 1; k > 0; --k)
      steps[k - 1] = steps[k] * static_cast<std::size_t>(from.shape[k]);
    std::string raw(from.data.size(), '\0');
    std::vector<std::int64_t> index(dimensions);
    for (std::size_t to = 0; to < raw.size(); to += bytes) {
      std::size_t position = 0;
      for (std::size_t k = 0; k < dimensions; ++k)
        position += static_cast<std::size_t>(index[k]) * steps[static_cast<std::size_t>(axes[k])];
      std::memcpy(raw.data() + to, from.data.data() + position, bytes);
      for (std::size_t k = dimensions; k-- > 0;) {
        if (++index[k] < from.shape[static_cast<std::size_t>(axes[k])]) break;
        index[k] = 0;
      }
    }
    return add_values(element, shape, raw);
  }

  std::string add_values(Element element, const Shape& shape, std::string_view raw) {
    if (graph_.size() + raw.size() > kMostBytes)
      fail("a network of at most " + std::to_string(kMostBytes) + " bytes", "a larger one");
    std::string name = fresh();
    graph_.constant(name, element, shape, raw);
    if (element != Element::float16) return name;
    std::string wide = fresh();
    graph_.node("Cast", {name}, wide, {{"to", static_cast<std::int64_t>(Element::float32)}});
    return wide;
  }

  std::string add_integers(const std::vector<std::int64_t>& values) {
    const std::string_view raw(reinterpret_cast<const char*>(values.data()),
                               values.size() * sizeof(values[0]));
    return add_values(Element::int64, {static_cast<std::int64_t>(values.size())}, raw);
  }

  std::string add_float(float value) {
    return add_values(Element::float32, {}, {reinterpret_cast<const char*>(&value), sizeof(value)});
  }

  // --- Options.

  const FlatTable& options() const {
    if (!now_->options) fail("options", "none");
    return *now_->options;
  }

  int byte_option(int field) const { return options().scalar<std::int8_t>(field, 0); }

  std::int64_t step_option(int field, std::int32_t fallback, const std::string& what) const {
    const std::int64_t value = options().scalar<std::int32_t>(field, fallback);
    if (value < 1 || value > kMostStep)
      fail("a " + what + " of 1 to " + std::to_string(kMostStep), std::to_string(value));
    return value;
  }

  int padding_option(int field) const {
    const int padding = byte_option(field);
    if (padding != kSame && padding != kValid) fail("padding 0 or 1", std::to_string(padding));
    return padding;
  }

  // --- Operators. Each checks that its output has the shape that it calculates.

  void convert(const TfliteOperator& made) {
    switch (made.code) {
      case kConv2d:
        return has_pictures_ ? convolution() : product();
      case kDepthwiseConv2d:
        return convolution();
      case kMaxPool2d:
        return max_pool();
      case kPrelu:
        return prelu();
      case kRelu:
        return of_each("Relu");
      case kLogistic:
        return of_each("Sigmoid");
      case kNeg:
        return of_each("Neg");
      case kSqrt:
        return of_each("Sqrt");
      case kRsqrt:
        return of_each("Sqrt", "Reciprocal");
      case kAdd:
        return arithmetic("Add");
      case kSub:
        return arithmetic("Sub");
      case kMul:
        return arithmetic("Mul");
      case kDiv:
        return arithmetic("Div");
      case kSquaredDifference:
        return squared_difference();
      case kMean:
        return reduction("ReduceMean");
      case kSum:
        return reduction("ReduceSum");
      case kPad:
        return pad();
      case kConcatenation:
        return concatenation();
      case kReshape:
        return reshape();
      case kTranspose:
        return transpose();
      case kStridedSlice:
        return slice();
      case kResizeBilinear:
        return resize();
      default:
        fail(
            "an operator that can be converted (ADD, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, "
            "DEQUANTIZE, DIV, LOGISTIC, MAX_POOL_2D, MEAN, MUL, NEG, PAD, PRELU, RELU, RESHAPE, "
            "RESIZE_BILINEAR, RSQRT, SQRT, SQUARED_DIFFERENCE, STRIDED_SLICE, SUB, SUM or "
            "TRANSPOSE)",
            (made.code == kCustom ? "the custom operator " : "") + made.name);
    }
  }

  // Adds the node that makes the operator's output, of `shape` in TFLite's order.
  void finish(const std::string& operation, const std::vector<std::string>& inputs,
              const std::vector<OnnxGraph::Attribute>& attributes, const Shape& shape,
              int activation = kNone) {
    add_activated(operation, inputs, attributes, name(claim_output(shape)), activation);
  }

  void add_activated(const std::string& operation, const std::vector<std::string>& inputs,
                     const std::vector<OnnxGraph::Attribute>& attributes, const std::string& output,
                     int activation) {
    const std::string plain = activation == kNone ? output : fresh();
    graph_.node(operation, inputs, plain, attributes);
    if (activation == kFusedRelu) {
      graph_.node("Relu", {plain}, output);
    } else if (activation == kFusedRelu6) {
      graph_.node("Clip", {plain, add_float(0), add_float(6)}, output);
    } else if (activation != kNone) {
      fail("activation 0 (none), 1 (RELU) or 3 (RELU6)", std::to_string(activation));
    }
  }

  int claim_output(const Shape& shape) {
    if (now_->outputs.size() != 1) fail("one output", std::to_string(now_->outputs.size()));
    const int output = now_->outputs[0];
    if (known_[static_cast<std::size_t>(output)] || is_constant(output))
      fail("an output that nothing else makes", text(output));
    if (at(output).shape != shape)
      fail("an output of " + shape_text(shape),
           text(output) + " of " + shape_text(at(output).shape));
    if (at(output).type != kFloat32)
      fail("an output of single precision",
           text(output) + " of type " + std::to_string(at(output).type));
    known_[static_cast<std::size_t>(output)] = true;
    return output;
  }

  void widen() {
    const int from = operand(0);
    if (!is_constant(from) || at(from).type != kFloat16)
      fail("a constant of half precision", text(from) + " of type " +
                                               std::to_string(at(from).type) +
                                               (is_constant(from) ? "" : ", calculated"));
    if (now_->outputs.size() != 1 || at(now_->outputs[0]).shape != at(from).shape)
      fail("an output of " + shape_text(at(from).shape), "another");
    widened_[now_->outputs[0]] = from;
  }

  void convolution() {
    using namespace convolution_field;
    const bool is_depthwise = now_->code == kDepthwiseConv2d;
    const int shift = is_depthwise ? kDepthwiseShift : 0;
    const int input = calculated(0, 4);
    const Shape& size = at(input).shape;
    Element element;
    const TfliteTensor& weights = constant(1, element);
    const Shape& w = weights.shape;  // outputs, height, width, inputs; depthwise: 1, ..., outputs
    const std::int64_t channels = w.empty() ? 0 : w[is_depthwise ? w.size() - 1 : 0];
    if (w.size() != 4 || (is_depthwise ? w[0] != 1 || channels % size[3] != 0 : w[3] != size[3]))
      fail("weights that fit an input of " + shape_text(size), shape_text(w));
    const Shape kernel{channels, is_depthwise ? 1 : w[3], w[1], w[2]};

    std::vector<std::string> inputs{
        name(input),
        add_constant(weights, element,
                     is_depthwise ? std::vector{3, 0, 1, 2} : std::vector{0, 3, 1, 2}, kernel)};
    if (now_->inputs.size() > 2 && now_->inputs[2] >= 0) {
      const TfliteTensor& offset = constant(2, element);
      if (offset.shape != Shape{channels})
        fail("an offset for each of " + std::to_string(channels) + " channels",
             shape_text(offset.shape));
      inputs.push_back(add_constant(offset, element, {0}, offset.shape));
    }

    const int padding = padding_option(kPadding);
    Window y{w[1], step_option(kStrideY, 0, "stride"),
             step_option(kDilationY + shift, 1, "dilation")};
    Window x{w[2], step_option(kStrideX, 0, "stride"),
             step_option(kDilationX + shift, 1, "dilation")};
    place(y, size[1], padding);
    place(x, size[2], padding);
    finish("Conv", inputs,
           {{"kernel_shape", Shape{y.size, x.size}},
            {"strides", Shape{y.stride, x.stride}},
            {"dilations", Shape{y.dilation, x.dilation}},
            {"pads", Shape{y.before, x.before, y.after, x.after}},
            {"group", is_depthwise ? size[3] : 1}},
           {size[0], y.steps, x.steps, channels}, byte_option(kActivation + shift));
  }

  void max_pool() {
    using namespace pool_field;
    const int input = calculated(0, 4);
    const Shape& size = at(input).shape;
    const int padding = padding_option(kPadding);
    Window y{step_option(kHeight, 0, "filter"), step_option(kStrideY, 0, "stride")};
    Window x{step_option(kWidth, 0, "filter"), step_option(kStrideX, 0, "stride")};
    place(y, size[1], padding);
    place(x, size[2], padding);
    finish("MaxPool", {name(input)},
           {{"kernel_shape", Shape{y.size, x.size}},
            {"strides", Shape{y.stride, x.stride}},
            {"pads", Shape{y.before, x.before, y.after, x.after}}},
           {size[0], y.steps, x.steps, size[3]}, byte_option(kActivation));
  }

  void prelu() {
    const int input = calculated(0, 4);
    Element element;
    const TfliteTensor& slopes = constant(1, element);
    const std::int64_t channels = at(input).shape[3];
    if (slopes.shape.empty() || slopes.shape.back() != channels || count(slopes.shape) != channels)
      fail("a slope for each of " + std::to_string(channels) + " channels",
           shape_text(slopes.shape));
    // PReLU(x) = a x + (1 - a) max(x, 0), as two convolutions with filters of one cell. ONNX
    // Runtime keeps pictures in blocks of channels between convolutions and takes them apart for
    // its own PRelu: with that the face mesh takes more than twice as long.
    std::vector<float> rest = widened(slopes);
    for (float& slope : rest) slope = 1 - slope;
    const std::string_view raw_rest(reinterpret_cast<const char*>(rest.data()),
                                    rest.size() * sizeof(float));
    const Shape filters{channels, 1, 1, 1};
    const std::vector<OnnxGraph::Attribute> options{{"kernel_shape", Shape{1, 1}},
                                                    {"group", channels}};
    const std::string positive = fresh(), sloped = fresh(), straight = fresh();
    graph_.node("Conv", {name(input), add_values(element, filters, slopes.data)}, sloped, options);
    graph_.node("Relu", {name(input)}, positive);
    graph_.node("Conv", {positive, add_values(Element::float32, filters, raw_rest)}, straight,
                options);
    finish("Add", {sloped, straight}, {}, at(input).shape);
  }

  // A convolution with filters of one cell: a product of matrices. Of a matrix that is there with
  // rows and columns swapped the product is made so, too, which spares its transposition.
  void product() {
    using namespace convolution_field;
    const int input = calculated(0, kPictureDimensions);
    Shape shape = at(input).shape;
    Element element;
    const TfliteTensor& filters = constant(1, element);
    if (filters.shape.size() != kPictureDimensions || filters.shape[3] != shape[3])
      fail("weights that fit an input of " + shape_text(shape), shape_text(filters.shape));
    for (const int field : {kStrideX, kStrideY})
      if (const std::int64_t stride = step_option(field, 0, "stride"); stride != 1)
        fail("a stride of 1 in a network without pictures", std::to_string(stride));
    padding_option(kPadding);  // none is needed
    const std::int64_t channels = filters.shape[0];
    const std::string* columns = swapped(input);
    const std::string weights = add_values(element, {channels, shape[3]}, filters.data);
    shape[3] = channels;
    std::vector<std::string> factors{columns ? weights : name(input), columns ? *columns : weights};
    if (now_->inputs.size() > 2 && now_->inputs[2] >= 0) {
      const TfliteTensor& offset = constant(2, element);
      if (offset.shape != Shape{channels})
        fail("an offset for each of " + std::to_string(channels) + " channels",
             shape_text(offset.shape));
      factors.push_back(
          add_values(element, columns ? Shape{channels, 1} : Shape{channels}, offset.data));
    }
    const int activation = byte_option(kActivation);
    if (!columns) return finish("Gemm", factors, {{"transB", 1}}, shape, activation);
    const std::string made = fresh();
    add_activated("Gemm", factors, {}, made, activation);
    swapped_[claim_output(shape)] = made;
  }

  // A function of each element, or one of the result of another.
  void of_each(const std::string& first, const std::string& second = "") {
    const int input = calculated(0, 0);
    std::string from = name(input);
    if (!second.empty()) {
      from = fresh();
      graph_.node(first, {name(input)}, from);
    }
    finish(second.empty() ? first : second, {from}, {}, at(input).shape);
  }

  // Both operands in ONNX, and the shape to which elements are repeated along axes that one of them
  // has not, or only once. Of two calculated ones one has that shape.
  Shape operands_of_one_shape(std::array<std::string, 2>& names) {
    const std::array<int, 2> tensors{operand(0), operand(1)};
    const std::array<const Shape*, 2> shapes{&at(tensors[0]).shape, &at(tensors[1]).shape};
    Shape shape(std::max(shapes[0]->size(), shapes[1]->size()), 1);
    bool fits = true;
    for (const Shape* operand : shapes) {
      const std::size_t before = shape.size() - operand->size();
      for (std::size_t k = 0; k < operand->size(); ++k) {
        std::int64_t& size = shape[before + k];
        if (size == 1) size = (*operand)[k];
        fits = fits && ((*operand)[k] == size || (*operand)[k] == 1);
      }
    }
    const std::array<bool, 2> known{known_[static_cast<std::size_t>(tensors[0])],
                                    known_[static_cast<std::size_t>(tensors[1])]};
    if (known[0] && known[1]) fits = fits && (*shapes[0] == shape || *shapes[1] == shape);
    if (!fits)
      fail("operands of equal shape, or of which one can be repeated to the shape of the other",
           shape_text(*shapes[0]) + " and " + shape_text(*shapes[1]));
    if (!known[0] && !known[1]) calculated(0, 0);
    for (std::size_t i = 0; i < 2; ++i) names[i] = value(i, shape.size());
    return shape;
  }

  void arithmetic(const std::string& operation) {
    std::array<std::string, 2> operands;
    const Shape shape = operands_of_one_shape(operands);
    finish(operation, {operands[0], operands[1]}, {}, shape,
           now_->options ? byte_option(arithmetic_field::kActivation) : kNone);
  }

  void squared_difference() {
    std::array<std::string, 2> operands;
    const Shape shape = operands_of_one_shape(operands);
    const std::string difference = fresh();
    graph_.node("Sub", {operands[0], operands[1]}, difference);
    finish("Mul", {difference, difference}, {}, shape);
  }

  // Of the elements along some axes, which stay, with one element.
  void reduction(const std::string& operation) {
    const int input = calculated(0, 0);
    Shape shape = at(input).shape;
    const auto dimensions = static_cast<std::int64_t>(shape.size());
    if (byte_option(reduction_field::kKeepsDimensions) == 0)
      fail("dimensions that are kept", "some that are left out");
    std::vector<std::int64_t> axes;
    for (std::int64_t axis : integers(1, elements(1))) {
      if (axis < -dimensions || axis >= dimensions)
        fail("an axis of " + shape_text(at(input).shape), std::to_string(axis));
      const auto k = static_cast<std::size_t>(axis < 0 ? axis + dimensions : axis);
      shape[k] = 1;
      if (const std::int64_t ordered = axis_in_order(k, shape); ordered >= 0)
        axes.push_back(ordered);
    }
    if (axes.empty()) return finish("Identity", {name(input)}, {}, shape);
    std::sort(axes.begin(), axes.end());
    axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
    // Of ONNX's reductions only the sum takes its axes as an operand.
    if (operation == "ReduceSum")
      finish(operation, {name(input), add_integers(axes)}, {{"keepdims", 1}}, shape);
    else
      finish(operation, {name(input)}, {{"axes", axes}, {"keepdims", 1}}, shape);
  }

  // Rows brought to a mean of 0 and a variance of 1, then scaled, which TFLite has as ten
  // operators: MEAN m of x, NEG, SQUARED_DIFFERENCE of x and m, MEAN v, ADD e, RSQRT, MUL by the
  // scales g, MUL by x and by -m, ADD. Written as (x - m) (g / sqrt(v + e)), which is a fifth
  // faster for the whole blendshape network; the one operator that ONNX Runtime has for it, and
  // makes of (x - m) / sqrt(v + e) g + 0, is slower (1.29). False: `operators` do not begin so.
  bool normalisation(std::span<const TfliteOperator* const> operators,
                     const std::vector<Port>& outputs) {
    if (operators.size() < kNormalisation.size()) return false;
    for (std::size_t i = 0; i < kNormalisation.size(); ++i)
      if (operators[i]->code != kNormalisation[i] || operators[i]->outputs.size() != 1 ||
          operators[i]->inputs.size() < 1)
        return false;
    const auto made = [&](std::size_t i) { return operators[i]->outputs[0]; };
    const auto takes = [&](std::size_t i, int a, int b) {
      const std::vector<int>& in = operators[i]->inputs;
      return in.size() == 2 && ((in[0] == a && in[1] == b) || (in[0] == b && in[1] == a));
    };
    const auto other = [&](std::size_t i, int operand) {
      const std::vector<int>& in = operators[i]->inputs;
      return in.size() != 2 || (in[0] != operand && in[1] != operand) ? -1
             : in[0] == operand                                       ? in[1]
                                                                      : in[0];
    };
    const int x = operators[0]->inputs[0], epsilon = other(4, made(3)), scale = other(6, made(5));
    if (x < 0 || epsilon < 0 || scale < 0 || operators[1]->inputs[0] != made(0) ||
        !takes(2, x, made(0)) || operators[3]->inputs[0] != made(2) ||
        operators[5]->inputs[0] != made(4) || !takes(7, x, made(6)) ||
        !takes(8, made(1), made(6)) || !takes(9, made(7), made(8)))
      return false;
    // Nobody else sees what is in between.
    for (std::size_t i = 0; i + 1 < kNormalisation.size(); ++i) {
      for (const TfliteOperator& user : network_.operators) {
        const bool is_inner =
            std::any_of(operators.begin(), operators.begin() + kNormalisation.size(),
                        [&](const TfliteOperator* inner) { return inner == &user; });
        if (!is_inner &&
            std::find(user.inputs.begin(), user.inputs.end(), made(i)) != user.inputs.end())
          return false;
      }
      if (std::any_of(outputs.begin(), outputs.end(),
                      [&](const Port& port) { return port.tensor == made(i); }))
        return false;
    }
    const Shape& shape = at(x).shape;
    if (!is_matrix(shape) || !known_[static_cast<std::size_t>(x)]) return false;
    const Shape narrow{1, 1, shape[2], 1};
    for (const std::size_t i : {0, 3}) {
      now_ = operators[i];
      if (now_->inputs.size() != 2 || elements(1) != 1 || at(made(i)).shape != narrow) return false;
      const std::int64_t axis = integers(1, 1)[0];
      if (axis != 3 && axis != -1) return false;
    }
    const auto is_row = [&](int tensor, std::int64_t size) {
      return !known_[static_cast<std::size_t>(tensor)] && count(at(tensor).shape) == size &&
             at(tensor).shape.size() <= 1;
    };
    if (!is_row(epsilon, 1) || !is_row(scale, shape[3])) return false;
    for (const std::size_t i : {4, 6, 7, 8, 9}) {
      now_ = operators[i];
      if (now_->options && byte_option(arithmetic_field::kActivation) != kNone) return false;
    }

    const auto stored = [&](std::size_t i, int tensor, const Shape& as) {
      now_ = operators[i];
      Element element;
      const TfliteTensor& from = constant(now_->inputs[0] == tensor ? 0 : 1, element);
      return add_values(element, as, from.data);
    };
    const std::string mean = fresh(), centred = fresh(), squares = fresh(), variance = fresh(),
                      raised = fresh(), deviation = fresh(), factors = fresh();
    const Shape last{-1};
    graph_.node("ReduceMean", {name(x)}, mean, {{"axes", last}, {"keepdims", 1}});
    graph_.node("Sub", {name(x), mean}, centred);
    graph_.node("Mul", {centred, centred}, squares);
    graph_.node("ReduceMean", {squares}, variance, {{"axes", last}, {"keepdims", 1}});
    graph_.node("Add", {variance, stored(4, epsilon, {})}, raised);
    graph_.node("Sqrt", {raised}, deviation);
    graph_.node("Div", {stored(6, scale, {shape[3]}), deviation}, factors);
    now_ = operators[kNormalisation.size() - 1];
    finish("Mul", {centred, factors}, {}, shape);
    return true;
  }

  void transpose() {
    const int input = calculated(0, 0);
    const Shape& from = at(input).shape;
    const std::vector<std::int64_t> axes = integers(1, static_cast<std::int64_t>(from.size()));
    Shape shape;
    std::set<std::int64_t> seen;
    for (const std::int64_t axis : axes) {
      if (axis < 0 || axis >= static_cast<std::int64_t>(from.size()) || !seen.insert(axis).second)
        fail("each axis of " + shape_text(from) + " once", shape_text(axes));
      shape.push_back(from[static_cast<std::size_t>(axis)]);
    }
    if (is_matrix(from)) {
      if (axes[2] == 3 && axes[3] == 2) return swap(input, shape);
      if (axes[2] != 2 || axes[3] != 3)
        fail("the last two axes to be swapped, or none, in a network without pictures",
             shape_text(axes));
    }
    std::vector<std::int64_t> ordered;
    for (const std::int64_t axis : in_order(axes))
      ordered.push_back(axis_in_order(static_cast<std::size_t>(axis), from));
    finish("Transpose", {name(input)}, {{"perm", ordered}}, shape);
  }

  // What is swapped twice is what it was.
  void swap(int input, const Shape& shape) {
    const std::string* straight = swapped(input);
    const std::string from = straight ? *straight : name(input);
    const int output = claim_output(shape);
    (straight ? names_ : swapped_)[output] = from;
  }

  // Forwards only. Axes of which one element is taken may be left out.
  void slice() {
    using namespace slice_field;
    const int input = calculated(0, 0);
    const Shape& from = at(input).shape;
    const auto dimensions = static_cast<std::int64_t>(from.size());
    std::vector<std::int64_t> begins = integers(1, dimensions), ends = integers(2, dimensions);
    const std::vector<std::int64_t> steps = integers(3, dimensions);
    const auto mask = [&](int field) {
      return now_->options ? now_->options->scalar<std::int32_t>(field, 0) : 0;
    };
    if (mask(kEllipsisMask) != 0 || mask(kNewAxisMask) != 0)
      fail("a slice without an ellipsis and new axes", "one with them");
    Shape whole = from, shape;
    for (std::size_t k = 0; k < from.size(); ++k) {
      const auto has = [&](int field) { return (mask(field) >> k & 1) != 0; };
      const std::int64_t size = from[k];
      if (steps[k] < 1 || steps[k] > kMostStep)
        fail("a step of 1 to " + std::to_string(kMostStep), std::to_string(steps[k]));
      const auto place = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
      };
      begins[k] = has(kBeginMask) ? 0 : place(begins[k]);
      ends[k] = has(kShrinkMask) ? begins[k] + 1 : has(kEndMask) ? size : place(ends[k]);
      whole[k] = begins[k] >= std::min(ends[k], size)
                     ? 0
                     : (std::min(ends[k], size) - begins[k] + steps[k] - 1) / steps[k];
      if (whole[k] == 0)
        fail("a slice with elements of " + shape_text(from), std::to_string(begins[k]) + " to " +
                                                                 std::to_string(ends[k]) +
                                                                 " of axis " + std::to_string(k));
      if (!has(kShrinkMask)) shape.push_back(whole[k]);
    }
    const std::vector<std::string> operands{
        name(input), add_integers(in_order(begins)), add_integers(in_order(ends)),
        add_integers(all_axes(in_order(from).size())), add_integers(in_order(steps))};
    if (shape.size() == whole.size()) return finish("Slice", operands, {}, shape);
    const std::string part = fresh();
    graph_.node("Slice", operands, part);
    finish_reshape(part, whole, shape);
  }

  static std::vector<std::int64_t> all_axes(std::size_t dimensions) {
    std::vector<std::int64_t> axes(dimensions);
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
  }

  void pad() {
    const int input = calculated(0, 4);
    const std::vector<std::int64_t> widths = integers(1, 8);  // before and after, for each axis
    Shape shape = at(input).shape;
    std::vector<std::int64_t> before(4), after(4);
    for (std::size_t k = 0; k < 4; ++k) {
      before[k] = widths[2 * k];
      after[k] = widths[2 * k + 1];
      if (before[k] < 0 || after[k] < 0) fail("no padding below 0", std::to_string(widths[2 * k]));
      shape[k] += before[k] + after[k];
    }
    std::vector<std::int64_t> pads = in_order(before);
    const std::vector<std::int64_t> end = in_order(after);
    pads.insert(pads.end(), end.begin(), end.end());
    finish("Pad", {name(input), add_integers(pads)}, {{"mode", "constant"}}, shape);
  }

  void concatenation() {
    Shape shape = at(operand(0)).shape;
    const auto dimensions = static_cast<std::int64_t>(shape.size());
    std::int64_t axis = options().scalar<std::int32_t>(concatenation_field::kAxis, 0);
    if (axis < -dimensions || axis >= dimensions)
      fail("an axis of " + shape_text(shape), std::to_string(axis));
    if (axis < 0) axis += dimensions;
    const auto k = static_cast<std::size_t>(axis);
    std::vector<std::string> inputs{value(0, shape.size())};
    for (std::size_t i = 1; i < now_->inputs.size(); ++i) {
      const int other = operand(i);
      Shape same_but_axis = at(other).shape;
      if (k < same_but_axis.size()) same_but_axis[k] = shape[k];
      if (same_but_axis != shape)
        fail("operands that fit together",
             shape_text(shape) + " and " + shape_text(at(other).shape));
      shape[k] += at(other).shape[k];
      inputs.push_back(value(i, shape.size()));
    }
    const std::int64_t onnx_axis = axis_in_order(k, shape);
    if (onnx_axis < 0)
      fail("one of the last two axes in a network without pictures", std::to_string(k));
    finish("Concat", inputs, {{"axis", onnx_axis}}, shape,
           byte_option(concatenation_field::kActivation));
  }

  void reshape() {
    const int input = calculated(0, 0);
    if (now_->outputs.size() != 1) fail("one output", std::to_string(now_->outputs.size()));
    const Shape shape = at(now_->outputs[0]).shape;
    if (count(shape) != count(at(input).shape) || shape.empty())
      fail("as many elements as in " + shape_text(at(input).shape), shape_text(shape));
    finish_reshape(name(input), at(input).shape, shape);
  }

  // The output has the elements of `from` in TFLite's order.
  void finish_reshape(std::string from, const Shape& from_shape, const Shape& shape) {
    if (is_picture(from_shape)) {
      const std::string channels_last = fresh();
      graph_.node("Transpose", {from}, channels_last, {{"perm", Shape{0, 2, 3, 1}}});
      from = channels_last;
    }
    if (is_picture(shape)) {
      const std::string channels_last = fresh();
      graph_.node("Reshape", {from, add_integers(shape)}, channels_last);
      finish("Transpose", {channels_last}, {{"perm", Shape{0, 3, 1, 2}}}, shape);
    } else {
      finish("Reshape", {from, add_integers(in_order(shape))}, {}, shape);
    }
  }

  void resize() {
    const int input = calculated(0, 4);
    const std::vector<std::int64_t> size = integers(1, 2);
    const Shape& from = at(input).shape;
    const Shape shape{from[0], size[0], size[1], from[3]};
    const bool aligns = byte_option(resize_field::kAlignCorners) != 0;
    const bool is_half_pixel = byte_option(resize_field::kHalfPixel) != 0;
    // ONNX's resize has two operands that are left out here: a region and scales.
    finish("Resize", {name(input), "", "", add_integers(in_order(shape))},
           {{"mode", "linear"},
            {"coordinate_transformation_mode", aligns          ? "align_corners"
                                               : is_half_pixel ? "half_pixel"
                                                               : "asymmetric"}},
           shape);
  }

  const TfliteNetwork& network_;
  OnnxGraph graph_;
  std::map<int, std::string> names_;    // of tensors that have one that is not made of their number
  std::map<int, std::string> swapped_;  // of matrices whose columns are the rows of what is there
  std::map<int, int> widened_;          // from the output of DEQUANTIZE to the constant
  std::vector<bool> known_;             // tensors that are calculated so far
  bool has_pictures_ = true;            // tensors with four dimensions are pictures
  const TfliteOperator* now_ = nullptr;
  std::size_t fresh_ = 0;
};

}  // namespace

std::string to_onnx(const TfliteNetwork& network, const std::vector<Port>& inputs,
                    const std::vector<Port>& outputs, std::string_view note) {
  std::vector<int> ends;
  for (const std::vector<Port>* ports : {&inputs, &outputs})
    for (const Port& port : *ports) ends.push_back(port.tensor);
  const CroppedNetwork cropped = without_unused_parts(network, ends);
  return Converter(cropped.network, inputs, outputs).model(note);
}

std::vector<Port> ports(const TfliteNetwork& network, const std::vector<int>& tensors) {
  std::vector<Port> found;
  std::set<std::string_view> names;
  for (const int tensor : tensors) {
    const std::string_view name = network.tensors[static_cast<std::size_t>(tensor)].name;
    if (name.empty() || !names.insert(name).second)
      refuse(network.file, "inputs and outputs with names of their own",
             "'" + std::string(name.substr(0, 100)) + "'");
    found.push_back({tensor, std::string(name)});
  }
  return found;
}

}  // namespace auriga::open_pack
