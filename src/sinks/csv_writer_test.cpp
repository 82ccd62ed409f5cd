#include "sinks/csv_writer.hpp"

#include <csignal>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"
#include "support/parameter_name.hpp"
#include "tables/landmarks_csv.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::Table;
using test::TemporaryFolder;
using ::testing::HasSubstr;

const UnitNames kFewAus = {{"AU01", "AU12"}, {"AU28"}};

CsvOptions few_columns(Dialect dialect) {
  CsvOptions options;
  options.dialect = dialect;
  options.groups = kPoseColumns | kAuColumns;
  options.aus = kFewAus;
  return options;
}

FrameResult example(std::int64_t frame, bool success) {
  FrameResult row;
  row.frame = frame;
  row.timestamp_s = static_cast<double>(frame) * (1.0 / 30);
  row.confidence = 0.975;
  row.success = success;
  row.pose.translation_mm = {1.25F, -0.04F, 600.0F};
  row.pose.rotation_rad = {0.1F, -0.1F, 0.0F};
  return row;
}

const std::vector<double> kIntensities = {0.125, 1.0 / 3};
const std::vector<double> kPresences = {1};
AuValues example_aus(std::size_t /*row*/) { return {kIntensities, kPresences}; }

std::string written(const CsvOptions& options, const std::vector<FrameResult>& rows,
                    const AuSource& aus = example_aus) {
  const TemporaryFolder folder;
  CsvWriter writer(folder.path() / "a.csv", options);
  for (const FrameResult& row : rows) writer.add(row);
  writer.complete(aus);
  writer.publish();
  return read_text(folder.path() / "a.csv");
}

// The last column, so that all others keep their places.
TEST(CsvWriter, NamesTheFilesOfFrames) {
  CsvOptions options = few_columns(Dialect::openface);
  options.groups = kAuColumns;
  options.frame_names = {"1.png", "a, \"b\".png", "line\nfeed.png"};
  EXPECT_EQ(written(options, {example(0, true), example(1, true), example(2, false)}),
            "frame,face_id,timestamp,confidence,success,AU01_r,AU12_r,AU28_c,file\n"
            "1,0,0.000,0.97,1,0.12,0.33,1.00,1.png\n"
            "2,0,0.033,0.97,1,0.12,0.33,1.00,\"a, \"\"b\"\".png\"\n"
            "3,0,0.067,0.97,0,0.12,0.33,1.00,\"line feed.png\"\n");
  options.groups = kPoseColumns;
  EXPECT_THAT(written(options, {example(1, true)}),
              HasSubstr(",0.100,-0.100,0.000,\"a, \"\"b\"\".png\"\n"));
  options.dialect = Dialect::pyfaceau;
  EXPECT_THAT(written(options, {example(0, true)}), testing::Not(HasSubstr("file")));
}

TEST(CsvWriter, OpenFace) {
  EXPECT_EQ(written(few_columns(Dialect::openface), {example(0, true), example(1, false)}),
            "frame,face_id,timestamp,confidence,success,pose_Tx,pose_Ty,pose_Tz,pose_Rx,pose_Ry,"
            "pose_Rz,AU01_r,AU12_r,AU28_c\n"
            "1,0,0.000,0.97,1,1.2,-0.0,600.0,0.100,-0.100,0.000,0.12,0.33,1.00\n"
            "2,0,0.033,0.97,0,1.2,-0.0,600.0,0.100,-0.100,0.000,0.12,0.33,1.00\n");
}

// What is asked for the action units of such a row is not told, whatever it is.
TEST(CsvWriter, LostRowsCanBeEmpty) {
  CsvOptions options = few_columns(Dialect::openface);
  options.lost_empty = true;
  EXPECT_EQ(written(options, {example(0, true), example(1, false), example(2, true)}),
            "frame,face_id,timestamp,confidence,success,pose_Tx,pose_Ty,pose_Tz,pose_Rx,pose_Ry,"
            "pose_Rz,AU01_r,AU12_r,AU28_c\n"
            "1,0,0.000,0.97,1,1.2,-0.0,600.0,0.100,-0.100,0.000,0.12,0.33,1.00\n"
            "2,0,0.033,0.97,0,,,,,,,,,\n"
            "3,0,0.067,0.97,1,1.2,-0.0,600.0,0.100,-0.100,0.000,0.12,0.33,1.00\n");
  options.groups = kAuColumns;
  options.dialect = Dialect::openface_spaced;
  EXPECT_THAT(written(options, {example(1, false)}), HasSubstr("\n2,  0,  0.033,  0.97,  0,,,\n"));
  options.mode = TableMode::image;
  options.dialect = Dialect::openface;
  EXPECT_THAT(written(options, {example(0, false)}), HasSubstr("\n0,0.975,0.12,0.33,1.0\n"));
}

