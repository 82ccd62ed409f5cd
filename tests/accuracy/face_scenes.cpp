#include "face_scenes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <numeric>
#include <random>
#include <utility>

namespace auriga::accuracy {
namespace {

// Random numbers that are the same with every standard library.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>(engine_()) / 4294967296.0);
  }
  // Near to normal, standard deviation 1.
  double bell() {
    double sum = 0;
    for (int i = 0; i < 6; ++i) sum += between(-1, 1);
    return sum / std::sqrt(2.0);
  }
  std::size_t below(std::size_t n) { return engine_() % n; }

 private:
  std::mt19937 engine_;
};

// From px of the made picture to px of the one that it is made of.
struct Warp {
  double xx = 1, xy = 0, x = 0, yx = 0, yy = 1, y = 0;
};

std::uint8_t level(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

// Bilinear; each pixel is the mean of n x n samples where the picture becomes smaller. Beyond the
// edges they go on, or there is black.
Image warped(ImageView from, const Warp& warp, int width, int height, bool black = false) {
  const double scale = std::sqrt(std::abs(warp.xx * warp.yy - warp.xy * warp.yx));
  const int n = std::max(1, static_cast<int>(std::ceil(scale)));
  Image picture(width, height, 3);
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      std::array<double, 3> sum{};
      for (int sample = 0; sample < n * n; ++sample) {
        const double u = column + (sample % n + 0.5) / n - 0.5;
        const double v = row + (sample / n + 0.5) / n - 0.5;
        double x = warp.xx * u + warp.xy * v + warp.x, y = warp.yx * u + warp.yy * v + warp.y;
        if (black && (x < 0 || y < 0 || x > from.width - 1 || y > from.height - 1)) continue;
        x = std::clamp(x, 0.0, from.width - 1.0);
        y = std::clamp(y, 0.0, from.height - 1.0);
        const int left = std::min(static_cast<int>(x), std::max(0, from.width - 2));
        const int top = std::min(static_cast<int>(y), std::max(0, from.height - 2));
        const double fx = x - left, fy = y - top;
        const std::uint8_t* upper = from.row(top) + 3 * static_cast<std::ptrdiff_t>(left);
        const std::uint8_t* lower = from.height > 1 ? upper + from.stride : upper;
        const int right = from.width > 1 ? 3 : 0;
        for (int c = 0; c < 3; ++c)
          sum[static_cast<std::size_t>(c)] +=
              (upper[c] * (1 - fx) + upper[c + right] * fx) * (1 - fy) +
              (lower[c] * (1 - fx) + lower[c + right] * fx) * fy;
      }
      for (std::size_t c = 0; c < 3; ++c)
        picture.row(row)[3 * column + static_cast<int>(c)] = level(sum[c] / (n * n));
    }
  return picture;
}

// Where points of the old picture lie in the made one.
Landmarks moved(const Landmarks& landmarks, const Warp& warp) {
  const double det = warp.xx * warp.yy - warp.xy * warp.yx;
  Landmarks result;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const double dx = landmarks.x[i] - warp.x, dy = landmarks.y[i] - warp.y;
    result.x[i] = static_cast<float>((warp.yy * dx - warp.xy * dy) / det);
    result.y[i] = static_cast<float>((warp.xx * dy - warp.yx * dx) / det);
  }
  return result;
}

