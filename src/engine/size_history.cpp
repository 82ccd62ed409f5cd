#include "engine/size_history.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include <fmt/core.h>

namespace auriga {
namespace {

constexpr std::size_t kMostTold = 8;  // sizes in a sentence

}  // namespace

bool SizeHistory::add(const FrameView& frame) {
  const ImageView& bgr = frame.bgr;
  if (bgr.empty() || (bgr.width == width_ && bgr.height == height_)) return false;
  if (width_ > 0) ++changes_;
  width_ = bgr.width;
  height_ = bgr.height;
  if (sizes_.size() < SourceFacts::kMostSizes)
    sizes_.push_back({frame.index, frame.timestamp_s, width_, height_});
  return true;
}

std::string SizeHistory::text() const {
  assert(changes_ > 0);
  const std::size_t told = std::min(sizes_.size(), kMostTold);
  std::string text = "the size of the picture changes";
  text += changes_ == 1 ? "" : fmt::format(" {} times", changes_);
  for (std::size_t i = 0; i < told; ++i) {
    const PictureSize& size = sizes_[i];
    text += fmt::format("{} {}x{}", i == 0 ? ":" : ",", size.width, size.height);
    if (i == 0) continue;
    text += fmt::format(" from frame {}", size.frame + 1);
    // Pictures of a folder are all at 0.
    if (size.timestamp_s > 0) text += fmt::format(" ({:.3f} s)", size.timestamp_s);
  }
  const std::int64_t more = changes_ + 1 - static_cast<std::int64_t>(told);
  if (more > 0) text += fmt::format(", and {} more", more);
  return text;
}

}  // namespace auriga
