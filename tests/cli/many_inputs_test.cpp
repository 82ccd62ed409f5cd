// Many inputs in one run: folders, jobs, shards, resuming, the table at the end.
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"
#include "auriga/machine.hpp"

#include "cli/command.hpp"
#include "files/written_file.hpp"
#include "inputs.hpp"
#include "process.hpp"
#include "progress.hpp"
#include "resume.hpp"
#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using test::auriga;
using test::Outcome;
using test::read_text;
using test::Table;
using test::TemporaryFolder;
using test::write_text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> tables(const std::vector<Input>& inputs) {
  std::vector<std::string> names;
  for (const Input& input : inputs) names.push_back(input.table.string());
  return names;
}

std::vector<Input> inputs_in(const std::vector<std::string>& given) {
  return find_inputs(given, {}).inputs;
}

class Inputs : public testing::Test {
 protected:
  std::string file(const std::string& name) {
    const fs::path path = folder_.path() / name;
    fs::create_directories(path.parent_path());
    write_text(path, "");
    return path.string();
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  TemporaryFolder folder_;
};

TEST_F(Inputs, AFolderOfVideosStandsForThem) {
  file("day/b.MP4"), file("day/a.avi"), file("day/notes.txt"), file("day/.hidden.mp4");
  file("day/._a.avi"), file("day/clip10.mp4"), file("day/clip2.mp4"), file("frames/1.png");
  const auto inputs = inputs_in({path("day"), path("frames"), file("face.JPG")});
  EXPECT_THAT(tables(inputs),
              ElementsAre("a.csv", "b.csv", "clip2.csv", "clip10.csv", "frames.csv", "face.csv"));
  EXPECT_EQ(inputs[1].path, path("day/b.MP4"));
  EXPECT_FALSE(inputs[4].picture);
  EXPECT_TRUE(inputs[5].picture);
  EXPECT_THAT(tables(inputs_in({path("missing.mp4")})), ElementsAre("missing.csv"));
}

TEST_F(Inputs, FoldersInAFolderAreSearchedAndKept) {
  file("study/p2/cam.mp4"), file("study/p10/cam.mp4"), file("study/p2/deep/cam.mp4");
  file("study/.trash/cam.mp4"), file("study/intro.mp4");
  fs::create_directory_symlink("..", path("study/p2/back"));  // a ring
  EXPECT_THAT(tables(inputs_in({path("study")})),
              ElementsAre("intro.csv", "p2/cam.csv", "p2/deep/cam.csv", "p10/cam.csv"));
  EXPECT_THAT(tables(find_inputs({path("study")}, {.recursive = false}).inputs),
              ElementsAre("intro.csv"));
}

TEST_F(Inputs, FoldersOfPicturesAreSequences) {
  file("study/p1/1.png"), file("study/p1/2.tiff"), file("study/p2/x/1.bmp"), file("study/0.webp");
  fs::create_directory(path("study/empty"));
  const auto inputs = inputs_in({path("study")});
  EXPECT_THAT(tables(inputs), ElementsAre("p1.csv", "p2/x.csv", "study.csv"));
  for (const Input& input : inputs) EXPECT_FALSE(input.picture);
  EXPECT_THAT(tables(inputs_in({path("study/empty")})), ElementsAre("empty.csv"))
      << "refused when it is opened";
}

TEST_F(Inputs, PicturesBesideVideosAreSaidToBeLeftOut) {
  file("day/a.mp4"), file("day/cover.jpg"), file("day/thumbs/1.png"), file("day/thumbs/2.png");
  const FoundInputs found = find_inputs({path("day")}, {});
  EXPECT_THAT(tables(found.inputs), ElementsAre("a.csv"));
  EXPECT_THAT(found.notes, ElementsAre(AllOf(HasSubstr("3 pictures"), HasSubstr("left out"))));
}

TEST_F(Inputs, ResultsOfEarlierRunsAreNone) {
  file("day/a.mp4"), file("day/a_tracked.mp4"), file("day/a_aligned/1.bmp"), file("day/b.avi");
  write_text(path("day/a.manifest.json"),
             R"({"outputs": ["elsewhere/a.csv", "elsewhere/a_tracked.mp4", "x/a_aligned"]})");
  // OpenFace's own.
  file("day/c_of_details.txt"), file("day/c.avi"), file("day/c_aligned/1.bmp");
  const FoundInputs found = find_inputs({path("day")}, {});
  EXPECT_THAT(tables(found.inputs), ElementsAre("a.csv", "b.csv"));
  EXPECT_THAT(found.notes, ElementsAre());
  // As a pattern of the shell has them; alone it is meant.
  const FoundInputs named = find_inputs({path("day/a.mp4"), path("day/a_tracked.mp4")}, {});
  EXPECT_THAT(tables(named.inputs), ElementsAre("a.csv"));
  EXPECT_THAT(named.notes, ElementsAre(HasSubstr("a_tracked.mp4")));
  EXPECT_THAT(tables(inputs_in({path("day/a_tracked.mp4")})), ElementsAre("a_tracked.csv"));
}

TEST_F(Inputs, AManifestOfAnythingDoesNoHarm) {
  file("day/a.mp4");
  for (const char* text :
       {"", "{", "[]", "{\"outputs\": 3}", "{\"outputs\": [3, null, {}]}", "\xFF"}) {
    write_text(path("day/a.manifest.json"), text);
    EXPECT_THAT(tables(inputs_in({path("day")})), ElementsAre("a.csv")) << text;
  }
}

TEST_F(Inputs, ALinkWithoutATargetIsOne) {
  file("day/s1.mp4");
  fs::create_symlink("/not/mounted/s2.mp4", path("day/s2.mp4"));
  EXPECT_THAT(tables(inputs_in({path("day")})), ElementsAre("s1.csv", "s2.csv"));
}

TEST_F(Inputs, ListsAndPatternsStandForNames) {
  const std::string one = file("s1/cam one.mp4"), two = file("s2/cam2.mp4");
  const std::string ten = file("s2/cam10.mp4");
  write_text(path("list.txt"),
             "\xEF\xBB\xBF" + one + "\r\n\n# left out\n" + path("s2/cam*.mp4") + "\n");
  const auto inputs = inputs_in({"@" + path("list.txt")});
  EXPECT_THAT(tables(inputs), ElementsAre("cam one.csv", "cam2.csv", "cam10.csv"));
  EXPECT_EQ(inputs[1].path, two);
  const std::string odd = file("a[1].mp4");
  EXPECT_THAT(tables(inputs_in({odd})), ElementsAre("a[1].csv")) << "a name, not a pattern";
  for (const std::string& bad : {path("none*.mp4"), "@" + path("absent.txt"), "@" + path("s1")})
    EXPECT_THROW(inputs_in({bad}), Error) << bad;
  write_text(path("list.txt"), "# nothing\n");
  EXPECT_THROW(inputs_in({"@" + path("list.txt")}), Error);
}

TEST_F(Inputs, OfOneNameAreToldApart) {
  const std::vector<std::string> given = {file("s1/cam.mp4"), file("s2/cam.mp4"),
                                          file("s2/x/cam.mp4")};
  const FoundInputs found = find_inputs(given, {});
  EXPECT_THAT(tables(found.inputs),
              ElementsAre("s1/cam.mp4.csv", "s2/cam.mp4.csv", "s2/x/cam.mp4.csv"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("3 inputs have the name of another")));
  const Search keep = {.keep_folders = true};
  EXPECT_THAT(tables(find_inputs(given, keep).inputs),
              ElementsAre("s1/cam.csv", "s2/cam.csv", "s2/x/cam.csv"));
  EXPECT_THAT(tables(find_inputs({given[0]}, keep).inputs), ElementsAre("cam.csv"));
  const FoundInputs endings =
      find_inputs({file("clip.mp4"), file("clip.avi"), file("other.mp4")}, keep);
  EXPECT_THAT(tables(endings.inputs), ElementsAre("clip.mp4.csv", "clip.avi.csv", "other.csv"));
  EXPECT_THAT(endings.notes, ElementsAre(HasSubstr("clip.mp4.csv")));
}

TEST_F(Inputs, GivenTwiceCountOnce) {
  const std::string clip = file("s1/cam.mp4");
  const FoundInputs found = find_inputs({clip, path("s1"), path("s1/../s1/cam.mp4")}, {});
  EXPECT_THAT(tables(found.inputs), ElementsAre("cam.csv"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("2 inputs were given more than once")));
}

TEST_F(Inputs, ShardsAreDisjointAndComplete) {
  std::vector<std::string> names;
  for (int i = 0; i < 7; ++i) names.push_back(file(std::to_string(i) + ".mp4"));
  for (int count = 1; count <= 9; ++count) {
    std::vector<std::string> all;
    for (int index = 1; index <= count; ++index)
      for (const Input& input : inputs_of({index, count}, inputs_in(names)))
        all.push_back(input.path);
    EXPECT_THAT(all, testing::UnorderedElementsAreArray(names)) << count;
  }
  EXPECT_EQ(parse_shard("2/8").index, 2);
  EXPECT_EQ(parse_shard("8/8").count, 8);
  for (const char* bad : {"", "/", "1", "1/", "/2", "0/2", "3/2", "-1/2", "1/2/3", "a/b", "1/2 ",
                          "99999999999/99999999999"})
    EXPECT_THROW(parse_shard(bad), Error) << bad;
}

class Resume : public Inputs {
 protected:
  Resume() {
    planned_.auriga_version = "1";
    planned_.options = {{"dialect", "openface"}};
    planned_.preset = "open";
    planned_.models = {{"m.onnx", "00ff"}, {"n.onnx", "11"}};
    planned_.execution_provider = {"auto", "cpu", ""};
    planned_.complete = true;
    planned_.counts = {90, 88, 2};
    planned_.seconds = 1.5;
    planned_.outputs = {file("out/a.csv"), file("out/a.hog")};
    for (const std::string& output : planned_.outputs)
      planned_.written.push_back(describe_file(output));
    write_text(file("a.mp4"), "video");
    identify_input(path("a.mp4"), planned_);
    write_manifest(planned_, path("out/a.manifest.json"));
  }
  bool finished() { return finished_run(path("out/a.manifest.json"), planned_).has_value(); }
  RunManifest planned_;
};

TEST_F(Resume, TheSameRunIsFinished) {
  const auto run = finished_run(path("out/a.manifest.json"), planned_);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->frames, 90);
  EXPECT_EQ(run->faces, 88);
  EXPECT_EQ(run->seconds, 1.5);
  EXPECT_EQ(run->manifest + '\n', read_text(path("out/a.manifest.json")));
  planned_.workers = 7;
  planned_.seconds = 3;
  planned_.started_utc = "later";
  planned_.models = {{"elsewhere/n.onnx", "11"}, {"m.onnx", "00ff"}, {"m.onnx", "00ff"}};
  EXPECT_TRUE(finished());
}

