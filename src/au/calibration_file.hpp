// The text of calibration files (docs/calibration.md), apart from the files.
#pragma once

#include <filesystem>
#include <string>

#include "auriga/calibration.hpp"

namespace auriga {

// Throw as read_calibration and write_calibration do; `file` is for their messages.
Calibration parse_calibration(const std::filesystem::path& file, const std::string& text);
std::string calibration_text(const Calibration& calibration, const std::filesystem::path& file);

}  // namespace auriga
