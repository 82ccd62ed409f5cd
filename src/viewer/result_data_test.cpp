#include "viewer/result_data.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "files/gzip.hpp"
#include "shape/camera.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ResultDataTest : public ::testing::Test {
 protected:
  fs::path file(const std::string& text) const {
    test::write_text(folder_.path() / "a.csv", text);
    return folder_.path() / "a.csv";
  }

  const TemporaryFolder folder_;
};

// Rows of two faces in turn, face 7 in every third frame only; AU12 counts tenths of the frame.
std::string two_faces(int frames) {
  std::string text = "frame,face_id,timestamp,confidence,success,AU12_r,AU12_c,pose_Rx\n";
  for (int frame = 1; frame <= frames; ++frame)
    for (const int face : {3, 7}) {
      if (face == 7 && frame % 3 != 0) continue;
      text += fmt::format("{},{},{:.3f},0.9,{},{:.1f},{},0.1\n", frame, face, (frame - 1) / 25.0,
                          (frame % 10 == 0 || (face == 7 && frame % 9 == 0)) ? 0 : 1,
                          frame % 50 / 10.0, frame % 2);
    }
  return text;
}

TEST_F(ResultDataTest, HoldsTheFacesAndTheirNumbers) {
  const ResultData data(file(two_faces(100)), std::nullopt);
  ASSERT_EQ(data.faces().size(), 2u);
  EXPECT_EQ(data.faces()[0].id, 3);
  EXPECT_EQ(data.faces()[0].rows_with_face, 90u);
  EXPECT_EQ(data.faces()[1].frames.size(), 33u);
  EXPECT_EQ(data.last_frame(), 100);
  EXPECT_TRUE(data.timed());
  std::vector<std::string> names, groups;
  for (const DataColumn& column : data.columns()) {
    names.push_back(column.name);
    groups.push_back(column.group);
  }
  EXPECT_THAT(names, ElementsAre("confidence", "success", "AU12_r", "AU12_c", "pose_Rx"));
  EXPECT_THAT(groups, ElementsAre("confidence", "success", "au_r", "au_c", "pose"));
  EXPECT_THAT(data.columns()[2].meaning, HasSubstr("lip corner puller"));
  EXPECT_EQ(data.face(5), nullptr);
  EXPECT_EQ(data.face(7)->times[1], 0.2);
}

TEST_F(ResultDataTest, SidesStandBesideTheRowsOfTheSameFaceAndFrame) {
  const fs::path sides = folder_.path() / "a_sides.csv";
  test::write_text(sides,
                   "frame,face_id,timestamp,confidence,success,yaw_deg,yaw_quality,mm_per_px,mm_by,"
                   "AU12_left_r,AU12_right_r,AU12_left_c,AU12_right_c,brow_height_left_mm,"
                   "brow_height_ratio,pose_Rx,mouthSmileLeft\n"
                   "3,7,0.08,0.9,1,2.0,green,0.2,iris,1.5,2.5,0,1,21.5,0.9,9,9\n"
                   "3,3,0.08,0.9,1,2.0,green,0.2,iris,0.5,3.5,0,1,22.5,0.8,9,9\n"
                   "4,3,0.12,0.9,1,40.0,beyond,0.2,iris,,,,,,,9,9\n"
                   "3,8,0.08,0.9,1,2.0,green,0.2,iris,5,5,1,1,50,5,9,9\n"
                   "900,3,36,0.9,1,2.0,green,0.2,iris,5,5,1,1,50,5,9,9\n");
  const ResultData data(file(two_faces(100)), std::nullopt, sides);
  std::vector<std::string> names;
  for (const DataColumn& column : data.columns())
    if (column.group == "side") names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("AU12_left_r", "AU12_right_r", "AU12_left_c", "AU12_right_c",
                                 "brow_height_left_mm", "brow_height_ratio"));
  const auto value = [&](std::int64_t face, const char* column, std::size_t row) {
    return data.face(face)->values[*data.find(column)][row];
  };
  EXPECT_EQ(value(3, "AU12_right_r", 2), 3.5F);
  EXPECT_EQ(value(7, "AU12_right_r", 0), 2.5F);  // frame 3 is its first
  EXPECT_TRUE(std::isnan(value(3, "AU12_right_r", 1)));
  EXPECT_TRUE(std::isnan(value(3, "AU12_right_r", 3)));
  EXPECT_EQ(value(3, "pose_Rx", 2), 0.1F);
  const DataColumn& brow = data.columns()[*data.find("brow_height_left_mm")];
  EXPECT_EQ(brow.unit, "mm");
  EXPECT_THAT(brow.meaning, HasSubstr("brow"));
  EXPECT_EQ(brow.least, 21.5);
  EXPECT_EQ(brow.most, 22.5);
  EXPECT_EQ(data.columns()[*data.find("AU12_left_r")].most, 5);
  EXPECT_EQ(data.columns()[*data.find("brow_height_ratio")].unit, "");
  // Events are those of the table of results.
  ASSERT_EQ(data.units().faces[0].aus.size(), 1u);
  EXPECT_EQ(data.units().faces[0].aus[0].name, "AU12");
}

