#include "au/mesh_models.hpp"

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

#include "au/mesh_features.hpp"
#include "base/file.hpp"
#include "base/simd.hpp"

namespace auriga {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestFile = 4 << 20;  // bytes
constexpr std::size_t kMostInputs = 256, kMostHidden = 256, kMostNetworks = 64, kMostUnits = 100;
constexpr double kLargestNumber = 1e6, kSmallestScale = 1e-6;
constexpr std::string_view kAbsolute = "absolute ";

// A value of the document and where it is, e.g. units[2] (AU04), networks[0], bias1.
class Node {
 public:
  Node(const std::filesystem::path& file, const json& value, std::string place)
      : file_(file), value_(value), place_(std::move(place)) {}

  [[noreturn]] void fail(const std::string& expected) const {
    std::string found = value_.dump(-1, ' ', true, json::error_handler_t::replace);
    constexpr std::size_t kMostShown = 60;
    if (found.size() > kMostShown)
      found = std::string(value_.type_name()) + " of " + std::to_string(value_.size()) + " values";
    fail(expected, found);
  }
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error(ErrorCode::model, file_.string() + ", " + (place_.empty() ? "top level" : place_) +
                                      ": expected " + expected + ", found " + found +
                                      "; take the file of the open model pack, or train it again");
  }

  Node member(const char* key) const {
    if (!value_.is_object()) fail("an object with the member '" + std::string(key) + "'");
    const auto at = value_.find(key);
    if (at == value_.end()) fail("the member '" + std::string(key) + "'", "none of that name");
    return {file_, *at, place_.empty() ? key : place_ + ", " + key};
  }

  std::vector<Node> elements(const std::string& expected, std::size_t most) const {
    if (!value_.is_array() || value_.empty() || value_.size() > most)
      fail("1 to " + std::to_string(most) + " " + expected);
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < value_.size(); ++i)
      nodes.emplace_back(file_, value_[i], place_ + "[" + std::to_string(i) + "]");
    return nodes;
  }

  std::string text() const {
    if (!value_.is_string()) fail("a text");
    return value_.get<std::string>();
  }
  bool flag() const {
    if (!value_.is_boolean()) fail("true or false");
    return value_.get<bool>();
  }
  float number(double low, double high) const {
    const double number = value_.is_number() ? value_.get<double>() : NAN;
    if (!(number >= low && number <= high)) {
      char expected[64];
      std::snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
      fail(expected);
    }
    return static_cast<float>(number);
  }
  std::vector<float> numbers(std::size_t count) const {
    if (!value_.is_array() || value_.size() != count) fail(std::to_string(count) + " numbers");
    std::vector<float> values;
    for (const Node& node : elements("numbers", count))
      values.push_back(node.number(-kLargestNumber, kLargestNumber));
    return values;
  }

  void name(const std::string& name) { place_ += " (" + name + ")"; }

 private:
  const std::filesystem::path& file_;
  const json& value_;
  std::string place_;
};

bool is_unit_name(const std::string& name) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return name.size() == 4 && name.starts_with("AU") && digit(name[2]) && digit(name[3]);
}

MeshAuModel::Network read_network(const Node& node, std::size_t inputs) {
  MeshAuModel::Network network;
  const auto rows = node.member("weights1").elements("rows, one of each hidden unit", kMostHidden);
  for (const Node& row : rows) {
    const auto weights = row.numbers(inputs);
    network.weights1.insert(network.weights1.end(), weights.begin(), weights.end());
  }
  network.bias1 = node.member("bias1").numbers(rows.size());
  network.weights2 = node.member("weights2").numbers(rows.size());
  network.bias2 = node.member("bias2").number(-kLargestNumber, kLargestNumber);
  return network;
}

// An input's feature, and whether the median is not subtracted.
struct Input {
  int feature;
  bool absolute;
};

