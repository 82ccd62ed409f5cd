#include "tables/annotations.hpp"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const AnnotatedVideo kVideo{"a & b.mp4", 0, 10, 25};

std::vector<Tier> tiers() {
  return {{"AU12", {{1, 2, 25, 50, "smile \"big\" <1>"}, {3, 4.5, 75, 112, ""}}}, {"AU04", {}}};
}

TEST(Annotations, FormsByEnding) {
  EXPECT_EQ(annotation_form("a.eaf"), AnnotationForm::elan);
  EXPECT_EQ(annotation_form("a.EAF"), AnnotationForm::elan);
  EXPECT_EQ(annotation_form("x/a.boris.csv"), AnnotationForm::boris);
  EXPECT_EQ(annotation_form("a.csv"), AnnotationForm::csv);
  EXPECT_EQ(annotation_form("a.TextGrid"), AnnotationForm::textgrid);
  EXPECT_EQ(annotation_form("a.srt"), AnnotationForm::srt);
  for (const char* other : {"a.txt", "a", "eaf", ".eaf", "a.csv.gz"})
    EXPECT_EQ(annotation_form(other), std::nullopt) << other;
}

TEST(Annotations, TextIsEscaped) {
  const std::string elan = annotation_text(AnnotationForm::elan, tiers(), kVideo);
  EXPECT_THAT(elan, AllOf(HasSubstr("smile &quot;big&quot; &lt;1&gt;"), HasSubstr("a &amp; b.mp4"),
                          HasSubstr("TIME_VALUE=\"4500\"")));
  EXPECT_THAT(annotation_text(AnnotationForm::textgrid, tiers(), kVideo),
              HasSubstr("text = \"smile \"\"big\"\" <1>\""));
  EXPECT_THAT(annotation_text(AnnotationForm::boris, tiers(), kVideo),
              HasSubstr("AU12,,START,1.000,a & b.mp4,25,\"smile \"\"big\"\" <1>\"\n"));
  const std::vector<Tier> bytes = {{"a", {{1, 2, 0, 0, "x\x01\xFF\xC3\xA4\xED\xA0\x80\n"}}}};
  EXPECT_THAT(annotation_text(AnnotationForm::elan, bytes, kVideo),
              HasSubstr(">x \xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD <"));
}

TEST(Annotations, GapsOfATextGridAreEmptyIntervals) {
  const std::string text = annotation_text(AnnotationForm::textgrid, tiers(), kVideo);
  EXPECT_THAT(text, AllOf(StartsWith("File type = \"ooTextFile\"\n"), HasSubstr("size = 2\n"),
                          HasSubstr("intervals: size = 5\n"), HasSubstr("intervals: size = 1\n")));
  double last = 0;
  // Each interval begins where the one before has ended.
  const std::string first = text.substr(0, text.find("item [2]"));
  for (std::size_t at = first.find("intervals [1]"); at != std::string::npos;
       at = first.find("intervals [", at + 1)) {
    EXPECT_EQ(std::stod(first.substr(first.find("xmin = ", at) + 7)), last);
    last = std::stod(first.substr(first.find("xmax = ", at) + 7));
  }
  EXPECT_EQ(last, 10);
}

TEST(Annotations, SubtitlesDoNotOverlap) {
  const std::string text = annotation_text(
      AnnotationForm::srt, {{"AU12", {{1, 3, 0, 0, "AU12 strong"}}}, {"AU04", {{2, 4, 0, 0, "x"}}}},
      kVideo);
  EXPECT_EQ(text,
            "1\n00:00:01,000 --> 00:00:02,000\nAU12 strong\n\n"
            "2\n00:00:02,000 --> 00:00:03,000\nAU12 strong\nAU04 x\n\n"
            "3\n00:00:03,000 --> 00:00:04,000\nAU04 x\n\n");
}

TEST(Annotations, WhatReadersMisreadIsRefused) {
  for (const Tier& bad : std::vector<Tier>{{"zero", {{1, 1.0002, 0, 0, ""}}},
                                           {"reversed", {{2, 1, 0, 0, ""}}},
                                           {"overlap", {{1, 3, 0, 0, ""}, {2, 4, 0, 0, ""}}},
                                           {"before", {{-1, 3, 0, 0, ""}}},
                                           {"", {}}})
    for (const AnnotationForm form : {AnnotationForm::elan, AnnotationForm::boris,
                                      AnnotationForm::textgrid, AnnotationForm::srt})
      EXPECT_THROW(annotation_text(form, {bad}, kVideo), Error) << bad.name;
  EXPECT_THROW(annotation_text(AnnotationForm::elan, {{"a", {}}, {"a", {}}}, kVideo), Error);
  EXPECT_NO_THROW(annotation_text(AnnotationForm::elan,
                                  {{"touch", {{1, 2, 0, 0, ""}, {2, 3, 0, 0, ""}}}}, kVideo));
}

TEST(Annotations, EventsOfATable) {
  const TemporaryFolder folder;
  std::string text = "frame,face_id,timestamp,AU12_r,AU28_c\n";
  for (int i = 0; i < 20; ++i)
    text += fmt::format("{},0,{:.1f},{},{}\n", i + 1, 0.1 * i, i >= 5 && i < 10 ? 2 : 0, i > 15);
  test::write_text(folder.path() / "a.csv", text);
  const AuTable table = read_au_table(folder.path() / "a.csv");
  const auto of_table = event_tiers(table, {});
  ASSERT_THAT(of_table, SizeIs(2));
  EXPECT_EQ(of_table[0].name, "AU12");
  ASSERT_THAT(of_table[0].annotations, SizeIs(1));
  EXPECT_EQ(of_table[0].annotations[0].label, "AU12 frames 6-10 peak 2.00 in frame 6");
  EXPECT_EQ(event_table(table, {}, ','),
            "face_id,unit,first_frame,last_frame,start,end,peak,peak_frame,peak_at\n"
            "0,AU12,6,10,0.500,1.000,2.00,6,0.500\n0,AU28,17,20,1.600,2.000,,17,1.600\n");
  test::write_text(folder.path() / "b.csv", "frame,AU12_r\n1,2\n2,0\n");
  EXPECT_THROW(event_tiers(read_au_table(folder.path() / "b.csv"), {}), Error);
}

}  // namespace
}  // namespace auriga
