#include "arguments.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"

#include "console.hpp"

namespace auriga::app {
namespace {

// OpenFace's flags have one dash and several letters; CLI11 wants two dashes for that.
std::string cli_name(const OptionRow& row) {
  std::string names;
  for (const std::string& name : row.names())
    names += (names.empty() ? "" : ",") + (is_openface_flag(name) ? '-' + name : name);
  return names;
}

// An option of the list as CLI11 has it. It only checks and collects: values are set from the list
// once the whole line is found good.
struct Bound {
  const OptionRow* row = nullptr;
  CLI::Option* option = nullptr;
  std::variant<bool, std::string, std::vector<std::string>, std::int64_t, double> read;
};

// CLI11 keeps what an option excludes by the addresses of the options, so that the words of --help
// would be in another order from build to build.
class SortedHelp : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    if (option->get_excludes().empty()) return text;
    std::vector<std::string> names;
    for (const CLI::Option* other : option->get_excludes()) names.push_back(other->get_name());
    std::sort(names.begin(), names.end());
    const std::string label = ' ' + get_label("Excludes") + ':';
    text.erase(text.rfind(label) + label.size());
    for (const std::string& name : names) text += ' ' + name;
    return text;
  }
};

class Parser {
 public:
  explicit Parser(const std::vector<Command>& commands)
      : app_("auriga: facial action units (FACS AUs) from video and pictures", "auriga") {
    app_.formatter(std::make_shared<SortedHelp>());  // commands take it over
    app_.set_version_flag("--version", std::string("auriga ") + version());
    app_.require_subcommand(1);
    app_.footer(
        "Exit codes: 0 done, 1 partial result or comparison failed, 2 bad usage, 3 bad input,\n"
        "            4 bad or missing model, 5 cannot write, 6 a limit of the machine (memory, "
        "threads).\n"
        "`auriga COMMAND --help` explains a command.");
    for (const Command& command : commands) add(app_, command);
  }

  int run(const std::vector<std::string>& words) {
    try {
      parse(words);
    } catch (const CLI::ParseError& error) {
      // Help and version are "errors" with exit code 0.
      std::ostringstream out, err;
      const int code = app_.exit(error, out, err);
      fmt::print("{}", out.str());
      complain(err.str());
      return code == 0 ? 0 : static_cast<int>(ErrorCode::usage);
    }
    const Command& command = chosen(app_.get_subcommands().front());
    for (const Bound& bound : bound_)
      if (bound.option->count() > 0) set(bound);
    return command.run();
  }

 private:
  void add(CLI::App& parent, const Command& command) {
    CLI::App* app = parent.add_subcommand(command.name, command.title);
    commands_[app] = &command;
    std::map<std::string, CLI::Option*> by_name;
    for (const OptionRow& row : command.options) {
      CLI::Option* option = add(*app, row);
      for (const std::string& name : row.names()) by_name[name] = option;
    }
    for (const OptionRow& row : command.options)
      for (const std::string& other : row.excludes)
        by_name.at(row.names().front())->excludes(by_name.at(other));
    if (command.commands.empty()) return;
    app->allow_extras();  // otherwise CLI11 would only say that a subcommand is missing
    for (const Command& one : command.commands) add(*app, one);
    for (CLI::App* one : app->get_subcommands({})) one->allow_extras(false);
  }

  CLI::Option* add(CLI::App& app, const OptionRow& row) {
    Bound& bound = bound_.emplace_back();
    bound.row = &row;
    bound.option = make(app, row, bound);
    const Setting& setting = row.setting;
    const bool any_most = setting.most >= std::numeric_limits<int>::max();
    if (!setting.choices.empty()) {
      bound.option->check(CLI::IsMember(setting.choices));
    } else if (setting.form == OptionForm::whole && !any_most) {
      bound.option->check(CLI::Range(static_cast<std::int64_t>(setting.least),
                                     static_cast<std::int64_t>(setting.most)));
    } else if (setting.least == 1) {
      bound.option->check(CLI::PositiveNumber);
    } else if (setting.least == 0) {
      bound.option->check(CLI::NonNegativeNumber);
    }
    if (setting.form != OptionForm::flag && !setting.standard.empty())
      bound.option->default_str(setting.standard);
    bound.option->required(row.required)->group(row.hidden ? "" : row.group);
    return bound.option;
  }

  static CLI::Option* make(CLI::App& app, const OptionRow& row, Bound& bound) {
    const std::string name = cli_name(row);
    switch (row.setting.form) {
      case OptionForm::flag:
        return app.add_flag(name, bound.read.emplace<bool>(), row.help);
      case OptionForm::texts:
        return app.add_option(name, bound.read.emplace<std::vector<std::string>>(), row.help);
      case OptionForm::whole:
        return app.add_option(name, bound.read.emplace<std::int64_t>(), row.help);
      case OptionForm::real:
        return app.add_option(name, bound.read.emplace<double>(), row.help);
      case OptionForm::text:
        break;
    }
    return app.add_option(name, bound.read.emplace<std::string>(), row.help);
  }

  void parse(std::vector<std::string> words) {
    // CLI11 would only say that a subcommand is missing.
    if (!words.empty() && !words.front().starts_with('-') &&
        app_.get_subcommands([&](const CLI::App* one) { return one->check_name(words.front()); })
            .empty())
      throw Error(
          ErrorCode::usage,
          fmt::format("unknown command '{}'; `auriga --help` lists the commands", words.front()));
    for (std::string& word : words)
      if (is_openface_flag(word) &&
          std::any_of(bound_.begin(), bound_.end(),
                      [&](const Bound& bound) { return bound.row->flag == word; }))
        word.insert(word.begin(), '-');
    for (const auto& [app, command] : commands_)
      if (!words.empty() && app->get_parent() == &app_ && command->name == words.front())
        words = completed_words(command->options, words);
    std::reverse(words.begin(), words.end());  // the order that CLI11 wants
    app_.parse(words);
  }

  // Of a command that has some its own.
  const Command& chosen(CLI::App* app) const {
    const Command& command = *commands_.at(app);
    if (command.commands.empty()) return command;
    const std::vector<std::string> extra = app->remaining();
    const std::vector<CLI::App*> below = app->get_subcommands();
    if (!below.empty() && extra.empty()) return chosen(below.front());
    std::string names;
    for (std::size_t i = 0; i < command.commands.size(); ++i)
      names += (i == 0                             ? ""
                : i + 1 == command.commands.size() ? " or "
                                                   : ", ") +
               command.commands[i].name;
    throw Error(
        ErrorCode::usage,
        fmt::format("auriga {}: {}; expected {}, and their options", command.name,
                    extra.empty() ? "no command given" : "found '" + extra.front() + "'", names));
  }

  static void set(const Bound& bound) {
    if (bound.row->setting.form == OptionForm::flag) {
      bound.row->apply(std::get<bool>(bound.read) ? "yes" : "no");
      return;
    }
    for (const std::string& text : bound.option->results()) bound.row->apply(text);
  }

  CLI::App app_;
  std::map<const CLI::App*, const Command*> commands_;
  std::deque<Bound> bound_;
};

}  // namespace

int run_command_line(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  return Parser(commands).run(words);
}

}  // namespace auriga::app
