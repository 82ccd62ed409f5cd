// What tracking adds to the networks allocates nothing after the first frames.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "models/pdm.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/frame_sketch.hpp"

namespace auriga {
namespace {

constexpr const char* kPdm = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";

TEST(Allocation, CountsAnAllocation) {
  const long before = test::allocations();
  const std::vector<int> v(10);
  EXPECT_EQ(test::allocations() - before, 1) << v.size();
}

TEST(Allocation, JudgingAndRememberingAllocateNothingAfterTheFirstPerson) {
  AURIGA_NEEDS(kPdm);
  const Pdm pdm = read_pdm(test::test_data() / kPdm);
  const ShapeModel model(pdm);
  const FacePatchSampler sampler(model);
  Image frame(300, 300, 3);
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 900; ++x) frame.row(y)[x] = static_cast<std::uint8_t>(x * y / 50);
  }
  FaceView view;
  FaceMemory memory;
  Image pixels;
  long before = 0;
  for (int i = 0; i < 30; ++i) {
    if (i == 10) before = test::allocations();  // all views have been taken once
    for (std::size_t k = 0; k < kLandmarks; ++k) {
      view.landmarks.x[k] = pdm.mean[k] + static_cast<float>(100 + 3 * i);
      view.landmarks.y[k] = pdm.mean[kLandmarks + k] + 120;
    }
    sampler.sample(frame, view.landmarks, view.patch);
    if (i % 10 == 0) memory.restart(view);
    memory.compare(view);
    memory.confirm(view);
    memory.follow(view);
    ASSERT_NE(correlation(sketch(frame, pixels), sketch(frame, pixels)), 0);
  }
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace auriga
