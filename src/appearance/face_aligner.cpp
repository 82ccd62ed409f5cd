#include "appearance/face_aligner.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

// Landmarks that move little with expression: upper jaw sides, nose, eye corners and lower lids.
constexpr std::array<int, 24> kRigid = {1,  2,  3,  4,  12, 13, 14, 15, 27, 28, 29, 31,
                                        32, 33, 34, 35, 36, 39, 40, 41, 42, 45, 46, 47};
constexpr int kRigidCount = static_cast<int>(kRigid.size());
using RigidPoints = std::array<float, 2 * kRigidCount>;  // all x, then all y

// Source positions beyond this are given up, which keeps the fixed-point arithmetic within 32 bits.
constexpr double kFarthestSource = 1 << 19;  // px
constexpr int kLanes = 8;

using i32x8 = std::int32_t __attribute__((vector_size(32)));
using u32x8 = std::uint32_t __attribute__((vector_size(32)));
using u16x16 = std::uint16_t __attribute__((vector_size(32)));
using i16x8 = std::int16_t __attribute__((vector_size(16)));
using i8x8 = std::int8_t __attribute__((vector_size(8)));

// Moves the points to mean 0 and divides by their RMS size, which is returned.
float normalise(RigidPoints& points) {
  double squares = 0;
  for (int axis = 0; axis < 2; ++axis) {
    float* p = points.data() + axis * kRigidCount;
    double sum = 0;
    for (int i = 0; i < kRigidCount; ++i) sum += p[i];
    const auto mean = static_cast<float>(sum / kRigidCount);
    for (int i = 0; i < kRigidCount; ++i) {
      p[i] -= mean;
      squares += static_cast<double>(p[i] * p[i]);
    }
  }
  const auto size = static_cast<float>(std::sqrt(squares / kRigidCount));
  for (float& v : points) v /= size;
  return size;
}

bool all_finite(const Landmarks& landmarks) {
  // v * 0 is 0, or NaN when v is not finite.
  float zero = 0;
  for (int i = 0; i < kLandmarks; ++i) zero += landmarks.x[i] * 0.0F + landmarks.y[i] * 0.0F;
  return zero == 0;
}

// Crop to frame: x = xx x' + xy y' + x0 and likewise y; x', y' are pixels of the crop.
struct InverseTransform {
  double xx, xy, x0, yx, yy, y0;

  explicit InverseTransform(const SimilarityTransform& t) {
    // The order of operations decides the last bit, which decides between neighbouring 1/32-px
    // positions.
    const double a = t.a, b = t.b;
    const double inverse_det = 1.0 / (a * a + b * b);
    xx = a * inverse_det;
    xy = b * inverse_det;
    yx = -(b * inverse_det);
    yy = a * inverse_det;
    x0 = -xx * t.tx - xy * t.ty;
    y0 = -yx * t.tx - yy * t.ty;
  }

  // What the pixels of a usable crop of this size come from.
  Region reach(int size, const Picture& frame) const {
    const auto of = [last = size - 1](double to_x, double to_y, double from) {
      return std::pair(from + std::min(to_x * last, 0.0) + std::min(to_y * last, 0.0),
                       from + std::max(to_x * last, 0.0) + std::max(to_y * last, 0.0));
    };
    const auto [left, right] = of(xx, xy, x0);
    const auto [top, bottom] = of(yx, yy, y0);
    const auto px = [](double value) { return static_cast<float>(value); };
    return region_around(px(left), px(top), px(right), px(bottom), 2, frame.width(),
                         frame.height());
  }

  // Whether every pixel of a crop of this size comes from a finite, not absurdly far position.
  bool usable(int size) const {
    for (const int y : {0, size - 1}) {
      for (const int x : {0, size - 1}) {
        if (!(std::abs(xx * x + xy * y + x0) < kFarthestSource) ||
            !(std::abs(yx * x + yy * y + y0) < kFarthestSource))
          return false;
      }
    }
    return true;
  }
};

// Position in 1/1024 px, rounded half to even: so large a number has no bits left for a fraction.
int fixed_point(double px) {
  constexpr double kNoFraction = 0x1.8p52;
  return static_cast<int>((px * 1024 + kNoFraction) - kNoFraction);
}

struct Edge {
  float x, y, dx, dy;  // start and direction
  float side;          // cross product of the opposite vertex

