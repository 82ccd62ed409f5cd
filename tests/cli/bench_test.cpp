// `auriga bench`: its statistics and advice, and the command on small videos. No test looks at how
// long something took.
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "bench_live.hpp"
#include "bench_report.hpp"
#include "cli/command.hpp"
#include "files/sha256.hpp"
#include "kernels.hpp"
#include "support/golden.hpp"

namespace auriga::app {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(BenchStatistics, OfFewAndManyValues) {
  const Summary none = summarise({}), one = summarise({3}), even = summarise({4, 1, 2, 10});
  EXPECT_EQ(none.mean + none.median + none.p95 + none.min + none.max, 0);
  for (const double value : {one.mean, one.median, one.p95, one.min, one.max}) EXPECT_EQ(value, 3);
  EXPECT_EQ(even.mean, 4.25);
  EXPECT_EQ(even.median, 3);
  EXPECT_EQ(even.p95, 10);
  EXPECT_EQ(even.min, 1);
  EXPECT_EQ(even.max, 10);
  // Of 1..n the value at least 95 % do not exceed: 95 % of 20 are 19 values, of 21 19.95.
  for (const auto& [n, p95, median] :
       {std::tuple{19, 19, 10.0}, {20, 19, 10.5}, {21, 20, 11.0}, {100, 95, 50.5}}) {
    std::vector<double> values(static_cast<std::size_t>(n));
    std::iota(values.rbegin(), values.rend(), 1);
    EXPECT_EQ(summarise(values).p95, p95) << n;
    EXPECT_EQ(summarise(values).median, median) << n;
  }
}

TEST(BenchStatistics, StagesAreSharesOfTheWholeBehindTheWarmUp) {
  const std::vector<StageTime> stages =
      stage_times({"a", "b"}, {100, 100, 1, 3, 3, 9}, 1);  // frames of a, b
  EXPECT_EQ(stages[0].name, "a");
  EXPECT_EQ(stages[0].ms.mean, 2);
  EXPECT_EQ(stages[1].ms.mean, 6);
  EXPECT_EQ(stages[0].ms.max, 3) << "the warm-up counts";
  EXPECT_EQ(stages[0].share, 0.25);
  EXPECT_EQ(stages[1].share, 0.75);
  for (const StageTime& stage : stage_times({"a", "b"}, {0, 0}, 0)) EXPECT_EQ(stage.share, 0);
}

TEST(BenchStatistics, BottlenecksAreAboveTheirBounds) {
  const auto name = [](double share) {
    return std::string(StageTime{"x", {}, share}.class_name());
  };
  EXPECT_EQ(name(0.21), "critical");
  EXPECT_EQ(name(0.20), "major");
  EXPECT_EQ(name(0.10), "minor");
  EXPECT_EQ(name(0.05), "");
}

TEST(BenchStatistics, WarmUpIsWholeBatchesAndHalfTheClipAtMost) {
  EXPECT_EQ(warm_up_frames(24, 224), 24);
  EXPECT_EQ(warm_up_frames(20, 224), 24);
  EXPECT_EQ(warm_up_frames(0, 224), 0);
  EXPECT_EQ(warm_up_frames(24, 40), 16);
  EXPECT_EQ(warm_up_frames(24, 16), 8);
  EXPECT_EQ(warm_up_frames(24, 15), 0);
  EXPECT_EQ(warm_up_frames(24, 1), 0);
}

TEST(BenchLive, QuantilesAreValuesThatSoManyDoNotExceed) {
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 1);
  EXPECT_EQ(quantile(values, 0.5), 50);
  EXPECT_EQ(quantile(values, 0.99), 99);
  EXPECT_EQ(quantile(values, 1), 100);
  EXPECT_EQ(quantile(values, 0), 1);
  EXPECT_EQ(quantile({7}, 0.99), 7);
  EXPECT_EQ(quantile({}, 0.5), 0);
}

