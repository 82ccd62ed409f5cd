// CEN patch experts: convolutional experts networks (spec clnf.md section 3.4).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "clm/patch_experts.hpp"

namespace auriga {

// As read_patch_experts().
std::vector<std::unique_ptr<PatchExperts>> read_cen_experts(
    const std::vector<std::filesystem::path>& files);

}  // namespace auriga
