#include "options.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include "auriga/error.hpp"

#include "files/sha256.hpp"

namespace auriga::app {
namespace {

// As the parser of the command line reads it: 0x10 and +5 as well.
template <typename Number>
std::optional<Number> number(const std::string& text, double least, double most) {
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  if constexpr (std::is_integral_v<Number>) {
    const long long value = std::strtoll(text.c_str(), &end, 0);
    if (errno != 0 || *end != '\0' || static_cast<double>(value) < least ||
        static_cast<double>(value) > most || value < std::numeric_limits<Number>::min() ||
        value > std::numeric_limits<Number>::max())
      return std::nullopt;
    return static_cast<Number>(value);
  } else {
    const long double value = std::strtold(text.c_str(), &end);
    if (*end != '\0' || value < least || value > most) return std::nullopt;
    return static_cast<Number>(value);
  }
}

template <typename Number>
std::string shown(const std::optional<Number>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

template <typename Number>
Setting bounded(OptionForm form, double least, double most, std::function<void(Number)> set,
                std::function<std::string()> value) {
  Setting setting{form, {}, least, most};
  setting.set = [=](const std::string& text) {
    const std::optional<Number> found = number<Number>(text, least, most);
    if (found) set(*found);
    return found.has_value();
  };
  setting.value = std::move(value);
  setting.standard = setting.value();
  return setting;
}

Setting flag(bool& to, bool given) {
  Setting setting{OptionForm::flag};
  setting.set = [&to, given](const std::string& text) {
    if (text != "yes" && text != "no") return false;
    to = (text == "yes") == given;
    return true;
  };
  setting.value = [&to, given] { return std::string(to == given ? "yes" : "no"); };
  setting.standard = setting.value();
  return setting;
}

constexpr double kNoLeast = std::numeric_limits<double>::lowest();
constexpr double kNoMost = std::numeric_limits<double>::max();

// "-aus" for "--aus": the last name without dashes.
std::string bare(std::string_view name) {
  return std::string(name.substr(std::min(name.find_first_not_of('-'), name.size())));
}

// The words of `text`, in lines of at most 100 characters; `indent` stands before all but the
// first.
std::string wrapped(const std::string& text, const std::string& indent) {
  constexpr std::size_t kLine = 100;
  std::string all, line;
  for (std::size_t begin = 0; begin < text.size();) {
    // A code span is one word.
    std::size_t end = begin;
    for (bool code = false; end < text.size() && (code || text[end] != ' '); ++end)
      if (text[end] == '`') code = !code;
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && line.size() + 1 + word.size() > kLine) {
      all += line + '\n';
      line = indent + word;
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
    begin = end + 1;
  }
  return all + line + '\n';
}

// For people who read Markdown: links instead of paths, no mark-up by chance.
std::string marked(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = text.find(".md", i);
    if (text.compare(i, 5, "docs/") == 0 && end != std::string::npos && text.find(' ', i) > end) {
      const std::string page = text.substr(i + 5, end + 3 - (i + 5));
      result += fmt::format("[{0}]({0})", page);
      i = end + 3;
    } else {
      const char c = text[i];
      const auto is_letter = [&](std::size_t at) {
        return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
      };
      const bool within_word = i > 0 && is_letter(i - 1) && is_letter(i + 1);
      if (c == '<' || c == '>' || c == '*' || (c == '_' && !within_word)) result += '\\';
      result += c;
      ++i;
    }
  }
  return result;
}

std::string item(const OptionRow& row) {
  std::vector<std::string> names = row.names();
  if (is_openface_flag(names.front())) names.push_back('-' + names.front());
  std::string text = "-";
  const std::string label = row.value_label().empty() ? "" : ' ' + row.value_label();
  for (const std::string& name : names)
    text +=
        fmt::format("{} `{}{}`", text == "-" ? "" : ",", name, name == names.back() ? label : "");
  if (row.setting.form != OptionForm::flag && !row.setting.standard.empty())
    text += fmt::format(" (default: `{}`)", row.setting.standard);
  return wrapped(text + ": " + marked(row.help) + (row.more.empty() ? "" : ". " + row.more), "  ");
}

void add_options(const Command& command, std::string& text) {
  std::vector<std::string> groups;
  for (const OptionRow& row : command.options)
    if (!row.hidden && std::find(groups.begin(), groups.end(), row.group) == groups.end())
      groups.push_back(row.group);
  for (const std::string& group : groups) {
    if (groups.size() > 1) text += fmt::format("**{}**\n\n", marked(group));
    for (const OptionRow& row : command.options)
      if (!row.hidden && row.group == group) text += item(row);
    text += '\n';
  }
}

}  // namespace

std::string Setting::expected() const {
  switch (form) {
    case OptionForm::flag:
      return "yes or no";
    case OptionForm::text:
    case OptionForm::texts:
      return choices.empty() ? "text" : fmt::format("one of {}", fmt::join(choices, ", "));
    case OptionForm::whole:
    case OptionForm::real:
      break;
  }
  return (form == OptionForm::whole ? "a whole number" : "a number") +
         (least > kNoLeast ? fmt::format(" from {}", least) : std::string()) +
         (most < kNoMost ? fmt::format(" to {}", most) : std::string());
}

void OptionRow::apply(const std::string& text) const {
  if (!setting.set(text))
    throw Error(ErrorCode::usage,
                fmt::format("{} expects {}, found '{}'", names().back(), setting.expected(), text));
}

std::vector<std::string> OptionRow::names() const {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin <= flag.size();) {
    const std::size_t end = std::min(flag.find(',', begin), flag.size());
    all.push_back(flag.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

std::string OptionRow::value_label() const {
  if (setting.form == OptionForm::flag || stands_alone()) return {};
  if (!label.empty()) return label;
  if (!setting.alone.empty()) return fmt::format("[{}]", fmt::join(setting.choices, "|"));
  if (!setting.choices.empty()) return fmt::format("{}", fmt::join(setting.choices, "|"));
  return setting.form == OptionForm::text || setting.form == OptionForm::texts ? "TEXT" : "N";
}

std::vector<std::string> completed_words(const OptionList& options,
                                         const std::vector<std::string>& words) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    all.push_back(words[i]);
    if (words[i] == "--") {
      all.insert(all.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    for (const OptionRow& row : options) {
      const std::vector<std::string> names = row.names();
      const std::vector<std::string>& choices = row.setting.choices;
      if (row.setting.alone.empty() ||
          std::find(names.begin(), names.end(), words[i]) == names.end())
        continue;
      if (i + 1 == words.size() ||
          std::find(choices.begin(), choices.end(), words[i + 1]) == choices.end())
        all.push_back(row.setting.alone);
    }
  }
  return all;
}

std::string OptionRow::note_name() const {
  if (!note.empty()) return note;
  std::string name = bare(names().back());
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool is_openface_flag(std::string_view name) {
  return name.size() > 2 && name[0] == '-' && name[1] != '-';
}

Setting yes(bool& to) { return flag(to, true); }
Setting no(bool& to) { return flag(to, false); }

Setting text(std::string& to) { return one_of(to, {}); }

Setting text(std::filesystem::path& to) {
  Setting setting{OptionForm::text};
  setting.set = [&to](const std::string& text) {
    to = text;
    return true;
  };
  setting.value = [&to] { return to.string(); };
  setting.standard = setting.value();
  return setting;
}

Setting texts(std::vector<std::string>& to) {
  Setting setting{OptionForm::texts};
  setting.set = [&to](const std::string& text) {
    to.push_back(text);
    return true;
  };
  setting.value = [&to] { return fmt::format("{}", fmt::join(to, " ")); };
  setting.standard = setting.value();
  return setting;
}

Setting one_of(std::string& to, std::vector<std::string> choices) {
  Setting setting{OptionForm::text, choices};
  setting.set = [&to, choices = std::move(choices)](const std::string& text) {
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
      return false;
    to = text;
    return true;
  };
  setting.value = [&to] { return to; };
  setting.standard = setting.value();
  return setting;
}

Setting whole(int& to, int least, int most, std::optional<int> unset) {
  return bounded<int>(
      OptionForm::whole, least, most, [&to](int value) { to = value; },
      [&to, unset] { return to == unset ? std::string() : std::to_string(to); });
}

Setting whole(int& to) {
  return bounded<int>(
      OptionForm::whole, kNoLeast, kNoMost, [&to](int value) { to = value; },
      [&to] { return std::to_string(to); });
}

Setting whole(std::int64_t& to, std::int64_t least, std::int64_t most) {
  return bounded<std::int64_t>(
      OptionForm::whole, static_cast<double>(least), static_cast<double>(most),
      [&to](std::int64_t value) { to = value; }, [&to] { return std::to_string(to); });
}

Setting whole(std::optional<std::int64_t>& to) {
  return bounded<std::int64_t>(
      OptionForm::whole, kNoLeast, kNoMost, [&to](std::int64_t value) { to = value; },
      [&to] { return shown(to); });
}

Setting real(std::optional<float>& to) {
  return bounded<float>(
      OptionForm::real, kNoLeast, kNoMost, [&to](float value) { to = value; },
      [&to] { return shown(to); });
}

Setting real(std::optional<double>& to, double least) {
  return bounded<double>(
      OptionForm::real, least, kNoMost, [&to](double value) { to = value; },
      [&to] { return shown(to); });
}

std::vector<std::pair<std::string, std::string>> noted(const OptionList& options) {
  std::vector<std::pair<std::string, std::string>> notes;
  for (const OptionRow& row : options) {
    if (row.effect != Effect::result && row.effect != Effect::output) continue;
    if (row.at_default() && !(row.noted_at_default && row.noted_at_default())) continue;
    std::string name = row.note_name();
    if (std::any_of(notes.begin(), notes.end(),
                    [&](const auto& earlier) { return earlier.first == name; }))
      continue;
    notes.emplace_back(name, row.value());
    if (row.is_file) notes.emplace_back(name + "_sha256", sha256_of_file(row.value()));
  }
  return notes;
}

const OptionRow& row_of(const OptionList& options, std::string_view name) {
  for (const OptionRow& row : options)
    for (const std::string& one : row.names())
      if (one == name || '-' + one == name) return row;
  throw std::out_of_range("no option " + std::string(name));
}

OptionList rows_of(const OptionList& options, const std::vector<std::string>& names) {
  OptionList rows;
  for (const std::string& name : names) rows.push_back(row_of(options, name));
  return rows;
}

std::string options_markdown(const Command& command) {
  std::string text, free;
  add_options(command, text);
  bool resumes = false;
  for (const OptionRow& row : command.options) {
    const std::string name = row.names().back();
    resumes = resumes || name == "--resume";
    if (row.effect != Effect::result && row.effect != Effect::output && name.front() == '-' &&
        !row.hidden)
      free += fmt::format("{}`{}`", free.empty() ? "" : ", ", name);
  }
  if (resumes)
    text += wrapped(
                "All options but these can change a result or its form; they are in the "
                "manifest, and `--resume` computes again where they differ: " +
                    free + '.',
                "") +
            '\n';
  for (const Command& one : command.commands) {
    text +=
        wrapped(fmt::format("**`auriga {} {}`**: {}", command.name, one.name, marked(one.title)),
                "") +
        '\n';
    add_options(one, text);
  }
  return text;
}

}  // namespace auriga::app
