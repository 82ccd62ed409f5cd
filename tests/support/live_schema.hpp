// The JSON Schema of docs/live.md, and whether a value keeps to it.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "support/golden.hpp"

namespace auriga::test {

inline nlohmann::json live_schema() {
  const std::string page = read_text(repository() / "docs/live.md");
  const std::size_t begin = page.find("```json\n") + 8;
  return nlohmann::json::parse(page.substr(begin, page.find("```", begin) - begin));
}

// Of the words of JSON Schema those that ours uses. Members that the schema does not name are a
// violation, too: they belong into the docs. Empty: it keeps to it.
inline std::string violation(const nlohmann::json& schema, const nlohmann::json& value,
                             const std::string& place = "line") {
  if (schema.contains("enum")) {
    for (const auto& one : schema["enum"])
      if (one == value) return "";
    return place + ": " + value.dump() + " is none of " + schema["enum"].dump();
  }
  if (schema.contains("type")) {
    const auto is = [&](const std::string& type) {
      return (type == "integer" && value.is_number_integer()) ||
             (type == "number" && value.is_number()) || (type == "string" && value.is_string()) ||
             (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null()) ||
             (type == "array" && value.is_array()) || (type == "object" && value.is_object());
    };
    bool good = schema["type"].is_string() && is(schema["type"]);
    if (schema["type"].is_array())
      for (const auto& one : schema["type"]) good = good || is(one);
    if (!good) return place + ": " + value.dump().substr(0, 80) + " is no " + schema["type"].dump();
  }
  if (value.is_array()) {
    if (value.size() < schema.value("minItems", std::size_t{0}) ||
        value.size() > schema.value("maxItems", value.size()))
      return place + ": has " + std::to_string(value.size()) + " items";
    for (const auto& one : value)
      if (std::string found = violation(schema["items"], one, place + "[]"); !found.empty())
        return found;
  }
  if (!value.is_object()) return "";
  if (schema.contains("required"))
    for (const auto& name : schema["required"])
      if (!value.contains(name.get<std::string>()))
        return place + ": lacks " + name.get<std::string>();
  for (const auto& [name, member] : value.items()) {
    const nlohmann::json properties = schema.value("properties", nlohmann::json::object());
    const std::string at = place + "." + name;
    if (!properties.contains(name) && !schema.contains("additionalProperties"))
      return at + " is not in the schema";
    const nlohmann::json& of =
        properties.contains(name) ? properties[name] : schema["additionalProperties"];
    if (std::string found = violation(of, member, at); !found.empty()) return found;
  }
  return "";
}

}  // namespace auriga::test
