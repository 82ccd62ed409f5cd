#include "au/mesh/mesh_models.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "au/json_node.hpp"
#include "au/mesh/mesh_features.hpp"
#include "base/file.hpp"
#include "base/same_math.hpp"
#include "base/simd.hpp"

namespace auriga {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestFile = 4 << 20;  // bytes
constexpr std::size_t kMostInputs = 256, kMostHidden = 256, kMostNetworks = 64, kMostUnits = 100;
constexpr double kLargestNumber = 1e6, kSmallestScale = 1e-6;
constexpr std::string_view kAbsolute = "absolute ";

float number(const JsonNode& node, double low, double high) {
  return static_cast<float>(node.number(low, high));
}

std::vector<float> numbers(const JsonNode& node, std::size_t count) {
  if (!node.is_array_of(count)) node.fail(std::to_string(count) + " numbers");
  std::vector<float> values;
  for (const JsonNode& element : node.elements("numbers", 1, count))
    values.push_back(number(element, -kLargestNumber, kLargestNumber));
  return values;
}

bool is_unit_name(const std::string& name) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return name.size() == 4 && name.starts_with("AU") && digit(name[2]) && digit(name[3]);
}

MeshAuModel::Network read_network(const JsonNode& node, std::size_t inputs) {
  MeshAuModel::Network network;
  const auto rows =
      node.member("weights1").elements("rows, one of each hidden unit", 1, kMostHidden);
  for (const JsonNode& row : rows) {
    const auto weights = numbers(row, inputs);
    network.weights1.insert(network.weights1.end(), weights.begin(), weights.end());
  }
  network.bias1 = numbers(node.member("bias1"), rows.size());
  network.weights2 = numbers(node.member("weights2"), rows.size());
  network.bias2 = number(node.member("bias2"), -kLargestNumber, kLargestNumber);
  return network;
}

MeshAuModel::Lift read_lift(const JsonNode& node) {
  constexpr double kLargestGain = 100;
  MeshAuModel::Lift lift;
  lift.name = node.member("blendshape").text();
  const auto level = blendshape_level(lift.name);
  if (!level) node.member("blendshape").fail("a blendshape, such as browInnerUp");
  lift.level = *level;
  lift.gain = number(node.member("gain"), 0, kLargestGain);
  lift.quantile = number(node.member("quantile"), 0, 1);
  return lift;
}

// An input's feature, and whether the median is not subtracted.
struct Input {
  int feature;
  bool absolute;
};

Input read_input(const JsonNode& node) {
  const std::string text = node.text();
  std::string_view name = text;
  const bool absolute = name.starts_with(kAbsolute);
  if (absolute) name.remove_prefix(kAbsolute.size());
  const int feature = MeshFeatures::index(name);
  if (feature < 0)
    node.fail("the name of a feature of this version of auriga, such as eye_open or absolute yaw");
  return {feature, absolute};
}

// 1 / (1 + exp(-v)). Relative error below 1e-14.
AURIGA_INLINE double logistic(double v) {
  constexpr double kFarthest = 699;
  return 1 / (1 + same::exp(v > kFarthest ? -kFarthest : v < -kFarthest ? kFarthest : -v));
}

std::vector<int> each_once(std::vector<int> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

// Not run_wide() for speed alone: hidden values in one loop let the compiler take several
// at a time.
AURIGA_INLINE double answer_body(const MeshAuModel::Network& network, const double* inputs,
                                 int count) {
  const auto hidden = static_cast<int>(network.bias1.size());
  double values[kMostHidden];
  const float* weights = network.weights1.data();
  for (int h = 0; h < hidden; ++h, weights += count) {
    double sum = static_cast<double>(network.bias1[static_cast<std::size_t>(h)]);
    for (int i = 0; i < count; ++i) sum += static_cast<double>(weights[i]) * inputs[i];
    values[h] = sum;
  }
  for (int h = 0; h < hidden; ++h) values[h] *= logistic(values[h]);
  double sum = static_cast<double>(network.bias2);
  for (int h = 0; h < hidden; ++h)
    sum += static_cast<double>(network.weights2[static_cast<std::size_t>(h)]) * values[h];
  return sum;
}

double answer(const MeshAuModel::Network& network, const double* inputs, int count) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE { return answer_body(network, inputs, count); });
}

}  // namespace

std::vector<int> MeshAuModels::used_features() const {
  const auto features = static_cast<int>(neutral.size());
  std::vector<int> used;
  for (const MeshAuModel& unit : units)
    for (const int i : unit.inputs)
      used.push_back(i < features ? i : absolute[static_cast<std::size_t>(i - features)]);
  return each_once(std::move(used));
}

