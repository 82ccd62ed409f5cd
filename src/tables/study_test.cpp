#include "tables/study.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>
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
using ::testing::StartsWith;

class StudyNumbers : public ::testing::Test {
 protected:
  AuTable read(const std::string& table) const {
    test::write_text(folder_.path() / "out.csv", table);
    return read_au_table(folder_.path() / "out.csv");
  }
  // Frames of 0.1 s with the intensities of AU12.
  AuTable intensities(const std::vector<double>& values) const {
    std::string text = "frame,timestamp,AU12_r,AU28_c,success\n";
    for (std::size_t i = 0; i < values.size(); ++i)
      text += std::isnan(values[i])
                  ? fmt::format("{},{:.1f},0,0,0\n", i + 1, 0.1 * double(i))
                  : fmt::format("{},{:.1f},{},{},1\n", i + 1, 0.1 * double(i), values[i], i % 2);
    return read(text);
  }
  static UnitNumbers only(const AuTable& table, const EventRules& rules = {}) {
    return unit_numbers(table, table.faces[0], rules).at(0);
  }
  const TemporaryFolder folder_;
};

TEST_F(StudyNumbers, AreThoseOfTheFormulas) {
  const UnitNumbers au = only(intensities({0, 0, 1, 3, 2, 1, 0, 0, 0, 0}));
  EXPECT_EQ(au.unit, "AU12");
  const auto at = [&](UnitColumn column) { return au.at(column).value_or(-1); };
  EXPECT_NEAR(at(UnitColumn::mean), 0.7, 1e-9);
  EXPECT_NEAR(at(UnitColumn::sd), 1.05935, 1e-5);  // R: sd(c(0,0,1,3,2,1,0,0,0,0))
  EXPECT_NEAR(at(UnitColumn::median), 0, 1e-9);
  EXPECT_NEAR(at(UnitColumn::p05), 0, 1e-9);
  EXPECT_NEAR(at(UnitColumn::p95), 2.55, 1e-9);  // R: quantile(x, .95)
  EXPECT_EQ(at(UnitColumn::peak), 3);
  EXPECT_NEAR(at(UnitColumn::peak_at), 0.3, 1e-9);
  EXPECT_NEAR(at(UnitColumn::present), 0.4, 1e-9);
  EXPECT_EQ(at(UnitColumn::events), 1);
  EXPECT_NEAR(at(UnitColumn::events_per_minute), 60, 1e-6);
  EXPECT_NEAR(at(UnitColumn::event_length), 0.4, 1e-9);
  EXPECT_NEAR(at(UnitColumn::onset_speed), 20, 1e-6);
  EXPECT_NEAR(at(UnitColumn::offset_speed), 10, 1e-6);
  EXPECT_EQ(at(UnitColumn::valid_frames), 10);
}

TEST_F(StudyNumbers, WhatDoesNotExistIsEmpty) {
  const AuTable table = intensities({0, 0.5, NAN, NAN});
  const auto units = unit_numbers(table, table.faces[0], {});
  ASSERT_THAT(units, SizeIs(2));
  EXPECT_EQ(units[0].at(UnitColumn::valid_frames), 2);
  EXPECT_EQ(units[0].at(UnitColumn::events), 0);
  EXPECT_EQ(units[0].at(UnitColumn::event_length), std::nullopt);
  EXPECT_EQ(units[0].at(UnitColumn::onset_speed), std::nullopt);
  EXPECT_EQ(units[1].unit, "AU28");
  EXPECT_EQ(units[1].at(UnitColumn::mean), std::nullopt);
  EXPECT_EQ(units[1].at(UnitColumn::present), 0.5);
  EXPECT_EQ(units[1].at(UnitColumn::events), 1);
  EXPECT_EQ(only(intensities({1})).at(UnitColumn::sd), std::nullopt);
}

TEST_F(StudyNumbers, RulesDecideWhatAnEventIs) {
  const AuTable table = intensities({0, 1, 0, 0, 0, 2, 2, 0});
  EXPECT_EQ(only(table).at(UnitColumn::events), 2);
  EXPECT_EQ(only(table, {.threshold = 1.5}).at(UnitColumn::events), 1);
  EXPECT_EQ(only(table, {.threshold = 1.5}).at(UnitColumn::present), 0.25);
  EXPECT_EQ(only(table, {.shortest = 0.15}).at(UnitColumn::events), 1);
  EXPECT_EQ(only(table, {.longest_gap = 0.5}).at(UnitColumn::events), 1);
}

TEST_F(StudyNumbers, PartsAreTablesOfTheirOwn) {
  const AuTable table = intensities({1, 1, 1, 1, 0, 0, 1, 1, 1, 1});
  const AuTable part = part_of(table, {"", 0.25, 0.75});
  EXPECT_EQ(part.frames, 5u);
  EXPECT_THAT(part.faces[0].frames, ElementsAre(4, 5, 6, 7, 8));
  const auto rows = study_rows(table, {}, {.longest_gap = 0}, TablePart{"SS", 0.2, 0.8});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].valid_frames, 6u);
  EXPECT_EQ(rows[0].units[0].at(UnitColumn::events), 2);
  EXPECT_NEAR(rows[0].units[0].at(UnitColumn::event_length).value(), 0.2, 1e-9);
  const auto outside = study_rows(table, {}, {}, TablePart{"RE", 5, 6});
  ASSERT_THAT(outside, SizeIs(1));
  EXPECT_EQ(outside[0].face_id, std::nullopt);
  EXPECT_EQ(outside[0].quality.frames, 0u);
}

