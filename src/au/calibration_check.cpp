#include "au/calibration_check.hpp"

#include <algorithm>
#include <cmath>

#include "auriga/error.hpp"

namespace auriga {
namespace {

std::string shown(const std::string& text) { return text.empty() ? "(not named)" : text; }

// Enough of a hash for people to tell two apart.
std::string abridged(const std::string& hash) {
  constexpr std::size_t kShown = 12;
  return hash.size() > kShown ? hash.substr(0, kShown) + "..." : shown(hash);
}

void require_finite(const std::string& place, double value) {
  if (!std::isfinite(value)) refuse_calibration(place + " to be a number", std::to_string(value));
}

}  // namespace

std::string mismatch(const Calibration& calibration, const CalibrationUse& here,
                     const std::string& name) {
  const char* const advice = "; use what it was learnt with, or learn the person again";
  if (calibration.estimator != here.estimator || calibration.landmarker != here.landmarker)
    return name + " was learnt with " + shown(calibration.estimator) + " on " +
           shown(calibration.landmarker) + ", this run uses " + shown(here.estimator) + " on " +
           shown(here.landmarker) + advice;
  if (calibration.models != here.models)
    return name + " was learnt with other model files of " + shown(calibration.estimator) +
           " (SHA-256 " + abridged(calibration.models) + ") than this run uses (" +
           abridged(here.models) + ")" + advice;
  return {};
}

void refuse_calibration(const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::usage, "a calibration does not fit: expected " + expected + ", found " +
                                    found + "; learn the person again");
}

void require_numbers(const std::string& what, const std::vector<double>& values,
                     std::size_t count) {
  if (values.size() != count)
    refuse_calibration(std::to_string(count) + " values of " + what, std::to_string(values.size()));
  for (std::size_t i = 0; i < count; ++i)
    require_finite(what + "[" + std::to_string(i) + "]", values[i]);
}

void require_named_numbers(const std::string& what,
                           const std::vector<std::pair<std::string, double>>& values,
                           const std::vector<std::string>& needed,
                           const std::vector<std::string>& known) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [name, value] = values[i];
    if (!std::binary_search(known.begin(), known.end(), name))
      refuse_calibration(what + " that this version of auriga knows", "'" + name + "'");
    if (i > 0 && !(values[i - 1].first < name))
      refuse_calibration(what + " in ascending order, each once",
                         "'" + name + "' after '" + values[i - 1].first + "'");
    require_finite(what + " '" + name + "'", value);
  }
  for (const std::string& name : needed) {
    const auto at = std::lower_bound(values.begin(), values.end(), name,
                                     [](const auto& a, const auto& b) { return a.first < b; });
    if (at == values.end() || at->first != name)
      refuse_calibration(what + " with '" + name + "'", "none of that name");
  }
}

}  // namespace auriga
