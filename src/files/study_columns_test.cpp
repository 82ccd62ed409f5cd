#include "files/study_columns.hpp"

#include <cstdlib>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

std::string docs_table(std::span<const StudyColumn> columns) {
  std::string table = "| column | unit | |\n|---|---|---|\n";
  for (const StudyColumn& column : columns)
    table += "| `" + std::string(column.name) + "` | " + std::string(column.unit) + " | " +
             std::string(column.meaning) + " |\n";
  return table;
}

TEST(StudyColumns, AreInTheDocs) {
  const std::string docs = test::read_text(test::repository() / "docs/cli.md");
  for (const auto columns :
       {event_columns(), file_columns(), unit_columns(), condition_columns(), blink_columns()}) {
    const std::string table = docs_table(columns);
    EXPECT_TRUE(docs.find("\n\n" + table + "\n") != std::string::npos)
        << "docs/cli.md should have:\n"
        << table;
  }
}

TEST(StudyColumns, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const StudyColumn& column : file_columns())
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
  names = {};
  for (const StudyColumn& column : unit_columns())
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
  EXPECT_EQ(column_name(FileColumn::faces_visible), "faces_visible");
  EXPECT_EQ(unit_columns()[static_cast<std::size_t>(UnitColumn::valid_frames)].name,
            "valid_frames");
}

}  // namespace
}  // namespace auriga