TEST_F(ResultDataTest, RangesHaveTheLeastAndTheGreatestOfTheirFrames) {
  std::mt19937 random(5);
  std::string text = "frame,success,confidence,AU12_r\n";
  struct Row {
    int frame, success;
    double value;
  };
  std::vector<Row> rows;
  for (int frame = 1; frame <= 1000; ++frame) {
    if (random() % 7 == 0) continue;
    const Row row{frame, random() % 5 != 0, static_cast<double>(random() % 500) / 100};
    rows.push_back(row);
    text += fmt::format("{},{},0.5,{:.2f}\n", frame, row.success, row.value);
  }
  const ResultData data(file(text), std::nullopt);
  const FaceRows& face = data.faces().front();
  for (const std::size_t points : {1u, 3u, 13u, 63u, 499u, 1000u, 5000u})
    for (int round = 0; round < 20; ++round) {
      const std::int64_t from = 1 + random() % 1100, to = from + random() % 1100;
      const std::vector<std::int64_t> edges = ResultData::even_edges(from, to, points);
      const std::vector<float> pairs = data.ranges(face, *data.find("AU12_r"), edges);
      const std::vector<float> all = data.ranges(face, *data.find("confidence"), edges);
      const std::int64_t frames = to - from + 1;
      const auto count = std::min<std::int64_t>(frames, static_cast<std::int64_t>(points));
      ASSERT_EQ(pairs.size(), static_cast<std::size_t>(2 * count));
      std::int64_t covered = 0;
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t begin = from + i * frames / count, end = from + (i + 1) * frames / count;
        covered += end - begin;
        double least = 9, most = -9;
        bool any = false;
        for (const Row& row : rows) {
          if (row.frame < begin || row.frame >= end) continue;
          any = true;
          if (row.success == 0) continue;
          least = std::min(least, row.value);
          most = std::max(most, row.value);
        }
        const auto at = static_cast<std::size_t>(2 * i);
        if (least > most) {
          EXPECT_TRUE(std::isnan(pairs[at]) && std::isnan(pairs[at + 1]));
        } else {
          EXPECT_FLOAT_EQ(pairs[at], static_cast<float>(least));
          EXPECT_FLOAT_EQ(pairs[at + 1], static_cast<float>(most));
        }
        EXPECT_EQ(std::isnan(all[at]), !any);  // also without success
      }
      EXPECT_EQ(covered, frames);
    }
}

// A row with all that can be drawn; every number tells its column.
std::string drawable(int frames) {
  std::string header = "frame,timestamp,confidence,success", text;
  for (const char* axis : {"x", "y", "z"}) header += fmt::format(",gaze_0_{}", axis);
  for (const char* axis : {"x", "y", "z"}) header += fmt::format(",gaze_1_{}", axis);
  for (const char* stem : {"eye_lmk_x_", "eye_lmk_y_", "eye_lmk_X_", "eye_lmk_Y_", "eye_lmk_Z_"})
    for (std::size_t i = 0; i < kEyeLandmarks; ++i) header += fmt::format(",{}{}", stem, i);
  header += ",pose_Tx,pose_Ty,pose_Tz,pose_Rx,pose_Ry,pose_Rz";
  for (const char* stem : {"x_", "y_"})
    for (std::size_t i = 0; i < kLandmarks; ++i) header += fmt::format(",{}{}", stem, i);
  for (int frame = 1; frame <= frames; ++frame) {
    text += fmt::format("\n{},{:.3f},0.8,{}", frame, frame / 30.0, frame % 4 == 0 ? 0 : 1);
    text += ",0,0,-1,0,0,-1";
    for (int part = 0; part < 2; ++part)
      for (std::size_t i = 0; i < kEyeLandmarks; ++i)
        text += fmt::format(",{}", 1000 * (part + 1) + static_cast<int>(i) + frame);
    for (const int mm : {10, 20, 500})
      for (std::size_t i = 0; i < kEyeLandmarks; ++i) text += fmt::format(",{}", mm);
    text += ",30,40,600,0,0,0";
    for (int part = 0; part < 2; ++part)
      for (std::size_t i = 0; i < kLandmarks; ++i)
        text += fmt::format(",{}", 100 * (part + 1) + static_cast<int>(i) + frame);
  }
  return header + text + "\n";
}

