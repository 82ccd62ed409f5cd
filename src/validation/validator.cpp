#include "validation/validator.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "models/binary_reader.hpp"
#include "validation/cnn.hpp"
#include "validation/face_warp.hpp"

namespace auriga {
namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr int kMostViews = 64;
constexpr int kCnnType = 3;

struct View {
  explicit View(BinaryReader& reader)
      : mean(reader.vector<float>("mean of the pixels")),
        deviation(reader.vector<float>("standard deviation of the pixels",
                                       static_cast<int>(mean.size()))),
        cnn(reader),
        warp(reader) {
    if (warp.places().size() != mean.size())
      reader.fail("expected means of the " + std::to_string(warp.places().size()) +
                  " pixels of the face, found " + std::to_string(mean.size()));
    for (const float value : deviation)
      if (!(value > 0))
        reader.fail("expected positive standard deviations, found " + std::to_string(value));
    cnn.bind(warp.height(), warp.width(), reader);
  }

  std::array<double, 3> centre_rad{};
  std::vector<float> mean, deviation;  // of the normalised pixels of the face
  Cnn cnn;
  FaceWarp warp;
};

// To mean 0 and standard deviation 1; equal values to 0.
void normalise(std::span<float> values) {
  double sum = 0, squares = 0;
  for (const double v : values) {
    sum += v;
    squares += v * v;
  }
  const double mean = sum / static_cast<double>(values.size());
  const double variance = squares / static_cast<double>(values.size()) - mean * mean;
  const auto shift = static_cast<float>(mean);
  const auto scale = variance > 0 ? static_cast<float>(std::sqrt(variance)) : 1.0f;
  for (float& v : values) v = (v - shift) / scale;
}

// From 3 px before the first to 3 px behind the last, within the picture's `size`; the last pixel
// of the picture is never part of it (spec validation.md section 2 step 2).
struct Range {
  int begin = 0, end = 0;

  Range(std::span<const float> positions, int size) {
    const auto [low, high] = std::minmax_element(positions.begin(), positions.end());
    begin = static_cast<int>(std::clamp<double>(*low - 3.0f, 0, size));
    end = static_cast<int>(std::clamp<double>(*high + 3.0f, -1, size - 1));
  }
  int size() const { return end - begin; }
};

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

struct Validator::Model {
  std::vector<View> views;

  int landmarks() const { return views.front().warp.landmarks(); }

  const View& nearest(const EulerAngles& rotation_rad) const {
    const auto squared_distance = [&](const View& view) {
      double sum = 0;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double difference = rotation_rad[axis] - view.centre_rad[axis];
        sum += difference * difference;
      }
      return sum;
    };
    return *std::min_element(views.begin(), views.end(), [&](const View& a, const View& b) {
      return squared_distance(a) < squared_distance(b);
    });
  }
};

std::shared_ptr<const Validator::Model> Validator::load(const std::filesystem::path& file) {
  const std::string bytes = read_file(file, ErrorCode::model, "landmark validator", kLargestFile);
  BinaryReader reader(file, bytes);
  const int type = reader.i32("type of the validator");
  if (type != kCnnType)
    reader.fail(
        "expected a validator of type 3 (convolutional networks), as in validator_cnn.txt, "
        "found type " +
        std::to_string(type));
  const int count = reader.i32("number of views", 1, kMostViews);
  std::vector<std::array<double, 3>> centres;
  for (int i = 0; i < count; ++i) {
    const std::vector<double> degrees = reader.vector<double>("centre of a view", 3);
    std::array<double, 3>& centre = centres.emplace_back();
    for (std::size_t axis = 0; axis < 3; ++axis)
      centre[axis] = degrees[axis] * (std::numbers::pi / 180);
  }
  auto model = std::make_shared<Model>();
  for (const std::array<double, 3>& centre : centres) {
    View& view = model->views.emplace_back(reader);
    view.centre_rad = centre;
    if (view.warp.landmarks() != model->landmarks())
      reader.fail("expected " + std::to_string(model->landmarks()) +
                  " landmarks in every view, found " + std::to_string(view.warp.landmarks()));
  }
  reader.expect_end();
  return model;
}

struct Validator::Impl {
  std::shared_ptr<const Model> model;
  // Kept from call to call, large enough for every view.
  std::vector<float> landmarks;  // in the cropped picture
  std::vector<float> values;     // of the pixels of the face
  std::vector<FaceWarp::Affine> affines;
  Cnn::Buffers buffers;

  explicit Impl(std::shared_ptr<const Model> shared) : model(std::move(shared)) {
    std::size_t pixels = 0, triangles = 0;
    for (const View& view : model->views) {
      view.cnn.reserve(buffers);
      pixels = std::max(pixels, view.mean.size());
      triangles = std::max(triangles, static_cast<std::size_t>(view.warp.triangles()));
    }
    values.resize(pixels);
    affines.resize(triangles);
    landmarks.resize(2 * static_cast<std::size_t>(model->landmarks()));
  }
};

Validator::Validator(std::shared_ptr<const Model> model)
    : impl_(std::make_unique<Impl>(std::move(model))) {}
Validator::~Validator() = default;
Validator::Validator(Validator&&) noexcept = default;
Validator& Validator::operator=(Validator&&) noexcept = default;

int Validator::landmarks() const { return impl_->model->landmarks(); }

Region Validator::reach(std::span<const float> landmarks, int width, int height) {
  if (!all_finite(landmarks)) return {};
  const std::size_t n = landmarks.size() / 2;
  const Range across(landmarks.first(n), width), down(landmarks.last(n), height);
  return {across.begin, down.begin, std::max(0, across.size()), std::max(0, down.size())};
}

float Validator::certainty(ImageView grey, const EulerAngles& rotation_rad,
                           std::span<const float> landmarks) {
  const auto n = static_cast<std::size_t>(this->landmarks());
  assert((grey.empty() || grey.channels == 1) && landmarks.size() == 2 * n);
  if (grey.empty() || !all_finite(rotation_rad) || !all_finite(landmarks)) return 0;

  const Range across(landmarks.first(n), grey.width), down(landmarks.last(n), grey.height);
  if (across.size() <= 1 || down.size() <= 1) return 0;
  const ImageView crop{grey.row(down.begin) + across.begin, across.size(), down.size(), 1,
                       grey.stride};
  for (std::size_t i = 0; i < n; ++i) {
    impl_->landmarks[i] = landmarks[i] - static_cast<float>(across.begin);
    impl_->landmarks[n + i] = landmarks[n + i] - static_cast<float>(down.begin);
  }

  const View& view = impl_->model->nearest(rotation_rad);
  const std::span<const std::int32_t> places = view.warp.places();
  const std::span<float> values = std::span(impl_->values).first(places.size());
  view.warp.sample(crop, impl_->landmarks, impl_->affines, values);
  normalise(values);
  float* window = impl_->buffers.maps.data();
  std::fill_n(window, view.warp.height() * view.warp.width(), 0.0f);
  for (std::size_t i = 0; i < places.size(); ++i)
    window[places[i]] = (values[i] - view.mean[i]) / view.deviation[i];

  // The network says in which of its bins from good (-1) to bad (1) the fit belongs.
  const std::span<const float> scores = view.cnn.scores(impl_->buffers);
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  const auto bins = static_cast<double>(scores.size());
  const double badness = -1 + 1 / bins + static_cast<double>(best) * (2 / bins);
  return static_cast<float>(0.5 * (1 - badness));
}

}  // namespace auriga
