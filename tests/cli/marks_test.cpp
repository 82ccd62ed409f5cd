// What marks exclude, through `auriga compare` and `auriga report`, on tables written by hand.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Two tables of 20 frames that differ in frames 8 to 12, which marks beside the first exclude.
class ExcludedByMarks : public testing::Test {
 protected:
  ExcludedByMarks() {
    for (const bool other : {false, true}) {
      std::string table = "frame,face_id,timestamp,confidence,success,AU12_r\n";
      for (int i = 1; i <= 20; ++i)
        table += fmt::format("{},0,{:.1f},0.9,1,{}\n", i, 0.1 * (i - 1),
                             other && i >= 8 && i <= 12 ? 3 : i % 4);
      write_text(path(other ? "b.csv" : "a.csv"), table);
    }
    write_text(path("a.marks.csv"), "kind,first_frame,last_frame,label\nexclude,8,12,hand\n");
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  const TemporaryFolder folder_;
  const std::string words_ =
      "left out: 5 frames in 1 range of " + path("a.marks.csv") + "; --no-marks counts them\n";
};

TEST_F(ExcludedByMarks, FramesAreNotComparedUnlessMarksAreNotToCount) {
  for (const bool exchanged : {false, true}) {
    std::vector<std::string> compare = {"compare", path("a.csv"), path("b.csv"), "--tolerance",
                                        "0"};
    if (exchanged) std::swap(compare[1], compare[2]);
    const Outcome obeyed = auriga(compare);
    EXPECT_EQ(obeyed.exit_code, 0) << obeyed.out << obeyed.err;
    EXPECT_THAT(obeyed.out, AllOf(HasSubstr(words_), HasSubstr("15 rows in both")));

    compare.emplace_back("--no-marks");
    const Outcome counted = auriga(compare);
    EXPECT_EQ(counted.exit_code, 1) << counted.out << counted.err;
    EXPECT_THAT(counted.out, AllOf(HasSubstr("20 rows in both"), Not(HasSubstr("left out"))));

    compare.emplace_back("--json");
    const auto numbers = nlohmann::json::parse(auriga(compare).out);
    EXPECT_EQ(numbers["rows_matched"], 20);
  }
}

TEST_F(ExcludedByMarks, ReportSaysWhatItLeavesOutAndWhatItDoesNot) {
  std::vector<std::string> report = {"report", path("a.csv"), "-o", path("r.html"),
                                     "--no-pictures"};
  const Outcome obeyed = auriga(report);
  ASSERT_EQ(obeyed.exit_code, 0) << obeyed.err;
  EXPECT_THAT(obeyed.out, HasSubstr("a.csv: " + words_));
  const std::string page = read_text(path("r.html"));
  EXPECT_THAT(page, AllOf(HasSubstr("excluded by marks"), HasSubstr("5 frames"),
                          Not(HasSubstr("not applied"))));

  report.emplace_back("--no-marks");
  const Outcome counted = auriga(report);
  ASSERT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_THAT(counted.out, Not(HasSubstr("left out")));
  EXPECT_THAT(read_text(path("r.html")),
              AllOf(HasSubstr("Excluded ranges were not applied (--no-marks)."),
                    Not(HasSubstr("excluded by marks"))));
}

}  // namespace
}  // namespace auriga::test
