#include <cmath>
#include <numbers>

#include "auriga/live.hpp"

namespace auriga {

double OneEuro::next(double value, double time_s) {
  const auto alpha = [](double cutoff_hz, double step_s) {
    return 1 / (1 + 1 / (2 * std::numbers::pi * cutoff_hz * step_s));
  };
  const double step_s = time_s - time_s_;
  if (!has_ || !(step_s > 0)) {
    if (!has_) value_ = value, derivative_ = 0, time_s_ = time_s;
    has_ = true;
    return value_;
  }
  time_s_ = time_s;
  const double slope = (value - value_) / step_s;
  derivative_ += alpha(options_.derivative_cutoff_hz, step_s) * (slope - derivative_);
  const double cutoff_hz = options_.min_cutoff_hz + options_.beta * std::abs(derivative_);
  value_ += alpha(cutoff_hz, step_s) * (value - value_);
  return value_;
}

}  // namespace auriga
