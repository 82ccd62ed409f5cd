#include "detect/mtcnn_network.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "detect/mtcnn_file_test.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::convolution;
using test::fully_connected;
using test::Maps;
using test::max_pool;
using test::MtcnnLayer;
using test::prelu;
using testing::HasSubstr;
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
double error_of(MtcnnNetwork& network, const Layers& layers, const Maps& picture) {
  Maps expected = picture;
  for (const MtcnnLayer& layer : layers) expected = test::apply(layer, expected);
  network.set_input_size(picture.width, picture.height);
  EXPECT_EQ(network.output_width(), expected.width);
  EXPECT_EQ(network.output_height(), expected.height);
  RowsOfMaps rows(picture);
  network.start(rows);
  double error = 0, most = 0;
  for (int y = 0; y < expected.height; ++y) {
    const float* row = network.next_row();
    for (int x = 0; x < expected.width; ++x) {
      for (int c = 0; c < expected.channels; ++c) {
        const double e = expected.at(c, y, x);
        error = std::max(error, std::abs(row[x * MtcnnNetwork::kCellStride + c] - e));
        most = std::max(most, std::abs(e));
      }
    }
  }
  EXPECT_GT(most, 0);
  return error / most;
}

// Sums of up to 2000 float32 products of random sign.
constexpr double kRounding = 1e-5;

MtcnnNetwork write_and_read(const test::TemporaryFolder& folder, const Layers& layers,
                            int input_size, int outputs) {
  test::write_text(folder.path() / "net.dat", test::file_bytes(layers));
  return MtcnnNetwork(folder.path() / "net.dat", input_size, outputs);
}

TEST(MtcnnNetwork, ComputesWhatTheLoopsDo) {
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
      MtcnnNetwork network = write_and_read(folder, layers, 13, 7);
      EXPECT_LT(error_of(network, layers, random_picture(13, 13, random)), kRounding);
      EXPECT_LT(error_of(network, layers, random_picture(13, 13, random)), kRounding);
    }
  }
}

TEST(MtcnnNetwork, ComputesMapsOfEverySize) {
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
  MtcnnNetwork network = write_and_read(folder, layers, 12, 6);
  for (int width = 12; width < 50; ++width) {
    SCOPED_TRACE(width);
    const int height = 12 + width * 7 % 13;
    EXPECT_LT(error_of(network, layers, random_picture(height, width, random)), kRounding);
  }
  EXPECT_LT(error_of(network, layers, random_picture(63, 12, random)), kRounding);
  network.set_input_size(10, 40);
  EXPECT_EQ(network.output_width(), 0);
}

TEST(MtcnnNetwork, ComputesASinglePixel) {
  std::mt19937 random(3);
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 1, 1, 1)};
  test::randomize(layers, random);
  MtcnnNetwork network = write_and_read(folder, layers, 1, 1);
  EXPECT_LT(error_of(network, layers, random_picture(1, 1, random)), kRounding);
  EXPECT_LT(error_of(network, layers, random_picture(3, 63, random)), kRounding);
}

// By hand: kernels are not flipped, a fully connected layer takes maps one after the other and each
// down its columns, and PReLU has one slope for each channel.
TEST(MtcnnNetwork, OrdersNumbersAsTheSpecificationSays) {
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 2, 2, 1), prelu(2), fully_connected(4, 1)};
  layers[0].weights = {1, 0, 0, 0,   // red: map 0 takes the left pixel
                       0, 0, 0, -1,  // green: map 1 takes minus the right one
                       0, 0, 0, 0};
  layers[1].weights = {9, 0.5f};
  layers[2].weights = {1000, 100, 10, 1};
  MtcnnNetwork network = write_and_read(folder, layers, 2, 1);
  Maps picture(3, 2, 2);
  picture.values = {1, 9, 2, 9,  // red
                    9, 3, 9, 4,  // green
                    9, 9, 9, 9};
  // Map 0: 1, 2 (upper, lower row); map 1: -3, -4, and after PReLU halves.
  EXPECT_LT(error_of(network, layers, picture), kRounding);
  RowsOfMaps rows(picture);
  network.start(rows);
  EXPECT_FLOAT_EQ(network.next_row()[0], 1000 * 1 + 100 * 2 + 10 * -1.5f + -2.0f);
}

