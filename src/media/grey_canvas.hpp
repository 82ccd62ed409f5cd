// The grey picture of a frame, made where it is looked at.
#pragma once

#include <mutex>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

#include "base/grey_view.hpp"
#include "media/picture.hpp"

namespace auriga {

// One picture at a time; the buffer is kept. begin() is the owner's, the rest is thread-safe.
class GreyCanvas final : public GreyParts {
 public:
  // Another picture, which must be there until the next. The same levels as to_grey() of all of it.
  GreyView begin(const Picture& picture);

  void include(const Region& region) override;

 private:
  void fill(const Region& region);

  std::mutex mutex_;  // guards the fields below
  Picture picture_;
  Image grey_;
  Region there_;
};

}  // namespace auriga
