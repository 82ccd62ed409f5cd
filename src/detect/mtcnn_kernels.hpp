// The arithmetic of MTCNN's layers, one row of output at a time.
//
// A row is an array of pixels, a pixel an array of channels. Where channels are padded, they are
// padded to whole blocks of kMtcnnBlock.
#pragma once

namespace auriga {

inline constexpr int kMtcnnBlock = 16;  // channels that are computed together

// So many channels, rounded up to whole blocks.
constexpr int padded_channels(int channels) {
  return (channels + kMtcnnBlock - 1) / kMtcnnBlock * kMtcnnBlock;
}

// Row of a valid convolution with stride 1, with bias and PReLU.
struct ConvolutionRow {
  const float* const* rows;  // kernel_height rows of input
  int kernel_height;
  // The input below one row of the kernel: `runs` stretches of `run` floats, `run_stride` apart.
  int runs, run, run_stride;
  int pixel_stride;  // of the input, floats
  // Per block of outputs kMtcnnBlock each of bias, slope, and per kernel_height x runs x run input.
  const float* weights;
  int blocks;
  int width;   // px of output
  float* out;  // width x blocks x kMtcnnBlock
};
void convolve_row(const ConvolutionRow& row);

// Row of a max pool: of `row_count` rows of input, `input_width` px of `channels` (whole blocks).
// Window x begins at x * stride and is clipped at the right edge.
void max_pool_row(const float* const* rows, int row_count, int input_width, int kernel_width,
                  int stride, int channels, int width, float* out);

}  // namespace auriga
