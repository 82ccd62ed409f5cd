// A constrained local model as its files describe it: shape model, patch experts at several scales,
// part models (spec clnf.md section 1).
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clm/patch_experts.hpp"
#include "models/find_file.hpp"
#include "models/pdm.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// How a model is fitted (spec clnf.md section 4).
struct ClmSettings {
  int iterations = 5;          // most per pass
  float sigma = 1.5f;          // of the mean-shift kernel, px of the response
  float regularisation = 25;   // weight of the shape prior
  float weight_factor = 0;     // of the experts' confidences; 0: all landmarks count the same
  bool adapt_to_scale = true;  // vary the three with the scale of the experts
};
inline constexpr std::size_t kMostScales = 4;
using ClmWindows = std::array<int, kMostScales>;  // side of the response map per scale; 0: skip

// When a hypothesis of CE-CLM is good enough to stop (spec tracking.md section 6), per view.
struct EarlyTermination {
  std::vector<double> weights, biases, cutoffs;
};

struct ClmPart;

// Immutable after loading; shared by all faces and threads. What the experts compute on first use
// is guarded.
struct ClmModel {
  explicit ClmModel(Pdm model);
  ~ClmModel();

  PatchExpertKind kind{};
  Pdm pdm;
  ShapeModel shape;
  std::vector<std::unique_ptr<const PatchExperts>> scales;
  std::vector<ClmPart> parts;
  std::optional<EarlyTermination> early_termination;
  std::filesystem::path validator;           // empty: none named
  std::vector<std::filesystem::path> files;  // all that were read, for the run manifest
  std::string name;                          // stem of the main file, e.g. main_clnf_general
};

// A model of its own for a part of the face, refined after the whole.
struct ClmPart {
  std::string name;                            // e.g. left_eye_28
  std::vector<std::pair<int, int>> landmarks;  // of the whole, of the part
  std::shared_ptr<const ClmModel> model;
  ClmSettings settings;
  ClmWindows windows{};
};

// Reads a main file (`main_clnf_general.txt`) and all that it names, where `find` says. Throws
// Error(model): when files are missing, one message lists all of them and says what to do;
// otherwise as the readers do, and when the files do not fit together. `cache`: as
// read_patch_experts().
std::shared_ptr<const ClmModel> read_clm_model(const std::filesystem::path& main_file,
                                               const FindFile& find = as_named,
                                               const PackedCache& cache = {});

}  // namespace auriga
