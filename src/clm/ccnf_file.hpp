// Reader of CCNF patch experts (spec clnf.md section 2.2).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "clm/patch_experts.hpp"

namespace auriga {

using PatchTemplate = std::array<float, kPatchSize * kPatchSize>;  // row-major

struct CcnfNeuron {
  double gain, bias, alpha;
  PatchTemplate weights;
};

struct CcnfExpert {
  std::vector<CcnfNeuron> neurons;  // none: the landmark is not seen from this view
  std::vector<double> betas;        // weights of the edge components
  double confidence = 0;
};

// How strongly the pixels of a response map of one size pull at each other.
struct EdgeComponents {
  int window = 0;
  std::vector<std::vector<float>> matrices;  // window^2 x window^2 each, symmetric
};

struct CcnfFile {
  double training_scale = 0;
  std::vector<std::array<double, 3>> centres;  // of the views, rad
  std::vector<std::uint8_t> visible;           // views x landmarks
  std::vector<EdgeComponents> edges;
  std::vector<CcnfExpert> experts;  // views x landmarks
};

// Every expert of a visible landmark has neurons; no window occurs twice; the edge matrices are
// symmetric. Throws Error(model) otherwise, and when the file is missing, cut short or not finite.
CcnfFile read_ccnf_file(const std::filesystem::path& file);

}  // namespace auriga