struct Box {
  double left, top, right, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

// What the landmarks span, and the forehead, a third more.
Box box_of(const Landmarks& landmarks) {
  const auto [left, right] = std::minmax_element(landmarks.x.begin(), landmarks.x.end());
  const auto [top, bottom] = std::minmax_element(landmarks.y.begin(), landmarks.y.end());
  return {*left, *top - (*bottom - *top) / 3, *right, *bottom};
}

// A Gaussian in both directions.
Image blurred(const Image& from, double deviation) {
  const int reach = std::max(1, static_cast<int>(std::ceil(3 * deviation)));
  std::vector<double> weights(static_cast<std::size_t>(2 * reach + 1));
  for (int k = -reach; k <= reach; ++k)
    weights[static_cast<std::size_t>(k + reach)] = std::exp(-0.5 * k * k / (deviation * deviation));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<float> between(static_cast<std::size_t>(from.width()) *
                             static_cast<std::size_t>(from.height()) * 3);
  Image result(from.width(), from.height(), 3);
  const auto at = [&](int x, int y) {
    return 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(from.width()) +
                static_cast<std::size_t>(x));
  };
  for (int y = 0; y < from.height(); ++y)
    for (int x = 0; x < from.width(); ++x)
      for (std::size_t c = 0; c < 3; ++c) {
        double sum = 0;
        for (int k = -reach; k <= reach; ++k)
          sum += weights[static_cast<std::size_t>(k + reach)] *
                 from.row(y)[3 * std::clamp(x + k, 0, from.width() - 1) + static_cast<int>(c)];
        between[at(x, y) + c] = static_cast<float>(sum / total);
      }
  for (int y = 0; y < from.height(); ++y)
    for (int x = 0; x < from.width(); ++x)
      for (std::size_t c = 0; c < 3; ++c) {
        double sum = 0;
        for (int k = -reach; k <= reach; ++k)
          sum += weights[static_cast<std::size_t>(k + reach)] *
                 static_cast<double>(between[at(x, std::clamp(y + k, 0, from.height() - 1)) + c]);
        result.row(y)[3 * x + static_cast<int>(c)] = level(sum / total);
      }
  return result;
}

// Values 0..1 that change smoothly over `cell` px, in four octaves.
class Clouds {
 public:
  Clouds(Dice& dice, double cell) : cell_(cell) {
    for (double& value : values_) value = dice.between(0, 1);
  }
  double at(double x, double y) const {
    double sum = 0, weight = 0.5;
    for (double size = cell_; weight > 0.05; size /= 2, weight /= 2)
      sum += weight * octave(x / size, y / size);
    return sum / 0.9375;
  }

 private:
  static constexpr int kSide = 64;
  double value(int x, int y) const {
    return values_[static_cast<std::size_t>((y & (kSide - 1)) * kSide + (x & (kSide - 1)))];
  }
  double octave(double x, double y) const {
    const double fx = std::floor(x), fy = std::floor(y);
    const int column = static_cast<int>(fx), row = static_cast<int>(fy);
    const double u = x - fx, v = y - fy;
    return (value(column, row) * (1 - u) + value(column + 1, row) * u) * (1 - v) +
           (value(column, row + 1) * (1 - u) + value(column + 1, row + 1) * u) * v;
  }
  double cell_;
  std::array<double, std::size_t{kSide} * kSide> values_;
};

using Colour = std::array<double, 3>;

// Of the middle of the face.
Colour skin_of(const Image& picture, const Box& box) {
  Colour sum{};
  int count = 0;
  for (double v = 0.5; v < 0.8; v += 0.02)
    for (double u = 0.2; u < 0.8; u += 0.02) {
      const int x =
          std::clamp(static_cast<int>(box.left + u * box.width()), 0, picture.width() - 1);
      const int y =
          std::clamp(static_cast<int>(box.top + v * box.height()), 0, picture.height() - 1);
      for (std::size_t c = 0; c < 3; ++c) sum[c] += picture.row(y)[3 * x + static_cast<int>(c)];
      ++count;
    }
  for (double& value : sum) value /= count;
  return sum;
}

// Paints `colour`, clouded, where `inside` says how much (0..1).
template <typename Inside>
void paint(Image& picture, const Colour& colour, double contrast, const Clouds& clouds,
           Inside inside) {
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) {
      const double share = std::clamp(inside(x, y), 0.0, 1.0);
      if (share <= 0) continue;
      const double shade = 1 + contrast * (clouds.at(x, y) - 0.5);
      for (std::size_t c = 0; c < 3; ++c) {
        std::uint8_t& pixel = picture.row(y)[3 * x + static_cast<int>(c)];
        pixel = level(pixel * (1 - share) + share * colour[c] * shade);
      }
    }
}

