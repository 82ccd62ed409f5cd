// The demo from end to end: the open models on examples/demo.mp4 against what the rendered face was
// made to do (examples/demo_truth.csv), then `auriga summary`. Needs no files of OpenFace.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
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
using testing::HasSubstr;

std::string demo() { return (repository() / "examples/demo.mp4").string(); }
std::string demo_truth() { return (repository() / "examples/demo_truth.csv").string(); }

std::vector<double> column(const Table& table, const std::string& name) {
  std::vector<double> values;
  for (std::size_t row = 0; row < table.rows(); ++row) values.push_back(table.number(row, name));
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

// Runs `auriga extract` once for all tests.
class Demo : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!fs::exists(open_pack() / "stamp")) return;
    folder_ = std::make_unique<TemporaryFolder>();
    extract_ = std::make_unique<Outcome>(auriga(
        {"extract", demo(), "--models", open_pack().string(), "--preset", "open", "-o", table()}));
  }
  static void TearDownTestSuite() {
    extract_.reset();
    folder_.reset();
  }
  void SetUp() override {
    AURIGA_NEEDS_OPEN_PACK();
    ASSERT_EQ(extract_->exit_code, 0) << extract_->err << extract_->out;
  }

  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }
  static std::string table() { return path("demo.csv"); }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<Outcome> extract_;
};
std::unique_ptr<TemporaryFolder> Demo::folder_;
std::unique_ptr<Outcome> Demo::extract_;

TEST_F(Demo, TheFaceIsFollowedThroughout) {
  EXPECT_THAT(extract_->out, HasSubstr("90 frames, face followed in 90 (100.0 %)"));
  const Table ours(table());
  ASSERT_EQ(ours.rows(), 90u);
  for (std::size_t row = 0; row < 90; ++row) {
    EXPECT_EQ(ours.text(row, "frame"), std::to_string(row + 1));
    EXPECT_EQ(ours.text(row, "success"), "1") << row;
    EXPECT_NEAR(ours.number(row, "timestamp"), static_cast<double>(row) / 30, 0.001) << row;
  }
}

// Measured: 1.71 % of the distance of the outer eye corners on average, 2.6 % in the worst frame
// (1.6 % in the prototype). Most of it is the difference between where the face mesh and the
// renderer take a landmark to be. 2.5 % is half a millimetre more on an adult's face.
TEST_F(Demo, LandmarksLieWhereTheRendererPutThem) {
  const Table ours(table()), truth(demo_truth());
  ASSERT_EQ(truth.rows(), ours.rows());
  double sum = 0;
  for (std::size_t row = 0; row < ours.rows(); ++row) {
    const auto distance = [&](const Table& a, const std::string& i, const Table& b,
                              const std::string& j) {
      return std::hypot(a.number(row, "x_" + i) - b.number(row, "x_" + j),
                        a.number(row, "y_" + i) - b.number(row, "y_" + j));
    };
    double error = 0;
    for (int i = 0; i < 68; ++i)
      error += distance(ours, std::to_string(i), truth, std::to_string(i)) / 68;
    error /= distance(truth, "36", truth, "45");
    EXPECT_LE(error, 0.04) << "frame " << row + 1;
    sum += error;
  }
  EXPECT_LE(sum / static_cast<double>(ours.rows()), 0.025);
}

// Every action unit that the open models support and that the face shows. Measured: r 0.96, 0.97,
// 0.98, 0.99 and 0.97. One that is told from the wrong distances falls below 0.9, and so does a
// blink that comes a frame late (0.82). Networks that are trained again may change the second
// digit.
TEST_F(Demo, ActionUnitsFollowTheTruth) {
  const Table ours(table()), truth(demo_truth());
  struct Case {
    const char* au;
    double least_r, least_peak;
  };
  for (const auto& [au, least_r, least_peak] : {Case{"AU01", 0.9, 1},
                                                {"AU02", 0.9, 1},
                                                {"AU06", 0.9, 1},
                                                {"AU12", 0.9, 2},
                                                {"AU45", 0.9, 2}}) {
    const auto intensity = column(ours, fmt::format("{}_r", au));
    EXPECT_GE(correlation(intensity, column(truth, au)), least_r) << au;
    EXPECT_GE(*std::max_element(intensity.begin(), intensity.end()), least_peak) << au;
  }
  // Those without support by measurement have no numbers.
  for (const char* cell : {"AU04_r", "AU04_c", "AU09_r", "AU15_r", "AU26_r", "AU26_c"})
    for (std::size_t row = 0; row < ours.rows(); ++row) ASSERT_EQ(ours.text(row, cell), "") << cell;
}

