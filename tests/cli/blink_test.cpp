// `auriga blink` from the command line. The demo is a render whose lids are known
// (examples/demo_truth.csv, AU45).
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
using testing::Not;

class BlinkCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    write_text(path(name), text);
    return path(name);
  }
  // At that rate; the eyes close once a second, for three frames.
  static std::string table(double fps) {
    std::string text = "frame,success,timestamp,AU12_r";
    for (const char axis : {'x', 'y'})
      for (int i = 0; i < 68; ++i) text += fmt::format(",{}_{}", axis, i);
    text += '\n';
    const auto once = static_cast<int>(fps);
    for (int frame = 0; frame < 6 * once; ++frame) {
      const int way = std::abs(frame % once - once / 2);
      const double half = way == 0 ? 0.5 : way == 1 ? 3 : 6;
      text += fmt::format("{},1,{:.3f},0", frame + 1, frame / fps);
      for (int i = 0; i < 68; ++i) {
        const int point = (i - 36) % 6;
        const double x[] = {0, 12, 28, 40, 28, 12};
        text += fmt::format(",{:.1f}", i < 36 || i > 47 ? i : 100 + (i >= 42 ? 60 : 0) + x[point]);
      }
      for (int i = 0; i < 68; ++i) {
        const int point = (i - 36) % 6;
        const double y[] = {0, -half, -half, 0, half, half};
        text += fmt::format(",{:.1f}", i < 36 || i > 47 ? i : 50 + y[point]);
      }
      text += '\n';
    }
    return text;
  }
  const TemporaryFolder folder_;
};

TEST_F(BlinkCommand, FindsTheBlinksOfTheDemo) {
  const Outcome result =
      auriga({"blink", (repository() / "examples/demo.mp4").string(), "--json", "--preset", "open",
              "-o", path("blinks.csv"), "--picture", path("blinks.png")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json["blinks"], 2);
  // The lids are down in frames 13 and 14, and around 64.
  const int truth[] = {14, 64};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& blink = json["list"][i];
    EXPECT_EQ(blink["eyes"], "both");
    EXPECT_EQ(blink["kind"], "complete");
    for (const char* eye : {"left", "right"})
      EXPECT_NEAR(blink[eye]["apex_frame"].get<int>(), truth[i], 1) << eye;
    EXPECT_LT(std::abs(blink["delay_s"].get<double>()), 0.05);
  }
  EXPECT_THAT(read_text(path("blinks.csv")), HasSubstr("\n0,2,both,complete,"));
  EXPECT_EQ(read_png(path("blinks.png")).width(), 1000);
}

TEST_F(BlinkCommand, OfATable) {
  const Outcome result = auriga({"blink", write("a.csv", table(30))});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("6 blinks in 6.0 s with a face (60.0 per minute): 6 complete"));
  write("a.marks.csv", "kind,first_frame,last_frame,label\nexclude,1,30,\n");
  EXPECT_THAT(auriga({"blink", path("a.csv")}).out,
              AllOf(HasSubstr("5 blinks in 5.0 s"), HasSubstr("left out: 30 frames")));
  EXPECT_THAT(auriga({"blink", path("a.csv"), "--no-marks"}).out, HasSubstr("6 blinks"));
  EXPECT_EQ(
      nlohmann::json::parse(auriga({"blink", path("a.csv"), "--json"}).out)["frames_excluded"], 30);
}

TEST_F(BlinkCommand, FewFramesASecondAreWarnedOf) {
  const Outcome result = auriga({"blink", write("a.csv", table(12)), "-o", path("b.csv")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("no speeds"));
  EXPECT_THAT(result.out, HasSubstr("6 blinks"));
  // closing and opening speed of the right eye are the last cells.
  EXPECT_THAT(read_text(path("b.csv")), HasSubstr(",,\n"));
}

TEST_F(BlinkCommand, BadInputIsNamed) {
  const std::string text = table(30);
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    const char* message;
  } cases[] = {
      {{path("absent.csv")}, 3, "absent.csv"},
      {{write("no.csv", "frame,timestamp,AU12_r,success\n1,0,1,1\n2,0.1,1,1\n")}, 3, "x_36"},
      {{write("some.csv", "frame,AU12_r,x_0\n1,1,2\n")}, 3, "are missing"},
      {{write("a.csv", text), "--picture", path("a.jpg")}, 2, ".png"},
      {{path("a.csv"), "-o", path("a.xlsx")}, 2, ".csv or .tsv"},
      {{path("a.csv"), "-o", path("a.csv")}, 2, "the input"},
      {{path("a.csv"), "--face", "7"}, 2, "id 7"},
      {{path("a.csv"), "--least-closure", "2"}, 2, "0 to 1"},
      {{write("a.png", "no picture")}, 2, "one video or one table"},
  };
  for (const auto& one : cases) {
    std::vector<std::string> words = one.arguments;
    words.insert(words.begin(), "blink");
    const Outcome result = auriga(words);
    EXPECT_EQ(result.exit_code, one.exit_code) << one.message << '\n' << result.err;
    EXPECT_THAT(result.err, HasSubstr(one.message));
  }
  EXPECT_EQ(read_text(path("a.csv")), text);
}

}  // namespace
}  // namespace auriga::test
