#include "files/columns.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

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

TEST(Columns, KnowTheirGroup) {
  std::map<ColumnGroup, std::size_t> counts;
  std::size_t keys = 0;
  for (const std::string& name :
       column_names(Dialect::openface, TableMode::sequence, kAllColumns, openface_aus())) {
    if (const auto group = group_of_column(name))
      ++counts[*group];
    else
      ++keys;
  }
  EXPECT_EQ(keys, 5U);
  EXPECT_EQ(counts[kGazeColumns], 288U);
  EXPECT_EQ(counts[kShapeColumns], 40U);
  EXPECT_EQ(counts[kAuColumns], 35U);
  EXPECT_EQ(group_of_column("x_67"), kLandmarks2dColumns);
  EXPECT_EQ(group_of_column("X_67"), kLandmarks3dColumns);
  EXPECT_EQ(group_of_column("x_68"), std::nullopt);
  EXPECT_EQ(group_of_column("mouthSmileLeft"), kBlendshapeColumns);
}

// They have to be asked for, and move no other column.
TEST(Columns, BlendshapesAreTheLastOnes) {
  std::vector<std::string> expected =
      column_names(Dialect::openface, TableMode::sequence, kAllColumns, openface_aus());
  expected.insert(expected.end(), kBlendshapeNames.begin(), kBlendshapeNames.end());
  EXPECT_EQ(column_names(Dialect::openface, TableMode::sequence, kAllColumns | kBlendshapeColumns,
                         openface_aus()),
            expected);
  EXPECT_EQ(kBlendshapeNames.front(), "_neutral");
  EXPECT_EQ(kBlendshapeNames[25], "jawOpen");
  EXPECT_EQ(kBlendshapeNames.back(), "noseSneerRight");
  EXPECT_EQ(column_names(Dialect::pyfaceau, TableMode::sequence, kAuColumns | kBlendshapeColumns,
                         openface_aus())
                .back(),
            "AU45_r");
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

// Rows of the table in docs/cli.md: columns, flag, unit and what they are.
std::string docs_row(const std::vector<std::string>& names, std::string_view flag,
                     std::string_view unit, std::string_view meaning) {
  std::string cell;
  if (names.size() > 4) {
    cell = "`" + names.front() + "` .. `" + names.back() + "`";
  } else {
    for (const std::string& name : names) cell += (cell.empty() ? "`" : ", `") + name + "`";
  }
  const std::string code = flag.empty() ? "" : "`" + std::string(flag) + "`";
  return "| " + cell + " | " + code + " | " + std::string(unit) + " | " + std::string(meaning) +
         " |\n";
}

TEST(Columns, AreInTheDocs) {
  std::string table = "| columns | flag | unit | |\n|---|---|---|---|\n";
  for (const TableMode mode : {TableMode::sequence, TableMode::image})
    for (const KeyColumn& key : key_columns(Dialect::openface, mode))
      if (mode == TableMode::sequence || key.name == kFaceColumn)
        table += docs_row({std::string(key.name)}, "", key.unit, key.meaning);
  for (const MeasureColumns& measure : measure_columns())
    table += docs_row(measure.names(), column_flag(measure.group), measure.unit, measure.meaning);
  const auto units = [&](const std::vector<std::string>& aus, std::string_view ending,
                         std::string_view meaning) {
    std::string names;
    for (const std::string& au : aus)
      names += (names.empty() ? "" : "`, `") + au + std::string(ending);
    table += docs_row({names}, column_flag(kAuColumns), "", meaning);
  };
  units(openface_aus().intensities, kIntensityEnding, "intensity, 0..5");
  units(openface_aus().presences, kPresenceEnding, "presence, 0 or 1");
  std::string shapes;
  for (const std::string_view name : kBlendshapeNames)
    shapes += (shapes.empty() ? "" : "`, `") + std::string(name);
  table += docs_row({shapes}, column_flag(kBlendshapeColumns), "", "blendshape, 0..1");
  const std::string docs = test::read_text(test::repository() / "docs/cli.md");
  EXPECT_TRUE(docs.find("\n\n" + table + "\n") != std::string::npos) << "docs/cli.md should have:\n"
                                                                     << table;
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
