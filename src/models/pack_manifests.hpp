// The texts of the pack manifests, generated from packs/*.json at build time.
#pragma once

#include <span>

namespace auriga {

extern const std::span<const char* const> kPackManifests;

}  // namespace auriga