Input read_input(const Node& node) {
  const std::string text = node.text();
  std::string_view name = text;
  const bool absolute = name.starts_with(kAbsolute);
  if (absolute) name.remove_prefix(kAbsolute.size());
  const int feature = MeshFeatures::index(name);
  if (feature < 0)
    node.fail("the name of a feature of this version of auriga, such as eye_open or absolute yaw");
  return {feature, absolute};
}

// 1 / (1 + exp(-v)), the same bits on every processor, unlike std::exp. Relative error below 1e-14.
AURIGA_INLINE double logistic(double v) {
  constexpr double kFarthest = 700;  // where exp is finite and not denormal
  const double x = -(v < -kFarthest ? -kFarthest : v > kFarthest ? kFarthest : v);
  // exp(x) = 2^k exp(r), |r| <= ln(2) / 2; ln(2) in two parts, of which k times the first is exact.
  constexpr double kPerLn2 = 1.4426950408889634, kLn2 = 0x1.62e42feep-1,
                   kLn2Rest = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // adding it leaves a whole number in the low bits
  const double shifted = x * kPerLn2 + kRound;
  const double k = shifted - kRound;
  const double r = x - k * kLn2 - k * kLn2Rest;
  constexpr std::array<double, 12> kFactorials = {
      1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
      1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2,     1.0,        1.0};
  double power = 1.0 / 479001600;
#pragma GCC unroll 12
  for (const double f : kFactorials) power = power * r + f;
  std::int64_t bits, exponent;
  std::memcpy(&bits, &power, sizeof bits);
  std::memcpy(&exponent, &shifted, sizeof exponent);
  bits += static_cast<std::int64_t>(static_cast<std::uint64_t>(exponent) << 52);
  std::memcpy(&power, &bits, sizeof bits);
  return 1 / (1 + power);
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
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

MeshAuModels read_mesh_au_models(const std::filesystem::path& file) {
  const std::string text = read_file(file, ErrorCode::model, "action unit networks", kLargestFile);
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& e) {
    throw Error(ErrorCode::model, file.string() + ": expected JSON, found what is not (" +
                                      e.what() + "); take the file of the open model pack again");
  }
  const Node top(file, document, "");
  MeshAuModels models;
  models.version = top.member("version").text();
  if (models.version.empty()) top.member("version").fail("a text that is not empty");

  const auto features = static_cast<std::size_t>(MeshFeatures::count());
  const auto unit_nodes = top.member("units").elements("action units", kMostUnits);
  std::vector<std::vector<Input>> inputs;
  for (Node node : unit_nodes) {
    MeshAuModel unit;
    unit.name = node.member("name").text();
    if (!is_unit_name(unit.name)) node.member("name").fail("AU and two digits, such as AU01");
    if (!models.units.empty() && !(models.units.back().name < unit.name))
      node.member("name").fail("a unit after " + models.units.back().name +
                               " (they are in ascending order, each once)");
    node.name(unit.name);
    unit.experimental = node.member("experimental").flag();
    unit.dead_zone = node.member("dead_zone").number(0, 5);
    unit.presence_threshold = node.member("presence_threshold").number(0, 5);
    inputs.emplace_back();
    for (const Node& name : node.member("inputs").elements("names of features", kMostInputs)) {
      inputs.back().push_back(read_input(name));
      if (inputs.back().back().absolute) models.absolute.push_back(inputs.back().back().feature);
    }
    for (const Node& network : node.member("networks").elements("networks", kMostNetworks))
      unit.networks.push_back(read_network(network, inputs.back().size()));
    models.units.push_back(std::move(unit));
  }
  auto& absolute = models.absolute;
  std::sort(absolute.begin(), absolute.end());
  absolute.erase(std::unique(absolute.begin(), absolute.end()), absolute.end());

  // Only what a unit uses has a scale and a neutral value.
  const Node scale = top.member("scale"), neutral = top.member("neutral");
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
        models.neutral[f] = neutral.member(name.c_str()).number(-kLargestNumber, kLargestNumber);
      const std::string key = (input.absolute ? std::string(kAbsolute) : "") + name;
      models.scale[index] = scale.member(key.c_str()).number(kSmallestScale, kLargestNumber);
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
