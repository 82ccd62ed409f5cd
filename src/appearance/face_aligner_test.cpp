#include "appearance/face_aligner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "auriga/error.hpp"

#include "appearance/face_aligner_reference.hpp"
#include "media/image_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> bytes(const Image& image) {
  return {image.data(), image.data() + image.size_bytes()};
}

bool is_black(const Image& image) {
  return std::all_of(image.data(), image.data() + image.size_bytes(),
                     [](std::uint8_t v) { return v == 0; });
}

Image noise(std::mt19937& random, int width, int height, int channels) {
  Image image(width, height, channels);
  for (std::size_t i = 0; i < image.size_bytes(); ++i)
    image.data()[i] = static_cast<std::uint8_t>(random());
  return image;
}

float uniform(std::mt19937& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random() % 65536) / 65535;
}

// 68 random points as a face of about 150 x 150 mm, and triangles, some of which are lines or
// points.
struct Mesh {
  Pdm pdm;
  std::vector<Triangle> triangles;
};
Mesh random_mesh(std::mt19937& random) {
  Mesh mesh;
  mesh.pdm.points = kLandmarks;
  for (int i = 0; i < 3 * kLandmarks; ++i) mesh.pdm.mean.push_back(uniform(random, -75, 75));
  for (int i = 0; i < 25; ++i) {
    Triangle t;
    for (int& corner : t) corner = static_cast<int>(random() % kLandmarks);
    if (i == 0) t[1] = t[0];
    if (i == 1) t[2] = t[1] = t[0];
    mesh.triangles.push_back(t);
  }
  return mesh;
}

// The mean shape seen with scale, rotation [rad] and position [px].
Landmarks place(const Pdm& pdm, float scale, float angle, float x, float y) {
  Landmarks l;
  const float c = scale * std::cos(angle), s = scale * std::sin(angle);
  for (int i = 0; i < kLandmarks; ++i) {
    l.x[i] = c * pdm.mean[i] - s * pdm.mean[kLandmarks + i] + x;
    l.y[i] = s * pdm.mean[i] + c * pdm.mean[kLandmarks + i] + y;
  }
  return l;
}

ShapeFit fit_at(float x, float y) {
  ShapeFit fit;
  fit.tx = x;
  fit.ty = y;
  return fit;
}

void expect_plain(const ImageView& frame, const Landmarks& landmarks, const ShapeFit& fit,
                  const Mesh& mesh, const AlignOptions& options, const std::string& what) {
  FaceAligner aligner(mesh.pdm, mesh.triangles, options);
  Image crop;
  aligner.align(frame, landmarks, fit, crop);
  const Image plain = test::plain_crop(frame, aligner.transform(landmarks, fit.tx, fit.ty),
                                       landmarks, mesh.triangles, options);
  ASSERT_EQ(crop.channels(), frame.channels) << what;
  EXPECT_EQ(bytes(crop), bytes(plain)) << what;
}

TEST(FaceAligner, EqualsThePlainRuleOnRandomFaces) {
  std::mt19937 random(21);
  const int widths[] = {1, 1, 3, 63, 320, 641}, heights[] = {1, 3, 1, 13, 240, 64};
  int visible = 0;
  for (int i = 0; i < 96; ++i) {
    const Mesh mesh = random_mesh(random);
    const int k = i % 6;
    const Image frame = noise(random, widths[k], heights[k], i % 4 == 0 ? 1 : 3);
    const float x = uniform(random, -30, static_cast<float>(widths[k]) + 30);
    const float y = uniform(random, -30, static_cast<float>(heights[k]) + 30);
    Landmarks landmarks =
        place(mesh.pdm, uniform(random, 0.02F, 3), uniform(random, -3.2F, 3.2F), x, y);
    if (i % 3 == 0) {  // far outside the crop, in a corner, on whole pixels, coinciding
      landmarks.x[9] = 1e6F;
      landmarks.y[50] = -3e9F;
      for (int j = 51; j < 60; ++j) landmarks.x[j] = landmarks.y[j] = static_cast<float>(j - 51);
      landmarks.x[60] = landmarks.x[61];
      landmarks.y[60] = landmarks.y[61];
    }
    AlignOptions options;
    options.size = std::array{1, 3, 13, 63, 112, 113, 200}[random() % 7];
    options.scale = i % 2 == 0 ? 0.7F : uniform(random, 0.2F, 2);
    options.mask = i % 5 != 0;
    expect_plain(frame, landmarks, fit_at(x, y), mesh, options, "case " + std::to_string(i));
    Image crop;
    FaceAligner aligner(mesh.pdm, mesh.triangles, options);
    aligner.align(frame, landmarks, fit_at(x, y), crop);
    for (const std::uint8_t v : bytes(crop)) visible += v != 0;
  }
  EXPECT_GT(visible, 100000);  // the faces are not all black
}

