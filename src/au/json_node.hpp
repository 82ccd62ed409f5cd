// A value of a JSON document that knows where it is, so that errors can say what is wrong where.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

namespace auriga {

// What errors name: the file, and what to do about it.
struct JsonFile {
  std::filesystem::path path;
  ErrorCode code;
  std::string advice;

  [[noreturn]] void fail(const std::string& place, const std::string& expected,
                         const std::string& found) const {
    throw Error(code, path.string() + (place.empty() ? "" : ", " + place) + ": expected " +
                          expected + ", found " + found + "; " + advice);
  }
};

// place: e.g. units[2] (AU04), networks[0], bias1; empty at the top. File and value must outlive
// the node. What a node does not have or is not is a JsonFile::fail().
class JsonNode {
 public:
  JsonNode(const JsonFile& file, const nlohmann::json& value, std::string place)
      : file_(file), value_(value), place_(std::move(place)) {}

  [[noreturn]] void fail(const std::string& expected) const {
    // Writing a value recurses as deep as it is nested, which a hostile file decides.
    std::string found;
    if (is_nested_at_most(value_, 3)) found = dumped(value_);
    if (found.empty() || found.size() > kMostShown)
      found = std::string(value_.type_name()) + " of " + std::to_string(value_.size()) + " values";
    fail(expected, found);
  }
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    file_.fail(place_.empty() ? "top level" : place_, expected, found);
  }

  // A text of the document as messages show it: printable, and not too long.
  static std::string shown(const std::string& text) {
    const std::string quoted = dumped(text);
    return quoted.substr(1, std::min(quoted.size() - 2, kMostShown));
  }

  JsonNode member(const char* key) const {
    if (!value_.is_object()) fail("an object with the member '" + std::string(key) + "'");
    const auto at = value_.find(key);
    if (at == value_.end()) fail("the member '" + std::string(key) + "'", "none of that name");
    return {file_, *at, place_.empty() ? key : place_ + ", " + key};
  }
  bool has(const char* key) const { return value_.is_object() && value_.contains(key); }
  // Of an object, ascending by name.
  std::vector<std::pair<std::string, JsonNode>> members(const std::string& expected) const {
    if (!value_.is_object()) fail("an object of " + expected);
    std::vector<std::pair<std::string, JsonNode>> nodes;
    for (const auto& [key, value] : value_.items())
      nodes.emplace_back(
          key, JsonNode(file_, value, place_ + (place_.empty() ? "'" : " '") + shown(key) + "'"));
    return nodes;
  }
  // Of an array.
  std::vector<JsonNode> elements(const std::string& expected, std::size_t fewest,
                                 std::size_t most) const {
    if (!value_.is_array() || value_.size() < fewest || value_.size() > most)
      fail(std::to_string(fewest) + " to " + std::to_string(most) + " " + expected);
    std::vector<JsonNode> nodes;
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
  double number(double low, double high) const {
    const double number = value_.is_number() ? value_.get<double>() : NAN;
    if (!(number >= low && number <= high)) {
      char expected[64];
      std::snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
      fail(expected);
    }
    return number;
  }
  bool is_array_of(std::size_t count) const { return value_.is_array() && value_.size() == count; }

  void name(const std::string& name) { place_ += " (" + name + ")"; }

 private:
  static constexpr std::size_t kMostShown = 60;
  static bool is_nested_at_most(const nlohmann::json& value, int levels) {
    if (!value.is_structured()) return true;
    return levels > 0 && std::all_of(value.begin(), value.end(), [&](const auto& element) {
             return is_nested_at_most(element, levels - 1);
           });
  }
  static std::string dumped(const nlohmann::json& value) {
    return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  const JsonFile& file_;
  const nlohmann::json& value_;
  std::string place_;
};

}  // namespace auriga
