#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "manual.hpp"

namespace auriga::app {
namespace {

constexpr const char* kMade = "made from the options of auriga";

// The names that can be typed. OpenFace's flags are typed as OpenFace has them.
std::vector<std::string> names(const Command& command) {
  std::vector<std::string> all = {"--help"};
  for (const OptionRow& row : command.options)
    if (!row.hidden && !row.stands_alone())
      for (const std::string& name : row.names())
        if (name != "--help") all.push_back(name);
  return all;
}

std::vector<std::string> names(const std::vector<Command>& commands) {
  std::vector<std::string> all;
  for (const Command& command : commands) all.push_back(command.name);
  return all;
}

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

bool takes_value(const OptionRow& row) {
  return !row.stands_alone() && row.setting.form != OptionForm::flag;
}

// By what it is called.
bool is_file(const OptionRow& row) {
  const std::string label = row.stands_alone() ? row.flag : row.value_label();
  for (const char* kind : {"FILE", "DIR", "VIDEO", "INPUT", "TABLE", "OUT", "A", "B"})
    if (label == kind || label.starts_with(std::string(kind) + '.') ||
        label.starts_with(std::string(kind) + '_'))
      return true;
  return false;
}

// The help up to its first explanation, unless that is a word or two.
std::string short_help(const std::string& help) {
  constexpr std::size_t kLeast = 15;
  return help.substr(
      0, std::min({help.find(" (", kLeast), help.find(';', kLeast), help.find(':', kLeast)}));
}

// Within single quotes, with a backslash before each of `special`.
std::string quoted(std::string_view text, std::string_view special, const char* quote) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += quote;
    } else {
      if (special.find(c) != special.npos) result += '\\';
      result += c;
    }
  }
  return result + '\'';
}

// ---- bash ----

std::string bash_case(const Command& command, const std::string& indent) {
  std::string values, others;
  for (const OptionRow& row : command.options) {
    if (row.hidden || !takes_value(row)) continue;
    const std::string pattern = joined(row.names(), "|");
    if (row.setting.choices.empty())
      others += (others.empty() ? "" : "|") + pattern;
    else
      values +=
          fmt::format("{}  {}) words=\"{}\" ;;\n", indent, pattern, joined(row.setting.choices));
  }
  if (!others.empty()) others = fmt::format("{}  {}) return ;;\n", indent, others);
  const std::string fallback =
      fmt::format("{}  *) options=\"{}\" ;;\n", indent, joined(names(command)));
  return fmt::format("{0}case $previous in\n{1}{2}{3}{0}esac\n", indent, values, others, fallback);
}

}  // namespace

std::string bash_completion(const std::vector<Command>& commands) {
  std::string text = fmt::format(
      "# bash completion of auriga, {}\n"
      "_auriga() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  local words= options=\n"
      "  COMPREPLY=()\n"
      "  # --option=value comes as three words\n"
      "  if [[ $current == = ]]; then current=; elif [[ $previous == = ]]; then "
      "previous=${{COMP_WORDS[COMP_CWORD-2]}}; fi\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    words=\"{}\" options=\"--help --version\"\n"
      "  else case ${{COMP_WORDS[1]}} in\n",
      kMade, joined(names(commands)));
  for (const Command& command : commands) {
    text += fmt::format("    {})\n", command.name);
    if (command.commands.empty()) {
      text += bash_case(command, "      ");
    } else {
      text += fmt::format(
          "      if ((COMP_CWORD == 2)); then\n"
          "        words=\"{}\" options=\"--help\"\n"
          "      else case ${{COMP_WORDS[2]}} in\n",
          joined(names(command.commands)));
      for (const Command& one : command.commands)
        text +=
            fmt::format("        {})\n{}          ;;\n", one.name, bash_case(one, "          "));
      text += "      esac; fi\n";
    }
    text += "      ;;\n";
  }
  return text +
         "  esac; fi\n"
         "  if [[ $current == -* ]]; then words=$options; fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -o default -F _auriga auriga\n";
}

// ---- zsh ----

