#include "drawing/timeline.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

using Bgr = std::array<int, 3>;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Of what is drawn, and how many pixels of it are in the legend.
constexpr Bgr kFill{235, 206, 168}, kCurve{180, 110, 40}, kPresent{60, 140, 240},
    kNoFace{222, 222, 222};
constexpr int kLegendPresent = 22 * 4, kLegendNoFace = 22 * 9;
constexpr int kColumns = kTimelineWidth_px - 226 - 16;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

int pixels(const Image& image, Bgr colour) {
  int count = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const std::uint8_t* p = image.row(y) + 3 * x;
      count += Bgr{p[0], p[1], p[2]} == colour ? 1 : 0;
    }
  return count;
}

// One face, seen in every frame, 10 frames a second; an action unit per vector of intensities.
AuTable table_of(const std::vector<std::vector<double>>& intensities) {
  AuTable table;
  table.file = "folder/clip.csv";
  table.timed = true;
  table.step = 0.1;
  table.frames = table.frames_with_face = intensities.front().size();
  FaceTrack face;
  for (std::size_t row = 0; row < table.frames; ++row) {
    face.frames.push_back(static_cast<std::int64_t>(row) + 1);
    face.times.push_back(0.1 * static_cast<double>(row));
    face.success.push_back(1);
  }
  for (std::size_t i = 0; i < intensities.size(); ++i)
    face.aus.push_back({fmt::format("AU{:02}", i + 1), intensities[i], {}, {}});
  table.faces.push_back(std::move(face));
  return table;
}

Image draw(const AuTable& table) { return timeline_picture(table, table.faces[0], {}, ""); }

TEST(InterestingRows, ArePeaksThatAreNotClose) {
  std::vector<double> a(100, 0), b(100, 0), c(100, 0);
  a[20] = 4;
  b[24] = 3;  // close to the one before
  c[80] = 2;
  const AuTable table = table_of({a, b, c});
  EXPECT_THAT(interesting_rows(table, table.faces[0], 2), ElementsAre(20, 80));
  // The third is the farthest from both.
  EXPECT_THAT(interesting_rows(table, table.faces[0], 3), ElementsAre(20, 50, 80));
  EXPECT_THAT(interesting_rows(table, table.faces[0], 1), ElementsAre(20));
  EXPECT_THAT(interesting_rows(table, table.faces[0], 0), IsEmpty());
}

TEST(InterestingRows, HaveAFace) {
  AuTable table = table_of({{0, 5, 0, 3, 0, 0}});
  table.faces[0].success = {0, 0, 1, 1, 0, 1};
  EXPECT_THAT(interesting_rows(table, table.faces[0], 5), ElementsAre(2, 3, 5));
  table.faces[0].success.assign(6, 0);
  EXPECT_THAT(interesting_rows(table, table.faces[0], 5), IsEmpty());
}

TEST(InterestingRows, OfAFaceAtRestAreSpread) {
  const AuTable table = table_of({std::vector<double>(101, 0.1)});
  EXPECT_THAT(interesting_rows(table, table.faces[0], 3), ElementsAre(16, 50, 84));
}

TEST(InterestingRows, TakePresencesWhereThereIsNothingElse) {
  AuTable table = table_of({std::vector<double>(11, 0)});
  table.faces[0].aus[0] = {"AU28", {}, std::vector<double>(11, 0), {}};
  table.faces[0].aus[0].presence[7] = 1;
  EXPECT_THAT(interesting_rows(table, table.faces[0], 1), ElementsAre(7));
}

TEST(TimelinePicture, GrowsByAStripPerActionUnit) {
  std::vector<int> heights;
  for (const std::size_t aus : {1u, 2u, 18u, 100u}) {
    const Image image = draw(table_of(std::vector<std::vector<double>>(aus, {1, 2, 3})));
    EXPECT_EQ(image.width(), kTimelineWidth_px);
    heights.push_back(image.height());
  }
  const int strip = heights[1] - heights[0];
  EXPECT_GE(strip, 30);
  EXPECT_EQ(heights[2], heights[0] + 17 * strip);
  EXPECT_EQ(heights[3], heights[0] + 99 * strip);
}

