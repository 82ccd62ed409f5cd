// Convolutional networks written out and worked out beside, with the plain loops of the operators'
// definitions: what ConvNetwork is compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "nn/conv_network.hpp"
#include "nn/fake_onnx.hpp"

namespace auriga::test {

// A tensor of a network, channel by channel.
struct Map {
  int channels = 0, height = 0, width = 0;
  std::vector<double> values;

  Map() = default;
  Map(int c, int h, int w)
      : channels(c), height(h), width(w), values(static_cast<std::size_t>(c) * h * w) {}
  double& at(int c, int y, int x) {
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
  // Zero outside.
  double beyond(int c, int y, int x) {
    return y < 0 || x < 0 || y >= height || x >= width ? 0 : at(c, y, x);
  }
};

// Writes a network and works it out beside, with the plain loops of the operators' definitions.
class Maker {
 public:
  using Name = std::string;
  // What depends on the input is done again for another.
  using Step = std::function<void(std::map<Name, Map>&)>;

  Maker(std::mt19937& random, int channels, int height, int width) : random_(random) {
    onnx_.input("image", {1, channels, height, width});
    input_ = {"image", {1, channels, height, width}};
    sizes_["image"] = Map(channels, height, width);
  }

  Name convolution(const Name& in, int outputs, int side, int stride, int before, int after,
                   bool by_channel = false, bool with_bias = true) {
    const Map size = sizes_.at(in);
    const int columns = by_channel ? 1 : size.channels;
    if (by_channel) outputs = size.channels;
    const auto weights = std::make_shared<std::vector<float>>(
        numbers(static_cast<std::size_t>(outputs) * columns * side * side,
                1 / std::sqrt(static_cast<float>(columns * side * side))));
    const auto bias = std::make_shared<std::vector<float>>(
        with_bias ? numbers(static_cast<std::size_t>(outputs), 0.3f)
                  : std::vector<float>(static_cast<std::size_t>(outputs)));
    std::vector<Name> inputs{in, constant({outputs, columns, side, side}, *weights)};
    if (with_bias) inputs.push_back(constant({outputs}, *bias));
    const int height = (size.height + before + after - side) / stride + 1,
              width = (size.width + before + after - side) / stride + 1;
    return node("Conv", inputs, Map(outputs, height, width),
                [=](std::map<Name, Map>& maps, const Name& out) {
                  Map& from = maps[in];
                  Map& to = maps[out] = Map(outputs, height, width);
                  for (int o = 0; o < outputs; ++o)
                    for (int y = 0; y < height; ++y)
                      for (int x = 0; x < width; ++x) {
                        double sum = (*bias)[static_cast<std::size_t>(o)];
                        std::size_t w = static_cast<std::size_t>(o) * columns * side * side;
                        for (int c = 0; c < columns; ++c)
                          for (int v = 0; v < side; ++v)
                            for (int u = 0; u < side; ++u)
                              sum += (*weights)[w++] * from.beyond(by_channel ? o : c,
                                                                   y * stride + v - before,
                                                                   x * stride + u - before);
                        to.at(o, y, x) = sum;
                      }
                },
                {{"kernel_shape", {side, side}},
                 {"strides", {stride, stride}},
                 {"pads", {before, before, after, after}},
                 {"group", {by_channel ? size.channels : 1}}});
  }

  Name relu(const Name& in) { return bend(in, "Relu", 0, {}); }
  Name leaky_relu(const Name& in, float slope) {
    return bend(in, "LeakyRelu", slope, {{"alpha", slope}});
  }
  Name prelu(const Name& in) {
    const Map size = sizes_.at(in);
    const auto slopes = std::make_shared<std::vector<float>>(
        numbers(static_cast<std::size_t>(size.channels), 0.5f));
    return node("PRelu", {in, constant({size.channels, 1, 1}, *slopes)}, size,
                [=](std::map<Name, Map>& maps, const Name& out) {
                  Map to = maps[in];
                  for (int c = 0; c < to.channels; ++c)
                    for (int i = 0; i < to.height * to.width; ++i) {
                      double& x = to.values[static_cast<std::size_t>(c * to.height * to.width + i)];
                      if (x < 0) x *= (*slopes)[static_cast<std::size_t>(c)];
                    }
                  maps[out] = to;
                });
  }
  // The same, as two scaled sums.
  Name written_out_prelu(const Name& in) {
    const Name rectified = scale(relu(in));
    return add(scale(in), rectified);
  }
  Name scale(const Name& in) { return convolution(in, 0, 1, 1, 0, 0, true, false); }

