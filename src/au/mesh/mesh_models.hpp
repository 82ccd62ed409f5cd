// The small networks of the open estimator of action units.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "au/mesh/blendshape_level.hpp"

namespace auriga {

// One action unit: mean of a few networks with one hidden layer of SiLU units.
struct MeshAuModel {
  struct Network {
    std::vector<float> weights1;  // hidden x inputs, row-major
    std::vector<float> bias1;     // hidden
    std::vector<float> weights2;  // hidden
    float bias2 = 0;
  };
  // What a blendshape adds to the intensity, not to the presence: gain * max(0, level - the
  // person's usual level), which is a quantile of the levels of a clip.
  struct Lift {
    std::string name;  // e.g. browOuterUp
    BlendshapeLevel level;
    float gain = 0;
    float quantile = 0.5;
  };
  std::string name;                // e.g. AU01
  bool experimental = false;       // measurement does not support it
  std::vector<int> inputs;         // indices of inputs, see below
  std::vector<Network> networks;   // at least one
  float dead_zone = 0;             // is subtracted from the intensity
  float presence_threshold = 0.5;  // of the final intensity, from which on the AU is present
  std::optional<Lift> lift;        // where there are blendshapes
};

// Inputs are the features minus the person's median, then those features as they are that
// `absolute` lists, all divided by their scale. With n features input i < n is feature i minus its
// median, input n + k the feature absolute[k] as it is.
//
//   intensity = clip(mean over networks of  b2 + sum_h w2_h silu(b1_h + sum_i w1_hi input_i), 0, 5)
//
// with silu(v) = v / (1 + exp(-v)). Immutable: any number of threads may share one.
struct MeshAuModels {
  std::string version;             // names the estimator in manifests, e.g. open-0.1
  std::vector<float> scale;        // of each input; 1 where no unit uses it
  std::vector<int> absolute;       // features that are inputs as they are, too; ascending
  std::vector<float> neutral;      // of a neutral face, per feature; for pictures. 0 where unused
  std::vector<MeshAuModel> units;  // ascending by name

  // The features that some unit looks at, ascending.
  std::vector<int> used_features() const;
  // Those of them that are compared with the person's median, ascending.
  std::vector<int> compared_features() const;
};

// action_units.json of the open pack:
//
//   {"version": "open-0.1",
//    "scale": {"eye_open": 0.0208, "absolute yaw": 0.312},      of every input that a unit has
//    "neutral": {"eye_open": 0.21},                             of every feature minus its median
//    "units": [{"name": "AU45", "experimental": false, "dead_zone": 0.219,
//               "presence_threshold": 1, "inputs": ["eye_open", "absolute yaw"],
//               "lift": {"blendshape": "eyeBlink", "gain": 6, "quantile": 0.5},
//               "networks": [{"weights1": [[1, 0], [2, 3]], "bias1": [0, 1],
//                             "weights2": [1, 4], "bias2": 0.5}]}]}
//
// An input is named as in MeshFeatures::names(), with "absolute " before it where the median is not
// to be subtracted; a lift need not be there. Other members are for readers. Throws Error(model)
// naming file, place, expected and found.
MeshAuModels read_mesh_au_models(const std::filesystem::path& file);

// Raw intensities of one face: features and median as MeshFeatures gives them; out: one value per
// unit, 0..5, before dead zone and smoothing. The same bits on every processor. Does not allocate.
void mesh_intensities(const MeshAuModels& models, std::span<const float> features,
                      std::span<const float> median, std::span<double> out);

}  // namespace auriga
