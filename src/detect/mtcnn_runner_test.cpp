#include "detect/mtcnn_runner.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/fake_mtcnn_file.hpp"
#include "support/allocations.hpp"
#include "support/concurrently.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::convolution;
using test::fully_connected;
using test::Maps;
using test::max_pool;
using test::MtcnnLayer;
using test::prelu;
using Layers = std::vector<MtcnnLayer>;

Maps random_picture(int height, int width, std::mt19937& random) {
  Maps picture(3, height, width);
  std::uniform_real_distribution<float> value(-1, 1);
  for (double& v : picture.values) v = value(random);
  return picture;
}

class RowsOfMaps final : public RowSource {
 public:
  explicit RowsOfMaps(const Maps& maps) : maps_(maps) {}
  void read_row(int y, float* rgb) override {
    EXPECT_EQ(y, next_++);
    for (int x = 0; x < maps_.width; ++x)
      for (int c = 0; c < 3; ++c) *rgb++ = static_cast<float>(maps_.at(c, y, x));
  }

 private:
  const Maps& maps_;
  int next_ = 0;
};

// Largest difference between network and loops, in parts of the largest output.
double error_of(MtcnnRunner& runner, const Layers& layers, const Maps& picture) {
  Maps expected = picture;
  for (const MtcnnLayer& layer : layers) expected = test::apply(layer, expected);
  runner.set_input_size(picture.width, picture.height);
  EXPECT_EQ(runner.output_width(), expected.width);
  EXPECT_EQ(runner.output_height(), expected.height);
  RowsOfMaps rows(picture);
  runner.start(rows);
  double error = 0, most = 0;
  for (int y = 0; y < expected.height; ++y) {
    const float* row = runner.next_row();
    for (int x = 0; x < expected.width; ++x) {
      for (int c = 0; c < expected.channels; ++c) {
        const double e = expected.at(c, y, x);
        error = std::max(error, std::abs(row[x * MtcnnRunner::kCellStride + c] - e));
        most = std::max(most, std::abs(e));
      }
    }
  }
  EXPECT_GT(most, 0);
  return error / most;
}

// Sums of up to 2000 float32 products of random sign.
constexpr double kRounding = 1e-5;

std::shared_ptr<const MtcnnNetwork> write_and_read(const test::TemporaryFolder& folder,
                                                   const Layers& layers, int input_size,
                                                   int outputs) {
  test::write_text(folder.path() / "net.dat", test::file_bytes(layers));
  return std::make_shared<const MtcnnNetwork>(folder.path() / "net.dat", input_size, outputs);
}

TEST(MtcnnRunner, ComputesWhatTheLoopsDo) {
  std::mt19937 random(1);
  const test::TemporaryFolder folder;
  for (const int a : {1, 3, 10, 16, 17, 28, 63}) {
    for (const int b : {1, 13, 48, 80}) {
      // 13 px, after the pools 6 x 4 and 2 x 3.
      Layers layers{convolution(3, a, 2, 3),   prelu(a), max_pool(3, 3, 2, 3),
                    convolution(a, b, 3, 1),   prelu(b), max_pool(2, 2, 2, 1),
                    fully_connected(6 * b, a), prelu(a), fully_connected(a, 7)};
      test::randomize(layers, random);
      SCOPED_TRACE(testing::Message() << a << " and " << b << " channels");
      MtcnnRunner runner(write_and_read(folder, layers, 13, 7));
      EXPECT_LT(error_of(runner, layers, random_picture(13, 13, random)), kRounding);
      EXPECT_LT(error_of(runner, layers, random_picture(13, 13, random)), kRounding);
    }
  }
}

TEST(MtcnnRunner, ComputesMapsOfEverySize) {
  std::mt19937 random(2);
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 10, 3, 3),
                prelu(10),
                max_pool(2, 2, 2, 2),
                convolution(10, 80, 3, 3),
                prelu(80),
                convolution(80, 17, 3, 3),
                prelu(17),
                fully_connected(17, 6)};
  test::randomize(layers, random);
  MtcnnRunner runner(write_and_read(folder, layers, 12, 6));
  for (int width = 12; width < 50; ++width) {
    SCOPED_TRACE(width);
    const int height = 12 + width * 7 % 13;
    EXPECT_LT(error_of(runner, layers, random_picture(height, width, random)), kRounding);
  }
  EXPECT_LT(error_of(runner, layers, random_picture(63, 12, random)), kRounding);
  runner.set_input_size(10, 40);
  EXPECT_EQ(runner.output_width(), 0);
}

TEST(MtcnnRunner, ComputesASinglePixel) {
  std::mt19937 random(3);
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 1, 1, 1)};
  test::randomize(layers, random);
  MtcnnRunner runner(write_and_read(folder, layers, 1, 1));
  EXPECT_LT(error_of(runner, layers, random_picture(1, 1, random)), kRounding);
  EXPECT_LT(error_of(runner, layers, random_picture(3, 63, random)), kRounding);
}

