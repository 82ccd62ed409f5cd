// The lists of options: what the manifest and --resume make of them, and what the parser does.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "auriga/error.hpp"

#include "arguments.hpp"
#include "cli/command.hpp"
#include "commands.hpp"
#include "extract_options.hpp"
#include "files/sha256.hpp"
#include "files/written_file.hpp"
#include "resume.hpp"
#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using Notes = std::vector<std::pair<std::string, std::string>>;

// A value that is not the default.
std::string another(const OptionRow& row, const fs::path& file) {
  const Setting& setting = row.setting;
  switch (setting.form) {
    case OptionForm::flag:
      return "yes";
    case OptionForm::whole:
    case OptionForm::real:
      return std::to_string(
          std::max<std::int64_t>(3, static_cast<std::int64_t>(std::max(setting.least, 0.0))));
    case OptionForm::text:
    case OptionForm::texts:
      break;
  }
  for (const std::string& choice : setting.choices)
    if (choice != setting.standard) return choice;
  return file.string();
}

bool is_recorded(const OptionRow& row) {
  return row.effect == Effect::result || row.effect == Effect::output;
}

class ExtractList : public testing::Test {
 protected:
  ExtractList() {
    for (const char* name : {"in.mp4", "out.csv", "given"}) write_text(name, name);
  }
  void write_text(const char* name, const std::string& text) {
    test::write_text(folder_.path() / name, text);
  }
  fs::path path(const char* name) const { return folder_.path() / name; }

  // The manifest of a run with these options, as far as it is known before the run.
  RunManifest run(const OptionList& options) const {
    RunManifest run;
    run.auriga_version = "1";
    run.preset = "open";
    run.complete = true;
    run.options = noted(options);
    run.outputs = {path("out.csv").string()};
    run.written = {describe_file(path("out.csv"))};
    identify_input(path("in.mp4").string(), run);
    return run;
  }
  // --resume with `now`, after a run with `before`.
  bool is_skipped(const OptionList& before, const OptionList& now) const {
    write_manifest(run(before), path("out.manifest.json"));
    return finished_run(path("out.manifest.json"), run(now)).has_value();
  }

  test::TemporaryFolder folder_;
  ExtractSettings defaults_;
  const OptionList default_options_ = extract_options(defaults_);
};

TEST_F(ExtractList, WhatCanChangeAResultChangesTheManifestAndTheRestDoesNot) {
  std::map<Effect, int> rows;
  for (std::size_t i = 0; i < default_options_.size(); ++i) {
    ExtractSettings settings;
    const OptionList options = extract_options(settings);
    const OptionRow& row = options[i];
    SCOPED_TRACE(row.flag);
    EXPECT_EQ(noted(options), noted(default_options_));
    EXPECT_TRUE(is_skipped(default_options_, options));
    row.apply(another(row, path("given")));
    EXPECT_EQ(noted(options) != noted(default_options_), is_recorded(row));
    EXPECT_EQ(is_skipped(default_options_, options), !is_recorded(row));
    EXPECT_EQ(is_skipped(options, default_options_), !is_recorded(row));
    EXPECT_TRUE(is_skipped(options, options));
    ++rows[row.effect];
  }
  EXPECT_GE(rows[Effect::result], 18);
  EXPECT_GE(rows[Effect::output], 15);
  EXPECT_GE(rows[Effect::speed], 4);
}

// No two options have the same effect on the manifest, or a run with one would pass for a run with
// the other.
TEST_F(ExtractList, NoTwoOptionsAreNotedAlike) {
  std::map<Notes, std::string> seen;
  for (std::size_t i = 0; i < default_options_.size(); ++i) {
    ExtractSettings settings;
    const OptionList options = extract_options(settings);
    if (!is_recorded(options[i])) continue;
    options[i].apply(another(options[i], path("given")));
    const auto [other, is_new] = seen.try_emplace(noted(options), options[i].flag);
    EXPECT_TRUE(is_new) << options[i].flag << " and " << other->second;
  }
}

TEST_F(ExtractList, SpeedIsWhatWorkersJobsBatchesTheCacheAndIsolationAre) {
  std::vector<std::string> speed, run;
  for (const OptionRow& row : default_options_) {
    if (row.effect == Effect::speed) speed.push_back(row.names().back());
    if (row.effect == Effect::run) run.push_back(row.names().back());
  }
  EXPECT_THAT(speed, ElementsAre("--workers", "--in-flight", "--no-cache", "--jobs", "--isolate",
                                 "--isolate-memory", "--isolate-time"));
  EXPECT_THAT(run, ElementsAre("INPUT", "--output", "--out-dir", "--keep-folders", "--no-recursive",
                               "--json", "--quiet", "--verbose", "--resume", "--shard"));
}

