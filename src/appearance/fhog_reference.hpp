// The descriptor as the spec words it, pixel by pixel: what compute_fhog is compared with.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "auriga/image.hpp"

#include "appearance/fhog.hpp"

namespace auriga::test {

// The text of spec au-core.md section 5, pixel by pixel, in double.
inline std::array<float, kFhogSize> plain_fhog(const Image& crop) {
  constexpr int n = kFhogCrop, cells = 14;
  constexpr std::array<std::array<double, 2>, 9> directions = {{{1, 0},
                                                                {.9397, .3420},
                                                                {.7660, .6428},
                                                                {.5, .8660},
                                                                {.1736, .9848},
                                                                {-.1736, .9848},
                                                                {-.5, .8660},
                                                                {-.7660, .6428},
                                                                {-.9397, .3420}}};
  const int channels = crop.channels();
  std::vector<std::array<double, 18>> histogram(cells * cells);
  for (int y = 1; y < n - 1; ++y) {
    for (int x = 1; x < n - 1; ++x) {
      int gx = 0, gy = 0, square = -1;
      // Blue wins ties where dlib works on eight pixels at a time, red in the remainder.
      const bool blue_first = x <= 104;
      for (int i = 0; i < channels; ++i) {
        const int c = blue_first ? i : channels - 1 - i;
        const int dx = crop.row(y)[(x + 1) * channels + c] - crop.row(y)[(x - 1) * channels + c];
        const int dy = crop.row(y + 1)[x * channels + c] - crop.row(y - 1)[x * channels + c];
        if (dx * dx + dy * dy > square) {
          gx = dx;
          gy = dy;
          square = dx * dx + dy * dy;
        }
      }
      double best = 0;
      int orientation = 0;
      for (int o = 0; o < 9; ++o) {
        const double dot = gx * directions[o][0] + gy * directions[o][1];
        if (dot > best) {
          best = dot;
          orientation = o;
        } else if (-dot > best) {
          best = -dot;
          orientation = o + 9;
        }
      }
      const double yp = (y + 0.5) / 8 - 0.5, xp = (x + 0.5) / 8 - 0.5;
      const int iy = static_cast<int>(std::floor(yp)), ix = static_cast<int>(std::floor(xp));
      for (int r = iy; r <= iy + 1; ++r) {
        for (int c = ix; c <= ix + 1; ++c) {
          if (r < 0 || c < 0 || r >= cells || c >= cells) continue;
          histogram[r * cells + c][orientation] +=
              std::sqrt(square) * (1 - std::abs(yp - r)) * (1 - std::abs(xp - c));
        }
      }
    }
  }

  const auto energy = [&](int r, int c) {
    const auto& h = histogram[r * cells + c];
    double sum = 0;
    for (int o = 0; o < 9; ++o) sum += (h[o] + h[o + 9]) * (h[o] + h[o + 9]);
    return sum;
  };
  std::array<float, kFhogSize> out{};
  for (int y = 0; y < kFhogCells; ++y) {
    for (int x = 0; x < kFhogCells; ++x) {
      const int r = y + 1, c = x + 1;
      const auto& h = histogram[r * cells + c];
      std::array<double, kFhogChannels> f{};
      for (int k = 0; k < 4; ++k) {
        const int dr = k % 2 == 0 ? 1 : -1, dc = k < 2 ? 1 : -1;
        const double block =
            energy(r, c) + energy(r + dr, c) + energy(r, c + dc) + energy(r + dr, c + dc);
        const double limit = 0.2 * std::sqrt(block + 0.0001), weight = 0.1 / limit;
        for (int o = 0; o < 18; ++o) {
          f[o] += std::min(h[o], limit) * weight;
          f[27 + k] += 2 * 0.2357 * std::min(h[o], limit) * weight;
        }
        for (int o = 0; o < 9; ++o) f[18 + o] += std::min(h[o] + h[o + 9], limit) * weight;
      }
      for (int i = 0; i < kFhogChannels; ++i)
        out[(y * kFhogCells + x) * kFhogChannels + i] = static_cast<float>(f[i]);
    }
  }
  return out;
}

}  // namespace auriga::test
