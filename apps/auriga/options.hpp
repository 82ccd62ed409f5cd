// The options of a command as one list: the parser, --help, docs/cli.md, the manifest and --resume
// are made from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auriga::app {

// What an option can change. `result` and `output` are in the manifest, and --resume computes again
// where they differ; the others never force that.
enum class Effect {
  result,  // a number of a result
  output,  // which results there are, their columns, their form
  models,  // where model files are looked for: those used are in the manifest with their SHA-256
  speed,   // how long it takes and how much memory; never a result
  run,     // what is read, where results lie, what is printed, what is left out
};

enum class OptionForm { flag, text, texts, whole, real };

// The variable behind an option. It must outlive this.
struct Setting {
  OptionForm form = OptionForm::flag;
  std::vector<std::string> choices;  // of a text; empty: any
  // Of numbers.
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
  // False, with nothing changed, for text that is not of the form or not allowed. Flags know "yes"
  // and "no"; texts add one each time.
  std::function<bool(const std::string& text)> set;
  std::function<std::string()> value;  // at present; empty: not given
  std::string standard;                // the value when this was made: the default
  // What a flag without one of the choices behind it stands for; empty: an error.
  std::string alone = {};

  // For messages: "a whole number from 1 to 256".
  std::string expected() const;
};

struct OptionRow {
  // Names with comma between, "-o,--output". One dash and several letters as OpenFace has it, -aus:
  // two dashes do as well. Without a dash what stands alone, INPUT.
  std::string flag;
  std::string group;  // heading
  std::string help;
  std::string more = {};   // what docs/cli.md says besides
  std::string label = {};  // of the value in docs/cli.md: DIR; empty: by the form
  Effect effect = Effect::run;
  Setting setting;
  std::vector<std::string> excludes = {};  // flags that cannot be given as well
  bool required = false;
  bool hidden = false;  // from --help and docs

  // In the manifest. Empty: the last name with underscores. Rows of one name are one value.
  std::string note = {};
  std::function<bool()> noted_at_default = {};  // empty: noted only when it is not at its default
  bool is_file = false;  // its SHA-256 is noted as well, and its content counts
  // About what the command prints, or its processes: programs have no use for it.
  bool is_console = false;

  // Throws Error(usage) that names the flag, what was expected and what was found.
  void apply(const std::string& text) const;
  std::string value() const { return setting.value(); }
  bool at_default() const { return value() == setting.standard; }
  std::vector<std::string> names() const;                               // e.g. -o, --output
  bool stands_alone() const { return names().front().front() != '-'; }  // INPUT
  // What stands behind the names: FILE, a|b, N; empty for a flag and for what stands alone.
  std::string value_label() const;
  std::string note_name() const;
};

using OptionList = std::vector<OptionRow>;

// A flag that makes it true, or false.
Setting yes(bool& to);
Setting no(bool& to);
Setting text(std::string& to);
Setting text(std::filesystem::path& to);
Setting texts(std::vector<std::string>& to);
// Text that is one of the choices.
Setting one_of(std::string& to, std::vector<std::string> choices);
// `unset`: the value that stands for "not given".
Setting whole(int& to, int least, int most, std::optional<int> unset = std::nullopt);
Setting whole(int& to);
Setting whole(std::int64_t& to, std::int64_t least, std::int64_t most);
Setting whole(std::optional<std::int64_t>& to);
Setting real(std::optional<float>& to);
Setting real(std::optional<double>& to, double least);
// A word for each value.
template <typename Value>
Setting word(Value& to, std::vector<std::pair<std::string, Value>> words) {
  Setting setting{OptionForm::text};
  for (const auto& one : words) setting.choices.push_back(one.first);
  setting.set = [&to, words](const std::string& text) {
    for (const auto& [name, value] : words)
      if (name == text) {
        to = value;
        return true;
      }
    return false;
  };
  setting.value = [&to, words] {
    for (const auto& [name, value] : words)
      if (value == to) return name;
    return std::string();
  };
  setting.standard = setting.value();
  return setting;
}

// The same words with what flags that stand alone mean behind them.
std::vector<std::string> completed_words(const OptionList& options,
                                         const std::vector<std::string>& words);

// For the manifest, in the order of the list: what can change a result or the outputs and is not at
// its default, or is always noted. Reads files (OptionRow::is_file); throws Error(input) for those
// that cannot be read.
std::vector<std::pair<std::string, std::string>> noted(const OptionList& options);

// Whether it has one dash and several letters, -aus.
bool is_openface_flag(std::string_view name);

// The row of a name as given on the command line, with one or two dashes. Throws std::out_of_range.
const OptionRow& row_of(const OptionList& options, std::string_view name);
// Those rows, in that order.
OptionList rows_of(const OptionList& options, const std::vector<std::string>& names);

// A command of `auriga`.
struct Command {
  std::string name, title;
  OptionList options;
  std::function<int()> run;  // returns the exit code or throws Error; empty: one of `commands` has
                             // to be chosen
  std::vector<Command> commands = {};
};

// The options in groups, for docs/cli.md: lists with lines of 100 characters at most where words
// allow it.
std::string options_markdown(const Command& command);

}  // namespace auriga::app