  Edge(float x1, float y1, float x2, float y2, float opposite_x, float opposite_y)
      : x(x1),
        y(y1),
        dx(x2 - x1),
        dy(y2 - y1),
        side(dx * (opposite_y - y1) - dy * (opposite_x - x1)) {}
};

// Sets the bytes of the pixels inside the triangle or on its edge: within the bounding box and, for
// each edge, on the side of the opposite vertex (product of the two cross products >= 0). Rows are
// padded by at least 7 bytes.
AURIGA_INLINE void add_triangle(const float* px, const float* py, int size, int stride,
                                std::uint8_t* mask) {
  const float left = std::min({px[0], px[1], px[2]}), right = std::max({px[0], px[1], px[2]});
  const float top = std::min({py[0], py[1], py[2]}), bottom = std::max({py[0], py[1], py[2]});
  const auto last = static_cast<float>(size - 1);
  if (!(left <= last && right >= 0 && top <= last && bottom >= 0)) return;
  const int x0 = static_cast<int>(std::ceil(std::max(left, 0.0F)));
  const int x1 = static_cast<int>(std::min(right, last));
  const int y0 = static_cast<int>(std::ceil(std::max(top, 0.0F)));
  const int y1 = static_cast<int>(std::min(bottom, last));

  const Edge edges[3] = {{px[1], py[1], px[2], py[2], px[0], py[0]},
                         {px[0], py[0], px[2], py[2], px[1], py[1]},
                         {px[0], py[0], px[1], py[1], px[2], py[2]}};
  for (int y = y0; y <= y1; ++y) {
    std::uint8_t* row = mask + static_cast<std::ptrdiff_t>(y) * stride;
    const auto fy = static_cast<float>(y);
    const float c0 = edges[0].dx * (fy - edges[0].y);
    const float c1 = edges[1].dx * (fy - edges[1].y);
    const float c2 = edges[2].dx * (fy - edges[2].y);
    for (int x = x0; x <= x1; x += kLanes) {
      const f32x8 fx = static_cast<float>(x) + f32x8{0, 1, 2, 3, 4, 5, 6, 7};
      i32x8 inside = fx <= right;
      inside &= (c0 - edges[0].dy * (fx - edges[0].x)) * edges[0].side >= 0;
      inside &= (c1 - edges[1].dy * (fx - edges[1].x)) * edges[1].side >= 0;
      inside &= (c2 - edges[2].dy * (fx - edges[2].x)) * edges[2].side >= 0;
      // In two steps: GCC vectorises only conversions that halve the width.
      const i8x8 bytes = __builtin_convertvector(__builtin_convertvector(inside, i16x8), i8x8);
      store(row + x, load<i8x8>(row + x) | bytes);
    }
  }
}

AURIGA_INLINE void add_triangles_body(const Triangle* triangles, std::size_t count, const float* x,
                                      const float* y, int size, int stride, std::uint8_t* mask) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto [a, b, c] = triangles[i];
    const float px[3] = {x[a], x[b], x[c]}, py[3] = {y[a], y[b], y[c]};
    add_triangle(px, py, size, stride, mask);
  }
}

void add_triangles(const Triangle* triangles, std::size_t count, const float* x, const float* y,
                   int size, int stride, std::uint8_t* mask) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    add_triangles_body(triangles, count, x, y, size, stride, mask);
  });
}

// One pixel whose taps may lie outside the frame; those count as 0.
template <int kChannels>
void sample_at_border(const ImageView& frame, int ix, int iy, int fx, int fy, std::uint8_t* out) {
  for (int c = 0; c < kChannels; ++c) {
    const auto tap = [&](int x, int y) {
      const bool in = x >= 0 && y >= 0 && x < frame.width && y < frame.height;
      return in ? static_cast<int>(frame.row(y)[x * kChannels + c]) : 0;
    };
    const int sum = tap(ix, iy) * (32 - fx) * (32 - fy) + tap(ix + 1, iy) * fx * (32 - fy) +
                    tap(ix, iy + 1) * (32 - fx) * fy + tap(ix + 1, iy + 1) * fx * fy;
    out[c] = static_cast<std::uint8_t>((sum + 512) >> 10);
  }
}

// The source positions of the pixels of one crop row: pixel x comes from (row_x + column_x[x]) /
// 1024 px.
struct RowPositions {
  const int* column_x;
  const int* column_y;
  int row_x, row_y;

  int x(int column) const { return (row_x + column_x[column]) >> 5; }  // 1/32 px
  int y(int column) const { return (row_y + column_y[column]) >> 5; }
};

