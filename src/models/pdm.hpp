// Point distribution model: the linear 3-D shape model of a face (spec pdm.md section 1).
#pragma once

#include <filesystem>
#include <vector>

namespace auriga {

// S(q) = mean + basis * q, planar (all x, then all y, then all z), mm-like units, x right, y down,
// z away from the camera. Plain data; immutable after loading, so any number of threads may share
// it.
struct Pdm {
  int points = 0;                // n
  int modes = 0;                 // m
  std::vector<float> mean;       // 3n
  std::vector<float> basis;      // 3n x m, row-major (one row per coordinate, modes contiguous)
  std::vector<float> variances;  // m, all > 0
};

// Reads OpenFace's text format. Throws Error(model) when the file is missing, truncated, of wrong
// or inconsistent dimensions (n in 1..1000, m in 1..200), holds something that is not a finite
// number, or a variance <= 0.
Pdm read_pdm(const std::filesystem::path& file);

}  // namespace auriga
