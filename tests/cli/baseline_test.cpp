// --save-baseline and --baseline: clips of one participant on one footing.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using testing::HasSubstr;

struct Preset {
  const char* name;
};
std::ostream& operator<<(std::ostream& out, const Preset& preset) { return out << preset.name; }

class Baseline : public testing::TestWithParam<Preset> {
 protected:
  void SetUp() override {
    if (is_open()) {
      AURIGA_NEEDS_OPEN_PACK();
    } else {
      AURIGA_NEEDS("models/openface-2.2");
      AURIGA_NEEDS("models/onnx");
    }
  }
  static bool is_open() { return GetParam().name == std::string("open"); }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  test::Outcome extract(const std::string& input, const std::string& table,
                        std::vector<std::string> options = {}) {
    std::vector<std::string> command = {
        "extract",
        input,
        "-o",
        at(table),
        "--preset",
        GetParam().name,
        "--models",
        is_open() ? test::open_pack().string() : (test::test_data() / "models").string(),
        "--full-precision",
        "--quiet"};
    command.insert(command.end(), options.begin(), options.end());
    return test::auriga(command);
  }
  void expect_refused(const test::Outcome& outcome, int exit_code, const std::string& text) {
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  }

  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  test::TemporaryFolder folder_;
};

TEST_P(Baseline, OfAVideoTellsItsOwnTableAgain) {
  if (IsSkipped()) return;
  ASSERT_EQ(extract(demo_, "first.csv", {"--save-baseline", at("person.json")}).exit_code, 0);
  const nlohmann::json manifest = nlohmann::json::parse(read_text(at("first.manifest.json")));
  EXPECT_THAT(manifest["outputs"].dump(), HasSubstr("person.json"));
  ASSERT_EQ(extract(demo_, "again.csv", {"--baseline", at("person.json")}).exit_code, 0);
  EXPECT_EQ(read_text(at("first.csv")), read_text(at("again.csv")));
  EXPECT_THAT(read_text(at("again.manifest.json")), HasSubstr("baseline_sha256"));
  // The video itself will do.
  ASSERT_EQ(extract(demo_, "video.csv", {"--baseline", demo_, "--workers", "2"}).exit_code, 0);
  EXPECT_EQ(read_text(at("first.csv")), read_text(at("video.csv")));
}

// Without a baseline a clip is measured by itself; with one, by the person's neutral face.
TEST_P(Baseline, PutsAClipOnAnotherFooting) {
  if (IsSkipped()) return;
  const test::Outcome cut =
      test::program({"ffmpeg", "-v", "error", "-nostdin", "-ss", "1.1", "-i", demo_, "-frames:v",
                     "20", "-c:v", "mpeg4", "-q:v", "2", at("smile.avi")});
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  ASSERT_EQ(extract(at("smile.avi"), "alone.csv").exit_code, 0);
  ASSERT_EQ(extract(at("smile.avi"), "person.csv", {"--baseline", demo_}).exit_code, 0);
  EXPECT_NE(read_text(at("person.csv")), read_text(at("alone.csv")));
  if (!is_open()) return;
  // All through the clip somebody smiles, so alone nothing is known of the face but that;
  // OpenFace's estimator takes the middle of it for neutral.
  const auto state = [&](const std::string& name) {
    return nlohmann::json::parse(read_text(at(name)))["neutral"]["state"];
  };
  EXPECT_EQ(state("alone.manifest.json"), "none");
  EXPECT_THAT(read_text(at("alone.manifest.json")), HasSubstr("no neutral face was found"));
  EXPECT_EQ(state("person.manifest.json"), "given");
  for (const char* name : {"alone.csv", "person.csv"}) {
    const test::Table table(at(name));
    double sum = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) sum += table.number(row, "AU12_r");
    EXPECT_GT(sum / static_cast<double>(table.rows()), 2) << name << ": a smile is a smile";
  }
}

TEST_P(Baseline, MayBeAPicture) {
  if (IsSkipped()) return;
  const test::Outcome cut = test::program(
      {"ffmpeg", "-v", "error", "-nostdin", "-i", demo_, "-frames:v", "1", at("neutral.png")});
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  const test::Outcome outcome = extract(demo_, "out.csv", {"--baseline", at("neutral.png")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_P(Baseline, IsRefusedWhereItHasNoPlace) {
  if (IsSkipped()) return;
  expect_refused(extract(demo_, "a.csv", {"--baseline", at("missing.json")}), 3, "missing.json");
  test::write_text(at("broken.json"), "{\"estimator\": 5}");
  expect_refused(extract(demo_, "a.csv", {"--baseline", at("broken.json")}), 3, "broken.json");
  test::write_text(at("table.csv"), "frame,success\n1,1\n");
  expect_refused(extract(demo_, "a.csv", {"--baseline", at("table.csv")}), 2, "found a table");
  expect_refused(extract(demo_, "a.csv", {"--baseline", demo_, "--au-static"}), 2,
                 "nobody is calibrated");
  expect_refused(extract(demo_, "a.csv", {"--save-baseline", at("p.json"), "--multi-face", "2"}), 2,
                 "about one person");
  ASSERT_EQ(extract(demo_, "first.csv", {"--save-baseline", at("person.json")}).exit_code, 0);
  std::string other = read_text(at("person.json"));
  const std::string landmarker = is_open()                                    ? "\"mesh\""
                                 : GetParam().name == std::string("pyfaceau") ? "\"pfld\""
                                                                              : "\"clnf\"";
  const std::size_t place = other.find(landmarker);
  ASSERT_NE(place, std::string::npos);
  other.replace(place, landmarker.size(), "\"another\"");
  test::write_text(at("other.json"), other);
  expect_refused(extract(demo_, "a.csv", {"--baseline", at("other.json")}), 2, "another");
  EXPECT_FALSE(fs::exists(at("a.csv")));

  const test::Outcome black =
      test::program({"ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i",
                     "color=black:s=320x240:d=0.4", "-c:v", "mpeg4", at("black.avi")});
  ASSERT_EQ(black.exit_code, 0) << black.err;
  expect_refused(extract(demo_, "a.csv", {"--baseline", at("black.avi")}), 3, "found none");
  expect_refused(extract(at("black.avi"), "a.csv", {"--save-baseline", at("none.json")}), 3,
                 "found none");
  EXPECT_FALSE(fs::exists(at("none.json")));
}

INSTANTIATE_TEST_SUITE_P(OfEveryPreset, Baseline,
                         testing::Values(Preset{"openface"}, Preset{"pyfaceau"}, Preset{"open"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace auriga
