#include "output/csv_writer.hpp"

#include <csignal>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::Table;
using test::TemporaryFolder;
using ::testing::HasSubstr;

const AuNames kFewAus = {{"AU01", "AU12"}, {"AU28"}};

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
  writer.finish(aus);
  return read_text(folder.path() / "a.csv");
}

TEST(CsvWriter, OpenFace) {
  EXPECT_EQ(written(few_columns(Dialect::openface), {example(0, true), example(1, false)}),
            "frame,face_id,timestamp,confidence,success,pose_Tx,pose_Ty,pose_Tz,pose_Rx,pose_Ry,"
            "pose_Rz,AU01_r,AU12_r,AU28_c\n"
            "1,0,0.000,0.97,1,1.2,-0.0,600.0,0.100,-0.100,0.000,0.12,0.33,1.00\n"
            "2,0,0.033,0.97,0,1.2,-0.0,600.0,0.100,-0.100,0.000,0.12,0.33,1.00\n");
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

TEST(CsvWriter, PictureHasFacesAndShortClasses) {
  CsvOptions options = few_columns(Dialect::openface);
  options.mode = TableMode::image;
  options.groups = kAuColumns;
  FrameResult second = example(0, true);
  second.face_id = 1;
  EXPECT_EQ(written(options, {example(0, true), second}),
            "face,confidence,AU01_r,AU12_r,AU28_c\n0,0.975,0.12,0.33,1.0\n1,0.975,0.12,0.33,1.0\n");
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
  writer.finish([&](std::size_t row) {
    values = {static_cast<double>(row), static_cast<double>(row) / 4};
    return AuValues{values, kPresences};
  });
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
    writer.finish([&](std::size_t row) {
      return row == 1 ? AuValues{infinite, kPresences} : example_aus(row);
    });
    FAIL() << "infinity is not a number";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("column AU12_r of frame 2 is inf"));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  writer.finish(example_aus);
  EXPECT_EQ(Table(folder.path() / "a.csv").rows(), 2U);
}

TEST(CsvWriter, RefusesAWrongNumberOfActionUnits) {
  const std::vector<double> three = {1, 2, 3};
  const AuSource wrong = [&](std::size_t) { return AuValues{three, kPresences}; };
  EXPECT_THROW(written(few_columns(Dialect::openface), {example(0, true)}, wrong), Error);
}

TEST(CsvWriter, RefusesGazeAndBadFoldersAtOnce) {
  const TemporaryFolder folder;
  CsvOptions options;
  EXPECT_THROW(CsvWriter(folder.path() / "none" / "a.csv", options), Error);
  options.groups |= kGazeColumns;
  EXPECT_THROW(CsvWriter(folder.path() / "a.csv", options), Error);
}

TEST(Dialects, HaveNames) {
  EXPECT_EQ(dialect_from_name("openface"), Dialect::openface);
  EXPECT_EQ(dialect_from_name("openface-spaced"), Dialect::openface_spaced);
  EXPECT_EQ(dialect_from_name("pyfaceau"), Dialect::pyfaceau);
  EXPECT_EQ(dialect_from_name("OpenFace"), std::nullopt);
}

bool is_gaze(const std::string& name) {
  return name.starts_with("gaze_") || name.starts_with("eye_lmk_");
}

// The text of the golden table without the columns that auriga does not have.
std::string without_gaze(const Table& table) {
  std::string text;
  const auto add = [&](const auto& cell_of) {
    bool first = true;
    for (const std::string& column : table.columns()) {
      if (is_gaze(column)) continue;
      if (!first) text += ',';
      first = false;
      text += cell_of(column);
    }
    text += '\n';
  };
  add([](const std::string& column) { return column; });
  for (std::size_t row = 0; row < table.rows(); ++row)
    add([&](const std::string& column) { return table.text(row, column); });
  return text;
}

FrameResult parsed(const Table& table, std::size_t row, TableMode mode) {
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
  writer.finish([&](std::size_t row) {
    intensities.clear();
    presences.clear();
    for (const std::string& au : options.aus.intensities)
      intensities.push_back(table.number(row, au + "_r"));
    for (const std::string& au : options.aus.presences)
      presences.push_back(table.number(row, au + "_c"));
    return AuValues{intensities, presences};
  });
  // Not EXPECT_EQ: a difference of megabytes is no message.
  EXPECT_TRUE(read_text(folder.path() / "a.csv") == without_gaze(table));
}

INSTANTIATE_TEST_SUITE_P(Tables, CsvWriterGolden,
                         ::testing::Values("golden/csv/2015-10-15-15-14.csv",
                                           "golden/csv/changeLighting.csv",
                                           "golden/csv/multi_face.csv", "golden/csv/video01.csv",
                                           "golden/csv/video01_static.csv",
                                           "golden/images/sample1.csv", "golden/images/sample2.csv",
                                           "golden/images/sample3.csv", "golden/images/sample4.csv",
                                           "golden/images/sample5.csv",
                                           "golden/images/sample6.csv"));

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
  writer.finish([&](std::size_t row) {
    intensities.clear();
    for (const std::string& au : options.aus.intensities)
      intensities.push_back(table.number(row, au + "_r"));
    return AuValues{intensities, {}};
  });
  EXPECT_TRUE(read_text(folder.path() / "a.csv") == read_text(test::test_data() / file));
}

}  // namespace
}  // namespace auriga
