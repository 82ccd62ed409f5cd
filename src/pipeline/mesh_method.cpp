// The open way: BlazeFace and the face mesh.
#include <memory>
#include <optional>
#include <utility>

#include "base/grey.hpp"
#include "detect/blazeface.hpp"
#include "landmarks/face_mesh.hpp"
#include "nn/device.hpp"
#include "pipeline/face_method.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/mesh_tracker.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/validated_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

class MeshMethod : public FaceMethod {
 public:
  MeshMethod(const ExtractOptions& options, ModelFiles& files, const ShapeModel& model,
             Setup& setup)
      : pack_(files.folder("blazeface")),
        detector_(BlazeFace::load(pack_ / "face_detection_short_range.onnx",
                                  pack_ / "face_detection_full_range.onnx",
                                  parse_device(options.device))),
        mesh_folder_(files.folder("mesh")),
        mesh_(FaceMeshNetwork::load(mesh_folder_, parse_device(options.device))),
        network_(mesh_),
        map_(mesh_folder_ / "mesh_to_68.txt"),
        model_(model),
        fitter_(model),
        faces_wanted_(options.faces) {
    if (options.validate) {
      validator_.emplace(Validator::load(files.folder("validator") /
                                         "model/detection_validation/validator_cnn_68.txt"));
      judge_.emplace(*validator_, model);
    }
    if (options.redetect_every > 0) tracking_.redetect_every = options.redetect_every;
    setup.device_used = device_word(mesh_->device());
    setup.device_fallback_reason = mesh_->fallback_reason();
  }

  TrackedShapes shapes() const override { return {&model_, {}}; }

  std::unique_ptr<VideoTracker> video() override {
    const FaceFinder find = [this](ImageView bgr) {
      return std::span<const FaceBox>(detector_.detect(bgr));
    };
    const MeshFinder mesh = [this](ImageView bgr, const FaceRoi& roi, FaceMesh& found) {
      return network_.find(bgr, roi, found);
    };
    std::unique_ptr<VideoTracker> tracker;
    if (faces_wanted_ > 1)
      tracker = follow_faces(find, mesh, map_, model_, tracking_, faces_wanted_);
    else
      tracker = std::make_unique<MeshTracker>(find, mesh, map_, model_, tracking_);
    if (!validator_) return tracker;
    return std::make_unique<ValidatedTracker>(std::move(tracker), *validator_, model_);
  }

  const std::vector<TrackedFace>& picture(ImageView bgr, StageClock& clock) override {
    faces_.clear();
    const std::vector<FaceBox>& boxes = clock.time(
        Stage::detect, [&]() -> auto& { return detector_.detect_all(bgr); });
    for (const FaceBox& box : boxes) {
      TrackedFace face;
      const auto presence = clock.time(Stage::landmarks, [&] { return find(bgr, box, face); });
      if (!presence || *presence < tracking_.begin_presence ||
          fitter_.fit(face.landmarks, face.shape) == 0)
        continue;
      face.id = static_cast<int>(faces_.size());
      face.success = face.analysable = face.detector_ran = true;
      face.confidence = *presence;
      if (judge_) {
        if (faces_.empty()) to_grey(bgr, grey_);
        clock.time(Stage::landmarks, [&] { judge_->judge(grey_, face); });
      }
      faces_.push_back(face);
    }
    return faces_;
  }

 private:
  // Twice, for the region of interest converges on the face.
  std::optional<float> find(ImageView bgr, const FaceBox& box, TrackedFace& face) {
    FaceMesh& mesh = face.mesh.emplace();
    if (!network_.find(bgr, roi_around(box), mesh)) return std::nullopt;
    const std::optional<float> presence = network_.find(bgr, roi_around(mesh), mesh);
    if (presence) face.landmarks = map_.landmarks(mesh);
    return presence;
  }

  std::filesystem::path pack_;
  BlazeFace detector_;
  std::filesystem::path mesh_folder_;
  std::shared_ptr<const FaceMeshNetwork::Model> mesh_;
  FaceMeshNetwork network_;
  MeshTo68 map_;
  const ShapeModel& model_;
  ShapeFitter fitter_;
  MeshTrackerOptions tracking_;
  int faces_wanted_;
  std::optional<Validator> validator_;
  std::optional<FaceJudge> judge_;  // of pictures
  Image grey_;
  std::vector<TrackedFace> faces_;
};

}  // namespace

std::unique_ptr<FaceMethod> make_mesh_method(const ExtractOptions& options, ModelFiles& files,
                                             const ShapeModel& model, Setup& setup) {
  return std::make_unique<MeshMethod>(options, files, model, setup);
}

}  // namespace auriga
