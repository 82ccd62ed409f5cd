// SVR patch experts: support vector regression on normalised patches (spec clnf.md section 3.5).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "clm/patch_experts.hpp"

namespace auriga {

// As read_patch_experts().
std::vector<std::unique_ptr<PatchExperts>> read_svr_experts(
    const std::vector<std::filesystem::path>& files);

}  // namespace auriga
