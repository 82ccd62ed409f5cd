#include "tables/quality.hpp"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Row {
  bool success = true;
  double size_px = 200, yaw_rad = 0, pitch_rad = 0;
};

class QualityOf : public ::testing::Test {
 protected:
  // Frames from 1, `step_s` each.
  AuTable table(const std::vector<Row>& rows, double step_s = 0.04) const {
    std::string text =
        "frame,timestamp,success,pose_Rx,pose_Ry,x_0,x_8,x_16,x_27,y_0,y_8,y_16,y_27,AU12_r\n";
    for (std::size_t i = 0; i < rows.size(); ++i)
      text += fmt::format("{},{:.3f},{},{},{},10,50,{},50,20,100,20,20,0\n", i + 1,
                          static_cast<double>(i) * step_s, rows[i].success ? 1 : 0,
                          rows[i].pitch_rad, rows[i].yaw_rad, 10 + rows[i].size_px);
    return read(text);
  }
  AuTable read(const std::string& text) const {
    test::write_text(folder_.path() / "out.csv", text);
    return read_au_table(folder_.path() / "out.csv");
  }
  const TemporaryFolder folder_;
};

TEST_F(QualityOf, AGoodRecordingHasNothingToSay) {
  const Quality quality = quality_of(table(std::vector<Row>(100)), {});
  EXPECT_EQ(quality.verdict, Verdict::good);
  EXPECT_THAT(quality.reasons, IsEmpty());
  EXPECT_EQ(quality.frames, 100u);
  EXPECT_EQ(quality.followed, 1);
  EXPECT_EQ(quality.gaps, 0u);
  EXPECT_EQ(quality.longest_gap_s, 0);
  EXPECT_NEAR(quality.face_px.value(), 200, 1e-6);
  EXPECT_NEAR(quality.fps.value(), 25, 1e-6);
  EXPECT_NEAR(quality.fps_spread.value(), 0, 0.02);
  EXPECT_EQ(quality.light, std::nullopt);
}

TEST_F(QualityOf, CountsGapsAndTheLongest) {
  std::vector<Row> rows(100);
  rows[0].success = false;
  for (int i = 40; i < 70; ++i) rows[static_cast<std::size_t>(i)].success = false;
  rows[99].success = false;
  const Quality quality = quality_of(table(rows), {});
  EXPECT_NEAR(quality.followed, 0.68, 1e-9);
  EXPECT_EQ(quality.gaps, 3u);
  EXPECT_NEAR(quality.longest_gap_s.value(), 1.2, 1e-6);
  EXPECT_EQ(quality.longest_gap_frames, 30u);
  EXPECT_EQ(quality.verdict, Verdict::poor);
  EXPECT_THAT(quality.reasons, ElementsAre("the face is followed in 68.0 % of the frames (below "
                                           "80 % of the frames)",
                                           "without a face for 1.2 s at a time (above 1 s)"));
}

TEST_F(QualityOf, ExcludedFramesDoNotCount) {
  std::vector<Row> rows(100);
  for (int i = 40; i < 70; ++i) rows[static_cast<std::size_t>(i)].success = false;
  AuTable excluded = table(rows);
  exclude(excluded, Excluded({{.kind = MarkKind::exclude, .first = 41, .last = 70}}));
  const Quality quality = quality_of(excluded, {});
  EXPECT_EQ(quality.frames, 70u);
  EXPECT_EQ(quality.followed, 1);
  EXPECT_EQ(quality.gaps, 0u);
  EXPECT_EQ(quality.verdict, Verdict::good);
}

TEST_F(QualityOf, SmallAndTurnedFaces) {
  Quality quality = quality_of(table(std::vector<Row>(50, {true, 90, 0.6, -0.3})), {});
  EXPECT_EQ(quality.verdict, Verdict::look);
  EXPECT_NEAR(quality.yaw_deg.value().high, 34.4, 0.1);
  EXPECT_THAT(quality.reasons,
              ElementsAre("the face is small: 90 px (below 100 px)",
                          "the head is turned to a side by 34 deg (above 30 deg)"));
  // The bridge of the nose and the chin of a head in profile are still 80 px apart.
  quality = quality_of(table(std::vector<Row>(50, {true, 5, 1.2, 0})), {});
  EXPECT_NEAR(quality.face_px.value(), 80, 1e-6);
  EXPECT_EQ(quality.verdict, Verdict::poor);
  // A twentieth of the frames is not looked at.
  std::vector<Row> rows(100);
  for (std::size_t i = 0; i < 4; ++i) rows[i].yaw_rad = 1;
  EXPECT_EQ(quality_of(table(rows), {}).verdict, Verdict::good);
}

TEST_F(QualityOf, FrameRateOfTheManifestOrOfTheTimes) {
  Quality quality = quality_of(table(std::vector<Row>(50), 0.125), {});
  EXPECT_NEAR(quality.fps.value(), 8, 1e-6);
  EXPECT_EQ(quality.verdict, Verdict::poor);
  Recording recording;
  recording.mean_interval_s = 0.04;
  recording.least_interval_s = 0.02;
  recording.largest_interval_s = 0.06;
  quality = quality_of(table(std::vector<Row>(50), 0.125), recording);
  EXPECT_NEAR(quality.fps.value(), 25, 1e-6);
  EXPECT_NEAR(quality.fps_spread.value(), 1, 1e-6);
  EXPECT_EQ(quality.verdict, Verdict::look);
}

TEST_F(QualityOf, WhatTheManifestKnows) {
  Recording recording;
  recording.cuts = 2;
  recording.faces_visible = 3;
  recording.changes_of_person = 1;
  recording.partial = true;
  recording.light = {{0, {10, 40, 30, 0.5}}};
  const Quality quality = quality_of(table(std::vector<Row>(50)), recording);
  EXPECT_EQ(quality.verdict, Verdict::look);
  EXPECT_TRUE(quality.low_light);
  EXPECT_THAT(
      quality.reasons,
      ElementsAre("the face is dark: 40 of 255 (below 60 of 255)", "2 hard cuts",
                  "the face becomes another person's 1 time", "other people: 3 faces at a time",
                  "the video is damaged or was not read to its end"));
}

TEST_F(QualityOf, WithoutAFace) {
  const Quality quality = quality_of(table(std::vector<Row>(5, {false})), {});
  EXPECT_EQ(quality.verdict, Verdict::poor);
  EXPECT_THAT(quality.reasons, ElementsAre("no face was found"));
  EXPECT_EQ(quality.face_px, std::nullopt);
}

// They have no row for a frame without a face.
TEST_F(QualityOf, TablesOfSeveralFaces) {
  const Quality quality = quality_of(
      read("frame,face_id,timestamp,success,AU12_r\n1,0,0.0,1,0\n1,1,0.0,1,0\n2,0,0.1,1,0\n"
           "3,0,0.2,1,0\n14,1,1.3,1,0\n"),
      {});
  EXPECT_EQ(quality.frames, 14u);
  EXPECT_EQ(quality.frames_with_face, 4u);
  EXPECT_EQ(quality.gaps, 1u);
  EXPECT_NEAR(quality.longest_gap_s.value(), 1.0, 1e-9);
  EXPECT_EQ(quality.faces_visible, 2);
}

}  // namespace
}  // namespace auriga
