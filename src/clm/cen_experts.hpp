// CEN patch experts: convolutional experts networks (spec clnf.md section 3.4).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "clm/patch_experts.hpp"

namespace auriga {

// As read_patch_experts(). The files are read and checked as a whole, but experts are kept only
// once a face needs their view: then they come, packed, from the cache or from the file, which must
// stay as it is (Error(model) otherwise). All that is shared may be used by any number of threads.
std::vector<std::unique_ptr<PatchExperts>> read_cen_experts(
    const std::vector<std::filesystem::path>& files, const PackedCache& cache = {});

}  // namespace auriga