TEST_F(ExtractList, NamesAndValuesInTheManifestStay) {
  const auto noted_with = [](const std::vector<std::pair<std::string, std::string>>& given) {
    ExtractSettings settings;
    const OptionList options = extract_options(settings);
    for (const auto& [flag, value] : given) row_of(options, flag).apply(value);
    return noted(options);
  };
  EXPECT_THAT(noted_with({}),
              testing::UnorderedElementsAre(
                  Pair("dialect", "openface"), Pair("predictor", "batched"),
                  Pair("au_models", "dynamic"), Pair("full_precision", "no"), Pair("columns", "")));
  EXPECT_THAT(noted_with({{"-gaze", "yes"}, {"--aus", "yes"}}),
              Contains(Pair("columns", "-gaze -aus")));
  EXPECT_THAT(
      noted_with({{"--calibration", "none"}}),
      testing::AllOf(Contains(Pair("au_models", "static")), Contains(Pair("calibration", "none"))));
  EXPECT_THAT(
      noted_with({{"--multi-face", "2"}}),
      testing::AllOf(Contains(Pair("multi_face", "2")), Contains(Pair("calibration", "per-face"))));
  EXPECT_THAT(noted_with({{"--fx", "500.5"}, {"--fy", "501"}}),
              Contains(Pair("focal_px", "500.5 501")));
  EXPECT_THAT(noted_with({{"--aligned", "yes"}}), Contains(Pair("aligned_format", "bmp")));
  EXPECT_THAT(noted_with({{"--no-bad-aligned", "yes"}}), Contains(Pair("no_bad_aligned", "yes")));
}

TEST_F(ExtractList, AGivenFileCountsByItsContent) {
  for (const char* flag : {"--landmarks", "--baseline"}) {
    ExtractSettings settings;
    const OptionList options = extract_options(settings);
    const OptionRow& row = row_of(options, flag);
    row.apply(path("given").string());
    write_text("given", "one");
    EXPECT_THAT(noted(options),
                Contains(Pair(row.note_name() + "_sha256", sha256_of_file(path("given")))));
    write_manifest(run(options), path("out.manifest.json"));
    write_text("given", "two");
    EXPECT_FALSE(finished_run(path("out.manifest.json"), run(options))) << flag;
    row.apply(path("missing").string());
    EXPECT_THROW(noted(options), Error);
  }
}

void check_list(const std::string& command, const OptionList& options) {
  std::set<std::string> names, standalone;
  for (const OptionRow& row : options) {
    SCOPED_TRACE(command + " " + row.flag);
    EXPECT_THAT(row.help, Not(IsEmpty()));
    EXPECT_THAT(row.group, Not(IsEmpty()));
    EXPECT_TRUE(row.setting.set && row.setting.value);
    for (const std::string& name : row.names()) {
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_EQ(&row_of(options, name), &row);
    }
    for (const std::string& other : row.excludes) EXPECT_NO_THROW(row_of(options, other));
    EXPECT_TRUE(row.at_default());
  }
}

TEST(Options, OfEveryCommandAreWellFormed) {
  for (const Command& command : all_commands()) {
    check_list(command.name, command.options);
    for (const Command& one : command.commands) check_list(one.name, one.options);
    EXPECT_TRUE(command.run || !command.commands.empty());
  }
}

TEST(Options, SettingsRefuseWhatIsNotOfTheirForm) {
  bool flag = false, off = true;
  int number = 1, unset = 0;
  std::int64_t large = 0;
  std::optional<float> real_number;
  std::optional<double> positive;
  std::string word = "a";
  const auto refuses = [](Setting setting, std::vector<std::string> texts) {
    const OptionRow row{.flag = "--it", .group = "g", .help = "h", .setting = std::move(setting)};
    const std::string before = row.value();
    for (const std::string& text : texts) {
      try {
        row.apply(text);
        ADD_FAILURE() << "accepted '" << text << "'";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::usage);
        EXPECT_THAT(error.what(),
                    testing::AllOf(HasSubstr("--it expects " + row.setting.expected()),
                                   HasSubstr("'" + text + "'")));
      }
      EXPECT_EQ(row.value(), before);
    }
  };
  refuses(yes(flag), {"", "true", "1"});
  refuses(no(off), {"", "Yes"});
  refuses(whole(number, 1, 256), {"", "0", "257", "x", "1.5", "2 ", "99999999999999999999"});
  refuses(whole(number), {"3000000000"});
  refuses(whole(large, 1, 10), {"11"});
  refuses(real(real_number), {"", "x", "1,5"});
  refuses(real(positive, 0), {"-0.5"});
  refuses(one_of(word, {"a", "b"}), {"", "c"});
  refuses(app::word<int>(number, {{"one", 1}, {"two", 2}}), {"three"});

  EXPECT_EQ(whole(unset, 1, 9, 0).value(), "");
  EXPECT_EQ(no(off).value(), "no");
  no(off).set("yes");
  EXPECT_FALSE(off);
  whole(number, 1, 256).set("0x10");
  EXPECT_EQ(number, 16);
  real(real_number).set("0.1");
  EXPECT_EQ(real_number, 0.1f);
}