TEST(CsvWriter, LostRowsThatAreEmptyAreReadBack) {
  const TemporaryFolder folder;
  CsvOptions options;
  options.groups = kLandmarks2dColumns;
  options.lost_empty = true;
  CsvWriter writer(folder.path() / "b.csv", options);
  for (std::int64_t frame = 0; frame < 3; ++frame) {
    FrameResult row = example(frame, frame != 1);
    row.landmarks.x.fill(static_cast<float>(10 + frame));
    writer.add(row);
  }
  writer.complete();
  writer.publish();
  const LandmarksCsv table(folder.path() / "b.csv");
  ASSERT_EQ(table.rows().size(), 3U);
  EXPECT_FALSE(table.find(1)->success);
  EXPECT_EQ(table.find(1)->landmarks.x[5], 0);
  EXPECT_TRUE(table.find(2)->success);
  EXPECT_EQ(table.find(2)->landmarks.x[5], 12);
}

// Spec outputs.md section 3.4: one blank in the header, two before the cells that the rewrite
// copies, one before the action units.
TEST(CsvWriter, SpacedVideoHasDoubleBlanks) {
  EXPECT_EQ(written(few_columns(Dialect::openface_spaced), {example(0, true)}),
            "frame, face_id, timestamp, confidence, success, pose_Tx, pose_Ty, pose_Tz, pose_Rx, "
            "pose_Ry, pose_Rz, AU01_r, AU12_r, AU28_c\n"
            "1,  0,  0.000,  0.97,  1,  1.2,  -0.0,  600.0,  0.100,  -0.100,  0.000, 0.12, 0.33, "
            "1.00\n");
}

TEST(CsvWriter, SpacedTablesThatAreNotRewrittenHaveSingleBlanks) {
  CsvOptions options = few_columns(Dialect::openface_spaced);
  options.groups = 0;
  EXPECT_EQ(written(options, {example(0, true)}, {}),
            "frame, face_id, timestamp, confidence, success\n1, 0, 0.000, 0.97, 1\n");
  options.groups = kAuColumns;
  options.mode = TableMode::image;
  EXPECT_EQ(written(options, {example(0, true)}),
            "face, confidence, AU01_r, AU12_r, AU28_c\n0, 0.975, 0.12, 0.33, 1.0\n");
}

// As OpenFace's FaceLandmarkVidMulti writes them.
TEST(CsvWriter, TablesThatAreNotSmoothedHaveShortClassesAndSingleBlanks) {
  CsvOptions options = few_columns(Dialect::openface);
  options.groups = kAuColumns;
  options.unsmoothed = true;
  EXPECT_EQ(written(options, {example(0, true)}),
            "frame,face_id,timestamp,confidence,success,AU01_r,AU12_r,AU28_c\n"
            "1,0,0.000,0.97,1,0.12,0.33,1.0\n");
  options.dialect = Dialect::openface_spaced;
  EXPECT_EQ(written(options, {example(0, true)}),
            "frame, face_id, timestamp, confidence, success, AU01_r, AU12_r, AU28_c\n"
            "1, 0, 0.000, 0.97, 1, 0.12, 0.33, 1.0\n");
}

TEST(CsvWriter, PictureHasFacesAndShortClasses) {
  CsvOptions options = few_columns(Dialect::openface);
  options.mode = TableMode::image;
  options.groups = kAuColumns;
  FrameResult second = example(0, true);
  second.face_id = 1;
  EXPECT_EQ(written(options, {example(0, true), second}),
            "face,confidence,AU01_r,AU12_r,AU28_c\n0,0.975,0.12,0.33,1.0\n1,0.975,0.12,0.33,1.0\n");
}

