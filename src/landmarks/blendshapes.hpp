// Reads blendshapes from the face mesh with MediaPipe's network (ONNX).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "auriga/face.hpp"

#include "nn/device.hpp"
#include "nn/network.hpp"
#include "nn/runner.hpp"

namespace auriga {

// The network sees x and y of 146 of the mesh's points. It takes away their middle and size itself,
// but not the tilt of the head, which moves its answers by up to .3; so it is given them turned
// until the line of the eyes is level.
//
// Not thread-safe: one object per thread; they may share a model. Allocates nothing but what the
// runtime needs inside.
class BlendshapeNetwork {
 public:
  // The weights. Immutable: any number of threads may share one.
  class Model {
   private:
    friend class BlendshapeNetwork;
    explicit Model(std::shared_ptr<const Network> network) : network_(std::move(network)) {}
    std::shared_ptr<const Network> network_;
  };

  // `threads`: that share one run, the caller's included. Throws Error(model) when `file` is not
  // this network, Error(usage) when `device` cannot be had.
  static std::shared_ptr<const Model> load(const std::filesystem::path& file,
                                           const DeviceChoice& device = {}, int threads = 1);

  // Costs buffers only. `model`: not null.
  explicit BlendshapeNetwork(const std::shared_ptr<const Model>& model);

  // Of a mesh in px, or any other unit that is the same along x and y. Moved, larger and turned
  // meshes give the same up to rounding (1e-5). Nothing when the mesh or the network's answer is
  // not finite: all points in one place.
  std::optional<Blendshapes> compute(const FaceMesh& mesh);

 private:
  Runner runner_;
};

}  // namespace auriga
