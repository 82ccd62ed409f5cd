// PyFaceAU's way: RetinaFace and PFLD.
#include <optional>
#include <span>
#include <utility>

#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "nn/device.hpp"
#include "pipeline/face_method.hpp"
#include "tracking/follower.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/pfld_landmarker.hpp"
#include "tracking/still_faces.hpp"
#include "tracking/validated_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

class PfldMethod : public FaceMethod {
 public:
  PfldMethod(const ExtractOptions& options, ModelFiles& files, const ShapeModel& model,
             Setup& setup)
      : detector_(files.file("retinaface"), parse_device(options.device)),
        network_(files.file("pfld"), parse_device(options.device)),
        model_(model),
        landmarker_(network_, model),
        faces_wanted_(options.faces) {
    if (options.validate) {
      validator_.emplace(files.folder("validator") /
                         "model/detection_validation/validator_cnn_68.txt");
    }
    stills_.emplace(finder(), landmarker_, model, validator_ ? &*validator_ : nullptr);
    if (options.redetect_every > 0) tracking_.redetect_every = options.redetect_every;
    setup.device_used = device_word(network_.session().device());
    setup.device_fallback_reason = network_.session().fallback_reason();
  }

  TrackedShapes shapes() const override { return {&model_, {}}; }
  std::unique_ptr<VideoTracker> video() override {
    std::unique_ptr<VideoTracker> tracker;
    if (faces_wanted_ > 1)
      tracker = follow_faces(finder(), landmarker_, model_, tracking_, faces_wanted_);
    else
      tracker = std::make_unique<Follower>(finder(), landmarker_, tracking_);
    if (!validator_) return tracker;
    return std::make_unique<ValidatedTracker>(std::move(tracker), *validator_, model_);
  }
  const std::vector<TrackedFace>& picture(ImageView bgr, StageClock& clock) override {
    return stills_->faces(bgr, clock);
  }

 private:
  FaceFinder finder() {
    return [this](ImageView bgr) { return std::span<const FaceBox>(detector_.detect(bgr)); };
  }

  RetinaFace detector_;
  Pfld network_;
  const ShapeModel& model_;
  PfldLandmarker landmarker_;
  FollowerOptions tracking_;
  int faces_wanted_;
  std::optional<Validator> validator_;
  std::optional<StillFaces> stills_;
};

}  // namespace

std::unique_ptr<FaceMethod> make_pfld_method(const ExtractOptions& options, ModelFiles& files,
                                             const ShapeModel& model, Setup& setup) {
  return std::make_unique<PfldMethod>(options, files, model, setup);
}

}  // namespace auriga