TEST_F(StudyNumbers, WindowsCoverTheTable) {
  const AuTable table = intensities(std::vector<double>(25, 1));
  const auto windows = windows_of(table, 1);
  ASSERT_THAT(windows, SizeIs(3));
  EXPECT_EQ(windows[2].start_s, 2);
  std::size_t frames = 0;
  for (const TablePart& window : windows) frames += part_of(table, window).frames;
  EXPECT_EQ(frames, 25u);
  EXPECT_THAT(windows_of(intensities(std::vector<double>(20, 1)), 1), SizeIs(2));
  EXPECT_THROW(windows_of(read("frame,AU12_r\n1,1\n2,1\n"), 1), Error);
  EXPECT_THROW(windows_of(table, 1e-6), Error);
}

TEST(PathGroups, TakeNamedAndOtherGroupsOutOfPaths) {
  const PathGroups groups("(?<participant>P[0-9]+)_(?:[a-z]+)_(?P<condition>[a-z]+)([0-9])");
  EXPECT_THAT(groups.names(), ElementsAre("participant", "condition", "group3"));
  EXPECT_THAT(groups.of("data/P01_x_sad2.csv"), ElementsAre("P01", "sad", "2"));
  EXPECT_THAT(groups.of("other.csv"), ElementsAre("", "", ""));
  EXPECT_FALSE(groups.matches("other.csv"));
  EXPECT_THAT(PathGroups(R"(\(([(]a))").names(), ElementsAre("group1"));
  for (const char* bad :
       {"P[0-9]+", "(a", "(?<>a)", "(?<x", "(?<frames>a)", "(?<x>a)(?<x>b)", "([)"})
    EXPECT_THROW(PathGroups{bad}, Error) << bad;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

std::size_t cells(const std::string& line) {
  return static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
}

StudyRow row(const std::string& file, const std::string& who, const std::string& condition,
             double mean, const std::string& unit = "AU12") {
  StudyRow result;
  result.file = file;
  result.groups = {who, condition};
  result.face_id = 0;
  UnitNumbers numbers;
  numbers.unit = unit;
  numbers.values[0] = mean;
  result.units.push_back(numbers);
  return result;
}

const StudyForm kForm{.groups = {"participant", "condition"}};

TEST(StudyTables, WideAndLongHaveTheColumnsOfTheList) {
  const std::vector<StudyRow> rows = {row("a,1.csv", "P1", "sad", 1.5),
                                      row("b.csv", "P2", "sad", 2, "AU04")};
  const auto wide = lines(wide_table(rows, kForm));
  ASSERT_THAT(wide, SizeIs(3));
  EXPECT_THAT(wide[0], StartsWith("file,participant,condition,face_id,estimator,frames,"));
  EXPECT_THAT(wide[0], HasSubstr(",AU04_valid_frames,AU12_mean,AU12_sd,"));
  EXPECT_EQ(cells(wide[0]), kFileColumns - 3 + 2 + 2 * kUnitColumns);
  EXPECT_EQ(cells(wide[2]), cells(wide[0]));
  EXPECT_THAT(wide[1], StartsWith("\"a,1.csv\",P1,sad,0,,"));
  EXPECT_THAT(wide[1], HasSubstr(",1.5000,"));
  const auto long_form = lines(long_table(rows, kForm));
  ASSERT_THAT(long_form, SizeIs(5));
  EXPECT_EQ(cells(long_form[0]), kFileColumns - 3 + 2 + 1 + kUnitColumns);
  EXPECT_THAT(long_form[0], HasSubstr(",unit,mean,"));
  StudyForm parts = kForm;
  parts.parts = true;
  EXPECT_THAT(wide_table(rows, parts), StartsWith("file,participant,condition,start,end,face_id"));
  parts.tasks = true;
  parts.separator = '\t';
  EXPECT_THAT(wide_table(rows, parts),
              StartsWith("file\tparticipant\tcondition\ttask\tstart\tend\tface_id"));
}

TEST(StudyTables, InAveragesEachParticipantCountsOnce) {
  std::vector<StudyRow> rows = {row("a", "P1", "sad", 1), row("b", "P1", "sad", 3),
                                row("c", "P2", "sad", 5), row("d", "P2", "glad", 4)};
  StudyRow other = row("c", "P2", "sad", 100);
  other.is_first_face = false;
  rows.push_back(other);
  EXPECT_THAT(
      lines(condition_table(rows, kForm)),
      ElementsAre("condition,unit,measure,participants,files,average,sd,median",
                  "glad,AU12,mean,1,1,4.0000,,4.0000", "sad,AU12,mean,2,3,3.5000,2.1213,3.5000"));
}

}  // namespace
}  // namespace auriga