TEST(BenchLive, MeasuresFramesBehindTheWarmUp) {
  AURIGA_NEEDS_OPEN_PACK();
  const test::Outcome run = test::auriga(
      {"bench", (test::repository() / "examples/demo.mp4").string(), "--live", "--preset", "open",
       "--models", test::open_pack().string(), "--warm-up", "5", "--frames", "20", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json live = nlohmann::json::parse(run.out)["live"];
  EXPECT_EQ(live["measured"], 20);
  EXPECT_EQ(live["faces"], 20);
  EXPECT_EQ(live["width_px"], 480);
  EXPECT_GT(live["median_ms"], 0);
  EXPECT_GE(live["p99_ms"], live["median_ms"]);
  EXPECT_GE(live["max_ms"], live["p99_ms"]);
}

TEST(BenchWorkers, AreAscendingWithOneAmongThem) {
  EXPECT_THAT(parse_worker_list("4,2,2"), ElementsAre(1, 2, 4));
  EXPECT_THAT(parse_worker_list("1"), ElementsAre(1));
  EXPECT_THAT(parse_worker_list("256"), ElementsAre(1, 256));
  for (const char* bad :
       {"", ",", "1,", ",2", "1,,2", "0", "-1", "257", "two", "2x", "1 2", "1;2", "99999999999"}) {
    try {
      parse_worker_list(bad);
      ADD_FAILURE() << "accepted '" << bad << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), AllOf(HasSubstr("1 to 256"), HasSubstr(bad)));
    }
  }
}

// Shares of 100; what is missing is fhog's.
Findings findings(double landmarks, double detect = 0, double decode = 0, double write = 0) {
  Findings found;
  const auto add = [&](const char* name, double ms) {
    found.stages.push_back({name, {ms, ms, ms, ms, ms}, ms / 100});
  };
  add("landmarks", landmarks);
  add("detect", detect);
  add("decode", decode);
  add("write", write);
  add("fhog", 100 - landmarks - detect - decode - write);
  found.runs = {{1, 100, 100, ""}};
  found.cores = 1;
  found.memory_mb = 8000;
  return found;
}

TEST(BenchAdvice, ThereIsNoneForOneCoreAndAnEvenLoad) {
  EXPECT_THAT(advice(findings(15, 5, 10, 5)), IsEmpty());
  EXPECT_THAT(advice(findings(80, 10)), IsEmpty()) << "nothing else is there to choose";
}

TEST(BenchAdvice, ManyCoresHelpOneVideoOnlySoFar) {
  Findings found = findings(40, 10.5);
  found.cores = 4;
  found.runs.push_back({4, 180, 150, ""});
  EXPECT_THAT(advice(found),
              ElementsAre(AllOf(HasSubstr("50.50 ms"), HasSubstr("at most 20 frames"),
                                HasSubstr("--jobs 4"))));
  found.memory_mb = 250;
  found.runs.back().peak_memory_mb = 110;
  EXPECT_THAT(advice(found), ElementsAre(AllOf(HasSubstr("--jobs 2"), HasSubstr("250 MB"))));
  found.memory_mb = 0;  // unknown
  EXPECT_THAT(advice(found), ElementsAre(AllOf(HasSubstr("--jobs 4"), Not(HasSubstr("MB")))));
  found.stages[0].share = 0.39;  // half of the work can be shared out
  EXPECT_THAT(advice(found), IsEmpty());
}

TEST(BenchAdvice, NamesPresetsWhoseModelsAreHere) {
  Findings found = findings(60);
  found.other_presets = {"pyfaceau", "open"};
  EXPECT_THAT(advice(found), ElementsAre(HasSubstr("--preset pyfaceau and open")));
  found.stages[0].share = 0.20;
  EXPECT_THAT(advice(found), IsEmpty());
}

TEST(BenchAdvice, IsAboutWhatDominates) {
  EXPECT_THAT(advice(findings(0, 0, 21)), ElementsAre(HasSubstr("decoding takes 21 %")));
  EXPECT_THAT(advice(findings(0, 0, 0, 11)), ElementsAre(HasSubstr("fewer columns")));
  Findings lost = findings(0, 11);
  EXPECT_THAT(advice(lost), IsEmpty());
  lost.detector_share = 0.3;
  EXPECT_THAT(advice(lost), ElementsAre(HasSubstr("30 % of the frames")));
  Findings slow = findings(0);
  slow.stages.push_back({"predict", {}, 0.06});
  EXPECT_THAT(advice(slow), IsEmpty());
  slow.predictor = "sequential";
  EXPECT_THAT(advice(slow), ElementsAre(HasSubstr("--predictor batched")));
}

