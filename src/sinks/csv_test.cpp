#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "files/columns.hpp"
#include "sinks/fake_stream.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::Table;
using test::TemporaryFolder;
using test::TestStream;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvSinkTest : public ::testing::Test {
 protected:
  CsvSinkTest() {
    for (const auto& [frame, face, success] :
         {std::tuple{0, 0, true}, {1, 0, true}, {1, 3, true}, {2, 3, false}})
      stream_.add(frame, face, success);
  }

  std::string written(const CsvSinkOptions& options) const {
    const auto sink = make_csv_sink(table_, options);
    const std::vector<Written> files = stream_.run(*sink);
    EXPECT_EQ(files.size(), 1U);
    EXPECT_EQ(files.at(0).path, table_);
    return read_text(table_);
  }

  template <typename Action>
  static std::string error(ErrorCode code, const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      return error.what();
    }
    return "no error";
  }

  const TemporaryFolder folder_;
  const fs::path table_ = folder_.path() / "a.csv";
  TestStream stream_;
};

CsvSinkOptions pose_and_units() {
  CsvSinkOptions options;
  options.groups = kPoseColumns | kAuColumns;
  return options;
}

TEST_F(CsvSinkTest, LostRowsAreAsTheSetupWantsThem) {
  EXPECT_THAT(written(pose_and_units()), HasSubstr("\n3,3,0.067,0.12,0,0.0,0.0,900.0,"));
  stream_.setup.lost_cells_empty = true;
  const std::string table = written(pose_and_units());
  EXPECT_THAT(table, HasSubstr("\n3,3,0.067,0.12,0,,,,,,"));
  EXPECT_TRUE(table.ends_with(",,,\n"));
}

// Every row has the final units of its own number; the estimator does not tell most of OpenFace's.
TEST_F(CsvSinkTest, RowsWithTheirFinalUnits) {
  written(pose_and_units());
  const Table table(table_);
  EXPECT_EQ(table.columns(), column_names(Dialect::openface, TableMode::sequence,
                                          kPoseColumns | kAuColumns, openface_aus()));
  ASSERT_EQ(table.rows(), 4U);
  const char* expected[4][5] = {{"1", "0", "0.000", "0.00", "0.00"},
                                {"2", "0", "0.033", "1.00", "0.00"},
                                {"2", "3", "0.033", "1.00", "1.00"},
                                {"3", "3", "0.067", "2.00", "1.00"}};
  const char* columns[5] = {"frame", "face_id", "timestamp", "AU01_r", "AU28_c"};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_EQ(table.text(row, columns[i]), expected[row][i]) << row << columns[i];
    EXPECT_EQ(table.text(row, "AU02_r"), "");
    EXPECT_EQ(table.text(row, "AU12_r"), "0.25");
    EXPECT_EQ(table.text(row, "AU12_c"), "");
  }
  EXPECT_EQ(table.text(3, "success"), "0");
}

// Behind the action units, and empty where there are none: never a 0 that nobody has measured.
TEST_F(CsvSinkTest, BlendshapesComeLast) {
  CsvSinkOptions options = pose_and_units();
  options.groups |= kBlendshapeColumns;
  EXPECT_TRUE(make_csv_sink(table_, options)->needs().blendshapes);
  EXPECT_FALSE(make_csv_sink(table_, pose_and_units())->needs().blendshapes);
  stream_.setup.has_mesh = stream_.setup.has_blendshapes = true;
  Blendshapes& shapes = stream_.faces[1].blendshapes.emplace();
  shapes[0] = 0.00006F;
  shapes[44] = 0.25F;
  shapes[51] = 1;
  const std::string text = written(options);
  const Table table(table_);
  EXPECT_EQ(table.columns(),
            column_names(Dialect::openface, TableMode::sequence, options.groups, openface_aus()));
  EXPECT_EQ(table.text(0, "AU12_r"), "0.25");
  EXPECT_EQ(table.text(0, "_neutral"), "");
  EXPECT_EQ(table.text(1, "AU28_c"), "0.00");
  EXPECT_EQ(table.text(1, "_neutral"), "0.0001");
  EXPECT_EQ(table.text(1, "browDownLeft"), "0.0000");
  EXPECT_EQ(table.text(1, "mouthSmileLeft"), "0.2500");
  EXPECT_EQ(table.text(1, "noseSneerRight"), "1.0000");
  EXPECT_EQ(table.text(3, "noseSneerRight"), "");

  options.groups = kBlendshapeColumns;
  written(options);
  EXPECT_EQ(Table(table_).columns().size(), 5U + 52U);
  EXPECT_EQ(Table(table_).text(1, "mouthSmileLeft"), "0.2500");
  options.full_precision = true;
  written(options);
  EXPECT_EQ(Table(table_).text(1, "_neutral"), "6e-05");
}