TEST_F(Demo, ActionUnitsArePresentWhenTheFaceShowsThem) {
  const Table ours(table()), truth(demo_truth());
  for (const char* au : {"AU01", "AU02", "AU06", "AU12", "AU45"}) {
    for (std::size_t row = 0; row < ours.rows(); ++row) {
      const double present = ours.number(row, fmt::format("{}_c", au));
      // Three frames early or late are no mistake.
      double highest = 0;
      for (std::size_t other = row < 3 ? 0 : row - 3; other < std::min<std::size_t>(row + 4, 90);
           ++other)
        highest = std::max(highest, truth.number(other, au));
      if (present == 1) {
        EXPECT_GE(highest, 1) << au << " frame " << row + 1;
      }
    }
    const auto presences = column(ours, fmt::format("{}_c", au));
    const auto intensities = column(truth, au);
    const auto strongest = static_cast<std::size_t>(
        std::max_element(intensities.begin(), intensities.end()) - intensities.begin());
    EXPECT_EQ(presences[strongest], 1) << au;
  }
}

// The renderer's yaw and roll have the other sign than OpenFace's columns. Measured: r 0.95, -0.99,
// -0.99, mean differences up to 0.03 rad (what is straight ahead is a convention of the shape
// model) and 0.73 to 0.99 of the range.
TEST_F(Demo, ThePoseFollowsTheTruth) {
  const Table ours(table()), truth(demo_truth());
  struct Case {
    const char *pose, *truth;
    double sign;
  };
  for (const auto& [pose, name, sign] :
       {Case{"pose_Rx", "rx", 1}, {"pose_Ry", "ry", -1}, {"pose_Rz", "rz", -1}}) {
    const auto angle = column(ours, pose), expected = column(truth, name);
    EXPECT_GE(sign * correlation(angle, expected), 0.9) << pose;
    EXPECT_NEAR(mean(angle), sign * mean(expected), 0.05) << pose;
    const auto [low, high] = std::minmax_element(angle.begin(), angle.end());
    const auto [least, most] = std::minmax_element(expected.begin(), expected.end());
    EXPECT_NEAR((*high - *low) / (*most - *least), 1, 0.35) << pose;
  }
}

TEST_F(Demo, TheSummaryTellsIt) {
  const Outcome result = auriga({"summary", table(), "--truth", demo_truth(), "--picture",
                                 path("demo.png"), "--video", demo()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("90 frames, 3.0 s, a face in 90 (100.0 %)"),
                    HasSubstr("action units by open"), HasSubstr("AU12 lip corner puller"),
                    HasSubstr("90 frames in common"), HasSubstr("not estimated: AU04"),
                    HasSubstr("wrote " + path("demo.png"))));

  const Outcome json = auriga({"summary", table(), "--truth", demo_truth(), "--json"});
  const auto face = nlohmann::json::parse(json.out)["faces"][0];
  bool found = false;
  for (const auto& au : face["action_units"]) {
    if (au["name"] != "AU12") continue;
    found = true;
    const Table ours(table()), truth(demo_truth());
    EXPECT_NEAR(au["truth"]["pearson_r"].get<double>(),
                correlation(column(ours, "AU12_r"), column(truth, "AU12")), 1e-9);
    // The smile: the truth is at 1 or more from 1.07 s to 1.77 s.
    ASSERT_EQ(au["active"].size(), 1u);
    EXPECT_NEAR(au["active"][0]["begin"].get<double>(), 1.07, 0.15);
    EXPECT_NEAR(au["active"][0]["end"].get<double>(), 1.80, 0.15);
  }
  EXPECT_TRUE(found);
}

// Five stills with 68 landmarks each, and a curve that fills its part of the strips.
TEST_F(Demo, ThePictureShowsFacesAndCurves) {
  const Outcome result = auriga({"summary", table(), "--truth", demo_truth(), "--picture",
                                 path("demo.png"), "--video", demo()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Image image = read_png(path("demo.png"));
  EXPECT_EQ(image.width(), 1000);
  EXPECT_GE(image.height(), 400);
  int landmarks = 0, skin = 0, curves = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const std::uint8_t* p = image.row(y) + 3 * x;
      landmarks += p[0] < 80 && p[1] > 220 && p[2] > 220 ? 1 : 0;
      skin += p[2] > p[1] + 20 && p[1] > p[0] + 10 && p[2] > 120 ? 1 : 0;
      curves += p[0] == 235 && p[1] == 206 && p[2] == 168 ? 1 : 0;
    }
  }
  EXPECT_GE(landmarks, 5 * 68);  // at least a pixel each
  EXPECT_GE(skin, 5 * 184 * 184 / 4);
  EXPECT_GE(curves, 3000);
  EXPECT_LE(fs::file_size(path("demo.png")), 300'000u);
}

// `./dev demo` behind the build, on a machine where it has never been run.
TEST_F(Demo, TheScriptNeedsNoFolderAndNoModelsOfOthers) {
  const Outcome run = program({(repository() / "scripts/demo").string(), "--workers", "1"},
                              {"AURIGA=" AURIGA_COMMAND, "DEMO=" + path("new/folder"),
                               "AURIGA_MODELS=", "XDG_DATA_HOME=" + path("none")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("AU12 lip corner puller"), HasSubstr("new/folder/demo.csv"),
                             HasSubstr("Open the picture: ")));
  EXPECT_TRUE(fs::exists(path("new/folder/demo.png")));
}

}  // namespace
}  // namespace auriga::test
