#include "engine/run_findings.hpp"

#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

using State = NeutralFacts::State;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string note(const std::vector<std::pair<int, NeutralFacts>>& neutral) {
  return neutral_note(neutral);
}

TEST(NeutralNote, IsNoneWhereTheFaceIsKnown) {
  EXPECT_EQ(note({}), "");
  EXPECT_EQ(note({{0, {State::frames, 40, 0.5, 0.7}}, {1, {State::given, 9, 1, 1}}}), "");
}

TEST(NeutralNote, SaysWhatMayBeTooHigh) {
  EXPECT_THAT(note({{0, {State::none, 1, 0.004, 0}}}),
              AllOf(HasSubstr("only 1 frame (0 %) without an expression"), HasSubstr("AU12"),
                    HasSubstr("too high"), HasSubstr("--baseline"), Not(HasSubstr("face_id"))));
  EXPECT_THAT(note({{0, {State::weak, 9, 0.1, 0.4}}}),
              AllOf(HasSubstr("from 9 frames (10 %) only"), HasSubstr("in part")));
}

TEST(NeutralNote, NamesTheFacesOfSeveral) {
  EXPECT_THAT(
      note({{0, {State::none, 0, 0, 0}},
            {2, {State::frames, 90, 1, 0.9}},
            {3, {State::none, 2, 0.02, 0}},
            {5, {State::weak, 9, 0.5, 0.4}}}),
      AllOf(HasSubstr("only face_id 0: 0 frames (0 %), face_id 3: 2 frames (2 %) without"),
            HasSubstr("from face_id 5: 9 frames (50 %) only"), Not(HasSubstr("face_id 2"))));
}

}  // namespace
}  // namespace auriga
