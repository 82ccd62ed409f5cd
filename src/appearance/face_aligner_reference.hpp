// The aligned, masked face as the spec words it, pixel by pixel: what FaceAligner is compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "appearance/face_aligner.hpp"
#include "models/triangulation.hpp"

namespace auriga::test {

// Spec au-core.md section 4.2, pixel by pixel.
inline bool in_mask(int x, int y, const std::vector<Point2>& p,
                    const std::vector<Triangle>& triangles) {
  const auto same_side = [&](Point2 a, Point2 b, Point2 opposite) {
    const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
    const float here = (b.x - a.x) * (fy - a.y) - (b.y - a.y) * (fx - a.x);
    const float there = (b.x - a.x) * (opposite.y - a.y) - (b.y - a.y) * (opposite.x - a.x);
    return here * there >= 0;
  };
  return std::any_of(triangles.begin(), triangles.end(), [&](const Triangle& t) {
    const Point2 a = p[t[0]], b = p[t[1]], c = p[t[2]];
    return x >= std::min({a.x, b.x, c.x}) && x <= std::max({a.x, b.x, c.x}) &&
           y >= std::min({a.y, b.y, c.y}) && y <= std::max({a.y, b.y, c.y}) && same_side(b, c, a) &&
           same_side(a, c, b) && same_side(a, b, c);
  });
}

// Spec primitives.md section 5 with integer weights, every pixel, then the mask.
inline Image plain_crop(const ImageView& frame, const SimilarityTransform& t,
                        const Landmarks& landmarks, const std::vector<Triangle>& triangles,
                        const AlignOptions& options) {
  std::vector<Point2> points;
  for (int i = 0; i < kLandmarks; ++i) {
    Point2 p = {t.a * landmarks.x[i] - t.b * landmarks.y[i] + t.tx,
                t.b * landmarks.x[i] + t.a * landmarks.y[i] + t.ty};
    if (i == 0 || (i >= 16 && i <= 26)) p.y -= static_cast<float>(30.0 / 0.7 * options.scale);
    points.push_back(p);
  }
  const double m[6] = {t.a, -t.b, t.tx, t.b, t.a, t.ty};
  const double d = 1.0 / (m[0] * m[4] - m[1] * m[3]);
  const double xx = m[4] * d, xy = -m[1] * d, yx = -m[3] * d, yy = m[0] * d;
  const double x0 = -xx * m[2] - xy * m[5], y0 = -yx * m[2] - yy * m[5];
  Image crop(options.size, options.size, frame.channels);
  for (int y = 0; y < options.size; ++y) {
    for (int x = 0; x < options.size; ++x) {
      const long px = (std::lrint((xy * y + x0) * 1024) + 16 + std::lrint(xx * x * 1024)) >> 5;
      const long py = (std::lrint((yy * y + y0) * 1024) + 16 + std::lrint(yx * x * 1024)) >> 5;
      const bool visible = !options.mask || in_mask(x, y, points, triangles);
      for (int c = 0; c < frame.channels; ++c) {
        long sum = 0;
        for (int dy = 0; dy < 2; ++dy) {
          for (int dx = 0; dx < 2; ++dx) {
            const long ix = (px >> 5) + dx, iy = (py >> 5) + dy;
            if (ix < 0 || iy < 0 || ix >= frame.width || iy >= frame.height) continue;
            const long wx = dx == 0 ? 32 - (px & 31) : px & 31;
            const long wy = dy == 0 ? 32 - (py & 31) : py & 31;
            sum += 32 * wx * wy * frame.row(static_cast<int>(iy))[ix * frame.channels + c];
          }
        }
        crop.row(y)[x * frame.channels + c] =
            static_cast<std::uint8_t>(visible ? (sum + (1 << 14)) >> 15 : 0);
      }
    }
  }
  return crop;
}

}  // namespace auriga::test
