#include "files/natural_order.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auriga::test {
namespace {

TEST(NaturalOrder, CountsAsPeopleDo) {
  const std::vector<std::string> ordered{"",
                                         "1",
                                         "002",
                                         "2",
                                         "10",
                                         "10a",
                                         "10b",
                                         "a",
                                         "a01",
                                         "a1",
                                         "a2b1",
                                         "a2b10",
                                         "a3",
                                         "a10",
                                         "a10.b",
                                         "frame_9.png",
                                         "frame_10.png",
                                         "frame_100.png",
                                         "frame_99999999999999999999998.png",
                                         "frame_99999999999999999999999.png"};
  for (std::size_t i = 0; i < ordered.size(); ++i)
    for (std::size_t j = 0; j < ordered.size(); ++j)
      EXPECT_EQ(natural_less(ordered[i], ordered[j]), i < j) << ordered[i] << " and " << ordered[j];
}

}  // namespace
}  // namespace auriga::test
