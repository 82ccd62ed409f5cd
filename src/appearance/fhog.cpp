#include "appearance/fhog.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/simd.hpp"

// Every pixel votes with its gradient magnitude for one of 18 orientations in the four nearest
// cells. The 8 x 8 pixels between four cell centres vote for the same four cells with the same
// weights, so the crop is worked through in rows of such blocks: block (J, K) covers pixels
// 8J-4..8J+3, 8K-4..8K+3 and the cells J-1, J times K-1, K, some of which lie outside.

namespace auriga {
namespace {

using f32x4 = float __attribute__((vector_size(16)));
using u8x16 = std::uint8_t __attribute__((vector_size(16)));
using u16x8 = std::uint16_t __attribute__((vector_size(16)));
using u16x16 = std::uint16_t __attribute__((vector_size(32)));
using i32x8 = std::int32_t __attribute__((vector_size(32)));
using i32x16 = std::int32_t __attribute__((vector_size(64)));

constexpr int kCells = kFhogCrop / 8;  // 14 per side
constexpr int kBlocks = kCells + 1;    // per side
constexpr int kRow = 8 * kBlocks;      // pixels of a row of blocks, 4 beyond the crop at either end
constexpr int kOrientations = 18;      // signed
constexpr int kColumns = 16;  // of cells: column c + 1 is cell c; first and last are outside
constexpr int kTables = 4;    // of votes

// Votes of a row of blocks: [table][orientation + 1][cell column][upper cell, lower cell]; pixels
// without gradient vote for slot 0. Neighbouring pixels vote in different tables: mostly they have
// the same orientation, and would wait for each other's sum.
constexpr int kSlot = 2 * kColumns;  // floats
constexpr int kTable = (kOrientations + 1) * kSlot;
struct Votes {
  alignas(64) float table[kTables][kTable];
};

// Added to the squared gradient of the channel that a tie would turn down.
constexpr std::array<float, kFhogCrop> kTie = [] {
  std::array<float, kFhogCrop> tie{};
  for (int x = 105; x < kFhogCrop; ++x) tie[x] = 0.5F;
  return tie;
}();

struct alignas(16) PixelWeights {
  // Pixel row and column in the block; upper left, lower left, upper right, lower right cell.
  float w[8][8][4];
};

constexpr PixelWeights pixel_weights() {
  PixelWeights weights{};
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      const float fx = static_cast<float>(2 * x + 1) / 16, fy = static_cast<float>(2 * y + 1) / 16;
      float* w = weights.w[y][x];
      w[0] = (1 - fy) * (1 - fx);
      w[1] = fy * (1 - fx);
      w[2] = (1 - fy) * fx;
      w[3] = fy * fx;
    }
  }
  return weights;
}
constexpr PixelWeights kWeights = pixel_weights();

// GCC vectorises conversions between integers of single or double width only, hence the detour.
AURIGA_INLINE f32x16 to_float(u8x16 v) {
  const auto wide = __builtin_convertvector(__builtin_convertvector(v, u16x16), i32x16);
  return __builtin_convertvector(wide, f32x16);
}

// On bits, which is cheaper than a blend on most processors. `condition` lanes are 0 or -1.
AURIGA_INLINE f32x8 select(i32x8 condition, f32x8 a, f32x8 b) {
  return (f32x8)(((i32x8)a & condition) | ((i32x8)b & ~condition));
}
AURIGA_INLINE f32x8 absolute(f32x8 v) { return (f32x8)((i32x8)v & 0x7FFFFFFF); }
AURIGA_INLINE f32x8 maximum(f32x8 a, f32x8 b) { return a > b ? a : b; }
AURIGA_INLINE f32x8 minimum(f32x8 a, f32x8 b) { return a < b ? a : b; }

// A row of the crop as one float plane per channel. One pixel beyond either end is readable.
struct PlanarRow {
  alignas(64) float plane[3][16 + kFhogCrop + 16];
  float* channel(int c) { return plane[c] + 16; }
  const float* channel(int c) const { return plane[c] + 16; }
};

