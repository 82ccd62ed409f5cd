#include "tables/csv_reader.hpp"

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "files/gzip.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvReaderTest : public ::testing::Test {
 protected:
  fs::path file(const std::string& text) const {
    test::write_text(folder_.path() / "a.csv", text);
    return folder_.path() / "a.csv";
  }

  // The message of the Error(input) on the way through the whole table, every cell taken as a
  // number.
  std::string error(const fs::path& path) const {
    try {
      CsvReader table(path);
      while (table.next())
        for (std::size_t i = 0; i < table.columns().size(); ++i) table.number(i);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
      return error.what();
    }
    return {};
  }

  const TemporaryFolder folder_;
};

TEST_F(CsvReaderTest, ReadsBothOpenFaceDialects) {
  for (const char* text : {"frame,success,AU01_r\n1,1,0.50\n2,0,1.25\n",
                           "frame, success, AU01_r\n1,  1, 0.50\n2,  0, 1.25\n"}) {
    CsvReader table(file(text));
    EXPECT_THAT(table.columns(), ElementsAre("frame", "success", "AU01_r"));
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.integer(0), 1);
    EXPECT_EQ(table.number(2), 0.5);
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.line(), 3U);
    EXPECT_EQ(table.text(1), "0");
    EXPECT_EQ(table.number(2), 1.25);
    EXPECT_FALSE(table.next());
    EXPECT_FALSE(table.next());
  }
}

TEST_F(CsvReaderTest, AcceptsWindowsFilesEmptyLinesAndAMissingEnd) {
  CsvReader table(file("\xEF\xBB\xBF\r\na,b\r\n\r\n1,2\r\n \r\n3,4"));
  EXPECT_THAT(table.columns(), ElementsAre("a", "b"));
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.number(1), 2);
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.number(1), 4);
  EXPECT_EQ(table.line(), 6U);
  EXPECT_FALSE(table.next());
}

// The same rows in every way of writing them.
TEST_F(CsvReaderTest, ReadsWhatSpreadsheetsAndStatisticsProgramsWrite) {
  const std::vector<std::pair<const char*, std::string>> same = {
      {"plain", "name,AU01_r,ok\na,0.5,True\nb,-1.25e1,False\n"},
      {"quoted", "\"name\",\"AU01_r\",\"ok\"\n\"a\",\"0.5\",\"True\"\n\"b\",\"-1.25e1\",\"0\"\n"},
      {"blanks within quotes", "\"name\", \" AU01_r\" , \"ok\"\n a , \" 0.5\",1\nb,-12.5,0\n"},
      {"Excel of other countries", "\xEF\xBB\xBFname;AU01_r;ok\r\na;0,5;TRUE\r\nb;-12,5;FALSE\r\n"},
      {"Excel's directive", "sep=;\r\nname;AU01_r;ok\r\na;0,5;1\r\nb;-1,25E+01;0\r\n"},
      {"tabs", "name\tAU01_r\tok\na\t0.5\t1\nb\t-12.5\t0\n"},
      {"tabs and commas", "name\tAU01_r\tok\na\t0,5\t1\nb\t-12,5\t0\n"},
      {"decimal commas in quotes", "name,AU01_r,ok\na,\"0,5\",1\nb,\"-12,5\",0\n"},
      {"old line ends", "name,AU01_r,ok\ra,0.5,1\rb,-12.5,0\r"},
      {"a line end too many", "name,AU01_r,ok\r\r\na,0.5,1\r\r\nb,-12.5,0"},
  };
  for (const auto& [how, text] : same) {
    SCOPED_TRACE(how);
    CsvReader table(file(text));
    ASSERT_THAT(table.columns(), ElementsAre("name", "AU01_r", "ok"));
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.text(0), "a");
    EXPECT_EQ(table.number(1), 0.5);
    EXPECT_EQ(table.integer(2), 1);
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.text(0), "b");
    EXPECT_EQ(table.number(1), -12.5);
    EXPECT_EQ(table.integer(2), 0);
    EXPECT_FALSE(table.next());
  }
}

