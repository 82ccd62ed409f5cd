// A grey picture of which no more need be there than somebody looks at.
#pragma once

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga {

// Makes parts of a grey picture when they are asked for. Thread-safe.
class GreyParts {
 public:
  virtual ~GreyParts() = default;
  // After it `region`, as far as it is within the picture, can be read. Pixels that could be read
  // before are not written again.
  virtual void include(const Region& region) = 0;
};

// Refers to a grey picture that somebody else owns. Thread-safe.
class GreyView {
 public:
  // All of it is there.
  GreyView(ImageView grey) : grey_(grey) {}     // NOLINT(google-explicit-constructor)
  GreyView(const Image& grey) : grey_(grey) {}  // NOLINT(google-explicit-constructor)
  // Of `canvas` that is there which `parts` have made.
  GreyView(ImageView canvas, GreyParts& parts) : grey_(canvas), parts_(&parts) {}

  int width() const { return grey_.width; }
  int height() const { return grey_.height; }
  bool empty() const { return grey_.empty(); }

  // The picture, of which nothing may be read but `region`, as far as it is within the picture.
  ImageView with(const Region& region) const {
    if (parts_ != nullptr) parts_->include(region);
    return grey_;
  }

 private:
  ImageView grey_;
  GreyParts* parts_ = nullptr;
};

}  // namespace auriga