  Name add(const Name& a, const Name& b) {
    return node("Add", {a, b}, sizes_.at(a), [=](std::map<Name, Map>& maps, const Name& out) {
      Map sum = maps[a];
      for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += maps[b].values[i];
      maps[out] = sum;
    });
  }

  Name normalisation(const Name& in) {
    const int channels = sizes_.at(in).channels;
    const auto n = static_cast<std::size_t>(channels);
    const auto values = std::make_shared<std::vector<std::vector<float>>>();
    std::vector<Name> inputs{in};
    for (int i = 0; i < 4; ++i) {
      values->push_back(numbers(n, 0.5f));
      if (i == 0 || i == 3)
        for (float& value : values->back()) value = 0.6f + std::abs(value);
      inputs.push_back(constant({channels}, values->back()));
    }
    constexpr float kEpsilon = 1e-3f;
    return node("BatchNormalization", inputs, sizes_.at(in),
                [=](std::map<Name, Map>& maps, const Name& out) {
                  Map to = maps[in];
                  for (int c = 0; c < channels; ++c)
                    for (int y = 0; y < to.height; ++y)
                      for (int x = 0; x < to.width; ++x) {
                        const auto i = static_cast<std::size_t>(c);
                        to.at(c, y, x) = (to.at(c, y, x) - (*values)[2][i]) /
                                             std::sqrt((*values)[3][i] + kEpsilon) *
                                             (*values)[0][i] +
                                         (*values)[1][i];
                      }
                  maps[out] = to;
                },
                {}, {{"epsilon", kEpsilon}});
  }

  Name max_pool(const Name& in) {
    const Map size = sizes_.at(in);
    return node("MaxPool", {in}, Map(size.channels, size.height / 2, size.width / 2),
                [=](std::map<Name, Map>& maps, const Name& out) {
                  Map& from = maps[in];
                  Map& to = maps[out] = Map(size.channels, size.height / 2, size.width / 2);
                  for (int c = 0; c < to.channels; ++c)
                    for (int y = 0; y < to.height; ++y)
                      for (int x = 0; x < to.width; ++x)
                        to.at(c, y, x) = std::max(
                            {from.at(c, 2 * y, 2 * x), from.at(c, 2 * y, 2 * x + 1),
                             from.at(c, 2 * y + 1, 2 * x), from.at(c, 2 * y + 1, 2 * x + 1)});
                },
                {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}});
  }

  Name mean(const Name& in) {
    const Map size = sizes_.at(in);
    return node("GlobalAveragePool", {in}, Map(size.channels, 1, 1),
                [=](std::map<Name, Map>& maps, const Name& out) {
                  Map& to = maps[out] = Map(size.channels, 1, 1);
                  for (int c = 0; c < size.channels; ++c) {
                    for (int y = 0; y < size.height; ++y)
                      for (int x = 0; x < size.width; ++x) to.at(c, 0, 0) += maps[in].at(c, y, x);
                    to.at(c, 0, 0) /= size.height * size.width;
                  }
                });
  }

  Name widen(const Name& in, int more) {
    const Map size = sizes_.at(in);
    const Name pads = integers({0, 0, 0, 0, 0, more, 0, 0});
    return node("Pad", {in, pads}, Map(size.channels + more, size.height, size.width),
                [=](std::map<Name, Map>& maps, const Name& out) {
                  Map& to = maps[out] = Map(size.channels + more, size.height, size.width);
                  std::copy(maps[in].values.begin(), maps[in].values.end(), to.values.begin());
                });
  }

