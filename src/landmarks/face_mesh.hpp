// Finds the 478 points of a face with MediaPipe's attention face mesh (ONNX), and the 68 landmarks
// in them.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "landmarks/mesh_regions.hpp"
#include "landmarks/roi_crop.hpp"
#include "media/picture.hpp"
#include "nn/device.hpp"
#include "nn/network.hpp"
#include "nn/runner.hpp"

namespace auriga {

// Around a detected face: 1.5 times the longer side, turned so that the eyes are level.
FaceRoi roi_around(const FaceBox& box);
// Around the face of the frame before: 1.5 times the longer side of the turned bounding box of the
// 468 points of the surface, turned by the line between the outer eye corners.
FaceRoi roi_around(const FaceMesh& mesh);

// Probability, 0..1, that there is a face.
float presence_of(float logit);

// Not thread-safe: one object per thread; they may share a model. Allocates nothing but what the
// runtime needs inside.
class FaceMeshNetwork {
 public:
  // The weights of its networks. Immutable: any number of threads may share one.
  class Model {
   public:
    // Of the trunk.
    Device device() const { return trunk_->device(); }
    // Why another device than the wanted one is in use; empty: it is not.
    const std::string& fallback_reason() const { return trunk_->fallback_reason(); }

   private:
    friend class FaceMeshNetwork;
    Model(const std::filesystem::path& pack, const DeviceChoice& device, int threads);

    std::shared_ptr<const Network> trunk_;
    std::array<std::shared_ptr<const Network>, kMeshRegions> regions_;
    std::array<MeshRegion, kMeshRegions> shapes_;
  };

  // `pack`: folder with face_mesh_{trunk,lips,left_eye,right_eye}.onnx and face_mesh_regions.json
  // (tools/open-pack/README.md). `threads`: that share one run, the caller's included. Throws
  // Error(model) when a file is missing or is not this network, Error(usage) when `device` cannot
  // be had.
  static std::shared_ptr<const Model> load(const std::filesystem::path& pack,
                                           const DeviceChoice& device = {}, int threads = 1);

  // Costs buffers only. `model`: not null.
  explicit FaceMeshNetwork(std::shared_ptr<const Model> model);

  // The mesh of a face that fills `roi`, px of `bgr` (3 channels), and, as the return value, the
  // logit of the probability that there is a face at all (presence_of): of good faces 20 to 35,
  // where a probability says no more. Outside of the frame the network sees the frame's edge
  // continued. Nothing when the square has no pixel in the frame, is not finite, or the network's
  // answer is not finite.
  std::optional<float> find(const Picture& bgr, const FaceRoi& roi, FaceMesh& mesh);

 private:
  std::shared_ptr<const Model> model_;
  Runner trunk_;
  std::array<Runner, kMeshRegions> regions_;
};

// The 68 landmarks as weighted means of mesh points; made from ICT-FaceKit (tools/open-pack).
// Immutable: any number of threads may share one.
class MeshTo68 {
 public:
  // mesh_to_68.txt of the open pack. Throws Error(model) when it is missing, truncated or not such
  // a table.
  explicit MeshTo68(const std::filesystem::path& file);
  Landmarks landmarks(const FaceMesh& mesh) const;

 private:
  struct Term {
    int point;
    float weight;
  };
  std::vector<std::vector<Term>> terms_;  // of each landmark
};

}  // namespace auriga
