#include "tables/events.hpp"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Events : public ::testing::Test {
 protected:
  AuTable read(const std::string& table) const {
    test::write_text(folder_.path() / "out.csv", table);
    return read_au_table(folder_.path() / "out.csv");
  }
  // Frames from 1, 0.1 s each, one per letter: 0..5 an intensity, '-' no success.
  AuTable intensities(const std::string& letters) const {
    std::string text = "frame,timestamp,AU12_r,success\n";
    for (std::size_t i = 0; i < letters.size(); ++i)
      text += std::to_string(i + 1) + "," + std::to_string(static_cast<double>(i) / 10) + "," +
              (letters[i] == '-' ? "0,0" : std::string(1, letters[i]) + ",1") + "\n";
    return read(text);
  }
  // "first-last" of the first face.
  std::vector<std::string> ranges(const AuTable& table, const EventRules& rules = {}) const {
    std::vector<std::string> all;
    for (const AuEvent& event : find_events(table, table.faces[0], rules))
      all.push_back(std::to_string(event.first) + "-" + std::to_string(event.last));
    return all;
  }
  const TemporaryFolder folder_;
};

TEST_F(Events, HaveFramesTimesAndThePeak) {
  const AuTable table = intensities("0132200");
  const auto events = find_events(table, table.faces[0]);
  ASSERT_THAT(events, SizeIs(1));
  const AuEvent& event = events[0];
  EXPECT_EQ(event.unit, "AU12");
  EXPECT_EQ(event.first, 2);
  EXPECT_EQ(event.last, 5);
  EXPECT_NEAR(event.start_s, 0.1, 1e-9);
  EXPECT_NEAR(event.end_s, 0.5, 1e-9);
  EXPECT_EQ(event.peak, 3);
  EXPECT_EQ(event.peak_frame, 3);
  EXPECT_NEAR(event.peak_s, 0.2, 1e-9);
}

TEST_F(Events, ThresholdShortestAndGapAreRules) {
  const AuTable table = intensities("10001230001");
  EXPECT_THAT(ranges(table), ElementsAre("1-1", "5-7", "11-11"));
  EXPECT_THAT(ranges(table, {.threshold = 2}), ElementsAre("6-7"));
  EXPECT_THAT(ranges(table, {.shortest = 0.2}), ElementsAre("5-7"));
  EXPECT_THAT(ranges(table, {.shortest = 0.3}), ElementsAre("5-7")) << "0.3 s are not shorter";
  EXPECT_THAT(ranges(table, {.shortest = 0.31}), IsEmpty());
  EXPECT_THAT(ranges(table, {.longest_gap = 0.35}), ElementsAre("1-11"));
  EXPECT_THAT(ranges(table, {.shortest = 0.31, .longest_gap = 0.35}), ElementsAre("1-11"));
  EXPECT_THAT(ranges(intensities("1011"), {.longest_gap = 0}), ElementsAre("1-1", "3-4"));
  EXPECT_THAT(ranges(intensities("1111"), {.longest_gap = 0}), ElementsAre("1-4"));
}

TEST_F(Events, RowsWithoutSuccessAreGaps) {
  EXPECT_THAT(ranges(intensities("11-11")), ElementsAre("1-5"));
  EXPECT_THAT(ranges(intensities("11---11")), ElementsAre("1-2", "6-7"));
}

TEST_F(Events, PresencesDecideUnlessAThresholdIsGiven) {
  const AuTable table = read(
      "frame,timestamp,AU12_r,AU28_c,AU12_c\n1,0.0,3,1,0\n2,0.1,0.5,1,1\n"
      "3,0.2,,0,0\n");
  EXPECT_THAT(ranges(table), ElementsAre("2-2", "1-2"));
  EXPECT_THAT(ranges(table, {.threshold = 2}), ElementsAre("1-1", "1-2"));
  const auto events = find_events(table, table.faces[0], table.faces[0].aus[1]);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(std::isnan(events[0].peak));
  EXPECT_EQ(events[0].peak_frame, 1);
}

TEST_F(Events, NeverGoOnAcrossAnExcludedRow) {
  AuTable table = intensities("1111111");
  const auto take_out = [&](std::int64_t first, std::int64_t last) {
    exclude(table, Excluded({{.kind = MarkKind::exclude, .first = first, .last = last},
                             {.kind = MarkKind::label, .first = 1, .last = 100}}));
  };
  take_out(4, 4);
  EXPECT_THAT(ranges(table), ElementsAre("1-3", "5-7"));
  EXPECT_EQ(table.frames_excluded, 1u);
  EXPECT_EQ(table.frames_with_face, 6u);
  take_out(8, 9);
  EXPECT_EQ(table.frames_excluded, 1u);
  take_out(1, 100);
  EXPECT_THAT(ranges(table), IsEmpty());
  EXPECT_EQ(table.frames_with_face, 0u);
}

TEST_F(Events, WithoutTimesFramesAreTheUnit) {
  const AuTable table = read(
      "frame,success,AU12_r\n1,1,1\n2,1,0\n3,1,0\n4,1,0\n5,1,0\n6,1,0\n7,1,1\n8,1,0\n"
      "9,1,0\n10,1,0\n11,1,0\n12,1,0\n13,1,0\n14,1,1\n");
  EXPECT_THAT(ranges(table), ElementsAre("1-7", "14-14"));
  EXPECT_THAT(ranges(table, {.longest_gap = 5}), ElementsAre("1-1", "7-7", "14-14"));
}

// As `auriga extract --every` writes it.
TEST_F(Events, OfEveryTenthFrameLastUntilTheNextRow) {
  const AuTable table = read("frame,timestamp,AU12_r\n1,0.0,1\n11,0.4,1\n21,0.8,0\n31,1.2,1\n");
  EXPECT_NEAR(table.step, 0.4, 1e-9);
  EXPECT_THAT(ranges(table), ElementsAre("1-11", "31-31"));
  EXPECT_NEAR(find_events(table, table.faces[0])[0].end_s, 0.8, 1e-9);
}

TEST_F(Events, OfRowsWithTooLittleConfidenceThereAreNone) {
  AuTable table =
      read("frame,timestamp,confidence,AU12_r\n1,0.0,0.9,1\n2,0.1,0.5,1\n3,0.2,,1\n4,0.3,0.8,0\n");
  require_confidence(table, 0.8);
  EXPECT_THAT(ranges(table), ElementsAre("1-1"));
  EXPECT_EQ(table.frames_with_face, 2u);
  EXPECT_EQ(table.frames_excluded, 0u);
  AuTable without = intensities("11");
  EXPECT_ANY_THROW(require_confidence(without, 0.8));
}

}  // namespace
}  // namespace auriga
