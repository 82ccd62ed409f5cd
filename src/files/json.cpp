#include "files/json.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace auriga {

// Between our values and those of the library.
struct JsonLibrary {
  using Value = nlohmann::ordered_json;
  static constexpr int kMostLevels = 100;

  struct ToLibrary {
    Value operator()(const Json::Null&) const { return nullptr; }
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

const Json& Json::at(std::string_view name) const {
  static const Json null;
  const Json* found = find(name);
  return found == nullptr ? null : *found;
}

const Json::Array& Json::items() const {
  static const Array none;
  const Array* array = as_array();
  return array == nullptr ? none : *array;
}

double Json::number() const {
  if (const std::int64_t* whole = as_whole()) return static_cast<double>(*whole);
  if (const auto* large = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*large);
  const double* real = std::get_if<double>(&value_);
  return real == nullptr ? 0 : *real;
}

Json& Json::operator[](std::string_view name) {
  if (is_null()) value_ = Object();
  Object& members = std::get<Object>(value_);
  for (Member& member : members)
    if (member.name == name) return member.value;
  return members.emplace_back(Member{std::string(name), Json()}).value;
}

bool operator==(const Json& a, const Json& b) {
  const Json::Object *left = a.as_object(), *right = b.as_object();
  if (left == nullptr || right == nullptr) return a.value_ == b.value_;
  return left->size() == right->size() &&
         std::all_of(left->begin(), left->end(), [&](const Json::Member& member) {
           const Json* other = b.find(member.name);
           return other != nullptr && *other == member.value;
         });
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
