#include "tflite_network.hpp"

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "convert.hpp"
#include "flex_map.hpp"
#include "tiny_tflite_test.hpp"

namespace auriga::open_pack {
namespace {

using test::raw;
using test::Table;
using test::TinyTflite;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    return error.what();
  }
  return "no error";
}

std::string read_error(const std::string& bytes) {
  return error_of([&] { read_tflite("small.tflite", bytes); });
}

// A convolution with widened weights, then a custom operator.
TinyTflite small_network() {
  TinyTflite network;
  const int x = network.tensor("x", {1, 4, 4, 2});
  const int weights = network.half_constant({3, 1, 1, 2}, {1, 2, 3, 4, 5, 6});
  const int y = network.tensor("y", {1, 4, 4, 3});
  network.add(3, {x, weights, -1}, {y}, Table().scalar(1, 1).scalar(2, 1));
  network.add_custom("Twist", {y}, {network.tensor("z", {1, 4, 4, 3})}, "options");
  return network;
}
std::string small_file() { return small_network().model({0}, {3}); }

TEST(TfliteNetworkTest, ReadsWhatTheFileHolds) {
  const std::string bytes = small_file();
  const TfliteNetwork network = read_tflite("small.tflite", bytes);
  ASSERT_EQ(network.tensors.size(), 5U);
  EXPECT_EQ(network.tensors[0].name, "x");
  EXPECT_THAT(network.tensors[0].shape, ElementsAre(1, 4, 4, 2));
  EXPECT_TRUE(network.tensors[0].data.empty());
  EXPECT_EQ(network.tensors[1].type, kFloat16);
  EXPECT_EQ(network.tensors[1].data.size(), 12U);
  ASSERT_EQ(network.operators.size(), 3U);
  EXPECT_EQ(network.operators[1].name, "CONV_2D");
  EXPECT_THAT(network.operators[1].inputs, ElementsAre(0, 2, -1));
  EXPECT_EQ(network.operators[2].name, "Twist");
  EXPECT_EQ(network.operators[2].custom_options, "options");
  EXPECT_THAT(network.inputs, ElementsAre(0));
  EXPECT_EQ(network.tensor("z"), 4);
  EXPECT_EQ(network.maker(4), &network.operators[2]);
  EXPECT_EQ(network.maker(0), nullptr);
  EXPECT_THAT(error_of([&] { static_cast<void>(network.tensor("w")); }),
              HasSubstr("small.tflite: expected a tensor 'w'"));
}

TEST(TfliteNetworkTest, RefusesWhatIsNoTfliteFile) {
  EXPECT_THAT(read_error(""), AllOf(HasSubstr("small.tflite"), HasSubstr("found 0 bytes")));
  EXPECT_THAT(read_error("a text file that somebody renamed"), HasSubstr("bytes 4 to 7 are TFL3"));
}

TEST(TfliteNetworkTest, RefusesIndicesThatLeadNowhere) {
  TinyTflite network;
  network.tensor("x", {1});
  network.add(19, {0}, {7});
  EXPECT_THAT(read_error(network.model({0}, {0})), HasSubstr("one of 1 tensors, found 7"));
  EXPECT_THAT(read_error(TinyTflite().model({0}, {})), HasSubstr("one of 0 tensors, found 0"));
  EXPECT_THAT(read_error(TinyTflite().model({-1}, {})), HasSubstr("found -1"));
}

TEST(TfliteNetworkTest, RefusesShapesThatAreNone) {
  for (const std::vector<std::int32_t>& shape :
       {std::vector<std::int32_t>{0}, {-1, 2}, {1 << 20, 1 << 20}}) {
    TinyTflite network;
    network.tensor("x", shape);
    EXPECT_THAT(read_error(network.model({}, {})), HasSubstr("tensor 0 to have a fixed shape"));
  }
  TinyTflite network;
  network.tensor("x", std::vector<std::int32_t>(9, 1));
  EXPECT_THAT(read_error(network.model({}, {})), HasSubstr("at most 8 elements, found 9"));
}

