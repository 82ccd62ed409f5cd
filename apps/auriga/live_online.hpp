// The values that were sent, to be compared with the final ones.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auriga/row.hpp"
#include "auriga/units.hpp"

namespace auriga::app {

// How the values of a unit that were sent agree with the final ones, over rows with a face.
struct OnlineAgreement {
  std::string unit;  // AU01_r, AU01_c
  std::int64_t rows = 0;
  double r = 0;                // correlation; NaN where one of them does not vary
  double mean_difference = 0;  // sent less final
  double equal = 0;            // of a presence, the share of equal ones
};

// Keeps them in a file without a name, so that memory does not grow. One thread at a time.
class OnlineValues {
 public:
  // `folder`: where that file lies. Throws Error(output).
  explicit OnlineValues(const std::filesystem::path& folder);

  void add(double captured_s, bool success, std::span<const double> intensities,
           std::span<const double> presences);
  // Rows must be those of `final_values`, from `begin_s` until before `end_s`.
  std::vector<OnlineAgreement> compare(const FinalUnits& final_values, double begin_s,
                                       double end_s) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<float> row_;
};

// A table of both: the first ten seconds, and later.
std::string online_table(const OnlineValues& online, const FinalUnits& final_values);

}  // namespace auriga::app