FrameResult example_with_gaze() {
  FrameResult row = example(0, true);
  row.gaze.direction = {{{0.1F, -0.25F, -0.9682458F}, {-0.0000004F, 0, -1}}};
  row.gaze.angle_rad = {0.1235F, -0.5F};
  row.eyes.x[0] = 319.75F;
  row.eyes.y[55] = 240.25F;
  row.eyes.mm[2][27] = 600.04F;
  return row;
}

// The cells of the only row of a table, with the columns that are not zero.
std::string cells(const std::string& text, const std::vector<std::string>& columns) {
  const TemporaryFolder folder;
  test::write_text(folder.path() / "a.csv", text);
  const Table table(folder.path() / "a.csv");
  std::string result;
  for (const std::string& column : columns) result += table.text(0, column) + " ";
  return result;
}

TEST(CsvWriter, GazeHasSixDecimalsAnglesThreeAndEyesOne) {
  const std::vector<std::string> columns = {
      "gaze_0_x",     "gaze_0_y",    "gaze_0_z",     "gaze_1_x",     "gaze_1_z",    "gaze_angle_x",
      "gaze_angle_y", "eye_lmk_x_0", "eye_lmk_y_55", "eye_lmk_Z_27", "eye_lmk_Z_28"};
  CsvOptions options;
  options.groups = kGazeColumns;
  for (const TableMode mode : {TableMode::sequence, TableMode::image}) {
    options.mode = mode;
    options.full_precision = false;
    EXPECT_EQ(
        cells(written(options, {example_with_gaze()}, {}), columns),
        "0.100000 -0.250000 -0.968246 -0.000000 -1.000000 0.123 -0.500 319.8 240.2 600.0 0.0 ");
    options.full_precision = true;
    EXPECT_EQ(cells(written(options, {example_with_gaze()}, {}), columns),
              "0.1 -0.25 -0.9682458 -4e-07 -1.0 0.1235 -0.5 319.75 240.25 600.04 0.0 ");
  }
}

// Faces come and go; every row gets the action units of its own number.
TEST(CsvWriter, SeveralFacesPerFrame) {
  CsvOptions options;
  options.groups = kAuColumns;
  options.aus = kFewAus;
  std::vector<FrameResult> rows;
  for (const auto& [frame, face] : {std::pair{0, 1}, {0, 3}, {2, 0}, {2, 1}}) {
    rows.push_back(example(frame, true));
    rows.back().face_id = face;
  }
  std::vector<double> intensities(2);
  const auto by_row = [&](std::size_t row) {
    intensities = {static_cast<double>(row), 0.5};
    return AuValues{intensities, kPresences};
  };
  EXPECT_EQ(written(options, rows, by_row),
            "frame,face_id,timestamp,confidence,success,AU01_r,AU12_r,AU28_c\n"
            "1,1,0.000,0.97,1,0.00,0.50,1.00\n"
            "1,3,0.000,0.97,1,1.00,0.50,1.00\n"
            "3,0,0.067,0.97,1,2.00,0.50,1.00\n"
            "3,1,0.067,0.97,1,3.00,0.50,1.00\n");
  // PyFaceAU's table cannot tell them apart.
  options.dialect = Dialect::pyfaceau;
  try {
    written(options, rows, by_row);
    FAIL() << "two rows of one frame";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("two faces in frame 0"));
  }
}

TEST(CsvWriter, FullPrecisionReadsBackTheSame) {
  CsvOptions options = few_columns(Dialect::openface);
  options.full_precision = true;
  EXPECT_THAT(written(options, {example(1, true)}),
              ::testing::EndsWith("\n2,0,0.03333333333333333,0.975,1,1.25,-0.04,600.0,0.1,-0.1,0.0,"
                                  "0.125,0.3333333333333333,1.0\n"));
}

TEST(CsvWriter, PyFaceAu) {
  EXPECT_EQ(written(few_columns(Dialect::pyfaceau), {example(0, true), example(1, false)}),
            "frame,timestamp,success,AU01_r,AU12_r\n"
            "0,0.0,True,0.125,0.3333333333333333\n"
            "1,0.03333333333333333,False,,\n");
  // Without any face the columns of the action units do not exist.
  EXPECT_EQ(written(few_columns(Dialect::pyfaceau), {example(0, false)}),
            "frame,timestamp,success\n0,0.0,False\n");
  CsvOptions picture = few_columns(Dialect::pyfaceau);
  picture.mode = TableMode::image;
  EXPECT_THROW(written(picture, {}), Error);
}

