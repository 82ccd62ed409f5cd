#include "detect/retinaface.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <string>

#include "auriga/error.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr std::array<float, 3> kMeanBgr{104, 117, 123};
constexpr float kMaxOverlap = 0.4f;

// The anchors of one feature map: at every cell two squares.
struct Level {
  int stride;                  // px
  std::array<float, 2> sizes;  // px
};
constexpr std::array<Level, 3> kLevels{{{8, {16, 32}}, {16, {64, 128}}, {32, {256, 512}}}};
constexpr float kCentreVariance = 0.1f;
constexpr float kSizeVariance = 0.2f;

constexpr int cells(int length, int stride) { return (length + stride - 1) / stride; }

// Interleaved B,G,R bytes to three float planes, minus the mean.
AURIGA_INLINE void subtract_mean_body(ImageView bgr, float* planes) {
  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(bgr.width) * bgr.height;
  for (int y = 0; y < bgr.height; ++y) {
    const std::uint8_t* row = bgr.row(y);
    float* b = planes + static_cast<std::ptrdiff_t>(y) * bgr.width;
    float* g = b + area;
    float* r = g + area;
    for (int x = 0; x < bgr.width; ++x) {
      b[x] = static_cast<float>(row[3 * x]) - kMeanBgr[0];
      g[x] = static_cast<float>(row[3 * x + 1]) - kMeanBgr[1];
      r[x] = static_cast<float>(row[3 * x + 2]) - kMeanBgr[2];
    }
  }
}

void subtract_mean(ImageView bgr, float* planes) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { subtract_mean_body(bgr, planes); });
}

// Mean of each block of factor x factor pixels; a remainder at the right and lower edge is left
// out.
AURIGA_INLINE void shrink_body(ImageView bgr, int factor, Image& out) {
  out.resize(bgr.width / factor, bgr.height / factor, 3);
  const int area = factor * factor;
  for (int y = 0; y < out.height(); ++y) {
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < out.width(); ++x) {
      int sum[3] = {area / 2, area / 2, area / 2};
      for (int dy = 0; dy < factor; ++dy) {
        const std::uint8_t* from = bgr.row(y * factor + dy) + 3 * x * factor;
        for (int i = 0; i < 3 * factor; i += 3) {
          for (int c = 0; c < 3; ++c) sum[c] += from[i + c];
        }
      }
      for (int c = 0; c < 3; ++c) to[3 * x + c] = static_cast<std::uint8_t>(sum[c] / area);
    }
  }
}

void shrink(ImageView bgr, int factor, Image& out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { shrink_body(bgr, factor, out); });
}

// `box`: 4 offsets, `points`: 10, of the anchor with centre (cx, cy) and side `size` (spec 1.3).
FaceBox decode(float cx, float cy, float size, float score, const float* box, const float* points) {
  FaceBox face;
  face.w = size * std::exp(kSizeVariance * box[2]);
  face.h = size * std::exp(kSizeVariance * box[3]);
  face.x = cx + kCentreVariance * box[0] * size - face.w / 2;
  face.y = cy + kCentreVariance * box[1] * size - face.h / 2;
  face.score = score;
  for (std::size_t k = 0; k < face.points.size(); ++k) {
    face.points[k] = {cx + kCentreVariance * points[2 * k] * size,
                      cy + kCentreVariance * points[2 * k + 1] * size};
  }
  return face;
}

bool is_finite(const FaceBox& face) {
  float sum = face.x + face.y + face.w + face.h;
  for (const Point2& point : face.points) sum += point.x + point.y;
  return std::isfinite(sum);
}

void scale(FaceBox& face, float factor) {
  for (float* v : {&face.x, &face.y, &face.w, &face.h}) *v *= factor;
  for (Point2& point : face.points) point = {point.x * factor, point.y * factor};
}

// Intersection over union; a box from x1 to x2 counts as x2 - x1 + 1 pixels wide (spec 1.4).
float overlap(const FaceBox& a, const FaceBox& b) {
  const float w = std::min(a.x + a.w, b.x + b.w) - std::max(a.x, b.x) + 1;
  const float h = std::min(a.y + a.h, b.y + b.h) - std::max(a.y, b.y) + 1;
  const float both = std::max(0.0f, w) * std::max(0.0f, h);
  return both / ((a.w + 1) * (a.h + 1) + (b.w + 1) * (b.h + 1) - both);
}

}  // namespace

