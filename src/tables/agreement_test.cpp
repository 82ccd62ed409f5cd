#include "tables/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

using test::Table;
using test::TemporaryFolder;

class AgreementTest : public ::testing::Test {
 protected:
  MatchedTables tables(const std::string& a, const std::string& b) const {
    test::write_text(folder_.path() / "a.csv", a);
    test::write_text(folder_.path() / "b.csv", b);
    return MatchedTables(folder_.path() / "a.csv", folder_.path() / "b.csv");
  }

  Agreement figures(const std::string& a, const std::string& b) const {
    return agreement(tables(a, b));
  }

  const TemporaryFolder folder_;
};

void expect(const Differences& found, std::size_t n, double mean, double rms, double p99,
            double max) {
  // Sums of a few numbers in double precision.
  EXPECT_EQ(found.n, n);
  EXPECT_NEAR(found.mean, mean, 1e-12);
  EXPECT_NEAR(found.rms, rms, 1e-12);
  EXPECT_NEAR(found.p99, p99, 1e-12);
  EXPECT_NEAR(found.max, max, 1e-12);
}

// One table has nothing for a lost frame, the other zeros.
TEST_F(AgreementTest, EmptyCellsOfLostRowsDoNotCount) {
  const Agreement found =
      figures("frame,success,x_0,y_0,AU12_r\n1,0,,,\n2,1,10,20,1\n3,1,11,20,2\n",
              "frame,success,x_0,y_0,AU12_r\n1,0,0,0,0\n2,1,10,20,1\n3,1,11,20,3\n");
  EXPECT_EQ(found.rows_with_success, 2u);
  expect(found.landmarks_px, 2, 0, 0, 0, 0);
  ASSERT_EQ(found.by_intensity.size(), 1u);
  EXPECT_EQ(found.by_intensity[0].n, 2u);
  EXPECT_EQ(found.by_intensity[0].mean_abs_difference, 0.5);
}

// Two points in two frames, off by (3, 4), (0, 0), (0, 1) and (0, 0) px.
TEST_F(AgreementTest, LandmarksAreDistancesBetweenPoints) {
  const Agreement found = figures("frame,x_0,x_1,y_0,y_1\n1,10,20,30,40\n2,11,21,31,41\n",
                                  "frame,x_0,x_1,y_0,y_1\n1,13,20,34,40\n2,11,21,30,41\n");
  expect(found.landmarks_px, 4, 1.5, std::sqrt(26.0 / 4), 5, 5);
  expect(found.eye_landmarks_px, 0, 0, 0, 0, 0);
  const Agreement eyes = figures("frame,eye_lmk_x_55,eye_lmk_y_55,eye_lmk_X_55\n1,1,1,0\n",
                                 "frame,eye_lmk_x_55,eye_lmk_y_55,eye_lmk_X_55\n1,4,5,9\n");
  expect(eyes.eye_landmarks_px, 1, 5, 5, 5, 5);
  expect(eyes.landmarks_px, 0, 0, 0, 0, 0);
}

TEST_F(AgreementTest, PoseAndGazeAreDifferencesOfNumbers) {
  const std::string columns =
      "frame,pose_Tx,pose_Ty,pose_Tz,pose_Rx,pose_Ry,pose_Rz,gaze_0_x,gaze_0_y,gaze_0_z,gaze_1_x,"
      "gaze_1_y,gaze_1_z,gaze_angle_x\n";
  const Agreement found = figures(columns + "1,0,0,500,0.1,0,0,0,0,-1,0,0,-1,5\n",
                                  columns + "1,3,0,494,0.1,0.2,0.1,0.3,0,-1,0,-0.6,-1,9\n");
  expect(found.pose_mm, 3, 3, std::sqrt(15.0), 6, 6);
  expect(found.pose_rad, 3, 0.1, std::sqrt(0.05 / 3), 0.2, 0.2);
  expect(found.gaze, 6, 0.15, std::sqrt(0.45 / 6), 0.6, 0.6);
}

// Only rows that both tables call a success count; which those are counts over all rows.
TEST_F(AgreementTest, FailedRowsDoNotCount) {
  const Agreement found = figures(
      "frame,success,x_0,y_0,AU01_r\n1,1,1,1,1\n2,1,2,2,2\n3,0,0,0,0\n"
      "4,0,0,0,0\n5,1,0,0,0\n",
      "frame,success,x_0,y_0,AU01_r\n1,1,1,1,1\n2,0,9,9,0\n3,1,9,9,3\n"
      "4,0,9,9,0\n6,1,0,0,0\n");
  EXPECT_EQ(found.rows, 4U);
  EXPECT_EQ(found.rows_with_success, 1U);
  EXPECT_EQ(found.success_equal, 0.5);
  expect(found.landmarks_px, 1, 0, 0, 0, 0);
  expect(found.intensities, 1, 0, 0, 0, 0);
  EXPECT_EQ(found.by_intensity.at(0).n, 1U);
}

