#include "nn/conv_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "nn/onnx_fields.hpp"
#include "nn/onnx_graph.hpp"

namespace auriga {
namespace {

using onnx::Constant;
using onnx::Operation;
using onnx::require;
using Shape = std::vector<std::int64_t>;
using Name = std::string_view;

constexpr int kMostSide = 1 << 12;  // of a map
constexpr int kMostChannels = 1 << 14;
constexpr std::int64_t kMostFloats = 1 << 26;  // of all maps
constexpr int kPixelsAtATime = 64;  // of a separable step: what the first half leaves in the cache

std::int64_t count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// A tensor of the network: a map, or maps whose values are listed in another order.
struct Value {
  Shape shape;
  std::vector<ConvOutputPart> parts;
};

// A step with its weights as they are in the file.
struct Draft {
  ConvStep step;
  bool removed = false;
  std::vector<float> weights, bias;           // outputs x inputs x side x side, or channels x ...
  std::vector<float> above_zero, below_zero;  // empty: no slopes
  std::vector<float> channel_weights, channel_bias, channel_above_zero, channel_below_zero;
};

class Planner {
 public:
  Planner(const onnx::Graph& graph, const TensorSpec& input) : graph_(graph) {
    require(graph.inputs.size() == 1 && graph.inputs[0] == input.name);
    require(input.shape.size() == 4 && input.shape[0] == 1);
    add_map(size_of(input.shape[1], kMostChannels), size_of(input.shape[2], kMostSide),
            size_of(input.shape[3], kMostSide));
    values_[graph.inputs[0]] = {input.shape, {{0, false}}};
    for (const Operation& operation : graph.operations)
      for (const Name name : operation.inputs) ++uses_[name];
    for (const Name name : graph.outputs) ++uses_[name];
    for (const Operation& operation : graph.operations) makers_[operation.outputs[0]] = &operation;
    for (const Operation& operation : graph.operations) find_parametric_relu(operation);
    for (const Operation& operation : graph.operations)
      if (!skipped_.contains(&operation)) add(operation);
  }

  ConvPlan plan(const std::vector<TensorSpec>& outputs) {
    require(graph_.outputs.size() == outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      require(graph_.outputs[i] == outputs[i].name);
      const Value& value = value_of(graph_.outputs[i]);
      require(outputs[i].admits(value.shape));
      plan_.outputs.push_back(value.parts);
    }
    count_uses();
    take_sums_in();
    take_slopes_in();
    take_channels_in();
    map(0).planar = is_read_planar();
    std::size_t floats = 0;
    for (const auto& [name, values] : graph_.constants) floats += values->reals.size();
    plan_.weights.reserve(floats + floats / 8);
    for (Draft& draft : drafts_)
      if (!draft.removed) finish(draft);
    give_memory();
    return std::move(plan_);
  }

 private:
  static int size_of(std::int64_t n, int most) {
    require(n >= 1 && n <= most);
    return static_cast<int>(n);
  }

  int add_map(int channels, int height, int width) {
    require(channels <= kMostChannels && height <= kMostSide && width <= kMostSide);
    floats_ += static_cast<std::int64_t>(channels) * height * width;
    require(floats_ <= kMostFloats);
    ConvMap map;
    map.channels = channels;
    map.height = height;
    map.width = width;
    plan_.maps.push_back(map);
    return static_cast<int>(plan_.maps.size()) - 1;
  }
  ConvMap& map(int index) { return plan_.maps[static_cast<std::size_t>(index)]; }

  const Value& value_of(Name name) const {
    const auto found = values_.find(name);
    require(found != values_.end());
    return found->second;
  }
  // One that is a map as it is. `widened`: it may lack channels, which are zero.
  int map_of(Name name, bool widened = false) {
    const Value& value = value_of(name);
    require(value.shape.size() == 4 && value.parts.size() == 1 && !value.parts[0].by_pixel);
    require(widened || map(value.parts[0].map).channels == value.shape[1]);
    return value.parts[0].map;
  }
  const Constant& constant(const Operation& operation, std::size_t input) const {
    require(operation.inputs.size() > input);
    const auto found = constants_.find(operation.inputs[input]);
    if (found != constants_.end()) return found->second;
    const auto in_file = graph_.constants.find(operation.inputs[input]);
    require(in_file != graph_.constants.end());
    return *in_file->second;
  }
  bool is_constant(Name name) const {
    return constants_.contains(name) || graph_.constants.contains(name);
  }

