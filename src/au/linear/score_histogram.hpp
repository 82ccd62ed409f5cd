// Quantiles of scores as they come, in memory that does not grow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace auriga {

// For each of some models a histogram of kBins equal bins over [kLow, kHigh]. Scores outside count
// in the first or the last bin, NaN in the last, as it is in last place when scores are sorted.
// Memory: 64 KB for each model. Not thread-safe. Up to 2^32 - 1 updates.
class ScoreHistogram {
 public:
  static constexpr double kLow = -32, kHigh = 32;
  static constexpr int kBins = 16384;
  // Of a quantile within the range: half a bin.
  static constexpr double kError = (kHigh - kLow) / kBins / 2;

  explicit ScoreHistogram(int models);

  // One score per model. Does not allocate.
  void add(std::span<const double> scores);
  std::int64_t count() const { return count_; }
  // Of one model: the middle of the bin of the score at index trunc(count() q), at most count() -
  // 1, of all scores in ascending order. 0 <= q <= 1; only when count() > 0.
  double quantile(int model, double q) const;

 private:
  [[maybe_unused]] int models_;  // for assertions
  std::int64_t count_ = 0;
  std::vector<std::uint32_t> bins_;  // models x kBins
};

}  // namespace auriga
