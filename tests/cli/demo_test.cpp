// The demo from end to end: the open models on examples/demo.mp4 against what the rendered face was
// made to do (examples/demo_truth.csv), then `auriga summary`. Needs no files of OpenFace.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
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

TEST_F(Demo, LandmarksLieWhereTheRendererPutThem) {
  const Table ours(table()), truth(demo_truth());
  ASSERT_EQ(truth.rows(), ours.rows());
  double sum = 0, worst = 0;
  for (std::size_t row = 0; row < ours.rows(); ++row) {
    const auto distance = [&](const Table& a, const std::string& i, const Table& b,
                              const std::string& j) {
      return std::hypot(a.number(row, "x_" + i) - b.number(row, "x_" + j),
                        a.number(row, "y_" + i) - b.number(row, "y_" + j));
    };
    const double eyes = distance(truth, "36", truth, "45");
    double error = 0;
    for (int i = 0; i < 68; ++i)
      error += distance(ours, std::to_string(i), truth, std::to_string(i)) / 68;
    sum += error / eyes;
    worst = std::max(worst, error / eyes);
  }
  const double mean_error = sum / static_cast<double>(ours.rows());
  std::printf(
      "landmarks: mean error %.4f of the distance of the outer eye corners, worst frame "
      "%.4f\n",
      mean_error, worst);
  EXPECT_LE(mean_error, 0.02);
  EXPECT_LE(worst, 0.03);
}

TEST_F(Demo, ActionUnitsFollowTheTruth) {
  const Table ours(table()), truth(demo_truth());
  for (const std::string& name : ours.columns()) {
    if (!name.ends_with("_r") || !name.starts_with("AU")) continue;
    const std::string au = name.substr(0, 4);
    if (ours.text(0, name).empty() || !truth.has(au)) continue;
    const double r = correlation(column(ours, name), column(truth, au));
    std::printf("%s r %.3f\n", au.c_str(), r);
  }
}

TEST_F(Demo, ThePoseFollowsTheTruth) {
  const Table ours(table()), truth(demo_truth());
  for (const char* axis : {"rx", "ry", "rz"}) {
    const auto a = column(ours, std::string("pose_R") + axis[1]), b = column(truth, axis);
    std::printf("%s r %.3f mean %.3f %.3f\n", axis, correlation(a, b), mean(a), mean(b));
  }
}

}  // namespace
}  // namespace auriga::test