// 2 px of a window of 3 are round(-1/2) + 1 = 0 px with stride 2; 1 px with stride 1 would be -1.
TEST(MtcnnNetwork, RoundsTheSizeOfPoolsHalfAwayFromZero) {
  const test::TemporaryFolder folder;
  const Layers layers{convolution(3, 1, 1, 1), max_pool(3, 3, 2, 2), fully_connected(1, 1)};
  MtcnnNetwork network = write_and_read(folder, layers, 3, 1);
  const auto size_of = [&](int width, int height) {
    network.set_input_size(width, height);
    return std::pair(network.output_width(), network.output_height());
  };
  EXPECT_EQ(size_of(1, 2), std::pair(0, 0));
  EXPECT_EQ(size_of(3, 4), std::pair(1, 2));
  EXPECT_EQ(size_of(5, 6), std::pair(2, 3));
  EXPECT_EQ(size_of(9, 22), std::pair(4, 11));

  network = write_and_read(
      folder, {convolution(3, 1, 1, 1), max_pool(3, 3, 1, 1), fully_connected(1, 1)}, 3, 1);
  EXPECT_EQ(size_of(1, 2), std::pair(0, 0));
}

std::string message_of(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return "";
}

TEST(MtcnnNetwork, RefusesOtherStructures) {
  const test::TemporaryFolder folder;
  const auto refusal = [&](const Layers& layers) {
    return message_of([&] { write_and_read(folder, layers, 12, 6); });
  };
  const MtcnnLayer first = convolution(3, 4, 3, 3);  // 10 x 10 px of 4 channels
  EXPECT_THAT(refusal({first, convolution(5, 6, 10, 10)}),
              testing::AllOf(HasSubstr("net.dat"), HasSubstr("a convolution of 4 channels"),
                             HasSubstr("layer 2 of 2")));
  EXPECT_THAT(refusal({first, convolution(4, 6, 11, 1)}), HasSubstr("found 11 x 1"));
  EXPECT_THAT(refusal({first, convolution(4, 6, 10, 9)}),
              HasSubstr("out of 12 x 12 px of 3 channels, found one that makes 1 x 2 px of 6"));
  EXPECT_THAT(refusal({first, convolution(4, 7, 10, 10)}), HasSubstr("1 x 1 px of 7 channels"));
  EXPECT_THAT(refusal({first, fully_connected(401, 6)}),
              HasSubstr("expected 4 inputs (each pixel) or 400 (the whole picture)"));
  EXPECT_THAT(refusal({first, prelu(5)}), HasSubstr("slopes of layer 2 of 2 of length 4"));
  EXPECT_THAT(refusal({first, prelu(4), prelu(4)}), HasSubstr("PReLU right behind"));
  EXPECT_THAT(refusal({first, max_pool(2, 2, 2, 2), prelu(4)}), HasSubstr("PReLU right behind"));
  EXPECT_THAT(refusal({prelu(3)}), HasSubstr("PReLU right behind"));
  EXPECT_THAT(refusal({max_pool(2, 2, 2, 2)}), HasSubstr("a convolution first"));
  EXPECT_THAT(refusal({first, max_pool(11, 2, 2, 2)}), HasSubstr("expected 1 to 10"));
  EXPECT_THAT(refusal({first, max_pool(2, 0, 2, 2)}), HasSubstr("found 0"));
  EXPECT_THAT(refusal({first, max_pool(2, 2, 3, 2)}), HasSubstr("horizontal stride"));
  EXPECT_THAT(refusal({first, max_pool(2, 2, 2, 0)}), HasSubstr("vertical stride"));
  EXPECT_THAT(refusal({first, max_pool(10, 10, 1, 1)}), HasSubstr("1 x 1 px of 4 channels"));
  MtcnnLayer unknown = prelu(4);
  unknown.kind = 4;
  EXPECT_THAT(refusal({first, unknown}), HasSubstr("found kind 4"));
  EXPECT_THAT(refusal({}), HasSubstr("number of layers"));
  EXPECT_THAT(message_of([&] { MtcnnNetwork(folder.path() / "none.dat", 12, 6); }),
              HasSubstr("none.dat"));
}

