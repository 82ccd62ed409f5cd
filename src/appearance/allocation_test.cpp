// The per-frame path of this stage allocates nothing after its first call.
#include <cstdlib>
#include <new>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "appearance/face_aligner.hpp"
#include "appearance/fhog.hpp"

namespace {
std::size_t allocations = 0;
}

// Not inlined: GCC would take malloc and free for a mismatch with new and delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace auriga {
namespace {

TEST(Allocation, CountsAnAllocation) {
  const std::size_t before = allocations;
  const std::vector<int> v(10);
  EXPECT_EQ(allocations - before, 1U) << v.size();
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
    const std::size_t before = allocations;
    for (int i = 0; i < 3; ++i) {
      aligner.align(frame, landmarks, fit, crop);
      compute_fhog(crop, std::span<float, kFhogSize>(descriptor));
    }
    EXPECT_EQ(allocations, before) << channels << " channels";
  }
}

}  // namespace
}  // namespace auriga
