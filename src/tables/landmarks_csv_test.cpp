#include "tables/landmarks_csv.hpp"

#include <random>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::Table;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A table of landmarks; row r has point i at (10 r + i / 4, 20 r + i / 4).
std::string table_text(const std::string& first_columns, const std::vector<std::string>& rows,
                       const std::string& separator = ",") {
  std::string text = first_columns;
  for (const char* axis : {"x", "y"})
    for (int i = 0; i < kLandmarks; ++i) {
      if (!text.empty()) text += separator;
      text += fmt::format("{}_{}", axis, i);
    }
  text += '\n';
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string row = rows[r];
    for (const double step : {10.0, 20.0})
      for (int i = 0; i < kLandmarks; ++i) {
        if (!row.empty()) row += separator;
        row += fmt::format("{}", step * static_cast<double>(r) + i / 4.0);
      }
    text += row + '\n';
  }
  return text;
}

class LandmarksCsvTest : public ::testing::Test {
 protected:
  LandmarksCsv read(const std::string& text, const LandmarksCsvOptions& options = {}) const {
    test::write_text(folder_.path() / "a.csv", text);
    return LandmarksCsv(folder_.path() / "a.csv", options);
  }

  std::string error(const std::string& text, const LandmarksCsvOptions& options = {}) const {
    try {
      read(text, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr((folder_.path() / "a.csv").string()));
      return error.what();
    }
    return {};
  }

  const TemporaryFolder folder_;
};

TEST_F(LandmarksCsvTest, FramesCountFromOne) {
  for (const char* separator : {",", ", ", ",  "}) {
    const LandmarksCsv table =
        read(table_text("frame, success, confidence", {"2, 1, 0.5", "3, 0, 0.25"}, separator));
    EXPECT_EQ(table.find(0), nullptr);
    ASSERT_NE(table.find(1), nullptr);
    EXPECT_TRUE(table.find(1)->success);
    EXPECT_EQ(table.find(1)->confidence, 0.5F);
    ASSERT_NE(table.find(2), nullptr);
    EXPECT_FALSE(table.find(2)->success);
    EXPECT_EQ(table.find(2)->landmarks.x[67], 10 + 16.75F);
    EXPECT_EQ(table.find(2)->landmarks.y[0], 20.0F);
    EXPECT_EQ(table.find(3), nullptr);
    EXPECT_EQ(table.find(-1), nullptr);
  }
}

TEST_F(LandmarksCsvTest, OrZeroIfThereIsAFrameZero) {
  const LandmarksCsv table = read(table_text("frame", {"5", "0"}));  // any order
  ASSERT_EQ(table.rows().size(), 2U);
  ASSERT_NE(table.find(0), nullptr);
  EXPECT_EQ(table.find(0)->landmarks.x[0], 10.0F);
  EXPECT_NE(table.find(5), nullptr);
}

TEST_F(LandmarksCsvTest, WithoutOtherColumnsRowsAreFrames) {
  const LandmarksCsv table = read(table_text("", {"", ""}));
  ASSERT_NE(table.find(1), nullptr);
  EXPECT_EQ(table.find(1)->landmarks.x[4], 11.0F);
  EXPECT_TRUE(table.find(1)->success);
  EXPECT_EQ(table.find(1)->confidence, 1.0F);
}

TEST_F(LandmarksCsvTest, FailedRowsMayHaveNoLandmarks) {
  std::string text = table_text("success", {"1"});
  text += "0" + std::string(2 * kLandmarks, ',') + "\n";
  const LandmarksCsv table = read(text);
  ASSERT_NE(table.find(1), nullptr);
  EXPECT_FALSE(table.find(1)->success);
  EXPECT_EQ(table.find(1)->confidence, 0.0F);
  EXPECT_EQ(table.find(1)->landmarks.y[67], 0.0F);
  text += "1" + std::string(2 * kLandmarks, ',') + "\n";
  EXPECT_THAT(error(text), AllOf(HasSubstr("line 4"), HasSubstr("x_0")));
}

