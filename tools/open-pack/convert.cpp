#include "convert.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <utility>

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
namespace add_field {
enum { kActivation = 0 };
}
namespace concatenation_field {
enum { kAxis = 0, kActivation = 1 };
}
namespace resize_field {
enum { kAlignCorners = 2, kHalfPixel = 3 };
}
enum Padding { kSame = 0, kValid = 1 };
enum Activation { kNone = 0, kFusedRelu = 1, kFusedRelu6 = 3 };

std::int64_t count(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  return n;
}

// The shape of a tensor in ONNX: pictures with the channels first.
Shape onnx_shape(const Shape& shape) {
  return shape.size() == 4 ? Shape{shape[0], shape[3], shape[1], shape[2]} : shape;
}

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
    for (const Port& port : inputs) {
      if (at(port.tensor).type != kFloat32)
        refuse(network.file, "an input of single precision",
               text(port.tensor) + " of type " + std::to_string(at(port.tensor).type));
      graph_.input(port.name, onnx_shape(at(port.tensor).shape));
      names_[port.tensor] = port.name;
      known_[static_cast<std::size_t>(port.tensor)] = true;
    }
    for (const TfliteOperator* made : needed(inputs, outputs)) convert(*made);
    for (const Port& port : outputs) {
      if (!known_[static_cast<std::size_t>(port.tensor)])
        refuse(network.file, "an operator that makes " + text(port.tensor), "none");
      graph_.node("Identity", {name(port.tensor)}, port.name);
      graph_.output(port.name, onnx_shape(at(port.tensor).shape));
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
    const auto number = now_ - network_.operators.data();
    refuse(network_.file + ", operator " + std::to_string(number) + " (" + now_->name + ")",
           expected, found);
  }

  // --- Values.

  // The ONNX name of a tensor.
  std::string name(int tensor) const {
    const auto found = names_.find(tensor);
    return found != names_.end() ? found->second : "tensor_" + std::to_string(tensor);
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
    now_ = &made;
    if (made.code == kDequantize) return widen();
    switch (made.code) {
      case kConv2d:
      case kDepthwiseConv2d:
        return convolution();
      case kMaxPool2d:
        return max_pool();
      case kPrelu:
        return prelu();
      case kRelu: {
        const int input = calculated(0, 0);
        return finish("Relu", {name(input)}, {}, at(input).shape);
      }
      case kAdd:
        return add();
      case kPad:
        return pad();
      case kConcatenation:
        return concatenation();
      case kReshape:
        return reshape();
      case kResizeBilinear:
        return resize();
      default:
        fail(
            "an operator that can be converted (ADD, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, "
            "DEQUANTIZE, MAX_POOL_2D, PAD, PRELU, RELU, RESHAPE or RESIZE_BILINEAR)",
            (made.code == kCustom ? "the custom operator " : "") + made.name);
    }
  }

  // Adds the node that makes the operator's output, of `shape` in TFLite's order.
  void finish(const std::string& operation, const std::vector<std::string>& inputs,
              const std::vector<OnnxGraph::Attribute>& attributes, const Shape& shape,
              int activation = kNone) {
    const int output = claim_output(shape);
    const std::string plain = activation == kNone ? name(output) : fresh();
    graph_.node(operation, inputs, plain, attributes);
    if (activation == kFusedRelu) {
      graph_.node("Relu", {plain}, name(output));
    } else if (activation == kFusedRelu6) {
      graph_.node("Clip", {plain, add_float(0), add_float(6)}, name(output));
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

  void add() {
    const int a = calculated(0, 0), b = calculated(1, 0);
    if (at(a).shape != at(b).shape)
      fail("operands of equal shape", shape_text(at(a).shape) + " and " + shape_text(at(b).shape));
    finish("Add", {name(a), name(b)}, {}, at(a).shape,
           now_->options ? byte_option(add_field::kActivation) : kNone);
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
    std::vector<std::int64_t> pads = onnx_shape(before);
    const std::vector<std::int64_t> end = onnx_shape(after);
    pads.insert(pads.end(), end.begin(), end.end());
    finish("Pad", {name(input), add_integers(pads)}, {{"mode", "constant"}}, shape);
  }

  void concatenation() {
    const int first = calculated(0, 0);
    Shape shape = at(first).shape;
    const auto dimensions = static_cast<std::int64_t>(shape.size());
    std::int64_t axis = options().scalar<std::int32_t>(concatenation_field::kAxis, 0);
    if (axis < -dimensions || axis >= dimensions)
      fail("an axis of " + shape_text(shape), std::to_string(axis));
    if (axis < 0) axis += dimensions;
    const auto k = static_cast<std::size_t>(axis);
    std::vector<std::string> inputs{name(first)};
    for (std::size_t i = 1; i < now_->inputs.size(); ++i) {
      const int other = calculated(i, shape.size());
      Shape same_but_axis = at(other).shape;
      same_but_axis[k] = shape[k];
      if (same_but_axis != shape)
        fail("operands that fit together",
             shape_text(shape) + " and " + shape_text(at(other).shape));
      shape[k] += at(other).shape[k];
      inputs.push_back(name(other));
    }
    const std::int64_t onnx_axis =
        dimensions == 4 ? std::vector<std::int64_t>{0, 2, 3, 1}[k] : axis;
    finish("Concat", inputs, {{"axis", onnx_axis}}, shape,
           byte_option(concatenation_field::kActivation));
  }

  void reshape() {
    const int input = calculated(0, 0);
    if (now_->outputs.size() != 1) fail("one output", std::to_string(now_->outputs.size()));
    const Shape shape = at(now_->outputs[0]).shape;
    if (count(shape) != count(at(input).shape) || shape.empty())
      fail("as many elements as in " + shape_text(at(input).shape), shape_text(shape));
    std::string from = name(input);
    if (at(input).shape.size() == 4) {
      const std::string channels_last = fresh();
      graph_.node("Transpose", {from}, channels_last, {{"perm", Shape{0, 2, 3, 1}}});
      from = channels_last;
    }
    if (shape.size() == 4) {
      const std::string channels_last = fresh();
      graph_.node("Reshape", {from, add_integers(shape)}, channels_last);
      finish("Transpose", {channels_last}, {{"perm", Shape{0, 3, 1, 2}}}, shape);
    } else {
      finish("Reshape", {from, add_integers(shape)}, {}, shape);
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
    finish("Resize", {name(input), "", "", add_integers(onnx_shape(shape))},
           {{"mode", "linear"},
            {"coordinate_transformation_mode", aligns          ? "align_corners"
                                               : is_half_pixel ? "half_pixel"
                                                               : "asymmetric"}},
           shape);
  }

  const TfliteNetwork& network_;
  OnnxGraph graph_;
  std::map<int, std::string> names_;  // of inputs
  std::map<int, int> widened_;        // from the output of DEQUANTIZE to the constant
  std::vector<bool> known_;           // tensors that are calculated so far
  const TfliteOperator* now_ = nullptr;
  std::size_t fresh_ = 0;
};

}  // namespace

std::string to_onnx(const TfliteNetwork& network, const std::vector<Port>& inputs,
                    const std::vector<Port>& outputs, std::string_view note) {
  return Converter(network, inputs, outputs).model(note);
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
