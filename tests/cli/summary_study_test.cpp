// `auriga summary` of several tables from the command line, on tables written by hand.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
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
using testing::Not;
using testing::SizeIs;

class SummaryStudy : public testing::Test {
 protected:
  SummaryStudy() {
    for (const char* folder : {"in", "in/P1", "in/P2"}) fs::create_directory(path(folder));
    write("in/P1/sad.csv", table(1));
    write("in/P1/glad.csv", table(3));
    write("in/P2/sad.csv", table(2));
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    write_text(path(name), text);
    return path(name);
  }
  // 20 frames of 0.1 s; in frames 6 to 10 AU12 has this intensity.
  static std::string table(int intensity) {
    std::string text = "frame,face_id,timestamp,confidence,success,AU12_r\n";
    for (int i = 1; i <= 20; ++i)
      text += fmt::format("{},0,{:.1f},{},1,{}\n", i, 0.1 * (i - 1), i == 20 ? 0.3 : 0.9,
                          i >= 6 && i <= 10 ? intensity : 0);
    return text;
  }
  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "summary");
    return auriga(arguments);
  }
  // Rows of a table as they are, by the names of the columns.
  std::vector<std::map<std::string, std::string>> rows(const std::string& name) const {
    const auto cells = [](const std::string& line) {
      std::vector<std::string> all(1);
      for (const char c : line)
        if (c == ',' || c == '\t')
          all.emplace_back();
        else
          all.back() += c;
      return all;
    };
    std::vector<std::map<std::string, std::string>> all;
    std::vector<std::string> head;
    const std::string text = read_text(path(name));
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      const auto row = cells(text.substr(begin, end - begin));
      begin = end + 1;
      if (head.empty()) {
        head = row;
        continue;
      }
      EXPECT_EQ(row.size(), head.size());
      auto& named = all.emplace_back();
      for (std::size_t i = 0; i < row.size(); ++i) named[head[i]] = row[i];
    }
    return all;
  }
  const TemporaryFolder folder_;
};

