#include "engine/size_history.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

// Only the size of a picture is asked for.
FrameView frame(std::int64_t index, double timestamp_s, int width, int height) {
  return {index, timestamp_s, ImageView{nullptr, width, height, 3, std::ptrdiff_t{3} * width}};
}

TEST(SizeHistory, ListsTheFirstSizeAndTheChanges) {
  SizeHistory history;
  EXPECT_EQ(history.first(), nullptr);
  EXPECT_TRUE(history.add(frame(0, 0, 480, 360)));
  EXPECT_FALSE(history.add(frame(1, 0.04, 480, 360)));
  EXPECT_EQ(history.changes(), 0);
  EXPECT_FALSE(history.add(frame(2, 0.08, 0, 0))) << "no picture";
  EXPECT_FALSE(history.add(frame(3, 0.12, 480, 360)));
  EXPECT_TRUE(history.add(frame(48, 1.6, 320, 240)));
  EXPECT_EQ(history.text(),
            "the size of the picture changes: 480x360, 320x240 from frame 49 (1.600 s)");
  EXPECT_TRUE(history.add(frame(49, 1.64, 480, 360)));
  EXPECT_EQ(history.text(),
            "the size of the picture changes 2 times: 480x360, 320x240 from frame 49 (1.600 s), "
            "480x360 from frame 50 (1.640 s)");
  EXPECT_EQ(history.changes(), 2);
  ASSERT_EQ(history.sizes().size(), 3u);
  EXPECT_EQ(history.first()->width, 480);
  EXPECT_EQ(history.sizes()[1].frame, 48);
  EXPECT_EQ(history.sizes()[1].timestamp_s, 1.6);
  EXPECT_EQ(history.sizes()[1].width, 320);
  EXPECT_EQ(history.sizes()[1].height, 240);
}

// Law: a stream that changes with every frame costs no more memory than one that rarely does.
TEST(SizeHistory, CountsWhatItDoesNotList) {
  SizeHistory history;
  for (int i = 0; i < 5000; ++i) history.add(frame(i, 0, 100 + i % 2, 100));
  EXPECT_EQ(history.sizes().size(), SourceFacts::kMostSizes);
  EXPECT_EQ(history.changes(), 4999);
  const std::string text = history.text();
  EXPECT_NE(text.find("changes 4999 times: 100x100, 101x100 from frame 2, "), std::string::npos)
      << text;
  EXPECT_NE(text.find(", and 4992 more"), std::string::npos) << text;
  EXPECT_LT(text.size(), 400u);
}

}  // namespace
}  // namespace auriga