std::shared_ptr<const RetinaFace::Model> RetinaFace::load(const std::filesystem::path& file,
                                                          const DeviceChoice& device, int threads) {
  return std::shared_ptr<const Model>(new Model(Network::load(
      file, {"input", {1, 3, -1, -1}},
      {{"loc", {1, -1, 4}}, {"conf", {1, -1, 2}}, {"landms", {1, -1, 10}}}, device, threads)));
}

RetinaFace::RetinaFace(const std::shared_ptr<const Model>& model, int max_pixels)
    : runner_(model->network_), max_pixels_(max_pixels) {
  assert(max_pixels >= 1);
}

const std::vector<FaceBox>& RetinaFace::detect(ImageView bgr, float threshold) {
  assert(bgr.empty() || bgr.channels == 3);
  candidates_.clear();
  faces_.clear();
  if (bgr.empty()) return faces_;

  int factor = 1;
  while (static_cast<std::int64_t>(bgr.width / factor) * (bgr.height / factor) > max_pixels_)
    ++factor;
  if (factor > 1) {
    shrink(bgr, factor, shrunk_);
    bgr = shrunk_.view();
    if (bgr.empty()) return faces_;  // so long and thin that nothing is left
  }

  const std::int64_t pixels = std::int64_t{bgr.width} * bgr.height;
  if (largest_pixels_ > 0 && pixels > largest_pixels_) {
    runner_.release_memory(std::array<std::int64_t, 4>{1, 3, 32, 32});
  }
  largest_pixels_ = std::max(largest_pixels_, pixels);

  subtract_mean(bgr,
                runner_.input(std::array<std::int64_t, 4>{1, 3, bgr.height, bgr.width}).data());
  runner_.run();
  const float* boxes = runner_.output(0).data();
  const float* scores = runner_.output(1).data();
  const float* points = runner_.output(2).data();
  std::size_t anchors = 0;
  for (const Level& level : kLevels) {
    anchors += 2 * static_cast<std::size_t>(cells(bgr.width, level.stride)) *
               static_cast<std::size_t>(cells(bgr.height, level.stride));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t per_anchor = std::array<std::size_t, 3>{4, 2, 10}[i];
    if (runner_.output(i).size() != anchors * per_anchor) {
      throw Error(ErrorCode::model, "model " + runner_.network().file().string() +
                                        ": expected RetinaFace with " + std::to_string(anchors) +
                                        " anchors for a frame of " + std::to_string(bgr.width) +
                                        "x" + std::to_string(bgr.height) + "; found " +
                                        std::to_string(runner_.output(i).size() / per_anchor) +
                                        ". Give the right file");
    }
  }

  std::size_t i = 0;
  for (const Level& level : kLevels) {
    const float stride = static_cast<float>(level.stride);
    const int columns = cells(bgr.width, level.stride), rows = cells(bgr.height, level.stride);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        for (float size : level.sizes) {
          const float score = scores[2 * i + 1];
          if (score > threshold) {
            const FaceBox face = decode((static_cast<float>(column) + 0.5f) * stride,
                                        (static_cast<float>(row) + 0.5f) * stride, size, score,
                                        boxes + 4 * i, points + 10 * i);
            if (is_finite(face)) candidates_.push_back(face);
          }
          ++i;
        }
      }
    }
  }

  std::sort(candidates_.begin(), candidates_.end(),
            [](const FaceBox& a, const FaceBox& b) { return a.score > b.score; });
  for (const FaceBox& face : candidates_) {
    const bool is_new = std::none_of(faces_.begin(), faces_.end(), [&](const FaceBox& better) {
      return overlap(better, face) > kMaxOverlap;
    });
    if (is_new) faces_.push_back(face);
  }
  if (factor > 1) {
    for (FaceBox& face : faces_) scale(face, static_cast<float>(factor));
  }
  return faces_;
}

}  // namespace auriga