TEST(BenchAdvice, ComparesWorkersWithWhatExtractTakes) {
  Findings found = findings(0);
  found.cores = 2;
  found.runs = {{1, 100, 100, ""}, {2, 150, 100, ""}, {4, 152, 100, ""}};
  EXPECT_THAT(advice(found),
              ElementsAre(AllOf(HasSubstr("2 cores"), HasSubstr("brought nothing"))));
  found.runs[2].frames_per_second = 300;  // believe the measurement
  EXPECT_THAT(advice(found), ElementsAre(HasSubstr("--workers 4 was 2.00 times")));
  found.runs = {{1, 200, 100, ""}, {2, 150, 100, ""}};
  EXPECT_THAT(advice(found), ElementsAre(HasSubstr("--workers 1 was 1.33 times")));
  found.waiting = 1.31;  // then the comparison says nothing
  EXPECT_THAT(advice(found), ElementsAre(HasSubstr("1.3 times as long as it had work")));
}

TEST(BenchAdvice, SaysWhenDecodingIsTheLimit) {
  Findings found = findings(0, 0, 60);
  found.cores = 2;
  found.runs = {{1, 70, 100, "", 110}, {2, 100, 100, "", 125}};
  // The decoder gains little from the second core.
  EXPECT_THAT(advice(found),
              ElementsAre(AllOf(HasSubstr("bound by decoding"), HasSubstr("125 frames/s with 2"),
                                HasSubstr("the whole run 100"), HasSubstr("--jobs 2"))));
  found.runs[1].decoded_per_second = 133;  // and now much
  EXPECT_THAT(advice(found), ElementsAre(AllOf(HasSubstr("bound by decoding"),
                                               HasSubstr("more cores make it faster"))));
  found.runs[1].decoded_per_second = 134;
  EXPECT_THAT(advice(found), ElementsAre(HasSubstr("decoding takes 60 %")));
  found.runs = {{1, 90, 100, "", 100}};
  found.cores = 1;
  EXPECT_THAT(advice(found),
              ElementsAre(AllOf(HasSubstr("bound by decoding"), HasSubstr("with 1 thread,"),
                                Not(HasSubstr("jobs")))));
}

TEST(BenchAdvice, WarnsWhereMemoryIsShort) {
  Findings found = findings(0);
  found.runs = {{1, 100, 100, ""}, {2, 100, 5000, ""}};
  EXPECT_THAT(advice(found),
              ElementsAre("this process may use 1 core; more workers brought nothing",
                          AllOf(HasSubstr("5000 MB"), HasSubstr("8000 MB"))));
}

TEST(BenchKernels, FastAndPlainVersionsAgree) {
  std::set<std::string> names;
  for (const Kernel& kernel : kernels()) {
    const double difference = kernel.difference();
    EXPECT_LE(difference, kernel.tolerance) << kernel.name;
    EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name;
  }
  EXPECT_GE(names.size(), 9u);
}

TEST(BenchKernels, ADifferenceBeyondTheToleranceIsSeen) {
  int plain = 0, fast = 0;
  Kernel kernel{"made up", [&] { ++plain; }, [&] { ++fast; }, [] { return 2e-9; }, 1e-9};
  const KernelResult result = measure(kernel, 3, 0);
  EXPECT_FALSE(result.equal());
  EXPECT_EQ(result.difference, 2e-9);
  EXPECT_GE(plain, 3);
  EXPECT_GE(fast, 3);
  kernel.tolerance = 2e-9;
  EXPECT_TRUE(measure(kernel, 1, 0).equal());
  kernel.difference = [] { return std::numeric_limits<double>::quiet_NaN(); };
  EXPECT_FALSE(measure(kernel, 1, 0).equal());
}

// The command.

using test::auriga;
using test::Outcome;
using test::TemporaryFolder;
using Json = nlohmann::json;

std::string demo() { return (test::repository() / "examples/demo.mp4").string(); }

std::vector<std::string> bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench");
  arguments.insert(arguments.end(), {"--models", test::open_pack().string(), "--preset", "open"});
  return arguments;
}

