#include "clm/area_of_interest.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_reference.hpp"

namespace auriga {
namespace {

using ::testing::Each;

TEST(AreaSampler, EqualsThePlainWarpBitForBit) {
  std::mt19937 random(1);
  for (const int width : {1, 2, 13, 97}) {
    const Image picture = test::textured_picture(width, 63, random);
    for (const int window : {1, 3, 7, 13, 31}) {
      const std::vector<float> landmarks = test::scattered_landmarks(14, picture, random);
      for (const auto& [a, b] : {std::pair{1.0f, 0.0f},
                                 {0.3f, 0.0f},
                                 {0.41f, -0.17f},
                                 {-1.3f, 0.4f},
                                 {4.9f, 0.003f},
                                 {0.0f, 0.0f}}) {
        const SearchAreas areas{picture, landmarks, a, b};
        const AreaSampler sampler(areas, window);
        ASSERT_EQ(sampler.side(), window + 10);
        std::vector<float> area(kAreaFloats);
        for (int i = 0; i < 14; ++i) {
          sampler.sample(i, area.data());
          const std::vector<float> expected = test::plain_area(areas, i, window);
          for (std::size_t k = 0; k < expected.size(); ++k)
            ASSERT_EQ(area[k], expected[k] * kGreyLevel)
                << width << " px, window " << window << ", a " << a << ", b " << b << ", landmark "
                << i << ", pixel " << k;
        }
      }
    }
  }
}

TEST(AreaSampler, SeesOnlyItsRectangleOfALargerPicture) {
  std::mt19937 random(2);
  const Image picture = test::textured_picture(60, 60, random);
  Image part(40, 40, 1);
  for (int y = 0; y < 40; ++y) std::copy_n(picture.row(10 + y) + 10, 40, part.row(y));
  const ImageView view{picture.row(10) + 10, 40, 40, 1, picture.stride()};
  const std::vector<float> landmarks = {1, 39, 20, 2, 39, 20};
  const SearchAreas in_view{view, landmarks, 1.1f, 0.2f}, in_copy{part, landmarks, 1.1f, 0.2f};
  std::vector<float> area(kAreaFloats), expected(kAreaFloats);
  for (int i = 0; i < 3; ++i) {
    AreaSampler(in_view, 9).sample(i, area.data());
    AreaSampler(in_copy, 9).sample(i, expected.data());
    EXPECT_EQ(area, expected);
  }
}

TEST(AreaSampler, IsBlackWhereThePlaceMeansNothing) {
  std::mt19937 random(3);
  const Image picture = test::textured_picture(60, 60, random);
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const float x : {NAN, kInf, -kInf, 1e30f, -1e30f, 3e9f, -1e7f}) {
    const std::vector<float> landmarks = {x, 30, 30, x};
    const SearchAreas areas{picture, landmarks, 1, 0};
    for (int i = 0; i < 2; ++i) {
      std::vector<float> area(kAreaFloats, 7);
      AreaSampler(areas, 9).sample(i, area.data());
      area.resize(19 * 19);
      EXPECT_THAT(area, Each(0.0f)) << x;
    }
  }
  // Similarities that overflow: any pixels, but no trap.
  const std::vector<float> landmarks = {30, 30};
  std::vector<float> area(kAreaFloats);
  for (const float a : {1e20f, -3e38f, NAN, kInf, 1e6f})
    for (const float b : {0.0f, -1e20f, NAN, 1e6f})
      AreaSampler({picture, landmarks, a, b}, 9).sample(0, area.data());
  const SearchAreas nothing{ImageView{}, landmarks, 1, 0};
  AreaSampler(nothing, 9).sample(0, area.data());
  area.resize(19 * 19);
  EXPECT_THAT(area, Each(0.0f));
}

TEST(Flip, MirrorsRows) {
  std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  flip(values.data(), 3);
  EXPECT_THAT(values, ::testing::ElementsAre(3, 2, 1, 6, 5, 4, 9, 8, 7));
}

}  // namespace
}  // namespace auriga