TEST_F(Resume, AnotherRunIsNot) {
  const RunManifest same = planned_;
  const auto changed = [&](auto change) {
    planned_ = same;
    change(planned_);
    return !finished();
  };
  EXPECT_TRUE(changed([](auto& run) { run.auriga_version = "2"; }));
  EXPECT_TRUE(changed([](auto& run) { run.options[0].second = "pyfaceau"; }));
  EXPECT_TRUE(changed([](auto& run) { run.options.emplace_back("wild", "yes"); }));
  EXPECT_TRUE(changed([](auto& run) { run.preset = "openface"; }));
  EXPECT_TRUE(changed([](auto& run) { run.estimator = "open-9"; }));
  EXPECT_TRUE(changed([](auto& run) { run.models[0].sha256 = "00fe"; }));
  EXPECT_TRUE(changed([](auto& run) { run.models.pop_back(); }));
  EXPECT_TRUE(changed([](auto& run) { run.execution_provider.used = "cuda"; }));
  EXPECT_TRUE(changed([](auto& run) { run.input.size_bytes = 6; }));
  EXPECT_TRUE(changed([](auto& run) { run.input.modified_ns = 5; }));
  EXPECT_TRUE(changed([](auto& run) { run.input.path = "b.mp4"; }));
  EXPECT_TRUE(changed([](auto& run) { run.outputs.pop_back(); }));
  EXPECT_FALSE(changed([](auto&) {}));
}