TEST_F(SummaryStudy, OfAFolderHasARowPerTable) {
  write("in/summary.csv", "input,status\na,done\n");
  write("in/P1/sad_mesh.csv", "frame,success,x_0\n1,1,2\n");
  const Outcome result = run({path("in"), "-o", path("out.csv"), "--picture", path("out.png")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("P1/glad.csv: 20 frames, a face in 100.0 %, quality"),
                                HasSubstr("wrote " + path("out.csv") + ": 3 rows of 3 tables")));
  const auto all = rows("out.csv");
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].at("file"), path("in/P1/glad.csv"));
  EXPECT_EQ(all[0].at("AU12_peak"), "3.0000");
  EXPECT_EQ(all[0].at("AU12_events"), "1");
  EXPECT_EQ(all[2].at("AU12_mean"), "0.5000");
  EXPECT_GT(read_png(path("out.png")).height(), 100);
  const Outcome again = run({path("in"), "-o", path("out.tsv"), "--long"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(rows("out.tsv")[1].at("unit"), "AU12");
  const Outcome json = run({path("in"), "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out).size(), 3u);
}

TEST_F(SummaryStudy, AveragesPerCondition) {
  const Outcome result = run(
      {path("in"), "-o", path("out.csv"), "--by", "(?<participant>P[0-9])/(?<condition>[a-z]+)"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(rows("out.csv")[0].at("condition"), "glad");
  std::map<std::string, std::string> mean;
  for (const auto& row : rows("out_by.csv"))
    if (row.at("measure") == "peak") mean[row.at("condition")] = row.at("average");
  EXPECT_EQ(mean["sad"], "1.5000");
  EXPECT_EQ(mean["glad"], "3.0000");
  const Outcome other = run({path("in"), "-o", path("out.csv"), "--by", "(X[0-9])"});
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_THAT(other.err, HasSubstr("--by does not match"));
}

TEST_F(SummaryStudy, WindowsAndTasks) {
  ASSERT_EQ(run({path("in/P1/sad.csv"), "-o", path("w.csv"), "--windows", "500ms"}).exit_code, 0);
  const auto windows = rows("w.csv");
  ASSERT_THAT(windows, SizeIs(4));
  EXPECT_EQ(windows[1].at("start"), "0.500");
  EXPECT_EQ(windows[1].at("AU12_present"), "1.0000");
  EXPECT_EQ(windows[2].at("AU12_present"), "0.0000");
  const std::string tasks =
      write("tasks.csv", "task,start,end,file\nSS,0.5,1,sad.mp4\nBL,0,0.7,\nRE,9,10,glad\n");
  const Outcome result = run({path("in/P1"), "-o", path("t.csv"), "--tasks", tasks});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("glad.csv: not all of these tasks lies in the video"),
                                HasSubstr("sad.csv: tasks overlap")));
  std::vector<std::string> found;
  for (const auto& row : rows("t.csv"))
    found.push_back(fs::path(row.at("file")).stem().string() + " " + row.at("task") + " " +
                    row.at("valid_frames"));
  EXPECT_THAT(found, ElementsAre("glad BL 7", "glad RE 0", "sad SS 5", "sad BL 7"));
}

TEST_F(SummaryStudy, MarksAreObeyedAndSaid) {
  const std::string table = path("in/P1/sad.csv");
  write("in/P1/sad.marks.csv",
        "kind,first_frame,last_frame,label\nexclude,8,12,hand\nlabel,1,5,rest\n");
  const Outcome obeyed = run({table});
  EXPECT_THAT(obeyed.out,
              AllOf(HasSubstr("a face in 15 (75.0 %)"),
                    HasSubstr("left out: 5 frames in 1 range of " + path("in/P1/sad.marks.csv"))));
  EXPECT_EQ(nlohmann::json::parse(run({table, "--json"}).out)["frames_excluded"], 5);
  EXPECT_THAT(run({table, "--no-marks"}).out,
              AllOf(HasSubstr("a face in 20"), Not(HasSubstr("left out"))));
  ASSERT_EQ(run({table, "-o", path("out.csv")}).exit_code, 0);
  EXPECT_EQ(rows("out.csv")[0].at("frames_excluded"), "5");
  EXPECT_EQ(rows("out.csv")[0].at("valid_frames"), "15");
  EXPECT_EQ(rows("out.csv")[0].at("followed"), "1.0000");
  ASSERT_EQ(run({table, "-o", path("out.csv"), "--tasks", "marks"}).exit_code, 0);
  EXPECT_EQ(rows("out.csv")[0].at("task"), "rest");
  EXPECT_EQ(rows("out.csv")[0].at("valid_frames"), "5");
}

TEST_F(SummaryStudy, RulesAndConfidence) {
  const std::string table = path("in/P2/sad.csv");
  const auto value = [&](const std::vector<std::string>& options, const char* column) {
    std::vector<std::string> all = {table, "-o", path("out.csv")};
    all.insert(all.end(), options.begin(), options.end());
    EXPECT_EQ(run(all).exit_code, 0);
    return rows("out.csv")[0].at(column);
  };
  EXPECT_EQ(value({}, "AU12_events"), "1");
  EXPECT_EQ(value({"--threshold", "2.5"}, "AU12_events"), "0");
  EXPECT_EQ(value({"--shortest", "0.6"}, "AU12_events"), "0");
  EXPECT_EQ(value({"--min-confidence", "0.8"}, "valid_frames"), "19");
  EXPECT_THAT(run({table, "--threshold", "2.5"}).out, HasSubstr("0.0 %   -"));
}

TEST_F(SummaryStudy, ATableThatCannotBeReadIsReportedAndLeftOut) {
  write("in/P2/broken.csv", "frame,AU12_r\n1,x\n");
  const Outcome result = run({path("in"), "-o", path("out.csv")});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("broken.csv"));
  EXPECT_THAT(rows("out.csv"), SizeIs(3));
}

TEST_F(SummaryStudy, EventsOfEachTableHaveAFileOfTheirOwn) {
  for (const char* ending : {".eaf", ".boris.csv", ".TextGrid", ".srt", ".csv"}) {
    const std::string asked = path(std::string("events/{name}_aus") + ending);
    const Outcome result = run({path("in"), "--events", asked});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("wrote " + asked + ": the events of 3 of 3 tables"));
    // The same as of one table.
    for (const char* name : {"P1/sad", "P1/glad", "P2/sad"}) {
      const std::string one = path(std::string("one") + ending);
      ASSERT_EQ(run({path("in/" + std::string(name) + ".csv"), "--events", one}).exit_code, 0);
      EXPECT_EQ(read_text(path("events/" + std::string(name) + "_aus" + ending)), read_text(one));
    }
  }
  // A second run overwrites, and takes none of the files for a table.
  const std::string beside = path("in/{name}_events.csv");
  for (int i = 0; i < 2; ++i) {
    const Outcome result = run({path("in"), "--events", beside, "-o", path("out.csv")});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(rows("out.csv"), SizeIs(3));
  }
  EXPECT_EQ(rows("in/P2/sad_events.csv")[0].at("last_frame"), "10");
  // The name of one table as well.
  ASSERT_EQ(run({path("in/P1/sad.csv"), "--events", path("a/{name}.srt")}).exit_code, 0);
  EXPECT_TRUE(fs::exists(path("a/sad.srt")));
}

TEST_F(SummaryStudy, EventFilesOfOneNameAreToldApart) {
  const auto written = [&](const std::vector<std::string>& tables, const std::string& to) {
    std::vector<std::string> arguments = tables;
    arguments.insert(arguments.end(), {"--events", path(to + "/{name}.csv")});
    const Outcome result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(path(to)))
      if (entry.is_regular_file())
        files.push_back(entry.path().lexically_relative(path(to)).string());
    std::sort(files.begin(), files.end());
    return files;
  };
  EXPECT_THAT(written({path("in/P1/sad.csv"), path("in/P2/sad.csv"), path("in/P1/glad.csv")}, "a"),
              ElementsAre("P1/sad.csv.csv", "P2/sad.csv.csv", "glad.csv"));
  EXPECT_THAT(written({path("in/P1"), path("in/P2")}, "b"),
              ElementsAre("P1/sad.csv.csv", "P2/sad.csv.csv", "glad.csv"));
  write("in/P2/sad.tsv", std::regex_replace(table(3), std::regex(","), "\t"));
  EXPECT_THAT(written({path("in/P2")}, "c"), ElementsAre("sad.csv.csv", "sad.tsv.csv"));
  // What was given twice is one table.
  EXPECT_THAT(written({path("in/P1"), path("in/P1/sad.csv")}, "d"),
              ElementsAre("glad.csv", "sad.csv"));
}