TEST(TimelinePicture, ActionUnitsWithoutNumbersHaveNoStrip) {
  const Image image = draw(table_of({{kNan, kNan}, {5, 5}, {kNan, kNan}}));
  EXPECT_EQ(image.height(), draw(table_of({{5, 5}})).height());
  EXPECT_NEAR(pixels(image, kFill), 30 * kColumns, 1.2 * kColumns);
}

// A strip is 30 px high: that many times the share of 5 is filled in every column, less what the
// line on top covers (up to a pixel).
TEST(TimelinePicture, FillsUpToTheIntensity) {
  for (const std::size_t rows : {1u, 2u, 3u, 13u, 63u, 5000u}) {
    for (const double intensity : {0.0, 1.0, 2.5, 5.0, 7.0}) {
      const Image image = draw(table_of({std::vector<double>(rows, intensity)}));
      const double expected = 30 * std::min(intensity, 5.0) / 5 * kColumns;
      EXPECT_NEAR(pixels(image, kFill), expected, 1.2 * kColumns) << rows << ", " << intensity;
      EXPECT_EQ(pixels(image, kPresent), kLegendPresent + (intensity >= 1 ? 3 * kColumns : 0))
          << rows << ", " << intensity;
    }
  }
}

TEST(TimelinePicture, CurvesGoStraightFromRowToRow) {
  std::vector<double> ramp;
  for (int i = 0; i <= 10; ++i) ramp.push_back(i / 2.0);
  const Image image = draw(table_of({ramp}));
  // Half of the strip, whatever the number of rows.
  EXPECT_NEAR(pixels(image, kFill), 15 * kColumns, 1.5 * kColumns);
  const Image two = draw(table_of({{0, 5}}));
  EXPECT_NEAR(pixels(two, kFill), 15 * kColumns, 1.5 * kColumns);
}