TEST_F(CsvSinkTest, BlendshapesNeedTheirNetwork) {
  CsvSinkOptions options;
  options.groups |= kBlendshapeColumns;
  stream_.setup.landmarker = "pfld";
  const auto message = [&] {
    try {
      written(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message(),
              HasSubstr("face_blendshapes.onnx of the open models, found landmarks by pfld;"));
  stream_.setup.landmarker = "mesh";
  stream_.setup.has_mesh = true;
  EXPECT_THAT(message(), HasSubstr("found landmarks by mesh without that file"));
  options.dialect = Dialect::pyfaceau;  // has no such columns
  EXPECT_FALSE(make_csv_sink(table_, options)->needs().blendshapes);
}

TEST_F(CsvSinkTest, UnitsThatOpenFaceDoesNotHaveGetColumnsOfTheirOwn) {
  stream_.info.units = {{"AU12", "AU18"}, {"AU28"}};
  CsvSinkOptions options;
  options.groups = kAuColumns;
  written(options);
  EXPECT_THAT(Table(table_).columns(), ElementsAre("frame", "face_id", "timestamp", "confidence",
                                                   "success", "AU12_r", "AU18_r", "AU28_c"));
}

TEST_F(CsvSinkTest, GazeIsThereWhereTheLandmarkerFindsEyes) {
  CsvSinkOptions options;
  EXPECT_TRUE(make_csv_sink(table_, options)->needs().gaze);
  written(options);
  EXPECT_FALSE(Table(table_).has("gaze_0_x"));
  EXPECT_TRUE(Table(table_).has("x_0"));
  stream_.setup.has_gaze = true;
  stream_.faces.front().result.gaze.direction[1][2] = -1;
  written(options);
  EXPECT_EQ(Table(table_).text(0, "gaze_1_z"), "-1.000000");
}

TEST_F(CsvSinkTest, NeedsGazeForItsColumnsOnly) {
  EXPECT_EQ(make_csv_sink(table_, pose_and_units())->needs(), Needs{});
  CsvSinkOptions options;
  options.dialect = Dialect::pyfaceau;
  EXPECT_EQ(make_csv_sink(table_, options)->needs(), Needs{});
}

// frame / frame rate, but not where there is no time, as in folders of pictures.
TEST_F(CsvSinkTest, FrameRateTimestamps) {
  CsvSinkOptions options;
  options.groups = 0;
  options.frame_rate_timestamps = true;
  stream_.faces.back().result.timestamp_s = 0;
  written(options);
  EXPECT_EQ(Table(table_).text(1, "timestamp"), "0.040");
  EXPECT_EQ(Table(table_).text(3, "timestamp"), "0.000");
  stream_.info.average_fps = 12.5;
  written(options);
  EXPECT_EQ(Table(table_).text(1, "timestamp"), "0.080") << "frames by duration, as OpenFace";
  stream_.info.fps = stream_.info.average_fps = 0;
  written(options);
  EXPECT_EQ(Table(table_).text(1, "timestamp"), "0.033");
}

TEST_F(CsvSinkTest, FullPrecision) {
  CsvSinkOptions options = pose_and_units();
  options.full_precision = true;
  written(options);
  EXPECT_EQ(Table(table_).text(1, "timestamp"), "0.0333");
  EXPECT_EQ(Table(table_).text(1, "pose_Tz"), "900.0");
}

TEST_F(CsvSinkTest, Dialects) {
  CsvSinkOptions options = pose_and_units();
  options.dialect = Dialect::openface_spaced;
  EXPECT_THAT(written(options), HasSubstr("\n1,  0,  0.000,  0.88,  1,  0.0,  "));
  options.dialect = Dialect::pyfaceau;
  EXPECT_THAT(error(ErrorCode::usage, [&] { written(options); }), HasSubstr("two faces"));
  stream_.faces.erase(stream_.faces.begin() + 2);
  EXPECT_THAT(written(options), HasSubstr("\n1,0.0333,True,1.0,"));
}

TEST_F(CsvSinkTest, RowsOfAPictureAreFaces) {
  stream_.info.still = true;
  stream_.frames = 1;
  stream_.faces.resize(1);
  stream_.add(0, 1, true);
  EXPECT_THAT(written(pose_and_units()), HasSubstr("face,confidence,pose_Tx"));
  EXPECT_EQ(Table(table_).text(1, "face"), "1");
  EXPECT_EQ(Table(table_).text(1, "confidence"), "0.875");
  EXPECT_EQ(Table(table_).text(1, "AU28_c"), "1.0");
  CsvSinkOptions options;
  options.dialect = Dialect::pyfaceau;
  EXPECT_THAT(error(ErrorCode::usage, [&] { written(options); }), HasSubstr("found a picture"));
}

// Zeros would say that there was no movement.
TEST_F(CsvSinkTest, RefusesAMissingEnd) {
  const auto with_none = make_csv_sink(table_, pose_and_units());
  stream_.feed(*with_none);
  EXPECT_THAT(error(ErrorCode::usage, [&] { with_none->finish({}); }),
              HasSubstr("of 4 rows (2 intensities, 1 presences), found 0 rows"));
  EXPECT_FALSE(fs::exists(table_));

  const auto with_fewer = make_csv_sink(table_, pose_and_units());
  stream_.feed(*with_fewer);
  stream_.faces.pop_back();
  EXPECT_THAT(error(ErrorCode::usage, [&] { with_fewer->finish(stream_.units()); }),
              HasSubstr("found 3 rows"));

  CsvSinkOptions options;
  options.groups = kPoseColumns;
  const auto without_units = make_csv_sink(table_, options);
  stream_.feed(*without_units);
  without_units->finish({});
  without_units->publish();
  EXPECT_EQ(Table(table_).rows(), 3U);
}

TEST_F(CsvSinkTest, LeavesNothingWithoutAnEnd) {
  test::write_text(table_, "older");
  {
    const auto sink = make_csv_sink(table_, {});
    stream_.feed(*sink);
  }
  EXPECT_EQ(read_text(table_), "older");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
}

TEST_F(CsvSinkTest, RefusesAPlaceThatCannotBeWritten) {
  const auto sink = make_csv_sink(folder_.path() / "absent" / "a.csv", {});
  EXPECT_THAT(error(ErrorCode::output, [&] { sink->begin(stream_.info, stream_.setup); }),
              HasSubstr("absent"));
}

}  // namespace
}  // namespace auriga