std::vector<int> MeshAuModels::compared_features() const {
  const auto features = static_cast<int>(neutral.size());
  std::vector<int> compared;
  for (const MeshAuModel& unit : units)
    for (const int i : unit.inputs)
      if (i < features) compared.push_back(i);
  return each_once(std::move(compared));
}

MeshAuModels read_mesh_au_models(const std::filesystem::path& file) {
  const std::string text = read_file(file, ErrorCode::model, "action unit networks", kLargestFile);
  const JsonFile description{file, ErrorCode::model,
                             "take the file of the open model pack, or train it again"};
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& e) {
    description.fail("", "JSON", "what is not (" + std::string(e.what()) + ")");
  }
  const JsonNode top(description, document, "");
  MeshAuModels models;
  models.version = top.member("version").text();
  if (models.version.empty()) top.member("version").fail("a text that is not empty");

  const auto features = static_cast<std::size_t>(MeshFeatures::count());
  const auto unit_nodes = top.member("units").elements("action units", 1, kMostUnits);
  std::vector<std::vector<Input>> inputs;
  for (JsonNode node : unit_nodes) {
    MeshAuModel unit;
    unit.name = node.member("name").text();
    if (!is_unit_name(unit.name)) node.member("name").fail("AU and two digits, such as AU01");
    if (!models.units.empty() && !(models.units.back().name < unit.name))
      node.member("name").fail("a unit after " + models.units.back().name +
                               " (they are in ascending order, each once)");
    node.name(unit.name);
    unit.experimental = node.member("experimental").flag();
    unit.dead_zone = number(node.member("dead_zone"), 0, 5);
    unit.presence_threshold = number(node.member("presence_threshold"), 0, 5);
    inputs.emplace_back();
    for (const JsonNode& name :
         node.member("inputs").elements("names of features", 1, kMostInputs)) {
      inputs.back().push_back(read_input(name));
      if (inputs.back().back().absolute) models.absolute.push_back(inputs.back().back().feature);
    }
    for (const JsonNode& network : node.member("networks").elements("networks", 1, kMostNetworks))
      unit.networks.push_back(read_network(network, inputs.back().size()));
    if (node.has("lift")) {
      unit.lift = read_lift(node.member("lift"));
      for (const MeshAuModel& other : models.units)
        if (other.lift && other.lift->name == unit.lift->name)
          node.member("lift").member("blendshape").fail("a blendshape that no other unit has");
    }
    models.units.push_back(std::move(unit));
  }
  auto& absolute = models.absolute;
  absolute = each_once(std::move(absolute));

  // Only what a unit uses has a scale and a neutral value.
  const JsonNode scale = top.member("scale"), neutral = top.member("neutral");
  models.scale.assign(features + absolute.size(), 1.0F);
  models.neutral.assign(features, 0.0F);
  for (std::size_t u = 0; u < inputs.size(); ++u)
    for (const Input& input : inputs[u]) {
      const auto f = static_cast<std::size_t>(input.feature);
      const std::string name(MeshFeatures::names()[f]);
      std::size_t index = f;
      if (input.absolute)
        index = features + static_cast<std::size_t>(
                               std::lower_bound(absolute.begin(), absolute.end(), input.feature) -
                               absolute.begin());
      else
        models.neutral[f] = number(neutral.member(name.c_str()), -kLargestNumber, kLargestNumber);
      const std::string key = (input.absolute ? std::string(kAbsolute) : "") + name;
      models.scale[index] = number(scale.member(key.c_str()), kSmallestScale, kLargestNumber);
      models.units[u].inputs.push_back(static_cast<int>(index));
    }
  return models;
}

void mesh_intensities(const MeshAuModels& models, std::span<const float> features,
                      std::span<const float> median, std::span<double> out) {
  assert(features.size() == models.neutral.size() && median.size() == features.size());
  assert(out.size() == models.units.size());
  const auto input = [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    const double value =
        i < features.size()
            ? static_cast<double>(features[i]) - static_cast<double>(median[i])
            : static_cast<double>(
                  features[static_cast<std::size_t>(models.absolute[i - features.size()])]);
    return value / static_cast<double>(models.scale[i]);
  };
  double inputs[kMostInputs];
  for (std::size_t u = 0; u < models.units.size(); ++u) {
    const MeshAuModel& unit = models.units[u];
    const auto count = static_cast<int>(unit.inputs.size());
    for (int i = 0; i < count; ++i) inputs[i] = input(unit.inputs[static_cast<std::size_t>(i)]);
    double sum = 0;
    for (const auto& network : unit.networks) sum += answer(network, inputs, count);
    out[u] = std::clamp(sum / static_cast<double>(unit.networks.size()), 0.0, 5.0);
  }
}

}  // namespace auriga
