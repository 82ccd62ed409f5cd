#include "validation/cnn.hpp"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "validation/cnn_reference.hpp"
#include "validation/fake_validator.hpp"

namespace auriga {
namespace {

using test::random_values;
using test::SyntheticLayers;
using testing::HasSubstr;

void expect_plain_scores(const SyntheticLayers& layers, int height, int width,
                         std::mt19937& random) {
  const std::string bytes = layers.network();
  BinaryReader reader("made", bytes);
  Cnn cnn(reader);
  reader.expect_end();
  cnn.bind(height, width, reader);
  Cnn::Buffers buffers;
  cnn.reserve(buffers);
  const auto size = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const std::vector<float> window = random_values<float>(size, -2, 2, random);
    std::copy(window.begin(), window.end(), buffers.maps.begin());
    // What lies behind the window may not matter.
    std::fill(buffers.maps.begin() + static_cast<std::ptrdiff_t>(size), buffers.maps.end(), 1e30f);
    BinaryReader again("made", bytes);
    const std::vector<double> expected =
        test::plain_scores(again, {1, height, width, {window.begin(), window.end()}});
    const std::span<const float> scores = cnn.scores(buffers);
    ASSERT_EQ(scores.size(), expected.size());
    // Values are near 1; a sum of 500 products is off by some 1e-6.
    for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], expected[i], 1e-5) << i;
  }
}

TEST(Cnn, EqualsPlainLoopsForAwkwardSizes) {
  std::mt19937 random(1);
  for (const int maps : {1, 3, 5, 13})
    for (const int height : {6, 13})
      for (const int width : {3, 4, 17, 63}) {
        SCOPED_TRACE(std::to_string(maps) + " maps of " + std::to_string(height) + " x " +
                     std::to_string(width));
        SyntheticLayers layers{random};
        layers.convolution(1, maps, 4, 2).relu().pool();
        const int pooled = (height - 2) / 2 * (width / 2);  // (h - 3 + 1) / 2, (w - 1 + 1) / 2
        layers.full(maps * pooled, 9).relu().full(9, 4);
        expect_plain_scores(layers, height, width, random);
      }
}

TEST(Cnn, ComputesThePublishedArchitectures) {
  std::mt19937 random(2);
  SyntheticLayers narrow{random};
  narrow.convolution(1, 10, 9, 9).relu().pool().convolution(10, 10, 7, 7).relu().pool();
  narrow.full(1000, 50).relu().full(50, 30);
  expect_plain_scores(narrow, 60, 60, random);
  SyntheticLayers wide{random};
  wide.convolution(1, 20, 5, 5).relu().pool().convolution(20, 50, 5, 5).relu().pool();
  wide.convolution(50, 20, 3, 3).relu().pool().full(500, 50).relu().full(50, 20);
  expect_plain_scores(wide, 60, 60, random);
}

TEST(Cnn, TakesLayersInEveryAllowedOrder) {
  std::mt19937 random(3);
  SyntheticLayers nothing_but_full{random};
  expect_plain_scores(nothing_but_full.full(12, 3), 3, 4, random);
  SyntheticLayers without_relu{random};
  without_relu.convolution(1, 7, 2, 2).pool().convolution(7, 2, 1, 1).full(2 * 2 * 3, 1);
  expect_plain_scores(without_relu, 5, 6, random);
  SyntheticLayers pool_before_relu{random};
  pool_before_relu.convolution(1, 2, 3, 3).pool().relu().full(2 * 2 * 3, 17).full(17, 2).relu();
  expect_plain_scores(pool_before_relu, 6, 7, random);
}

std::string refusal(const SyntheticLayers& layers, int height, int width) {
  const std::string bytes = layers.network();
  try {
    BinaryReader reader("made.txt", bytes);
    Cnn cnn(reader);
    cnn.bind(height, width, reader);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("made.txt"));
    return error.what();
  }
  return "no error";
}

TEST(Cnn, RefusesWhatCannotBeComputed) {
  std::mt19937 random(4);
  const auto layers = [&] { return SyntheticLayers{random}; };
  EXPECT_EQ(refusal(layers().convolution(1, 2, 3, 3).pool().full(12, 3), 6, 7), "no error");
  EXPECT_THAT(refusal(layers(), 6, 7), HasSubstr("number of layers"));
  EXPECT_THAT(refusal(layers().kind(4).full(42, 3), 6, 7), HasSubstr("found kind 4"));
  EXPECT_THAT(refusal(layers().pool().full(12, 3), 6, 7), HasSubstr("found kind 1 as layer 1"));
  EXPECT_THAT(refusal(layers().relu().full(42, 3), 6, 7), HasSubstr("found kind 3 as layer 1"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 3, 3).pool().pool().full(4, 3), 6, 7),
              HasSubstr("found kind 1 as layer 3"));
  EXPECT_THAT(refusal(layers().full(42, 3).convolution(1, 2, 3, 3), 6, 7),
              HasSubstr("found kind 0 as layer 2"));
  EXPECT_THAT(refusal(layers().full(42, 3).pool(), 6, 7), HasSubstr("found kind 1 as layer 2"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 3, 3), 6, 7), HasSubstr("at the end, found none"));
  EXPECT_THAT(refusal(layers().convolution(2, 2, 3, 3).full(40, 3), 6, 7), HasSubstr("of 1 map"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 3, 3).convolution(3, 1, 1, 1).full(20, 3), 6, 7),
              HasSubstr("expected a convolution of 2 maps as layer 2"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 7, 1).full(2, 3), 6, 7),
              HasSubstr("kernels of at most 6 x 7"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 1, 8).full(2, 3), 6, 7),
              HasSubstr("kernels of at most 6 x 7"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 6, 1).pool().full(2, 3), 6, 7),
              HasSubstr("before a max pool, found 1 x 7"));
  EXPECT_THAT(refusal(layers().convolution(1, 2, 3, 3).pool().full(13, 3), 6, 7),
              HasSubstr("expected 12 inputs"));
  EXPECT_THAT(refusal(layers().full(42, 3).full(4, 3), 6, 7),
              HasSubstr("expected 3 inputs of layer 2"));
  EXPECT_THAT(refusal(layers().convolution(1, 1000, 1, 1).full(1, 1), 512, 512),
              HasSubstr("values between two layers"));
  EXPECT_THAT(refusal(layers().convolution(1, 0, 1, 1).full(42, 3), 6, 7),
              HasSubstr("output maps of a convolution"));
}

TEST(Cnn, RefusesKernelsOfDifferentSizes) {
  std::mt19937 random(5);
  SyntheticLayers layers{random};
  layers.kind(0);
  for (const std::int32_t number : {1, 2}) test::append(layers.bytes, number);
  for (const float bias : {0.0f, 0.0f}) test::append(layers.bytes, bias);
  test::append_matrix(layers.bytes, 2, 3, std::vector<float>(6));
  test::append_matrix(layers.bytes, 3, 2, std::vector<float>(6));
  EXPECT_THAT(refusal(layers.full(60, 3), 6, 7),
              HasSubstr("expected kernel of a convolution of size 2 x 3, found 3 x 2"));
}

}  // namespace
}  // namespace auriga
