// Compiled with the contraction of a * b + c (CMakeLists.txt). No expression here has two products
// to choose from, so that all processors with fused multiply-adds give the same bits.
#include "nn/conv_kernels.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/simd.hpp"

namespace auriga {
namespace {

template <int n>
using Count = std::integral_constant<int, n>;

// Whether a * b + c is one instruction, rounded once.
#if defined(__aarch64__)
template <typename W>
constexpr bool kFused = true;
#elif defined(AURIGA_SANITIZED)
template <typename W>
constexpr bool kFused = false;
#else
template <typename W>
constexpr bool kFused = W::kLanes >= 8;  // AVX2 and AVX-512
#endif

template <typename V>
using Doubles = typename Wide<2 * sizeof(V)>::f64;
template <int kBytes>
struct WideBits {
  using i64 __attribute__((vector_size(kBytes))) = std::int64_t;
};

// product + addend, rounded once to float, of products of two floats, which are exact as doubles. A
// sum of doubles that is rounded to odd (that of the two doubles around it whose last bit is 1) can
// be rounded once more without harm (Boldo and Melquiond, "Emulation of FMA and correctly rounded
// sums", 2008).
template <typename V>
[[gnu::noinline, gnu::cold]] void add_exactly(const Doubles<V>& product, const Doubles<V>& addend,
                                              V& result) {
  using Bits = typename WideBits<2 * sizeof(V)>::i64;
  const Doubles<V> sum = product + addend;
  const Doubles<V> of_sum = sum - product;
  const Doubles<V> error = (product - (sum - of_sum)) + (addend - of_sum);
  const Bits inexact = (error != 0) & (error == error);
  const Bits bits = __builtin_bit_cast(Bits, sum);
  const Bits away = ((error > 0) == (sum > 0));  // -1 where the exact sum is further from 0
  const Bits even = (bits & 1) - 1;              // -1 where the last bit is 0
  const Bits odd = bits + (inexact & even & (-2 * away - 1));
  result = __builtin_convertvector(__builtin_bit_cast(Doubles<V>, odd), V);
}

// Whether a sum lies in the middle between two floats, as far as a double can tell. Only there it
// matters that it was rounded to a double first.
template <typename V>
AURIGA_INLINE bool any_in_the_middle(Doubles<V> sum) {
  constexpr int kLostBits = 29;  // of a double that becomes a float
  using Words = typename Wide<2 * sizeof(V)>::i32;
  const Words words = __builtin_bit_cast(Words, sum);
  const Words middle = (words & ((1 << kLostBits) - 1)) == 1 << (kLostBits - 1);
  std::int32_t any = 0;  // of the lower halves
#if defined(__SSE2__)
  if constexpr (sizeof(V) == 16) {
    using Half __attribute__((vector_size(16))) = char;
    struct Halves {
      Half low, high;
    };
    const Halves halves = __builtin_bit_cast(Halves, middle);
    constexpr int kLowerWords = 0x0f0f;
    return (__builtin_ia32_pmovmskb128(halves.low | halves.high) & kLowerWords) != 0;
  }
#endif
  for (std::size_t i = 0; i < 2 * sizeof(V) / sizeof(std::int32_t); i += 2) any |= middle[i];
  return any != 0;
}

// a * b + c, rounded once. Some five times slower where there is no instruction for it.
template <typename W>
AURIGA_INLINE typename W::f32 multiply_add(typename W::f32 a, typename W::f32 b,
                                           typename W::f32 c) {
  if constexpr (kFused<W>) {
    return a * b + c;
  } else {
    using V = typename W::f32;
    using D = Doubles<V>;
    const D product = __builtin_convertvector(a, D) * __builtin_convertvector(b, D);
    const D addend = __builtin_convertvector(c, D);
    const D sum = product + addend;
    V result = __builtin_convertvector(sum, V);
    if (any_in_the_middle<V>(sum)) [[unlikely]]
      add_exactly<V>(product, addend, result);
    return result;
  }
}

// As run_wide(), but with AVX2 where a lower level is asked for and the processor has it: the bits
// are the same, and without fused multiply-adds it takes ten times as long.
template <typename Kernel>
AURIGA_INLINE void run_fused(const Kernel& kernel) {
#if AURIGA_ISA_LEVEL >= 3
  static const bool has_fused = [] {
    const std::vector<Isa> isas = runnable_isas();
    return std::find(isas.begin(), isas.end(), Isa::v3) != isas.end();
  }();
  const Isa isa = internal::kernel_isa();
  if (isa != Isa::v4 && isa != Isa::v3 && has_fused &&
      internal::fused_sums.load(std::memory_order_relaxed))
    return run_on_v3(kernel);
#endif
  run_wide(kernel);
}

// kPixels pixels from `pixel` on, kBlocks blocks from `block` on. kStride: pixel_stride, if not 0:
// as a constant it needs no registers.
template <typename W, int kStride, int kPixels, int kBlocks>
AURIGA_INLINE void add_dense_tile(const DenseSums& s, int pixel, int block) {
  using V = typename W::f32;
  constexpr int kParts = kChannelBlock / W::kLanes, kVectors = kBlocks * kParts;
  V sums[kPixels][kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const V bias = load<V>(s.bias + block * kChannelBlock + v * W::kLanes);
#pragma GCC unroll 16
    for (int p = 0; p < kPixels; ++p) sums[p][v] = bias;
  }
  const float* weights = s.weights + block * s.weights_stride;
  const std::ptrdiff_t stride = kStride > 0 ? kStride : s.pixel_stride;
  const float* const first = s.in + pixel * stride;
  const auto add_input = [&](const float* in) AURIGA_ALWAYS_INLINE {
    V weight[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v)
      weight[v] = load<V>(weights + v / kParts * s.weights_stride + v % kParts * W::kLanes);
#pragma GCC unroll 16
    for (int p = 0; p < kPixels; ++p) {
      const V value = in[p * stride] - V{};
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[p][v] = multiply_add<W>(weight[v], value, sums[p][v]);
    }
    weights += kChannelBlock;
  };
  if (s.depths == nullptr)
    for (int t = 0; t < s.tap_count; ++t) add_input(first + s.taps[t]);
  else
    for (int t = 0; t < s.tap_count; ++t) {
      const float* in = first + s.taps[t];
      for (const float* const end = in + s.depths[t]; in != end; ++in) add_input(in);
    }

  const std::ptrdiff_t* const out_at = s.out_at + pixel;
  const std::ptrdiff_t* const addend_at = s.addend_blocks == 0 ? nullptr : s.addend_at + pixel;
  // As most lie: places that need no look-up.
  constexpr std::ptrdiff_t kRow = (kPixels - 1) * kChannelBlock;
  const bool in_a_row = out_at[kPixels - 1] - out_at[0] == kRow &&
                        (s.addend_blocks == 0 || addend_at[kPixels - 1] - addend_at[0] == kRow);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const int b = block + v / kParts, lane = v % kParts * W::kLanes;
    const std::ptrdiff_t channel = static_cast<std::ptrdiff_t>(b) * kChannelBlock + lane;
    float* const out = s.out + b * s.out_stride + lane;
    const float* const addend =
        b < s.addend_blocks ? s.addend + b * s.addend_stride + lane : nullptr;
    if (addend != nullptr) {
      if (in_a_row)
#pragma GCC unroll 16
        for (int p = 0; p < kPixels; ++p)
          sums[p][v] += load<V>(addend + addend_at[0] + p * kChannelBlock);
      else
#pragma GCC unroll 16
        for (int p = 0; p < kPixels; ++p) sums[p][v] += load<V>(addend + addend_at[p]);
    }
    if (s.slopes.above_zero != nullptr) {
      const V above = load<V>(s.slopes.above_zero + channel),
              below = load<V>(s.slopes.below_zero + channel);
#pragma GCC unroll 16
      for (int p = 0; p < kPixels; ++p) sums[p][v] *= sums[p][v] > 0 ? above : below;
    }
    if (in_a_row)
#pragma GCC unroll 16
      for (int p = 0; p < kPixels; ++p) store(out + out_at[0] + p * kChannelBlock, sums[p][v]);
    else
#pragma GCC unroll 16
      for (int p = 0; p < kPixels; ++p) store(out + out_at[p], sums[p][v]);
  }
}

// Calls action(Count<n>) for the n of 1 to kMost.
template <int kMost, typename Action>
AURIGA_INLINE void with_count(int n, const Action& action) {
  if constexpr (kMost > 1) {
    if (n < kMost) return with_count<kMost - 1>(n, action);
  }
  action(Count<kMost>{});
}

// All pixels of kBlocks blocks, in tiles of about the same size.
template <typename W, int kStride, int kMost, int kBlocks>
AURIGA_INLINE void add_dense_blocks(const DenseSums& s, int block) {
  const int tiles = (s.pixels + kMost - 1) / kMost;
  for (int t = 0, from = 0; t < tiles; ++t) {
    const int here = (s.pixels - from + tiles - t - 1) / (tiles - t);
    with_count<kMost>(here, [&](auto count) AURIGA_ALWAYS_INLINE {
      add_dense_tile<W, kStride, decltype(count)::value, kBlocks>(s, from, block);
    });
    from += here;
  }
}

// As many sums as the registers hold (32 of 64 bytes, otherwise 16) beside the weights and, without
// fused multiply-adds, a product. Sanitizers compile for minutes what is unrolled that far.
#ifdef AURIGA_SANITIZED
constexpr bool kUnrolled = false;
#else
constexpr bool kUnrolled = true;
#endif
template <typename W>
constexpr int kMostPixels = !kUnrolled        ? 2
                            : W::kLanes == 16 ? 14
                            : W::kLanes == 8  ? 6
                                              : 2;
template <typename W>
constexpr int kMostChannelPixels = !kUnrolled        ? 2
                                   : W::kLanes == 16 ? 12
                                                     : 8;

template <typename W, int kStride>
AURIGA_INLINE void add_dense_body(const DenseSums& s) {
  int block = 0;
  if (s.pixels == 1)
    for (constexpr int kBlocks = W::kLanes >= 8 ? 4 : 1; block + kBlocks <= s.blocks;
         block += kBlocks)
      add_dense_blocks<W, kStride, 1, kBlocks>(s, block);
  if constexpr (W::kLanes == kChannelBlock)
    for (; block + 2 <= s.blocks; block += 2)
      add_dense_blocks<W, kStride, kMostPixels<W>, 2>(s, block);
  for (; block < s.blocks; ++block) add_dense_blocks<W, kStride, kMostPixels<W>, 1>(s, block);
}

template <typename W, int kSide, int kPixels>
AURIGA_INLINE void add_channels_tile(const ChannelSums& s, const float* in, const float* weights,
                                     const float* bias, const Slopes& slopes, float* out) {
  using V = typename W::f32;
  const int side = kSide > 0 ? kSide : s.side;
  const V first = load<V>(bias);
  V sums[kPixels];
#pragma GCC unroll 16
  for (int p = 0; p < kPixels; ++p) sums[p] = first;
#pragma GCC unroll 3
  for (int y = 0; y < side; ++y, in += s.row_stride)
#pragma GCC unroll 3
    for (int x = 0; x < side; ++x, weights += kChannelBlock) {
      const V weight = load<V>(weights);
      const float* tap = in + x * kChannelBlock;
#pragma GCC unroll 16
      for (int p = 0; p < kPixels; ++p)
        sums[p] = multiply_add<W>(weight, load<V>(tap + p * s.stride * kChannelBlock), sums[p]);
    }
  if (slopes.above_zero != nullptr) {
    const V above = load<V>(slopes.above_zero), below = load<V>(slopes.below_zero);
#pragma GCC unroll 16
    for (int p = 0; p < kPixels; ++p) sums[p] *= sums[p] > 0 ? above : below;
  }
#pragma GCC unroll 16
  for (int p = 0; p < kPixels; ++p) store(out + p * kChannelBlock, sums[p]);
}

template <typename W, int kSide>
AURIGA_INLINE void add_channels_side(const ChannelSums& s) {
  constexpr int kMost = kMostChannelPixels<W>;
  const int tiles = (s.pixels + kMost - 1) / kMost, taps = s.side * s.side;
  for (int b = 0; b < s.blocks; ++b)
    for (int lane = 0; lane < kChannelBlock; lane += W::kLanes) {
      const std::ptrdiff_t channel = static_cast<std::ptrdiff_t>(b) * kChannelBlock + lane;
      const Slopes slopes{s.slopes.above_zero == nullptr ? nullptr : s.slopes.above_zero + channel,
                          s.slopes.above_zero == nullptr ? nullptr : s.slopes.below_zero + channel};
      for (int t = 0, from = 0; t < tiles; ++t) {
        const int here = (s.pixels - from + tiles - t - 1) / (tiles - t);
        with_count<kMost>(here, [&](auto count) AURIGA_ALWAYS_INLINE {
          add_channels_tile<W, kSide, decltype(count)::value>(
              s, s.in + b * s.in_stride + from * s.stride * kChannelBlock + lane,
              s.weights + static_cast<std::ptrdiff_t>(b) * taps * kChannelBlock + lane,
              s.bias + channel, slopes, s.out + b * s.out_stride + from * kChannelBlock + lane);
        });
        from += here;
      }
    }
}

template <typename W>
AURIGA_INLINE void take_largest_body(const LargestOfFour& s) {
  using V = typename W::f32;
  const auto larger = [](V a, V b) AURIGA_ALWAYS_INLINE { return a > b ? a : b; };
  const float* in = s.in;
  float* out = s.out;
  for (int p = 0; p < s.pixels; ++p, in += 2 * kChannelBlock, out += kChannelBlock)
#pragma GCC unroll 4
    for (int lane = 0; lane < kChannelBlock; lane += W::kLanes) {
      const float* const upper = in + lane;
      const float* const lower = upper + s.row_stride;
      store(out + lane, larger(larger(load<V>(upper), load<V>(upper + kChannelBlock)),
                               larger(load<V>(lower), load<V>(lower + kChannelBlock))));
    }
}

}  // namespace

namespace internal {
std::atomic<bool> fused_sums{true};
}

void add_dense(const DenseSums& sums) {
  // Of a map, and of a planar one that is halved.
  constexpr int kBeside = kChannelBlock, kHalved = 2;
  run_fused([&](auto wide) AURIGA_ALWAYS_INLINE {
    using W = decltype(wide);
    if (sums.pixel_stride == kBeside)
      add_dense_body<W, kBeside>(sums);
    else if (sums.pixel_stride == kHalved)
      add_dense_body<W, kHalved>(sums);
    else
      add_dense_body<W, 0>(sums);
  });
}

void add_channels(const ChannelSums& sums) {
  run_fused([&](auto wide) AURIGA_ALWAYS_INLINE {
    if (sums.side == 3)
      add_channels_side<decltype(wide), 3>(sums);
    else
      add_channels_side<decltype(wide), 0>(sums);
  });
}

void take_largest(const LargestOfFour& rows) {
  run_fused([&](auto wide) AURIGA_ALWAYS_INLINE { take_largest_body<decltype(wide)>(rows); });
}

}  // namespace auriga