  Draft& add_step(ConvStepKind kind, std::vector<int> in, Name name, int channels, int height,
                  int width) {
    Draft draft;
    draft.step.kind = kind;
    draft.step.in = std::move(in);
    draft.step.out = add_map(channels, height, width);
    require(values_.emplace(name, Value{{1, channels, height, width}, {{draft.step.out, false}}})
                .second);
    drafts_.push_back(std::move(draft));
    return drafts_.back();
  }

  // Scale by channel: a convolution with one weight a channel.
  const Constant* scale_of(const Operation& operation) const {
    if (operation.name != "Conv" || operation.inputs.size() != 2) return nullptr;
    const auto found = graph_.constants.find(operation.inputs[1]);
    if (found == graph_.constants.end() || found->second->reals.empty()) return nullptr;
    const Shape& shape = found->second->shape;
    if (shape.size() != 4 || shape[1] != 1 || shape[2] != 1 || shape[3] != 1) return nullptr;
    if (operation.whole("group", 1) != shape[0] || operation.list("strides", {1, 1}) != Shape{1, 1})
      return nullptr;
    if (operation.list("pads", {0, 0, 0, 0}) != Shape{0, 0, 0, 0}) return nullptr;
    return found->second.get();
  }

  // a x + b max(x, 0), which is how a parametric ReLU may be written.
  void find_parametric_relu(const Operation& sum) {
    if (sum.name != "Add" || sum.inputs.size() != 2) return;
    for (const auto& [line, rectified] :
         {std::pair{sum.inputs[0], sum.inputs[1]}, std::pair{sum.inputs[1], sum.inputs[0]}}) {
      const auto line_maker = makers_.find(line), rectified_maker = makers_.find(rectified);
      if (line_maker == makers_.end() || rectified_maker == makers_.end()) continue;
      const Constant *a = scale_of(*line_maker->second), *b = scale_of(*rectified_maker->second);
      if (a == nullptr || b == nullptr || a->shape != b->shape) continue;
      const auto relu = makers_.find(rectified_maker->second->inputs[0]);
      if (relu == makers_.end() || relu->second->name != "Relu" ||
          relu->second->inputs != std::vector<Name>{line_maker->second->inputs[0]})
        continue;
      if (uses_[line] != 1 || uses_[rectified] != 1 || uses_[relu->first] != 1) continue;
      skipped_.insert({line_maker->second, rectified_maker->second, relu->second});
      parametric_[&sum] = {line_maker->second->inputs[0], a, b};
      return;
    }
  }