TEST_F(LandmarksCsvTest, TakesOneFaceOfSeveral) {
  const std::string text = table_text("frame,face_id", {"1,3", "1,2", "2,3", "2,2", "3,4", "2,5"});
  const LandmarksCsv lowest = read(text);
  EXPECT_EQ(lowest.face_id(), 2);
  ASSERT_EQ(lowest.rows().size(), 2U);
  EXPECT_EQ(lowest.find(0)->landmarks.x[0], 10.0F);
  LandmarksCsvOptions options;
  options.face_id = 3;
  const LandmarksCsv chosen = read(text, options);
  EXPECT_EQ(chosen.face_id(), 3);
  ASSERT_EQ(chosen.rows().size(), 2U);
  EXPECT_EQ(chosen.find(1)->landmarks.x[0], 20.0F);
  options.face_id = 7;
  EXPECT_THAT(error(text, options), AllOf(HasSubstr("id 7"), HasSubstr("2, 3, 4, 5")));
  EXPECT_EQ(read(table_text("face", {"0", "1"})).rows().size(), 1U);  // of a picture
}

// Whether frames count from 0 or 1 is a matter of the table, not of the face that is read.
TEST_F(LandmarksCsvTest, AnotherFacesFrameZeroCounts) {
  const std::vector<std::string> rows = {"0,1", "1,0", "1,1", "2,0"};
  LandmarksCsvOptions options;
  for (const int face : {0, 1}) {
    options.face_id = face;
    const LandmarksCsv table = read(table_text("frame,face_id", rows), options);
    ASSERT_NE(table.find(1), nullptr) << face;
    EXPECT_EQ(table.find(1)->landmarks.x[0], face == 0 ? 10.0F : 20.0F);
  }
  EXPECT_EQ(read(table_text("frame,face_id", {"1,1", "2,0"})).find(1)->landmarks.x[0], 10.0F);
}

TEST_F(LandmarksCsvTest, ListsMissingColumns) {
  std::string text = table_text("frame", {"1"});
  text.replace(text.find("x_17"), 4, "q_17");
  text.replace(text.find("y_67"), 4, "q_67");
  EXPECT_THAT(error(text), AllOf(HasSubstr("2 are missing: x_17, y_67;"), Not(HasSubstr("x_16"))));
  text = table_text("frame", {"1"});
  text.replace(text.find("x_17"), 4, "q_17");
  EXPECT_THAT(error(text), HasSubstr("one is missing: x_17"));
}

TEST_F(LandmarksCsvTest, RefusesBadRows) {
  EXPECT_THAT(error(table_text("frame", {"4", "4"})), HasSubstr("frame 4 of face 0 appears twice"));
  EXPECT_THAT(error(table_text("frame", {"1.5"})), HasSubstr("whole number"));
  EXPECT_THAT(error(table_text("frame", {"-1"})), HasSubstr("number of a frame"));
  EXPECT_THAT(error(table_text("face_id", {"-1"})), HasSubstr("id of a face"));
  EXPECT_THAT(error(table_text("success", {"2"})), HasSubstr("0 or 1"));
  EXPECT_THAT(error(table_text("success", {"nan"})), HasSubstr("0 or 1"));
  EXPECT_THAT(error(table_text("confidence", {"1.5"})), HasSubstr("from 0 to 1"));
  EXPECT_THAT(error(table_text("frame", {"1,2"})), HasSubstr("cells"));
  EXPECT_THAT(error(table_text("frame", {})), HasSubstr("only a header"));
  std::string text = table_text("frame", {"1"});
  text.replace(text.rfind("16.75"), 5, "abc");
  EXPECT_THAT(error(text), AllOf(HasSubstr("y_67"), HasSubstr("\"abc\"")));
  text.replace(text.rfind("abc"), 3, "-3e7");
  EXPECT_THAT(error(text), AllOf(HasSubstr("y_67"), HasSubstr("1000000")));
}

// The three dialects, and what spreadsheets and statistics programs make of them.
TEST_F(LandmarksCsvTest, EveryWayOfWritingATableIsTheSame) {
  const std::string plain =
      table_text("frame,timestamp,success,confidence", {"1,0.000,1,0.98", "2,0.033,0,0.25"});
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    return text;
  };
  const std::string german = replaced(replaced(plain, ",", ";"), ".", ",");
  const std::string quoted =
      "\"" + replaced(replaced(plain.substr(0, plain.size() - 1), ",", "\",\""), "\n", "\"\n\"") +
      "\"\n";
  for (const std::string& text :
       {plain, replaced(plain, ",", ", "), german, "\xEF\xBB\xBF" + replaced(german, "\n", "\r\n"),
        quoted, replaced(plain, "\n", "\r"), replaced(plain, ",", "\t"),
        replaced(german, ";", "\t")}) {
    const LandmarksCsv table = read(text);
    ASSERT_EQ(table.rows().size(), 2U);
    EXPECT_EQ(table.last_frame(), 1);
    EXPECT_TRUE(table.rows()[0].success);
    EXPECT_FALSE(table.rows()[1].success);
    EXPECT_EQ(table.rows()[1].confidence, 0.25F);
    EXPECT_EQ(table.rows()[1].timestamp_s, 0.033);
    EXPECT_EQ(table.rows()[0].landmarks.x[1], 0.25F);
    EXPECT_EQ(table.rows()[1].landmarks.y[67], 36.75F);
  }
}