TEST(CsvWriter, RowsWithoutActionUnitsGetBareZeros) {
  const AuSource second_only = [](std::size_t row) {
    return row == 1 ? example_aus(row) : AuValues{};
  };
  CsvOptions options = few_columns(Dialect::openface);
  options.groups = kAuColumns;
  EXPECT_THAT(written(options, {example(0, true), example(1, true)}, second_only),
              HasSubstr("1,0,0.000,0.97,1,0,0,0\n2,0,0.033,0.97,1,0.12,0.33,1.00\n"));
  EXPECT_THAT(
      written(few_columns(Dialect::pyfaceau), {example(0, true), example(1, true)}, second_only),
      HasSubstr("0,0.0,True,,\n1,"));
}

TEST(CsvWriter, NoRowsIsAHeader) {
  CsvOptions options = few_columns(Dialect::openface);
  options.groups = 0;
  EXPECT_EQ(written(options, {}, {}), "frame,face_id,timestamp,confidence,success\n");
}

// More rows than fit the buffers; each gets the action units of its own number.
TEST(CsvWriter, ManyRowsKeepTheirOrder) {
  CsvOptions options = few_columns(Dialect::openface);
  options.groups = kPoseColumns | kAuColumns;
  constexpr std::int64_t kRows = 20000;
  std::vector<FrameResult> rows;
  for (std::int64_t i = 0; i < kRows; ++i) rows.push_back(example(i, true));
  std::vector<double> values(2);
  const TemporaryFolder folder;
  CsvWriter writer(folder.path() / "a.csv", options);
  for (const FrameResult& row : rows) writer.add(row);
  EXPECT_EQ(writer.rows(), rows.size());
  writer.complete([&](std::size_t row) {
    values = {static_cast<double>(row), static_cast<double>(row) / 4};
    return AuValues{values, kPresences};
  });
  writer.publish();
  const Table table(folder.path() / "a.csv");
  ASSERT_EQ(table.rows(), rows.size());
  const std::size_t frame = table.index("frame"), intensity = table.index("AU01_r");
  for (std::size_t i = 0; i < table.rows(); ++i) {
    ASSERT_EQ(table.number(i, frame), static_cast<double>(i + 1));
    ASSERT_EQ(table.number(i, intensity), static_cast<double>(i));
  }
}

