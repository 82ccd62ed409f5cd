// Whether a calibration fits what is about to use it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "auriga/calibration.hpp"

namespace auriga {

// What a stream computes with, in the words of Calibration.
struct CalibrationUse {
  std::string estimator, landmarker, models;
};

// What keeps `calibration` from being used: a sentence that begins with `name`, e.g. of its file,
// and ends with what to do. Empty where it belongs to the same estimator, landmarker and models.
//
//   baseline.json was learnt with open-0.2 on mesh, this run uses openface-2.2 on clnf; ...
std::string mismatch(const Calibration& calibration, const CalibrationUse& here,
                     const std::string& name);

// Throws the Error(usage) of a calibration whose values are not what an estimator needs.
[[noreturn]] void refuse_calibration(const std::string& expected, const std::string& found);

// Refuses what is not `count` finite numbers. what: the member of Calibration.
void require_numbers(const std::string& what, const std::vector<double>& values, std::size_t count);

// Refuses names that do not ascend, are not among `known` or lack one of `needed`, and numbers that
// are not finite. Both lists ascend. what: the member of Calibration.
void require_named_numbers(const std::string& what,
                           const std::vector<std::pair<std::string, double>>& values,
                           const std::vector<std::string>& needed,
                           const std::vector<std::string>& known);

}  // namespace auriga
