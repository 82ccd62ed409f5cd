#include "drawing/reduced.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace auriga {
namespace {

// The samples of a line that one of a shorter line stands for: whole ones, and parts of the first
// and the last, in 1/256.
struct Share {
  int first;
  std::vector<std::uint32_t> weights;
  std::uint32_t sum;
};

std::vector<Share> shares(int from, int to) {
  std::vector<Share> all(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const std::int64_t begin = std::int64_t{256} * from * i / to;
    const std::int64_t end = std::max(std::int64_t{256} * from * (i + 1) / to, begin + 1);
    Share& share = all[static_cast<std::size_t>(i)];
    share.first = static_cast<int>(begin / 256);
    share.sum = static_cast<std::uint32_t>(end - begin);
    for (std::int64_t at = begin; at < end;) {
      const std::int64_t next = std::min(end, (at / 256 + 1) * 256);
      share.weights.push_back(static_cast<std::uint32_t>(next - at));
      at = next;
    }
  }
  return all;
}

}  // namespace

Image reduced(ImageView image, int width) {
  assert(!image.empty() && width >= 1 && width <= image.width);
  const int height = std::max(
      1, static_cast<int>((std::int64_t{image.height} * width + image.width / 2) / image.width));
  const auto channels = static_cast<std::size_t>(image.channels);
  Image small(width, height, image.channels);
  const std::vector<Share> columns = shares(image.width, width),
                           rows = shares(image.height, height);
  // Of the rows that make one: means along the row, in 1/256.
  std::vector<std::uint64_t> sums(static_cast<std::size_t>(width) * channels);
  for (int y = 0; y < height; ++y) {
    const Share& share = rows[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t k = 0; k < share.weights.size(); ++k) {
      const std::uint8_t* row = image.row(share.first + static_cast<int>(k));
      for (std::size_t x = 0; x < columns.size(); ++x)
        for (std::size_t c = 0; c < channels; ++c) {
          std::uint32_t sum = 0;
          const std::uint8_t* from =
              row + static_cast<std::size_t>(columns[x].first) * channels + c;
          for (const std::uint32_t weight : columns[x].weights) {
            sum += weight * *from;
            from += channels;
          }
          sums[x * channels + c] += std::uint64_t{sum} * share.weights[k];
        }
    }
    std::uint8_t* to = small.row(y);
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const std::uint64_t whole = std::uint64_t{columns[x].sum} * share.sum;
      for (std::size_t c = 0; c < channels; ++c)
        to[x * channels + c] =
            static_cast<std::uint8_t>((sums[x * channels + c] + whole / 2) / whole);
    }
  }
  return small;
}

}  // namespace auriga