TEST(CsvWriter, NothingAppearsBeforeTheEnd) {
  const TemporaryFolder folder;
  {
    CsvWriter writer(folder.path() / "a.csv", {});
    for (int i = 0; i < 1000; ++i) writer.add(example(i, true));
    EXPECT_TRUE(fs::is_empty(folder.path()));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(CsvWriter, AFullDiskIsAnErrorOfTheTable) {
  const TemporaryFolder folder;
  CsvWriter writer(folder.path() / "a.csv", {});
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{100000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string message;
  try {
    for (int i = 0; i < 1000; ++i) writer.add(example(i, true));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr((folder.path() / "a.csv").string() + ": File too large"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(CsvWriter, RefusesValuesThatAreNotFinite) {
  const TemporaryFolder folder;
  CsvOptions options = few_columns(Dialect::openface);
  CsvWriter writer(folder.path() / "a.csv", options);
  writer.add(example(0, true));
  FrameResult bad = example(1, true);
  bad.pose.translation_mm[2] = std::numeric_limits<float>::quiet_NaN();
  try {
    writer.add(bad);
    FAIL() << "NaN is not a number";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    EXPECT_THAT(error.what(), HasSubstr("column pose_Tz of frame 2 is nan"));
    EXPECT_THAT(error.what(), HasSubstr("a.csv"));
  }
  bad = example(1, true);
  bad.timestamp_s = std::numeric_limits<double>::infinity();
  EXPECT_THROW(writer.add(bad), Error);
  writer.add(example(1, true));  // the writer goes on without the bad rows
  EXPECT_EQ(writer.rows(), 2U);

  const std::vector<double> infinite = {0, std::numeric_limits<double>::infinity()};
  try {
    writer.complete([&](std::size_t row) {
      return row == 1 ? AuValues{infinite, kPresences} : example_aus(row);
    });
    writer.publish();
    FAIL() << "infinity is not a number";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("column AU12_r of frame 2 is inf"));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  writer.complete(example_aus);
  writer.publish();
  EXPECT_EQ(Table(folder.path() / "a.csv").rows(), 2U);
}

TEST(CsvWriter, RefusesAWrongNumberOfActionUnits) {
  const std::vector<double> three = {1, 2, 3};
  const AuSource wrong = [&](std::size_t) { return AuValues{three, kPresences}; };
  EXPECT_THROW(written(few_columns(Dialect::openface), {example(0, true)}, wrong), Error);
}

// An estimator that tells fewer action units than the table has columns.
TEST(CsvWriter, ColumnsWithoutValuesAreEmpty) {
  CsvOptions options = few_columns(Dialect::openface);
  options.groups = kAuColumns;
  options.estimated_aus = UnitNames{{"AU12"}, {}};
  const std::vector<double> only = {0.5};
  const auto one = [&](std::size_t) { return AuValues{only, {}}; };
  EXPECT_EQ(written(options, {example(0, true)}, one),
            "frame,face_id,timestamp,confidence,success,AU01_r,AU12_r,AU28_c\n"
            "1,0,0.000,0.97,1,,0.50,\n");
  options.dialect = Dialect::pyfaceau;
  EXPECT_EQ(written(options, {example(0, true)}, one),
            "frame,timestamp,success,AU01_r,AU12_r\n0,0.0,True,,0.5\n");
  options.dialect = Dialect::openface_spaced;  // a blank would be text to other programs
  EXPECT_EQ(written(options, {example(0, true)}, one),
            "frame, face_id, timestamp, confidence, success, AU01_r, AU12_r, AU28_c\n"
            "1,  0,  0.000,  0.97,  1,, 0.50,\n");
  options.dialect = Dialect::openface;
  options.mode = TableMode::image;
  EXPECT_EQ(written(options, {example(0, true)}, one),
            "face,confidence,AU01_r,AU12_r,AU28_c\n0,0.975,,0.50,\n");
  options.estimated_aus = UnitNames{{"AU99"}, {}};
  EXPECT_THROW(written(options, {}, one), Error);
}

TEST(CsvWriter, RefusesBadFoldersAtOnce) {
  const TemporaryFolder folder;
  EXPECT_THROW(CsvWriter(folder.path() / "none" / "a.csv", {}), Error);
}

TEST(Dialects, HaveNames) {
  EXPECT_EQ(dialect_from_name("openface"), Dialect::openface);
  EXPECT_EQ(dialect_from_name("openface-spaced"), Dialect::openface_spaced);
  EXPECT_EQ(dialect_from_name("pyfaceau"), Dialect::pyfaceau);
  EXPECT_EQ(dialect_from_name("OpenFace"), std::nullopt);
}

// The tables of a stage of the golden data as one.
struct Stage {
  const Table &tracker, &eyes, &faces, &poses;

  double number(std::size_t row, const std::string& column) const {
    if (column == "frame") return tracker.number(row, column) + 1;
    if (column == "face_id") return 0;
    if (column == "confidence") return tracker.number(row, "certainty");
    if (column == "success") return tracker.number(row, "ret_success");
    for (const Table* table : {&tracker, &eyes, &faces, &poses})
      if (table->has(column)) return table->number(row, column);
    throw std::out_of_range(column);
  }
};

// `Source` is a Table of OpenFace or a Stage.
template <typename Source>
FrameResult parsed(const Source& table, std::size_t row, TableMode mode) {
  const auto number = [&](const std::string& column) { return table.number(row, column); };
  const auto real = [&](const std::string& column) { return static_cast<float>(number(column)); };
  FrameResult result;
  result.confidence = number("confidence");
  if (mode == TableMode::sequence) {
    result.frame = static_cast<std::int64_t>(number("frame")) - 1;
    result.face_id = static_cast<int>(number("face_id"));
    result.timestamp_s = number("timestamp");
    result.success = number("success") == 1;
  } else {
    result.face_id = static_cast<int>(number("face"));
  }
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (std::size_t eye = 0; eye < 2; ++eye)
      result.gaze.direction[eye][axis] = real("gaze_" + std::to_string(eye) + "_" + "xyz"[axis]);
  result.gaze.angle_rad = {real("gaze_angle_x"), real("gaze_angle_y")};
  for (std::size_t i = 0; i < kEyeLandmarks; ++i) {
    const std::string suffix = "_" + std::to_string(i);
    result.eyes.x[i] = real("eye_lmk_x" + suffix);
    result.eyes.y[i] = real("eye_lmk_y" + suffix);
    for (std::size_t axis = 0; axis < 3; ++axis)
      result.eyes.mm[axis][i] = real(std::string("eye_lmk_") + "XYZ"[axis] + suffix);
  }
  result.pose.translation_mm = {real("pose_Tx"), real("pose_Ty"), real("pose_Tz")};
  result.pose.rotation_rad = {real("pose_Rx"), real("pose_Ry"), real("pose_Rz")};
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const std::string suffix = "_" + std::to_string(i);
    result.landmarks.x[i] = real("x" + suffix);
    result.landmarks.y[i] = real("y" + suffix);
    result.landmarks_3d_mm[0][i] = real("X" + suffix);
    result.landmarks_3d_mm[1][i] = real("Y" + suffix);
    result.landmarks_3d_mm[2][i] = real("Z" + suffix);
  }
  result.shape.scale = real("p_scale");
  result.shape.rx = real("p_rx");
  result.shape.ry = real("p_ry");
  result.shape.rz = real("p_rz");
  result.shape.tx = real("p_tx");
  result.shape.ty = real("p_ty");
  for (std::size_t i = 0; i < kShapeModes; ++i) result.shape.p[i] = real("p_" + std::to_string(i));
  return result;
}

class CsvWriterGolden : public ::testing::TestWithParam<const char*> {};

// Every value of OpenFace's tables, written again, gives OpenFace's bytes.
TEST_P(CsvWriterGolden, RewritesTheSameBytes) {
  AURIGA_NEEDS(GetParam());
  const Table table(test::test_data() / GetParam());
  CsvOptions options;
  options.mode = table.has("frame") ? TableMode::sequence : TableMode::image;
  const TemporaryFolder folder;
  CsvWriter writer(folder.path() / "a.csv", options);
  for (std::size_t row = 0; row < table.rows(); ++row) writer.add(parsed(table, row, options.mode));
  std::vector<double> intensities, presences;
  writer.complete([&](std::size_t row) {
    intensities.clear();
    presences.clear();
    for (const std::string& au : options.aus.intensities)
      intensities.push_back(table.number(row, au + "_r"));
    for (const std::string& au : options.aus.presences)
      presences.push_back(table.number(row, au + "_c"));
    return AuValues{intensities, presences};
  });
  writer.publish();
  // Not EXPECT_EQ: a difference of megabytes is no message.
  EXPECT_TRUE(read_text(folder.path() / "a.csv") == read_text(test::test_data() / GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Tables, CsvWriterGolden,
                         ::testing::Values("golden/csv/2015-10-15-15-14.csv",
                                           "golden/csv/changeLighting.csv",
                                           "golden/csv/multi_face.csv", "golden/csv/video01.csv",
                                           "golden/csv/video01_static.csv",
                                           "golden/images/sample1.csv", "golden/images/sample2.csv",
                                           "golden/images/sample3.csv", "golden/images/sample4.csv",
                                           "golden/images/sample5.csv",
                                           "golden/images/sample6.csv"),
                         [](const auto& tested) { return test::test_name(tested.param); });

// The values that OpenFace had before it printed them: rounding and order of the columns.
class CsvWriterStageGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(CsvWriterStageGolden, PrintsTheSameText) {
  const auto stage = test::test_data() / "golden" / (std::string("stage_") + GetParam());
  const std::string csv = std::string("golden/csv/") + GetParam() + ".csv";
  AURIGA_NEEDS(csv);
  AURIGA_NEEDS(stage / "tracker.csv");
  const Table tracker(stage / "tracker.csv"), eyes(stage / "eye_landmarks.csv"),
      faces(stage / "landmarks3d.csv"), poses(stage / "pose_gaze.csv");
  // Every column is in one of the four tables, those of the action units excepted.
  const Stage tables{tracker, eyes, faces, poses};
  CsvOptions options;
  options.groups = kAllColumns & ~kAuColumns;
  const TemporaryFolder folder;
  CsvWriter writer(folder.path() / "a.csv", options);
  for (std::size_t row = 0; row < tracker.rows(); ++row)
    writer.add(parsed(tables, row, TableMode::sequence));
  writer.complete();
  writer.publish();
  const Table written(folder.path() / "a.csv"), golden(test::test_data() / csv);
  ASSERT_EQ(written.rows(), 120U);
  ASSERT_EQ(written.columns().size(), 714U - 35);
  for (const std::string& column : written.columns())
    for (std::size_t row = 0; row < written.rows(); ++row)
      ASSERT_EQ(written.text(row, column), golden.text(row, column)) << column << ", row " << row;
}

INSTANTIATE_TEST_SUITE_P(Videos, CsvWriterStageGolden,
                         ::testing::Values("2015-10-15-15-14", "video01"),
                         [](const auto& tested) { return test::test_name(tested.param); });

// PyFaceAU's own table, written again from its numbers.
TEST(CsvWriterPyFaceAuGolden, RewritesTheSameBytes) {
  const char* file = "golden/onnx/pyfaceau_seq200_avi_norefine.csv";
  AURIGA_NEEDS(file);
  const Table table(test::test_data() / file);
  CsvOptions options;
  options.dialect = Dialect::pyfaceau;
  const TemporaryFolder folder;
  CsvWriter writer(folder.path() / "a.csv", options);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    FrameResult result;
    result.frame = static_cast<std::int64_t>(table.number(row, "frame"));
    result.timestamp_s = table.number(row, "timestamp");
    result.success = table.text(row, "success") == "True";
    writer.add(result);
  }
  std::vector<double> intensities;
  writer.complete([&](std::size_t row) {
    intensities.clear();
    for (const std::string& au : options.aus.intensities)
      intensities.push_back(table.number(row, au + "_r"));
    return AuValues{intensities, {}};
  });
  writer.publish();
  EXPECT_TRUE(read_text(folder.path() / "a.csv") == read_text(test::test_data() / file));
}

TEST(CsvWriter, LandmarksAreReadBack) {
  const TemporaryFolder folder;
  CsvOptions options;
  options.groups = kLandmarks2dColumns;
  options.full_precision = true;
  FrameResult row;
  row.frame = 4;
  row.confidence = 0.75;
  row.success = true;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    row.landmarks.x[i] = 1.0F / static_cast<float>(i + 1);
  for (const Dialect dialect : {Dialect::openface, Dialect::openface_spaced}) {
    options.dialect = dialect;
    CsvWriter writer(folder.path() / "b.csv", options);
    writer.add(row);
    writer.complete();
    writer.publish();
    const LandmarksCsv table(folder.path() / "b.csv");
    ASSERT_NE(table.find(4), nullptr);
    EXPECT_EQ(table.find(4)->landmarks.x, row.landmarks.x);
    EXPECT_EQ(table.find(4)->confidence, 0.75F);
  }
}

// Two faces, of which one is lost for a while.
TEST(CsvWriter, LandmarksOfEachFaceAreReadBack) {
  const TemporaryFolder folder;
  CsvOptions options;
  options.groups = kLandmarks2dColumns;
  CsvWriter writer(folder.path() / "b.csv", options);
  for (const auto& [frame, face] : {std::pair{0, 4}, {1, 2}, {1, 4}, {3, 2}}) {
    FrameResult row;
    row.frame = frame;
    row.face_id = face;
    row.success = true;
    row.landmarks.x.fill(static_cast<float>(10 * face + frame));
    writer.add(row);
  }
  writer.complete();
  writer.publish();
  LandmarksCsvOptions of_face;
  for (const int face : {2, 4}) {
    of_face.face_id = face;
    const LandmarksCsv table(folder.path() / "b.csv", of_face);
    ASSERT_EQ(table.rows().size(), 2U);
    for (const std::int64_t frame : {0, 1, 2, 3}) {
      const bool there = face == 2 ? frame == 1 || frame == 3 : frame < 2;
      ASSERT_EQ(table.find(frame) != nullptr, there) << face << ", frame " << frame;
      if (there) {
        EXPECT_EQ(table.find(frame)->landmarks.x[9], static_cast<float>(10 * face + frame));
      }
    }
  }
}

}  // namespace
}  // namespace auriga
