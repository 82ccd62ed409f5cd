// Reader of SVR patch experts (spec clnf.md section 2.1).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "clm/patch_experts.hpp"

namespace auriga {

enum class SvrInput { grey, gradient_energy };

struct SvrModality {
  SvrInput input{};
  double confidence = 0, scaling = 0, bias = 0;
  std::array<float, kPatchSize * kPatchSize> weights{};  // row-major: the file's are transposed
};

struct SvrFile {
  double training_scale = 0;
  std::vector<std::array<double, 3>> centres;     // of the views, rad
  std::vector<std::uint8_t> visible;              // views x landmarks
  std::vector<std::vector<SvrModality>> experts;  // views x landmarks; at least one each
};

// Throws Error(model) when the file is missing, cut short or not as described in the spec.
SvrFile read_svr_file(const std::filesystem::path& file);

}  // namespace auriga
