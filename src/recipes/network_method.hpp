// A detector and a landmarker that are networks: what such methods have in common.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "recipes/recipe.hpp"
#include "tracking/landmarker.hpp"
#include "validation/validator.hpp"

namespace auriga {

// Detector and landmarker with buffers of their own. One thread at a time.
class FaceNetworks {
 public:
  virtual ~FaceNetworks() = default;
  // By descending score; valid until the next call.
  virtual std::span<const FaceBox> find(ImageView bgr) = 0;      // in a frame of a video
  virtual std::span<const FaceBox> find_all(ImageView bgr) = 0;  // in a picture
  virtual Landmarker& landmarker() = 0;
  virtual PictureProbe::Traits traits() const = 0;
};

// Follows faces with Follower, judges them by OpenFace's validator where that is asked for.
class NetworkMethod : public FaceMethod {
 public:
  TrackedShapes shapes() const override { return {&shape_, {}}; }
  std::unique_ptr<VideoTracker> follow(const FollowOptions& options) const override;
  std::unique_ptr<VideoTracker> still() const override;

 protected:
  explicit NetworkMethod(const MethodParts& parts) : shape_(parts.shape) {}
  // To be called once the networks are loaded.
  void load_validator(const MethodParts& parts);
  const ShapeModel& shape() const { return shape_; }

 private:
  virtual std::unique_ptr<FaceNetworks> networks() const = 0;

  const ShapeModel& shape_;
  std::shared_ptr<const Validator::Model> validator_;  // null: not asked for
};

}  // namespace auriga
