// Whether places in px still mean something when frames come in another size.
#pragma once

#include <cmath>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga {

// From the pixels of one frame to those of the same picture in another size.
struct PixelScale {
  float x = 1, y = 1;

  float size() const { return (x + y) / 2; }
  Point2 at(float px, float py) const { return {(px + 0.5f) * x - 0.5f, (py + 0.5f) * y - 0.5f}; }
  void apply(Landmarks& landmarks) const {
    for (int i = 0; i < kLandmarks; ++i) {
      const Point2 to = at(landmarks.x[i], landmarks.y[i]);
      landmarks.x[i] = to.x;
      landmarks.y[i] = to.y;
    }
  }
  // Pose of a weak-perspective shape: ShapeFit, ShapePose.
  template <typename Pose>
  void apply_to_pose(Pose& pose) const {
    const Point2 to = at(pose.tx, pose.ty);
    pose.tx = to.x;
    pose.ty = to.y;
    pose.scale *= size();
  }
};

// The size of the last frame of a stream that was not empty.
class FrameSize {
 public:
  enum class Change {
    none,
    scaled,  // the same proportions: the same picture, larger or smaller
    other,   // places mean nothing any more; also for the first frame and for empty ones
  };

  // The next frame; the scale is that from the frame before, if it is scaled.
  Change next(ImageView bgr) {
    if (bgr.empty()) return Change::other;
    const int w = width_, h = height_;
    width_ = bgr.width;
    height_ = bgr.height;
    if (w == width_ && h == height_) return Change::none;
    if (w == 0) return Change::other;
    scale_ = {static_cast<float>(width_) / static_cast<float>(w),
              static_cast<float>(height_) / static_cast<float>(h)};
    // Encoders round sizes to whole macroblocks.
    constexpr float kSameProportions = 0.02f;
    return std::abs(scale_.x / scale_.y - 1) < kSameProportions ? Change::scaled : Change::other;
  }
  const PixelScale& scale() const { return scale_; }

 private:
  int width_ = 0, height_ = 0;
  PixelScale scale_;
};

}  // namespace auriga
