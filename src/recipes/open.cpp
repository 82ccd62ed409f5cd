// The open way: BlazeFace and the face mesh.
#include <filesystem>
#include <utility>

#include "base/parallel.hpp"
#include "detect/blazeface.hpp"
#include "landmarks/blendshapes.hpp"
#include "landmarks/face_mesh.hpp"
#include "recipes/network_method.hpp"
#include "tracking/mesh_landmarker.hpp"

namespace auriga {
namespace {

class MeshNetworks : public FaceNetworks {
 public:
  MeshNetworks(std::shared_ptr<const BlazeFace::Model> detector,
               std::shared_ptr<const FaceMeshNetwork::Model> mesh, const MeshTo68& map,
               const ShapeModel& shape)
      : detector_(std::move(detector)),
        network_(std::move(mesh)),
        landmarker_([this](const Picture& bgr, const FaceRoi& roi,
                           FaceMesh& found) { return network_.find(bgr, roi, found); },
                    map, shape) {}

  std::span<const FaceBox> find(ImageView bgr) override { return detector_.detect(bgr); }
  std::span<const FaceBox> find_all(ImageView bgr) override { return detector_.detect_all(bgr); }
  Landmarker& landmarker() override { return landmarker_; }
  PictureProbe::Traits traits() const override {
    return {.least_score = 0.85f, .believes_anything = true};
  }

 private:
  BlazeFace detector_;
  FaceMeshNetwork network_;
  MeshLandmarker landmarker_;
};

class MeshMethod : public NetworkMethod {
 public:
  explicit MeshMethod(const MethodParts& parts)
      : NetworkMethod(parts),
        folder_(parts.files.folder("mesh")),
        map_(folder_ / "mesh_to_68.txt") {
    const std::filesystem::path detector = parts.files.folder("blazeface");
    std::filesystem::path blendshapes;
    if (parts.files.has({kBlendshapesComponent}))
      blendshapes = parts.files.file(kBlendshapesComponent);
    in_parallel_all(3, [&](int which) {
      if (which == 0)
        detector_ = BlazeFace::load(detector / "face_detection_short_range.onnx",
                                    detector / "face_detection_full_range.onnx", parts.device);
      else if (which == 1)
        mesh_ = FaceMeshNetwork::load(folder_, parts.device);
      else if (!blendshapes.empty())
        blendshapes_ = BlendshapeNetwork::load(blendshapes, parts.device);
    });
    load_validator(parts);
  }

  std::shared_ptr<const BlendshapeNetwork::Model> blendshapes() const override {
    return blendshapes_;
  }

  std::string device_used() const override { return std::string(device_word(mesh_->device())); }
  std::string device_fallback_reason() const override { return mesh_->fallback_reason(); }

 private:
  std::unique_ptr<FaceNetworks> networks() const override {
    return std::make_unique<MeshNetworks>(detector_, mesh_, map_, shape());
  }

  std::shared_ptr<const BlazeFace::Model> detector_;
  std::filesystem::path folder_;
  std::shared_ptr<const FaceMeshNetwork::Model> mesh_;
  MeshTo68 map_;
  std::shared_ptr<const BlendshapeNetwork::Model> blendshapes_;  // null: the pack has none
};

}  // namespace

std::shared_ptr<const FaceMethod> make_mesh_method(const MethodParts& parts) {
  return std::make_shared<MeshMethod>(parts);
}

}  // namespace auriga