template <int kChannels>
AURIGA_INLINE void split_channels(const std::uint8_t* pixels, PlanarRow& row) {
  for (int x = 0; x < kFhogCrop; x += 16) {
    if constexpr (kChannels == 1) {
      store(row.channel(0) + x, to_float(load<u8x16>(pixels + x)));
    } else {
      const auto v0 = load<u8x16>(pixels + 3 * x), v1 = load<u8x16>(pixels + 3 * x + 16),
                 v2 = load<u8x16>(pixels + 3 * x + 32);
      const u8x16 b =
          __builtin_shufflevector(v0, v1, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
      const u8x16 g =
          __builtin_shufflevector(v0, v1, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
      const u8x16 r =
          __builtin_shufflevector(v0, v1, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
      store(row.channel(0) + x, to_float(__builtin_shufflevector(b, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                                                                 9, 10, 17, 20, 23, 26, 29)));
      store(row.channel(1) + x, to_float(__builtin_shufflevector(g, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                                                                 9, 10, 18, 21, 24, 27, 30)));
      store(row.channel(2) + x, to_float(__builtin_shufflevector(r, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                                                                 9, 16, 19, 22, 25, 28, 31)));
    }
  }
}

// Orientation 0..17 (times 20 degrees) of gradients, integers of at most 255: the direction, of
// dlib's unit vectors rounded to four decimals, with the largest dot product. Folded into the first
// quadrant that is one of five directions, and comparing neighbouring ones leads to the slopes
// below. No gradient comes near enough to a boundary for rounding to matter (the test tries all).
AURIGA_INLINE i32x8 orientation(f32x8 gx, f32x8 gy) {
  const f32x8 ax = absolute(gx), ay = absolute(gy);
  // Comparisons give -1 where true.
  const i32x8 folded = -((ay > ax * (0.0603F / 0.3420F)) + (ay > ax * (0.1737F / 0.3008F)) +
                         (ay > ax * (0.2660F / 0.2232F)) + (ay > ax * (0.3264F / 0.1188F)));
  const i32x8 mirrored = gx * gy < 0;        // second or fourth quadrant
  const i32x8 lower = gy + gx * 0.001F < 0;  // the opposite direction is one of the nine upper ones
  const i32x8 upper_half =
      ((folded ^ mirrored) - mirrored) + (mirrored & 9);  // 9 - folded if mirrored
  const i32x8 all = upper_half + (lower & 9);
  return all & (all != 18);
}

// Gradient of the strongest channel for 8 pixels from x.
struct Gradient {
  f32x8 x, y, square;
};

template <int kChannels>
AURIGA_INLINE Gradient gradient(const PlanarRow& above, const PlanarRow& here,
                                const PlanarRow& below, int x) {
  Gradient best;
  Gradient g[kChannels];
  for (int c = 0; c < kChannels; ++c) {
    g[c].x = load<f32x8>(here.channel(c) + x + 1) - load<f32x8>(here.channel(c) + x - 1);
    g[c].y = load<f32x8>(below.channel(c) + x) - load<f32x8>(above.channel(c) + x);
    g[c].square = g[c].x * g[c].x + g[c].y * g[c].y;
  }
  best = g[0];
  if constexpr (kChannels == 3) {
    // Of equal channels dlib's vector code, which handles eight pixels at a time from x = 1, takes
    // blue before green before red; its scalar code for the rest, x >= 105, the other way round.
    // The squares are integers, so half a unit breaks a tie and nothing else.
    const auto tie = load<f32x8>(kTie.data() + x);
    const i32x8 red = g[2].square + tie > g[1].square;
    const f32x8 green_or_red = maximum(g[1].square, g[2].square);
    const i32x8 blue = green_or_red + tie <= g[0].square;
    best.x = select(blue, g[0].x, select(red, g[2].x, g[1].x));
    best.y = select(blue, g[0].y, select(red, g[2].y, g[1].y));
    best.square = maximum(green_or_red, g[0].square);
  }
  return best;
}

struct Workspace {
  PlanarRow rows[3];  // pixel row y in rows[y % 3]
  // The gradients of a row of blocks: magnitude and offset of the orientation's slot in a vote
  // table. Pixel x is at x + 4.
  alignas(64) float magnitude[8][kRow];
  alignas(64) std::uint16_t slot[8][kRow];
  Votes votes;
  alignas(64) float lower[kOrientations][kColumns];  // votes for the next row of cells so far
  alignas(64) float cells[kCells][kOrientations][kColumns];
  alignas(64) float energy[kCells][kColumns + 8];  // padded for reading from the third column on
};

// Magnitudes and slots of pixel row y, 1..110, whose neighbours are in w.rows.
template <int kChannels>
AURIGA_INLINE void gradient_row(int y, Workspace& w) {
  const PlanarRow& above = w.rows[(y - 1) % 3];
  const PlanarRow& here = w.rows[y % 3];
  const PlanarRow& below = w.rows[(y + 1) % 3];
  float* magnitude = w.magnitude[(y + 4) % 8];
  std::uint16_t* slot = w.slot[(y + 4) % 8];
  for (int x = 0; x < kFhogCrop; x += 8) {
    const Gradient g = gradient<kChannels>(above, here, below, x);
    const i32x8 code = (orientation(g.x, g.y) + 1) & (g.square > 0);
    store(magnitude + 4 + x, g.square);
    store(slot + 4 + x, __builtin_convertvector(code * kSlot, u16x8));
  }
  slot[4] = slot[4 + kFhogCrop - 1] = 0;  // the outermost pixels have no gradient
  for (int x = 0; x < kRow; ++x) magnitude[x] = std::sqrt(magnitude[x]);
}

AURIGA_INLINE void vote(Workspace& w) {
  std::memset(&w.votes, 0, sizeof w.votes);
  for (int block = 0; block < kBlocks; ++block) {
    for (int y = 0; y < 8; ++y) {
      const std::uint16_t* slot = w.slot[y] + 8 * block;
      std::uint64_t any[2];
      std::memcpy(any, slot, sizeof any);
      if ((any[0] | any[1]) == 0) continue;
      const float* magnitude = w.magnitude[y] + 8 * block;
      for (int x = 0; x < 8; ++x) {
        float* cells = w.votes.table[x % kTables] + slot[x] + 2 * block;
        store(cells, load<f32x4>(cells) + magnitude[x] * load<f32x4>(kWeights.w[y][x]));
      }
    }
  }
}

// Adds the votes of a row of blocks: its upper cells are complete then.
AURIGA_INLINE void finish_cells(int block_row, Workspace& w) {
  for (int column = 0; column < kColumns; column += 8) {
    f32x8 energy{};
    f32x8 opposite[9];
    for (int o = 0; o < kOrientations; ++o) {
      f32x8 pairs[2];
      for (int i = 0; i < 2; ++i) {
        const int at = (o + 1) * kSlot + 2 * column + 8 * i;
        pairs[i] = (load<f32x8>(w.votes.table[0] + at) + load<f32x8>(w.votes.table[1] + at)) +
                   (load<f32x8>(w.votes.table[2] + at) + load<f32x8>(w.votes.table[3] + at));
      }
      float* lower = w.lower[o] + column;
      const f32x8 upper = load<f32x8>(lower) +
                          __builtin_shufflevector(pairs[0], pairs[1], 0, 2, 4, 6, 8, 10, 12, 14);
      store(lower, __builtin_shufflevector(pairs[0], pairs[1], 1, 3, 5, 7, 9, 11, 13, 15));
      if (block_row == 0) continue;
      store(w.cells[block_row - 1][o] + column, upper);
      if (o < 9) {
        opposite[o] = upper;
      } else {
        const f32x8 sum = opposite[o - 9] + upper;
        energy += sum * sum;
      }
    }
    if (block_row > 0) store(w.energy[block_row - 1] + column, energy);
  }
}

// Eight cells of output row y from output column x on.
AURIGA_INLINE void normalise_cells(const Workspace& w, int y, int x,
                                   float (&features)[kFhogChannels][kColumns]) {
  const int column = x + 2;
  // Energies of the blocks of four cells with the row below or above and the column right or left.
  alignas(32) float roots[4][8];
  for (int k = 0; k < 4; ++k) {
    const float* here = w.energy[y + 1] + column;
    const float* there = w.energy[k % 2 == 0 ? y + 2 : y] + column;
    const int side = k < 2 ? 1 : -1;
    store(roots[k], load<f32x8>(here) + load<f32x8>(there) + load<f32x8>(here + side) +
                        load<f32x8>(there + side) + 0.0001F);
  }
  for (auto& block : roots)
    for (float& root : block) root = std::sqrt(root);

  f32x8 limit[4], weight[4], energy[4];
  for (int k = 0; k < 4; ++k) {
    limit[k] = 0.2F * load<f32x8>(roots[k]);
    weight[k] = 0.1F / limit[k];
    energy[k] = f32x8{};
  }
  f32x8 opposite[9];
  for (int o = 0; o < kOrientations; ++o) {
    const auto h = load<f32x8>(w.cells[y + 1][o] + column);
    f32x8 sum{};
    for (int k = 0; k < 4; ++k) {
      const f32x8 part = minimum(h, limit[k]) * weight[k];
      energy[k] += part;
      sum += part;
    }
    store(features[o] + x, sum);
    if (o < 9) {
      opposite[o] = h;
      continue;
    }
    const f32x8 both = opposite[o - 9] + h;
    f32x8 unsigned_sum{};
    for (int k = 0; k < 4; ++k) unsigned_sum += minimum(both, limit[k]) * weight[k];
    store(features[9 + o] + x, unsigned_sum);
  }
  for (int k = 0; k < 4; ++k) store(features[27 + k] + x, 2 * 0.2357F * energy[k]);
}

AURIGA_INLINE void write_features(const Workspace& w, float* out) {
  for (int y = 0; y < kFhogCells; ++y) {
    alignas(32) float features[kFhogChannels][kColumns];
    for (int x = 0; x < kFhogCells; x += 8) normalise_cells(w, y, x, features);
    for (int x = 0; x < kFhogCells; ++x)
      for (int c = 0; c < kFhogChannels; ++c) *out++ = features[c][x];
  }
}

template <int kChannels>
AURIGA_INLINE void fhog(const ImageView& crop, float* out) {
  Workspace w;
  std::memset(&w, 0, sizeof w);
  for (int y = 0; y < kFhogCrop; ++y) {
    split_channels<kChannels>(crop.row(y), w.rows[y % 3]);
    const int middle = y - 1;  // the row whose neighbours are known now
    if (middle < 1) continue;
    gradient_row<kChannels>(middle, w);
    if (middle % 8 == 3 || y == kFhogCrop - 1) {
      vote(w);
      finish_cells((middle + 4) / 8, w);
      std::memset(w.slot, 0, sizeof w.slot);
    }
  }
  write_features(w, out);
}

void fhog_bgr(const ImageView& crop, float* out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { fhog<3>(crop, out); });
}
void fhog_grey(const ImageView& crop, float* out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { fhog<1>(crop, out); });
}

}  // namespace

void compute_fhog(const ImageView& crop, std::span<float, kFhogSize> out) {
  assert(crop.width == kFhogCrop && crop.height == kFhogCrop &&
         (crop.channels == 1 || crop.channels == 3));
  if (crop.channels == 1)
    fhog_grey(crop, out.data());
  else
    fhog_bgr(crop, out.data());
}

}  // namespace auriga
