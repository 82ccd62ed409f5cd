// auriga palsy: from a video and a list of tasks to tables and a page.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/dead_process.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class PalsyCommand : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  test::Outcome palsy(const std::string& tasks, std::vector<std::string> options = {},
                      const std::string& name = "tasks.csv") {
    test::write_text(at(name), tasks);
    std::vector<std::string> command = {
        "palsy",    demo_,     "--tasks",  at(name),
        "-o",       at("out"), "--models", test::open_pack().string(),
        "--preset", "open"};
    command.insert(command.end(), options.begin(), options.end());
    return test::auriga(command);
  }
  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  test::TemporaryFolder folder_;
};

TEST_F(PalsyCommand, WritesTablesAndAPageThatIsNoMedicalDevice) {
  const test::Outcome outcome =
      palsy("task,start,end\nBL,0,1\nRE,1,2\nSS,00:00:02,00:00:02.5\nBC,2.5,3\nES,1000,1001\n",
            {"--affected", "left"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Not a medical device"));
  const std::string page = read_text(at("out/demo_palsy.html"));
  EXPECT_THAT(page, AllOf(HasSubstr("Not a medical device"), HasSubstr("data:image/jpeg"),
                          HasSubstr("not measurable with these models"),
                          HasSubstr("outside the video"), Not(HasSubstr("No pictures"))));
  EXPECT_THAT(read_text(at("out/demo_tasks.csv")), HasSubstr("\nRE,1,1.000,2.000,"));
  EXPECT_THAT(read_text(at("out/demo_tasks_wide.csv")), HasSubstr("BL_brow_height_left"));
  EXPECT_TRUE(fs::exists(at("out/demo_sides.csv")));
  EXPECT_THAT(outcome.err, HasSubstr("not all of these tasks"));
}

TEST_F(PalsyCommand, RemovesWhatAKilledRunLeft) {
  fs::create_directory(at("out"));
  std::vector<fs::path> parts;
  for (const char* name : {"demo_tasks.csv", "demo_tasks_wide.csv", "demo_palsy.html", "demo.csv"})
    parts.push_back(test::part_of_dead_process(folder_.path() / "out" / name));
  for (const fs::path& part : parts) test::write_text(part, "half");
  ASSERT_EQ(palsy("task,start,end\nBL,0,1\n", {"--no-pictures"}).exit_code, 0);
  for (const fs::path& part : parts) EXPECT_FALSE(fs::exists(part)) << part;
}

// Marks are made of a result that is there: the second run takes its tables.
TEST_F(PalsyCommand, WhatMarksExcludeDoesNotCount) {
  const std::string tasks = "task,start,end\nBL,0,1\nRE,1,2\n";
  const auto manifest = [&] { return read_text(at("out/demo.manifest.json")); };
  ASSERT_EQ(palsy(tasks, {"--no-pictures"}).exit_code, 0);
  const std::string before = manifest(), table = read_text(at("out/demo_tasks.csv"));
  test::write_text(at("out/demo.marks.csv"), "kind,start,end,label\nexclude,1,2,talks\n");

  const test::Outcome marked = palsy(tasks, {"--no-pictures", "--resume"});
  ASSERT_EQ(marked.exit_code, 0) << marked.err;
  const std::string words = "left out: 30 frames in 1 range of " + at("out/demo.marks.csv");
  EXPECT_THAT(marked.out, AllOf(HasSubstr("skipped"), HasSubstr(words)));
  EXPECT_THAT(read_text(at("out/demo_tasks.csv")), HasSubstr("RE,1,1.000,2.000,excluded by marks"));
  EXPECT_THAT(read_text(at("out/demo_palsy.html")), HasSubstr(words));
  const auto noted = nlohmann::json::parse(manifest());
  EXPECT_EQ(noted["left_out"]["frames_excluded"], 30);
  EXPECT_EQ(noted["left_out"]["obeyed"], true);

  const test::Outcome counted = palsy(tasks, {"--no-pictures", "--resume", "--no-marks"});
  ASSERT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_THAT(counted.out, AllOf(HasSubstr("skipped"), HasSubstr("not applied")));
  EXPECT_EQ(read_text(at("out/demo_tasks.csv")), table);
  EXPECT_EQ(nlohmann::json::parse(manifest())["left_out"]["obeyed"], false);

  fs::remove(at("out/demo.marks.csv"));
  ASSERT_EQ(palsy(tasks, {"--no-pictures", "--resume"}).exit_code, 0);
  EXPECT_EQ(manifest(), before);
}

TEST_F(PalsyCommand, UnknownTasksAreRefusedBeforeAnythingIsRead) {
  const test::Outcome outcome = palsy("task,start,end\nBL,0,1\nXX,1,2\n");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("task XX"), HasSubstr("RE raise eyebrows"), HasSubstr("tasks.csv")));
  EXPECT_FALSE(fs::exists(at("out")));
}

TEST_F(PalsyCommand, ReadsFilesOfElan) {
  const test::Outcome outcome = palsy(
      "<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID=\"a\" TIME_VALUE=\"0\"/>"
      "<TIME_SLOT TIME_SLOT_ID=\"b\" TIME_VALUE=\"1500\"/></TIME_ORDER><TIER TIER_ID=\"task\">"
      "<ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1=\"a\" TIME_SLOT_REF2=\"b\">"
      "<ANNOTATION_VALUE>BL</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
      "</ANNOTATION_DOCUMENT>",
      {"--no-pictures", "--quiet"}, "tasks.eaf");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(read_text(at("out/demo_tasks.csv")), HasSubstr("\nBL,1,0.000,1.500,performed"));
  EXPECT_THAT(read_text(at("out/demo_palsy.html")), HasSubstr("No pictures: --no-pictures"));
}

TEST_F(PalsyCommand, ExpectsOneVideo) {
  test::write_text(at("t.csv"), "task,start,end\nBL,0,1\n");
  const test::Outcome outcome =
      test::auriga({"palsy", demo_, demo_ + "x", "--tasks", at("t.csv"), "-o", at("out")});
  EXPECT_NE(outcome.exit_code, 0);
}

}  // namespace
}  // namespace auriga