TEST_F(SummaryStudy, EventsOfEachTableObeyMarksAndRules) {
  write("in/P1/sad.marks.csv", "kind,first_frame,last_frame,label\nexclude,8,12,hand\n");
  const auto last_frame = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {path("in/P1"), "--events", path("e/{name}.csv")});
    EXPECT_EQ(run(more).exit_code, 0);
    return rows("e/sad.csv").at(0).at("last_frame");
  };
  EXPECT_EQ(last_frame({}), "7");
  EXPECT_EQ(last_frame({"--no-marks"}), "10");
  EXPECT_EQ(run({path("in"), "--events", path("e/{name}.csv"), "--threshold", "2"}).exit_code, 0);
  EXPECT_THAT(rows("e/P1/sad.csv"), SizeIs(0));
  EXPECT_THAT(rows("e/P2/sad.csv"), SizeIs(1));
  // Windows cut the numbers only.
  EXPECT_EQ(last_frame({"--no-marks", "-o", path("out.csv"), "--windows", "600ms"}), "10");
}

TEST_F(SummaryStudy, EventsThatCannotBeWrittenDoNotStopTheOthers) {
  write("in/P1/broken.csv", "frame,AU12_r\n1,x\n");
  write("in/P2/no_times.csv", "frame,AU12_r\n1,1\n2,1\n");
  fs::create_directories(path("e/P1/glad.eaf/taken"));
  const Outcome result = run({path("in"), "--events", path("e/{name}.eaf"), "-o", path("out.csv")});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, AllOf(HasSubstr("broken.csv"), HasSubstr("no_times.csv"),
                                HasSubstr("cannot write " + path("e/P1/glad.eaf"))));
  EXPECT_THAT(result.out, AllOf(HasSubstr("the events of 2 of 4 tables"),
                                HasSubstr("\n1 tables could not be read")));
  EXPECT_THAT(rows("out.csv"), SizeIs(4));  // glad and no_times can be counted
  EXPECT_TRUE(fs::exists(path("e/P1/sad.eaf")));
  EXPECT_TRUE(fs::exists(path("e/P2/sad.eaf")));
  EXPECT_FALSE(fs::exists(path("e/P2/no_times.eaf")));
  for (const auto& entry : fs::recursive_directory_iterator(path("e")))
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".part-")));
}

