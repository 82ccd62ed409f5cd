#include "recipes/network_method.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "tracking/follower.hpp"
#include "tracking/landmark_confidence.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/still_faces.hpp"
#include "tracking/validated_tracker.hpp"

namespace auriga {
namespace {

// A tracker with the networks that it asks.
class NetworkTracker : public VideoTracker, public PictureProbe {
 public:
  NetworkTracker(std::unique_ptr<FaceNetworks> networks,
                 const std::shared_ptr<const Validator::Model>& validator, const ShapeModel& shape,
                 const FollowOptions& options)
      : networks_(std::move(networks)) {
    FollowerOptions follower;
    if (options.redetect_every > 0) follower.redetect_every = options.redetect_every;
    const FaceFinder find = [this](ImageView bgr) { return networks_->find(bgr); };
    if (options.faces > 1)
      tracker_ = follow_faces(find, networks_->landmarker(), shape, follower, options.faces);
    else
      tracker_ = std::make_unique<Follower>(find, networks_->landmarker(), follower);
    judged_ = validator != nullptr;
    if (!judged_) return;
    validator_.emplace(validator);
    tracker_ = std::make_unique<ValidatedTracker>(std::move(tracker_), *validator_, shape);
  }

  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override {
    const std::span<const TrackedFace> faces = tracker_->next(bgr, clock);
    if (judged_) return faces;
    trusted_.assign(faces.begin(), faces.end());
    for (TrackedFace& face : trusted_) report_trust(face);
    return trusted_;
  }

  PictureProbe* probe() override { return this; }
  Traits traits() const override { return networks_->traits(); }
  std::span<const FaceBox> detect(ImageView bgr) override { return networks_->find(bgr); }
  std::optional<float> roll(ImageView bgr, const FaceBox& box, StageClock& clock) override {
    const FaceMemory nobody;
    if (!networks_->landmarker().look_at(bgr, box, nobody, look_, clock) || !look_.sure) return {};
    return roll_of(look_.view.landmarks);
  }

 private:
  std::unique_ptr<FaceNetworks> networks_;
  std::optional<Validator> validator_;
  std::unique_ptr<VideoTracker> tracker_;
  bool judged_ = false;               // by OpenFace's validator
  std::vector<TrackedFace> trusted_;  // unless they are judged
  FaceLook look_;                     // of roll()
};

class NetworkStills : public VideoTracker {
 public:
  NetworkStills(std::unique_ptr<FaceNetworks> networks,
                const std::shared_ptr<const Validator::Model>& validator, const ShapeModel& shape)
      : networks_(std::move(networks)) {
    if (validator) validator_.emplace(validator);
    faces_.emplace([this](ImageView bgr) { return networks_->find_all(bgr); },
                   networks_->landmarker(), shape, validator_ ? &*validator_ : nullptr);
  }

  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override {
    const std::span<const TrackedFace> faces = faces_->faces(bgr.whole(), clock);
    if (validator_) return faces;
    trusted_.assign(faces.begin(), faces.end());
    for (TrackedFace& face : trusted_) {
      report_trust(face);
      face.analysable = true;  // of a picture all is told, with the confidence beside it
    }
    return trusted_;
  }

 private:
  std::unique_ptr<FaceNetworks> networks_;
  std::optional<Validator> validator_;
  std::optional<StillFaces> faces_;
  std::vector<TrackedFace> trusted_;  // unless they are judged
};

}  // namespace

std::unique_ptr<VideoTracker> NetworkMethod::follow(const FollowOptions& options) const {
  return std::make_unique<NetworkTracker>(networks(), validator_, shape_, options);
}

std::unique_ptr<VideoTracker> NetworkMethod::still() const {
  return std::make_unique<NetworkStills>(networks(), validator_, shape_);
}

void NetworkMethod::load_validator(const MethodParts& parts) {
  if (parts.choice.validate)
    validator_ = Validator::load(parts.files.take(
        parts.files.folder("validator") / "model/detection_validation/validator_cnn_68.txt"));
}

}  // namespace auriga
