#include "files/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::ElementsAre;

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

TEST(Columns, AllAreEveryGroup) {
  ColumnGroups all = 0;
  for (const ColumnGroup group : kColumnGroups) all |= group;
  EXPECT_EQ(kAllColumns, all);
}

TEST(Columns, NoneAreTheFirstOnes) {
  EXPECT_THAT(column_names(Dialect::openface, TableMode::sequence, 0, openface_aus()),
              ElementsAre("frame", "face_id", "timestamp", "confidence", "success"));
  EXPECT_THAT(column_names(Dialect::openface, TableMode::image, 0, openface_aus()),
              ElementsAre("face", "confidence"));
}

TEST(Columns, ActionUnitsAreThoseOfTheModels) {
  const UnitNames aus = {{"AU01", "AU12"}, {"AU28"}};
  EXPECT_THAT(column_names(Dialect::openface, TableMode::image, kAuColumns, aus),
              ElementsAre("face", "confidence", "AU01_r", "AU12_r", "AU28_c"));
}

// A group asked for alone brings its own columns, in the order of the whole table.
TEST(Columns, GroupsAddUpToTheWholeTable) {
  std::vector<std::string> together =
      column_names(Dialect::openface, TableMode::sequence, 0, openface_aus());
  const std::size_t first = together.size();
  for (const ColumnGroup group : kColumnGroups) {
    const auto names = column_names(Dialect::openface, TableMode::sequence, group, openface_aus());
    together.insert(together.end(), names.begin() + static_cast<std::ptrdiff_t>(first),
                    names.end());
  }
  EXPECT_EQ(column_names(Dialect::openface, TableMode::sequence, kAllColumns, openface_aus()),
            together);
  EXPECT_EQ(column_names(Dialect::openface, TableMode::image, kGazeColumns, openface_aus()).size(),
            2U + 8 + 56 * 5);
}

TEST(ColumnsGolden, AllInOrder) {
  for (const auto& [file, mode] : {std::pair{"golden/csv/video01.csv", TableMode::sequence},
                                   std::pair{"golden/images/sample1.csv", TableMode::image}}) {
    AURIGA_NEEDS(file);
    const std::vector<std::string> expected = test::Table(test::test_data() / file).columns();
    EXPECT_EQ(expected.size(), mode == TableMode::sequence ? 714U : 711U);
    EXPECT_EQ(column_names(Dialect::openface, mode, kAllColumns, openface_aus()), expected);
  }
}

}  // namespace
}  // namespace auriga
