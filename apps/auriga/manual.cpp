#include "manual.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "auriga/engine.hpp"

#include "commands.hpp"
#include "files/atomic_file.hpp"
#include "openface_arguments.hpp"

namespace auriga::app {
namespace {

// Text with code in backticks and links of Markdown as man(7) has it.
std::string roff(std::string_view text) {
  std::string result;
  bool code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[') {
      const std::size_t middle = text.find("](", i), end = text.find(')', i);
      if (middle != text.npos && end != text.npos && middle < end) {
        const std::string_view shown = text.substr(i + 1, middle - i - 1),
                               page = text.substr(middle + 2, end - middle - 2);
        const std::string place = "docs/" + std::string(page.starts_with('#') ? "cli.md" : page);
        result += shown == page ? roff(place) : roff(shown) + " (" + roff(place) + ')';
        i = end;
        continue;
      }
    }
    if (c == '`')
      result += (code = !code) ? "\\fB" : "\\fR";
    else if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n'))
      result += std::string("\\&") + c;
    else
      result += c;
  }
  return result;
}

std::string heading(const std::string& name, const std::string& title) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return fmt::format(".TH {} 1 \"\" \"auriga {}\" \"auriga\"\n.SH NAME\n{} \\- {}\n", roff(upper),
                     version(), roff(name), roff(title));
}

std::string item(const OptionRow& row) {
  std::string text = ".TP\n";
  const std::vector<std::string> names = row.names();
  for (const std::string& name : names)
    text += fmt::format("{}\\f{}{}\\fR", name == names.front() ? "" : ", ",
                        row.stands_alone() ? 'I' : 'B', roff(name));
  if (!row.value_label().empty()) text += fmt::format(" \\fI{}\\fR", roff(row.value_label()));
  text += '\n' + roff(row.help);
  if (!row.more.empty()) text += ". " + roff(row.more);
  if (row.setting.form != OptionForm::flag && !row.setting.standard.empty())
    text += fmt::format(" (default: \\fB{}\\fR)", roff(row.setting.standard));
  return text + '\n';
}

std::string options(const Command& command) {
  std::vector<std::string> groups;
  for (const OptionRow& row : command.options)
    if (!row.hidden && std::find(groups.begin(), groups.end(), row.group) == groups.end())
      groups.push_back(row.group);
  std::string text;
  for (const std::string& group : groups) {
    if (groups.size() > 1) text += fmt::format(".SS {}\n", roff(group));
    for (const OptionRow& row : command.options)
      if (!row.hidden && row.group == group) text += item(row);
  }
  return text;
}

std::string usage(const std::string& words, const Command& command) {
  std::string text = fmt::format("\\fB{}\\fR", roff(words));
  bool any = false;
  for (const OptionRow& row : command.options) any |= !row.hidden && !row.stands_alone();
  if (any) text += " [\\fIOPTIONS\\fR]";
  for (const OptionRow& row : command.options)
    if (!row.hidden && row.stands_alone())
      text += fmt::format(" \\fI{}\\fR{}", roff(row.flag),
                          row.setting.form == OptionForm::texts ? "..." : "");
  return text + '\n';
}

constexpr const char* kEnd =
    ".SH EXIT STATUS\n"
    ".TP\n0\ndone\n"
    ".TP\n1\npartial result, or comparison failed\n"
    ".TP\n2\nbad usage\n"
    ".TP\n3\nbad input\n"
    ".TP\n4\nbad or missing model\n"
    ".TP\n5\ncannot write\n"
    ".TP\n6\na limit of the machine: memory, threads, open files\n";

}  // namespace

std::vector<Command> documented_commands() {
  std::vector<Command> commands = all_commands();
  for (Command& command : commands)
    if (command.name == "openface") command.options = openface_options();
  return commands;
}

std::string manual_page(const std::vector<Command>& commands) {
  std::string text = heading("auriga", "facial action units (FACS AUs) from video and pictures");
  text +=
      ".SH SYNOPSIS\n\\fBauriga\\fR \\fICOMMAND\\fR ...\n.br\n\\fBauriga\\fR \\fICOMMAND\\fR "
      "\\fB\\-\\-help\\fR\n.br\n\\fBauriga \\-\\-version\\fR\n.SH COMMANDS\n";
  for (const Command& command : commands)
    text += fmt::format(".TP\n\\fBauriga\\-{}\\fR(1)\n{}\n", command.name, roff(command.title));
  return text + kEnd;
}

std::string manual_page(const Command& command) {
  std::string text = heading("auriga-" + command.name, command.title) + ".SH SYNOPSIS\n";
  const std::string words = "auriga " + command.name;
  if (command.commands.empty()) {
    text += usage(words, command);
    if (const std::string all = options(command); !all.empty()) text += ".SH OPTIONS\n" + all;
  } else {
    for (const Command& one : command.commands)
      text +=
          usage(words + ' ' + one.name, one) + (&one == &command.commands.back() ? "" : ".br\n");
    for (const Command& one : command.commands)
      text += fmt::format(".SH {}\n{}\n{}", roff(words + ' ' + one.name), roff(one.title),
                          options(one));
  }
  return text + kEnd + ".SH SEE ALSO\n\\fBauriga\\fR(1)\n";
}

void write_manual(const std::filesystem::path& folder) {
  const std::vector<Command> commands = documented_commands();
  const auto write = [&](const std::filesystem::path& place, const std::string& text) {
    std::filesystem::create_directories((folder / place).parent_path());
    write_file(folder / place, text, Durability::crash);
  };
  write("man/man1/auriga.1", manual_page(commands));
  for (const Command& command : commands)
    write("man/man1/auriga-" + command.name + ".1", manual_page(command));
  write("bash-completion/completions/auriga", bash_completion(commands));
  write("zsh/site-functions/_auriga", zsh_completion(commands));
  write("fish/vendor_completions.d/auriga.fish", fish_completion(commands));
}

}  // namespace auriga::app