void add_noise(Image& picture, double deviation, Dice& dice) {
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = level(picture.data()[i] + deviation * dice.bell());
}

class Maker {
 public:
  Maker(const Portrait& portrait, std::uint32_t seed)
      : portrait_(portrait), box_(box_of(portrait.landmarks)), dice_(seed) {}

  std::vector<FaceScene> all() {
    plain();
    cuts();
    covers();
    turns();
    for (const double share : {0.01, 0.02, 0.04, 0.07, 0.1}) {
      FaceScene& scene = same("blurred", share);
      scene.picture = blurred(portrait_.picture, share * box_.width());
    }
    for (const double width : {10.0, 14.0, 20.0, 28.0, 40.0}) {
      const double scale = box_.width() / width;
      warp("tiny", width, {.xx = scale, .yy = scale},
           std::max(1, static_cast<int>(portrait_.picture.width() / scale)),
           std::max(1, static_cast<int>(portrait_.picture.height() / scale)));
    }
    for (const double light : {0.3, 0.12, 0.05, 0.02}) {
      FaceScene& scene = same("dark", light);
      for (std::size_t i = 0; i < scene.picture.size_bytes(); ++i) {
        const double value = light * portrait_.picture.data()[i];
        scene.picture.data()[i] = level(value + (1 + 0.3 * std::sqrt(value)) * dice_.bell());
      }
    }
    for (const double deviation : {15.0, 30.0, 60.0, 100.0})
      add_noise(same("noisy", deviation).picture, deviation, dice_);
    no_faces();
    return std::move(scenes_);
  }

 private:
  FaceScene& same(const char* kind, double degree) {
    return scenes_.emplace_back(FaceScene{.kind = kind,
                                          .degree = degree,
                                          .picture = portrait_.picture,
                                          .truth = portrait_.landmarks,
                                          .place = place_of(portrait_.landmarks)});
  }
  FaceScene& warp(const char* kind, double degree, const Warp& warp, int width, int height) {
    FaceScene& scene = same(kind, degree);
    scene.picture = warped(portrait_.picture, warp, width, height);
    scene.truth = moved(portrait_.landmarks, warp);
    scene.place = place_of(scene.truth);
    return scene;
  }
  // A turn about the middle of the face, clockwise as seen.
  void turn(const char* kind, double degrees) {
    const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
    const FacePlace place = place_of(portrait_.landmarks);
    const int side = static_cast<int>(2.2 * static_cast<double>(place.side));
    const double middle = side / 2.0;
    const Warp warp{.xx = c,
                    .xy = s,
                    .x = place.x - (c + s) * middle,
                    .yx = -s,
                    .yy = c,
                    .y = place.y - (c - s) * middle};
    FaceScene& scene = this->warp(kind, degrees, warp, side, side);
    scene.place = {static_cast<float>(middle), static_cast<float>(middle), place.side};
  }

  void plain() {
    same("plain", 0);
    for (const double degrees : {-25.0, -12.0, 12.0, 25.0}) turn("tilted", degrees);
    for (const double scale : {0.8, 1.5}) {
      warp("resized", scale, {.xx = 1 / scale, .yy = 1 / scale},
           static_cast<int>(portrait_.picture.width() * scale),
           static_cast<int>(portrait_.picture.height() * scale));
    }
    for (const double light : {0.5, 0.7, 1.3}) {
      FaceScene& scene = same("light", light);
      for (std::size_t i = 0; i < scene.picture.size_bytes(); ++i)
        scene.picture.data()[i] = level(light * portrait_.picture.data()[i]);
    }
  }