TEST_F(ResultDataTest, OverlaysAreTheNumbersOfTheTable) {
  const ResultData data(file(drawable(50)), PictureExtent{640, 480});
  const OverlayParts parts = data.overlay_parts();
  EXPECT_TRUE(parts.landmarks && parts.head && parts.gaze && parts.eyes);
  const std::vector<float> all = data.overlay(data.faces().front(), 3, 52);
  ASSERT_EQ(all.size(), 50u * ResultData::kOverlayValues);
  const auto of = [&](int frame) {
    return std::span(all).subspan(static_cast<std::size_t>(frame - 3) * ResultData::kOverlayValues,
                                  ResultData::kOverlayValues);
  };
  const auto row = of(5);
  EXPECT_EQ(row[0], 1);
  EXPECT_FLOAT_EQ(row[1], 0.8f);
  EXPECT_EQ(row[2], 105);       // x_0
  EXPECT_EQ(row[2 + 67], 172);  // x_67
  EXPECT_EQ(row[2 + 68], 205);  // y_0
  EXPECT_EQ(row[138], 105);     // the box
  EXPECT_EQ(row[139], 205);
  EXPECT_EQ(row[140], 67);
  EXPECT_EQ(row[141], 67);
  const Camera camera = camera_from_frame_size(640, 480);
  EXPECT_FLOAT_EQ(row[142], camera.cx + camera.fx * 30 / 600);
  EXPECT_FLOAT_EQ(row[143], camera.cy + camera.fy * 40 / 600);
  EXPECT_FLOAT_EQ(row[144], camera.cx + camera.fx * 130 / 600);  // x axis, to the right
  EXPECT_FLOAT_EQ(row[147], camera.cy + camera.fy * 140 / 600);  // y axis, down
  EXPECT_FLOAT_EQ(row[148], camera.cx + camera.fx * 30 / 500);   // z axis, to the camera
  EXPECT_FLOAT_EQ(row[150], camera.cx + camera.fx * 10 / 500);
  EXPECT_FLOAT_EQ(row[152], camera.cx + camera.fx * 10 / 450);  // 50 mm towards the camera
  EXPECT_EQ(row[158], 1005);
  EXPECT_EQ(row[158 + 56 + 55], 2060);
  // Lost, and beyond the last row.
  EXPECT_EQ(of(4)[0], 0);
  EXPECT_TRUE(std::isnan(of(4)[2]));
  EXPECT_TRUE(std::isnan(of(51)[0]));
  // Without the size of the pictures there is no camera.
  const ResultData flat(file(drawable(5)), std::nullopt);
  EXPECT_TRUE(flat.overlay_parts().landmarks);
  EXPECT_FALSE(flat.overlay_parts().head || flat.overlay_parts().gaze);
}

TEST_F(ResultDataTest, OverlaysOfOneFaceHaveNoRowsOfAnother) {
  const ResultData data(file(two_faces(60)), std::nullopt);
  for (const FaceRows& face : data.faces()) {
    const std::vector<float> rows = data.overlay(face, 1, 60);
    for (std::size_t row = 0; row < face.frames.size(); ++row)
      EXPECT_EQ(rows[static_cast<std::size_t>(face.frames[row] - 1) * ResultData::kOverlayValues],
                face.success[row] != 0 ? 1 : 0);
  }
  // Face 7 is there in every third frame.
  const std::vector<float> rows = data.overlay(*data.face(7), 1, 60);
  for (std::int64_t frame = 1; frame <= 60; ++frame)
    EXPECT_EQ(std::isnan(rows[static_cast<std::size_t>(frame - 1) * ResultData::kOverlayValues]),
              frame % 3 != 0)
        << frame;
}

