// JSON documents: built, written and read. The header of the library behind it costs seconds in
// every unit that uses it; here it is one unit.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace auriga {

// A value: null, a truth value, a number, text, a list or an object whose members keep their order.
// Text may be any bytes: what is not UTF-8 is written as U+FFFD.
//
//   Json::object({{"name", "a"}, {"sizes", Json::array({1, 2.5})}}).text()
class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  Json();  // null
  Json(std::nullptr_t);
  Json(bool value);
  template <std::signed_integral Number>
  Json(Number value);
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) Json(Number value);
  Json(double value);
  Json(const char* value);
  Json(std::string_view value);
  Json(std::string value);
  template <typename Value>
  Json(const std::optional<Value>& value);  // nothing: null
  Json(const std::vector<std::string>& texts);

  static Json array();
  static Json array(Array values);
  static Json object();
  static Json object(Object members);

  bool is_null() const { return std::holds_alternative<Null>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  // nullptr for values of another kind.
  const std::int64_t* as_whole() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* as_text() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  // Of an object, its member of that name, the first of several; nullptr: there is none.
  const Json* find(std::string_view name) const;

  // The same, null where there is none.
  const Json& at(std::string_view name) const;
  // Empty for anything but an array.
  const Array& items() const;
  // 0 for anything but a number.
  double number() const;

  // The member of an object, made when it is not there; null becomes an object.
  Json& operator[](std::string_view name);
  // To the end of an array; of an object, which may have a member of that name already.
  void add(Json value);
  void add(std::string name, Json value);

  // With two blanks of indentation, without a line feed at the end. Numbers that are not finite are
  // null.
  std::string text() const;

  // Objects are equal whatever the order of their members.
  friend bool operator==(const Json& a, const Json& b);

  // Nothing for text that is not JSON, and for more than 100 levels.
  static std::optional<Json> parse(std::string_view text);

 private:
  friend struct JsonLibrary;
  // libstdc++ 12 takes a variant whose alternatives are all trivial values, strings and vectors for
  // one that always has a value, and destroys one at random when memory fails while it is copied.
  // An alternative with a copy constructor of its own keeps it from that.
  struct Null {
    Null() = default;
    Null(const Null&) noexcept {}
    Null& operator=(const Null&) noexcept { return *this; }
    friend bool operator==(const Null&, const Null&) { return true; }
  };
  std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
  std::string name;
  Json value;
  friend bool operator==(const Member& a, const Member& b) {
    return a.name == b.name && a.value == b.value;
  }
};

// Here, where a Member, which a value may hold, is known to the end.
inline Json::Json() = default;
inline Json::Json(std::nullptr_t) {}
inline Json::Json(bool value) : value_(value) {}
template <std::signed_integral Number>
Json::Json(Number value) : value_(std::int64_t{value}) {}
template <std::unsigned_integral Number>
requires(!std::same_as<Number, bool>) Json::Json(Number value) {
  if (std::in_range<std::int64_t>(value))
    value_ = static_cast<std::int64_t>(value);
  else
    value_ = std::uint64_t{value};
}
template <typename Value>
Json::Json(const std::optional<Value>& value) {
  if (value) *this = Json(*value);
}
inline Json::Json(double value) : value_(value) {}
inline Json::Json(const char* value) : value_(std::string(value)) {}
inline Json::Json(std::string_view value) : value_(std::string(value)) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(const std::vector<std::string>& texts)
    : value_(Array(texts.begin(), texts.end())) {}
inline Json Json::array() { return array(Array()); }
inline Json Json::object() { return object(Object()); }

}  // namespace auriga
