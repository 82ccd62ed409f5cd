#include "validation/validator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "models/binary_reader.hpp"
#include "support/allocations.hpp"
#include "support/concurrently.hpp"
#include "support/golden.hpp"
#include "validation/cnn_reference.hpp"
#include "validation/fake_validator.hpp"

namespace auriga {
namespace {

using test::SyntheticValidator;
using testing::HasSubstr;

std::shared_ptr<const Validator::Model> load(const std::string& bytes) {
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "made.txt", bytes);
  return Validator::load(folder.path() / "made.txt");
}
Validator read_validator(const std::string& bytes) { return Validator(load(bytes)); }

Image random_picture(std::mt19937& random, int width = 40, int height = 30) {
  Image picture(width, height, 1);
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = static_cast<std::uint8_t>(random() >> 24);
  return picture;
}

// Corners of a face whose pixels are those of the picture from (x, y) on.
std::vector<float> corners(float x, float y) { return {x, x + 6, x, x + 6, y, y, y + 5, y + 5}; }

// What the specification says, for landmarks from corners(x, y) with whole x and y.
float plain_certainty(const SyntheticValidator& made, std::size_t view_index, const Image& picture,
                      int x0, int y0) {
  const SyntheticValidator::View& view = made.views[view_index];
  const test::SyntheticWarp& warp = view.warp;
  std::vector<double> values;
  for (int x = 0; x < warp.width; ++x)
    for (int y = 0; y < warp.height; ++y)
      if (warp.mask[static_cast<std::size_t>(y * warp.width + x)] != 0)
        values.push_back(picture.row(y0 + y)[x0 + x]);
  double mean = 0, variance = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  for (const double v : values)
    variance += (v - mean) * (v - mean) / static_cast<double>(values.size());
  test::PlainMaps window{1, warp.height, warp.width, {}};
  window.values.resize(warp.mask.size());
  std::size_t at = 0;
  for (int x = 0; x < warp.width; ++x)
    for (int y = 0; y < warp.height; ++y)
      if (warp.mask[static_cast<std::size_t>(y * warp.width + x)] != 0) {
        window.values[static_cast<std::size_t>(y * warp.width + x)] =
            ((values[at] - mean) / (variance > 0 ? std::sqrt(variance) : 1) - view.mean[at]) /
            view.deviation[at];
        ++at;
      }
  BinaryReader reader("made", view.network);
  const std::vector<double> scores = test::plain_scores(reader, window);
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  return static_cast<float>(1 - (2.0 * static_cast<double>(best) + 1) / (2.0 * 5));
}

TEST(Validator, FollowsTheSpecificationInEveryView) {
  const SyntheticValidator made(1);
  Validator validator = read_validator(made.bytes());
  EXPECT_EQ(validator.landmarks(), 4);
  std::mt19937 random(2);
  std::set<float> seen;
  for (int repeat = 0; repeat < 60; ++repeat) {
    const Image picture = random_picture(random);
    const std::size_t view = static_cast<std::size_t>(repeat % 3);
    // Nearest to views 0, 1 and 2 at 0, -40 and 40 degrees.
    const float yaw = std::array{0.3f, -0.4f, 0.5f}[view];
    const int x = static_cast<int>(random() % 33), y = static_cast<int>(random() % 24);
    const float certainty = validator.certainty(
        picture, {0.1f, yaw, -0.2f}, corners(static_cast<float>(x), static_cast<float>(y)));
    seen.insert(certainty);
    // The last row and column of the picture are never looked at: x + 6 <= 38, y + 5 <= 28.
    EXPECT_EQ(certainty, plain_certainty(made, view, picture, x, y)) << x << ", " << y;
  }
  EXPECT_GE(seen.size(), 4u) << "a network that always says the same tests nothing";
}

TEST(Validator, TakesTheFirstOfEquallyNearViews) {
  const SyntheticValidator made(1);
  SyntheticValidator twice(1);
  twice.views.push_back(SyntheticValidator(9).views[0]);
  Validator one = read_validator(made.bytes()), two = read_validator(twice.bytes());
  std::mt19937 random(3);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Image picture = random_picture(random);
    EXPECT_EQ(two.certainty(picture, {}, corners(9, 9)), one.certainty(picture, {}, corners(9, 9)));
  }
}