TEST_F(CsvReaderTest, RowNamesAreAColumnWithoutAName) {
  for (const char* text : {"\"\",\"a\",\"b\"\n\"1\",2,3\n\"2\",4,5\n",  // write.csv
                           "\"a\",\"b\"\n\"1\",2,3\n\"2\",4,5\n"}) {    // write.table
    CsvReader table(file(text));
    ASSERT_THAT(table.columns(), ElementsAre("", "a", "b")) << text;
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.number(*table.find("b")), 3);
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table.number(*table.find("a")), 4);
    EXPECT_FALSE(table.next());
  }
  // Where only a count says so, the row may as well be damaged.
  EXPECT_THAT(error(file("a,b\n1,2,3\n2,4,5\n")), HasSubstr("without row names"));
}

TEST_F(CsvReaderTest, QuotedCells) {
  CsvReader table(
      file("\"a \"\"x\"\"\",b,c,d\n\"1,2\n3\", \"\"\"\" ,\"\",5\" long\nx,y,z,\"\"\"w\"\"\"\n"));
  EXPECT_THAT(table.columns(), ElementsAre("a \"x\"", "b", "c", "d"));
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.text(0), "1,2\n3");
  EXPECT_EQ(table.text(1), "\"");
  EXPECT_EQ(table.text(2), "");
  EXPECT_EQ(table.text(3), "5\" long");  // a quote within a cell is one
  EXPECT_EQ(table.line(), 2U);
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.line(), 4U);
  EXPECT_EQ(table.text(3), "\"w\"");
  EXPECT_FALSE(table.next());

  EXPECT_THAT(error(file("a,b\n1,\"2\n3,4\n")),
              AllOf(HasSubstr("line 2"), HasSubstr("closing quote")));
  EXPECT_THAT(error(file("a,b\n1,\"2\"3\n")), AllOf(HasSubstr("line 2"), HasSubstr("\"3\"")));
  EXPECT_THAT(error(file("a,b\n1,\"" + std::string(3'000'000, 'x') + "\"\n")),
              HasSubstr("quote is not closed"));
}

// A comma may be a decimal mark or stand between thousands: which of them, only the rest tells.
TEST_F(CsvReaderTest, RefusesNumbersThatCanBeReadInTwoWays) {
  EXPECT_THAT(error(file("a;b\n0,5;1\n0.5;1\n")),
              AllOf(HasSubstr("line 3"), HasSubstr("\"0.5\""), HasSubstr("line 2"),
                    HasSubstr("decimal mark")));
  EXPECT_THAT(error(file("a,b\n0.5,\"1,234\"\n")), HasSubstr("\"1,234\""));
  EXPECT_THAT(error(file("a;b\n1.234,5;1\n")), HasSubstr("finite number"));
  EXPECT_THAT(error(file("a;b\n1,234,567;1\n")), HasSubstr("finite number"));
  EXPECT_EQ(error(file("a;b\n1;2\n3;4\n")), "");
}

TEST_F(CsvReaderTest, KnowsEveryProgramsWordForNoNumber) {
  for (const char* word :
       {"nan",     "NaN",     "-nan",      "-nan(ind)", "nan(snan)", "-nan(0x8000000000000)",
        "1.#QNAN", "-1.#IND", "1.#IND00",  "1.#R",      "-1.#IO",    "1.#INF",
        "inf",     "-inf",    "+Infinity", "NA",        "N/A",       "<NA>",
        "null",    "None",    "#N/A",      "#DIV/0!",   "."}) {
    CsvReader table(file("a,b\n1," + std::string(word) + "\n"));
    ASSERT_TRUE(table.next());
    EXPECT_TRUE(table.missing(1)) << word;
    EXPECT_FALSE(table.is_number(1)) << word;
    EXPECT_EQ(table.number(1), std::nullopt) << word;
    EXPECT_THROW(table.integer(1), Error) << word;
  }
  for (const char* word : {"nano", "nan(", "infinite", "1.#", "-", "x"})
    EXPECT_THAT(error(file("a,b\n1," + std::string(word) + "\n")), HasSubstr("finite number"));
}