// The parser with a list of its own.
struct Parsed {
  bool flag = false, other = false, wave = false;
  std::string text = "preset";
  std::vector<std::string> many;
  int runs = 0;
  int exit_code = -1;
  std::string printed;
};

Parsed parse(const std::vector<std::string>& words) {
  Parsed parsed;
  Command command{"do",
                  "Does",
                  {{.flag = "INPUT", .group = "g", .help = "h", .setting = texts(parsed.many)},
                   {.flag = "-f,--flag",
                    .group = "g",
                    .help = "h",
                    .setting = yes(parsed.flag),
                    .excludes = {"--other"}},
                   {.flag = "--other", .group = "g", .help = "h", .setting = yes(parsed.other)},
                   {.flag = "-wave", .group = "g", .help = "h", .setting = yes(parsed.wave)},
                   {.flag = "--text", .group = "g", .help = "h", .setting = text(parsed.text)}},
                  [&parsed] { return ++parsed.runs; }};
  testing::internal::CaptureStderr();
  parsed.exit_code = run_command_line({command}, words);
  parsed.printed = testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(Arguments, SetWhatTheListSays) {
  const Parsed none = parse({"do"});
  EXPECT_EQ(none.runs, 1);
  EXPECT_EQ(none.text, "preset");
  const Parsed all = parse({"do", "a", "-f", "--text", "x", "b", "-wave"});
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_TRUE(all.flag && all.wave && !all.other);
  EXPECT_EQ(all.text, "x");
  EXPECT_THAT(all.many, ElementsAre("a", "b"));
  EXPECT_TRUE(parse({"do", "--wave"}).wave);
  EXPECT_FALSE(parse({"do", "--wave=false"}).wave);
}

TEST(Arguments, NothingIsSetOrRunWhenTheLineIsBad) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"do", "--flag", "--other"}, {"do", "--flag", "--nonsense"}, {}}) {
    const Parsed parsed = parse(words);
    EXPECT_EQ(parsed.exit_code, 2);
    EXPECT_EQ(parsed.runs, 0);
    EXPECT_FALSE(parsed.flag);
    EXPECT_THAT(parsed.printed, Not(IsEmpty()));
  }
  EXPECT_THROW(parse({"undo"}), Error);
}

// Both use static models. With OpenFace's, --calibration none tells every frame by itself and
// --au-static smooths; with the open ones the numbers happen to be the same.
class ResumedRun : public testing::Test {
 protected:
  std::string extract(const fs::path& models, const char* preset, std::vector<std::string> more) {
    more.insert(more.begin(), {"extract", (test::repository() / "examples/demo.mp4").string(),
                               "--models", models.string(), "--preset", preset, "--resume",
                               "--out-dir", (folder_.path() / preset).string()});
    const test::Outcome outcome = test::auriga(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  std::string table(const char* preset) const {
    return test::read_text(folder_.path() / preset / "demo.csv");
  }
  test::TemporaryFolder folder_;
};

TEST_F(ResumedRun, LooksAtTheOptionsThatChangeResultsOnly) {
  AURIGA_NEEDS_OPEN_PACK();
  const auto run = [&](std::vector<std::string> more) {
    return extract(test::open_pack(), "open", std::move(more));
  };
  run({"--calibration", "none"});
  EXPECT_THAT(run({"--calibration", "none", "--workers", "2", "--in-flight", "1"}),
              HasSubstr("skipped"));
  EXPECT_THAT(run({"--au-static"}), Not(HasSubstr("skipped")));
  EXPECT_THAT(run({"--au-static", "--jobs", "2"}), HasSubstr("skipped"));
  EXPECT_THAT(run({}), Not(HasSubstr("skipped")));
}

TEST_F(ResumedRun, KeepsNoNumbersOfOtherOptions) {
  AURIGA_NEEDS("models/openface-2.2");
  AURIGA_NEEDS("models/onnx");
  const auto run = [&](std::vector<std::string> more) {
    return extract(test::test_data() / "models", "pyfaceau", std::move(more));
  };
  run({"--calibration", "none"});
  const std::string none = table("pyfaceau");
  EXPECT_THAT(run({"--au-static"}), Not(HasSubstr("skipped")));
  EXPECT_TRUE(table("pyfaceau") != none);
}

}  // namespace
}  // namespace auriga::app