// Blends every other byte of eight four-byte pixels; the weights are near = 32 - far and far,
// of the left and the right tap (x), of the upper and the lower one (y).
AURIGA_INLINE u16x16 blend(u16x16 upper_left, u16x16 upper_right, u16x16 lower_left,
                           u16x16 lower_right, u16x16 far_x, u16x16 far_y) {
  const u16x16 near_x = 32 - far_x, near_y = 32 - far_y;
  const u16x16 left = upper_left * near_y + lower_left * far_y;  // <= 255 * 32
  const u16x16 right = upper_right * near_y + lower_right * far_y;
  // (left * near_x + right * far_x + 512) >> 10 needs 18 bits, so the upper bits and the lower five
  // go separately.
  const u16x16 high = (left >> 5) * near_x + (right >> 5) * far_x;
  const u16x16 low = (left & 31) * near_x + (right & 31) * far_x;
  return (high + ((low + 512) >> 5)) >> 5;
}

// The four taps of up to kChunk BGR pixels, four bytes each, the fourth without meaning, and the
// result. Gathering, blending and writing are separate passes: a vector load right after the scalar
// stores that it covers would stall.
constexpr int kChunk = 64;
struct ChunkOfTaps {
  alignas(32) std::int32_t offset[kChunk];  // of the upper left tap in the frame, bytes
  alignas(32) std::uint32_t upper_left[kChunk], upper_right[kChunk], lower_left[kChunk],
      lower_right[kChunk];
  alignas(32) std::uint32_t blended[kChunk];
};

AURIGA_INLINE void warp_chunk(const ImageView& frame, int x0, int n, const RowPositions& at,
                              std::uint8_t* out) {
  ChunkOfTaps taps;
  const auto stride = static_cast<std::uint32_t>(frame.stride);
  for (int i = 0; i < n; i += kLanes) {
    // Columns are padded to whole vectors; the offsets beyond the span are not used.
    const u32x8 ix = (u32x8)((load<i32x8>(at.column_x + x0 + i) + at.row_x) >> 10);
    const u32x8 iy = (u32x8)((load<i32x8>(at.column_y + x0 + i) + at.row_y) >> 10);
    store(taps.offset + i, iy * stride + ix * 3);
  }
  for (int i = 0; i < n; ++i) {
    const std::uint8_t* above = frame.data + taps.offset[i];
    const std::uint8_t* below = above + frame.stride;
    std::memcpy(&taps.upper_left[i], above, 4);
    std::memcpy(&taps.upper_right[i], above + 3, 4);
    std::memcpy(&taps.lower_left[i], below, 4);
    std::memcpy(&taps.lower_right[i], below + 3, 4);
  }
  for (int i = n; i % kLanes != 0; ++i)
    taps.upper_left[i] = taps.upper_right[i] = taps.lower_left[i] = taps.lower_right[i] = 0;
  for (int i = 0; i < n; i += kLanes) {
    const u32x8 fx = (u32x8)(((load<i32x8>(at.column_x + x0 + i) + at.row_x) >> 5) & 31);
    const u32x8 fy = (u32x8)(((load<i32x8>(at.column_y + x0 + i) + at.row_y) >> 5) & 31);
    const u16x16 far_x = (u16x16)(fx | (fx << 16)), far_y = (u16x16)(fy | (fy << 16));
    const auto upper_left = load<u32x8>(taps.upper_left + i),
               upper_right = load<u32x8>(taps.upper_right + i);
    const auto lower_left = load<u32x8>(taps.lower_left + i),
               lower_right = load<u32x8>(taps.lower_right + i);
    const u32x8 even = u32x8{} + 0x00FF00FFU;
    const u16x16 blue_red =
        blend((u16x16)(upper_left & even), (u16x16)(upper_right & even),
              (u16x16)(lower_left & even), (u16x16)(lower_right & even), far_x, far_y);
    const u16x16 green =
        blend((u16x16)(upper_left >> 8 & even), (u16x16)(upper_right >> 8 & even),
              (u16x16)(lower_left >> 8 & even), (u16x16)(lower_right >> 8 & even), far_x, far_y);
    store(taps.blended + i, (u32x8)blue_red | ((u32x8)green << 8));
  }
  for (int i = 0; i < n - 1; ++i) std::memcpy(out + (x0 + i) * 3, &taps.blended[i], 4);
  std::memcpy(out + (x0 + n - 1) * 3, &taps.blended[n - 1], 3);
}