// OpenFace for Windows, in frames that failed; our own tables leave the cells empty.
TEST_F(LandmarksCsvTest, CellsWithoutANumberAreAllowedWhereTheFrameFailed) {
  for (const char* word : {"-nan(ind)", "-1.#IND", "1.#QNAN", "inf", "nan", "NA", ""}) {
    std::string header = "frame,success", lost = "1,0", good = "2,1";
    for (const char* axis : {"x", "y"})
      for (int i = 0; i < kLandmarks; ++i) {
        header += fmt::format(",{}_{}", axis, i);
        lost += fmt::format(",{}", word);
        good += ",7";
      }
    const LandmarksCsv table = read(header + "\n" + lost + "\n" + good + "\n");
    EXPECT_FALSE(table.rows()[0].success) << word;
    EXPECT_EQ(table.rows()[0].landmarks.x[3], 0) << word;
    EXPECT_EQ(table.rows()[1].landmarks.x[3], 7) << word;
    lost[2] = '1';
    EXPECT_THAT(error(header + "\n" + lost + "\n"), HasSubstr("where success is 1")) << word;
  }
}

TEST_F(LandmarksCsvTest, SurvivesDamage) {
  const std::string good = table_text("frame,face_id,confidence,success",
                                      {"1,0,0.9,1", "2,0,0.9,1", "3,1,0.9,0", "4,0,0.9,1"});
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string bad = good;
    for (unsigned flips = 1 + random() % 8; flips > 0; --flips)
      bad[random() % bad.size()] = static_cast<char>(random());
    if (!error(bad).empty()) ++refused;
  }
  EXPECT_GT(refused, 500);
}

TEST(LandmarksCsvGolden, OpenFaceTable) {
  const char* file = "golden/csv/multi_face.csv";
  AURIGA_NEEDS(file);
  const Table expected(test::test_data() / file);
  const LandmarksCsv table(test::test_data() / file);
  ASSERT_EQ(table.rows().size(), expected.rows());
  int failed = 0;
  for (std::size_t frame = 0; frame < expected.rows(); ++frame) {
    const LandmarksCsv::Row* row = table.find(static_cast<std::int64_t>(frame));
    ASSERT_NE(row, nullptr);
    if (!row->success) ++failed;
    for (const std::size_t i : {0U, 30U, 67U}) {
      const std::string name = std::to_string(i);
      ASSERT_EQ(row->landmarks.x[i], static_cast<float>(expected.number(frame, "x_" + name)));
      ASSERT_EQ(row->landmarks.y[i], static_cast<float>(expected.number(frame, "y_" + name)));
    }
  }
  EXPECT_EQ(failed, 3);  // frames 578 to 580, see the README of the golden data
  EXPECT_FALSE(table.find(577)->success);
}

// Counts frames from 0.
TEST(LandmarksCsvGolden, TrackerTable) {
  const char* file = "golden/stage_video01/tracker.csv";
  AURIGA_NEEDS(file);
  const Table expected(test::test_data() / file);
  const TemporaryFolder folder;
  std::string text = test::read_text(test::test_data() / file);
  text.replace(text.find("model_success"), 13, "success");
  test::write_text(folder.path() / "a.csv", text);
  const LandmarksCsv table(folder.path() / "a.csv");
  ASSERT_EQ(table.rows().size(), 120U);
  for (std::size_t frame = 0; frame < expected.rows(); ++frame) {
    const LandmarksCsv::Row* row = table.find(static_cast<std::int64_t>(frame));
    ASSERT_NE(row, nullptr);
    // The table has nine digits, enough for the exact float.
    ASSERT_EQ(row->landmarks.x[8], static_cast<float>(expected.number(frame, "x_8")));
    ASSERT_EQ(row->success, expected.number(frame, "model_success") == 1);
  }
}

}  // namespace
}  // namespace auriga
