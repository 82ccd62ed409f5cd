// The aligned face and FHOG against the plain rules: any landmarks, triangles, pictures.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "appearance/face_aligner.hpp"
#include "appearance/face_aligner_reference.hpp"
#include "appearance/fhog.hpp"
#include "appearance/fhog_reference.hpp"
#include "fuzz_choices.hpp"

namespace {

using namespace auriga;

Image noise(std::mt19937& random, int width, int height, int channels, unsigned levels) {
  Image image(width, height, channels);
  for (std::size_t i = 0; i < image.size_bytes(); ++i)
    image.data()[i] = static_cast<std::uint8_t>(random() % levels);
  return image;
}

// As src/appearance/fhog_test.cpp.
constexpr double kFhogRounding = 1e-6;

void check_fhog(fuzz::Choices& choices, std::mt19937& random) {
  const Image crop = noise(random, kFhogCrop, kFhogCrop, choices.flag() ? 3 : 1,
                           static_cast<unsigned>(choices.number(1, 256)));
  std::array<float, kFhogSize> found;
  compute_fhog(crop, found);
  const std::array<float, kFhogSize> expected = test::plain_fhog(crop);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!(std::abs(static_cast<double>(found[i]) - expected[i]) <= kFhogRounding)) __builtin_trap();
}

void check_aligner(fuzz::Choices& choices, std::mt19937& random) {
  const auto uniform = [&](float least, float most) {
    return least + (most - least) * static_cast<float>(random() % 65536) / 65535;
  };
  Pdm pdm;
  pdm.points = kLandmarks;
  for (int i = 0; i < 3 * kLandmarks; ++i) pdm.mean.push_back(uniform(-75, 75));
  std::vector<Triangle> triangles(static_cast<std::size_t>(choices.number(1, 25)));
  for (Triangle& triangle : triangles)
    for (int& corner : triangle) corner = static_cast<int>(random() % kLandmarks);
  const Image frame =
      noise(random, choices.number(1, 200), choices.number(1, 120), choices.flag() ? 3 : 1, 256);
  const float x = choices.real(-30, static_cast<float>(frame.width()) + 30),
              y = choices.real(-30, static_cast<float>(frame.height()) + 30);
  const float scale = choices.real(0.02f, 3), angle = choices.real(-3.2f, 3.2f);
  const bool whole = choices.flag();
  Landmarks landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const float px = pdm.mean[i], py = pdm.mean[kLandmarks + i];
    landmarks.x[i] = scale * (std::cos(angle) * px - std::sin(angle) * py) + x;
    landmarks.y[i] = scale * (std::sin(angle) * px + std::cos(angle) * py) + y;
    if (whole) {
      landmarks.x[i] = std::round(landmarks.x[i]);
      landmarks.y[i] = std::round(landmarks.y[i]);
    }
  }
  // Some where they should not be.
  for (int i = choices.number(0, 3); i > 0; --i)
    landmarks.x[static_cast<std::size_t>(choices.number(0, kLandmarks - 1))] =
        choices.one_of({1e6f, -3e9f, 0.0f, 50.0f});
  AlignOptions options;
  options.size = choices.number(1, 130);
  options.scale = choices.real(0.2f, 2);
  options.mask = choices.flag();
  ShapeFit fit;
  fit.tx = x;
  fit.ty = y;
  FaceAligner aligner(pdm, triangles, options);
  Image crop;
  aligner.align(frame, landmarks, fit, crop);
  // A landmark at 3e9 makes a face of 1e-7: what is a pixel then is millions of pixels away, which
  // our positions, whole numbers of 1/1024 px in 32 bits, do not tell.
  const SimilarityTransform t = aligner.transform(landmarks, fit.tx, fit.ty);
  if (!(std::hypot(t.a, t.b) > 1e-3f)) return;
  const Image plain = test::plain_crop(frame, t, landmarks, triangles, options);
  if (crop.size_bytes() != plain.size_bytes() ||
      !std::equal(crop.data(), crop.data() + crop.size_bytes(), plain.data()))
    __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auriga::fuzz::Choices choices(bytes, size);
  std::mt19937 random = choices.random();
  if (choices.flag())
    check_fhog(choices, random);
  else
    check_aligner(choices, random);
  return 0;
}