  void cuts() {
    const int width = portrait_.picture.width(), height = portrait_.picture.height();
    for (const double share : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}) {
      const int left = static_cast<int>(std::max(0.0, box_.left + share * box_.width()));
      const int right =
          static_cast<int>(std::min<double>(width, box_.right - share * box_.width()));
      const int top = static_cast<int>(std::max(0.0, box_.top + share * box_.height()));
      const int bottom =
          static_cast<int>(std::min<double>(height, box_.bottom - share * box_.height()));
      warp("cut left", share, {.x = static_cast<double>(left)}, width - left, height);
      warp("cut right", share, {}, right, height);
      warp("cut top", share, {.y = static_cast<double>(top)}, width, height - top);
      warp("cut bottom", share, {}, width, bottom);
    }
  }

  void covers() {
    const double middle_x = (box_.left + box_.right) / 2;
    const double middle_y = (portrait_.landmarks.y[27] + portrait_.landmarks.y[30]) / 2;
    const double soft = 0.01 * box_.width();
    const Colour colours[] = {{110, 110, 110}, {40, 60, 120}};
    for (std::size_t k = 0; k < 2; ++k) {
      const auto cover = [&](const char* kind, auto inside) {
        const Clouds clouds(dice_, 0.4 * box_.width());
        paint(same(kind, k == 0 ? 0.2 : 1.2).picture, colours[k], k == 0 ? 0.2 : 1.2, clouds,
              inside);
      };
      cover("covered left", [&](int x, int) { return (middle_x - x) / soft + 0.5; });
      cover("covered right", [&](int x, int) { return (x - middle_x) / soft + 0.5; });
      cover("covered above", [&](int, int y) { return (middle_y - y) / soft + 0.5; });
      cover("covered below", [&](int, int y) { return (y - middle_y) / soft + 0.5; });
    }
    // A rounded bar of the skin's colour, as a finger or a hand, through a point of the face.
    for (const double thickness : {0.08, 0.16, 0.25, 0.35}) {
      const Clouds clouds(dice_, 0.15 * box_.width());
      const double angle = dice_.between(0, std::numbers::pi), c = std::cos(angle),
                   s = std::sin(angle);
      const double x =
          dice_.between(box_.left + 0.25 * box_.width(), box_.right - 0.25 * box_.width());
      const double y =
          dice_.between(box_.top + 0.4 * box_.height(), box_.bottom - 0.15 * box_.height());
      Colour skin = skin_of(portrait_.picture, box_);
      for (double& value : skin) value *= 0.92;
      Image& picture = same("hand", thickness).picture;
      const double half = thickness * box_.width();
      paint(picture, skin, 0.15, clouds, [&](int u, int v) {
        const double off = std::abs(-s * (u - x) + c * (v - y));
        return (half - off) / soft;
      });
    }
  }

  void turns() {
    for (const double degrees : {-135.0, -90.0, -45.0, 45.0, 90.0, 135.0, 180.0})
      turn("turned", degrees);
    turn("turned", 170);
  }

  FaceScene& no_face(const char* kind, double degree) {
    FaceScene& scene = same(kind, degree);
    scene.is_face = false;
    return scene;
  }

  void no_faces() {
    // Pieces of the face in another order.
    for (const int pieces : {3, 4, 6}) {
      FaceScene& scene = no_face("scrambled", pieces);
      std::vector<std::size_t> order(static_cast<std::size_t>(pieces * pieces));
      std::iota(order.begin(), order.end(), std::size_t{0});
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice_.below(i)]);
      const double w = box_.width() / pieces, h = box_.height() / pieces;
      for (int y = 0; y < scene.picture.height(); ++y)
        for (int x = 0; x < scene.picture.width(); ++x) {
          const int column = static_cast<int>(std::floor((x - box_.left) / w));
          const int row = static_cast<int>(std::floor((y - box_.top) / h));
          if (column < 0 || row < 0 || column >= pieces || row >= pieces) continue;
          const auto from =
              static_cast<int>(order[static_cast<std::size_t>(row * pieces + column)]);
          const int u = std::clamp(static_cast<int>(x + (from % pieces - column) * w), 0,
                                   scene.picture.width() - 1);
          const int v = std::clamp(static_cast<int>(y + (from / pieces - row) * h), 0,
                                   scene.picture.height() - 1);
          std::copy_n(portrait_.picture.row(v) + 3 * static_cast<std::ptrdiff_t>(u), 3,
                      scene.picture.row(y) + 3 * static_cast<std::ptrdiff_t>(x));
        }
    }
    for (const double cell : {0.1, 0.3, 0.8}) {
      const Clouds clouds(dice_, cell * box_.width());
      const Colour colour{dice_.between(60, 200), dice_.between(60, 200), dice_.between(60, 200)};
      paint(no_face("texture", cell).picture, colour, 1.5, clouds, [](int, int) { return 1.0; });
    }
    // The outline of the head, filled with hair or with skin: nothing in it.
    for (const double tone : {0.25, 1.0}) {
      const Clouds clouds(dice_, 0.1 * box_.width());
      Colour colour = skin_of(portrait_.picture, box_);
      for (double& value : colour) value *= tone;
      const double x = (box_.left + box_.right) / 2, y = (box_.top + box_.bottom) / 2;
      paint(no_face("back of a head", tone).picture, colour, 0.3, clouds, [&](int u, int v) {
        const double dx = (u - x) / (0.54 * box_.width()), dy = (v - y) / (0.54 * box_.height());
        return (1 - (dx * dx + dy * dy)) * 20;
      });
    }
    // A piece of the picture's upper corner in place of all of it.
    FaceScene& backdrop = no_face("backdrop", 0);
    const double w = std::max(8.0, box_.left), h = std::max(8.0, 0.7 * box_.top + 8);
    const double scale_x = w / backdrop.picture.width(), scale_y = h / backdrop.picture.height();
    backdrop.picture = warped(portrait_.picture, {.xx = scale_x, .yy = scale_y},
                              backdrop.picture.width(), backdrop.picture.height());
    // Upside down eyes and mouth only would still be a face; a face without eyes, nose, mouth is
    // not.
    FaceScene& black = no_face("frame without light", 0);
    std::fill_n(black.picture.data(), black.picture.size_bytes(), std::uint8_t{8});
    add_noise(black.picture, 3, dice_);
  }

  const Portrait& portrait_;
  Box box_;
  Dice dice_;
  std::vector<FaceScene> scenes_;
};

}  // namespace