// 200,000 rows, almost six hours, in some 760 columns: the one high row is seen.
TEST(TimelinePicture, OfManyRowsInAColumnTheHighestCounts) {
  std::vector<double> values(200'000, 0);
  const int rest = pixels(draw(table_of({values})), kCurve);
  values[77'777] = 5;
  const Image image = draw(table_of({values}));
  // A line up and down again.
  EXPECT_GE(pixels(image, kCurve) - rest, 15);
  EXPECT_LE(pixels(image, kCurve) - rest, 60);
  EXPECT_GE(pixels(image, kPresent), kLegendPresent + 3);
}

TEST(TimelinePicture, WhereThereIsNoFaceNothingIsDrawn) {
  AuTable table = table_of({std::vector<double>(30, 5)});
  EXPECT_EQ(pixels(draw(table), kNoFace), 0);
  for (std::size_t row = 10; row < 20; ++row) table.faces[0].success[row] = 0;
  const Image image = draw(table);
  // A third of the strip; ticks run over it.
  EXPECT_NEAR(pixels(image, kNoFace), kLegendNoFace + 30 * kColumns / 3, 4 * 30);
  EXPECT_NEAR(pixels(image, kFill), 30 * kColumns * 2 / 3, 1.2 * kColumns);
  EXPECT_NEAR(pixels(image, kPresent), kLegendPresent + 3 * kColumns * 2 / 3, 3 * 3);
}

// The same where the rows are not there at all, as in tables of several faces.
TEST(TimelinePicture, GapsOfRowsAreGaps) {
  AuTable table = table_of({std::vector<double>(20, 5)});
  FaceTrack& face = table.faces[0];
  for (std::size_t row = 10; row < 20; ++row) {
    face.frames[row] += 10;
    face.times[row] += 1;
  }
  const Image image = draw(table);
  EXPECT_NEAR(pixels(image, kNoFace), kLegendNoFace + 30 * kColumns / 3, 4 * 30);
  EXPECT_NEAR(pixels(image, kFill), 30 * kColumns * 2 / 3, 1.2 * kColumns);
}

TEST(TimelinePicture, CellsWithoutNumbersAreGaps) {
  std::vector<double> values(30, 5);
  for (std::size_t row = 10; row < 20; ++row) values[row] = kNan;
  const Image image = draw(table_of({values}));
  EXPECT_NEAR(pixels(image, kFill), 30 * kColumns * 2 / 3, 1.2 * kColumns);
  EXPECT_EQ(pixels(image, kNoFace), 0);
}

TEST(TimelinePicture, TheTruthIsALine) {
  const auto is_red = [](const Image& image) {
    int count = 0;
    for (int y = 60; y < image.height(); ++y)  // below the legend
      for (int x = 0; x < image.width(); ++x) {
        const std::uint8_t* p = image.row(y) + 3 * x;
        count += p[2] > 150 && p[0] < 100 && p[1] < 100 ? 1 : 0;
      }
    return count;
  };
  AuTable table = table_of({{0, 1, 2, 3}, {0, 1, 2, 3}});
  EXPECT_EQ(is_red(draw(table)), 0);
  table.faces[0].aus[0].truth = {1, 1, 1, kNan};
  table.truth = "truth.csv";
  const Image image = draw(table);
  // A line of 1.4 px between two rows of pixels along three quarters of the columns, which make
  // room for r.
  EXPECT_NEAR(is_red(image), 2 * 0.75 * (kColumns - 62), 60);
}

TEST(TimelinePicture, StillsAreShownAboveInTheirOrder) {
  const AuTable table = table_of({std::vector<double>(100, 1)});
  std::vector<Still> stills;
  for (const std::size_t row : {0u, 40u, 99u}) {
    Image picture(kStill_px, kStill_px, 3);
    std::fill_n(picture.data(), picture.size_bytes(), static_cast<std::uint8_t>(50 + row));
    stills.push_back({row, std::move(picture)});
  }
  const Image image = timeline_picture(table, table.faces[0], stills, "");
  EXPECT_GE(image.height(), draw(table).height() + kStill_px);
  int last = 0;
  for (const Still& still : stills) {
    const int value = 50 + static_cast<int>(still.row);
    EXPECT_GE(pixels(image, {value, value, value}), kStill_px * kStill_px);
    for (int x = 0; x < image.width(); ++x) {
      const std::uint8_t* p = image.row(100) + 3 * x;
      if (p[0] != value || p[1] != value || p[2] != value) continue;
      EXPECT_GT(x, last);
      last = x + kStill_px - 1;
      break;
    }
  }
}

TEST(TimelinePicture, SaysWhatItShows) {
  AuTable table = table_of({{1, 2}});
  const Image plain = draw(table), named = timeline_picture(table, table.faces[0], {}, "open-0.1");
  ASSERT_EQ(plain.size_bytes(), named.size_bytes());
  EXPECT_FALSE(std::equal(plain.data(), plain.data() + plain.size_bytes(), named.data()));
  // However long the names are, they stay left of the legend.
  table.file = std::string(5000, 'm');
  const Image image = timeline_picture(table, table.faces[0], {}, std::string(5000, 'x'));
  EXPECT_EQ(pixels(image, kPresent), pixels(plain, kPresent));
}

TEST(TimelinePicture, AnyTimesAreAnswered) {
  for (const double begin : {-1e12, -59.5, 0.0, 3599.0, 1e12}) {
    for (const double step : {1e-3, 1.0, 7e5, 1e12}) {
      AuTable table = table_of({{1, 2, 3}});
      table.step = step;
      for (std::size_t row = 0; row < 3; ++row)
        table.faces[0].times[row] = begin + step * static_cast<double>(row);
      EXPECT_GT(pixels(draw(table), kFill), 1000) << begin << ", " << step;
    }
  }
  AuTable frames = table_of({{1, 2, 3}});
  frames.timed = false;
  frames.step = 1;
  frames.faces[0].times = {1, 2, 1e12};
  EXPECT_GT(pixels(draw(frames), kPresent), kLegendPresent);
}

TEST(TimelinePicture, WithoutActionUnitsThereIsNothingToDraw) {
  AuTable table = table_of({{1, 2, 3}});
  table.faces[0].success = {0, 0, 0};
  try {
    draw(table);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("folder/clip.csv: expected action units of face 0"));
  }
}

}  // namespace
}  // namespace auriga
