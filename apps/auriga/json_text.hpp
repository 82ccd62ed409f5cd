// JSON as a value, its text, and back.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace auriga::app {

// Null, a truth, a number, a text, a list, or an object whose keys keep their order.
class Json {
 public:
  using List = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // each key once

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool truth) : value_(truth) {}
  Json(double number) : value_(number) {}
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) Json(Number number)
      : value_(static_cast<std::int64_t>(number)) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(const std::vector<std::string>& texts) : value_(List(texts.begin(), texts.end())) {}

  static Json list(List values = {});
  static Json object(Object members = {});

  // To the end of a list.
  void push_back(Json value);
  // The member of an object, made when it is not there; null becomes an object.
  Json& operator[](std::string_view key);
  // Null for what is not there, and for anything but an object.
  const Json& at(std::string_view key) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  // Null pointers for values of another kind.
  const std::string* as_text() const { return std::get_if<std::string>(&value_); }
  const std::int64_t* as_whole() const { return std::get_if<std::int64_t>(&value_); }
  // Empty for anything but a list.
  const List& items() const;
  // 0 for anything but a number.
  double number() const;

  // Objects are equal whatever the order of their members.
  friend bool operator==(const Json& a, const Json& b);

 private:
  friend std::string json_text(const Json& json);
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> value_;
};

// Two blanks of indentation, no line feed at the end. Bytes that are not UTF-8 become U+FFFD.
std::string json_text(const Json& json);

// Null for what is not JSON. Whole numbers above 2^63 - 1 are doubles; what is nested more than 64
// deep is left out.
Json parse_json(std::string_view text);

}  // namespace auriga::app
