// CCNF patch experts: continuous conditional neural fields (spec clnf.md section 3.3).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "clm/patch_experts.hpp"

namespace auriga {

// As read_patch_experts().
std::vector<std::unique_ptr<PatchExperts>> read_ccnf_experts(
    const std::vector<std::filesystem::path>& files);

}  // namespace auriga
