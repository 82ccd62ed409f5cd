#include "output/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool is_gaze(const std::string& name) {
  return name.starts_with("gaze_") || name.starts_with("eye_lmk_");
}

TEST(Columns, FlagsNameTheGroups) {
  const std::vector<std::string> flags = {"-gaze", "-pose", "-2Dfp", "-3Dfp", "-pdmparams", "-aus"};
  ASSERT_EQ(flags.size(), kColumnGroups.size());
  for (std::size_t i = 0; i < flags.size(); ++i) {
    EXPECT_EQ(column_flag(kColumnGroups[i]), flags[i]);
    EXPECT_EQ(column_group(flags[i]), kColumnGroups[i]);
  }
  EXPECT_EQ(column_group("-2dfp"), std::nullopt);
  EXPECT_EQ(column_group("aus"), std::nullopt);
  EXPECT_EQ(column_group(""), std::nullopt);
}

TEST(Columns, GazeIsRefusedByName) {
  EXPECT_NO_THROW(require_available(kAvailableColumns));
  try {
    column_names(TableMode::sequence, kAvailableColumns | kGazeColumns, openface_aus());
    FAIL() << "gaze columns do not exist";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("-gaze"));
  }
}

TEST(Columns, NoneAreTheFirstOnes) {
  EXPECT_THAT(column_names(TableMode::sequence, 0, openface_aus()),
              ElementsAre("frame", "face_id", "timestamp", "confidence", "success"));
  EXPECT_THAT(column_names(TableMode::image, 0, openface_aus()), ElementsAre("face", "confidence"));
}

TEST(Columns, ActionUnitsAreThoseOfTheModels) {
  const AuNames aus = {{"AU01", "AU12"}, {"AU28"}};
  EXPECT_THAT(column_names(TableMode::image, kAuColumns, aus),
              ElementsAre("face", "confidence", "AU01_r", "AU12_r", "AU28_c"));
}

TEST(ColumnsGolden, AllWithoutGaze) {
  for (const auto& [file, mode] : {std::pair{"golden/csv/video01.csv", TableMode::sequence},
                                   std::pair{"golden/images/sample1.csv", TableMode::image}}) {
    AURIGA_NEEDS(file);
    std::vector<std::string> expected = test::Table(test::test_data() / file).columns();
    EXPECT_EQ(expected.size(), mode == TableMode::sequence ? 714U : 711U);
    std::erase_if(expected, is_gaze);
    EXPECT_EQ(column_names(mode, kAvailableColumns, openface_aus()), expected);
  }
}

}  // namespace
}  // namespace auriga
