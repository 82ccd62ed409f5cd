// OpenFace's way: MTCNN and a constrained local model.
#include <optional>
#include <utility>

#include "auriga/error.hpp"

#include "clm/clm_model.hpp"
#include "detect/mtcnn.hpp"
#include "pipeline/face_method.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/openface_image.hpp"
#include "tracking/openface_options.hpp"
#include "tracking/openface_result.hpp"
#include "tracking/openface_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

OpenFaceOptions tracking_options(const ClmOptions& asked, const ClmModel& model) {
  OpenFaceOptions options = asked.wild ? wild_options() : OpenFaceOptions{};
  if (asked.sigma) options.fit.sigma = *asked.sigma;
  if (asked.regularisation) options.fit.regularisation = *asked.regularisation;
  if (asked.weight_factor) options.fit.weight_factor = *asked.weight_factor;
  if (asked.iterations) options.fit.iterations = *asked.iterations;
  if (asked.multi_view) options.multi_view = *asked.multi_view;
  options.validate = asked.validate;
  options.repair_hypotheses = asked.mended;
  adapt_to_model(model.name, options);
  check(options);
  return options;
}

// The main file: of the user, or of the pack that serves `component`.
fs::path main_file(const ExtractOptions& options, const std::string& component, ModelStore& files) {
  if (!options.clm.model.empty()) return options.clm.model;
  fs::path folder = files.folder("clnf");  // CE-CLM shares its shape model and its eyes
  if (component == "ceclm") folder = files.folder("ceclm");
  files.folder("validator");
  return folder / "model" / ("main_" + component + "_general.txt");
}

class ClmMethod : public FaceMethod {
 public:
  ClmMethod(const ExtractOptions& options, const std::string& component, ModelStore& files)
      : model_(read_clm_model(main_file(options, component, files))),
        detector_(files.folder("mtcnn") / "model/mtcnn_detector/MTCNN_detector.txt"),
        options_(tracking_options(options.clm, *model_)),
        faces_(options.faces) {
    if (!options.clm.model.empty()) files.note(model_->files);
    require_face_model(*model_);
    if (options_.validate && !model_->validator.empty()) validator_.emplace(model_->validator);
    image_.emplace(model_, validator(), options_);
  }

  TrackedShapes shapes() const override {
    TrackedShapes shapes{&model_->shape, {}};
    const std::array<int, 2> eyes = eye_parts(*model_);
    for (std::size_t i = 0; i < 2; ++i)
      if (eyes[i] >= 0)
        shapes.eyes[i] = &model_->parts[static_cast<std::size_t>(eyes[i])].model->shape;
    if (shapes.eyes[0] == nullptr || shapes.eyes[1] == nullptr) shapes.eyes = {};
    return shapes;
  }

  std::unique_ptr<VideoTracker> video() override {
    if (faces_ > 1) return follow_faces(model_, validator(), finder(), options_, faces_);
    return std::make_unique<OpenFaceTracker>(model_, validator(), finder(), options_);
  }

  const std::vector<TrackedFace>& picture(ImageView bgr, StageClock& clock) override {
    const std::vector<FaceBox>& boxes = clock.time(
        Stage::detect, [&]() -> auto& { return detector_.detect(bgr); });
    const std::span<const TrackedFace> faces = image_->faces(bgr, boxes, clock);
    picture_.assign(faces.begin(), faces.end());
    return picture_;
  }

 private:
  Validator* validator() { return validator_ ? &*validator_ : nullptr; }
  FaceFinder finder() {
    return [this](ImageView bgr) { return std::span<const FaceBox>(detector_.detect(bgr)); };
  }

  std::shared_ptr<const ClmModel> model_;
  Mtcnn detector_;
  OpenFaceOptions options_;
  int faces_;
  std::optional<Validator> validator_;
  std::optional<OpenFaceImage> image_;
  std::vector<TrackedFace> picture_;
};

}  // namespace

std::unique_ptr<FaceMethod> make_clm_method(const ExtractOptions& options,
                                            const std::string& component, ModelStore& files) {
  return std::make_unique<ClmMethod>(options, component, files);
}

}  // namespace auriga