TEST_F(CsvReaderTest, FindsColumns) {
  const CsvReader table(file("a,b\n"));
  EXPECT_EQ(table.find("b"), 1U);
  EXPECT_EQ(table.find("c"), std::nullopt);
}

TEST_F(CsvReaderTest, KnowsNumbersAndMissingCells) {
  CsvReader table(file("a,b,c,d,e,f,g,h\n,nan,NA,True,False,+1.5,-2e-3,text\n"));
  ASSERT_TRUE(table.next());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(table.missing(i));
    EXPECT_FALSE(table.is_number(i));
    EXPECT_EQ(table.number(i), std::nullopt);
  }
  EXPECT_EQ(table.number(3), 1);
  EXPECT_EQ(table.number(4), 0);
  EXPECT_EQ(table.number(5), 1.5);
  EXPECT_EQ(table.number(6), -2e-3);
  EXPECT_FALSE(table.is_number(7));
  EXPECT_FALSE(table.missing(7));
  EXPECT_THROW(table.text(8), std::out_of_range);
}

TEST_F(CsvReaderTest, KeepsTheSignOfZero) {
  CsvReader table(file("a,b\n-0.0,0.0\n"));
  ASSERT_TRUE(table.next());
  EXPECT_TRUE(std::signbit(*table.number(0)));
}

TEST_F(CsvReaderTest, NamesLineColumnAndCell) {
  EXPECT_THAT(error(file("a,b\n1,2\n3,4x\n")),
              AllOf(HasSubstr("line 3"), HasSubstr("column \"b\""), HasSubstr("finite number"),
                    HasSubstr("\"4x\"")));
  EXPECT_THAT(error(file("a,b\n1,1e999\n")), HasSubstr("\"1e999\""));
  EXPECT_THAT(error(file("a,b\n1,\x1b[31m\n")), HasSubstr("\\x1b"));  // not to a terminal
  EXPECT_THAT(error(file("a,b\n1," + std::string(1000, '7') + "z\n")),
              ::testing::SizeIs(::testing::Lt(400U)));
}

TEST_F(CsvReaderTest, WholeNumbers) {
  CsvReader table(file("a,b,c,d,e\n3.0,3.5,1e300,,-7\n"));
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.integer(0), 3);
  EXPECT_EQ(table.integer(4), -7);
  for (const std::size_t column : {1U, 2U, 3U}) EXPECT_THROW(table.integer(column), Error);
}

TEST_F(CsvReaderTest, AnEmptyCellInQuotesIsARow) {
  CsvReader table(file("a\n\"\"\n\n\"\"\n"));
  ASSERT_TRUE(table.next());
  EXPECT_TRUE(table.missing(0));
  EXPECT_TRUE(table.empty_row());
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.line(), 4U);
  EXPECT_FALSE(table.next());
}

TEST_F(CsvReaderTest, RefusesRaggedRows) {
  EXPECT_THAT(error(file("a,b\n1,2\n3\n")),
              AllOf(HasSubstr("line 3"), HasSubstr("expected 2 cells"), HasSubstr("found 1")));
  EXPECT_THAT(error(file("a,b\n1,2,3\n")), HasSubstr("found 3"));
}