// Cut short at every byte, a file is refused or means the same: strings at its end may be shorter.
TEST(TfliteNetworkTest, RefusesAFileThatIsCutShort) {
  const std::string whole = small_file();
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string part = whole.substr(0, size);
    try {
      const TfliteNetwork network = read_tflite("small.tflite", part);
      to_onnx(network, ports(network, {0}), ports(network, {3}), "");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("small.tflite"));
      ++refused;
    }
  }
  EXPECT_EQ(refused, static_cast<int>(whole.size()));
}

// Any four bytes replaced by others: an Error or a result, nothing else.
TEST(TfliteNetworkTest, SurvivesDamage) {
  const std::string whole = small_file();
  std::mt19937 generator(1);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = whole;
    const std::size_t at = generator() % (whole.size() - 3);
    const std::uint32_t values[] = {0,
                                    0xffffffff,
                                    0x7fffffff,
                                    0x80000000,
                                    static_cast<std::uint32_t>(generator() % 64),
                                    static_cast<std::uint32_t>(generator())};
    const std::string four = raw(std::vector{values[generator() % 6]});
    damaged.replace(at, 4, four);
    try {
      const TfliteNetwork network = read_tflite("small.tflite", damaged);
      to_onnx(network, ports(network, network.inputs), ports(network, network.outputs), "");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 5000);
}

// Half precision by its bits: ordinary numbers, the largest, the smallest normal and subnormal one.
TEST(TfliteNetworkTest, WidensConstants) {
  const std::string halves =
      raw<std::uint16_t>({0x3c00, 0xc100, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x0000});
  EXPECT_THAT(widened({.type = kFloat16, .data = halves}),
              ElementsAre(1, -2.5F, 65504, 0x1p-14F, 0x1p-24F, -0x3ffp-24F, 0));
  const std::string floats = raw<float>({1.25F, -3});
  EXPECT_THAT(widened({.type = kFloat32, .data = floats}), ElementsAre(1.25F, -3));
}

TEST(FlexMapTest, ReadsNumbersAndLists) {
  const std::string bytes =
      test::flex_map({{"width", {16}}, {"scale", {1.5}}, {"list", {1, 300, -2}}, {"below", {-3}}});
  EXPECT_THAT(read_flex_map("f", bytes),
              ElementsAre(Pair("below", ElementsAre(-3)), Pair("list", ElementsAre(1, 300, -2)),
                          Pair("scale", ElementsAre(1.5)), Pair("width", ElementsAre(16))));
}

// The bytes of {"a": 1, "v": [1, 2.5]} as the format's description lays them out: a list of mixed
// types, all one byte wide but the numbers of the list.
TEST(FlexMapTest, ReadsAMixedList) {
  std::string bytes = std::string("a\0v\0", 4);
  bytes += raw<std::uint32_t>({2, 1}) + raw<float>({2.5F});  // from byte 4: size, values
  bytes += {static_cast<char>(1 << 2 | 2), static_cast<char>(3 << 2 | 2)};
  bytes += {2, 19, 18};  // byte 18: keys, as distances back to bytes 0 and 2
  bytes += {2, 1, 2};    // distance back to the keys, their width, size
  bytes += {1, 17};      // byte 24: values; the list is at byte 8
  bytes += {static_cast<char>(1 << 2), static_cast<char>(10 << 2 | 2)};
  bytes += {4, static_cast<char>(9 << 2), 1};  // distance back to the values, map, width
  EXPECT_THAT(read_flex_map("f", bytes),
              ElementsAre(Pair("a", ElementsAre(1)), Pair("v", ElementsAre(1, 2.5))));
}

TEST(FlexMapTest, SurvivesDamage) {
  const std::string whole = test::flex_map({{"list", {1, 2, 3}}, {"scale", {1.5}}});
  EXPECT_THAT(error_of([] { read_flex_map("f", ""); }), HasSubstr("f: expected a custom operator"));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(read_flex_map("f", whole.substr(0, size)), Error) << size;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(value);
      try {
        read_flex_map("f", damaged);
      } catch (const Error&) {
      }
    }
}

}  // namespace
}  // namespace auriga::open_pack
