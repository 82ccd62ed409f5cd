// The sums of a convolutional network, on maps in blocks of channels.
//
// A map is a list of blocks of 16 channels, each block a picture of pixels of 16 floats. So the
// channels lie along the vectors: an output takes its products in the same order, rounded once each
// with their sum, whatever the vectors' length. The same bits on every processor; one without fused
// multiply-adds takes ten times as long, so that AURIGA_ISA does not make others do without them.
#pragma once

#include <atomic>
#include <cstddef>

namespace auriga {

namespace internal {
// For tests. False: what no instruction set in use has fused multiply-adds for is computed without,
// as on a processor that lacks them.
extern std::atomic<bool> fused_sums;
}  // namespace internal

inline constexpr int kChannelBlock = 16;

// What becomes of a sum x: above_zero[c] * x if x > 0, else below_zero[c] * x. Null: x itself.
struct Slopes {
  const float* above_zero = nullptr;
  const float* below_zero = nullptr;
};

// Dense sums over taps and input channels, for one row of pixels or several that follow each other.
struct DenseSums {
  const float* in = nullptr;             // the first pixel, without its offset
  std::ptrdiff_t pixel_stride = 0;       // floats between two pixels of `in`
  const std::ptrdiff_t* taps = nullptr;  // offsets, floats; behind each lie `depths` inputs
  const int* depths = nullptr;           // null: one
  int tap_count = 0;

  // Of each block of outputs: as many vectors of 16 weights as there are inputs, in their order.
  const float* weights = nullptr;
  std::ptrdiff_t weights_stride = 0;  // floats between two blocks
  const float* bias = nullptr;
  int blocks = 0;
  Slopes slopes;

  float* out = nullptr;
  std::ptrdiff_t out_stride = 0;           // floats between two blocks
  const std::ptrdiff_t* out_at = nullptr;  // of each pixel
  // Added before the slopes, to the first blocks; null: nothing is.
  const float* addend = nullptr;
  std::ptrdiff_t addend_stride = 0;
  const std::ptrdiff_t* addend_at = nullptr;
  int addend_blocks = 0;

  int pixels = 0;
};

// Sums over the taps of a channel, for one row of pixels.
struct ChannelSums {
  const float* in = nullptr;       // of the first block, pixel and tap
  std::ptrdiff_t in_stride = 0;    // floats between two blocks
  std::ptrdiff_t row_stride = 0;   // floats between two rows
  int stride = 1;                  // pixels of `in` from one pixel to the next
  int side = 3;                    // taps are side x side
  const float* weights = nullptr;  // of each block: side x side x 16
  const float* bias = nullptr;
  Slopes slopes;
  float* out = nullptr;
  std::ptrdiff_t out_stride = 0;  // floats between two blocks
  int blocks = 0;
  int pixels = 0;
};

// Of each 2 x 2 pixels of two rows the largest values. NaN may get lost.
struct LargestOfFour {
  const float* in = nullptr;      // of the upper row
  std::ptrdiff_t row_stride = 0;  // floats from it to the lower
  float* out = nullptr;
  int pixels = 0;
};

void add_dense(const DenseSums& sums);
void add_channels(const ChannelSums& sums);
void take_largest(const LargestOfFour& rows);

}  // namespace auriga
