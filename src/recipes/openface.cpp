// OpenFace's way: MTCNN and a constrained local model.
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "clm/clm_model.hpp"
#include "detect/mtcnn.hpp"
#include "recipes/recipe.hpp"
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

// That of the user, or of the pack that serves `component`.
std::shared_ptr<const ClmModel> landmark_model(const MethodParts& parts,
                                               const std::string& component) {
  const FindFile find = parts.files.finder();
  const PackedCache cache{parts.files.cache(),
                          [&](const fs::path& file) { return parts.files.remembered(file); }};
  if (const fs::path& own = parts.choice.clm.model; !own.empty())
    return read_clm_model(find(own), find, cache);
  fs::path folder = parts.files.folder("clnf");  // CE-CLM shares its shape model and its eyes
  if (component == "ceclm") folder = parts.files.folder("ceclm");
  parts.files.folder("validator");
  return read_clm_model(find(folder / "model" / ("main_" + component + "_general.txt")), find,
                        cache);
}

// What all trackers share.
struct ClmParts {
  std::shared_ptr<const ClmModel> model;
  std::shared_ptr<const Mtcnn::Model> detector;
  std::shared_ptr<const Validator::Model> validator;  // null: nothing is validated
  OpenFaceOptions options;
};

// Detector and validator with buffers of their own.
struct ClmTools {
  explicit ClmTools(const ClmParts& parts) : detector(parts.detector) {
    if (parts.validator) validator.emplace(parts.validator);
  }
  FaceFinder finder() {
    return [this](ImageView bgr) { return std::span<const FaceBox>(detector.detect(bgr)); };
  }
  Validator* judge() { return validator ? &*validator : nullptr; }

  Mtcnn detector;
  std::optional<Validator> validator;
};

class ClmTracker : public VideoTracker, public PictureProbe {
 public:
  ClmTracker(const ClmParts& parts, int faces) : parts_(parts), tools_(parts) {
    if (faces > 1)
      tracker_ = follow_faces(parts.model, tools_.judge(), tools_.finder(), parts.options, faces);
    else
      tracker_ = std::make_unique<OpenFaceTracker>(parts.model, tools_.judge(), tools_.finder(),
                                                   parts.options);
  }

  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override {
    return tracker_->next(bgr, clock);
  }

  PictureProbe* probe() override { return this; }
  Traits traits() const override { return {.least_score = 0.99f, .has_points = false}; }
  std::span<const FaceBox> detect(ImageView bgr) override { return tools_.detector.detect(bgr); }
  std::optional<float> roll(ImageView bgr, const FaceBox& box, StageClock& clock) override {
    if (!image_) image_.emplace(parts_.model, tools_.judge(), parts_.options);
    const std::span<const TrackedFace> faces = image_->faces(bgr, {&box, 1}, clock);
    if (faces.empty() || !faces.front().success) return {};
    return roll_of(faces.front().landmarks);
  }

 private:
  const ClmParts& parts_;
  ClmTools tools_;
  std::unique_ptr<VideoTracker> tracker_;
  std::optional<OpenFaceImage> image_;  // for roll()
};

class ClmStills : public VideoTracker {
 public:
  explicit ClmStills(const ClmParts& parts)
      : tools_(parts), image_(parts.model, tools_.judge(), parts.options) {}

  std::span<const TrackedFace> next(const Picture& picture, StageClock& clock) override {
    const ImageView bgr = picture.whole();
    const std::vector<FaceBox>& boxes = clock.time(
        Stage::detect, [&]() -> auto& { return tools_.detector.detect(bgr); });
    return image_.faces(bgr, boxes, clock);
  }

 private:
  ClmTools tools_;
  OpenFaceImage image_;
};

class ClmMethod : public FaceMethod {
 public:
  ClmMethod(const MethodParts& parts, const std::string& component) {
    parts_.model = landmark_model(parts, component);
    const FindFile find = parts.files.finder();
    parts_.detector = Mtcnn::load(
        find(parts.files.folder("mtcnn") / "model/mtcnn_detector/MTCNN_detector.txt"), find);
    parts_.options = tracking_options(parts.choice.clm, *parts_.model);
    require_face_model(*parts_.model);
    if (parts_.options.validate && !parts_.model->validator.empty())
      parts_.validator = Validator::load(parts_.model->validator);
    ClmStills check(parts_);  // that the parts go together
  }

  TrackedShapes shapes() const override {
    const ClmModel& model = *parts_.model;
    TrackedShapes shapes{&model.shape, {}};
    const std::array<int, 2> eyes = eye_parts(model);
    for (std::size_t i = 0; i < 2; ++i)
      if (eyes[i] >= 0)
        shapes.eyes[i] = &model.parts[static_cast<std::size_t>(eyes[i])].model->shape;
    if (shapes.eyes[0] == nullptr || shapes.eyes[1] == nullptr) shapes.eyes = {};
    return shapes;
  }

  std::unique_ptr<VideoTracker> follow(const FollowOptions& options) const override {
    return std::make_unique<ClmTracker>(parts_, options.faces);
  }
  std::unique_ptr<VideoTracker> still() const override {
    return std::make_unique<ClmStills>(parts_);
  }

 private:
  ClmParts parts_;
};

}  // namespace

std::shared_ptr<const FaceMethod> make_clnf_method(const MethodParts& parts) {
  return std::make_shared<ClmMethod>(parts, "clnf");
}

std::shared_ptr<const FaceMethod> make_ceclm_method(const MethodParts& parts) {
  return std::make_shared<ClmMethod>(parts, "ceclm");
}

}  // namespace auriga
