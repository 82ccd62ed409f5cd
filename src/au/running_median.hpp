// The person's neutral descriptor: a median per feature over the frames seen so far (spec
// au-core.md section 7.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace auriga {

// For each of `dims` features a histogram of `bins` equal bins over [lo, hi]; values outside count
// in the first or last bin, NaN in the first. With n counted descriptors the median of a feature is
// the centre
//   lo + j (hi - lo)/bins + (hi - lo)/(2 bins)
// of the first bin j whose cumulative count reaches (n + 1) / 2 (integer division): the lower
// median, rounded to bin centres. As the reference has it: with n = 0 that is the first bin, and
// with n = 1 the median is an exact copy of the latest descriptor, counted or not.
//
// A new value moves the median to a neighbouring occupied bin at most. So the class keeps the
// median's bin and the count below it, and an update costs O(1) per feature (plus a search of
// bins/64 words where the bins between are empty) instead of a scan of all bins.
//
// Memory: the bins of the first 32 counted values are listed, 64 bytes per feature (0.3 MB
// for 4464 + 238 features), so that a face seen for a moment costs little. With the 33rd come the
// histograms: 2 bytes per feature and bin for counts below 65536 (14 MB for 4464 x 1000 + 238 x
// 10000) and 2 bytes for their upper halves; of both only the pages of bins that occur are ever
// touched. Not thread-safe; one object per video and face. Up to 2^32 - 1 counted updates.
class RunningMedian {
 public:
  // dims >= 1, 1 <= bins <= 65536, lo < hi. Beside it only the 33rd counted update allocates.
  RunningMedian(int dims, int bins, double lo, double hi);

  // `descriptor`: dims values. counted = true adds it to the histograms; false only has the effect
  // described above for n = 1 (a frame in whose turn no face was found).
  void update(std::span<const float> descriptor, bool counted);
  void update(std::span<const double> descriptor, bool counted);

  // Writes the dims medians; zeros before the first update.
  void read(std::span<double> median) const;

  std::int64_t count() const { return count_; }

 private:
  template <typename T>
  void observe(std::span<const T> descriptor, bool counted);
  void count_bins();
  bool listing() const { return count_ <= kListed; }
  const std::uint16_t* list_of(int dim) const;
  void make_histograms();
  void add_to_histogram(int dim, int bin);
  std::size_t cell(int dim, int bin) const;
  std::uint32_t count_in(int dim, int bin) const;
  int next_below(int dim) const;
  int next_above(int dim) const;

  struct Free {
    void operator()(std::uint16_t* p) const { std::free(p); }
  };
  using Counts = std::unique_ptr<std::uint16_t[], Free>;
  Counts zeroed_counts() const;

  static constexpr int kListed = 32;

  int dims_, bins_;
  double lo_, length_;
  std::int64_t count_ = 0;
  bool seen_ = false;  // update() was called

  std::vector<std::uint16_t> listed_;  // dims x kListed: bins in the order of the updates

  // Empty while listing.
  Counts low_, high_;  // halves of the counts: bin blocks x dims x bins of the block
  bool high_used_ = false;
  int words_;                            // of the bit set of one feature
  std::vector<std::uint64_t> occupied_;  // dims x words_: bins that are not empty

  // Per feature: the median's bin, the counts in it and below it, and the bin of the newest value.
  std::vector<std::int32_t> median_bin_;
  std::vector<std::uint32_t> at_, below_;
  std::vector<std::int32_t> newest_bin_;

  std::vector<double> latest_;  // the latest descriptor, kept while count() <= 1
};

}  // namespace auriga