// An upright transform of scale 1 puts corners on whole pixels: all edges go through pixels.
TEST(FaceAligner, EqualsThePlainRuleWhereEdgesMeetPixels) {
  std::mt19937 random(22);
  Mesh mesh = random_mesh(random);
  for (float& v : mesh.pdm.mean) v = std::round(v);
  const Image frame = noise(random, 300, 300, 3);
  for (int i = 0; i < 20; ++i) {
    Landmarks landmarks = place(mesh.pdm, 1, 0, 150, 150);
    for (int j = 48; j < 68; ++j) landmarks.x[j] = 100 + static_cast<float>(random() % 100);
    expect_plain(frame, landmarks, fit_at(150, 150), mesh, {1.0F, 150, true}, std::to_string(i));
  }
}

TEST(FaceAligner, TransformUndoesAKnownPose) {
  std::mt19937 random(23);
  const Mesh mesh = random_mesh(random);
  for (const float angle : {0.0F, 0.5F, 1.6F, 3.0F, -2.2F}) {
    const Landmarks landmarks = place(mesh.pdm, 2.5F, angle, 400, 300);
    const FaceAligner aligner(mesh.pdm, mesh.triangles, {0.7F, 113, true});
    const SimilarityTransform t = aligner.transform(landmarks, 400, 300);
    EXPECT_NEAR(t.a, 0.7 / 2.5 * std::cos(angle), 1e-6);
    EXPECT_NEAR(t.b, -0.7 / 2.5 * std::sin(angle), 1e-6);
    // The model's origin goes to the middle, 113 / 2 = 56. Float rounding of 0.28 * 400.
    EXPECT_NEAR(t.a * 400 - t.b * 300 + t.tx, 56, 1e-4);
    EXPECT_NEAR(t.b * 400 + t.a * 300 + t.ty, 56, 1e-4);
  }
}

// A frame whose grey value is a linear function of position: the crop is known in closed form.
TEST(FaceAligner, CropOfARampIsTheRampInTheFacesFrame) {
  std::mt19937 random(24);
  const Mesh mesh = random_mesh(random);
  Image frame(400, 400, 3);
  for (int y = 0; y < 400; ++y) {
    for (int x = 0; x < 400; ++x) {
      frame.row(y)[3 * x] = static_cast<std::uint8_t>(x / 2);
      frame.row(y)[3 * x + 1] = static_cast<std::uint8_t>(y / 2);
      frame.row(y)[3 * x + 2] = static_cast<std::uint8_t>((x + y) / 4);
    }
  }
  for (const float angle : {0.0F, 0.7F, -1.5F}) {
    const float scale = 1.1F;
    FaceAligner aligner(mesh.pdm, mesh.triangles, {0.7F, 112, false});
    Image crop;
    aligner.align(frame, place(mesh.pdm, scale, angle, 200, 190), fit_at(200, 190), crop);
    const float c = scale / 0.7F * std::cos(angle), s = scale / 0.7F * std::sin(angle);
    for (int y = 0; y < 112; ++y) {
      for (int x = 0; x < 112; ++x) {
        const auto u = static_cast<float>(x - 56), v = static_cast<float>(y - 56);
        const float sx = c * u - s * v + 200, sy = s * u + c * v + 190;
        const std::uint8_t* p = crop.row(y) + 3 * x;
        // The frame's own integers lie up to 3/4 below the ramp; blending adds half a level.
        ASSERT_NEAR(p[0], sx / 2 - 0.25F, 0.8);
        ASSERT_NEAR(p[1], sy / 2 - 0.25F, 0.8);
        ASSERT_NEAR(p[2], (sx + sy) / 4 - 0.375F, 0.9);
      }
    }
  }
}

