// auriga palsy: from a video and a list of tasks to tables and a page.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.hpp"
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
