// The histogram median as the specification writes it (au-core.md 7.1), with a scan of all bins:
// what tests compare with.
#pragma once

#include <cstddef>
#include <vector>

namespace auriga::test {

class ScannedMedian {
 public:
  ScannedMedian(int dims, int bins, double lo, double hi)
      : bins_(bins),
        lo_(lo),
        length_(hi - lo),
        histogram_(static_cast<std::size_t>(dims) * static_cast<std::size_t>(bins)),
        median_(dims) {}

  template <typename T>
  void update(const std::vector<T>& x, bool counted) {
    if (counted) {
      for (std::size_t d = 0; d < x.size(); ++d) {
        double t = (static_cast<double>(x[d]) - lo_) * bins_ / length_;
        if (!(t >= 0)) t = 0;
        if (t > bins_ - 1) t = bins_ - 1;
        ++histogram_[d * bins_ + static_cast<std::size_t>(t)];
      }
      ++count_;
    }
    if (count_ == 1) {
      median_.assign(x.begin(), x.end());
      return;
    }
    const long rank = (count_ + 1) / 2;
    for (std::size_t d = 0; d < x.size(); ++d) {
      std::size_t j = 0;
      const int* counts = histogram_.data() + d * bins_;
      for (long sum = counts[0]; sum < rank; sum += counts[j]) ++j;
      median_[d] = lo_ + static_cast<double>(j) * (length_ / bins_) + 0.5 * length_ / bins_;
    }
  }

  const std::vector<double>& median() const { return median_; }

 private:
  int bins_;
  double lo_, length_;
  long count_ = 0;
  std::vector<int> histogram_;  // dims x bins
  std::vector<double> median_;
};

}  // namespace auriga::test