  void add(const Operation& operation) {
    const Name name = operation.name;
    if (const auto found = parametric_.find(&operation); found != parametric_.end()) {
      const auto& [input, a, b] = found->second;
      Draft& draft = add_like(ConvStepKind::bend, input, operation.outputs[0]);
      draft.below_zero = a->reals;
      for (std::size_t c = 0; c < a->reals.size(); ++c)
        draft.above_zero.push_back(a->reals[c] + b->reals[c]);
      require(static_cast<int>(a->reals.size()) == map(draft.step.out).channels);
    } else if (name == "Conv") {
      add_convolution(operation);
    } else if (name == "BatchNormalization") {
      add_normalisation(operation);
    } else if (name == "Relu" || name == "LeakyRelu") {
      add_slope(operation, name == "Relu" ? 0.0f : operation.real("alpha", 0.01f));
    } else if (name == "PRelu") {
      const Constant& slopes = constant(operation, 1);
      Draft& draft = add_like(ConvStepKind::bend, operation.inputs[0], operation.outputs[0]);
      require(static_cast<int>(slopes.reals.size()) == map(draft.step.out).channels &&
              slopes.shape.size() >= 3 &&
              slopes.shape[slopes.shape.size() - 3] == map(draft.step.out).channels);
      draft.below_zero = slopes.reals;
      draft.above_zero.assign(slopes.reals.size(), 1);
    } else if (name == "Add") {
      require(operation.inputs.size() == 2);
      const int a = map_of(operation.inputs[0], true), b = map_of(operation.inputs[1], true);
      const Shape& shape = value_of(operation.inputs[0]).shape;
      require(shape == value_of(operation.inputs[1]).shape);
      add_step(ConvStepKind::add, {a, b}, operation.outputs[0], static_cast<int>(shape[1]),
               static_cast<int>(shape[2]), static_cast<int>(shape[3]));
    } else if (name == "MaxPool") {
      const int in = map_of(operation.inputs.at(0));
      require(operation.list("kernel_shape", {}) == Shape{2, 2} &&
              operation.list("strides", {1, 1}) == Shape{2, 2} &&
              operation.list("pads", {0, 0, 0, 0}) == Shape{0, 0, 0, 0} &&
              operation.whole("ceil_mode", 0) == 0);
      require(map(in).height >= 2 && map(in).width >= 2);
      add_step(ConvStepKind::largest, {in}, operation.outputs[0], map(in).channels,
               map(in).height / 2, map(in).width / 2);
    } else if (name == "AveragePool" || name == "GlobalAveragePool") {
      const int in = map_of(operation.inputs.at(0));
      if (name == "AveragePool")
        require(operation.list("kernel_shape", {}) == Shape{map(in).height, map(in).width} &&
                operation.list("pads", {0, 0, 0, 0}) == Shape{0, 0, 0, 0});
      add_step(ConvStepKind::mean, {in}, operation.outputs[0], map(in).channels, 1, 1);
    } else if (name == "Resize") {
      add_doubling(operation);
    } else if (name == "Pad") {
      add_padding(operation);
    } else if (name == "Identity") {
      rename(operation.outputs[0], value_of(operation.inputs.at(0)));
    } else if (name == "Transpose") {
      Value value = value_of(operation.inputs.at(0));
      require(operation.list("perm", {}) == Shape{0, 2, 3, 1});
      map_of(operation.inputs[0]);
      value.parts[0].by_pixel = true;
      value.shape = {value.shape[0], value.shape[2], value.shape[3], value.shape[1]};
      rename(operation.outputs[0], std::move(value));
    } else if (name == "Reshape") {
      add_reshaping(operation);
    } else if (name == "Concat") {
      add_joining(operation);
    } else if (name == "Gemm") {
      add_matrix(operation);
    } else {
      add_shape(operation);
    }
  }

  void rename(Name name, Value value) { require(values_.emplace(name, std::move(value)).second); }

  Draft& add_like(ConvStepKind kind, Name input, Name output) {
    const int in = map_of(input);
    return add_step(kind, {in}, output, map(in).channels, map(in).height, map(in).width);
  }

  void add_slope(const Operation& operation, float below_zero) {
    Draft& draft = add_like(ConvStepKind::bend, operation.inputs.at(0), operation.outputs[0]);
    const auto channels = static_cast<std::size_t>(map(draft.step.out).channels);
    draft.above_zero.assign(channels, 1);
    draft.below_zero.assign(channels, below_zero);
  }

  void add_convolution(const Operation& operation) {
    const int in = map_of(operation.inputs.at(0));
    const Constant& weights = constant(operation, 1);
    require(weights.shape.size() == 4 && !weights.reals.empty());
    const int outputs = size_of(weights.shape[0], kMostChannels),
              side = size_of(weights.shape[2], 64), channels = map(in).channels;
    require(weights.shape[3] == side);
    const Shape strides = operation.list("strides", {1, 1}),
                pads = operation.list("pads", {0, 0, 0, 0});
    require(strides.size() == 2 && strides[0] == strides[1] && strides[0] >= 1 && strides[0] <= 64);
    require(operation.list("dilations", {1, 1}) == Shape{1, 1} &&
            operation.text("auto_pad", "NOTSET") == "NOTSET");
    require(pads.size() == 4 && pads[0] == pads[1]);
    for (const std::int64_t pad : pads) require(pad >= 0 && pad < 64);
    const bool by_channel = operation.whole("group", 1) != 1;
    require(by_channel ? operation.whole("group", 1) == channels && outputs == channels &&
                             weights.shape[1] == 1
                       : weights.shape[1] == channels);
    const int stride = static_cast<int>(strides[0]);
    const auto length = [&](int size, std::int64_t before, std::int64_t after) {
      const int whole = size + static_cast<int>(before + after) - side;
      require(whole >= 0);
      return whole / stride + 1;
    };
    const int height = length(map(in).height, pads[0], pads[2]),
              width = length(map(in).width, pads[1], pads[3]);
    Draft& draft = add_step(by_channel ? ConvStepKind::channels : ConvStepKind::dense, {in},
                            operation.outputs[0], outputs, height, width);
    draft.step.window = {side, stride, static_cast<int>(pads[0])};
    draft.weights = weights.reals;
    draft.bias.assign(static_cast<std::size_t>(outputs), 0);
    if (operation.inputs.size() > 2) {
      const Constant& bias = constant(operation, 2);
      require(bias.reals.size() == draft.bias.size());
      draft.bias = bias.reals;
    }
  }

