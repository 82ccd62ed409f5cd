#include "au/linear/score_histogram.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace auriga {
namespace {

constexpr double kWidth = (ScoreHistogram::kHigh - ScoreHistogram::kLow) / ScoreHistogram::kBins;

std::size_t bin_of(double score) {
  double t = (score - ScoreHistogram::kLow) / kWidth;
  t = t < ScoreHistogram::kBins - 1 ? t : ScoreHistogram::kBins - 1;  // NaN, too
  return static_cast<std::size_t>(t > 0 ? t : 0);
}

}  // namespace

ScoreHistogram::ScoreHistogram(int models)
    : models_(models), bins_(static_cast<std::size_t>(models) * kBins) {}

void ScoreHistogram::add(std::span<const double> scores) {
  assert(scores.size() == static_cast<std::size_t>(models_));
  for (std::size_t m = 0; m < scores.size(); ++m) ++bins_[m * kBins + bin_of(scores[m])];
  ++count_;
}

double ScoreHistogram::quantile(int model, double q) const {
  assert(model >= 0 && model < models_ && q >= 0 && q <= 1 && count_ > 0);
  const auto index =
      std::min(static_cast<std::int64_t>(static_cast<double>(count_) * q), count_ - 1);
  const std::uint32_t* const bins = bins_.data() + static_cast<std::size_t>(model) * kBins;
  int bin = 0;
  for (std::int64_t sum = bins[0]; sum <= index; sum += bins[bin]) ++bin;
  return kLow + (bin + 0.5) * kWidth;
}

}  // namespace auriga