TEST_F(AgreementTest, ActionUnits) {
  const Agreement found =
      figures("frame,AU01_r,AU02_r,AU45_r,AU01_c,AU45_c\n1,0,1,2,0,1\n2,1,0,2,1,1\n3,2,2,2,1,1\n",
              "frame,AU01_r,AU02_r,AU45_r,AU01_c,AU45_c\n1,0,2,2,0,1\n2,2,1,2,0,1\n3,4,0,2,0,0\n");
  expect(found.intensities, 9, 7.0 / 9, std::sqrt(11.0 / 9), 2, 2);
  ASSERT_EQ(found.by_intensity.size(), 3U);
  EXPECT_EQ(found.by_intensity[0].name, "AU01_r");
  EXPECT_NEAR(found.by_intensity[0].pearson_r.value(), 1, 1e-12);
  // (0, -1, 1) and (1, 0, -1): -1 / 2.
  EXPECT_NEAR(found.by_intensity[1].pearson_r.value(), -0.5, 1e-12);
  EXPECT_EQ(found.by_intensity[2].pearson_r, std::nullopt);
  EXPECT_NEAR(found.mean_pearson_r.value(), 0.25, 1e-12);  // of the two that have one
  EXPECT_NEAR(found.least_pearson_r.value(), -0.5, 1e-12);
  ASSERT_EQ(found.by_presence.size(), 2U);
  EXPECT_NEAR(found.by_presence[0].class_agreement.value(), 1.0 / 3, 1e-12);
  EXPECT_NEAR(found.presences_equal.value(), 3.0 / 6, 1e-12);
}

TEST_F(AgreementTest, NinetyNinePercentAreNotLarger) {
  for (const int n : {1, 99, 100, 101, 200, 201}) {
    std::string a = "frame,AU01_r\n", b = a;
    for (int i = 1; i <= n; ++i) {  // differences 1..n, not in order
      a += fmt::format("{},{}\n", i, i);
      b += fmt::format("{},{}\n", i, i % 2 == 0 ? 0 : 2 * i);
    }
    const Differences found = figures(a, b).intensities;
    int within = 0, below = 0;
    for (int i = 1; i <= n; ++i) {
      within += i <= found.p99 ? 1 : 0;
      below += i < found.p99 ? 1 : 0;
    }
    EXPECT_GE(100 * within, 99 * n) << n;
    EXPECT_LT(100 * below, 99 * n) << n;  // no smaller one does
  }
}

TEST_F(AgreementTest, LeavesOutWhatIsMissing) {
  const Agreement found = figures("frame,x_0,y_0,AU01_r,AU02_r\n1,1,1,1,left\n2,2,2,,left\n",
                                  "frame,x_0,y_0,AU01_r,AU02_r\n1,1,,2,1\n2,5,6,3,1\n");
  expect(found.landmarks_px, 1, 5, 5, 5, 5);
  expect(found.intensities, 1, 1, 1, 1, 1);
  ASSERT_EQ(found.by_intensity.size(), 1U);
  EXPECT_EQ(found.by_intensity[0].only_one, 1U);
  const Agreement nothing = figures("frame,v\n1,1\n", "frame,v\n2,1\n");
  EXPECT_EQ(nothing.rows, 0U);
  EXPECT_EQ(nothing.success_equal, std::nullopt);
  EXPECT_EQ(nothing.mean_pearson_r, std::nullopt);
  EXPECT_EQ(nothing.presences_equal, std::nullopt);
}

TEST_F(AgreementTest, ColumnsOfSomeRows) {
  const MatchedTables both = tables("frame,v\n1,1\n2,2\n3,3\n", "frame,v\n1,1\n2,4\n3,9\n");
  EXPECT_EQ(compare_column(both, 0).max_abs_difference, 6);
  const ColumnComparison some = compare_column(both, 0, {true, true, false});
  EXPECT_EQ(some.n, 2U);
  EXPECT_EQ(some.max_abs_difference, 2);
  EXPECT_EQ(compare_column(both, 0, {false, false, false}).n, 0U);
}

// A video with frames that failed, against itself; and the dynamic against the static models, by
// sums of our own.
TEST(AgreementGolden, OpenFaceTables) {
  const auto folder = test::test_data() / "golden/csv";
  AURIGA_NEEDS(folder / "multi_face.csv");
  AURIGA_NEEDS(folder / "video01_static.csv");
  const Agreement same =
      agreement(MatchedTables(folder / "multi_face.csv", folder / "multi_face.csv"));
  EXPECT_EQ(same.rows, 702U);
  EXPECT_EQ(same.rows_with_success, 699U);
  EXPECT_EQ(same.landmarks_px.n, 699U * 68);
  EXPECT_EQ(same.eye_landmarks_px.n, 699U * 56);
  EXPECT_EQ(same.gaze.n, 699U * 6);
  EXPECT_EQ(same.landmarks_px.max, 0);
  EXPECT_EQ(same.presences_equal, 1);
  EXPECT_NEAR(same.least_pearson_r.value(), 1, 1e-12);

  const Table a(folder / "video01.csv"), b(folder / "video01_static.csv");
  const Agreement found =
      agreement(MatchedTables(folder / "video01.csv", folder / "video01_static.csv"));
  EXPECT_EQ(found.landmarks_px.max, 0);  // the same tracker
  EXPECT_EQ(found.pose_mm.max, 0);
  EXPECT_EQ(found.gaze.max, 0);
  double sum = 0, most = 0;
  int equal = 0;
  for (const std::string& column : a.columns()) {
    if (!column.starts_with("AU")) continue;
    for (std::size_t row = 0; row < a.rows(); ++row) {
      const double difference = std::abs(a.number(row, column) - b.number(row, column));
      if (column.ends_with("_c")) {
        equal += difference == 0 ? 1 : 0;
      } else {
        sum += difference;
        most = std::max(most, difference);
      }
    }
  }
  EXPECT_EQ(found.intensities.n, 300U * 17);
  EXPECT_NEAR(found.intensities.mean, sum / (300 * 17), 1e-12);
  EXPECT_EQ(found.intensities.max, most);
  EXPECT_GT(most, 0.1);
  EXPECT_NEAR(found.presences_equal.value(), equal / (300.0 * 18), 1e-12);
}

}  // namespace
}  // namespace auriga