FacePlace place_of(const Landmarks& landmarks) {
  const Box box = box_of(landmarks);
  return {static_cast<float>((box.left + box.right) / 2),
          static_cast<float>((box.top + box.bottom) / 2),
          static_cast<float>(std::max(box.width(), box.height()))};
}

Portrait framed(const Portrait& portrait, std::uint32_t seed) {
  Dice dice(seed);
  const Box box = box_of(portrait.landmarks);
  const double width = std::min(dice.between(110, 250), 1.5 * box.width());
  const double scale = box.width() / width;
  const double margin = 0.9 * box.width();
  const double left = std::max(0.0, box.left - margin), top = std::max(0.0, box.top - margin);
  const double right = std::min(portrait.picture.width() - 1.0, box.right + margin);
  const double bottom = std::min(portrait.picture.height() - 1.0, box.bottom + margin);
  const Warp warp{.xx = scale, .x = left, .yy = scale, .y = top};
  return {portrait.name,
          warped(portrait.picture, warp, static_cast<int>((right - left) / scale),
                 static_cast<int>((bottom - top) / scale)),
          moved(portrait.landmarks, warp)};
}

std::vector<FaceScene> scenes_of(const Portrait& framed_portrait, std::uint32_t seed) {
  return Maker(framed_portrait, seed).all();
}

double landmark_error(const Landmarks& found, const Landmarks& truth) {
  const double dx = truth.x[45] - truth.x[36], dy = truth.y[45] - truth.y[36];
  double sum = 0;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const double x = found.x[i] - truth.x[i], y = found.y[i] - truth.y[i];
    sum += std::sqrt(x * x + y * y);
  }
  return sum / kLandmarks / std::sqrt(dx * dx + dy * dy);
}

}  // namespace auriga::accuracy
