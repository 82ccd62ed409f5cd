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

void find_bins(const float* x, int n, int bins, double lo, double length, std::int32_t* bin) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { bins_of(x, n, bins, lo, length, bin); });
}

void find_bins(const double* x, int n, int bins, double lo, double length, std::int32_t* bin) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { bins_of(x, n, bins, lo, length, bin); });
}

AURIGA_INLINE void count_newest_body(const std::int32_t* newest, const std::int32_t* median, int n,
                                     std::uint32_t* below, std::uint32_t* at) {
  for (int d = 0; d < n; ++d) {
    below[d] += newest[d] < median[d] ? 1u : 0u;
    at[d] += newest[d] == median[d] ? 1u : 0u;
  }
}

void count_newest(const std::int32_t* newest, const std::int32_t* median, int n,
                  std::uint32_t* below, std::uint32_t* at) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { count_newest_body(newest, median, n, below, at); });
}

AURIGA_INLINE int largest_below_body(const std::uint16_t* x, int n, int bin) {
  std::uint16_t best = 0;
  for (int i = 0; i < n; ++i) best = std::max(best, x[i] < bin ? x[i] : std::uint16_t{0});
  return best;
}

int largest_below(const std::uint16_t* x, int n, int bin) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE { return largest_below_body(x, n, bin); });
}

AURIGA_INLINE int smallest_above_body(const std::uint16_t* x, int n, int bin) {
  std::uint16_t best = 0xffff;
  for (int i = 0; i < n; ++i) best = std::min(best, x[i] > bin ? x[i] : std::uint16_t{0xffff});
  return best;
}

int smallest_above(const std::uint16_t* x, int n, int bin) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE { return smallest_above_body(x, n, bin); });
}

void bin_centres(const std::int32_t* bin, int n, double lo, double width, double half,
                 double* centre) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    for (int d = 0; d < n; ++d) centre[d] = lo + bin[d] * width + half;
  });
}

}  // namespace

RunningMedian::RunningMedian(int dims, int bins, double lo, double hi)
    : dims_(dims), bins_(bins), lo_(lo), length_(hi - lo), words_((bins + 63) / 64) {
  assert(dims >= 1 && bins >= 1 && bins <= 65536 && lo < hi);
  const auto n = static_cast<std::size_t>(dims);
  listed_.resize(n * kListed);
  median_bin_.resize(n);
  at_.resize(n);
  below_.resize(n);
  newest_bin_.resize(n);
  latest_.resize(n);
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

const std::uint16_t* RunningMedian::list_of(int dim) const {
  return listed_.data() + static_cast<std::size_t>(dim) * kListed;
}

std::uint32_t RunningMedian::count_in(int dim, int bin) const {
  if (listing()) {
    const std::uint16_t* list = list_of(dim);
    return static_cast<std::uint32_t>(std::count(list, list + count_, bin));
  }
  const std::size_t k = cell(dim, bin);
  return high_used_ ? low_[k] | std::uint32_t{high_[k]} << 16 : low_[k];
}

AURIGA_INLINE void RunningMedian::add_to_histogram(int dim, int bin) {
  const std::size_t k = cell(dim, bin);
  const std::uint16_t low = ++low_[k];
  if (low > 1) return;
  if (low == 0) {
    ++high_[k];
    high_used_ = true;
  }
  occupied_[static_cast<std::size_t>(dim) * words_ + bin / 64] |= std::uint64_t{1} << (bin % 64);
}

// Of what is listed.
void RunningMedian::make_histograms() {
  low_ = zeroed_counts();
  high_ = zeroed_counts();
  occupied_.assign(static_cast<std::size_t>(dims_) * static_cast<std::size_t>(words_), 0);
  for (int d = 0; d < dims_; ++d)
    for (int i = 0; i < kListed; ++i) add_to_histogram(d, list_of(d)[i]);
}

void RunningMedian::count_bins() {
  if (listing()) {
    for (int d = 0; d < dims_; ++d) {
      listed_[static_cast<std::size_t>(d) * kListed + static_cast<std::size_t>(count_ - 1)] =
          static_cast<std::uint16_t>(newest_bin_[d]);
    }
  } else {
    if (!low_) make_histograms();
    for (int d = 0; d < dims_; ++d) add_to_histogram(d, newest_bin_[d]);
  }
  count_newest(newest_bin_.data(), median_bin_.data(), dims_, below_.data(), at_.data());

  // One step is enough: the rank of the median and its own position in the sorted values both move
  // by one at most.
  const auto rank = static_cast<std::uint32_t>((count_ + 1) / 2);
  for (int d = 0; d < dims_; ++d) {
    if (below_[d] >= rank) {
      median_bin_[d] = next_below(d);
      at_[d] = count_in(d, median_bin_[d]);
      below_[d] -= at_[d];
    } else if (below_[d] + at_[d] < rank) {
      median_bin_[d] = next_above(d);
      below_[d] += at_[d];
      at_[d] = count_in(d, median_bin_[d]);
    }
  }
}

// The nearest occupied bin below the median's; there is one, as below_ > 0.
int RunningMedian::next_below(int dim) const {
  const int bin = median_bin_[dim];
  if (listing()) return largest_below(list_of(dim), static_cast<int>(count_), bin);
  const std::uint64_t* words = occupied_.data() + static_cast<std::size_t>(dim) * words_;
  int w = bin / 64;
  std::uint64_t bits = words[w] & ((std::uint64_t{1} << (bin % 64)) - 1);
  while (bits == 0) bits = words[--w];
  return 64 * w + 63 - std::countl_zero(bits);
}

// The nearest occupied bin above; there is one, as below_ + at_ is less than the count.
int RunningMedian::next_above(int dim) const {
  const int bin = median_bin_[dim];
  if (listing()) return smallest_above(list_of(dim), static_cast<int>(count_), bin);
  const std::uint64_t* words = occupied_.data() + static_cast<std::size_t>(dim) * words_;
  int w = bin / 64;
  std::uint64_t bits = words[w] & ~((std::uint64_t{2} << (bin % 64)) - 1);
  while (bits == 0) bits = words[++w];
  return 64 * w + std::countr_zero(bits);
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