TEST_F(CsvReaderTest, ReadsCompressedTables) {
  const auto packed = [](std::string_view text) {
    Gzip gzip;
    std::string all(gzip.add(text));
    return all + std::string(gzip.finish());
  };
  std::string text = "a,b\n";
  for (int i = 0; i < 200000; ++i) text += std::to_string(i) + "," + std::to_string(i % 7) + "\n";
  const std::string whole = packed(text);
  const auto rows = [&](const std::string& bytes) {
    CsvReader table(file(bytes));
    std::int64_t count = 0;
    while (table.next()) EXPECT_EQ(table.integer(0), count++);
    return count;
  };
  EXPECT_EQ(rows(whole), 200000);
  // Parts one behind the other, as `cat a.gz b.gz` makes them.
  EXPECT_EQ(rows(packed(text.substr(0, 1000)) + packed(text.substr(1000))), 200000);
  CsvReader table(file(whole));
  for (int i = 0; i < 150000; ++i) table.next();
  const std::uint64_t place = table.position();
  const std::size_t line = table.line();
  for (int i = 0; i < 1000; ++i) table.next();
  table.go_to(place, line);
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.integer(0), 149999);
  EXPECT_EQ(table.line(), line);
  for (const std::size_t size : {whole.size() / 2, whole.size() - 1, std::size_t{2}})
    EXPECT_THAT(error(file(whole.substr(0, size))), HasSubstr("it ends in the middle")) << size;
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
  EXPECT_THROW(
      {
        CsvReader table(file(flipped));
        while (table.next()) {
        }
      },
      Error);
}

TEST_F(CsvReaderTest, RefusesWhatIsNoTable) {
  EXPECT_THAT(error(file("")), HasSubstr("empty file"));
  EXPECT_THAT(error(file("\n \r\n")), HasSubstr("empty file"));
  EXPECT_THAT(error(file("frame success\n1 2\n")), HasSubstr("commas, semicolons or tabs"));
  EXPECT_THAT(error(file("\"frame\" \"success\"\n1 2\n")), HasSubstr("comma, semicolon or tab"));
  EXPECT_THAT(error(file("\"a,b\"\n\"1,2\"\n")), HasSubstr("\"a,b\""));
  EXPECT_THAT(error(file("a,b,a\n")), HasSubstr("\"a\" appears twice"));
  EXPECT_THAT(error(file(std::string("\xFF\xFE"
                                     "a\0,\0b\0\n\0",
                                     10))),
              AllOf(HasSubstr("UTF-16"), HasSubstr("CSV UTF-8")));
  EXPECT_THAT(error(file(std::string("\xFE\xFF\0a\0\n", 6))), HasSubstr("UTF-16"));
  EXPECT_THAT(error(file(std::string("a\0,\0b\0\n\0", 8))), HasSubstr("UTF-16"));
  EXPECT_THAT(error(file("PK\x03\x04 and more")), HasSubstr("workbook"));
  EXPECT_THAT(error(file("\x1F\x8B\x08 and more")), HasSubstr("gunzip"));
  EXPECT_THAT(error(file("PAR1 and more")), HasSubstr("Parquet"));
  EXPECT_THAT(error(file("a,b" + std::string(1000, 'c') + std::string(1, '\0') + "\n")),
              HasSubstr("binary data"));
  EXPECT_THAT(error(file(std::string("\0\0\0\0\0", 5))), HasSubstr("binary data"));
  EXPECT_THAT(error(file("a,b\n" + std::string(3'000'000, '1'))), HasSubstr("longer line"));
  EXPECT_THAT(error(folder_.path() / "none.csv"), HasSubstr("No such file"));
  EXPECT_THAT(error(folder_.path()), HasSubstr("directory"));
}

TEST_F(CsvReaderTest, AHeaderAloneIsATable) {
  CsvReader table(file("a,b"));
  EXPECT_FALSE(table.next());
}

