#include "files/table_name.hpp"

#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

#include "files/gzip.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

TEST(TableName, EndingsSayWhatItIs) {
  EXPECT_EQ(beside_table("a.b/s.01.csv", ".hog"), "a.b/s.01.hog");
  EXPECT_EQ(beside_table("s01.csv.gz", ".manifest.json"), "s01.manifest.json");
  EXPECT_EQ(beside_table("s01.TSV.GZ", ".x"), "s01.x");
  EXPECT_EQ(beside_table("s01", ".x"), "s01.x");
  for (const char* name : {"a.tsv", "a.TSV", "a.tsv.gz"}) EXPECT_TRUE(has_tabs(name)) << name;
  for (const char* name : {"a.csv", "a.csv.gz", "a", "tsv"}) EXPECT_FALSE(has_tabs(name)) << name;
  EXPECT_TRUE(is_compressed("a.csv.gz"));
  EXPECT_FALSE(is_compressed("a.csv"));
  for (const char* name : {"a.csv", "a.TSV", "a.csv.gz", "x/a.Tsv.GZ"})
    EXPECT_TRUE(may_be_table(name)) << name;
  for (const char* name : {"a.gz", "a.csv.zip", "csv", "a.manifest.json", "a.csvx", ""})
    EXPECT_FALSE(may_be_table(name)) << name;
}

TEST(Gzip, IsReadBackAndAlwaysTheSame) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 7919 % 10007) + ",";
  const auto packed = [&](std::size_t step) {
    Gzip gzip;
    std::string all;
    for (std::size_t at = 0; at < text.size(); at += step)
      all += gzip.add(std::string_view(text).substr(at, step));
    all += gzip.finish();
    return all;
  };
  const std::string all = packed(text.size());
  EXPECT_EQ(all, packed(100));
  EXPECT_LT(all.size(), text.size() / 2);
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "a.gz").string();
  test::write_text(file, all);
  gzFile stream = gzopen(file.c_str(), "rb");
  std::string read(text.size() + 1, '\0');
  read.resize(
      static_cast<std::size_t>(gzread(stream, read.data(), static_cast<unsigned>(read.size()))));
  gzclose(stream);
  EXPECT_TRUE(read == text);
  Gzip empty;
  EXPECT_GT(empty.finish().size(), 10u);
}

}  // namespace
}  // namespace auriga
