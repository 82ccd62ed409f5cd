#include "viewer/study.hpp"

#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"
#include "support/no_open_files.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kTable = "frame,success,AU12_r\n1,1,0.5\n";

class StudyTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_.path() / name;
    fs::create_directories(path.parent_path());
    test::write_text(path, text);
    return path;
  }
  void manifest(const std::string& name, const std::string& input, const std::string& status,
                std::size_t bytes = 3) const {
    write(name, fmt::format(R"({{"auriga": "1", "status": "{}", "partial_reason": {}, "warnings":
["w"], "input": {{"path": "{}", "size_bytes": {}}}}})",
                            status, status == "partial" ? "\"cut short\"" : "null", input, bytes));
  }
  Study find(const std::vector<fs::path>& videos = {}) const {
    return find_study({folder_.path()}, videos);
  }

  const TemporaryFolder folder_;
};

TEST_F(StudyTest, FailedAndPartialOnesComeFirst) {
  for (const char* name : {"s10", "s2", "p", "f"}) {
    manifest(fmt::format("r/{}.manifest.json", name), fmt::format("{}.mp4", name),
             name == std::string("p") ? "partial" : "complete");
    if (name != std::string("f")) write(fmt::format("r/{}.csv", name), kTable);
  }
  write("other.csv", kTable);
  const Study study = find();
  std::vector<std::string> names;
  for (const StudyResult& result : study.results)
    names.push_back(fmt::format("{}/{} {}", result.folder, result.name, name_of(result.status)));
  EXPECT_THAT(names, ElementsAre("r/f.csv failed", "r/p.csv partial", "/other.csv other",
                                 "r/s2.csv whole", "r/s10.csv whole"));
  EXPECT_EQ(study.results[1].problem, "cut short");
  EXPECT_THAT(study.results[3].warnings, ElementsAre("w"));
}

TEST_F(StudyTest, OnlyTablesOfResultsCount) {
  write("a.csv", kTable);
  write("a.marks.csv", "kind,first_frame,last_frame\nlabel,1,2\n");
  write("a_mesh.csv", "frame,success,x_0\n1,1,5\n");
  write("participants.csv", "participant,age\n1,30\n");
  write("truth.csv", "frame,happy\n1,0\n");
  write("notes.txt", "frame,success\n1,1\n");
  write("broken.csv", std::string("\0\1\2", 3));
  write(".hidden.csv", kTable);
  write(".git/b.csv", kTable);
  write("x.manifest.json", "{}");
  write("y.manifest.json", "[");
  const Study study = find();
  ASSERT_EQ(study.results.size(), 1u);
  EXPECT_EQ(study.results[0].name, "a.csv");
}

TEST_F(StudyTest, VideosAreFoundWhereTheyMayBe) {
  const fs::path elsewhere = folder_.path() / "elsewhere";
  struct Case {
    const char *told, *at;
  };
  for (const Case& one :
       {Case{"v.mp4", "r/v.mp4"}, Case{"v.mp4", "v.mp4"}, Case{"videos/v.mp4", "videos/v.mp4"},
        Case{"/gone/v.mp4", "r/v.mp4"}, Case{"/gone/v.mp4", "elsewhere/v.mp4"},
        Case{"sub/v.mp4", "elsewhere/sub/v.mp4"}}) {
    fs::remove_all(folder_.path() / "r");
    fs::remove_all(elsewhere);
    fs::remove_all(folder_.path() / "videos");
    fs::remove(folder_.path() / "v.mp4");
    write("r/t.csv", kTable);
    manifest("r/t.manifest.json", one.told, "complete");
    write(one.at, "abc");
    const Study study = find({elsewhere});
    ASSERT_EQ(study.results.size(), 1u);
    EXPECT_FALSE(study.results[0].video.empty()) << one.told << " " << one.at;
    EXPECT_TRUE(fs::equivalent(study.results[0].video, folder_.path() / one.at));
    EXPECT_EQ(study.results[0].video_problem, "");
  }
}

TEST_F(StudyTest, AVideoThatIsNotThereOrAnotherOneIsSaid) {
  write("t.csv", kTable);
  manifest("t.manifest.json", "v.mp4", "complete", 5);
  EXPECT_THAT(find().results[0].video_problem, HasSubstr("v.mp4 was not found"));
  write("v.mp4", "abc");
  EXPECT_THAT(find().results[0].video_problem,
              testing::AllOf(HasSubstr("3 bytes"), HasSubstr("5 bytes")));
  EXPECT_FALSE(find().results[0].video.empty());
}

TEST_F(StudyTest, TablesOfOtherProgramsHaveTheVideoOfTheirName) {
  write("r/s01.csv", kTable);
  EXPECT_THAT(find().results[0].video_problem, HasSubstr("--videos"));
  write("s01.MOV", "abc");
  EXPECT_TRUE(find().results[0].video_problem.empty());
  EXPECT_EQ(find().results[0].video.filename(), "s01.MOV");
}

TEST_F(StudyTest, GivenTwiceItCountsOnce) {
  const fs::path table = write("a.csv", kTable);
  EXPECT_EQ(find_study({folder_.path(), table, folder_.path()}, {}).results.size(), 1u);
}

TEST_F(StudyTest, TablesOfAllFormsCount) {
  write("r/a.tsv", "frame\tsuccess\tAU12_r\n1\t1\t0.5\n");
  manifest("r/a.manifest.json", "a.mp4", "complete");
  write("r/a.mp4", "abc");
  write("r/a.marks.csv", "kind,first_frame,last_frame\nlabel,1,2\n");
  const Study study = find();
  ASSERT_EQ(study.results.size(), 1u);
  EXPECT_EQ(study.results[0].status, ResultStatus::whole);
  EXPECT_EQ(study.results[0].video.filename(), "a.mp4");
}

TEST_F(StudyTest, InputsThatABatchCouldNotReadAreThere) {
  write("r/a.csv", kTable);
  write("r/again.csv", kTable);
  write("r/summary.csv", "input,status,frames\na.mp4,done,1\n");
  write("r/summary.json", R"([{"input": "a.mp4", "status": "done"},
{"input": "x/bad.mp4", "status": "failed", "message": "bad.mp4: expected a video"},
{"input": "again.mp4", "status": "failed", "message": "m"}, {"status": "failed"}, 7])");
  const Study study = find();
  ASSERT_EQ(study.results.size(), 3u);
  EXPECT_EQ(study.results[0].name, "bad.mp4");
  EXPECT_EQ(study.results[0].folder, "r");
  EXPECT_EQ(study.results[0].status, ResultStatus::failed);
  EXPECT_EQ(study.results[0].problem, "bad.mp4: expected a video");
  write("s/summary.json", "{");
  EXPECT_EQ(find().results.size(), 3u);
}

TEST_F(StudyTest, NothingIsAnError) {
  EXPECT_THROW(find_study({folder_.path() / "none"}, {}), Error);
  try {
    find();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("auriga extract"));
  }
  EXPECT_THROW(find_study({"/dev/null"}, {}), Error);
}

TEST_F(StudyTest, ALimitOfTheMachineIsNoFaultOfAResult) {
  const fs::path table = write("a.csv", kTable);
  manifest("a.manifest.json", "a.mp4", "complete");
  std::optional<ErrorCode> code;
  try {
    const test::NoOpenFiles none;
    find_study({table}, {});
  } catch (const Error& error) {
    code = error.code();
  }
  EXPECT_EQ(code, ErrorCode::machine);
}

}  // namespace
}  // namespace auriga
