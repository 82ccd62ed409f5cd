#include "tracking/face_patch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

#include "models/pdm.hpp"
#include "support/golden.hpp"
#include "tracking/frame_sketch.hpp"

namespace auriga {
namespace {

constexpr const char* kPdm = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";

double face_texture(double x, double y) {
  return 120 + 40 * std::sin(x / 13) * std::cos(y / 17) + 30 * std::sin(x / 29 + y / 11) - 0.1 * x;
}

template <typename Level>
Image painted(int width, int height, Level level) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::fill_n(image.row(y) + 3 * x, 3,
                  static_cast<std::uint8_t>(std::lround(std::clamp(level(x, y), 0.0, 255.0))));
    }
  }
  return image;
}

struct Fixture {
  Pdm pdm = read_pdm(test::test_data() / kPdm);
  ShapeModel model{pdm};
  FacePatchSampler sampler{model};

  Landmarks mean_face(double x, double y, double scale, double turn = 0) const {
    Landmarks face;
    for (int i = 0; i < kLandmarks; ++i) {
      const double u = pdm.mean[i], v = pdm.mean[kLandmarks + i];
      face.x[i] = static_cast<float>(x + scale * (std::cos(turn) * u - std::sin(turn) * v));
      face.y[i] = static_cast<float>(y + scale * (std::sin(turn) * u + std::cos(turn) * v));
    }
    return face;
  }
  FacePatch patch(const Image& image, const Landmarks& face) const {
    FacePatch patch;
    sampler.sample(image, face, patch);
    return patch;
  }
};

TEST(FacePatch, FollowsTheFaceWhereverItIs) {
  AURIGA_NEEDS(kPdm);
  const Fixture f;
  const FacePatch here = f.patch(painted(400, 400, face_texture), f.mean_face(200, 200, 1.5));
  EXPECT_GT(f.sampler.places(), 200);
  EXPECT_FLOAT_EQ(here.inside_share, 1);
  EXPECT_NEAR(correlation(here, here), 1, 1e-5);
  // Shifted, larger, turned.
  const FacePatch shifted =
      f.patch(painted(400, 400, [](int x, int y) { return face_texture(x - 31, y + 22); }),
              f.mean_face(231, 178, 1.5));
  EXPECT_GT(correlation(here, shifted), 0.999);
  const auto large = [](int x, int y) {
    return face_texture(200 + (x - 300) / 1.6, 200 + (y - 300) / 1.6);
  };
  EXPECT_GT(correlation(here, f.patch(painted(600, 600, large), f.mean_face(300, 300, 2.4))), 0.99);
  const double c = std::cos(0.6), s = std::sin(0.6);
  const auto turned = [&](int x, int y) {
    return face_texture(200 + c * (x - 200) + s * (y - 200), 200 - s * (x - 200) + c * (y - 200));
  };
  EXPECT_GT(correlation(here, f.patch(painted(400, 400, turned), f.mean_face(200, 200, 1.5, 0.6))),
            0.99);
  // The same landmarks on something else.
  EXPECT_LT(
      correlation(here, f.patch(painted(400, 400,
                                        [](int x, int y) { return face_texture(x + 41, y + 30); }),
                                f.mean_face(200, 200, 1.5))),
      0.6);
}

// The spline bends with the landmarks: a texture that is painted by the landmarks' own deformation
// stays the same.
TEST(FacePatch, TakesOutABendOfTheFace) {
  AURIGA_NEEDS(kPdm);
  const Fixture f;
  const Landmarks face = f.mean_face(200, 200, 1.5);
  const FacePatch straight = f.patch(painted(400, 400, face_texture), face);
  const auto bend = [](double x) {
    return 0.0015 * (x - 200) * (x - 200);
  };  // px downwards; up to 17
  Landmarks bent = face;
  for (int i = 0; i < kLandmarks; ++i) bent.y[i] += static_cast<float>(bend(face.x[i]));
  const Image image = painted(400, 400, [&](int x, int y) { return face_texture(x, y - bend(x)); });
  EXPECT_GT(correlation(straight, f.patch(image, bent)), 0.98);
  EXPECT_LT(correlation(straight, f.patch(image, face)), 0.9);
}

