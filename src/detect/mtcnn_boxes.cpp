#include "detect/mtcnn_boxes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace auriga {
namespace {

constexpr float kMostPixels = 1 << 24;  // below, floats hold all integers

std::int64_t area(const PixelBox& box) { return std::int64_t{box.w} * box.h; }

bool overlap_more(const PixelBox& a, const PixelBox& b, float threshold, OverlapOf overlap_of) {
  const int w = std::min(a.x + a.w, b.x + b.w) - std::max(a.x, b.x);
  const int h = std::min(a.y + a.h, b.y + b.h) - std::max(a.y, b.y);
  if (w <= 0 || h <= 0) return false;
  const std::int64_t both = std::int64_t{w} * h;
  const std::int64_t whole =
      overlap_of == OverlapOf::both ? area(a) + area(b) - both : std::min(area(a), area(b));
  return static_cast<float>(both) / static_cast<float>(whole) > threshold;
}

}  // namespace

PixelBox rounded(const MtcnnCandidate& box) {
  const auto round = [](float v) { return static_cast<int>(std::nearbyint(v)); };
  return {round(box.x), round(box.y), round(box.w), round(box.h)};
}

PixelBox crop_window(const MtcnnCandidate& box) {
  const PixelBox whole = rounded(box);
  return {whole.x - 1, whole.y - 1, whole.w + 1, whole.h + 1};
}

void suppress(std::vector<MtcnnCandidate>& boxes, float threshold, OverlapOf overlap_of) {
  int place = 0;
  for (MtcnnCandidate& box : boxes) {
    box.rounded = rounded(box);
    box.place = place++;
  }
  std::sort(boxes.begin(), boxes.end(), [](const MtcnnCandidate& a, const MtcnnCandidate& b) {
    return a.score != b.score ? a.score > b.score : a.place > b.place;
  });
  auto kept_end = boxes.begin();
  for (const MtcnnCandidate& box : boxes) {
    const bool covered = std::any_of(boxes.begin(), kept_end, [&](const MtcnnCandidate& kept) {
      return overlap_more(kept.rounded, box.rounded, threshold, overlap_of);
    });
    if (!covered) *kept_end++ = box;
  }
  boxes.erase(kept_end, boxes.end());
}

void regress(std::vector<MtcnnCandidate>& boxes, int add) {
  for (MtcnnCandidate& box : boxes) {
    const PixelBox from = rounded(box);
    const auto x = static_cast<float>(from.x), y = static_cast<float>(from.y),
               w = static_cast<float>(from.w + add), h = static_cast<float>(from.h + add);
    const float right = x + w + w * box.regression[2], bottom = y + h + h * box.regression[3];
    box.x = x + box.regression[0] * w;
    box.y = y + box.regression[1] * h;
    box.w = right - box.x;
    box.h = bottom - box.y;
  }
  std::erase_if(boxes, [](const MtcnnCandidate& box) {
    const auto is_small = [](float v) { return std::abs(v) < kMostPixels; };  // not NaN either
    return !(is_small(box.x) && is_small(box.y) && is_small(box.w) && is_small(box.h));
  });
}

void make_square(std::vector<MtcnnCandidate>& boxes) {
  for (MtcnnCandidate& box : boxes) {
    const float side = std::max(box.w, box.h);
    box.x = std::trunc(box.x + 0.5f * (box.w - side));
    box.y = std::trunc(box.y + 0.5f * (box.h - side));
    box.w = box.h = std::trunc(side);
  }
}

}  // namespace auriga