TEST_F(Resume, WhatIsMissingBrokenOrPartialIsNot) {
  fs::remove(path("out/a.hog"));
  EXPECT_FALSE(finished());
  file("out/a.hog");
  EXPECT_TRUE(finished());
  write_text(path("out/a.csv"), "frame");
  EXPECT_FALSE(finished());
  file("out/a.csv");
  EXPECT_TRUE(finished());
  RunManifest untold = planned_;
  untold.written.clear();
  write_manifest(untold, path("out/a.manifest.json"));
  EXPECT_FALSE(finished());
  RunManifest partial = planned_;
  partial.complete = false;
  write_manifest(partial, path("out/a.manifest.json"));
  EXPECT_FALSE(finished());
  for (const char* bad :
       {"", "[]", "{", "{\"status\":\"complete\"}", "{\"status\":\"complete\",\"input\":[1]}",
        "{\"status\":\"complete\",\"models\":3,\"outputs\":{}}"}) {
    write_text(path("out/a.manifest.json"), bad);
    EXPECT_FALSE(finished()) << bad;
  }
  fs::remove(path("out/a.manifest.json"));
  EXPECT_FALSE(finished());
}

TEST(Cores, OfSlurmCount) {
  const int there = cores_allowed();
  const auto given = [](const char* per_task, const char* on_node) {
    for (const auto& [name, value] :
         {std::pair{"SLURM_CPUS_PER_TASK", per_task}, std::pair{"SLURM_CPUS_ON_NODE", on_node}})
      value == nullptr ? unsetenv(name) : setenv(name, value, 1);
    const int cores = cores_given();
    unsetenv("SLURM_CPUS_PER_TASK");
    unsetenv("SLURM_CPUS_ON_NODE");
    return cores;
  };
  EXPECT_EQ(given(nullptr, nullptr), there);
  EXPECT_EQ(given("1", nullptr), 1);
  EXPECT_EQ(given(nullptr, "1"), 1);
  EXPECT_EQ(given("1", "100000"), 1);
  EXPECT_EQ(given("100000", "1"), there);
  for (const char* bad : {"", "0", "-1", "1x", "99999999999999"})
    EXPECT_EQ(given(bad, nullptr), there) << bad;
}

