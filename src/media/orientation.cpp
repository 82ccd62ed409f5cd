#include "media/orientation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace auriga {

namespace {

// Copies one shown row from stored pixels that lie `step` bytes apart.
template <int kChannels>
void copy_pixels(const std::uint8_t* stored, std::ptrdiff_t step, std::uint8_t* shown, int count) {
  for (int x = 0; x < count; ++x, stored += step, shown += kChannels)
    for (int c = 0; c < kChannels; ++c) shown[c] = stored[c];
}

// Writes the stored pixels, turned, from `shown` on.
void turn(ImageView stored, Orientation orientation, std::uint8_t* shown,
          std::ptrdiff_t shown_stride) {
  if (stored.empty()) return;
  const int channels = stored.channels;
  const int width = orientation.transpose ? stored.height : stored.width;
  const int height = orientation.transpose ? stored.width : stored.height;
  const std::uint8_t* origin = stored.data;
  std::ptrdiff_t across = channels,
                 down = stored.stride;  // one stored pixel to the right, one below
  if (orientation.from_right) origin += (stored.width - 1) * across, across = -across;
  if (orientation.from_bottom) origin += (stored.height - 1) * down, down = -down;

  if (!orientation.transpose && !orientation.from_right) {
    for (int y = 0; y < height; ++y)
      std::memcpy(shown + y * shown_stride, origin + y * down,
                  static_cast<std::size_t>(width) * static_cast<std::size_t>(channels));
    return;
  }
  if (orientation.transpose) std::swap(across, down);
  // In tiles, so that a quarter turn, which reads columns, finds each cache line again while it is
  // warm.
  constexpr int kTile = 64;
  for (int top = 0; top < height; top += kTile) {
    for (int left = 0; left < width; left += kTile) {
      const int count = std::min(kTile, width - left);
      for (int y = top; y < std::min(top + kTile, height); ++y) {
        const std::uint8_t* from = origin + y * down + left * across;
        std::uint8_t* to = shown + y * shown_stride + static_cast<std::ptrdiff_t>(left) * channels;
        if (channels == 3)
          copy_pixels<3>(from, across, to, count);
        else
          copy_pixels<1>(from, across, to, count);
      }
    }
  }
}

}  // namespace

Orientation orientation_of_exif(int tag) {
  switch (tag) {
    case 2:
      return {false, true, false};
    case 3:
      return {false, true, true};
    case 4:
      return {false, false, true};
    case 5:
      return {true, false, false};
    case 6:
      return {true, false, true};
    case 7:
      return {true, true, true};
    case 8:
      return {true, true, false};
    default:
      return {};
  }
}

Orientation orientation_of_matrix(std::span<const std::int32_t, 9> matrix) {
  const std::int64_t xx = matrix[0], xy = matrix[1], yx = matrix[3], yy = matrix[4];
  if (std::abs(xy) + std::abs(yx) > std::abs(xx) + std::abs(yy)) return {true, xy < 0, yx < 0};
  return {false, xx < 0, yy < 0};
}

Orientation orientation_of_turn(int degrees) {
  switch (degrees) {
    case 90:
      return {true, false, true};
    case 180:
      return {false, true, true};
    case 270:
      return {true, true, false};
    default:
      return {};
  }
}

Orientation composed(Orientation first, Orientation second) {
  const bool right = first.transpose ? second.from_bottom : second.from_right;
  const bool bottom = first.transpose ? second.from_right : second.from_bottom;
  return {first.transpose != second.transpose, first.from_right != right,
          first.from_bottom != bottom};
}

MirrorAndTurn mirror_and_turn(Orientation orientation) {
  const Orientation mirror{false, true, false};
  for (const bool mirrored : {false, true})
    for (const int degrees : {0, 90, 180, 270})
      if (composed(mirrored ? mirror : Orientation(), orientation_of_turn(degrees)) == orientation)
        return {mirrored, degrees};
  return {};
}

void orient(ImageView stored, Orientation orientation, Image& shown) {
  shown.resize(orientation.transpose ? stored.height : stored.width,
               orientation.transpose ? stored.width : stored.height, stored.channels);
  turn(stored, orientation, shown.data(), shown.stride());
}

void orient_rows(ImageView rows, int first, int stored_height, Orientation orientation,
                 Image& shown) {
  const int begin = orientation.from_bottom ? stored_height - first - rows.height : first;
  std::uint8_t* to = orientation.transpose
                         ? shown.data() + static_cast<std::ptrdiff_t>(begin) * rows.channels
                         : shown.row(begin);
  turn(rows, orientation, to, shown.stride());
}

}  // namespace auriga
