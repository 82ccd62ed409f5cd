#include "tables/eaf_tasks.hpp"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "base/file.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = 64 << 20;
constexpr std::size_t kMostTasks = 100000;

void append_utf8(std::string& text, std::uint32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    text += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0 | code >> 12);
    text += static_cast<char>(0x80 | (code >> 6 & 63));
    text += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x110000) {
    text += static_cast<char>(0xF0 | code >> 18);
    text += static_cast<char>(0x80 | (code >> 12 & 63));
    text += static_cast<char>(0x80 | (code >> 6 & 63));
    text += static_cast<char>(0x80 | (code & 63));
  }
}

// Text of XML: what stands for &lt; and the like; what is not known stays.
std::string plain(std::string_view xml) {
  static const std::map<std::string_view, char> names = {
      {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  std::string text;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    const std::size_t end = xml[i] == '&' ? xml.find(';', i) : std::string_view::npos;
    if (end == std::string_view::npos || end - i > 10) {
      text += xml[i];
      continue;
    }
    const std::string_view name = xml.substr(i + 1, end - i - 1);
    if (const auto found = names.find(name); found != names.end()) {
      text += found->second;
    } else if (name.starts_with('#')) {
      const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      const std::string_view digits = name.substr(hex ? 2 : 1);
      std::uint32_t code = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
      append_utf8(text, code);
    } else {
      text += '&';
      continue;
    }
    i = end;
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// The tags of a file, one after the other; comments and instructions are passed over.
class Tags {
 public:
  explicit Tags(std::string_view xml) : xml_(xml) {}

  bool next() {
    while (true) {
      const std::size_t begin = xml_.find('<', at_);
      if (begin == std::string_view::npos) return false;
      if (xml_.substr(begin, 4) == "<!--") {
        const std::size_t end = xml_.find("-->", begin);
        if (end == std::string_view::npos) return false;
        at_ = end + 3;
        continue;
      }
      std::size_t end = begin + 1;
      for (char quote = 0; end < xml_.size() && (quote != 0 || xml_[end] != '>'); ++end)
        if (quote == 0 && (xml_[end] == '"' || xml_[end] == '\''))
          quote = xml_[end];
        else if (xml_[end] == quote)
          quote = 0;
      if (end >= xml_.size()) return false;
      tag_ = xml_.substr(begin + 1, end - begin - 1);
      at_ = end + 1;
      return true;
    }
  }
  bool is(std::string_view name) const {
    return tag_.starts_with(name) &&
           (tag_.size() == name.size() ||
            std::string_view(" \t\r\n/").find(tag_[name.size()]) != std::string_view::npos);
  }
  std::string attribute(std::string_view name) const {
    for (std::size_t at = tag_.find(name); at != std::string_view::npos;
         at = tag_.find(name, at + 1)) {
      std::size_t equals = at + name.size();
      if (at == 0 || tag_[at - 1] > ' ' || equals + 1 >= tag_.size() || tag_[equals] != '=')
        continue;
      const char quote = tag_[equals + 1];
      const std::size_t end = tag_.find(quote, equals + 2);
      if (end != std::string_view::npos) return plain(tag_.substr(equals + 2, end - equals - 2));
    }
    return {};
  }
  // What follows the tag, up to the next.
  std::string text() const { return plain(xml_.substr(at_, xml_.find('<', at_) - at_)); }

 private:
  std::string_view xml_, tag_;
  std::size_t at_ = 0;
};

bool names_tasks(std::string tier) {
  for (char& c : tier)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return tier == "task" || tier == "tasks";
}

}  // namespace

std::vector<Task> read_eaf_tasks(const fs::path& file) {
  const auto fail = [&](const std::string& problem) -> Error {
    return {ErrorCode::input, file.string() + ": " + problem};
  };
  std::error_code failed;
  if (fs::file_size(file, failed) > kMostBytes && !failed)
    throw fail("expected a list of tasks, found more than 64 MiB; export the tier of the tasks");
  if (failed) throw fail("cannot be read; is it there?");
  const std::string xml = read_file(file, ErrorCode::input, "list of tasks", kMostBytes);

  std::map<std::string, double> slots;  // s
  std::vector<Task> named, all;
  bool of_tasks = false, any_tier_of_tasks = false;
  Tags tags(xml);
  std::optional<Task> open;
  while (tags.next()) {
    if (tags.is("TIME_SLOT")) {
      const std::string value = tags.attribute("TIME_VALUE");
      double ms = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
      if (error == std::errc() && end == value.data() + value.size() && ms >= 0)
        slots[tags.attribute("TIME_SLOT_ID")] = ms / 1000;
    } else if (tags.is("TIER")) {
      of_tasks = names_tasks(tags.attribute("TIER_ID"));
      any_tier_of_tasks |= of_tasks;
    } else if (tags.is("ALIGNABLE_ANNOTATION")) {
      const auto start = slots.find(tags.attribute("TIME_SLOT_REF1"));
      const auto end = slots.find(tags.attribute("TIME_SLOT_REF2"));
      if (start == slots.end() || end == slots.end())
        throw fail(
            fmt::format("annotation {}: expected times of begin and end, found none; move "
                        "its ends in ELAN",
                        tags.attribute("ANNOTATION_ID")));
      open = Task{{}, start->second, end->second, {}};
    } else if (tags.is("ANNOTATION_VALUE") && open) {
      open->name = tags.text();
      if (!(open->end_s > open->start_s))
        throw fail(
            fmt::format("expected task {} to end behind its start, found {:.3f} to {:.3f} "
                        "s; correct the times",
                        open->name, open->start_s, open->end_s));
      if (all.size() == kMostTasks)
        throw fail("expected at most 100000 tasks, found more; is this a list of tasks?");
      if (of_tasks) named.push_back(*open);
      all.push_back(*std::exchange(open, std::nullopt));
    }
  }
  std::vector<Task> tasks = any_tier_of_tasks ? std::move(named) : std::move(all);
  if (tasks.empty())
    throw fail("expected annotations with times, a task each, found none; is this a file of ELAN?");
  return tasks;
}

}  // namespace auriga
