#include "au/calibration_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auriga/error.hpp"

#include "au/json_node.hpp"
#include "base/file.hpp"
#include "base/real_text.hpp"
#include "files/atomic_file.hpp"
#include "files/number_text.hpp"

namespace auriga {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kLargestFile = 1 << 20;  // bytes; OpenFace's medians take some 100 000
constexpr std::size_t kMostNumbers = 10000;
constexpr double kMostFrames = 9007199254740992;  // 2^53: up to there numbers count exactly
// The shortest text of the largest float is a little more than it.
constexpr double kLargestFloat = 3.4028235e38, kLargestDouble = 1.7976931348623157e308;

// The document, in which every member of an object has a name of its own.
json parse(const JsonFile& file, const std::string& text) {
  std::vector<std::set<std::string>> names;  // of the objects around the place that is read
  std::string twice;
  const auto note = [&](int /*depth*/, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& name = value.get_ref<const std::string&>();
      if (!names.back().insert(name).second && twice.empty()) twice = name;
    }
    return true;
  };
  json document;
  try {
    document = json::parse(text, note);
  } catch (const json::exception& e) {
    file.fail("", "JSON", "what is not (" + std::string(e.what()) + ")");
  }
  if (!twice.empty())
    file.fail("", "members of different names", "'" + JsonNode::shown(twice) + "' twice");
  return document;
}

std::vector<double> read_numbers(const JsonNode& node) {
  std::vector<double> values;
  for (const JsonNode& element : node.elements("numbers", 0, kMostNumbers))
    values.push_back(element.number(-kLargestDouble, kLargestDouble));
  return values;
}

// As numbers of the document become those of a calibration.
template <typename Number>
Number rounded(double value) {
  constexpr double kLargest = std::numeric_limits<Number>::max();
  return static_cast<Number>(std::clamp(value, -kLargest, kLargest));
}

// An object of numbers.
template <typename Number>
std::vector<std::pair<std::string, Number>> read_named(const JsonNode& node, double largest) {
  std::vector<std::pair<std::string, Number>> values;
  for (const auto& [name, value] : node.members("numbers"))
    values.emplace_back(name, rounded<Number>(value.number(-largest, largest)));
  std::sort(values.begin(), values.end());
  return values;
}

void append_number(std::string& text, double value) { append_shortest(text, value); }

// Readers make float64 of it first. Rounding twice ends elsewhere than rounding once for one value
// of all, 7.038531e-26 (0x15ae43fd); it is written with the digits of its float64.
void append_number(std::string& text, float value) {
  const std::size_t begin = text.size();
  append_shortest(text, value);
  double read = 0;
  read_real(text.data() + begin, text.data() + text.size(), read);
  if (rounded<float>(read) == value) return;
  text.resize(begin);
  append_shortest(text, static_cast<double>(value));
}

// The document that is written, member by member.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& file) : file_(file) {}

  void number(const char* name, std::int64_t value) {
    begin(name);
    text_ += std::to_string(value);
  }
  // What is not UTF-8 becomes U+FFFD.
  void text(const char* name, const std::string& value) {
    begin(name);
    append_quoted(value);
  }
  void numbers(const char* name, const std::vector<double>& values) {
    begin(name);
    text_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      // A dozen a line, for people and for programs that compare lines.
      if (i > 0) text_ += i % 12 == 0 ? ",\n    " : ", ";
      append(std::string(name) + "[" + std::to_string(i) + "]", values[i]);
    }
    text_ += ']';
  }
  template <typename Number>
  void named(const char* name, const std::vector<std::pair<std::string, Number>>& values) {
    begin(name);
    text_ += '{';
    for (std::size_t i = 0; i < values.size(); ++i) {
      text_ += i > 0 ? ",\n    " : "\n    ";
      append_quoted(values[i].first);
      text_ += ": ";
      append(std::string(name) + " '" + values[i].first + "'", values[i].second);
    }
    text_ += values.empty() ? "}" : "\n  }";
  }
  std::string end() {
    text_ += "\n}\n";
    return std::move(text_);
  }

 private:
  void begin(const char* name) {
    text_ += text_.empty() ? "{\n  " : ",\n  ";
    append_quoted(name);
    text_ += ": ";
  }
  void append_quoted(const std::string& value) {
    text_ += json(value).dump(-1, ' ', false, json::error_handler_t::replace);
  }
  template <typename Number>
  void append(const std::string& place, Number value) {
    if (!std::isfinite(value))
      throw Error(ErrorCode::output, file_.string() +
                                         ": a calibration cannot be written: expected " + place +
                                         " to be a number, found " + std::to_string(value) +
                                         "; learn the person again");
    append_number(text_, value);
  }

  const std::filesystem::path& file_;
  std::string text_;
};

}  // namespace

Calibration parse_calibration(const std::filesystem::path& file, const std::string& text) {
  const JsonFile description{
      file, ErrorCode::input,
      "take a calibration as auriga wrote it (docs/calibration.md), or learn the person again"};
  const json document = parse(description, text);
  const JsonNode top(description, document, "");
  const JsonNode format = top.member("auriga_calibration");
  if (format.number(0, kMostFrames) != kFormat)
    format.fail(std::to_string(kFormat) + ", the format that this version of auriga knows");

  Calibration calibration;
  calibration.estimator = top.member("estimator").text();
  calibration.landmarker = top.member("landmarker").text();
  calibration.models = top.member("models").text();
  calibration.source = top.member("source").text();
  const JsonNode frames = top.member("frames");
  const double count = frames.number(0, kMostFrames);
  if (count != std::floor(count)) frames.fail("a whole number");
  calibration.frames = static_cast<std::int64_t>(count);
  calibration.appearance = read_numbers(top.member("appearance"));
  calibration.geometry = read_numbers(top.member("geometry"));
  calibration.features = read_named<float>(top.member("features"), kLargestFloat);
  calibration.offsets = read_named<double>(top.member("offsets"), kLargestDouble);
  constexpr std::string_view kMembers[] = {
      "auriga_calibration", "estimator", "landmarker", "models", "source", "frames",
      "appearance",         "geometry",  "features",   "offsets"};
  for (const auto& [name, value] : top.members("a calibration"))
    if (std::find(std::begin(kMembers), std::end(kMembers), name) == std::end(kMembers))
      top.fail("only members that docs/calibration.md names", "'" + JsonNode::shown(name) + "'");
  return calibration;
}

std::string calibration_text(const Calibration& calibration, const std::filesystem::path& file) {
  Writer writer(file);
  writer.number("auriga_calibration", kFormat);
  writer.text("estimator", calibration.estimator);
  writer.text("landmarker", calibration.landmarker);
  writer.text("models", calibration.models);
  writer.text("source", calibration.source);
  writer.number("frames", calibration.frames);
  writer.numbers("appearance", calibration.appearance);
  writer.numbers("geometry", calibration.geometry);
  writer.named("features", calibration.features);
  writer.named("offsets", calibration.offsets);
  return writer.end();
}

Calibration read_calibration(const std::filesystem::path& file) {
  return parse_calibration(file, read_file(file, ErrorCode::input, "calibration", kLargestFile));
}

void write_calibration(const Calibration& calibration, const std::filesystem::path& file) {
  write_file(file, calibration_text(calibration, file));
}

}  // namespace auriga