// Fills pixels x0..x1-1 of a crop row.
template <int kChannels>
AURIGA_INLINE void warp_span(const ImageView& frame, int x0, int x1, const RowPositions& at,
                             std::uint8_t* out) {
  // Positions are monotonic along the row, so its ends tell whether all taps lie inside the frame,
  // and the byte behind the right ones, too. Offsets into the frame are 32 bits wide.
  const bool offsets_fit = frame.stride * frame.height <= 0x7FFFFFFF;
  const auto inside = [&](int x) {
    return at.x(x) >= 0 && at.y(x) >= 0 && at.x(x) >> 5 < frame.width - 2 &&
           at.y(x) >> 5 < frame.height - 1;
  };
  if (!offsets_fit || !inside(x0) || !inside(x1 - 1)) {
    for (int x = x0; x < x1; ++x) {
      const int px = at.x(x), py = at.y(x);
      sample_at_border<kChannels>(frame, px >> 5, py >> 5, px & 31, py & 31, out + x * kChannels);
    }
    return;
  }
  if constexpr (kChannels == 1) {
    for (int x = x0; x < x1; ++x) {
      const int px = at.x(x), py = at.y(x), fx = px & 31, fy = py & 31;
      const std::uint8_t* above = frame.row(py >> 5) + (px >> 5);
      const std::uint8_t* below = above + frame.stride;
      const int left = above[0] * (32 - fy) + below[0] * fy,
                right = above[1] * (32 - fy) + below[1] * fy;
      out[x] = static_cast<std::uint8_t>((left * (32 - fx) + right * fx + 512) >> 10);
    }
    return;
  }
  for (int x = x0; x < x1; x += kChunk) warp_chunk(frame, x, std::min(x1 - x, kChunk), at, out);
}

// What to fill: pixel (x, y) of the crop comes from column x plus row y of the transform.
struct CropGrid {
  const InverseTransform& to_frame;
  const int* column_x;  // 1/1024 px
  const int* column_y;
  const std::uint8_t* mask;  // null: everything is inside
  int mask_stride;
  int size;
};

template <int kChannels>
AURIGA_INLINE void warp(const ImageView& frame, const CropGrid& grid, std::uint8_t* out) {
  for (int y = 0; y < grid.size; ++y, out += grid.size * kChannels) {
    // Half a unit of 1/32 px rounds the sum of row and column.
    const InverseTransform& t = grid.to_frame;
    const RowPositions at = {grid.column_x, grid.column_y, fixed_point(t.xy * y + t.x0) + 16,
                             fixed_point(t.yy * y + t.y0) + 16};
    if (grid.mask == nullptr) {
      warp_span<kChannels>(frame, 0, grid.size, at, out);
      continue;
    }
    std::memset(out, 0, static_cast<std::size_t>(grid.size) * kChannels);
    const std::uint8_t* row = grid.mask + static_cast<std::ptrdiff_t>(y) * grid.mask_stride;
    const auto find = [&](int value, int from) {
      const void* found =
          std::memchr(row + from, value, static_cast<std::size_t>(grid.size - from));
      return found == nullptr ? grid.size
                              : static_cast<int>(static_cast<const std::uint8_t*>(found) - row);
    };
    for (int from = find(255, 0); from < grid.size;) {
      const int to = find(0, from);
      warp_span<kChannels>(frame, from, to, at, out);
      from = find(255, to);
    }
  }
}

void warp_bgr(const ImageView& frame, const CropGrid& grid, std::uint8_t* out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { warp<3>(frame, grid, out); });
}

}  // namespace

