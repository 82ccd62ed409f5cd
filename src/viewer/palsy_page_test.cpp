#include "viewer/palsy_page.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PalsyPage, SaysWhatItIsNotAndHasNoGrade) {
  SideTracks tracks;
  for (int i = 0; i < 100; ++i) {
    tracks.frames.push_back(i + 1);
    tracks.times.push_back(i / 25.0);
    tracks.success.push_back(1);
    tracks.quality.emplace_back("green");
    for (const std::size_t side : {0, 1})
      tracks.of["AU12"][side].push_back(i >= 50 ? 2.0 + static_cast<double>(side) : 0.0);
  }
  const Palsy palsy = measure_palsy(
      tracks, {{"BL", 0, 1.5, ""}, {"SS", 1.8, 3.5, ""}, {"BC", 3.5, 3.9, ""}}, std::nullopt);
  PalsyPage page{.name = "<clip>",
                 .palsy = palsy,
                 .pictures = {{palsy.results[1].peak_frame, {"face", "left", "right"}}},
                 .pictures_problem = "",
                 .affected = std::nullopt,
                 .mirrored = false,
                 .estimator = "open-0.3",
                 .version = "1.2.3"};
  const std::string html = palsy_html(page);
  EXPECT_THAT(html, HasSubstr("Not a medical device"));
  EXPECT_THAT(html, HasSubstr("&lt;clip&gt;"));
  EXPECT_THAT(html, HasSubstr("0.67"));
  EXPECT_THAT(html, HasSubstr("not measurable with these models"));
  EXPECT_THAT(html, HasSubstr("the person&#39;s left on both sides"));
  for (const char* grade : {"House", "Sunnybrook", "eFACE", "<script", "http"})
    EXPECT_THAT(html, Not(HasSubstr(std::string(grade) == "http" ? "src=\"http" : grade)));
  page.pictures.clear();
  page.pictures_problem = "no video";
  EXPECT_THAT(palsy_html(page), HasSubstr("No pictures: no video"));
}

}  // namespace
}  // namespace auriga
