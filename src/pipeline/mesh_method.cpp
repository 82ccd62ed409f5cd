// The open way: BlazeFace and the face mesh.
#include <optional>
#include <span>
#include <utility>

#include "detect/blazeface.hpp"
#include "landmarks/face_mesh.hpp"
#include "nn/device.hpp"
#include "pipeline/face_method.hpp"
#include "tracking/follower.hpp"
#include "tracking/mesh_landmarker.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/still_faces.hpp"
#include "tracking/validated_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

class MeshMethod : public FaceMethod {
 public:
  MeshMethod(const ExtractOptions& options, ModelFiles& files, const ShapeModel& model,
             Setup& setup)
      : pack_(files.folder("blazeface")),
        detector_(pack_ / "face_detection_short_range.onnx",
                  pack_ / "face_detection_full_range.onnx", parse_device(options.device)),
        mesh_folder_(files.folder("mesh")),
        network_(mesh_folder_, parse_device(options.device)),
        map_(mesh_folder_ / "mesh_to_68.txt"),
        model_(model),
        landmarker_([this](ImageView bgr, const FaceRoi& roi,
                           FaceMesh& found) { return network_.find(bgr, roi, found); },
                    map_, model),
        faces_wanted_(options.faces) {
    if (options.validate) {
      validator_.emplace(files.folder("validator") /
                         "model/detection_validation/validator_cnn_68.txt");
    }
    stills_.emplace(
        [this](ImageView bgr) { return std::span<const FaceBox>(detector_.detect_all(bgr)); },
        landmarker_, model, validator_ ? &*validator_ : nullptr);
    if (options.redetect_every > 0) tracking_.redetect_every = options.redetect_every;
    setup.device_used = device_word(network_.device());
    setup.device_fallback_reason = network_.fallback_reason();
  }

  TrackedShapes shapes() const override { return {&model_, {}}; }

  std::unique_ptr<VideoTracker> video() override {
    const FaceFinder find = [this](ImageView bgr) {
      return std::span<const FaceBox>(detector_.detect(bgr));
    };
    std::unique_ptr<VideoTracker> tracker;
    if (faces_wanted_ > 1)
      tracker = follow_faces(find, landmarker_, model_, tracking_, faces_wanted_);
    else
      tracker = std::make_unique<Follower>(find, landmarker_, tracking_);
    if (!validator_) return tracker;
    return std::make_unique<ValidatedTracker>(std::move(tracker), *validator_, model_);
  }

  const std::vector<TrackedFace>& picture(ImageView bgr, StageClock& clock) override {
    return stills_->faces(bgr, clock);
  }

 private:
  std::filesystem::path pack_;
  BlazeFace detector_;
  std::filesystem::path mesh_folder_;
  FaceMeshNetwork network_;
  MeshTo68 map_;
  const ShapeModel& model_;
  MeshLandmarker landmarker_;
  FollowerOptions tracking_;
  int faces_wanted_;
  std::optional<Validator> validator_;
  std::optional<StillFaces> stills_;
};

}  // namespace

std::unique_ptr<FaceMethod> make_mesh_method(const ExtractOptions& options, ModelFiles& files,
                                             const ShapeModel& model, Setup& setup) {
  return std::make_unique<MeshMethod>(options, files, model, setup);
}

}  // namespace auriga
