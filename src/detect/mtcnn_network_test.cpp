#include "detect/mtcnn_network.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "detect/fake_mtcnn_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::convolution;
using test::fully_connected;
using test::max_pool;
using test::MtcnnLayer;
using test::prelu;
using testing::HasSubstr;
using Layers = std::vector<MtcnnLayer>;

void write_and_read(const test::TemporaryFolder& folder, const Layers& layers, int input_size,
                    int outputs) {
  test::write_text(folder.path() / "net.dat", test::file_bytes(layers));
  MtcnnNetwork(folder.path() / "net.dat", input_size, outputs);
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

}  // namespace
}  // namespace auriga
