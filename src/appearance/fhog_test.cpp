#include "appearance/fhog.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "appearance/fhog_reference.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using Descriptor = std::array<float, kFhogSize>;
using test::plain_fhog;

Descriptor fhog(const ImageView& crop) {
  Descriptor out;
  compute_fhog(crop, out);
  return out;
}

double largest_difference(const Descriptor& a, const float* b) {
  double largest = 0;
  for (int i = 0; i < kFhogSize; ++i) largest = std::max<double>(largest, std::abs(a[i] - b[i]));
  return largest;
}

// Sums of up to 256 float votes, then a ratio of sums: a few units of the last place of values
// below 0.6. Pixels in the wrong orientation or of the wrong channel make hundreds of times this.
constexpr double kRounding = 1e-6;

Image noise(std::mt19937& random, int channels, unsigned levels) {
  Image image(kFhogCrop, kFhogCrop, channels);
  for (std::size_t i = 0; i < image.size_bytes(); ++i)
    image.data()[i] = static_cast<std::uint8_t>(random() % levels);
  return image;
}

TEST(Fhog, GoldenVideos) {
  for (const char* video : {"stage_2015-10-15-15-14", "stage_video01"}) {
    AURIGA_NEEDS(std::filesystem::path("golden") / video);
    const auto folder = test::test_data() / "golden" / video;
    const auto records = test::read_hog(folder / "hog.hog");
    for (int frame = 0; frame < 30; ++frame) {
      char name[16];
      std::snprintf(name, sizeof name, "%03d.png", frame);
      const Image crop = test::read_png(folder / "aligned" / name);
      ASSERT_EQ(records.at(frame).values.size(), static_cast<std::size_t>(kFhogSize));
      EXPECT_LE(largest_difference(fhog(crop), records[frame].values.data()), kRounding)
          << video << " frame " << frame;
    }
  }
}

TEST(Fhog, GoldenImages) {
  AURIGA_NEEDS("golden/images");
  const auto folder = test::test_data() / "golden/images";
  int faces = 0;
  for (int image = 1; image <= 6; ++image) {
    const std::string stem = "sample" + std::to_string(image);
    const auto records = test::read_hog(folder / (stem + ".hog"));
    for (std::size_t face = 0; face < records.size(); ++face, ++faces) {
      char name[64];
      std::snprintf(name, sizeof name, "%s_face%02zu_aligned.png", stem.c_str(), face);
      const Image crop = test::read_png(folder / name);
      EXPECT_LE(largest_difference(fhog(crop), records[face].values.data()), kRounding) << name;
    }
  }
  EXPECT_EQ(faces, 17);
}

TEST(Fhog, EqualsThePlainRuleOnNoise) {
  std::mt19937 random(11);
  for (int i = 0; i < 40; ++i) {
    // Few levels make channels of equal strength, whose order matters.
    const unsigned levels = std::array{2U, 3U, 5U, 256U}[static_cast<std::size_t>(i) % 4];
    const Image image = noise(random, i % 5 == 0 ? 1 : 3, levels);
    EXPECT_LE(largest_difference(fhog(image), plain_fhog(image).data()), kRounding)
        << "image " << i << ", " << levels << " levels";
  }
}

// Every gradient that 8-bit pixels can have, 27 x 27 to an image, each in the middle of a black 4 x
// 4 square.
TEST(Fhog, EqualsThePlainRuleForEveryGradient) {
  constexpr int kPerImage = 27 * 27, kGradients = 511 * 511;
  double largest = 0;
  for (int first = 0; first < kGradients; first += kPerImage) {
    Image image(kFhogCrop, kFhogCrop, 1);
    std::memset(image.data(), 0, image.size_bytes());
    for (int i = 0; i < kPerImage && first + i < kGradients; ++i) {
      const int gx = (first + i) % 511 - 255, gy = (first + i) / 511 - 255;
      const int x = 4 * (i % 27) + 2, y = 4 * (i / 27) + 2;
      image.row(y)[x + 1] = static_cast<std::uint8_t>(std::max(gx, 0));
      image.row(y)[x - 1] = static_cast<std::uint8_t>(std::max(-gx, 0));
      image.row(y + 1)[x] = static_cast<std::uint8_t>(std::max(gy, 0));
      image.row(y - 1)[x] = static_cast<std::uint8_t>(std::max(-gy, 0));
    }
    largest = std::max(largest, largest_difference(fhog(image), plain_fhog(image).data()));
  }
  EXPECT_LE(largest, kRounding);
}

TEST(Fhog, FlatImagesGiveExactZeros) {
  for (const int level : {0, 1, 255}) {
    for (const int channels : {1, 3}) {
      Image image(kFhogCrop, kFhogCrop, channels);
      std::memset(image.data(), level, image.size_bytes());
      for (const float v : fhog(image)) ASSERT_EQ(v, 0) << level << ", " << channels;
    }
  }
}

TEST(Fhog, GreyEqualsThreeEqualChannels) {
  std::mt19937 random(12);
  const Image grey = noise(random, 1, 256);
  Image colour(kFhogCrop, kFhogCrop, 3);
  for (std::size_t i = 0; i < colour.size_bytes(); ++i) colour.data()[i] = grey.data()[i / 3];
  EXPECT_EQ(fhog(grey), fhog(colour));
}

TEST(Fhog, ReadsRowsOfAWiderImage) {
  std::mt19937 random(13);
  const Image packed = noise(random, 3, 256);
  std::vector<std::uint8_t> wide(static_cast<std::size_t>(kFhogCrop) * 500, 77);
  for (int y = 0; y < kFhogCrop; ++y)
    std::memcpy(wide.data() + 500 * y, packed.row(y), 3 * kFhogCrop);
  EXPECT_EQ(fhog({wide.data(), kFhogCrop, kFhogCrop, 3, 500}), fhog(packed));
}

// The header promises the same bits everywhere, so a fingerprint taken on one machine holds on all.
TEST(Fhog, SameBitsOnEveryInstructionSet) {
  std::mt19937 random(14);
  const Descriptor descriptor = fhog(noise(random, 3, 256));
  std::uint64_t fingerprint = 14695981039346656037U;  // FNV-1a
  for (const float v : descriptor) {
    std::uint32_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    fingerprint = (fingerprint ^ bits) * 1099511628211U;
  }
  EXPECT_EQ(fingerprint, 16000636860243596455U);
}

}  // namespace
}  // namespace auriga