  // Becomes part of the convolution before it.
  void add_normalisation(const Operation& operation) {
    const Name input = operation.inputs.at(0);
    const int in = map_of(input);
    const auto found = std::find_if(drafts_.begin(), drafts_.end(),
                                    [&](const Draft& draft) { return draft.step.out == in; });
    require(found != drafts_.end() && !found->weights.empty() && uses_[input] == 1);
    const std::size_t channels = found->bias.size(), taps = found->weights.size() / channels;
    const Constant &scale = constant(operation, 1), &offset = constant(operation, 2),
                   &mean = constant(operation, 3), &variance = constant(operation, 4);
    for (const Constant* one : {&scale, &offset, &mean, &variance})
      require(one->reals.size() == channels);
    const double epsilon = operation.real("epsilon", 1e-5f);
    for (std::size_t c = 0; c < channels; ++c) {
      const double factor = scale.reals[c] / std::sqrt(variance.reals[c] + epsilon);
      for (std::size_t t = c * taps; t < (c + 1) * taps; ++t)
        found->weights[t] = static_cast<float>(found->weights[t] * factor);
      found->bias[c] = static_cast<float>(
          offset.reals[c] + (static_cast<double>(found->bias[c]) - mean.reals[c]) * factor);
    }
    rename(operation.outputs[0], value_of(input));
  }

  void add_doubling(const Operation& operation) {
    const int in = map_of(operation.inputs.at(0));
    require(operation.text("mode", "nearest") == "linear" &&
            operation.text("coordinate_transformation_mode", "half_pixel") == "half_pixel");
    require(operation.inputs.size() == 4);
    const Constant& sizes = constant(operation, 3);
    require(sizes.integers == Shape({1, map(in).channels, 2 * map(in).height, 2 * map(in).width}));
    add_step(ConvStepKind::double_size, {in}, operation.outputs[0], map(in).channels,
             2 * map(in).height, 2 * map(in).width);
  }

  // Channels of zeros behind the others.
  void add_padding(const Operation& operation) {
    Value value = value_of(operation.inputs.at(0));
    map_of(operation.inputs[0]);
    const Shape pads =
        operation.inputs.size() > 1 ? constant(operation, 1).integers : operation.list("pads", {});
    require(pads.size() == 8 && operation.text("mode", "constant") == "constant");
    require(operation.inputs.size() <= 2 && operation.real("value", 0) == 0);
    for (std::size_t i = 0; i < pads.size(); ++i) require(i == 5 ? pads[i] >= 0 : pads[i] == 0);
    value.shape[1] = size_of(value.shape[1] + pads[5], kMostChannels);
    rename(operation.outputs[0], std::move(value));
  }

  void add_reshaping(const Operation& operation) {
    Value value = value_of(operation.inputs.at(0));
    Shape shape = constant(operation, 1).integers;
    const std::int64_t all = count(value.shape);
    std::int64_t known = 1;
    std::int64_t* open = nullptr;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0) {
        require(i < value.shape.size());
        shape[i] = value.shape[i];
      }
      if (shape[i] == -1) {
        require(open == nullptr);
        open = &shape[i];
      } else {
        require(shape[i] >= 1 && shape[i] <= all);
        known *= shape[i];
        require(known <= all);
      }
    }
    if (open != nullptr) *open = all / known;
    require(count(shape) == all);
    for (const ConvOutputPart& part : value.parts)  // not one that lacks channels
      require(value.parts.size() > 1 || static_cast<std::int64_t>(map(part.map).channels) *
                                                map(part.map).height * map(part.map).width ==
                                            all);
    value.shape = std::move(shape);
    rename(operation.outputs[0], std::move(value));
  }

