// A picture of which no more is converted than somebody looks at.
#pragma once

#include <span>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga {

// Refers to a picture in BGR, upright, that somebody else owns. As thread-safe as that.
class Picture {
 public:
  Picture() = default;  // empty
  // All of it is there.
  Picture(ImageView bgr) : all_(bgr) {}     // NOLINT(google-explicit-constructor)
  Picture(const Image& bgr) : all_(bgr) {}  // NOLINT(google-explicit-constructor)
  // `frame` stays and is not filled again as long as this is used.
  explicit Picture(Frame& frame) : frame_(&frame) {}

  int width() const { return frame_ != nullptr ? frame_->width() : all_.width; }
  int height() const { return frame_ != nullptr ? frame_->height() : all_.height; }
  int channels() const { return frame_ != nullptr ? 3 : all_.channels; }
  bool empty() const { return width() <= 0 || height() <= 0; }
  // A view of this size that shows nothing.
  ImageView size() const { return {nullptr, width(), height(), 3, 0}; }

  ImageView whole() const { return frame_ != nullptr ? frame_->bgr() : all_; }
  operator ImageView() const { return whole(); }  // NOLINT(google-explicit-constructor)

  // The picture in its own coordinates, of which nothing may be read but what lies in `region`, as
  // far as that is within the picture. Valid until the next call.
  ImageView with(const Region& region) const;
  // The pixels in columns `x` of rows `y`, px, which must lie within.
  void pixels(std::span<const int> x, std::span<const int> y, Image& pixels) const;

 private:
  Frame* frame_ = nullptr;  // null: all_
  ImageView all_;
};

// The smallest region of whole pixels that holds these positions, px, and `margin` more; within the
// picture of that size. Empty where they are not numbers.
Region region_around(float left, float top, float right, float bottom, int margin, int width,
                     int height);

}  // namespace auriga
