#include "tables/marks.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

class MarksTest : public ::testing::Test {
 protected:
  fs::path file(const std::string& text) const {
    test::write_text(folder_.path() / "s01.marks.csv", text);
    return folder_.path() / "s01.marks.csv";
  }
  std::string error(const std::string& text) const {
    try {
      read_marks(file(text));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr("s01.marks.csv"));
      return error.what();
    }
    return {};
  }

  const TemporaryFolder folder_;
};

Mark range(MarkKind kind, std::int64_t first, std::int64_t last, std::string label = {}) {
  Mark mark;
  mark.kind = kind;
  mark.first = first;
  mark.last = last;
  mark.start_s = static_cast<double>(first - 1) / 8;
  mark.end_s = static_cast<double>(last) / 8;
  mark.label = std::move(label);
  return mark;
}

TEST_F(MarksTest, AreReadAsTheyWereWritten) {
  const std::string pieces[] = {"a", "1,5", "2.5", "\"", "\n", "\r\n",
                                ";", "\t",  "é",   " ",  "'",  ","};
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Mark> marks;
    std::int64_t first = 1;
    for (unsigned i = 0; i < random() % 6; ++i) {
      first += 1 + random() % 50;
      std::string label = "x";
      for (unsigned k = 0; k < random() % 8; ++k) label += pieces[random() % std::size(pieces)];
      label += "y";
      marks.push_back(range(static_cast<MarkKind>(random() % 4), first, first + random() % 9,
                            random() % 5 == 0 ? std::string(pieces[1 + random() % 2]) : label));
    }
    EXPECT_EQ(read_marks(file(marks_csv(marks))), marks) << marks_csv(marks);
  }
}

TEST_F(MarksTest, AreWrittenInTheOrderOfTime) {
  EXPECT_EQ(
      marks_csv({range(MarkKind::note, 17, 24, "she \"laughs\""), range(MarkKind::exclude, 9, 16)}),
      "start,end,first_frame,last_frame,kind,label\n"
      "1.000,2.000,9,16,exclude,\"\"\n"
      "2.000,3.000,17,24,note,\"she \"\"laughs\"\"\"\n");
}

TEST_F(MarksTest, SecondsOrFramesSuffice) {
  const std::vector<Mark> seconds =
      read_marks(file("kind;start;end\nexclude;1,5;2,5\nlabel;0;0,25\n"));
  ASSERT_EQ(seconds.size(), 2u);
  EXPECT_EQ(seconds[0].start_s, 1.5);
  EXPECT_FALSE(seconds[0].first.has_value());
  EXPECT_TRUE(seconds[0].covers(99, 1.5));
  EXPECT_FALSE(seconds[0].covers(99, 2.5));
  EXPECT_FALSE(seconds[0].covers(99, std::numeric_limits<double>::quiet_NaN()));
  const std::vector<Mark> frames = read_marks(file("kind,first_frame,last_frame\nexclude,3,5\n"));
  EXPECT_TRUE(frames[0].covers(3, 0));
  EXPECT_TRUE(frames[0].covers(5, 0));
  EXPECT_FALSE(frames[0].covers(6, 0));
  EXPECT_FALSE(frames[0].covers(2, 0));
}

TEST_F(MarksTest, FramesCountWhereBothAreThere) {
  Mark mark = range(MarkKind::exclude, 3, 5);
  mark.start_s = 100;
  mark.end_s = 200;
  EXPECT_TRUE(mark.covers(4, 0.4));
  EXPECT_FALSE(mark.covers(6, 150));
}

TEST_F(MarksTest, OnlyExcludedRangesAreExcluded) {
  const Excluded excluded({range(MarkKind::label, 1, 10), range(MarkKind::exclude, 4, 5),
                           range(MarkKind::exclude, 8, 8), range(MarkKind::note, 9, 9)});
  EXPECT_EQ(excluded.size(), 2u);
  std::string frames;
  for (int frame = 1; frame <= 10; ++frame) frames += excluded.contains(frame, 0) ? 'x' : '.';
  EXPECT_EQ(frames, "...xx..x..");
  EXPECT_TRUE(Excluded().none());
}

TEST_F(MarksTest, DefectsAreNamed) {
  const std::string header = "start,end,first_frame,last_frame,kind,label\n";
  EXPECT_THAT(error("a,b\n1,2\n"), HasSubstr("kind and first_frame, last_frame or start, end"));
  EXPECT_THAT(error(header + "0,1,1,2,excluded,\n"),
              AllOf(HasSubstr("exclude, label, point, note"), HasSubstr("excluded")));
  EXPECT_THAT(error(header + ",,1,,label,\n"), HasSubstr("one of them"));
  EXPECT_THAT(error(header + "1,,1,2,label,\n"), HasSubstr("one of them"));
  EXPECT_THAT(error(header + ",,,,label,x\n"), HasSubstr("found neither"));
  EXPECT_THAT(error(header + ",,0,2,label,x\n"), HasSubstr("counted from 1"));
  EXPECT_THAT(error(header + ",,5,2,label,x\n"), AllOf(HasSubstr("5 to 2"), HasSubstr("line 2")));
  EXPECT_THAT(error(header + "2,1,,,label,x\n"), HasSubstr("0 <= start <= end"));
  EXPECT_THAT(error(header + "-1,1,,,label,x\n"), HasSubstr("0 <= start <= end"));
  EXPECT_THAT(error(header + ",,1.5,2,label,x\n"), HasSubstr("whole number"));
  EXPECT_THAT(error(header + "0,1,1,2,label," + std::string(kMostLabelBytes + 1, 'x') + "\n"),
              HasSubstr("shorten it"));
  EXPECT_THAT(error(header + "0,1,1,2,label,a\x01\n"), HasSubstr("control character 0x01"));
}

TEST_F(MarksTest, LieBesideTheTable) {
  EXPECT_EQ(marks_path("a/s01.csv"), fs::path("a/s01.marks.csv"));
  EXPECT_TRUE(marks_of(folder_.path() / "s01.csv").empty());
  file(marks_csv({range(MarkKind::point, 2, 2)}));
  EXPECT_EQ(marks_of(folder_.path() / "s01.csv").size(), 1u);
}

}  // namespace
}  // namespace auriga