class ManyInputs : public Inputs {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_OPEN_PACK();
    fs::create_directories(folder_.path() / "videos");
    for (const char* name : {"a.mp4", "b.mp4", "c.mp4"})
      fs::copy_file(test::repository() / "examples/demo.mp4", folder_.path() / "videos" / name);
  }
  Outcome run(std::vector<std::string> arguments, const char* out = "out") {
    arguments.insert(arguments.begin(),
                     {"extract", path("videos"), "--models", test::open_pack().string(), "--preset",
                      "open", "--out-dir", path(out)});
    return auriga(arguments);
  }
  std::string status(const std::string& input) {
    const nlohmann::json all = nlohmann::json::parse(read_text(path("out/summary.json")));
    for (const auto& one : all)
      if (one["input"] == path("videos/" + input)) return one["status"];
    return "not there";
  }
};

TEST_F(ManyInputs, OneBadFileCostsNothingButItself) {
  if (IsSkipped()) return;
  write_text(path("videos/bad.mp4"), "no video");
  const Outcome result = run({"--jobs", "2"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("bad.mp4"));
  EXPECT_THAT(result.out, HasSubstr("4 inputs: 3 done, 1 failed"));
  EXPECT_THAT(result.out, HasSubstr(path("out/summary.csv")));
  EXPECT_EQ(status("a.mp4") + status("bad.mp4") + status("c.mp4"), "donefaileddone");
  const std::string table = read_text(path("out/a.csv"));
  EXPECT_EQ(Table(path("out/a.csv")).rows(), 90u);
  EXPECT_TRUE(table == read_text(path("out/b.csv")) && table == read_text(path("out/c.csv")));
  EXPECT_FALSE(fs::exists(path("out/bad.csv")));
  EXPECT_THAT(
      read_text(path("out/summary.csv")),
      HasSubstr("input,status,exit_code,frames,faces,share_followed,seconds,frames_per_second,"
                "preset,estimator,table,message,warnings\n"));

  // The same results as one after the other.
  ASSERT_EQ(run({"--jobs", "1", "--workers", "1"}, "single").exit_code, 3);
  EXPECT_TRUE(table == read_text(path("single/a.csv")));
}

TEST_F(ManyInputs, EachHasALineAndWhatIsSaidOfAllIsSaidOnce) {
  if (IsSkipped()) return;
  const auto times = [](const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++count;
    return count;
  };
  for (const char* clip : {"a", "b", "c"})  // of a rate that is warned of
    ASSERT_EQ(test::program({"ffmpeg", "-v", "error", "-y", "-i",
                             (test::repository() / "examples/demo.mp4").string(), "-r", "10",
                             "-frames:v", "12", path(std::string("videos/") + clip + ".mp4")})
                  .exit_code,
              0);
  const Outcome result = run({});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(times(result.out, ".mp4: done, 12 frames, face followed in 100.0 %, "), 3u);
  EXPECT_EQ(times(result.out, "  warning: 10.0 frames/s: smoothing counts frames"), 1u);
  EXPECT_EQ(times(result.out, "  of 3 inputs: 10.0 frames/s: smoothing counts frames"), 1u);
  EXPECT_EQ(times(result.out, "processor time"), 0u);
  EXPECT_EQ(times(run({"--verbose"}).out, "processor time"), 3u);
  for (const auto& one : nlohmann::json::parse(read_text(path("out/summary.json")))) {
    EXPECT_EQ(one["preset"], "open");
    EXPECT_EQ(one["share_followed"], 1);
    EXPECT_THAT(one["warnings"].dump(), HasSubstr("10.0 frames/s: smoothing"));
  }
  EXPECT_THAT(read_text(path("out/summary.csv")), HasSubstr(",\"10.0 frames/s: smoothing"));
}

TEST_F(ManyInputs, AVideoWithABrokenNameIsResumed) {
  if (IsSkipped()) return;
  fs::rename(path("videos/c.mp4"), path("videos/caf\xE9.mp4"));  // Latin-1
  ASSERT_EQ(run({}).exit_code, 0);
  EXPECT_THAT(run({"--resume"}).out, HasSubstr("3 inputs: 3 skipped"));
}

TEST_F(ManyInputs, TablesOfOtherModelsInTheFolderAreSaid) {
  if (IsSkipped()) return;
  EXPECT_THAT(run({}).err, Not(HasSubstr("do not put them into one study")));
  EXPECT_THAT(run({}).err, Not(HasSubstr("do not put them into one study")));
  std::string manifest = read_text(path("out/a.manifest.json"));
  const std::string ours = "\"landmarker\": \"mesh\"";
  ASSERT_NE(manifest.find(ours), std::string::npos);
  manifest.replace(manifest.find(ours), ours.size(), "\"landmarker\": \"clnf\"");
  write_text(path("out/other.manifest.json"), manifest);
  EXPECT_THAT(run({}).err, HasSubstr("has 1 table made with clnf and action units open"));
  fs::rename(path("out/other.manifest.json"), path("out/a.manifest.json"));
  EXPECT_THAT(run({}).err, Not(HasSubstr("do not put them into one study"))) << "made anew";
}

TEST_F(ManyInputs, TheNameOfATableIsCheckedAndItsFolderMade) {
  if (IsSkipped()) return;
  const auto to = [&](const std::string& name) {
    return auriga({"extract", path("videos/a.mp4"), "--models", test::open_pack().string(),
                   "--preset", "open", "-o", path(name)});
  };
  for (const char* name : {"a.xlsx", "a.json", "a.mp4", "new/a.ods"}) {
    const Outcome refused = to(name);
    EXPECT_EQ(refused.exit_code, 2) << name;
    EXPECT_THAT(refused.err, HasSubstr("expects the name of a table"));
    EXPECT_FALSE(fs::exists(path(name)));
  }
  EXPECT_FALSE(fs::exists(path("new")));
  for (const char* name : {"new/deep/a.csv", "a.TXT", "table"}) {
    EXPECT_EQ(to(name).exit_code, 0) << name;
    EXPECT_TRUE(fs::exists(path(name))) << name;
  }
}

TEST(Shortened, KeepsBothEndsAndWholeCharacters) {
  EXPECT_EQ(shortened("name", 4), "name");
  EXPECT_EQ(shortened("long name", 5), "lo\u2026me");
  EXPECT_EQ(shortened("long name", 4), "lo\u2026e");
  EXPECT_EQ(shortened("\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc", 3), "\u00e4\u2026\u00fc");
  EXPECT_EQ(shortened("abc", 1), "\u2026");
  EXPECT_EQ(shortened("abc", 0), "");
  EXPECT_EQ(shortened("\xff\xfe\xfd", 2), "\xff\u2026");
}

TEST_F(ManyInputs, ResumeDoesOnlyWhatIsMissing) {
  if (IsSkipped()) return;
  ASSERT_EQ(run({}).exit_code, 0);
  fs::remove(path("out/b.csv"));
  const auto before = fs::last_write_time(path("out/a.csv"));
  const Outcome again = run({"--resume", "--jobs", "2"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(status("a.mp4") + status("b.mp4") + status("c.mp4"), "skippeddoneskipped");
  EXPECT_TRUE(before == fs::last_write_time(path("out/a.csv")));
  EXPECT_THAT(again.out, HasSubstr("3 inputs: 1 done, 2 skipped"));

  // What is skipped has its numbers in the table of all nevertheless.
  const Table summary(path("out/summary.csv"));
  for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(summary.text(row, "frames"), "90");

  // Another input of the same name, and other options.
  fs::last_write_time(path("videos/c.mp4"), fs::file_time_type::clock::now());
  run({"--resume"});
  EXPECT_EQ(status("a.mp4") + status("c.mp4"), "skippeddone");
  run({"--resume", "-aus"});
  EXPECT_EQ(status("a.mp4") + status("b.mp4"), "donedone");
  EXPECT_EQ(Table(path("out/a.csv")).columns().size(), 5u + 35u);
}

// A run that fails leaves the results of the run before as they were, with the manifest that is
// theirs; it must not vouch for what has been put in their place since.
TEST_F(ManyInputs, ResumeDoesNotTrustTheManifestOfAnEarlierRun) {
  if (IsSkipped()) return;
  ASSERT_EQ(run({"--hog"}).exit_code, 0);
  const std::string before = read_text(path("out/a.csv"));
  fs::remove(path("out/a.hog"));
  fs::create_directories(path("out/a.hog/in the way"));
  EXPECT_EQ(run({"--hog", "--full-precision"}).exit_code, 5);
  fs::remove_all(path("out/a.hog"));
  write_text(path("out/a.hog"), "");
  EXPECT_TRUE(read_text(path("out/a.csv")) == before);
  const nlohmann::json manifest = nlohmann::json::parse(read_text(path("out/a.manifest.json")));
  EXPECT_EQ(manifest["written"][0]["sha256"], describe_file(path("out/a.csv")).sha256);
  ASSERT_EQ(run({"--hog", "--resume"}).exit_code, 0);
  EXPECT_EQ(status("a.mp4"), "done");
  EXPECT_TRUE(read_text(path("out/a.csv")) == before);
}

TEST_F(ManyInputs, ResumeSeesThatGivenLandmarksHaveChanged) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("models/openface-2.2");
  ASSERT_EQ(run({}).exit_code, 0);
  const auto follow = [&] {
    return auriga({"extract", path("videos/a.mp4"), "--models",
                   (test::test_data() / "models").string(), "--landmarks", path("own.csv"),
                   "--out-dir", path("own"), "--resume"})
        .out;
  };
  fs::copy_file(path("out/a.csv"), path("own.csv"));
  EXPECT_THAT(follow(), testing::Not(HasSubstr("skipped")));
  EXPECT_THAT(follow(), HasSubstr("skipped"));
  std::string rows = read_text(path("own.csv"));
  rows.erase(rows.rfind('\n', rows.size() - 2) + 1);
  write_text(path("own.csv"), rows);
  EXPECT_THAT(follow(), testing::Not(HasSubstr("skipped")));
}

TEST_F(ManyInputs, TheFormOfTheDrawnVideoIsPartOfItsName) {
  if (IsSkipped()) return;
  fs::remove(path("videos/b.mp4"));
  fs::remove(path("videos/c.mp4"));
  ASSERT_EQ(run({"--tracked"}).exit_code, 0);
  EXPECT_EQ(read_text(path("out/a_tracked.mp4")).substr(4, 4), "ftyp");
  EXPECT_THAT(run({"--tracked", "--resume"}).out, HasSubstr("skipped"));
  EXPECT_THAT(run({"--tracked", "--tracked-format", "avi", "--resume"}).out,
              testing::Not(HasSubstr("skipped")));
  EXPECT_EQ(read_text(path("out/a_tracked.avi")).substr(0, 4), "RIFF");
  EXPECT_FALSE(fs::exists(path("out/a.avi")));
}

TEST_F(ManyInputs, NoResultHasTheNameOfAnother) {
  if (IsSkipped()) return;
  const auto refused = [&](const Outcome& outcome, const std::string& name) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr(name));
  };
  fs::copy_file(path("videos/a.mp4"), path("videos/a_mesh.mp4"));
  refused(run({"--mesh"}), path("out/a_mesh.csv"));
  fs::rename(path("videos/a_mesh.mp4"), path("videos/summary.mp4"));
  refused(run({}), path("out/summary.csv"));
  for (const std::string format : {"mp4", "avi"}) {
    const std::string drawn = path("videos/a_tracked." + format);
    fs::rename(path("videos/summary.mp4"), drawn);
    refused(run({"--tracked", "--tracked-format", format}, "videos"), drawn);
    EXPECT_EQ(fs::file_size(drawn), fs::file_size(path("videos/a.mp4")));
    fs::rename(drawn, path("videos/summary.mp4"));
  }
}

