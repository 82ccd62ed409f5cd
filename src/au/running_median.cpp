#include "au/running_median.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <new>

#include "base/simd.hpp"

namespace auriga {
namespace {

// Bins of one feature that share a cache line. Storing the lines of neighbouring features side by
// side, for one block of bins after the other, keeps the touched memory within few pages: FHOG
// values crowd in the lowest bins.
constexpr int kBlockBins = 32;

template <typename T>
AURIGA_INLINE void bins_of(const T* x, int n, int bins, double lo, double length,
                           std::int32_t* bin) {
  const double last = bins - 1;
  for (int d = 0; d < n; ++d) {
    double t = (static_cast<double>(x[d]) - lo) * bins / length;
    t = t > 0 ? t : 0;  // NaN, too
    t = t < last ? t : last;
    bin[d] = static_cast<std::int32_t>(t);
  }
}

AURIGA_MULTIVERSION
void find_bins(const float* x, int n, int bins, double lo, double length, std::int32_t* bin) {
  bins_of(x, n, bins, lo, length, bin);
}

AURIGA_MULTIVERSION
void find_bins(const double* x, int n, int bins, double lo, double length, std::int32_t* bin) {
  bins_of(x, n, bins, lo, length, bin);
}

AURIGA_MULTIVERSION
void count_newest(const std::int32_t* newest, const std::int32_t* median, int n,
                  std::uint32_t* below, std::uint32_t* at) {
  for (int d = 0; d < n; ++d) {
    below[d] += newest[d] < median[d] ? 1u : 0u;
    at[d] += newest[d] == median[d] ? 1u : 0u;
  }
}

AURIGA_MULTIVERSION
void bin_centres(const std::int32_t* bin, int n, double lo, double width, double half,
                 double* centre) {
  for (int d = 0; d < n; ++d) centre[d] = lo + bin[d] * width + half;
}

}  // namespace

RunningMedian::RunningMedian(int dims, int bins, double lo, double hi)
    : dims_(dims), bins_(bins), lo_(lo), length_(hi - lo), words_((bins + 63) / 64) {
  assert(dims >= 1 && bins >= 1 && lo < hi);
  const auto n = static_cast<std::size_t>(dims);
  occupied_.resize(n * static_cast<std::size_t>(words_));
  median_bin_.resize(n);
  at_.resize(n);
  below_.resize(n);
  newest_bin_.resize(n);
  latest_.resize(n);
  reset();
}

void RunningMedian::reset() {
  low_ = zeroed_counts();
  high_ = zeroed_counts();
  high_used_ = false;
  std::fill(occupied_.begin(), occupied_.end(), 0);
  std::fill(median_bin_.begin(), median_bin_.end(), 0);
  std::fill(at_.begin(), at_.end(), 0);
  std::fill(below_.begin(), below_.end(), 0);
  std::fill(latest_.begin(), latest_.end(), 0);
  count_ = 0;
  seen_ = false;
}

// calloc hands out untouched zero pages, so bins that never occur cost no memory.
RunningMedian::Counts RunningMedian::zeroed_counts() const {
  const std::size_t blocks = (static_cast<std::size_t>(bins_) + kBlockBins - 1) / kBlockBins;
  const std::size_t cells = blocks * static_cast<std::size_t>(dims_) * kBlockBins;
  Counts counts(static_cast<std::uint16_t*>(std::calloc(cells, sizeof(std::uint16_t))));
  if (!counts) throw std::bad_alloc();
  return counts;
}

void RunningMedian::update(std::span<const float> descriptor, bool counted) {
  observe(descriptor, counted);
}

void RunningMedian::update(std::span<const double> descriptor, bool counted) {
  observe(descriptor, counted);
}

template <typename T>
void RunningMedian::observe(std::span<const T> descriptor, bool counted) {
  assert(descriptor.size() == static_cast<std::size_t>(dims_));
  seen_ = true;
  if (counted) {
    find_bins(descriptor.data(), dims_, bins_, lo_, length_, newest_bin_.data());
    ++count_;
    count_bins();
  }
  if (count_ == 1) std::copy(descriptor.begin(), descriptor.end(), latest_.begin());
}

std::size_t RunningMedian::cell(int dim, int bin) const {
  const auto block = static_cast<std::size_t>(bin / kBlockBins);
  const auto line = block * static_cast<std::size_t>(dims_) + static_cast<std::size_t>(dim);
  return line * kBlockBins + static_cast<std::size_t>(bin % kBlockBins);
}

std::uint32_t RunningMedian::count_in(int dim, int bin) const {
  const std::size_t k = cell(dim, bin);
  return high_used_ ? low_[k] | std::uint32_t{high_[k]} << 16 : low_[k];
}

void RunningMedian::count_bins() {
  for (int d = 0; d < dims_; ++d) {
    const int bin = newest_bin_[d];
    const std::size_t k = cell(d, bin);
    const std::uint16_t low = ++low_[k];
    if (low > 1) continue;
    if (low == 0) {
      ++high_[k];
      high_used_ = true;
    }
    occupied_[static_cast<std::size_t>(d) * words_ + bin / 64] |= std::uint64_t{1} << (bin % 64);
  }
  count_newest(newest_bin_.data(), median_bin_.data(), dims_, below_.data(), at_.data());

  // One step is enough: the rank of the median and its own position in the sorted values both move
  // by one at most.
  const auto rank = static_cast<std::uint32_t>((count_ + 1) / 2);
  for (int d = 0; d < dims_; ++d) {
    if (below_[d] >= rank) {
      step_down(d);
    } else if (below_[d] + at_[d] < rank) {
      step_up(d);
    }
  }
}

// To the nearest occupied bin below; there is one, as below_ > 0.
void RunningMedian::step_down(int dim) {
  const std::uint64_t* words = occupied_.data() + static_cast<std::size_t>(dim) * words_;
  const int bin = median_bin_[dim];
  int w = bin / 64;
  std::uint64_t bits = words[w] & ((std::uint64_t{1} << (bin % 64)) - 1);
  while (bits == 0) bits = words[--w];
  median_bin_[dim] = 64 * w + 63 - std::countl_zero(bits);
  at_[dim] = count_in(dim, median_bin_[dim]);
  below_[dim] -= at_[dim];
}

// To the nearest occupied bin above; there is one, as below_ + at_ is less than the count.
void RunningMedian::step_up(int dim) {
  const std::uint64_t* words = occupied_.data() + static_cast<std::size_t>(dim) * words_;
  const int bin = median_bin_[dim];
  int w = bin / 64;
  std::uint64_t bits = words[w] & ~((std::uint64_t{2} << (bin % 64)) - 1);
  while (bits == 0) bits = words[++w];
  below_[dim] += at_[dim];
  median_bin_[dim] = 64 * w + std::countr_zero(bits);
  at_[dim] = count_in(dim, median_bin_[dim]);
}

void RunningMedian::read(std::span<double> median) const {
  assert(median.size() == static_cast<std::size_t>(dims_));
  if (!seen_ || count_ == 1) {
    std::copy(latest_.begin(), latest_.end(), median.begin());
  } else {
    bin_centres(median_bin_.data(), dims_, lo_, length_ / bins_, 0.5 * length_ / bins_,
                median.data());
  }
}

}  // namespace auriga
