#include "appearance/face_light.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace auriga {

namespace {

// Of the pixels in columns left..right - 1 of rows top..bottom - 1.
float mean_grey(const ImageView& bgr, int left, int right, int top, int bottom) {
  std::uint32_t sum = 0;  // a cell has less than 2^16 pixels
  for (int y = top; y < bottom; ++y) {
    const std::uint8_t* pixel = bgr.row(y) + std::ptrdiff_t{3} * left;
    for (int x = left; x < right; ++x, pixel += 3)
      sum += (29U * pixel[0] + 150U * pixel[1] + 77U * pixel[2]) >> 8;
  }
  return static_cast<float>(sum) / static_cast<float>((right - left) * (bottom - top));
}

double deviation(double sum, double squares, double n) {
  return std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n)));
}

}  // namespace

FaceLight LightMeter::measure(const Picture& bgr, const Landmarks& landmarks) {
  const auto [left, right] = std::minmax_element(landmarks.x.begin(), landmarks.x.end());
  const auto [top, bottom] = std::minmax_element(landmarks.y.begin(), landmarks.y.end());
  const Region box = region_around(*left, *top, *right, *bottom, 0, bgr.width(), bgr.height());
  if (box.width < 8 || box.height < 8 || bgr.channels() != 3) return {};
  const ImageView picture = bgr.with(box);

  const int rows = std::clamp((box.height * kColumns + box.width / 2) / box.width, 8, kMostRows);
  grey_.resize(static_cast<std::size_t>(kColumns) * kMostRows);
  // Cells of a box that is smaller than the grid repeat its pixels.
  const auto begin = [](int cell, int cells, int pixels) {
    return std::min(static_cast<int>(std::int64_t{cell} * pixels / cells), pixels - 1);
  };
  const auto end = [&](int cell, int cells, int pixels) {
    return std::max(static_cast<int>(std::int64_t{cell + 1} * pixels / cells),
                    begin(cell, cells, pixels) + 1);
  };
  double sum = 0, squares = 0;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < kColumns; ++column) {
      const float value =
          mean_grey(picture, box.x + begin(column, kColumns, box.width),
                    box.x + end(column, kColumns, box.width), box.y + begin(row, rows, box.height),
                    box.y + end(row, rows, box.height));
      grey_[static_cast<std::size_t>(row * kColumns + column)] = value;
      sum += double{value};
      squares += double{value} * double{value};
    }
  FaceLight light;
  light.frames = 1;
  light.brightness = sum / (rows * kColumns);
  light.contrast = deviation(sum, squares, rows * kColumns);

  double edges = 0, edge_squares = 0;
  for (int row = 1; row + 1 < rows; ++row)
    for (int column = 1; column + 1 < kColumns; ++column) {
      const float* at = &grey_[static_cast<std::size_t>(row * kColumns + column)];
      const double edge = double{4 * at[0] - at[-1] - at[1] - at[-kColumns] - at[kColumns]};
      edges += edge;
      edge_squares += edge * edge;
    }
  if (light.contrast > 0)
    light.sharpness = deviation(edges, edge_squares, (rows - 2) * (kColumns - 2)) / light.contrast;
  return light;
}

}  // namespace auriga
