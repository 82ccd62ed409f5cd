// How far rounding alone drives our own landmarks apart: the measure for differences to the
// reference.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace auriga::parity {

inline constexpr int kNudgedRuns = 3;
inline constexpr double kNudge = 1e-6;

struct NudgedFrame {
  double rms = 0, max = 0;  // distances of landmarks to the plain run, px: of the farthest run
  int successes = 0;        // runs in which the frame is a success
};

struct NudgedVideo {
  std::vector<NudgedFrame> frames;
  double rms = 0;  // over all frames and runs with success, px
};

// Follows the face once as it is, and kNudgedRuns times with the pose that every frame starts from
// changed by chance: scale and translation by up to kNudge of themselves, angles by up to kNudge
// rad. The same for every call.
NudgedVideo nudged_runs(const std::filesystem::path& data, const std::filesystem::path& video);

}  // namespace auriga::parity
