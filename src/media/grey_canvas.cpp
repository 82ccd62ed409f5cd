#include "media/grey_canvas.hpp"

#include <algorithm>

#include "base/grey.hpp"

namespace auriga {

GreyView GreyCanvas::begin(const Picture& picture) {
  const std::lock_guard lock(mutex_);
  picture_ = picture;
  there_ = {};
  grey_.fit(picture.width(), picture.height(), 1);
  return {grey_, *this};
}

// What is there stays a rectangle, and grows by a little more than is asked for: the next one to
// ask looks nearly at the same place.
void GreyCanvas::include(const Region& region) {
  const std::lock_guard lock(mutex_);
  int left = std::clamp(region.x, 0, grey_.width());
  int top = std::clamp(region.y, 0, grey_.height());
  int right = std::clamp(region.x + region.width, left, grey_.width());
  int bottom = std::clamp(region.y + region.height, top, grey_.height());
  if (left == right || top == bottom) return;
  const Region old = there_;
  const int old_right = old.x + old.width, old_bottom = old.y + old.height;
  if (old.width > 0) {
    if (left >= old.x && top >= old.y && right <= old_right && bottom <= old_bottom) return;
    left = std::min(left, old.x), top = std::min(top, old.y);
    right = std::max(right, old_right), bottom = std::max(bottom, old_bottom);
  }
  const int spare = (right - left) / 16 + 2;
  const auto grown = [&](int begin, int old_begin) {
    return old.width > 0 && begin == old_begin ? begin : std::max(0, begin - spare);
  };
  left = grown(left, old.x), top = grown(top, old.y);
  if (old.width == 0 || right != old_right) right = std::min(grey_.width(), right + spare);
  if (old.width == 0 || bottom != old_bottom) bottom = std::min(grey_.height(), bottom + spare);
  there_ = {left, top, right - left, bottom - top};
  if (old.width == 0) return fill(there_);
  fill({left, top, right - left, old.y - top});
  fill({left, old_bottom, right - left, bottom - old_bottom});
  fill({left, old.y, old.x - left, old.height});
  fill({old_right, old.y, right - old_right, old.height});
}

void GreyCanvas::fill(const Region& region) {
  if (region.width <= 0 || region.height <= 0) return;
  const ImageView bgr = picture_.with(region);
  const ImageView part{bgr.row(region.y) + std::ptrdiff_t{3} * region.x, region.width,
                       region.height, 3, bgr.stride};
  to_grey(part, grey_, region.x, region.y);
}

}  // namespace auriga
