#include "tables/row_reader.hpp"

#include <string>
#include <tuple>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RowReaderTest : public ::testing::Test {
 protected:
  fs::path file(const std::string& text) const {
    test::write_text(folder_.path() / "a.csv", text);
    return folder_.path() / "a.csv";
  }

  // Frame from 1, face and success of each row.
  using Row = std::tuple<std::int64_t, std::int64_t, bool>;
  std::vector<Row> rows(const std::string& text) const {
    RowReader table(file(text));
    std::vector<Row> rows;
    while (table.next()) rows.emplace_back(table.frame(), table.face(), table.success());
    for (auto& [frame, face, success] : rows) frame += table.from_zero() ? 1 : 0;
    return rows;
  }

  std::string error(const std::string& text) const {
    try {
      rows(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      return error.what();
    }
    return "no error";
  }

  const test::TemporaryFolder folder_;
};

TEST_F(RowReaderTest, FrameFaceAndSuccess) {
  EXPECT_THAT(rows("x,success,face_id,frame\n9,1,4,2\n9,0,5,2\n9,,4,3\n"),
              ElementsAre(Row{2, 4, true}, Row{2, 5, false}, Row{3, 4, false}));
  EXPECT_THAT(rows("frame, face\n7, -1\n"), ElementsAre(Row{7, -1, true}));
  EXPECT_THAT(rows("frame,success\n1,True\n2,False\n"),
              ElementsAre(Row{1, 0, true}, Row{2, 0, false}));
}

TEST_F(RowReaderTest, AFrameZeroOfAnyFaceShowsHowTheTableCounts) {
  EXPECT_THAT(rows("frame,face_id\n5,1\n0,2\n"), ElementsAre(Row{6, 1, true}, Row{1, 2, true}));
  EXPECT_THAT(rows("frame,face_id\n5,1\n1,2\n"), ElementsAre(Row{5, 1, true}, Row{1, 2, true}));
}

// PyFaceAU counts from 0 also where that frame is missing; it has no landmarks.
TEST_F(RowReaderTest, PyFaceAuCountsFromZero) {
  EXPECT_THAT(rows("frame,timestamp,success,AU12_r\n5,0.1,True,1\n"), ElementsAre(Row{6, 0, true}));
  EXPECT_THAT(rows("frame,timestamp,success,x_0\n5,0.1,1,1\n"), ElementsAre(Row{5, 0, true}));
  EXPECT_THAT(rows("frame,success,timestamp\n5,1,0.1\n"), ElementsAre(Row{5, 0, true}));
}

// Where no frame succeeded, PyFaceAU writes nothing else; a row name does not change what it is.
TEST_F(RowReaderTest, PyFaceAuWithoutActionUnitsAndWithRowNames) {
  EXPECT_THAT(rows("frame,timestamp,success\n1,0.1,False\n2,0.2,False\n"),
              ElementsAre(Row{2, 0, false}, Row{3, 0, false}));
  for (const char* name : {"", "\"\"", "Unnamed: 0"})
    EXPECT_THAT(rows(std::string(name) + ",frame,timestamp,success,AU12_r\n0,5,0.1,True,1\n"),
                ElementsAre(Row{6, 0, true}));
}

TEST_F(RowReaderTest, RowsWithoutTextArePassedOverWhereFramesAreNumbered) {
  EXPECT_THAT(rows("frame;face_id;v\r\n1;0;2\r\n;;\r\n;;\r\n"), ElementsAre(Row{1, 0, true}));
  // Otherwise such a row is a frame that tells nothing.
  EXPECT_THAT(rows("success,v\n1,2\n,\n1,2\n"),
              ElementsAre(Row{1, 0, true}, Row{2, 0, false}, Row{3, 0, true}));
}

// Rows of a face are counted; so all faces of a picture are of frame 1.
TEST_F(RowReaderTest, WithoutFrameRowsOfAFaceAreCounted) {
  EXPECT_THAT(rows("v\n8\n9\n"), ElementsAre(Row{1, 0, true}, Row{2, 0, true}));
  EXPECT_THAT(rows("face,confidence\n0,1\n1,1\n"), ElementsAre(Row{1, 0, true}, Row{1, 1, true}));
  EXPECT_THAT(rows("face_id\n3\n4\n3\n"),
              ElementsAre(Row{1, 3, true}, Row{1, 4, true}, Row{2, 3, true}));
}

TEST_F(RowReaderTest, RefusesWhatIsNoFrameOrFace) {
  EXPECT_THAT(error("frame\n-1\n"), AllOf(HasSubstr("line 2"), HasSubstr("number of a frame")));
  EXPECT_THAT(error("frame\n1000000000001\n"), HasSubstr("0 to 1e12"));
  EXPECT_EQ(error("frame\n1000000000000\n"), "no error");
  EXPECT_THAT(error("frame\n1.5\n"), HasSubstr("whole number"));
  EXPECT_THAT(error("frame\n\n,\n"), HasSubstr("cells"));
  EXPECT_THAT(error("frame,face_id\n1,x\n"), HasSubstr("\"face_id\""));
  EXPECT_THAT(error("success,a\nmaybe,1\n"), HasSubstr("finite number"));
}

TEST_F(RowReaderTest, ActionUnits) {
  const RowReader table(file("AU12_c,AU28_c,AU01_r,AU12_r,AU1_r,AU123_r,AUxx_r,AU05\n"));
  const std::vector<AuColumns> units = table.action_units();
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0].name, "AU01");
  EXPECT_EQ(units[0].intensity, 2U);
  EXPECT_EQ(units[0].presence, std::nullopt);
  EXPECT_EQ(units[1].name, "AU12");
  EXPECT_EQ(units[1].intensity, 3U);
  EXPECT_EQ(units[1].presence, 0U);
  EXPECT_EQ(units[2].name, "AU28");
  EXPECT_EQ(units[2].intensity, std::nullopt);
  EXPECT_EQ(units[2].presence, 1U);
}

TEST_F(RowReaderTest, Landmarks) {
  std::string header = "frame", row = "1", lost = "2";
  for (int i = kLandmarks - 1; i >= 0; --i) {
    header += fmt::format(",y_{},x_{}", i, i);
    row += fmt::format(",{},{}", 100 + i, i);
    lost += ",,";
  }
  RowReader table(file(header + "\n" + row + "\n" + lost + "\n"));
  const LandmarkColumns columns(table);
  ASSERT_TRUE(table.next());
  const Landmarks landmarks = columns.read(table, true);
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    EXPECT_EQ(landmarks.x[i], static_cast<float>(i));
    EXPECT_EQ(landmarks.y[i], static_cast<float>(100 + i));
  }
  ASSERT_TRUE(table.next());
  EXPECT_EQ(columns.read(table, false).y[3], 0);
  EXPECT_THROW(columns.read(table, true), Error);
  EXPECT_THROW(LandmarkColumns(RowReader(file("x_0,y_0\n"))), Error);
}

}  // namespace
}  // namespace auriga
