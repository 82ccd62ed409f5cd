// `auriga extract` of videos that are upside down or sideways.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::HasSubstr;
using testing::Not;

class Turned : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  // The demo through ffmpeg's `filter`, without loss.
  std::string video(const std::string& name, const std::string& filter) {
    const test::Outcome made = test::program({"ffmpeg", "-v", "error", "-nostdin", "-i", demo_,
                                              "-vf", filter, "-c:v", "ffv1", "-an", at(name)});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return at(name);
  }
  // Manifest of a run that succeeds.
  nlohmann::json extract(const std::string& input, const std::string& table,
                         const std::string& preset, std::vector<std::string> options = {}) {
    std::vector<std::string> command = {
        "extract",
        input,
        "-o",
        at(table),
        "--preset",
        preset,
        "--models",
        preset == "open" ? test::open_pack().string() : (test::test_data() / "models").string()};
    command.insert(command.end(), options.begin(), options.end());
    const test::Outcome outcome = test::auriga(command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    out_ = outcome.out;
    const auto manifest = std::filesystem::path(at(table)).replace_extension(".manifest.json");
    return nlohmann::json::parse(test::read_text(manifest));
  }

  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  test::TemporaryFolder folder_;
  std::string out_;
};

// Law: with the open models a turned video gives what it gives when somebody has turned it.
TEST_F(Turned, VideosAreTurnedForTheOpenModels) {
  AURIGA_NEEDS_OPEN_PACK();
  const nlohmann::json plain = extract(video("plain.mkv", "null"), "plain.csv", "open");
  EXPECT_THAT(plain["warnings"].dump(), Not(HasSubstr("--rotate")));
  const test::Table upright(at("plain.csv"));
  const struct {
    const char *name, *filter, *words;
  } cases[] = {{"over", "hflip,vflip", "is upside down in the file and was turned by 180 degrees"},
               {"left", "transpose=2", "lies on its side in the file and was turned by 90 degrees"},
               {"right", "transpose=1", "turned by 270 degrees clockwise, as with --rotate 270"}};
  for (const auto& [name, filter, words] : cases) {
    const std::string input = video(std::string(name) + ".mkv", filter);
    const nlohmann::json manifest =
        extract(input, std::string(name) + ".csv", "open", {"--tracked", "--workers", "2"});
    EXPECT_THAT(manifest["warnings"].dump(), HasSubstr(words));
    EXPECT_EQ(manifest["warnings"].size(), plain["warnings"].size() + 1) << manifest["warnings"];
    EXPECT_THAT(out_, HasSubstr(words));
    EXPECT_EQ(manifest["status"], "complete");
    EXPECT_EQ(manifest["input"]["width_px"], plain["input"]["width_px"]);
    EXPECT_EQ(manifest["input"]["height_px"], plain["input"]["height_px"]);
    const test::Table table(at(std::string(name) + ".csv"));
    ASSERT_EQ(table.rows(), upright.rows());
    double smile = 0, truth = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      EXPECT_NEAR(table.number(row, "x_30"), upright.number(row, "x_30"), 3) << name << " " << row;
      EXPECT_NEAR(table.number(row, "pose_Rz"), upright.number(row, "pose_Rz"), 0.05) << row;
      smile += table.number(row, "AU12_r");
      truth += upright.number(row, "AU12_r");
    }
    EXPECT_NEAR(smile / truth, 1, 0.05) << name;
  }
}

// Law: with an explicit --rotate nobody is asked.
TEST_F(Turned, IsAsSomebodySaysIt) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::string over = video("over.mkv", "hflip,vflip");
  const nlohmann::json by_itself = extract(over, "itself.csv", "open");
  const nlohmann::json asked = extract(over, "asked.csv", "open", {"--rotate", "180"});
  EXPECT_EQ(test::read_text(at("itself.csv")), test::read_text(at("asked.csv")));
  EXPECT_EQ(by_itself["input"]["rotation"], asked["input"]["rotation"]);
  EXPECT_EQ(asked["input"]["rotation"]["added_deg"], 180);
  const nlohmann::json left = extract(over, "left.csv", "open", {"--rotate", "0"});
  EXPECT_EQ(left["input"]["rotation"]["added_deg"], 0);
  for (const nlohmann::json& manifest : {asked, left})
    EXPECT_THAT(manifest["warnings"].dump(), Not(HasSubstr("upside down")));
}

TEST_F(Turned, ABaselineIsTurned) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::string over = video("over.mkv", "hflip,vflip");
  extract(demo_, "upright.csv", "open", {"--baseline", demo_});
  extract(demo_, "turned.csv", "open", {"--baseline", over});
  const test::Table upright(at("upright.csv")), turned(at("turned.csv"));
  double difference = 0;
  for (std::size_t row = 0; row < upright.rows(); ++row)
    difference += std::abs(upright.number(row, "AU12_r") - turned.number(row, "AU12_r"));
  EXPECT_LT(difference / static_cast<double>(upright.rows()), 0.05);
}

// OpenFace's tables stay OpenFace's; the word is enough.
TEST_F(Turned, IsOnlySaidForOpenFacesModels) {
  AURIGA_NEEDS("models/openface-2.2");
  const nlohmann::json manifest = extract(video("over.mkv", "hflip,vflip"), "over.csv", "openface");
  EXPECT_THAT(manifest["warnings"].dump(),
              testing::AllOf(HasSubstr("upside down"), HasSubstr("--rotate 180 turns it")));
  EXPECT_EQ(test::Table(at("over.csv")).rows(), 90u);
}

}  // namespace
}  // namespace auriga
