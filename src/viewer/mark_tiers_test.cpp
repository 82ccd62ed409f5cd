#include "viewer/mark_tiers.hpp"

#include <string>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

Mark frames(MarkKind kind, std::int64_t first, std::int64_t last, std::string label = {}) {
  Mark mark;
  mark.kind = kind;
  mark.first = first;
  mark.last = last;
  mark.label = std::move(label);
  return mark;
}

class MarkTiersTest : public ::testing::Test {
 protected:
  // 10 frames at 4 frames/s from 1 s on, frame 6 without a row.
  AuTable table() const {
    std::string text = "frame,face_id,timestamp,success,AU12_r\n";
    for (int frame = 1; frame <= 10; ++frame)
      if (frame != 6) text += fmt::format("{},0,{:.2f},1,2\n", frame, 1 + (frame - 1) / 4.0);
    test::write_text(folder_.path() / "a.csv", text);
    return read_au_table(folder_.path() / "a.csv");
  }

  const TemporaryFolder folder_;
};

TEST_F(MarkTiersTest, FramesBecomeTheTimesOfTheTable) {
  const auto tiers = mark_tiers({frames(MarkKind::label, 2, 5, "x"), frames(MarkKind::point, 6, 6),
                                 frames(MarkKind::label, 9, 20)},
                                table());
  ASSERT_EQ(tiers.size(), 2u);
  EXPECT_EQ(tiers[0].name, "label");
  EXPECT_EQ(tiers[0].annotations[0].start_s, 1.25);
  EXPECT_EQ(tiers[0].annotations[0].end_s, 2.25);
  EXPECT_EQ(tiers[0].annotations[0].label, "x");
  EXPECT_EQ(tiers[0].annotations[1].label, "label");
  EXPECT_EQ(tiers[0].annotations[1].end_s, 6);  // beyond the table, at its step
  EXPECT_EQ(tiers[1].name, "point");
  EXPECT_EQ(tiers[1].annotations[0].start_s, 2.25);
  EXPECT_EQ(tiers[1].annotations[0].end_s, 2.5);
}

TEST_F(MarkTiersTest, WhatOverlapsGetsATierOfItsOwn) {
  Mark seconds;
  seconds.start_s = 1.4;
  seconds.end_s = 1.4;
  const auto tiers =
      mark_tiers({frames(MarkKind::label, 1, 4), frames(MarkKind::label, 2, 3),
                  frames(MarkKind::label, 5, 6), seconds, frames(MarkKind::exclude, 1, 9)},
                 table());
  std::vector<std::string> names;
  for (const Tier& tier : tiers) names.push_back(tier.name);
  EXPECT_THAT(names, testing::ElementsAre("exclude", "label", "label 2", "label 3"));
  EXPECT_EQ(tiers[1].annotations.size(), 2u);
  // The writer refuses what overlaps.
  const AnnotatedVideo video{"v.mp4", 0, 10, 4};
  EXPECT_THAT(annotation_text(AnnotationForm::elan, tiers, video), HasSubstr("label 3"));
  EXPECT_THAT(annotation_text(AnnotationForm::boris, tiers, video), HasSubstr("label 3"));
}

}  // namespace
}  // namespace auriga