// What `ffmpeg` makes of its lavfi source.
std::string made_video(const TemporaryFolder& folder, const std::string& source) {
  std::string file = (folder.path() / "made.avi").string();
  const Outcome run = test::program({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, file});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return file;
}

void expect_sound(const Json& video, std::int64_t warm_up, std::int64_t measured) {
  EXPECT_EQ(video["warm_up"], warm_up);
  EXPECT_EQ(video["measured"], measured);
  EXPECT_EQ(video["frames"], warm_up + measured);
  double share = 0, mean = 0;
  std::vector<std::string> names;
  for (const Json& stage : video["stages"]) {
    names.push_back(stage["stage"]);
    const double part = stage["share_percent"];
    share += part;
    mean += stage["mean_ms"].get<double>();
    EXPECT_LE(stage["min_ms"], stage["median_ms"]);
    EXPECT_LE(stage["median_ms"], stage["p95_ms"]);
    EXPECT_LE(stage["p95_ms"], stage["max_ms"]);
    EXPECT_LE(stage["min_ms"], stage["mean_ms"]);
    EXPECT_EQ(stage["bottleneck"], part > 20   ? "critical"
                                   : part > 10 ? "major"
                                   : part > 5  ? "minor"
                                               : "");
  }
  EXPECT_THAT(names, ElementsAre("decode", "detect", "landmarks", "fit", "light", "gaze", "align",
                                 "fhog", "predict", "calibrate", "write"));
  EXPECT_NEAR(share, 100, 1e-6);
  EXPECT_NEAR(mean, video["all_stages_ms"], 1e-9);
  EXPECT_GT(video["frames_per_second"], 0);
  EXPECT_GT(video["peak_memory_mb"], 1);
  EXPECT_TRUE(video["tables_equal"]);
}