// Any damage is either read or an Error.
TEST_F(CsvReaderTest, SurvivesDamage) {
  std::string good = "frame, face_id, timestamp, success, AU01_r\n";
  for (int i = 1; i < 30; ++i)
    good += std::to_string(i) + ",  0,  0.033,  1, 1." + std::to_string(i) + "\n";
  std::string quoted = "\"\",\"frame\",\"face_id\",\"timestamp\"\r\n";
  for (int i = 1; i < 30; ++i)
    quoted += "\"" + std::to_string(i) + "\",\"" + std::to_string(i) + "\",0,\"0,033\"\r\n";
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bad = round % 2 == 0 ? good : quoted;
    for (unsigned flips = 1 + random() % 8; flips > 0; --flips)
      bad[random() % bad.size()] = static_cast<char>(random());
    if (round % 3 == 0) bad.resize(random() % bad.size());
    if (!error(file(bad)).empty()) ++refused;
  }
  EXPECT_GT(refused, 500);
}

// Rows of all kinds of line ends, with quotes and empty lines, longer than what is read at a time.
TEST_F(CsvReaderTest, GoesBackToAnyRow) {
  const std::string ends[] = {"\n", "\r\n", "\r"};
  std::mt19937 random(3);
  for (const std::string& end : ends) {
    std::string text = "a,b" + end;
    for (int row = 0; row < 3000; ++row) {
      text += std::to_string(row) + ",";
      text += random() % 3 == 0 ? "\"x" + end + "y\"" : std::string(random() % 200, 'z');
      text += end;
      if (random() % 50 == 0) text += end;
    }
    CsvReader table(file(text));
    struct Row {
      std::uint64_t begin, end;
      std::size_t line;
      std::string a, b;
    };
    std::vector<Row> rows;
    while (table.next())
      rows.push_back({table.position(), table.end_position(), table.line(),
                      std::string(table.text(0)), std::string(table.text(1))});
    ASSERT_EQ(rows.size(), 3000u);
    for (int jump = 0; jump < 300; ++jump) {
      std::size_t row = random() % rows.size();
      table.go_to(rows[row].begin, rows[row].line);
      for (int step = 0; step < 3 && row < rows.size(); ++step, ++row) {
        ASSERT_TRUE(table.next());
        EXPECT_EQ(table.text(0), rows[row].a);
        EXPECT_EQ(table.text(1), rows[row].b);
        EXPECT_EQ(table.line(), rows[row].line);
        EXPECT_EQ(table.end_position(), rows[row].end);
        EXPECT_TRUE(text.substr(rows[row].begin).find(rows[row].a) < 3u);
      }
    }
  }
}

TEST_F(CsvReaderTest, GoesBackInACompressedTable) {
  std::string text = "a,b\n";
  for (int row = 0; row < 20000; ++row)
    text += std::to_string(row) + "," + std::to_string(row % 7) + "\n";
  Gzip gzip;
  std::string packed(gzip.add(text));
  packed += gzip.finish();
  CsvReader table(file(packed));
  EXPECT_TRUE(table.compressed());
  std::vector<std::pair<std::uint64_t, std::size_t>> places;
  while (table.next()) places.emplace_back(table.position(), table.line());
  ASSERT_EQ(places.size(), 20000u);
  for (const std::size_t row : {19999u, 0u, 1u, 15000u, 3u, 15001u}) {
    table.go_to(places[row].first, places[row].second);
    for (std::size_t i = row; i < std::min<std::size_t>(row + 3, 20000); ++i) {
      ASSERT_TRUE(table.next());
      EXPECT_EQ(table.integer(0), static_cast<std::int64_t>(i));
      EXPECT_EQ(table.line(), places[i].second);
    }
  }
}

TEST_F(CsvReaderTest, WordsAreNoNumbersWhateverTheyLookLike) {
  const std::string text = "a,label\n1.5,\"2,5\"\n";
  EXPECT_THROW(
      {
        CsvReader table(file(text));
        table.next();
      },
      Error);
  CsvReader table(file(text), {"label"});
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.number(0), 1.5);
  EXPECT_EQ(table.text(1), "2,5");
}

}  // namespace
}  // namespace auriga
