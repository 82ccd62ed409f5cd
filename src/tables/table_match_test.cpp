#include "tables/table_match.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct TableRow {
  int frame, face = 0;
  double seconds = 0;
  bool success = true;
  float x = 100, y = 50;  // of all landmarks
};

std::vector<TableRow> rows(int count, double fps) {
  std::vector<TableRow> all;
  for (int i = 0; i < count; ++i) all.push_back({.frame = i + 1, .seconds = i / fps});
  return all;
}

class TableMatchTest : public ::testing::Test {
 protected:
  LandmarksCsv table(const std::vector<TableRow>& rows) const {
    std::string text = "frame,face_id,timestamp,success";
    for (const char* axis : {"x", "y"})
      for (int i = 0; i < kLandmarks; ++i) text += fmt::format(",{}_{}", axis, i);
    for (const TableRow& row : rows) {
      text +=
          fmt::format("\n{},{},{:.3f},{}", row.frame, row.face, row.seconds, row.success ? 1 : 0);
      for (const float value : {row.x, row.y})
        for (int i = 0; i < kLandmarks; ++i) text += fmt::format(",{}", value);
    }
    test::write_text(folder_.path() / "t.csv", text + "\n");
    return LandmarksCsv(folder_.path() / "t.csv");
  }

  // A video of `frames` frames at `step` s.
  static TableMatch::Findings findings(const LandmarksCsv& table, int frames, double step,
                                       bool whole = true) {
    TableMatch match(table, {640, 480, 1 / step});
    for (int i = 0; i < frames; ++i) match.add(i, i * step);
    return match.at_end(whole);
  }

  const test::TemporaryFolder folder_;
};

TEST_F(TableMatchTest, ItsOwnVideo) {
  for (const double fps : {25.0, 30.0, 29.97, 1000.0}) {
    const auto found = findings(table(rows(50, fps)), 50, 1 / fps);
    EXPECT_THAT(found.contradictions, IsEmpty());
    EXPECT_THAT(found.notes, IsEmpty());
  }
  EXPECT_THAT(TableMatch(table(rows(5, 30)), {640, 480, 30}).of_size(), IsEmpty());
}

TEST_F(TableMatchTest, ALongerTableIsOfAnotherVideo) {
  const LandmarksCsv longer = table(rows(60, 30));
  EXPECT_THAT(findings(longer, 50, 1 / 30.0).contradictions,
              ElementsAre("it goes on to frame 60, the video has 50 frames"));
  // A single frame more is how programs count the end; the rest may be lost to damage.
  auto found = findings(longer, 59, 1 / 30.0);
  EXPECT_THAT(found.contradictions, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("frame 60")));
  found = findings(longer, 50, 1 / 30.0, false);
  EXPECT_THAT(found.contradictions, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("50 frames that could be read")));
}

TEST_F(TableMatchTest, FramesOfAllFacesCount) {
  std::vector<TableRow> two = rows(40, 30);
  for (int i = 0; i < 20; ++i)
    two.push_back({.frame = i + 41, .face = 3, .seconds = (40 + i) / 30.0});
  EXPECT_THAT(findings(table(two), 50, 1 / 30.0).contradictions,
              ElementsAre(HasSubstr("frame 60")));
  EXPECT_THAT(findings(table(two), 60, 1 / 30.0).contradictions, IsEmpty());
}

TEST_F(TableMatchTest, APartIsNoContradiction) {
  std::vector<TableRow> part = rows(50, 30);
  part.erase(part.begin() + 45, part.end());
  part.erase(part.begin(), part.begin() + 10);
  const auto found = findings(table(part), 50, 1 / 30.0);
  EXPECT_THAT(found.contradictions, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre("it has no row for 15 of 50 frames, which count as failed"));
  // Every third frame, with its number.
  std::vector<TableRow> some;
  for (int i = 0; i < 50; i += 3) some.push_back({.frame = i + 1, .seconds = i / 30.0});
  EXPECT_THAT(findings(table(some), 50, 1 / 30.0).contradictions, IsEmpty());
  // Nothing in common.
  for (TableRow& row : part) row.frame += 100;
  EXPECT_THAT(findings(table(part), 50, 1 / 30.0, false).contradictions,
              ElementsAre(HasSubstr("no row for any")));
}