TEST_F(SummaryStudy, EventFilesOverwriteNothingThatIsRead) {
  const std::string marks = write("in/P1/sad.marks.csv", "kind,first_frame,last_frame,label\n");
  const std::string before = read_text(path("in/P1/sad.csv"));
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } cases[] = {
      {{path("in"), "--events", path("in/{name}.csv")}, "cannot be both the table"},
      {{path("in/P1/sad.csv"), "--events", path("in/P1/{name}.csv")}, "cannot be both the table"},
      {{path("in"), "--events", path("in/{name}.marks.csv")}, "cannot be both the marks"},
      {{path("in"), "--events", path("{name}.csv"), "-o", path("P2/sad.csv")}, "the events of"},
      {{path("in"), "--events", path("a.eaf")}, "{name}_a.eaf'"},
      {{path("in"), "--events", path("a.eaf"), "-o", path("out.csv")}, "for 3 tables"},
      {{path("in"), "--events", path("{name}/a.eaf")}, "that of a folder"},
      {{path("in"), "--events", path("{name}.doc")}, ".TextGrid"},
  };
  for (const auto& one : cases) {
    const Outcome result = run(one.arguments);
    EXPECT_EQ(result.exit_code, 2) << one.message;
    EXPECT_THAT(result.err, HasSubstr(one.message));
  }
  EXPECT_EQ(read_text(path("in/P1/sad.csv")), before);
  EXPECT_EQ(read_text(marks), "kind,first_frame,last_frame,label\n");
  for (const char* name : {"a.eaf", "out.csv", "P1", "P2"}) EXPECT_FALSE(fs::exists(path(name)));
}

TEST_F(SummaryStudy, BadUseIsNamed) {
  const std::string table = path("in/P1/sad.csv"), out = path("out.csv");
  const std::string no_times = write("no_times.csv", "frame,AU12_r\n1,1\n2,1\n");
  fs::create_directory(path("empty"));
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    const char* message;
  } cases[] = {
      {{table, "-o", path("out.xlsx")}, 2, ".csv or .tsv"},
      {{table, "-o", path("out.parquet")}, 2, "docs/python.md"},
      {{table, "-o", table}, 2, "the table"},
      {{table, "--long"}, 2, "-o FILE"},
      {{path("in"), "--windows", "10s"}, 2, "-o FILE"},
      {{table, "-o", out, "--windows", "10x"}, 2, "10s, 500ms"},
      {{table, "-o", out, "--windows", "-1s"}, 2, "10s, 500ms"},
      {{table, "-o", out, "--windows", "1ms", "--tasks", "marks"}, 2, "--tasks"},
      {{no_times, "-o", out, "--windows", "1s"}, 3, "timestamps"},
      {{table, "-o", out, "--by", "P[0-9]"}, 2, "groups"},
      {{table, "-o", out, "--tasks", path("absent.csv")}, 3, "absent.csv"},
      {{path("in"), "--truth", table}, 2, "--truth is about one table"},
      {{path("in"), "--events", path("a.eaf")}, 2, "--events"},
      {{table, "--events", path("a.doc")}, 2, ".TextGrid"},
      {{table, "--min-confidence", "2"}, 2, "0 to 1"},
      {{no_times, "--events", path("a.eaf")}, 3, "write the events as .csv"},
      {{path("empty")}, 3, "expected tables"},
  };
  for (const auto& one : cases) {
    const Outcome result = run(one.arguments);
    EXPECT_EQ(result.exit_code, one.exit_code) << one.message << '\n' << result.err;
    EXPECT_THAT(result.err, HasSubstr(one.message));
  }
  EXPECT_FALSE(fs::exists(out));
  EXPECT_FALSE(fs::exists(path("a.eaf")));
}

}  // namespace
}  // namespace auriga::test