TEST(MtcnnNetwork, RefusesDamagedFiles) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "net.dat";
  const std::string good = test::file_bytes(
      {convolution(3, 2, 3, 3), prelu(2), max_pool(2, 2, 2, 2), fully_connected(50, 6)});
  const auto read = [&](const std::string& bytes) {
    test::write_text(file, bytes);
    return message_of([&] { MtcnnNetwork(file, 12, 6); });
  };
  test::write_text(file, good);
  EXPECT_NO_THROW(MtcnnNetwork(file, 12, 6));
  for (std::size_t size = 0; size < good.size(); size += 37)
    EXPECT_THAT(read(good.substr(0, size)), HasSubstr("net.dat")) << size;
  EXPECT_THAT(read(good + "x"), HasSubstr("found 1 more bytes"));

  const auto with = [&](std::size_t at, std::int32_t value) {
    std::string bytes = good;
    bytes.replace(at, 4, std::string(reinterpret_cast<const char*>(&value), 4));
    return read(bytes);
  };
  EXPECT_THAT(with(0, 1 << 30), HasSubstr("number of layers"));
  EXPECT_THAT(with(0, -1), HasSubstr("number of layers"));
  EXPECT_THAT(with(12, 1 << 30), HasSubstr("output channels"));
  EXPECT_THAT(with(12, 0), HasSubstr("output channels"));
  EXPECT_THAT(with(16, 0x7fc00000), HasSubstr("NaN"));             // bias
  EXPECT_THAT(with(24, 1 << 24), HasSubstr("kernel of layer 1"));  // rows of the first kernel
  EXPECT_THAT(with(24 + 48, 4), HasSubstr("kernel of layer 1"));   // of the second: another size
}

TEST(MtcnnNetwork, RefusesWeightsThatWouldFillTheMemory) {
  // 48 x 48 px of 1024 channels to 1024 outputs would be 2.4 billion weights; 1 output, padded to
  // a block, 38 million.
  const test::TemporaryFolder folder;
  EXPECT_THAT(message_of([&] {
                write_and_read(
                    folder, {convolution(3, 1024, 1, 1), fully_connected(2304 * 1024, 1)}, 48, 1);
              }),
              HasSubstr("too many weights"));
}

TEST(MtcnnNetwork, DoesNotAllocateForPicturesThatAreNotLarger) {
  std::mt19937 random(4);
  const test::TemporaryFolder folder;
  Layers layers{convolution(3, 10, 3, 3), max_pool(2, 2, 2, 2), convolution(10, 6, 5, 5)};
  MtcnnNetwork network = write_and_read(folder, layers, 12, 6);
  const Maps picture = random_picture(20, 30, random), smaller = random_picture(13, 17, random);
  RowsOfMaps rows(picture), smaller_rows(smaller), again(picture);
  const auto run = [&](const Maps& size, RowSource& source) {
    network.set_input_size(size.width, size.height);
    network.start(source);
    for (int y = 0; y < network.output_height(); ++y) network.next_row();
  };
  long before = test::allocations();
  run(picture, rows);
  EXPECT_GT(test::allocations(), before) << "the count does not work";
  before = test::allocations();
  run(smaller, smaller_rows);
  run(picture, again);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace auriga