TEST(FacePatch, IgnoresLightAndItsDirection) {
  AURIGA_NEEDS(kPdm);
  const Fixture f;
  const Landmarks face = f.mean_face(200, 200, 1.5);
  const FacePatch plain = f.patch(painted(400, 400, face_texture), face);
  const FacePatch lit = f.patch(
      painted(400, 400, [](int x, int y) { return 0.5 * face_texture(x, y) + 0.2 * x + 0.1 * y; }),
      face);
  EXPECT_GT(correlation(plain, lit), 0.999);
}

TEST(FacePatch, FlatOrOutsideHasNoCorrelation) {
  AURIGA_NEEDS(kPdm);
  const Fixture f;
  const Image image = painted(400, 400, face_texture);
  const FacePatch plain = f.patch(image, f.mean_face(200, 200, 1.5));
  for (double level : {0.0, 90.0, 255.0}) {
    EXPECT_EQ(correlation(plain, f.patch(painted(400, 400, [&](int, int) { return level; }),
                                         f.mean_face(200, 200, 1.5))),
              0);
  }
  EXPECT_EQ(
      correlation(plain, f.patch(painted(400, 400, [](int x, int y) { return 0.4 * x + 0.2 * y; }),
                                 f.mean_face(200, 200, 1.5))),
      0);
  EXPECT_EQ(correlation(plain, f.patch(image, f.mean_face(-500, 200, 1.5))), 0);
  EXPECT_EQ(correlation(plain, f.patch(painted(1, 1, face_texture), f.mean_face(0, 0, 1.5))), 0);
  EXPECT_EQ(correlation(plain, f.patch(Image(), f.mean_face(0, 0, 1.5))), 0);
  // Half of it is enough.
  const FacePatch half = f.patch(image, f.mean_face(400, 200, 1.5));
  EXPECT_NEAR(half.inside_share, 0.5, 0.1);
  const FacePatch whole = f.patch(painted(800, 400, face_texture), f.mean_face(400, 200, 1.5));
  EXPECT_GT(correlation(whole, half), 0.9);
}

TEST(FacePatch, CorrelationIsPearsons) {
  std::mt19937 random(3);
  std::normal_distribution<float> level(0, 20);
  for (std::size_t size : {8u, 24u, 64u, 312u}) {
    FacePatch a{std::vector<float>(size), std::vector<float>(size, 1), 1}, b = a;
    for (std::size_t i = 0; i < size; ++i) {
      a.grey[i] = level(random);
      b.grey[i] = 0.5f * a.grey[i] + level(random);
      if (i % 5 == 2) a.inside[i] = 0;
    }
    double n = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (std::size_t i = 0; i < size; ++i) {
      if (a.inside[i] > 0) n += 1, ma += a.grey[i], mb += b.grey[i];
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (a.inside[i] == 0) continue;
      const double va = a.grey[i] - ma / n, vb = b.grey[i] - mb / n;
      aa += va * va, bb += vb * vb, ab += va * vb;
    }
    EXPECT_NEAR(correlation(a, b), ab / std::sqrt(aa * bb), 1e-5) << size;  // single precision
  }
}

TEST(FacePatch, BlendKeepsWhatOnlyOneOfThemHas) {
  FacePatch average{{10, 20, 30, 0}, {1, 1, 1, 0}, 0.75f};
  blend({{20, 0, 30, 8}, {1, 0, 1, 1}, 0.75f}, 0.1f, average);
  EXPECT_EQ(average.grey, (std::vector<float>{11, 20, 30, 8}));
  EXPECT_EQ(average.inside, (std::vector<float>{1, 1, 1, 1}));
}

FrameSketch sketch_of(const Image& picture) {
  Image pixels;
  return sketch(picture, pixels);
}

TEST(FrameSketch, TellsACutFromTheSameScene) {
  const Image scene = painted(640, 480, face_texture);
  const FrameSketch here = sketch_of(scene);
  EXPECT_NEAR(correlation(here, here), 1, 1e-5);
  EXPECT_GT(correlation(here, sketch_of(painted(
                                  640, 480,
                                  [](int x, int y) { return 0.6 * face_texture(x + 2, y) + 20; }))),
            0.9);
  EXPECT_LT(
      correlation(here, sketch_of(painted(
                            640, 480, [](int x, int y) { return face_texture(2 * y, x + 100); }))),
      0.5);
  EXPECT_EQ(correlation(here, sketch_of(painted(640, 480, [](int, int) { return 7.0; }))), 0);
  EXPECT_EQ(correlation(here, sketch_of(Image())), 0);
  EXPECT_EQ(correlation(here, sketch_of(painted(1, 1, face_texture))), 0);
}

}  // namespace
}  // namespace auriga