// By hand: kernels are not flipped, a fully connected layer takes maps one after the other and each
// down its columns, and PReLU has one slope for each channel.
TEST(MtcnnRunner, OrdersNumbersAsTheSpecificationSays) {
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 2, 2, 1), prelu(2), fully_connected(4, 1)};
  layers[0].weights = {1, 0, 0, 0,   // red: map 0 takes the left pixel
                       0, 0, 0, -1,  // green: map 1 takes minus the right one
                       0, 0, 0, 0};
  layers[1].weights = {9, 0.5f};
  layers[2].weights = {1000, 100, 10, 1};
  MtcnnRunner runner(write_and_read(folder, layers, 2, 1));
  Maps picture(3, 2, 2);
  picture.values = {1, 9, 2, 9,  // red
                    9, 3, 9, 4,  // green
                    9, 9, 9, 9};
  // Map 0: 1, 2 (upper, lower row); map 1: -3, -4, and after PReLU halves.
  EXPECT_LT(error_of(runner, layers, picture), kRounding);
  RowsOfMaps rows(picture);
  runner.start(rows);
  EXPECT_FLOAT_EQ(runner.next_row()[0], 1000 * 1 + 100 * 2 + 10 * -1.5f + -2.0f);
}

// 2 px of a window of 3 are round(-1/2) + 1 = 0 px with stride 2; 1 px with stride 1 would be -1.
TEST(MtcnnRunner, RoundsTheSizeOfPoolsHalfAwayFromZero) {
  const test::TemporaryFolder folder;
  const Layers layers{convolution(3, 1, 1, 1), max_pool(3, 3, 2, 2), fully_connected(1, 1)};
  MtcnnRunner runner(write_and_read(folder, layers, 3, 1));
  const auto size_of = [&](int width, int height) {
    runner.set_input_size(width, height);
    return std::pair(runner.output_width(), runner.output_height());
  };
  EXPECT_EQ(size_of(1, 2), std::pair(0, 0));
  EXPECT_EQ(size_of(3, 4), std::pair(1, 2));
  EXPECT_EQ(size_of(5, 6), std::pair(2, 3));
  EXPECT_EQ(size_of(9, 22), std::pair(4, 11));

  runner = MtcnnRunner(write_and_read(
      folder, {convolution(3, 1, 1, 1), max_pool(3, 3, 1, 1), fully_connected(1, 1)}, 3, 1));
  EXPECT_EQ(size_of(1, 2), std::pair(0, 0));
}

TEST(MtcnnRunner, DoesNotAllocateForPicturesThatAreNotLarger) {
  std::mt19937 random(4);
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 10, 3, 3), max_pool(2, 2, 2, 2), convolution(10, 6, 5, 5)};
  MtcnnRunner runner(write_and_read(folder, layers, 12, 6));
  const Maps picture = random_picture(20, 30, random), smaller = random_picture(13, 17, random);
  RowsOfMaps rows(picture), smaller_rows(smaller), again(picture);
  const auto run = [&](const Maps& size, RowSource& source) {
    runner.set_input_size(size.width, size.height);
    runner.start(source);
    for (int y = 0; y < runner.output_height(); ++y) runner.next_row();
  };
  long before = test::allocations();
  run(picture, rows);
  EXPECT_GT(test::allocations(), before) << "the count does not work";
  before = test::allocations();
  run(smaller, smaller_rows);
  run(picture, again);
  EXPECT_EQ(test::allocations(), before);
}

TEST(MtcnnRunner, OfOneNetworkGiveTheSameInTwoThreads) {
  std::mt19937 random(5);
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 10, 3, 3), prelu(10), max_pool(2, 2, 2, 2),
                convolution(10, 6, 5, 5)};
  test::randomize(layers, random);
  const auto network = write_and_read(folder, layers, 12, 6);
  const std::vector<Maps> pictures{random_picture(40, 63, random), random_picture(90, 33, random)};
  const auto rows_of = [](MtcnnRunner& runner, const Maps& picture) {
    RowsOfMaps rows(picture);
    runner.set_input_size(picture.width, picture.height);
    runner.start(rows);
    std::vector<float> all;
    for (int y = 0; y < runner.output_height(); ++y) {
      const float* row = runner.next_row();
      all.insert(all.end(), row, row + runner.output_width() * MtcnnRunner::kCellStride);
    }
    return all;
  };
  MtcnnRunner alone(network);
  std::vector<std::vector<float>> expected;
  for (const Maps& picture : pictures) expected.push_back(rows_of(alone, picture));
  const auto are_same = test::concurrently(2, [&](int thread) {
    MtcnnRunner runner(network);
    const auto which = static_cast<std::size_t>(thread);
    int same = 0;
    for (int repeat = 0; repeat < 200; ++repeat)
      same += rows_of(runner, pictures[which]) == expected[which];
    return same;
  });
  EXPECT_THAT(are_same, testing::Each(200));
}

}  // namespace
}  // namespace auriga