  Name double_size(const Name& in) {
    const Map size = sizes_.at(in);
    const Name sizes = integers({1, size.channels, 2 * size.height, 2 * size.width});
    return node(
        "Resize", {in, "", "", sizes}, Map(size.channels, 2 * size.height, 2 * size.width),
        [=](std::map<Name, Map>& maps, const Name& out) {
          Map& from = maps[in];
          Map& to = maps[out] = Map(size.channels, 2 * size.height, 2 * size.width);
          for (int c = 0; c < to.channels; ++c)
            for (int y = 0; y < to.height; ++y)
              for (int x = 0; x < to.width; ++x) {
                const double v = std::clamp((y + 0.5) / 2 - 0.5, 0.0, size.height - 1.0),
                             u = std::clamp((x + 0.5) / 2 - 0.5, 0.0, size.width - 1.0);
                const int top = static_cast<int>(v), left = static_cast<int>(u),
                          bottom = std::min(top + 1, size.height - 1),
                          right = std::min(left + 1, size.width - 1);
                const double dy = v - top, dx = u - left;
                to.at(c, y, x) =
                    (1 - dy) * ((1 - dx) * from.at(c, top, left) + dx * from.at(c, top, right)) +
                    dy * ((1 - dx) * from.at(c, bottom, left) + dx * from.at(c, bottom, right));
              }
        },
        {}, {}, {{"mode", "linear"}, {"coordinate_transformation_mode", "half_pixel"}});
  }

  // Ends a list of values: an output.
  void output(const Name& in) {
    const Map size = sizes_.at(in);
    finish(in, {1, size.channels, size.height, size.width},
           [=](std::map<Name, Map>& maps) { return maps[in].values; });
  }
  // Pixels of maps one after the other, as rows of `columns`.
  void pixel_output(const std::vector<Name>& in, int columns) {
    std::vector<Name> rows;
    std::int64_t all = 0;
    for (const Name& one : in) {
      const Map size = sizes_.at(one);
      const Name pixels = fresh(), list = fresh();
      onnx_.node("Transpose", {one}, pixels, {{"perm", {0, 2, 3, 1}}});
      onnx_.node("Reshape", {pixels, integers({1, -1, columns})}, list);
      rows.push_back(list);
      all += static_cast<std::int64_t>(size.values.size());
    }
    Name last = rows[0];
    if (rows.size() > 1) {
      last = fresh();
      onnx_.node("Concat", rows, last, {{"axis", {1}}});
    }
    finish(last, {1, all / columns, columns}, [=](std::map<Name, Map>& maps) {
      std::vector<double> values;
      for (const Name& one : in)
        for (int y = 0; y < maps[one].height; ++y)
          for (int x = 0; x < maps[one].width; ++x)
            for (int c = 0; c < maps[one].channels; ++c) values.push_back(maps[one].at(c, y, x));
      return values;
    });
  }
  // Maps of one pixel side by side, times a matrix.
  void matrix_output(const std::vector<Name>& in, int outputs) {
    std::vector<Name> rows;
    int columns = 0;
    for (const Name& one : in) {
      const Name shape = fresh(), size = fresh(), first = fresh(), both = fresh(), list = fresh();
      onnx_.node("Shape", {one}, shape);
      onnx_.node("Gather", {shape, integers({0})}, size, {{"axis", {0}}});
      onnx_.node("Concat", {size, integers({-1})}, both, {{"axis", {0}}});
      onnx_.node("Reshape", {one, both}, list);
      rows.push_back(list);
      columns += sizes_.at(one).channels;
    }
    const Name joined = fresh(), out = fresh();
    onnx_.node("Concat", rows, joined, {{"axis", {1}}});
    const auto weights = std::make_shared<std::vector<float>>(
        numbers(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(columns), 0.2f));
    const auto bias =
        std::make_shared<std::vector<float>>(numbers(static_cast<std::size_t>(outputs), 0.3f));
    onnx_.node("Gemm", {joined, constant({outputs, columns}, *weights), constant({outputs}, *bias)},
               out, {{"transB", {1}}}, {{"alpha", 1.0f}});
    finish(out, {1, outputs}, [=](std::map<Name, Map>& maps) {
      std::vector<double> values;
      for (int o = 0; o < outputs; ++o) {
        double sum = (*bias)[static_cast<std::size_t>(o)];
        std::size_t w = static_cast<std::size_t>(o) * static_cast<std::size_t>(columns);
        for (const Name& one : in)
          for (const double value : maps[one].values) sum += (*weights)[w++] * value;
        values.push_back(sum);
      }
      return values;
    });
  }