// Beyond the borders of the picture there is black, and its last row and column are as good as
// that.
TEST(Validator, SeesBlackBeyondThePictureAndInItsLastRowAndColumn) {
  std::mt19937 random(4);
  std::set<float> seen;
  for (std::uint32_t repeat = 0; repeat < 40; ++repeat) {
    const SyntheticValidator made(repeat % 8);
    Validator validator = read_validator(made.bytes());
    const Image picture = random_picture(random);
    // x from -4 to 36: some pixels lie beyond the border, at x = 36 so does the last column.
    const int x = static_cast<int>(random() % 41) - 4, y = static_cast<int>(random() % 30) - 3;
    Image larger(60, 50, 1);
    std::fill_n(larger.data(), larger.size_bytes(), std::uint8_t{0});
    for (int row = 0; row < 29; ++row) std::copy_n(picture.row(row), 39, larger.row(row + 8) + 8);
    const auto near = [&](const Image& image, int dx) {
      return validator.certainty(image, {},
                                 corners(static_cast<float>(x + dx), static_cast<float>(y + dx)));
    };
    const float certainty = near(picture, 0);
    EXPECT_EQ(certainty, near(larger, 8)) << x << ", " << y;
    EXPECT_EQ(certainty, plain_certainty(made, 0, larger, x + 8, y + 8)) << x << ", " << y;
    seen.insert(certainty);
  }
  EXPECT_GE(seen.size(), 3u);
}

TEST(Validator, TakesPartOfALargerPicture) {
  Validator validator = read_validator(SyntheticValidator(1).bytes());
  std::mt19937 random(5);
  const Image picture = random_picture(random);
  Image part(20, 15, 1);
  for (int y = 0; y < 15; ++y) std::copy_n(picture.row(y + 6) + 9, 20, part.row(y));
  const ImageView view{picture.row(6) + 9, 20, 15, 1, picture.stride()};
  for (float x = 0; x < 20; x += 0.7f)
    EXPECT_EQ(validator.certainty(view, {}, corners(x, 4)),
              validator.certainty(part, {}, corners(x, 4)));
}

TEST(Validator, IsZeroWithoutAFaceInThePicture) {
  Validator validator = read_validator(SyntheticValidator(1).bytes());
  std::mt19937 random(6);
  const Image picture = random_picture(random);
  EXPECT_GT(validator.certainty(picture, {}, corners(10, 10)), 0);
  EXPECT_EQ(validator.certainty({}, {}, corners(10, 10)), 0);
  // The crop is [trunc(x0 - 3), trunc(x1 + 3)) within [0, 39): two columns are enough, one is not.
  EXPECT_GT(validator.certainty(picture, {}, corners(40.9f, 10)), 0);
  EXPECT_EQ(validator.certainty(picture, {}, corners(41, 10)), 0);
  EXPECT_GT(validator.certainty(picture, {}, corners(-7, 10)), 0);
  EXPECT_EQ(validator.certainty(picture, {}, corners(-7.01f, 10)), 0);
  EXPECT_GT(validator.certainty(picture, {}, corners(10, 30.9f)), 0);
  EXPECT_EQ(validator.certainty(picture, {}, corners(10, 31)), 0);
  EXPECT_EQ(validator.certainty(picture, {}, corners(10, -6.01f)), 0);
  for (const float far : {1e6f, 1e10f, 3.4e38f})
    for (const float sign : {-1.0f, 1.0f}) {
      EXPECT_EQ(validator.certainty(picture, {}, corners(sign * far, 10)), 0) << sign * far;
      EXPECT_EQ(validator.certainty(picture, {}, corners(10, sign * far)), 0) << sign * far;
    }
}

TEST(Validator, SurvivesEveryNumber) {
  Validator validator = read_validator(SyntheticValidator(1).bytes());
  std::mt19937 random(7);
  const Image picture = random_picture(random);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    for (std::size_t i = 0; i < 8; ++i) {
      std::vector<float> landmarks = corners(10, 10);
      landmarks[i] = bad;
      EXPECT_EQ(validator.certainty(picture, {}, landmarks), 0) << bad << " at " << i;
    }
    EXPECT_EQ(validator.certainty(picture, {0, bad, 0}, corners(10, 10)), 0);
  }
  // Finite, but far apart: something within 0..1.
  for (const float large : {1e5f, 1e9f, 1e20f, 3.4e38f}) {
    std::vector<float> landmarks = corners(10, 10);
    landmarks[1] = large;
    landmarks[2] = -large;
    landmarks[6] = large;
    const float certainty = validator.certainty(picture, {1e30f, 0, -1e30f}, landmarks);
    EXPECT_GE(certainty, 0);
    EXPECT_LE(certainty, 1);
  }
  Image flat(40, 30, 1);
  for (const std::uint8_t value : {0, 255}) {
    std::fill_n(flat.data(), flat.size_bytes(), value);
    EXPECT_EQ(validator.certainty(flat, {}, corners(10, 10)),
              plain_certainty(SyntheticValidator(1), 0, flat, 10, 10));
  }
}