namespace {

std::string zsh_quoted(std::string_view text) { return quoted(text, "", "'\\''"); }

std::string zsh_spec(const OptionRow& row) {
  const auto escaped = [](const std::string& text) {
    std::string result;
    for (const char c : text) {
      if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
      result += c;
    }
    return result;
  };
  std::string value;
  if (row.stands_alone() || takes_value(row)) {
    const std::string label = row.stands_alone()            ? row.flag
                              : row.setting.choices.empty() ? row.value_label()
                                                            : "value";
    value = ':' + escaped(label) + ':';
    if (!row.setting.choices.empty())
      value += '(' + joined(row.setting.choices) + ')';
    else if (is_file(row))
      value += "_files";
  }
  const bool repeated = row.setting.form == OptionForm::texts;
  if (row.stands_alone()) return ' ' + zsh_quoted((repeated ? "*" : "") + value);
  const std::vector<std::string> all = row.names();
  const std::string help = '[' + escaped(short_help(row.help)) + ']';
  std::string text;
  for (const std::string& name : all) {
    const std::string others = repeated ? "*" : all.size() > 1 ? '(' + joined(all) + ')' : "";
    text += ' ' + zsh_quoted(others + name + help + value);
  }
  return text;
}

std::string zsh_arguments(const Command& command) {
  std::string text = "_arguments";
  for (const OptionRow& row : command.options)
    if (!row.hidden && row.flag != "--help") text += zsh_spec(row);
  if (command.name == "openface") text += " '*:file:_files'";
  return text + " '--help[what the command does]'";
}

// A choice among commands, then what `below` has for each of them.
template <typename Below>
std::string zsh_choice(const std::vector<Command>& commands, const std::string& indent,
                       const char* others, const Below& below) {
  std::string text = fmt::format(
      "{0}local curcontext=$curcontext state line\n"
      "{0}_arguments -C {1} '1: :->command' '*:: :->rest'\n"
      "{0}case $state in\n"
      "{0}  command)\n"
      "{0}    local -a commands=(",
      indent, others);
  for (const Command& command : commands)
    text += ' ' + zsh_quoted(command.name + ':' + command.title);
  text += fmt::format(" )\n{0}    _describe command commands ;;\n{0}  rest) case $line[1] in\n",
                      indent);
  for (const Command& command : commands)
    text += fmt::format("{}    {}) {} ;;\n", indent, command.name, below(command));
  return text + fmt::format("{0}  esac ;;\n{0}esac\n", indent);
}

}  // namespace

std::string zsh_completion(const std::vector<Command>& commands) {
  std::string below, text = fmt::format("#compdef auriga\n# {}\n", kMade);
  for (const Command& command : commands)
    if (!command.commands.empty())
      text += fmt::format(
          "_auriga_{}() {{\n{}}}\n", command.name,
          zsh_choice(command.commands, "  ", "'--help[what the commands do]'", zsh_arguments));
  text += "_auriga() {\n" +
          zsh_choice(commands, "  ", "'--help[what the commands do]' '--version[of auriga]'",
                     [](const Command& command) {
                       return command.commands.empty() ? zsh_arguments(command)
                                                       : "_auriga_" + command.name;
                     }) +
          "}\n_auriga \"$@\"\n";
  return text;
}

// ---- fish ----

namespace {

std::string fish_quoted(std::string_view text) { return quoted(text, "\\", "\\'"); }

std::string fish_options(const Command& command, const std::string& condition) {
  const std::string begin = fmt::format("complete -c auriga -n {}", fish_quoted(condition));
  std::string text;
  bool files = command.name == "openface";
  for (const OptionRow& row : command.options) {
    if (row.hidden) continue;
    if (row.stands_alone()) {
      files |= is_file(row);
      continue;
    }
    text += begin;
    for (const std::string& name : row.names())
      text += is_openface_flag(name)   ? " -o " + name.substr(1)
              : name.starts_with("--") ? " -l " + name.substr(2)
                                       : " -s " + name.substr(1);
    if (takes_value(row))
      text += !row.setting.choices.empty() ? " -x -a " + fish_quoted(joined(row.setting.choices))
              : is_file(row)               ? " -r -F"
                                           : " -x";
    text += " -d " + fish_quoted(short_help(row.help)) + '\n';
  }
  if (!files) text += begin + " -f\n";
  return text;
}

std::string fish_commands(const std::vector<Command>& commands, const std::string& condition) {
  std::string text;
  for (const Command& command : commands)
    text += fmt::format("complete -c auriga -n {} -f -a {} -d {}\n", fish_quoted(condition),
                        command.name, fish_quoted(command.title));
  return text;
}

}  // namespace

std::string fish_completion(const std::vector<Command>& commands) {
  std::string text = fmt::format("# fish completion of auriga, {}\n", kMade);
  text += fish_commands(commands, "__fish_use_subcommand");
  text += "complete -c auriga -n __fish_use_subcommand -l version -d 'of auriga'\n";
  text += "complete -c auriga -l help -d 'what the command does'\n";
  for (const Command& command : commands) {
    const std::string chosen = "__fish_seen_subcommand_from " + command.name;
    if (command.commands.empty()) {
      text += fish_options(command, chosen);
      continue;
    }
    const std::string below = joined(names(command.commands));
    text +=
        fish_commands(command.commands, chosen + "; and not __fish_seen_subcommand_from " + below);
    for (const Command& one : command.commands)
      text += fish_options(one, chosen + "; and __fish_seen_subcommand_from " + one.name);
  }
  return text;
}

}  // namespace auriga::app