TEST(FaceAligner, MovingFrameAndFaceTogetherChangesNothing) {
  std::mt19937 random(25);
  const Mesh mesh = random_mesh(random);
  const Image frame = noise(random, 500, 450, 3);
  const Landmarks landmarks = place(mesh.pdm, 1.5F, 0.3F, 220, 200);
  FaceAligner aligner(mesh.pdm, mesh.triangles);
  Image crop, moved;
  aligner.align(frame, landmarks, fit_at(220, 200), crop);

  Landmarks there = landmarks;
  for (int i = 0; i < kLandmarks; ++i) {
    there.x[i] -= 32;
    there.y[i] -= 16;
  }
  const ImageView part = {frame.row(16) + 3 * 32, 500 - 32, 450 - 16, 3, frame.stride()};
  aligner.align(part, there, fit_at(220 - 32, 200 - 16), moved);
  // Rounding of the landmarks moves a few positions across a border of 1/32 px; on noise that is up
  // to 255/32 levels.
  int different = 0;
  for (std::size_t i = 0; i < crop.size_bytes(); ++i) {
    const int d = std::abs(crop.data()[i] - moved.data()[i]);
    different += d != 0;
    ASSERT_LE(d, 17);
  }
  EXPECT_LT(different, static_cast<int>(crop.size_bytes() / 50));
}

TEST(FaceAligner, ReadsNothingBeyondTheFrame) {
  std::mt19937 random(26);
  const Mesh mesh = random_mesh(random);
  // Rows of a wider buffer full of 255: a tap beyond the width would be seen, not just one beyond
  // the buffer.
  std::vector<std::uint8_t> buffer(100 * 400, 255);
  for (int y = 0; y < 100; ++y) std::fill_n(buffer.begin() + 400 * y, 3 * 100, std::uint8_t{0});
  const ImageView frame = {buffer.data(), 100, 100, 3, 400};
  FaceAligner aligner(mesh.pdm, mesh.triangles, {0.7F, 112, false});
  Image crop;
  aligner.align(frame, place(mesh.pdm, 1, 0.2F, 90, 50), fit_at(90, 50), crop);
  EXPECT_TRUE(is_black(crop));
}

// The crop covers the frame one to one, half a pixel off, so that the last taps are the frame's
// last pixels or the ones behind. Width and height of the frame are just enough, or one less.
TEST(FaceAligner, StopsAtTheLastRowAndColumn) {
  std::mt19937 random(30);
  const Mesh mesh = random_mesh(random);
  for (const int channels : {1, 3}) {
    for (const int width : {112, 113, 130}) {
      for (const int height : {112, 113, 130}) {
        // An allocation of the exact size, for the address sanitizer.
        const Image tight = noise(random, width, height, channels);
        expect_plain(tight, place(mesh.pdm, 0.7F, 0, 56.5F, 56.5F), fit_at(56.5F, 56.5F), mesh,
                     {0.7F, 112, false}, "tight");
        const Image larger = noise(random, width + 9, height + 9, channels);
        const ImageView part = {larger.data(), width, height, channels, larger.stride()};
        expect_plain(part, place(mesh.pdm, 0.7F, 0, 56.5F, 56.5F), fit_at(56.5F, 56.5F), mesh,
                     {0.7F, 112, false}, "part of a larger image");
      }
    }
  }
}

