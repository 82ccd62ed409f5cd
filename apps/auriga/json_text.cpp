#include "json_text.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include <nlohmann/json.hpp>

namespace auriga::app {
namespace {

using Tree = nlohmann::ordered_json;

Json from_tree(const Tree& tree) {
  switch (tree.type()) {
    case Tree::value_t::boolean:
      return tree.get<bool>();
    case Tree::value_t::number_integer:
      return tree.get<std::int64_t>();
    case Tree::value_t::number_unsigned: {
      const auto value = tree.get<std::uint64_t>();
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return static_cast<double>(value);
      return value;
    }
    case Tree::value_t::number_float:
      return tree.get<double>();
    case Tree::value_t::string:
      return tree.get<std::string>();
    case Tree::value_t::array: {
      Json list = Json::list();
      for (const Tree& one : tree) list.push_back(from_tree(one));
      return list;
    }
    case Tree::value_t::object: {
      Json object = Json::object();
      for (const auto& [key, value] : tree.items()) object[key] = from_tree(value);
      return object;
    }
    default:
      return {};
  }
}

struct ToTree {
  const std::function<Tree(const Json&)>& down;
  Tree operator()(std::monostate) const { return nullptr; }
  Tree operator()(bool truth) const { return truth; }
  Tree operator()(std::int64_t number) const { return number; }
  Tree operator()(double number) const { return number; }
  Tree operator()(const std::string& text) const { return text; }
  Tree operator()(const Json::List& list) const {
    Tree tree = Tree::array();
    for (const Json& one : list) tree.push_back(down(one));
    return tree;
  }
  Tree operator()(const Json::Object& object) const {
    Tree tree = Tree::object();
    for (const auto& [key, value] : object) tree[key] = down(value);
    return tree;
  }
};

template <typename Members>
auto member(Members& members, std::string_view key) {
  return std::find_if(members.begin(), members.end(),
                      [&](const Json::Member& one) { return one.first == key; });
}

}  // namespace

Json Json::list(List values) {
  Json json;
  json.value_ = std::move(values);
  return json;
}

Json Json::object(Object members) {
  Json json;
  json.value_ = std::move(members);
  return json;
}

void Json::push_back(Json value) { std::get<List>(value_).push_back(std::move(value)); }

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object();
  Object& members = std::get<Object>(value_);
  auto found = member(members, key);
  if (found == members.end()) found = members.insert(found, {std::string(key), Json()});
  return found->second;
}

const Json& Json::at(std::string_view key) const {
  static const Json null;
  const Object* members = std::get_if<Object>(&value_);
  if (members == nullptr) return null;
  const auto found = member(*members, key);
  return found == members->end() ? null : found->second;
}

const Json::List& Json::items() const {
  static const List none;
  const List* list = std::get_if<List>(&value_);
  return list == nullptr ? none : *list;
}

double Json::number() const {
  if (const std::int64_t* whole = as_whole()) return static_cast<double>(*whole);
  const double* real = std::get_if<double>(&value_);
  return real == nullptr ? 0 : *real;
}

bool operator==(const Json& a, const Json& b) {
  const auto* left = std::get_if<Json::Object>(&a.value_);
  const auto* right = std::get_if<Json::Object>(&b.value_);
  if (left == nullptr || right == nullptr) return a.value_ == b.value_;
  return left->size() == right->size() &&
         std::all_of(left->begin(), left->end(), [&](const Json::Member& one) {
           const auto other = member(*right, one.first);
           return other != right->end() && other->second == one.second;
         });
}

std::string json_text(const Json& json) {
  const std::function<Tree(const Json&)> tree = [&](const Json& one) {
    return std::visit(ToTree{tree}, one.value_);
  };
  return tree(json).dump(2, ' ', false, Tree::error_handler_t::replace);
}

Json parse_json(std::string_view text) {
  constexpr int kDeepest = 64;
  const auto shallow = [](int depth, Tree::parse_event_t, Tree&) { return depth <= kDeepest; };
  const Tree tree = Tree::parse(text, shallow, false);
  return tree.is_discarded() ? Json() : from_tree(tree);
}

}  // namespace auriga::app