  const TensorSpec& input() const { return input_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }
  std::string onnx() const { return onnx_.model(); }
  std::shared_ptr<const ConvNetwork> read() const {
    return ConvNetwork::read(onnx(), input_, outputs_);
  }

  std::vector<float> picture() {
    const Map size = sizes_.at("image");
    return numbers(size.values.size(), 1);
  }
  // As the definitions say.
  std::vector<std::vector<double>> expected(const std::vector<float>& input) const {
    std::map<Name, Map> maps;
    maps["image"] = sizes_.at("image");
    std::copy(input.begin(), input.end(), maps["image"].values.begin());
    for (const Step& step : steps_) step(maps);
    std::vector<std::vector<double>> all;
    for (const auto& result : results_) all.push_back(result(maps));
    return all;
  }

 private:
  std::vector<float> numbers(std::size_t count, float scale) {
    std::uniform_real_distribution<float> any(-scale, scale);
    std::vector<float> values(count);
    for (float& value : values) value = any(random_);
    return values;
  }
  Name fresh() { return "t" + std::to_string(next_++); }
  Name constant(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
    const Name name = fresh();
    onnx_.tensor(name, shape, values);
    return name;
  }
  Name integers(const std::vector<std::int64_t>& values) {
    const Name name = fresh();
    onnx_.integers(name, values);
    return name;
  }
  Name node(const std::string& operation, const std::vector<Name>& inputs, const Map& size,
            const std::function<void(std::map<Name, Map>&, const Name&)>& work,
            const std::vector<std::pair<std::string, std::vector<int>>>& attributes = {},
            const std::vector<std::pair<std::string, float>>& reals = {},
            const std::vector<std::pair<std::string, std::string>>& texts = {}) {
    const Name out = fresh();
    onnx_.node(operation, inputs, out, attributes, reals, texts);
    sizes_[out] = size;
    steps_.push_back([=](std::map<Name, Map>& maps) { work(maps, out); });
    return out;
  }
  Name bend(const Name& in, const std::string& operation, float slope,
            const std::vector<std::pair<std::string, float>>& reals) {
    return node(
        operation, {in}, sizes_.at(in),
        [=](std::map<Name, Map>& maps, const Name& out) {
          Map to = maps[in];
          for (double& x : to.values) x = x > 0 ? x : slope * x;
          maps[out] = to;
        },
        {}, reals);
  }
  void finish(const Name& in, const std::vector<std::int64_t>& shape,
              std::function<std::vector<double>(std::map<Name, Map>&)> result) {
    const Name name = "output" + std::to_string(outputs_.size());
    onnx_.node("Identity", {in}, name);
    onnx_.output(name, shape);
    outputs_.push_back({name, shape});
    results_.push_back(std::move(result));
  }

  std::mt19937& random_;
  TinyOnnx onnx_;
  TensorSpec input_;
  std::vector<TensorSpec> outputs_;
  std::map<Name, Map> sizes_;
  std::vector<Step> steps_;
  std::vector<std::function<std::vector<double>(std::map<Name, Map>&)>> results_;
  int next_ = 0;
};

}  // namespace auriga::test
