#include "files/json.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace auriga {

// Between our values and those of the library.
struct JsonLibrary {
  using Value = nlohmann::ordered_json;
  static constexpr int kMostLevels = 100;

  struct ToLibrary {
    Value operator()(std::monostate) const { return nullptr; }
    Value operator()(const Json::Array& values) const {
      Value result = Value::array();
      for (const Json& value : values) result.push_back(of(value));
      return result;
    }
    Value operator()(const Json::Object& members) const {
      Value result = Value::object();
      for (const auto& [name, value] : members) result[name] = of(value);
      return result;
    }
    Value operator()(const auto& scalar) const { return scalar; }
  };
  static Value of(const Json& value) { return std::visit(ToLibrary(), value.value_); }

  static std::optional<Json> from(const Value& value, int levels) {
    if (levels > kMostLevels) return std::nullopt;
    Json result;
    switch (value.type()) {
      case Value::value_t::boolean:
        return Json(value.get<bool>());
      case Value::value_t::number_integer:
        return Json(value.get<std::int64_t>());
      case Value::value_t::number_unsigned:
        return Json(value.get<std::uint64_t>());
      case Value::value_t::number_float:
        return Json(value.get<double>());
      case Value::value_t::string:
        return Json(value.get_ref<const std::string&>());
      case Value::value_t::array:
        result = Json::array();
        for (const Value& one : value) {
          std::optional<Json> converted = from(one, levels + 1);
          if (!converted) return std::nullopt;
          result.add(*std::move(converted));
        }
        return result;
      case Value::value_t::object:
        result = Json::object();
        for (auto one = value.begin(); one != value.end(); ++one) {
          std::optional<Json> converted = from(one.value(), levels + 1);
          if (!converted) return std::nullopt;
          result.add(one.key(), *std::move(converted));
        }
        return result;
      case Value::value_t::discarded:
        return std::nullopt;
      default:
        return result;
    }
  }
};

Json Json::array(Array values) {
  Json result;
  result.value_ = std::move(values);
  return result;
}

Json Json::object(Object members) {
  Json result;
  result.value_ = std::move(members);
  return result;
}

const Json* Json::find(std::string_view name) const {
  const Object* members = as_object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members->end() ? nullptr : &found->value;
}

void Json::add(Json value) { std::get<Array>(value_).push_back(std::move(value)); }

void Json::add(std::string name, Json value) {
  std::get<Object>(value_).push_back({std::move(name), std::move(value)});
}

std::string Json::text() const {
  return JsonLibrary::of(*this).dump(2, ' ', false, JsonLibrary::Value::error_handler_t::replace);
}

std::optional<Json> Json::parse(std::string_view text) {
  return JsonLibrary::from(JsonLibrary::Value::parse(text, nullptr, false), 1);
}

}  // namespace auriga