TEST(Validator, DoesNotAllocatePerCall) {
  Validator validator = read_validator(SyntheticValidator(1).bytes());
  std::mt19937 random(8);
  const Image picture = random_picture(random);
  const std::vector<float> landmarks = corners(3.3f, 4.4f);
  const long before = test::allocations();
  for (const float yaw : {0.0f, -0.7f, 0.7f, 0.0f})
    validator.certainty(picture, {0, yaw, 0}, landmarks);
  EXPECT_EQ(test::allocations(), before);
  EXPECT_GT(before, 0) << "the count does not work";
}

TEST(Validator, OfOneModelAgreeInTwoThreads) {
  const auto model = load(SyntheticValidator(1).bytes());
  std::mt19937 random(10);
  std::vector<Image> pictures;
  for (int i = 0; i < 60; ++i) pictures.push_back(random_picture(random));
  const auto certainties = [&](Validator& validator, int thread) {
    std::vector<float> all;
    for (const Image& picture : pictures)
      all.push_back(validator.certainty(picture, {0, thread == 0 ? 0.5f : -0.4f, 0},
                                        corners(static_cast<float>(9 + thread), 7)));
    return all;
  };
  Validator alone(model);
  const std::vector<std::vector<float>> expected{certainties(alone, 0), certainties(alone, 1)};
  ASSERT_NE(expected[0], expected[1]);
  const auto are_same = test::concurrently(2, [&](int thread) {
    Validator validator(model);
    int same = 0;
    for (int repeat = 0; repeat < 200; ++repeat)
      same += certainties(validator, thread) == expected[static_cast<std::size_t>(thread)];
    return same;
  });
  EXPECT_THAT(are_same, testing::Each(200));
}

std::string refusal(const std::string& bytes) {
  try {
    load(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("made.txt"));
    return error.what();
  }
  return "no error";
}

TEST(ValidatorFile, IsRefusedWhenItDoesNotFitTogether) {
  SyntheticValidator made(1);
  EXPECT_EQ(refusal(made.bytes()), "no error");
  for (const std::int32_t type : {0, 1, 2, 4, -1, 1 << 30}) {
    made.type = type;
    EXPECT_THAT(refusal(made.bytes()), HasSubstr("found type " + std::to_string(type)));
  }
  made = SyntheticValidator(1);
  made.views.clear();
  EXPECT_THAT(refusal(made.bytes()), HasSubstr("number of views"));
  made = SyntheticValidator(1);
  made.views[1].mean.pop_back();
  EXPECT_THAT(refusal(made.bytes()), HasSubstr("standard deviation of the pixels"));
  made.views[1].deviation.pop_back();
  EXPECT_THAT(refusal(made.bytes()), HasSubstr("means of the"));
  for (const double bad : {0.0, -1.0, 1e-300, std::numeric_limits<double>::infinity()}) {
    made = SyntheticValidator(1);
    made.views[2].deviation[3] = bad;
    EXPECT_THAT(refusal(made.bytes()), testing::AnyOf(HasSubstr("positive"), HasSubstr("finite")));
  }
  made = SyntheticValidator(1);
  made.views[2].warp.shape = std::vector<double>(10);
  EXPECT_THAT(refusal(made.bytes()), HasSubstr("expected 4 landmarks in every view, found 5"));
  made = SyntheticValidator(1);
  EXPECT_THAT(refusal(made.bytes() + "x"), HasSubstr("end of the file"));
  EXPECT_THAT(refusal(""), HasSubstr("made.txt"));
}

TEST(ValidatorFile, IsRefusedWhereverItIsCut) {
  const std::string bytes = SyntheticValidator(1).bytes();
  const std::size_t one_view = bytes.size() / 3;
  for (std::size_t size = 0; size < bytes.size(); size += size < one_view ? 13 : 201)
    EXPECT_NE(refusal(bytes.substr(0, size)), "no error") << "the first " << size << " bytes";
}

// Whatever a byte becomes: an Error or a validator that gives a number within 0..1.
TEST(ValidatorFile, DamageIsRefusedOrHarmless) {
  const std::string bytes = SyntheticValidator(1).bytes();
  std::mt19937 random(9);
  const Image picture = random_picture(random);
  int refused = 0, read = 0;
  for (int repeat = 0; repeat < 600; ++repeat) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      Validator validator = read_validator(damaged);
      if (validator.landmarks() != 4) continue;
      const float certainty = validator.certainty(picture, {}, corners(10, 10));
      EXPECT_TRUE(certainty >= 0 && certainty <= 1) << certainty;
      ++read;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(read, 100);
}

TEST(ValidatorFile, MissingIsAnError) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(Validator::load(folder.path() / "absent.txt"), Error);
  EXPECT_THROW(Validator::load(folder.path()), Error);
}

}  // namespace
}  // namespace auriga