TEST(Bench, MeasuresEveryStageAndEveryNumberOfWorkers) {
  AURIGA_NEEDS_OPEN_PACK();
  const Outcome run =
      auriga(bench({demo(), "--frames", "17", "--warm-up", "8", "--workers", "3,2", "--json"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  const Json& video = json["video"];
  expect_sound(video, 8, 17);
  EXPECT_EQ(video["faces"], 25);
  EXPECT_EQ(video["preset"], "open");
  std::vector<int> workers;
  for (const Json& one : video["workers"]) {
    workers.push_back(one["workers"]);
    EXPECT_EQ(one["table_sha256"].get<std::string>().size(), 64u);
  }
  EXPECT_THAT(workers, ElementsAre(1, 2, 3));
  EXPECT_EQ(video["workers"][0]["speed_up"], 1);
  EXPECT_GT(json["machine"]["cores"], 0);
  EXPECT_FALSE(json.contains("kernels"));
  for (const Json& stage : video["stages"])
    if (stage["stage"] == "landmarks") {
      EXPECT_GT(stage["min_ms"], 0);
    }
}

TEST(Bench, DoesWhatExtractDoes) {
  AURIGA_NEEDS_OPEN_PACK();
  const TemporaryFolder folder;
  const std::string table = (folder.path() / "out.csv").string();
  ASSERT_EQ(auriga({"extract", demo(), "--models", test::open_pack().string(), "--preset", "open",
                    "-o", table})
                .exit_code,
            0);
  const Outcome run = auriga(bench({demo(), "--frames", "1000", "--workers", "2", "--json"}),
                             {"TMPDIR=" + folder.path().string()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json video = Json::parse(run.out)["video"];
  expect_sound(video, 24, 66);
  EXPECT_EQ(video["workers"][1]["table_sha256"], sha256_of_file(table));
  // ONNX Runtime has files of its own there.
  for (const auto& left : std::filesystem::directory_iterator(folder.path()))
    EXPECT_THAT(left.path().filename().string(), Not(testing::StartsWith("auriga-")));
}

TEST(Bench, PrintsTablesForPeople) {
  AURIGA_NEEDS_OPEN_PACK();
  const Outcome run = auriga(bench({demo(), "--frames", "8", "--warm-up", "0", "--workers", "2"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("8 frames measured after 0 to warm up; face followed in 8 of all 8"),
                    HasSubstr("landmarks"), HasSubstr("critical"), HasSubstr("100.0 %"),
                    HasSubstr("same bytes"), HasSubstr("peak memory")));
}

TEST(Bench, AVideoWithoutAFaceAndOneOfOneFrameHaveTimesToo) {
  AURIGA_NEEDS_OPEN_PACK();
  const TemporaryFolder folder, other;
  const std::string empty = made_video(folder, "color=gray:s=160x120:r=25:d=0.8"),
                    one = made_video(other, "testsrc=s=64x48:r=25:d=0.04");
  const Outcome no_face = auriga(bench({empty, "--json"}));
  ASSERT_EQ(no_face.exit_code, 0) << no_face.err;
  Json video = Json::parse(no_face.out)["video"];
  expect_sound(video, 8, 12);
  EXPECT_EQ(video["faces"], 0);
  const Outcome frame = auriga(bench({one, "--json"}));
  ASSERT_EQ(frame.exit_code, 0) << frame.err;
  expect_sound(Json::parse(frame.out)["video"], 0, 1);
}

TEST(BenchKernels, TheProgramNeedsNoModels) {
  const Outcome text = test::program({AURIGA_KERNEL_CHECK}, {"HOME=/nonexistent"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("max diff."), HasSubstr("CalcParams")));
  EXPECT_EQ(test::program({AURIGA_KERNEL_CHECK, "--jsn"}).exit_code, 2);
  const Outcome json = test::program({AURIGA_KERNEL_CHECK, "--json"}, {"HOME=/nonexistent"});
  ASSERT_EQ(json.exit_code, 0) << json.err << json.out;
  const Json parsed = Json::parse(json.out);
  EXPECT_GE(parsed["kernels"].size(), 9u);
  for (const Json& kernel : parsed["kernels"]) {
    EXPECT_TRUE(kernel["equal"]) << kernel;
    EXPECT_GT(kernel["plain_ms"], 0);
    EXPECT_GT(kernel["times_faster"], 0);
  }
}

TEST(Bench, SaysWhatIsWrong) {
  const TemporaryFolder empty, videos;
  test::write_text(videos.path() / "a.avi", "");
  test::write_text(videos.path() / "b.avi", "");
  test::write_text(videos.path() / "c.jpg", "");
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    const char* message;
  } cases[] = {
      {{"bench"}, 2, "expects a VIDEO"},
      {{"bench", "--kernels"}, 2, "--kernels is ./dev bench --kernels now"},
      {{"bench", videos.path().string()}, 2, "several videos"},
      {{"bench", (videos.path() / "c.jpg").string()}, 2, "a picture"},
      {{"bench", demo(), "--workers", "1,,2"}, 2, "found '' in '1,,2'"},
      {{"bench", demo(), "--workers", "0"}, 2, "1 to 256"},
      {{"bench", demo(), "--frames", "0"}, 2, "--frames"},
      {{"bench", demo(), "--warm-up", "-1"}, 2, "--warm-up"},
      {{"bench", demo(), "--preset", "other"}, 2, "unknown --preset"},
      {{"bench", demo(), "--models", empty.path().string()}, 4, empty.path().c_str()},
      {{"bench", demo(), "--models", demo()}, 4, "found a file"},
  };
  for (const auto& one : cases) {
    const Outcome run = auriga(one.arguments);
    EXPECT_EQ(run.exit_code, one.exit_code) << one.message << run.out;
    EXPECT_THAT(run.err, HasSubstr(one.message));
  }
  AURIGA_NEEDS_OPEN_PACK();
  const Outcome missing = auriga(bench({(empty.path() / "none.mp4").string()}));
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("none.mp4"));
  const Outcome broken = auriga(bench({(videos.path() / "a.avi").string()}));
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.err, HasSubstr("a.avi"));
  const Outcome nowhere =
      auriga(bench({demo(), "--frames", "8"}), {"TMPDIR=" + (empty.path() / "none").string()});
  EXPECT_EQ(nowhere.exit_code, 5);
  EXPECT_THAT(nowhere.err, HasSubstr("TMPDIR"));
}

}  // namespace
}  // namespace auriga::app
