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
      {"male", "white", 50, 2.5, 2.0, 2.5, nan, 1},
  };
  const std::vector<GroupMeasures> groups = groups_of(people);
  std::vector<std::string> names;
  for (const GroupMeasures& group : groups) names.push_back(group.name);
  EXPECT_THAT(names, testing::ElementsAre("everybody", "female", "male", "18 to 24 years",
                                          "25 to 34 years", "35 years and more", "black", "white"));
  const GroupMeasures& all = groups[0];
  EXPECT_EQ(all.people, 3u);
  // Of 9 comparisons the two smiles of 2.0 lose against the neutral face of 2.5.
  EXPECT_DOUBLE_EQ(all.smile_area, 7 / 9.0);
  EXPECT_DOUBLE_EQ(all.pairs_right, 2 / 3.0);
  EXPECT_DOUBLE_EQ(all.neutral_raised, 2 / 3.0);
  EXPECT_DOUBLE_EQ(all.landmark_error, 0.03);
  EXPECT_DOUBLE_EQ(groups[1].smile_area, 1);
  EXPECT_DOUBLE_EQ(groups[2].pairs_right, 0);
}

TEST(PeopleMeasures, TiesCountHalf) {
  const std::vector<GroupMeasures> groups =
      groups_of({{"male", "white", 40, 0, 0, 0, 0.1, 0}, {"male", "white", 40, 0, 1, 0, 0.1, 0}});
  EXPECT_DOUBLE_EQ(groups[0].smile_area, 0.75);
  EXPECT_DOUBLE_EQ(groups[0].pairs_right, 0.5);
}

}  // namespace
}  // namespace auriga::accuracy
