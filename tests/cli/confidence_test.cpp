// `auriga extract` says of a face that it cannot see well that it cannot.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

class ConfidenceOf : public testing::Test {
 protected:
  // The table of the demo's first second, or its first frame, through ffmpeg's `filter`.
  test::Table extract(const std::string& name, const std::string& filter, bool picture) {
    const std::string input = (folder_.path() / (name + (picture ? ".png" : ".mkv"))).string();
    const std::string table = (folder_.path() / (name + ".csv")).string();
    std::vector<std::string> make{"ffmpeg", "-v",
                                  "error",  "-nostdin",
                                  "-i",     (test::repository() / "examples/demo.mp4").string(),
                                  "-vf",    filter};
    for (const char* word : {"-frames:v", picture ? "1" : "30"}) make.emplace_back(word);
    if (!picture) make.insert(make.end(), {"-c:v", "ffv1"});
    make.push_back(input);
    const test::Outcome made = test::program(make);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    // Turned videos are turned as a whole, which another test is about.
    const test::Outcome run = test::auriga({"extract", input, "-o", table, "--preset", "open",
                                            "--models", test::open_pack().string()});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return test::Table(table);
  }

  test::TemporaryFolder folder_;
};

// Of the blurred one nothing is detected any more; how confident looks at blurred faces are is
// measured in tests/accuracy. The demo shows 480 x 480 px, the face from 129 to 349 across.
TEST_F(ConfidenceOf, AWholeFaceIsHighAndOfHalfAFaceLow) {
  AURIGA_NEEDS_OPEN_PACK();
  const struct {
    const char *name, *filter;
    bool found;
  } cases[] = {{"whole", "null", true},
               {"left-half", "crop=240:480:0:0", false},
               {"right-half", "crop=240:480:240:0", false},
               {"blurred", "gblur=sigma=22:steps=6", false},
               {"dim", "lutyuv=y=16+(val-16)*0.5", true}};
  for (const auto& [name, filter, found] : cases)
    for (const bool picture : {true, false}) {
      const test::Table table =
          extract(std::string(name) + (picture ? "-picture" : ""), filter, picture);
      for (std::size_t row = 0; row < table.rows(); ++row) {
        const double confidence = table.number(row, "confidence");
        EXPECT_TRUE(found ? confidence >= 0.9 : confidence < 0.5)
            << name << " " << picture << " " << row << ": " << confidence;
        if (picture) continue;
        EXPECT_EQ(table.number(row, "success"), found ? 1 : 0) << name << " " << row;
        EXPECT_EQ(table.text(row, "AU12_r").empty(), !found) << name << " " << row;
      }
    }
}

TEST_F(ConfidenceOf, APictureThatIsUpsideDownIsTurned) {
  AURIGA_NEEDS_OPEN_PACK();
  const test::Table upright = extract("upright", "null", true);
  const test::Table over = extract("over", "hflip,vflip", true);
  ASSERT_EQ(over.rows(), 1u);
  EXPECT_GE(over.number(0, "confidence"), 0.9);
  // Frames are 480 px wide and high.
  for (const char* point : {"_8", "_36", "_45", "_48"})
    for (const char* axis : {"x", "y"})
      EXPECT_NEAR(479 - over.number(0, axis + std::string(point)),
                  upright.number(0, axis + std::string(point)), 5)
          << axis << point;
}

}  // namespace
}  // namespace auriga
