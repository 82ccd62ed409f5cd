#include "clm/ccnf_smoothing.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "auriga/error.hpp"

#include "base/simd.hpp"
#include "shape/fit_kernels.hpp"

namespace auriga {
namespace {

bool unchanged_when_mirrored(const EdgeComponents& edges) {
  const int w = edges.window, pixels = w * w;
  for (const std::vector<float>& matrix : edges.matrices) {
    for (int i = 0; i < pixels; ++i) {
      for (int j = 0; j < pixels; ++j) {
        const int ix = i % w, iy = i / w, jx = j % w, jy = j / w;
        const float value = matrix[i * pixels + j];
        if (value != matrix[(iy * w + w - 1 - ix) * pixels + jy * w + w - 1 - jx] ||
            value != matrix[((w - 1 - iy) * w + ix) * pixels + (w - 1 - jy) * w + jx])
          return false;
      }
    }
  }
  return true;
}

// One axis of the folded map: rows 0..h-1 are the sums of a pixel and its mirror image (the last is
// the pixel in the middle), rows h..w-1 the differences.
struct Folded {
  int pixel, mirror;  // equal in the middle
  double sign, scale;
};
Folded folded_axis(int row, int window) {
  const int half = window / 2;
  if (row == half) return {half, half, 1, 1};
  const int pixel = row < half ? row : row - half - 1;
  return {pixel, window - 1 - pixel, row < half ? 1.0 : -1.0, 1 / std::numbers::sqrt2};
}

// Replaces symmetric n x n matrices, of which the lower triangles are read and written, by their
// negative inverses, sweeping one row and column at a time. As many matrices at once as a vector
// has lanes, entry by entry beside each other. `column`: room for n entries. False when one is not
// positive definite.
template <typename W>
AURIGA_INLINE bool invert(double* matrices, double* column, int n) {
  using V = typename W::f64;
  constexpr int kLanes = W::kDoubles;
  const auto entry = [=](int i, int j) { return matrices + (i * n + j) * kLanes; };
  for (int k = 0; k < n; ++k) {
    const V pivot = load<V>(entry(k, k));
    for (int lane = 0; lane < kLanes; ++lane)
      if (!(pivot[lane] > 0) || !std::isfinite(pivot[lane])) return false;
    const V inverse = 1.0 / pivot;
    for (int i = 0; i < n; ++i)
      store(column + i * kLanes, i == k ? V{} : load<V>(i < k ? entry(k, i) : entry(i, k)));
    for (int i = 0; i < n; ++i) {
      double* row = entry(i, 0);
      const V factor = load<V>(column + i * kLanes) * inverse;
      for (int j = 0; j <= i * kLanes; j += kLanes)
        store(row + j, load<V>(row + j) - factor * load<V>(column + j));
      if (i != k) store(i < k ? entry(k, i) : entry(i, k), factor);
    }
    store(entry(k, k), -inverse);
  }
  return true;
}

}  // namespace

EdgeBasis::EdgeBasis(const EdgeComponents& edges)
    : edges_window_(edges.window),
      components_(static_cast<int>(edges.matrices.size())),
      mirrored_(unchanged_when_mirrored(edges)) {
  const int w = edges.window, half = w / 2, pixels = w * w;
  if (mirrored_)
    for (const int row : {0, half + 1})
      for (const int col : {0, half + 1})
        if (row < w && col < w)
          blocks_.push_back(
              {row, row == 0 ? half + 1 : half, col, col == 0 ? half + 1 : half, {}, {}});
  if (!mirrored_) blocks_.push_back({0, w, 0, w, {}, {}});

  for (Block& block : blocks_) {
    folded_floats_ += block.stride();
    // Up to four pixels make a basis vector.
    struct Term {
      int pixel;
      double value;
    };
    std::vector<std::vector<Term>> vectors;
    for (int k = 0; k < block.size(); ++k) {
      const int row = block.first_row + k / block.cols, col = block.first_col + k % block.cols;
      std::vector<Term> terms;
      double scale = 1;
      if (mirrored_) {
        const Folded y = folded_axis(row, w), x = folded_axis(col, w);
        scale = y.scale * x.scale;
        terms.push_back({y.pixel * w + x.pixel, scale});
        if (x.mirror != x.pixel) terms.push_back({y.pixel * w + x.mirror, x.sign * scale});
        if (y.mirror != y.pixel) terms.push_back({y.mirror * w + x.pixel, y.sign * scale});
        if (x.mirror != x.pixel && y.mirror != y.pixel)
          terms.push_back({y.mirror * w + x.mirror, x.sign * y.sign * scale});
      } else {
        terms.push_back({row * w + col, 1});
      }
      block.scales.push_back(scale);
      vectors.push_back(std::move(terms));
    }
    for (const std::vector<float>& matrix : edges.matrices) {
      std::vector<double> component;
      for (const std::vector<Term>& row : vectors) {
        for (const std::vector<Term>& col : vectors) {
          double sum = 0;
          for (const Term& r : row)
            for (const Term& c : col)
              sum += r.value * c.value * static_cast<double>(matrix[r.pixel * pixels + c.pixel]);
          component.push_back(sum);
        }
      }
      block.components.push_back(std::move(component));
    }
  }
}

void EdgeBasis::fold(const float* map, float* folded) const {
  const int w = edges_window_, half = w / 2;
  if (!mirrored_) {
    std::copy_n(map, w * w, folded);
    return;
  }
  float* out[4] = {};
  for (int b = 0; b < blocks(); ++b) {
    out[b] = folded;
    folded += blocks_[b].stride();
  }
  for (int y = 0; y <= half; ++y) {
    const float *top = map + y * w, *bottom = map + (w - 1 - y) * w;
    float sum[kMostWindow] = {}, difference[kMostWindow] = {};
    for (int x = 0; x < w; ++x) {
      sum[x] = y < half ? top[x] + bottom[x] : top[x];
      difference[x] = top[x] - bottom[x];
    }
    float* even = out[0] + y * (half + 1);
    for (int x = 0; x < half; ++x) even[x] = sum[x] + sum[w - 1 - x];
    even[half] = sum[half];
    float* odd = out[1] + y * half;
    for (int x = 0; x < half; ++x) odd[x] = sum[x] - sum[w - 1 - x];
    if (y == half) break;
    even = out[2] + y * (half + 1);
    for (int x = 0; x < half; ++x) even[x] = difference[x] + difference[w - 1 - x];
    even[half] = difference[half];
    odd = out[3] + y * half;
    for (int x = 0; x < half; ++x) odd[x] = difference[x] - difference[w - 1 - x];
  }
}

void EdgeBasis::unfold(const float* folded, float* map) const {
  const int w = edges_window_, half = w / 2;
  if (!mirrored_) {
    std::copy_n(folded, w * w, map);
    return;
  }
  const float* in[4] = {};
  for (int b = 0; b < blocks(); ++b) {
    in[b] = folded;
    folded += blocks_[b].stride();
  }
  for (int y = 0; y <= half; ++y) {
    float sum[kMostWindow] = {}, difference[kMostWindow] = {};
    const float *even = in[0] + y * (half + 1), *odd = in[1] + y * half;
    for (int x = 0; x < half; ++x) {
      sum[x] = even[x] + odd[x];
      sum[w - 1 - x] = even[x] - odd[x];
    }
    sum[half] = even[half];
    if (y < half) {
      even = in[2] + y * (half + 1);
      odd = in[3] + y * half;
      for (int x = 0; x < half; ++x) {
        difference[x] = even[x] + odd[x];
        difference[w - 1 - x] = even[x] - odd[x];
      }
      difference[half] = even[half];
    }
    float *top = map + y * w, *bottom = map + (w - 1 - y) * w;
    for (int x = 0; x < w; ++x) bottom[x] = sum[x] - difference[x];
    for (int x = 0; x < w; ++x) top[x] = sum[x] + difference[x];
  }
}

template <typename W>
AURIGA_INLINE void Smoothing::fill(std::span<const Weights> experts, const std::string& file) {
  using V = typename W::f64;
  constexpr int kLanes = W::kDoubles;
  int largest = 0;
  for (const EdgeBasis::Block& block : basis_.blocks_) largest = std::max(largest, block.size());
  // On a boundary of 64 bytes, so that no vector lies across two cache lines.
  const std::size_t entries = static_cast<std::size_t>(largest) * largest + largest;
  std::vector<double> room(entries * kLanes + 64 / sizeof(double));
  void* begin_of_room = room.data();
  std::size_t bytes = room.size() * sizeof(double);
  auto* const matrices =
      static_cast<double*>(std::align(64, entries * kLanes * sizeof(double), begin_of_room, bytes));
  double* const column = matrices + static_cast<std::ptrdiff_t>(largest) * largest * kLanes;
  for (std::size_t first = 0; first < experts.size(); first += kLanes) {
    const auto lanes = static_cast<int>(std::min<std::size_t>(kLanes, experts.size() - first));
    const auto expert = [&](int lane) { return experts[first + std::min(lane, lanes - 1)]; };
    V alphas;
    for (int lane = 0; lane < kLanes; ++lane) alphas[lane] = 2 * expert(lane).alphas;
    std::size_t begin = first * floats_;
    for (const EdgeBasis::Block& block : basis_.blocks_) {
      const int n = block.size(), stride = block.stride();
      for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j) store(&matrices[(i * n + j) * kLanes], i == j ? alphas : V{});
      for (int c = 0; c < basis_.components_; ++c) {
        V beta;
        for (int lane = 0; lane < kLanes; ++lane) beta[lane] = 2 * (*expert(lane).betas)[c];
        const double* component = block.components[c].data();
        for (int i = 0; i < n; ++i) {
          for (int j = 0; j <= i; ++j) {
            double* entry = &matrices[(i * n + j) * kLanes];
            store(entry, load<V>(entry) + beta * component[i * n + j]);
          }
        }
      }
      if (!invert<W>(matrices, column, n))
        throw Error(ErrorCode::model,
                    file + ": expected edges that are positive definite for window size " +
                        std::to_string(basis_.window()) +
                        ", found others; get a fresh copy of the file");
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j <= i; ++j) {
          const double scale = -block.scales[i] * block.scales[j];
          for (int lane = 0; lane < lanes; ++lane) {
            float* matrix = matrices_.data() + begin + lane * floats_;
            matrix[i * stride + j] = matrix[j * stride + i] =
                static_cast<float>(scale * matrices[(i * n + j) * kLanes + lane]);
          }
        }
      }
      begin += static_cast<std::size_t>(n) * stride;
    }
  }
}

Smoothing::Smoothing(const EdgeBasis& basis, std::span<const Weights> experts,
                     const std::string& file)
    : basis_(basis) {
  for (const EdgeBasis::Block& block : basis.blocks_)
    floats_ += static_cast<std::size_t>(block.size()) * block.stride();
  matrices_.resize(floats_ * experts.size());
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE { fill<decltype(wide)>(experts, file); });
}

void Smoothing::smooth(int expert, float* map, float* scratch) const {
  float *folded = scratch, *product = scratch + basis_.folded_floats();
  basis_.fold(map, folded);
  const float* matrix = matrices_.data() + static_cast<std::size_t>(expert) * floats_;
  for (const EdgeBasis::Block& block : basis_.blocks_) {
    const int n = block.size(), stride = block.stride();
    combine_rows(folded, n, matrix, stride, stride, product);
    matrix += static_cast<std::size_t>(n) * stride;
    folded += stride;
    product += stride;
  }
  basis_.unfold(scratch + basis_.folded_floats(), map);
}

}  // namespace auriga