TEST(FaceAligner, UnusableLandmarksGiveABlackCrop) {
  std::mt19937 random(27);
  const Mesh mesh = random_mesh(random);
  const Image frame(200, 200, 3);
  std::fill_n(const_cast<std::uint8_t*>(frame.data()), frame.size_bytes(), std::uint8_t{200});
  const Landmarks good = place(mesh.pdm, 1, 0, 100, 100);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  for (const bool mask : {true, false}) {
    FaceAligner aligner(mesh.pdm, mesh.triangles, {0.7F, 112, mask});
    Image crop;
    const auto black = [&](const Landmarks& landmarks, const ShapeFit& fit) {
      std::fill_n(crop.data(), crop.size_bytes(), std::uint8_t{99});
      aligner.align(frame, landmarks, fit, crop);
      return is_black(crop);
    };
    EXPECT_FALSE(black(good, fit_at(100, 100)));
    for (const float v : {nan, infinite, -infinite}) {
      for (const int i : {0, 1, 67}) {
        Landmarks bad = good;
        bad.x[i] = v;
        EXPECT_TRUE(black(bad, fit_at(100, 100)));
        bad = good;
        bad.y[i] = v;
        EXPECT_TRUE(black(bad, fit_at(100, 100)));
      }
      EXPECT_TRUE(black(good, fit_at(v, 100)));
      EXPECT_TRUE(black(good, fit_at(100, v)));
    }
    EXPECT_TRUE(black(Landmarks{}, fit_at(100, 100)));  // all coincide
    EXPECT_TRUE(black(place(mesh.pdm, 1e30F, 0, 0, 0), fit_at(0, 0)));
    EXPECT_TRUE(black(place(mesh.pdm, 1e-30F, 0, 0, 0), fit_at(0, 0)));
    EXPECT_TRUE(black(good, fit_at(1e9F, 100)));
    EXPECT_TRUE(black(good, fit_at(2097200, 100)));  // 2^31 / 1024 lies within the crop
    EXPECT_TRUE(black(good, fit_at(100, -600000)));  // beyond the limit of the header
    EXPECT_TRUE(black(good, fit_at(100, -2000)));    // beside the frame
  }
}

TEST(FaceAligner, AnEmptyFrameGivesABlackColourCrop) {
  std::mt19937 random(28);
  const Mesh mesh = random_mesh(random);
  FaceAligner aligner(mesh.pdm, mesh.triangles, {0.7F, 20, true});
  Image crop;
  aligner.align(ImageView{}, place(mesh.pdm, 1, 0, 10, 10), fit_at(10, 10), crop);
  EXPECT_EQ(crop.channels(), 3);
  EXPECT_EQ(bytes(crop), std::vector<std::uint8_t>(20 * 20 * 3));
}

