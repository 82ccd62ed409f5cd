#include "people_measures.hpp"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga::accuracy {
namespace {

TEST(PeopleMeasures, AreCountedByGroup) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<PersonMeasures> people{
      {"female", "white", 20, 0.5, 2.0, 0.5, 0.02, 0},
      {"female", "black", 30, 1.0, 3.0, 1.0, 0.04, 0},
      {"female", "white", 24, 0.5, 2.5, 0.5, 0.06, 0},
      {"male", "white", 50, 2.5, 2.0, 2.5, nan, 1},
  };
  const std::vector<GroupMeasures> groups = groups_of(people);
  std::vector<std::string> names;
  for (const GroupMeasures& group : groups) names.push_back(group.name);
  EXPECT_THAT(names, testing::ElementsAre("everybody", "female", "white"))
      << "nothing is said of one or two";
  const GroupMeasures& all = groups[0];
  EXPECT_EQ(all.people, 4u);
  // Of 16 comparisons the two smiles of 2.0 lose against the neutral face of 2.5, and one is a tie.
  EXPECT_DOUBLE_EQ(all.smile_area, 13.5 / 16);
  EXPECT_DOUBLE_EQ(all.pairs_right, 3 / 4.0);
  EXPECT_DOUBLE_EQ(all.neutral_raised, 2 / 4.0);
  EXPECT_DOUBLE_EQ(all.landmark_error, 0.04);
  EXPECT_DOUBLE_EQ(groups[1].smile_area, 1);
  EXPECT_DOUBLE_EQ(groups[2].pairs_right, 2 / 3.0);
}

TEST(PeopleMeasures, TiesCountHalf) {
  const std::vector<GroupMeasures> groups = groups_of({{"male", "white", 40, 0, 0, 0, 0.1, 0},
                                                       {"male", "white", 40, 0, 0, 0, 0.1, 0},
                                                       {"male", "white", 40, 0, 1, 0, 0.1, 0}});
  EXPECT_DOUBLE_EQ(groups[0].smile_area, 2 / 3.0);
  EXPECT_DOUBLE_EQ(groups[0].pairs_right, 1 / 3.0);
}

}  // namespace
}  // namespace auriga::accuracy
