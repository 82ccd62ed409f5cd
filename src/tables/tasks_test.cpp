#include "tables/tasks.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TaskFile : public ::testing::Test {
 protected:
  // "name start-end" of each.
  std::vector<std::string> read(const std::string& text) const {
    test::write_text(folder_.path() / "tasks.csv", text);
    std::vector<std::string> all;
    for (const Task& task : read_tasks(folder_.path() / "tasks.csv"))
      all.push_back(task.name + " " + std::to_string(std::lround(1000 * task.start_s)) + "-" +
                    std::to_string(std::lround(1000 * task.end_s)));
    return all;
  }
  std::string error(const std::string& text) const {
    try {
      read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr("tasks.csv"));
      return error.what();
    }
    return "no error";
  }
  const TemporaryFolder folder_;
};

TEST(TimeFromText, SecondsMinutesAndHours) {
  EXPECT_EQ(time_from_text("12"), 12);
  EXPECT_EQ(time_from_text(" 12.5 "), 12.5);
  EXPECT_EQ(time_from_text("12,5"), 12.5);
  EXPECT_EQ(time_from_text("1:02.5"), 62.5);
  EXPECT_EQ(time_from_text("01:00:01.250"), 3601.25);
  for (const char* bad :
       {"", "-1", "1:60", "1:2:3:4", "x", "1.5:3", "1e3", "nan", "1:", ":1", "-0"})
    EXPECT_EQ(time_from_text(bad), std::nullopt) << bad;
}

TEST_F(TaskFile, OfOnesOwn) {
  EXPECT_THAT(read("task,start,end\nBL,0,2.5\nSS,0:00:03,00:00:04.5\n"),
              ElementsAre("BL 0-2500", "SS 3000-4500"));
  EXPECT_THAT(read("Start;End;Label\n0,5;1;smile\n"), ElementsAre("smile 500-1000"));
}

TEST_F(TaskFile, OfElan) {
  EXPECT_THAT(read("tasks\t\t00:00:01.000\t00:00:02.500\t00:00:01.500\tBL\r\n"
                   "tasks\t\t00:00:03.000\t00:00:04.000\t00:00:01.000\tsmile big\r\n"),
              ElementsAre("BL 1000-2500", "smile big 3000-4000"));
  EXPECT_THAT(
      read("Begin Time - hh:mm:ss.ms\tEnd Time - hh:mm:ss.ms\tDuration - hh:mm:ss.ms\ttasks\n"
           "00:00:01.000\t00:00:02.500\t00:00:01.500\tBL\n"),
      ElementsAre("BL 1000-2500"));
}

TEST_F(TaskFile, OfBoris) {
  EXPECT_THAT(read("Observation id,Subject,Behavior,Behavioral category,Start (s),Stop (s)\n"
                   "o1,No focal subject,SS,,1.5,3\n"),
              ElementsAre("SS 1500-3000"));
  EXPECT_THAT(read("Observation id,Behavior,Behavior type,Time\no,SS,START,1.5\no,X,POINT,1.7\n"
                   "o,RE,START,2\no,SS,STOP,3\no,RE,STOP,3.5\n"),
              ElementsAre("SS 1500-3000", "RE 2000-3500"));
}

TEST_F(TaskFile, RefusesWhatIsNone) {
  EXPECT_THAT(error("name,from\na,1\n"), HasSubstr("found no task, start, end"));
  EXPECT_THAT(error("task,start,end\n"), HasSubstr("expected tasks"));
  EXPECT_THAT(error("task,start,end\nBL,2,2\n"), AllOf(HasSubstr("line 2"), HasSubstr("BL")));
  EXPECT_THAT(error("task,start,end\nBL,2,1\n"), HasSubstr("2 to 1"));
  EXPECT_THAT(error("task,start,end\nBL,x,1\n"), HasSubstr("hh:mm:ss"));
  EXPECT_THAT(error("task,start,end\n,0,1\n"), HasSubstr("name"));
  EXPECT_THAT(error("Behavior,Behavior type,Time\nSS,START,1.5\n"), HasSubstr("STOP of SS"));
  EXPECT_THAT(error("Behavior,Behavior type,Time\nSS,STOP,1.5\n"), HasSubstr("START of SS"));
  EXPECT_THAT(error("Behavior,Behavior type,Time\nSS,START,1\nSS,START,2\n"), HasSubstr("line 2"));
}

TEST(Tasks, AreAboutATableOfThatName) {
  EXPECT_TRUE(is_about({"BL", 0, 1, ""}, "a/s01.csv"));
  for (const char* file : {"s01", "s01.mp4", "videos/s01.mp4", "s01.csv"})
    EXPECT_TRUE(is_about({"BL", 0, 1, file}, "a/s01.csv")) << file;
  EXPECT_FALSE(is_about({"BL", 0, 1, "s011.mp4"}, "a/s01.csv"));
}

TEST(Tasks, OutsideAndOverlappingOnesAreSaid) {
  EXPECT_THAT(task_warnings({{"A", 0, 1, ""}, {"B", 1, 2, ""}}, 0, 2), IsEmpty());
  const auto warnings = task_warnings({{"B", 1, 3, ""}, {"A", 0, 1.5, ""}, {"C", 7, 8, ""}}, 0, 2);
  ASSERT_THAT(warnings, SizeIs(2));
  EXPECT_THAT(warnings[0], AllOf(HasSubstr("B (1.000 to 3.000 s)"), HasSubstr("C (7.000")));
  EXPECT_THAT(warnings[1], HasSubstr("A and B"));
}

}  // namespace
}  // namespace auriga
