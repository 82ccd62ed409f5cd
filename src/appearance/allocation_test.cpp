// The per-frame path of this stage allocates nothing after its first call.
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "appearance/face_aligner.hpp"
#include "appearance/fhog.hpp"
#include "support/allocations.hpp"

namespace auriga {
namespace {

TEST(Allocation, CountsAnAllocation) {
  const long before = test::allocations();
  const std::vector<int> v(10);
  EXPECT_EQ(test::allocations() - before, 1) << v.size();
}

TEST(Allocation, AlignAndFhogAllocateNothingAfterTheFirstFrame) {
  std::mt19937 random(7);
  Pdm pdm;
  pdm.points = kLandmarks;
  Landmarks landmarks;
  for (int i = 0; i < 3 * kLandmarks; ++i)
    pdm.mean.push_back(static_cast<float>(random() % 120) - 60);
  for (int i = 0; i < kLandmarks; ++i) {
    landmarks.x[i] = pdm.mean[i] + 100;
    landmarks.y[i] = pdm.mean[kLandmarks + i] + 80;
  }
  ShapeFit fit;
  fit.tx = 100;
  fit.ty = 80;
  FaceAligner aligner(pdm, {{0, 20, 50}, {3, 30, 60}, {10, 40, 67}});
  std::vector<float> descriptor(kFhogSize);
  Image crop;
  for (const int channels : {3, 1}) {
    const Image frame(200, 160, channels);
    aligner.align(frame, landmarks, fit, crop);
    const long before = test::allocations();
    for (int i = 0; i < 3; ++i) {
      aligner.align(frame, landmarks, fit, crop);
      compute_fhog(crop, std::span<float, kFhogSize>(descriptor));
    }
    EXPECT_EQ(test::allocations(), before) << channels << " channels";
  }
}

}  // namespace
}  // namespace auriga