  void add_joining(const Operation& operation) {
    require(!operation.inputs.empty());
    const std::int64_t axis = operation.whole("axis", 0);
    if (is_constant(operation.inputs[0])) {  // of shapes
      Constant all;
      for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
        const Constant& one = constant(operation, i);
        all.integers.insert(all.integers.end(), one.integers.begin(), one.integers.end());
      }
      all.shape = {static_cast<std::int64_t>(all.integers.size())};
      require(axis == 0 && constants_.emplace(operation.outputs[0], std::move(all)).second);
      return;
    }
    require(axis == 1);
    Value joined;
    for (const Name input : operation.inputs) {
      const Value& value = value_of(input);
      require(value.shape.size() >= 2 && value.shape[0] == 1);
      if (joined.shape.empty()) {
        joined.shape = value.shape;
        joined.shape[1] = 0;
      }
      Shape rest = value.shape;
      rest[1] = joined.shape[1];
      require(rest == joined.shape);
      joined.shape[1] += value.shape[1];
      joined.parts.insert(joined.parts.end(), value.parts.begin(), value.parts.end());
    }
    require(joined.shape.size() != 4);
    rename(operation.outputs[0], std::move(joined));
  }

  // One map of one pixel out of a list of such.
  int joined_map(Name name) {
    const Value value = value_of(name);
    std::vector<int> in;
    int channels = 0;
    for (const ConvOutputPart& part : value.parts) {
      require(map(part.map).height == 1 && map(part.map).width == 1);
      channels += map(part.map).channels;
      in.push_back(part.map);
    }
    require(value.shape == Shape({1, channels}));
    if (in.size() == 1) return in[0];
    Draft draft;
    draft.step.kind = ConvStepKind::join;
    draft.step.in = std::move(in);
    draft.step.out = add_map(channels, 1, 1);
    drafts_.push_back(std::move(draft));
    return drafts_.back().step.out;
  }

  void add_matrix(const Operation& operation) {
    const int in = joined_map(operation.inputs.at(0));
    const Constant& weights = constant(operation, 1);
    require(operation.real("alpha", 1) == 1 && operation.real("beta", 1) == 1 &&
            operation.whole("transA", 0) == 0 && operation.whole("transB", 0) == 1);
    require(weights.shape.size() == 2 && weights.shape[1] == map(in).channels);
    const int outputs = size_of(weights.shape[0], kMostChannels);
    const int channels = map(in).channels;
    Draft& draft = add_step(ConvStepKind::dense, {in}, operation.outputs[0], outputs, 1, 1);
    draft.weights = weights.reals;
    draft.bias.assign(static_cast<std::size_t>(outputs), 0);
    if (operation.inputs.size() > 2) draft.bias = constant(operation, 2).reals;
    require(draft.bias.size() == static_cast<std::size_t>(outputs) &&
            draft.weights.size() == static_cast<std::size_t>(outputs) * channels);
    values_[operation.outputs[0]].shape = {1, outputs};
  }

  // Sizes, which are known here.
  void add_shape(const Operation& operation) {
    Constant result;
    if (operation.name == "Shape") {
      result.integers = value_of(operation.inputs.at(0)).shape;
    } else if (operation.name == "Gather") {
      const Constant &from = constant(operation, 0), &which = constant(operation, 1);
      require(operation.whole("axis", 0) == 0);
      for (const std::int64_t i : which.integers) {
        require(i >= 0 && i < static_cast<std::int64_t>(from.integers.size()));
        result.integers.push_back(from.integers[static_cast<std::size_t>(i)]);
      }
    } else {
      require(operation.name == "Unsqueeze");
      result.integers = constant(operation, 0).integers;
    }
    result.shape = {static_cast<std::int64_t>(result.integers.size())};
    require(constants_.emplace(operation.outputs[0], std::move(result)).second);
  }

  // --- Steps that become one.

  void count_uses() {
    map_uses_.assign(plan_.maps.size(), 0);
    makers_of_maps_.assign(plan_.maps.size(), nullptr);
    for (Draft& draft : drafts_) {
      if (draft.removed) continue;
      for (const int in : draft.step.in) ++map_uses_[static_cast<std::size_t>(in)];
      if (draft.step.addend >= 0) ++map_uses_[static_cast<std::size_t>(draft.step.addend)];
      makers_of_maps_[static_cast<std::size_t>(draft.step.out)] = &draft;
    }
    for (const auto& parts : plan_.outputs)
      for (const ConvOutputPart& part : parts) ++map_uses_[static_cast<std::size_t>(part.map)];
  }

  // The step that makes a map which only one other step needs; null: none.
  Draft* only_maker(int map) {
    return map_uses_[static_cast<std::size_t>(map)] == 1
               ? makers_of_maps_[static_cast<std::size_t>(map)]
               : nullptr;
  }

  void take_sums_in() {
    for (Draft& draft : drafts_) {
      if (draft.step.kind != ConvStepKind::add) continue;
      for (const int which : {1, 0}) {
        Draft* maker = only_maker(draft.step.in[static_cast<std::size_t>(which)]);
        const int other = draft.step.in[static_cast<std::size_t>(1 - which)];
        if (maker == nullptr || maker->step.kind != ConvStepKind::dense ||
            maker->step.addend >= 0 ||
            map(maker->step.out).channels != map(draft.step.out).channels)
          continue;
        const int out = draft.step.out;
        draft = std::move(*maker);
        draft.step.out = out;
        draft.step.addend = other;
        maker->removed = true;
        break;
      }
    }
    count_uses();
  }

  void take_slopes_in() {
    for (Draft& draft : drafts_) {
      if (draft.step.kind != ConvStepKind::bend) continue;
      Draft* maker = only_maker(draft.step.in[0]);
      if (maker == nullptr || !maker->above_zero.empty() ||
          (maker->step.kind != ConvStepKind::dense && maker->step.kind != ConvStepKind::channels))
        continue;
      maker->above_zero = std::move(draft.above_zero);
      maker->below_zero = std::move(draft.below_zero);
      maker->step.out = draft.step.out;
      draft.removed = true;
      makers_of_maps_[static_cast<std::size_t>(draft.step.out)] = maker;
    }
    count_uses();
  }

  void take_channels_in() {
    for (Draft& draft : drafts_) {
      const ConvWindow& window = draft.step.window;
      if (draft.removed || draft.step.kind != ConvStepKind::dense || window.side != 1 ||
          window.stride != 1 || window.pad != 0 ||
          map(draft.step.in[0]).width != map(draft.step.out).width)
        continue;
      Draft* maker = only_maker(draft.step.in[0]);
      if (maker == nullptr || maker->step.kind != ConvStepKind::channels) continue;
      draft.step.kind = ConvStepKind::separable;
      draft.step.in = maker->step.in;
      draft.step.window = maker->step.window;
      draft.channel_weights = std::move(maker->weights);
      draft.channel_bias = std::move(maker->bias);
      draft.channel_above_zero = std::move(maker->above_zero);
      draft.channel_below_zero = std::move(maker->below_zero);
      maker->removed = true;
    }
  }

  // --- What the kernels need.

  // By blocks of channels, `taps` values each; zero beyond the last channel.
  std::size_t keep_by_channel(const std::vector<float>& values, std::size_t taps) {
    if (values.empty()) return ConvStep::kNone;
    const std::size_t channels = values.size() / taps, from = plan_.weights.size();
    plan_.weights.resize(from +
                         (channels + kChannelBlock - 1) / kChannelBlock * kChannelBlock * taps);
    for (std::size_t t = 0; t < taps; ++t)
      for (std::size_t c = 0; c < channels; ++c)
        plan_.weights[from + (c / kChannelBlock * taps + t) * kChannelBlock + c % kChannelBlock] =
            values[c * taps + t];
    return from;
  }

  // A picture of few channels would leave most lanes of a block empty.
  bool is_read_planar() {
    for (const Draft& draft : drafts_) {
      const ConvStep& step = draft.step;
      if (draft.removed || (step.addend != 0 && std::count(step.in.begin(), step.in.end(), 0) == 0))
        continue;
      if (step.kind != ConvStepKind::dense || step.addend == 0) return false;
    }
    for (const auto& parts : plan_.outputs)
      for (const ConvOutputPart& part : parts)
        if (part.map == 0) return false;
    return map(0).channels < kChannelBlock / 2;
  }

  void need_border(int in, const ConvWindow& window, const ConvMap& out) {
    ConvMap& from = map(in);
    const auto beyond = [&](int size, int outputs) {
      return (outputs - 1) * window.stride + window.side - window.pad - size;
    };
    from.border = std::max(
        {from.border, window.pad, beyond(from.height, out.height), beyond(from.width, out.width)});
  }

  // Of a dense step: the inputs in the order of the kernel, as tap (of the window) and channel.
  // Planar maps have few channels, which are places like those of the window.
  struct Tap {
    int channel, y, x, depth;
  };
  std::vector<Tap> taps_of(const ConvStep& step) {
    const ConvMap& in = map(step.in[0]);
    const int side = step.kind == ConvStepKind::dense ? step.window.side : 1;
    const int depth = in.planar ? 1 : kChannelBlock;
    std::vector<Tap> taps;
    for (int channel = 0; channel < in.channels; channel += depth)
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
          taps.push_back({channel, y, x, std::min(depth, in.channels - channel)});
    return taps;
  }

  void finish(Draft& draft) {
    ConvStep& step = draft.step;
    const ConvMap out = map(step.out);
    for (const int in : step.in)
      if (step.kind == ConvStepKind::dense || step.kind == ConvStepKind::channels ||
          step.kind == ConvStepKind::separable)
        need_border(in, step.window, out);
    step.above_zero = keep_by_channel(draft.above_zero, 1);
    step.below_zero = keep_by_channel(draft.below_zero, 1);
    step.bias = keep_by_channel(draft.bias, 1);
    const auto area = static_cast<std::size_t>(step.window.side) * step.window.side;
    if (step.kind == ConvStepKind::channels) step.weights = keep_by_channel(draft.weights, area);
    if (step.kind == ConvStepKind::separable) {
      step.channel_weights = keep_by_channel(draft.channel_weights, area);
      step.channel_bias = keep_by_channel(draft.channel_bias, 1);
      step.channel_above_zero = keep_by_channel(draft.channel_above_zero, 1);
      step.channel_below_zero = keep_by_channel(draft.channel_below_zero, 1);
      step.rows = std::clamp(kPixelsAtATime / out.width, 1, out.height);
    }
    if (step.kind == ConvStepKind::dense || step.kind == ConvStepKind::separable) keep_dense(draft);
    plan_.steps.push_back(std::move(step));
  }

  void keep_dense(Draft& draft) {
    ConvStep& step = draft.step;
    const int side = step.kind == ConvStepKind::dense ? step.window.side : 1;
    const int channels = map(step.in[0]).channels, outputs = map(step.out).channels;
    const std::vector<Tap> taps = taps_of(step);
    std::vector<float> columns;  // outputs x inputs in the kernel's order
    columns.reserve(draft.weights.size());
    for (int o = 0; o < outputs; ++o)
      for (const Tap& tap : taps)
        for (int c = tap.channel; c < tap.channel + tap.depth; ++c)
          columns.push_back(draft.weights[static_cast<std::size_t>(
              ((o * channels + c) * side + tap.y) * side + tap.x)]);
    const std::size_t inputs = columns.size() / static_cast<std::size_t>(outputs);
    step.weights = keep_by_channel(columns, inputs);
    step.weights_stride = static_cast<std::ptrdiff_t>(inputs) * kChannelBlock;
  }

  // Once all maps have their borders: places in memory, which several maps have in turn.
  void give_memory() {
    for (ConvStep& step : plan_.steps) lay_out(step);

    std::vector<std::size_t> last(plan_.maps.size(), 0);
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      for (const int in : plan_.steps[s].in) last[static_cast<std::size_t>(in)] = s;
      if (plan_.steps[s].addend >= 0) last[static_cast<std::size_t>(plan_.steps[s].addend)] = s;
    }
    for (const auto& parts : plan_.outputs)
      for (const ConvOutputPart& part : parts)
        last[static_cast<std::size_t>(part.map)] = plan_.steps.size();
    std::vector<std::size_t> sizes;
    std::vector<int> free;
    const auto take = [&](int index) {
      const std::size_t wanted = map(index).floats();
      // The smallest that is large enough, else the largest.
      const auto better = [&](int a, int b) {
        const std::size_t x = sizes[static_cast<std::size_t>(a)],
                          y = sizes[static_cast<std::size_t>(b)];
        return (x >= wanted) != (y >= wanted) ? x >= wanted : x >= wanted ? x < y : x > y;
      };
      const auto best = std::min_element(free.begin(), free.end(), better);
      if (best == free.end()) {
        map(index).memory = static_cast<int>(sizes.size());
        sizes.push_back(wanted);
      } else {
        map(index).memory = *best;
        free.erase(best);
        std::size_t& size = sizes[static_cast<std::size_t>(map(index).memory)];
        size = std::max(size, wanted);
      }
    };
    take(0);
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      const ConvStep& step = plan_.steps[s];
      take(step.out);
      std::set<int> done(step.in.begin(), step.in.end());
      if (step.addend >= 0) done.insert(step.addend);
      for (const int in : done)
        if (last[static_cast<std::size_t>(in)] == s) free.push_back(map(in).memory);
    }
    plan_.memories = static_cast<int>(sizes.size());
  }

  std::int64_t work_of(const ConvStep& step) {
    const ConvMap& out = map(step.out);
    const std::int64_t channels = map(step.in[0]).channels, outputs = out.channels,
                       area = std::int64_t{1} * step.window.side * step.window.side;
    const std::int64_t pixels = std::int64_t{1} * out.height * out.width;
    if (step.kind == ConvStepKind::dense) return pixels * channels * area * outputs;
    if (step.kind == ConvStepKind::separable) return pixels * channels * (area + outputs);
    return pixels * channels * area;
  }

  void lay_out(ConvStep& step) {
    step.work = work_of(step);
    if (step.kind != ConvStepKind::dense && step.kind != ConvStepKind::separable) return;
    const ConvMap &in = map(step.in[0]), &out = map(step.out);
    const auto pixels = static_cast<std::ptrdiff_t>(step.rows) * out.width;
    for (const Tap& tap : taps_of(step)) {
      step.depths.push_back(tap.depth);
      const std::ptrdiff_t block = in.planar ? tap.channel : tap.channel / kChannelBlock;
      step.taps.push_back(step.kind == ConvStepKind::separable
                              ? block * pixels * kChannelBlock
                              : block * in.block_floats() + tap.y * in.row_floats() +
                                    tap.x * in.pixel_floats());
    }
    for (int y = 0; y < step.rows; ++y)
      for (int x = 0; x < out.width; ++x) {
        step.out_at.push_back(out.at(y, x) - out.at(0, 0));
        if (step.addend >= 0)
          step.addend_at.push_back(map(step.addend).at(y, x) - map(step.addend).at(0, 0));
      }
    if (step.kind == ConvStepKind::separable)
      plan_.row_floats =
          std::max(plan_.row_floats, static_cast<std::size_t>(pixels) * kChannelBlock *
                                         static_cast<std::size_t>(in.blocks()));
  }

  struct ParametricRelu {
    Name input;
    const Constant *a, *b;
  };

  const onnx::Graph& graph_;
  ConvPlan plan_;
  std::int64_t floats_ = 0;  // of its maps
  std::vector<Draft> drafts_;
  std::map<Name, Value> values_;
  std::map<Name, Constant> constants_;  // worked out here
  std::map<Name, int> uses_;
  std::map<Name, const Operation*> makers_;
  std::set<const Operation*> skipped_;
  std::map<const Operation*, ParametricRelu> parametric_;
  std::vector<int> map_uses_;
  std::vector<Draft*> makers_of_maps_;
};

}  // namespace

ConvPlan plan_network(std::string_view onnx, const TensorSpec& input,
                      const std::vector<TensorSpec>& outputs) {
  const onnx::Graph graph = onnx::read_graph(onnx);
  return Planner(graph, input).plan(outputs);
}

}  // namespace auriga