TEST(FaceAligner, RejectsBadModelsAndOptions) {
  std::mt19937 random(29);
  const Mesh mesh = random_mesh(random);
  const auto message = [](auto construct) -> std::string {
    try {
      construct();
    } catch (const Error& e) {
      return std::to_string(static_cast<int>(e.code())) + " " + e.what();
    }
    return "no error";
  };
  EXPECT_THAT(message([&] {
                FaceAligner(mesh.pdm, {{0, 1, 68}});
              }),
              HasSubstr("4 face alignment: expected"));
  EXPECT_THAT(message([&] { FaceAligner(mesh.pdm, {{0, -1, 3}}); }), HasSubstr("index -1"));
  Pdm other = mesh.pdm;
  other.points = 28;
  EXPECT_THAT(message([&] { FaceAligner(other, {}); }), HasSubstr("has 28"));
  for (const float scale : {0.0F, -1.0F, 1e9F, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_THAT(message([&] {
                  FaceAligner(mesh.pdm, {}, {scale, 112, true});
                }),
                HasSubstr("2 the scale"));
  for (const int size : {0, -5, 4097})
    EXPECT_THAT(message([&] {
                  FaceAligner(mesh.pdm, {}, {0.7F, size, true});
                }),
                HasSubstr("2 the size"));
}

// Golden data of the reference.

Mesh reference_mesh() {
  const auto folder = test::test_data() / "models/openface-2.2/AU_predictors";
  return {read_pdm(folder / "In-the-wild_aligned_PDM_68.txt"),
          read_triangulation(folder / "tris_68_full.txt", kLandmarks)};
}

Landmarks read_landmarks(const test::Table& table, std::size_t row) {
  Landmarks l;
  for (int i = 0; i < kLandmarks; ++i) {
    l.x[i] = static_cast<float>(table.number(row, "x_" + std::to_string(i)));
    l.y[i] = static_cast<float>(table.number(row, "y_" + std::to_string(i)));
  }
  return l;
}

// How two crops differ, counted in pixels.
struct Difference {
  int pixels = 0, different = 0, largest = 0;
  void add(const Image& a, const Image& b) {
    ASSERT_EQ(a.size_bytes(), b.size_bytes());
    for (std::size_t i = 0; i < a.size_bytes(); i += 3, ++pixels) {
      int d = 0;
      for (std::size_t c = i; c < i + 3; ++c) d = std::max(d, std::abs(a.data()[c] - b.data()[c]));
      different += d != 0;
      largest = std::max(largest, d);
    }
  }
};

// The reference computes the rotation in float by an SVD; the last bits move some positions by
// 1/32 px. 0.1 % of the pixels is five times what was measured at worst.
void expect_close(const Difference& difference) {
  EXPECT_LE(difference.different, difference.pixels / 1000);
  EXPECT_LE(difference.largest, 2);
  ::testing::Test::RecordProperty("different_pixels", difference.different);
  ::testing::Test::RecordProperty("pixels", difference.pixels);
  ::testing::Test::RecordProperty("largest_difference", difference.largest);
}

TEST(FaceAligner, GoldenVideos) {
  AURIGA_NEEDS("models/openface-2.2/AU_predictors");
  const Mesh mesh = reference_mesh();
  for (const char* video : {"stage_2015-10-15-15-14", "stage_video01"}) {
    AURIGA_NEEDS(std::filesystem::path("golden") / video);
    const auto folder = test::test_data() / "golden" / video;
    const test::Table tracker(folder / "tracker.csv"), fits(folder / "fa_params.csv");
    FaceAligner aligner(mesh.pdm, mesh.triangles);
    Image crop;
    Difference difference;
    for (std::size_t frame = 0; frame < 30; ++frame) {
      char name[16];
      std::snprintf(name, sizeof name, "%03zu.png", frame);
      const Image image = test::read_png(folder / "frames" / name);
      const Landmarks landmarks = read_landmarks(tracker, frame);
      const ShapeFit fit = fit_at(static_cast<float>(fits.number(frame, "p_tx")),
                                  static_cast<float>(fits.number(frame, "p_ty")));
      aligner.align(image, landmarks, fit, crop);
      difference.add(crop, test::read_png(folder / "aligned" / name));
      if (frame % 10 == 0) expect_plain(image, landmarks, fit, mesh, {}, name);
    }
    EXPECT_EQ(difference.pixels, 30 * 112 * 112);
    expect_close(difference);
  }
}

TEST(FaceAligner, GoldenImages) {
  AURIGA_NEEDS("models/openface-2.2/AU_predictors");
  AURIGA_NEEDS("golden/images");
  AURIGA_NEEDS("images");
  const Mesh mesh = reference_mesh();
  const auto folder = test::test_data() / "golden/images";
  const test::Table faces(folder / "images_fullprec.csv");
  FaceAligner aligner(mesh.pdm, mesh.triangles);
  Image crop;
  Difference difference;
  for (std::size_t row = 0; row < faces.rows(); ++row) {
    const std::string& stem = faces.text(row, "image");
    char name[64];
    std::snprintf(name, sizeof name, "%s_face%02d_aligned.png", stem.c_str(),
                  static_cast<int>(faces.number(row, "face")));
    const Image image = read_image(test::test_data() / "images" / (stem + ".jpg"));
    aligner.align(image, read_landmarks(faces, row),
                  fit_at(static_cast<float>(faces.number(row, "fa_tx")),
                         static_cast<float>(faces.number(row, "fa_ty"))),
                  crop);
    difference.add(crop, test::read_png(folder / name));
  }
  EXPECT_EQ(difference.pixels, 17 * 112 * 112);
  expect_close(difference);
}

}  // namespace
}  // namespace auriga