TEST_F(ResultDataTest, AnyThreadMayAskForAnyRows) {
  const ResultData data(file(drawable(200)), PictureExtent{640, 480});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&data, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      for (int round = 0; round < 50; ++round) {
        const std::int64_t from = 1 + random() % 190;
        const std::vector<float> rows = data.overlay(data.faces().front(), from, from + 5);
        for (std::int64_t frame = from; frame < from + 6; ++frame)
          if (frame % 4 != 0) {
            EXPECT_EQ(rows[static_cast<std::size_t>(frame - from) * ResultData::kOverlayValues + 2],
                      100 + frame);
          }
        EXPECT_THAT(data.rows_csv(from, from), HasSubstr(fmt::format("\n{},", from)));
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ResultDataTest, RowsAreCopiedAsTheyStand) {
  const std::string text =
      "frame,face_id,success,note,AU12_r\r\n"
      "1,0,1,\"a, \"\"b\"\"\",1.50\r\n1,1,1,x,0.25\r\n"
      "2,0,1,y,2.00\r\n2,1,0,,0\r\n3,0,1,z,3.0";
  const ResultData data(file(text), std::nullopt);
  EXPECT_EQ(data.rows_csv(1, 1),
            "frame,face_id,success,note,AU12_r\n1,0,1,\"a, \"\"b\"\"\",1.50\n1,1,1,x,0.25\n");
  EXPECT_EQ(data.rows_csv(2, 9),
            "frame,face_id,success,note,AU12_r\n2,0,1,y,2.00\n2,1,0,,0\n3,0,1,z,3.0\n");
  // Words are no column of numbers.
  EXPECT_FALSE(data.find("note"));
}

TEST_F(ResultDataTest, RowsOfACompressedTableAreWrittenAnew) {
  Gzip gzip;
  std::string packed(
      gzip.add("frame\tface_id\tsuccess\tnote\tAU12_r\n1\t0\t1\ta, b\t1.5\n2\t0\t1\ty\t2\n"));
  packed += gzip.finish();
  const ResultData data(file(packed), std::nullopt);
  EXPECT_EQ(data.rows_csv(1, 1), "frame,face_id,success,note,AU12_r\n1,0,1,\"a, b\",1.5\n");
}

TEST_F(ResultDataTest, TablesOfOtherProgramsAreCountedFromOne) {
  const ResultData data(file("frame,timestamp,success,AU01_r\n0,0.0,True,1.5\n1,0.04,True,2.5\n"),
                        std::nullopt);
  EXPECT_THAT(data.faces().front().frames, ElementsAre(1, 2));
  EXPECT_EQ(data.faces().front().values[*data.find("AU01_r")][1], 2.5f);
  EXPECT_FALSE(data.overlay_parts().landmarks);
}

TEST_F(ResultDataTest, ATableWithoutActionUnitsHasItsTimes) {
  const ResultData data(file("frame,timestamp,success,pose_Rx\n1,0.5,1,0.1\n2,0.75,1,0.2\n"),
                        std::nullopt);
  EXPECT_TRUE(data.timed());
  EXPECT_EQ(data.units().step, 0.25);
  EXPECT_TRUE(data.units().faces.front().aus.empty());
  EXPECT_FLOAT_EQ(static_cast<float>(data.columns()[*data.find("pose_Rx")].most), 0.2f);
  const ResultData untimed(file("frame,success,pose_Rx\n5,1,0.1\n6,1,0.2\n"), std::nullopt);
  EXPECT_FALSE(untimed.timed());
  EXPECT_THAT(untimed.faces().front().times, ElementsAre(5, 6));
}

TEST_F(ResultDataTest, DefectsAreNamed) {
  const auto error = [&](const std::string& text) -> std::string {
    try {
      ResultData(file(text), std::nullopt);
    } catch (const Error& caught) {
      EXPECT_THAT(caught.what(), HasSubstr("a.csv"));
      return caught.what();
    }
    return {};
  };
  EXPECT_THAT(error("frame,success,AU12_r\n"), HasSubstr("found none"));
  EXPECT_THAT(error("frame,success,AU12_r\n1,1,2\n1,1,2\n"), HasSubstr("twice"));
  EXPECT_THAT(error("frame,success,AU12_r\n1,1,x\n"), HasSubstr("number"));
}

// The table was cut after it was opened.
TEST_F(ResultDataTest, ATableThatChangesIsSaid) {
  const fs::path path = file(drawable(400));
  const ResultData data(path, PictureExtent{640, 480});
  test::write_text(path, "frame\n");
  EXPECT_THROW(data.overlay(data.faces().front(), 300, 310), Error);
  EXPECT_THROW(data.rows_csv(300, 310), Error);
}

}  // namespace
}  // namespace auriga
