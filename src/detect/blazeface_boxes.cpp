#include "detect/blazeface_boxes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/same_math.hpp"

namespace auriga {
namespace {

constexpr std::size_t kNumbers = 16;  // per anchor

float probability(float logit) { return static_cast<float>(1 / (1 + same::exp(-double{logit}))); }

// A logit surely below all with a probability above `threshold`, so that few exponentials are
// needed.
float logit_below(float threshold) {
  if (threshold <= 0) return -std::numeric_limits<float>::infinity();
  if (threshold >= 1) return std::numeric_limits<float>::infinity();
  return static_cast<float>(same::log(threshold / (1.0 - threshold)) - 1e-3);
}

bool is_box(const FaceBox& face) {
  float sum = face.x + face.y + face.w + face.h;
  for (const Point2& point : face.points) sum += point.x + point.y;
  return std::isfinite(sum) && face.w > 0 && face.h > 0;
}

float intersection(const FaceBox& a, const FaceBox& b) {
  const float w = std::min(a.x + a.w, b.x + b.w) - std::max(a.x, b.x);
  const float h = std::min(a.y + a.h, b.y + b.h) - std::max(a.y, b.y);
  return std::max(w, 0.0f) * std::max(h, 0.0f);
}

}  // namespace

int BlazeFaceAnchors::count() const {
  int sum = 0;
  for (const BlazeFaceLevel& level : levels) sum += level.cells * level.cells * level.anchors;
  return sum;
}

void decode(const BlazeFaceAnchors& anchors, std::span<const float> boxes,
            std::span<const float> scores, const Letterbox& place, float threshold,
            std::vector<FaceBox>& faces) {
  assert(scores.size() == static_cast<std::size_t>(anchors.count()));
  assert(boxes.size() == scores.size() * kNumbers);
  threshold = std::max(threshold, 0.0f);  // a weight of 0 would leave no mean
  const float least = logit_below(threshold);
  std::size_t i = 0;
  for (const BlazeFaceLevel& level : anchors.levels) {
    const double stride = static_cast<double>(anchors.input) / level.cells;
    for (int row = 0; row < level.cells; ++row) {
      for (int column = 0; column < level.cells; ++column) {
        for (int k = 0; k < level.anchors; ++k, ++i) {
          if (!(scores[i] > least)) continue;
          FaceBox face;
          face.score = probability(scores[i]);
          if (!(face.score > threshold)) continue;
          const float* box = boxes.data() + i * kNumbers;
          const double left = (column + 0.5) * stride - place.left;
          const double top = (row + 0.5) * stride - place.top;
          const auto point = [&](double x, double y) {
            return Point2{static_cast<float>((left + x) / place.scale - 0.5),
                          static_cast<float>((top + y) / place.scale - 0.5)};
          };
          const Point2 corner = point(box[0] - double{box[2]} / 2, box[1] - double{box[3]} / 2);
          face.x = corner.x;
          face.y = corner.y;
          face.w = static_cast<float>(box[2] / place.scale);
          face.h = static_cast<float>(box[3] / place.scale);
          for (std::size_t p = 0; p < 4; ++p)
            face.points[p] = point(box[4 + 2 * p], box[5 + 2 * p]);
          face.points[4] = face.points[3];
          if (is_box(face)) faces.push_back(face);
        }
      }
    }
  }
}

float intersection_over_union(const FaceBox& a, const FaceBox& b) {
  const float both = intersection(a, b);
  const float all = a.w * a.h + b.w * b.h - both;
  return both > 0 && all > 0 ? both / all : 0;
}

float intersection_over_smaller(const FaceBox& a, const FaceBox& b) {
  const float both = intersection(a, b);
  const float smaller = std::min(a.w * a.h, b.w * b.h);
  return both > 0 && smaller > 0 ? both / smaller : 0;
}

void merge_overlapping(std::vector<FaceBox>& faces, float max_overlap,
                       std::vector<FaceBox>& scratch) {
  // A stable sort without the allocation of std::stable_sort: few anchors are above a threshold.
  for (std::size_t i = 1; i < faces.size(); ++i) {
    for (std::size_t k = i; k > 0 && faces[k].score > faces[k - 1].score; --k)
      std::swap(faces[k], faces[k - 1]);
  }
  scratch.clear();
  while (!faces.empty()) {
    const FaceBox best = faces.front();
    double total = 0, x = 0, y = 0, w = 0, h = 0;
    std::array<double, 10> points{};
    std::size_t rest = 0;
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const FaceBox& face = faces[i];
      if (i > 0 && !(intersection_over_union(best, face) > max_overlap)) {
        faces[rest++] = face;
        continue;
      }
      const double weight = face.score;
      total += weight;
      x += weight * face.x;
      y += weight * face.y;
      w += weight * face.w;
      h += weight * face.h;
      for (std::size_t p = 0; p < face.points.size(); ++p) {
        points[2 * p] += weight * face.points[p].x;
        points[2 * p + 1] += weight * face.points[p].y;
      }
    }
    faces.resize(rest);
    FaceBox mean;
    mean.score = best.score;
    mean.x = static_cast<float>(x / total);
    mean.y = static_cast<float>(y / total);
    mean.w = static_cast<float>(w / total);
    mean.h = static_cast<float>(h / total);
    for (std::size_t p = 0; p < mean.points.size(); ++p) {
      mean.points[p] = {static_cast<float>(points[2 * p] / total),
                        static_cast<float>(points[2 * p + 1] / total)};
    }
    scratch.push_back(mean);
  }
  faces.swap(scratch);
}

}  // namespace auriga