TEST_F(TableMatchTest, FewerRowsAtAnotherRateAreOfAnotherVideo) {
  // Of a copy with a third of the frames.
  EXPECT_THAT(findings(table(rows(30, 10)), 90, 1 / 30.0).contradictions,
              ElementsAre(HasSubstr("0.000 to 2.900 s where the frames are at 0.000 to 0.967 s")));
  EXPECT_THAT(findings(table(rows(80, 24)), 100, 1 / 25.0).contradictions, testing::SizeIs(1));
  // Rates of one video are told in many ways: a table with all frames is right.
  const auto found = findings(table(rows(90, 10)), 90, 1 / 30.0);
  EXPECT_THAT(found.contradictions, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("timestamps")));
}

TEST_F(TableMatchTest, TimesMayBeginAnywhereAndMayNotBeThere) {
  std::vector<TableRow> later = rows(30, 30);
  for (TableRow& row : later) row.seconds += 1000;
  EXPECT_THAT(findings(table(later), 50, 1 / 30.0).contradictions, IsEmpty());
  for (TableRow& row : later) row.seconds = 0;
  EXPECT_THAT(findings(table(later), 50, 1 / 30.0).contradictions, IsEmpty());
  EXPECT_THAT(findings(table(rows(30, 25)), 50, 0).contradictions, IsEmpty());  // pictures
}

// Of a variable rate: the container's times, or those that OpenFace counts at the nominal rate.
TEST_F(TableMatchTest, VariableRates) {
  const auto seconds = [](int i) { return i < 25 ? i / 30.0 : 25 / 30.0 + (i - 25) / 10.0; };
  std::vector<TableRow> own = rows(40, 30), nominal = rows(40, 30), other = rows(40, 50);
  for (int i = 0; i < 40; ++i) own[static_cast<std::size_t>(i)].seconds = seconds(i);
  const auto contradictions = [&](const std::vector<TableRow>& some) {
    const LandmarksCsv one = table(some);
    TableMatch match(one, {640, 480, 30});
    for (int i = 0; i < 50; ++i) match.add(i, seconds(i));
    return match.at_end(true).contradictions;
  };
  EXPECT_THAT(contradictions(own), IsEmpty());
  EXPECT_THAT(contradictions(nominal), IsEmpty());
  EXPECT_THAT(contradictions(other), testing::SizeIs(1));
}

TEST_F(TableMatchTest, FacesOutsideOfThePicture) {
  std::vector<TableRow> some = rows(10, 30);
  for (std::size_t i = 0; i < 5; ++i) some[i].x = 700;
  EXPECT_THAT(TableMatch(table(some), {640, 480, 30}).of_size(), IsEmpty());  // leaves the picture
  some[5].y = -10;
  const LandmarksCsv outside = table(some);
  EXPECT_THAT(TableMatch(outside, {640, 480, 30}).of_size(),
              ElementsAre(HasSubstr("60 % of its faces lie outside of the picture, 640 x 480 px")));
  for (std::size_t i = 0; i < 6; ++i) some[i].success = false;
  EXPECT_THAT(TableMatch(table(some), {640, 480, 30}).of_size(), IsEmpty());
}

TEST_F(TableMatchTest, TheManifestKnowsTheSize) {
  const LandmarksCsv any = table(rows(10, 30));
  test::write_text(folder_.path() / "t.manifest.json",
                   R"({"input": {"width_px": 320, "height_px": 240}})");
  EXPECT_THAT(TableMatch(any, {320, 240, 30}).of_size(), IsEmpty());
  EXPECT_THAT(TableMatch(any, {640, 480, 30}).of_size(),
              ElementsAre("its manifest says 320 x 240 px, the video has 640 x 480 px"));
  for (const char* other : {"", "{}", "[1]", R"({"input": {"width_px": "x", "height_px": 1}})",
                            R"({"input": {"width_px": 0, "height_px": -1}})"}) {
    test::write_text(folder_.path() / "t.manifest.json", other);
    EXPECT_THAT(TableMatch(any, {640, 480, 30}).of_size(), IsEmpty()) << other;
  }
}

}  // namespace
}  // namespace auriga