// As many jobs as threads, not more: the others would only need memory.
TEST_F(ManyInputs, JobsShareTheThreads) {
  if (IsSkipped()) return;
  const auto workers = [&](const char* jobs, const char* threads, const char* out) {
    EXPECT_EQ(run({"--jobs", jobs, "--workers", threads}, out).exit_code, 0);
    const auto manifest =
        nlohmann::json::parse(read_text(folder_.path() / out / "a.manifest.json"));
    return manifest["workers"].get<int>();
  };
  EXPECT_EQ(workers("3", "6", "a"), 2);
  EXPECT_EQ(workers("9", "2", "b"), 1);
  EXPECT_EQ(workers("9", "6", "c"), 2);  // three inputs
  for (const char* name : {"a.csv", "b.csv", "c.csv"})
    EXPECT_TRUE(read_text(path("a") + "/" + name) == read_text(path("b") + "/" + name));
}

TEST_F(ManyInputs, ShardsShareTheWork) {
  if (IsSkipped()) return;
  EXPECT_EQ(run({"--shard", "2/2"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(path("out/b.csv")));
  EXPECT_FALSE(fs::exists(path("out/a.csv")) || fs::exists(path("out/c.csv")));
  EXPECT_TRUE(fs::exists(path("out/summary-2-of-2.csv")));
  EXPECT_EQ(run({"--shard", "1/2"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(path("out/a.csv")) && fs::exists(path("out/c.csv")));
  EXPECT_EQ(run({"--shard", "4/4"}).exit_code, 0);  // there is nothing for it to do
  EXPECT_EQ(run({"--shard", "3/2"}).exit_code, 2);
  EXPECT_EQ(run({"--jobs", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace auriga::app