FaceAligner::FaceAligner(const Pdm& pdm, std::vector<Triangle> triangles,
                         const AlignOptions& options)
    : options_(options), triangles_(std::move(triangles)) {
  if (pdm.points != kLandmarks || pdm.mean.size() != 3 * kLandmarks)
    throw Error(ErrorCode::model,
                "face alignment needs a shape model of 68 points, but this one has " +
                    std::to_string(pdm.points) + "; use the PDM of the action-unit models");
  for (const Triangle& triangle : triangles_) {
    for (const int i : triangle) {
      if (i < 0 || i >= kLandmarks)
        throw Error(ErrorCode::model,
                    "face alignment: expected triangles over landmarks 0..67, found index " +
                        std::to_string(i) + "; check the triangulation file");
    }
  }
  if (!(options.scale >= 0.01F && options.scale <= 100.0F))
    throw Error(ErrorCode::usage, "the scale of an aligned face must lie in 0.01..100, not " +
                                      std::to_string(options.scale) + "; 0.7 is usual");
  if (options.size < 1 || options.size > 4096)
    throw Error(ErrorCode::usage, "the size of an aligned face must lie in 1..4096 px, not " +
                                      std::to_string(options.size) + "; 112 is usual");

  for (int i = 0; i < kRigidCount; ++i) {
    target_[i] = pdm.mean[kRigid[i]] * options.scale;
    target_[kRigidCount + i] = pdm.mean[kLandmarks + kRigid[i]] * options.scale;
  }
  target_size_ = normalise(target_);

  const auto size = static_cast<std::size_t>(options.size);
  mask_stride_ = options.size + kLanes;
  mask_.resize(size * static_cast<std::size_t>(mask_stride_));
  column_x_.resize(size + kLanes);
  column_y_.resize(size + kLanes);
}

SimilarityTransform FaceAligner::transform(const Landmarks& landmarks, float tx, float ty) const {
  RigidPoints source;
  for (int i = 0; i < kRigidCount; ++i) {
    source[i] = landmarks.x[kRigid[i]];
    source[kRigidCount + i] = landmarks.y[kRigid[i]];
  }
  const float source_size = normalise(source);

  // The rotation (cos, sin) that maximises sum target . R source: in the plane Kabsch's SVD has
  // this closed form.
  double along = 0, across = 0;
  for (int i = 0; i < kRigidCount; ++i) {
    const double sx = source[i], sy = source[kRigidCount + i];
    const double gx = target_[i], gy = target_[kRigidCount + i];
    along += sx * gx + sy * gy;
    across += sx * gy - sy * gx;
  }
  const double length = std::sqrt(along * along + across * across);
  const float scale = target_size_ / source_size;
  const float a = scale * static_cast<float>(along / length);
  const float b = scale * static_cast<float>(across / length);
  const auto middle = static_cast<float>(options_.size / 2);
  return {a, b, middle - (a * tx - b * ty), middle - (b * tx + a * ty)};
}

void FaceAligner::rasterise_mask(const SimilarityTransform& to_crop, const Landmarks& landmarks) {
  std::array<float, kLandmarks> x, y;
  for (int i = 0; i < kLandmarks; ++i) {
    x[i] = to_crop.a * landmarks.x[i] - to_crop.b * landmarks.y[i] + to_crop.tx;
    y[i] = to_crop.b * landmarks.x[i] + to_crop.a * landmarks.y[i] + to_crop.ty;
  }
  // Room for the forehead: the brows and the upper ends of the jaw go up.
  const auto raise = static_cast<float>(30.0 / 0.7 * static_cast<double>(options_.scale));
  y[0] -= raise;
  for (int i = 16; i <= 26; ++i) y[i] -= raise;

  std::fill(mask_.begin(), mask_.end(), std::uint8_t{0});
  add_triangles(triangles_.data(), triangles_.size(), x.data(), y.data(), options_.size,
                mask_stride_, mask_.data());
}

void FaceAligner::align(const Picture& picture, const Landmarks& landmarks, const ShapeFit& fit,
                        Image& crop) {
  const int channels = picture.channels() == 1 ? 1 : 3;
  const int size = options_.size;
  crop.resize(size, size, channels);

  const SimilarityTransform to_crop = transform(landmarks, fit.tx, fit.ty);
  const InverseTransform to_frame(to_crop);
  if (picture.empty() || !all_finite(landmarks) || !to_frame.usable(size)) {
    std::fill_n(crop.data(), crop.size_bytes(), std::uint8_t{0});
    return;
  }
  if (options_.mask) rasterise_mask(to_crop, landmarks);
  for (int x = 0; x < size; ++x) {
    column_x_[x] = fixed_point(to_frame.xx * x);
    column_y_[x] = fixed_point(to_frame.yx * x);
  }
  const ImageView frame = picture.with(to_frame.reach(size, picture));
  const CropGrid grid = {to_frame,         column_x_.data(),
                         column_y_.data(), options_.mask ? mask_.data() : nullptr,
                         mask_stride_,     size};
  if (channels == 1)
    warp<1>(frame, grid, crop.data());
  else
    warp_bgr(frame, grid, crop.data());
}

}  // namespace auriga
