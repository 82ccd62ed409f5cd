// Forms of the tables of `auriga extract` that are not OpenFace's, and sections of a video: of the
// demo with the open models.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ExtractForms : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  Outcome extract(std::vector<std::string> options) const {
    std::vector<std::string> words = {"extract", (repository() / "examples/demo.mp4").string(),
                                      "--preset", "open", "--quiet"};
    words.insert(words.end(), options.begin(), options.end());
    return auriga(words);
  }
  // The cells of a column.
  std::vector<std::string> column(const std::string& name, std::size_t number) const {
    std::vector<std::string> cells;
    const std::string text = read_text(path(name));
    for (std::size_t begin = text.find('\n') + 1; begin < text.size();) {
      std::size_t at = begin;
      for (std::size_t i = 0; i < number; ++i) at = text.find(',', at) + 1;
      cells.push_back(text.substr(at, text.find_first_of(",\n", at) - at));
      begin = text.find('\n', begin) + 1;
    }
    return cells;
  }
  const TemporaryFolder folder_;
};

TEST_F(ExtractForms, TabsAndGzipHoldTheSameTable) {
  for (const char* name : {"a.csv", "a.tsv", "b.csv.gz"})
    ASSERT_EQ(extract({"-o", path(name), "-pose", "-aus"}).exit_code, 0) << name;
  std::string tabs = read_text(path("a.tsv"));
  for (char& c : tabs)
    if (c == '\t') c = ',';
  EXPECT_TRUE(tabs == read_text(path("a.csv")));
  EXPECT_EQ(auriga({"compare", path("a.csv"), path("b.csv.gz"), "--tolerance", "0"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(path("b.manifest.json")));
  EXPECT_EQ(auriga({"summary", path("b.csv.gz")}).exit_code, 0);
}

TEST_F(ExtractForms, OtherEndingsAreErrors) {
  EXPECT_THAT(extract({"-o", path("a.parquet")}).err, HasSubstr("to_parquet"));
  EXPECT_THAT(extract({"-o", path("a.mp4")}).err, HasSubstr(".csv.gz"));
  EXPECT_THAT(extract({"-o", path("a.png.gz")}).err, HasSubstr("found .png.gz"));
  EXPECT_EQ(extract({"-o", path("a.tsv"), "--dialect", "openface-spaced"}).exit_code, 2);
}

TEST_F(ExtractForms, SectionsKeepNumbersAndTimes) {
  ASSERT_EQ(
      extract({"-o", path("s.csv"), "--start", "1", "--end", "0:01.5", "--every", "5"}).exit_code,
      0);
  EXPECT_THAT(column("s.csv", 0), ElementsAre("31", "36", "41"));
  EXPECT_THAT(column("s.csv", 2), ElementsAre("1.000", "1.167", "1.333"));
  const auto manifest = nlohmann::json::parse(read_text(path("s.manifest.json")));
  EXPECT_EQ(manifest["input"]["section"]["start_s"], 1.0);
  EXPECT_EQ(manifest["options"]["every"], "5");
  EXPECT_EQ(manifest["counts"]["frames"], 3);
  const Outcome behind = extract({"-o", path("b.csv"), "--start", "100"});
  EXPECT_EQ(behind.exit_code, 1);
  EXPECT_THAT(behind.err, HasSubstr("no frame lies in the section"));
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{"--start", "x"},
                                             {"--start", "2", "--end", "1"},
                                             {"--end", "0"},
                                             {"--every", "0"},
                                             {"--min-confidence", "2"}})
    EXPECT_EQ(extract(bad).exit_code, 2) << bad[0];
}

TEST_F(ExtractForms, LostRowsAsAskedFor) {
  // No frame is that sure.
  for (const char* form : {"", "empty", "zero", "last"}) {
    std::vector<std::string> options = {"-o", path("l.csv"), "-pose", "--min-confidence", "1"};
    if (*form != '\0') options.insert(options.end(), {"--lost", form});
    ASSERT_EQ(extract(options).exit_code, 0) << form;
    for (const std::string& success : column("l.csv", 4)) EXPECT_EQ(success, "0");
    const std::string manifest = read_text(path("l.manifest.json"));
    EXPECT_THAT(manifest, HasSubstr("90 of 90 rows have less confidence than 1"));
    EXPECT_EQ(nlohmann::json::parse(manifest)["quality"]["followed"], 0.0);
    const std::string cell = column("l.csv", 5)[0];
    EXPECT_EQ(cell, std::string(form) == "zero" ? "0.0" : "") << form;
  }
}

TEST_F(ExtractForms, BidsSaysWhatColumnsMean) {
  ASSERT_EQ(extract({"-o", path("a.tsv"), "--bids"}).exit_code, 0);
  const auto bids = nlohmann::json::parse(read_text(path("a.json")));
  EXPECT_EQ(bids["pose_Rx"]["Units"], "rad");
  EXPECT_THAT(bids["AU12_r"]["Description"].get<std::string>(), HasSubstr("lip corner puller"));
  EXPECT_EQ(bids["AU12_c"]["Levels"]["1"], "present");
  EXPECT_THAT(bids["eye_lmk_y_3"]["Description"].get<std::string>(), HasSubstr("landmarks"));
  EXPECT_EQ(bids["SamplingFrequency"], 30.0);
  const std::string header = read_text(path("a.tsv"));
  for (std::size_t begin = 0, end = 0; end < header.find('\n'); begin = end + 1) {
    end = header.find_first_of("\t\n", begin);
    EXPECT_TRUE(bids.contains(header.substr(begin, end - begin)));
  }
}

TEST_F(ExtractForms, QualityIsInTheManifest) {
  ASSERT_EQ(extract({"-o", path("a.csv")}).exit_code, 0);
  const auto manifest = nlohmann::json::parse(read_text(path("a.manifest.json")));
  const auto& quality = manifest["quality"];
  EXPECT_EQ(quality["verdict"], "good");
  EXPECT_EQ(quality["followed"], 1.0);
  EXPECT_NEAR(quality["brightness"].get<double>(), 165, 5);
  EXPECT_GT(quality["sharpness"].get<double>(), 0.5);
  EXPECT_EQ(manifest["light"][0]["frames"], 6);
  EXPECT_EQ(manifest["faces_visible"], 1);
}

}  // namespace
}  // namespace auriga::test
