// The sizes that the pictures of a stream have had.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "auriga/source.hpp"

namespace auriga {

// Memory is bounded: SourceFacts::kMostSizes are listed. One thread at a time.
class SizeHistory {
 public:
  // The next frame. True when its size is not that of the one before; pictures without pixels have
  // none.
  bool add(const FrameView& frame);

  const PictureSize* first() const { return sizes_.empty() ? nullptr : &sizes_.front(); }
  // The first and those that differ from the one before.
  const std::vector<PictureSize>& sizes() const { return sizes_; }
  std::int64_t changes() const { return changes_; }

  // The changes for people, without a full stop. There must be some.
  std::string text() const;

 private:
  std::vector<PictureSize> sizes_;
  int width_ = 0, height_ = 0;  // of the last frame
  std::int64_t changes_ = 0;
};

}  // namespace auriga
