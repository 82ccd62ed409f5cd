// PyFaceAU's way: RetinaFace and PFLD.
#include <memory>
#include <optional>
#include <utility>

#include "base/grey.hpp"
#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "nn/device.hpp"
#include "pipeline/face_method.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/face_tracker.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/validated_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

class PfldMethod : public FaceMethod {
 public:
  PfldMethod(const ExtractOptions& options, ModelFiles& files, const ShapeModel& model,
             Setup& setup)
      : detector_(RetinaFace::load(files.file("retinaface"), parse_device(options.device))),
        pfld_(Pfld::load(files.file("pfld"), parse_device(options.device))),
        landmarker_(pfld_),
        model_(model),
        fitter_(model),
        faces_wanted_(options.faces) {
    if (options.validate) {
      validator_.emplace(Validator::load(files.folder("validator") /
                                         "model/detection_validation/validator_cnn_68.txt"));
      judge_.emplace(*validator_, model);
    }
    if (options.redetect_every > 0) tracking_.redetect_every = options.redetect_every;
    setup.device_used = device_word(pfld_->device());
    setup.device_fallback_reason = pfld_->fallback_reason();
  }

  TrackedShapes shapes() const override { return {&model_, {}}; }
  std::unique_ptr<VideoTracker> video() override {
    std::unique_ptr<VideoTracker> tracker;
    if (faces_wanted_ > 1)
      tracker = follow_faces(detector_, landmarker_, model_, tracking_, faces_wanted_);
    else
      tracker = std::make_unique<FaceTracker>(detector_, landmarker_, model_, tracking_);
    if (!validator_) return tracker;
    return std::make_unique<ValidatedTracker>(std::move(tracker), *validator_, model_);
  }
  const std::vector<TrackedFace>& picture(ImageView bgr, StageClock& clock) override {
    faces_.clear();
    const std::vector<FaceBox>& boxes = clock.time(
        Stage::detect, [&]() -> auto& { return detector_.detect(bgr); });
    for (const FaceBox& box : boxes) {
      const auto landmarks =
          clock.time(Stage::landmarks, [&] { return landmarker_.landmarks(bgr, box); });
      TrackedFace face;
      if (!landmarks || fitter_.fit(*landmarks, face.shape) == 0) continue;
      face.id = static_cast<int>(faces_.size());
      face.landmarks = *landmarks;
      face.success = face.analysable = face.detector_ran = true;
      face.confidence = box.score;
      if (judge_) {
        if (faces_.empty()) to_grey(bgr, grey_);
        clock.time(Stage::landmarks, [&] { judge_->judge(grey_, face); });
      }
      faces_.push_back(face);
    }
    return faces_;
  }

 private:
  RetinaFace detector_;
  std::shared_ptr<const Pfld::Model> pfld_;
  Pfld landmarker_;
  const ShapeModel& model_;
  ShapeFitter fitter_;
  TrackerOptions tracking_;
  int faces_wanted_;
  std::optional<Validator> validator_;
  std::optional<FaceJudge> judge_;  // of pictures
  Image grey_;
  std::vector<TrackedFace> faces_;
};

}  // namespace

std::unique_ptr<FaceMethod> make_pfld_method(const ExtractOptions& options, ModelFiles& files,
                                             const ShapeModel& model, Setup& setup) {
  return std::make_unique<PfldMethod>(options, files, model, setup);
}

}  // namespace auriga
