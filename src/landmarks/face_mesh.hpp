// Finds the 478 points of a face with MediaPipe's attention face mesh (ONNX), and the 68 landmarks
// in them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "landmarks/roi_crop.hpp"
#include "nn/device.hpp"

namespace auriga {

// Around a detected face: 1.5 times the longer side, turned so that the eyes are level.
FaceRoi roi_around(const FaceBox& box);
// Around the face of the frame before: 1.5 times the longer side of the turned bounding box of the
// 468 points of the surface, turned by the line between the outer eye corners.
FaceRoi roi_around(const FaceMesh& mesh);

// Not thread-safe: one object per thread. Allocates nothing but what the runtime needs inside.
class FaceMeshNetwork {
 public:
  // `pack`: folder with face_mesh_{trunk,lips,left_eye,right_eye}.onnx and face_mesh_regions.json
  // (tools/open-pack/README.md). Throws Error(model) when a file is missing or is not this network,
  // Error(usage) when `device` cannot be had.
  explicit FaceMeshNetwork(const std::filesystem::path& pack, const DeviceChoice& device = {},
                           int threads = 1);
  ~FaceMeshNetwork();
  FaceMeshNetwork(FaceMeshNetwork&&) noexcept;
  FaceMeshNetwork& operator=(FaceMeshNetwork&&) noexcept;

  // The mesh of a face that fills `roi`, px of `bgr` (3 channels), and the probability, 0..1, that
  // there is a face at all, which is the return value. Outside of the frame the network sees the
  // frame's edge continued. Nothing when the square has no pixel in the frame, is not finite, or
  // the network's answer is not finite.
  std::optional<float> find(ImageView bgr, const FaceRoi& roi, FaceMesh& mesh);

  Device device() const;
  const std::string& fallback_reason() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
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
