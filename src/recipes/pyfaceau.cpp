// PyFaceAU's way: RetinaFace and PFLD.
#include <filesystem>
#include <utility>

#include "base/parallel.hpp"
#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "recipes/network_method.hpp"
#include "tracking/pfld_landmarker.hpp"

namespace auriga {
namespace {

class PfldNetworks : public FaceNetworks {
 public:
  PfldNetworks(std::shared_ptr<const RetinaFace::Model> detector,
               std::shared_ptr<const Pfld::Model> landmarker, const ShapeModel& shape)
      : detector_(std::move(detector)),
        network_(std::move(landmarker)),
        landmarker_(network_, shape) {}

  std::span<const FaceBox> find(ImageView bgr) override { return detector_.detect(bgr); }
  std::span<const FaceBox> find_all(ImageView bgr) override { return detector_.detect(bgr); }
  Landmarker& landmarker() override { return landmarker_; }
  PictureProbe::Traits traits() const override { return {.least_score = 0.99f}; }

 private:
  RetinaFace detector_;
  Pfld network_;
  PfldLandmarker landmarker_;
};

class PfldMethod : public NetworkMethod {
 public:
  explicit PfldMethod(const MethodParts& parts) : NetworkMethod(parts) {
    const std::filesystem::path detector = parts.files.file("retinaface"),
                                landmarker = parts.files.file("pfld");
    in_parallel_all(2, [&](int which) {
      if (which == 0)
        detector_ = RetinaFace::load(detector, parts.device);
      else
        landmarker_ = Pfld::load(landmarker, parts.device);
    });
    load_validator(parts);
  }

  std::string device_used() const override {
    return std::string(device_word(landmarker_->device()));
  }
  std::string device_fallback_reason() const override { return landmarker_->fallback_reason(); }

 private:
  std::unique_ptr<FaceNetworks> networks() const override {
    return std::make_unique<PfldNetworks>(detector_, landmarker_, shape());
  }

  std::shared_ptr<const RetinaFace::Model> detector_;
  std::shared_ptr<const Pfld::Model> landmarker_;
};

}  // namespace

std::shared_ptr<const FaceMethod> make_pfld_method(const MethodParts& parts) {
  return std::make_shared<PfldMethod>(parts);
}

}  // namespace auriga
