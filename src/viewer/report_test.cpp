#include "viewer/report.hpp"

#include <random>
#include <string>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"
#include "viewer/moments.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ::testing::Test {
 protected:
  ReportPart part(const std::string& table, std::string name = "a.csv") const {
    test::write_text(folder_.path() / "a.csv", table);
    ReportPart one;
    one.name = std::move(name);
    one.table = read_au_table(folder_.path() / "a.csv", true);
    one.quality = quality_of(one.table, {});
    return one;
  }
  static std::string html(const ReportPart& one) { return report_html({one}, {}, "9.9"); }

  const TemporaryFolder folder_;
};

// A smile from 1 s to 2 s of 4 s, another unit without a number.
std::string smile() {
  std::string text = "frame,face_id,timestamp,success,AU04_r,AU12_r,AU12_c\n";
  for (int frame = 1; frame <= 100; ++frame)
    text += fmt::format("{},0,{:.3f},1,,{:.1f},{}\n", frame, (frame - 1) / 25.0,
                        frame > 25 && frame <= 50 ? 3.5 : 0.1, frame > 25 && frame <= 50);
  return text;
}

TEST_F(ReportTest, SaysTheNumbersOfTheTable) {
  const std::string text = html(part(smile()));
  EXPECT_THAT(text, HasSubstr("AU12 <span class=\"soft\">lip corner puller</span>"));
  EXPECT_THAT(text, HasSubstr("<td class=\"n\">0.95</td><td class=\"n\">3.50</td><td>1.00 s</td>"
                              "<td class=\"n\">25.0 %</td><td class=\"n\">1</td>"));
  EXPECT_THAT(text, HasSubstr("<td>1.00 s</td><td>2.00 s</td><td class=\"n\">26 to 50</td>"));
  EXPECT_THAT(text, HasSubstr("Not told with these models: AU04 (frown)"));
  EXPECT_THAT(text, HasSubstr("Not a medical device"));
  EXPECT_THAT(text, HasSubstr("no manifest"));
}

// Names, labels and manifests come from others.
TEST_F(ReportTest, WordsOfOthersStayWords) {
  const std::string evil = "<script>alert(1)</script>\"'&<img src=x onerror=y>";
  ReportPart one = part(smile(), evil);
  one.warnings = {evil};
  one.moments_problem = evil;
  one.estimator = evil;
  one.manifest =
      Json::object({{"auriga", evil}, {evil, evil}, {"input", Json::object({{"path", evil}})}});
  one.quality.reasons = {evil};
  Mark mark;
  mark.first = mark.last = 3;
  mark.label = evil;
  one.marks = {mark};
  const std::string text = report_html({one, one}, {{evil, evil}}, "9.9");
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  EXPECT_THAT(text, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(text, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
  EXPECT_THAT(text, Not(HasSubstr("http://")));
  EXPECT_THAT(text, Not(HasSubstr("https://")));
}

TEST_F(ReportTest, ExcludedRangesAndLostFramesAreShown) {
  ReportPart one = part(smile());
  Mark mark;
  mark.kind = MarkKind::exclude;
  mark.first = 26;
  mark.last = 50;
  one.marks = {mark};
  exclude(one.table, Excluded(one.marks));
  const std::string text = html(one);
  EXPECT_THAT(text, HasSubstr("class=\"excluded\""));
  EXPECT_THAT(text, HasSubstr("25 frames"));
  EXPECT_THAT(text, Not(HasSubstr("3.50")));
}

TEST_F(ReportTest, TablesWithoutAFaceOrTimesHaveAReport) {
  EXPECT_THAT(html(part("frame,success,AU12_r\n1,0,0\n2,0,0\n")), HasSubstr("0.0 %"));
  EXPECT_THAT(html(part("frame,success,AU12_r\n1,1,2\n2,1,0\n3,1,0\n")), HasSubstr("frame 1"));
}

// An hour of noise with all units.
TEST_F(ReportTest, IsSmallHoweverLongTheVideo) {
  std::mt19937 random(1);
  std::string text = "frame,timestamp,success,pose_Rx,pose_Ry";
  for (int unit = 1; unit <= 18; ++unit) text += fmt::format(",AU{0:02}_r,AU{0:02}_c", unit);
  for (int frame = 1; frame <= 108000; ++frame) {
    text += fmt::format("\n{},{:.3f},{},0.1,0.2", frame, frame / 30.0, random() % 9 != 0);
    for (int unit = 0; unit < 18; ++unit)
      text += fmt::format(",{:.2f},{}", static_cast<double>(random() % 500) / 100, random() % 2);
  }
  ReportPart one = part(text + "\n");
  for (std::size_t i = 0; i < kMostMoments; ++i)
    one.moments.push_back({i, std::string(20000, 'j')});
  EXPECT_LT(html(one).size(), 3u << 20);
}

TEST_F(ReportTest, PicturesAreTheFramesOfTheRows) {
  ReportPart one = part(smile().substr(0, smile().find("\n90,")));
  const fs::path demo = test::repository() / "examples/demo.mp4";
  one.moments = moments_of(one.table, demo, {});
  ASSERT_FALSE(one.moments.empty());
  EXPECT_THAT(html(one), HasSubstr("src=\"data:image/jpeg;base64,/9j/"));
  // The demo has 90 frames.
  std::string longer = smile();
  for (int frame = 101; frame <= 200; ++frame)
    longer += fmt::format("{},0,{:.3f},1,,{:.1f},0\n", frame, (frame - 1) / 25.0, frame / 50.0);
  EXPECT_THROW(moments_of(part(longer).table, demo, {}), Error);
}

}  // namespace
}  // namespace auriga
