// Damaged copies of MediaPipe's file.
#include "blendshapes_onnx.hpp"

#include <cstddef>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"
#include "tiny_tflite_test.hpp"

namespace auriga::open_pack {
namespace {

using testing::HasSubstr;

constexpr const char* kTflite = "models/blendshapes/face_blendshapes.tflite";

// Empty: converted.
std::string refusal(const std::string& tflite) {
  try {
    blendshapes_onnx("damaged.tflite", tflite);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("damaged.tflite"));
    return error.what();
  }
  return "";
}

TEST(BlendshapesOnnx, AreThoseOfThePack) {
  AURIGA_NEEDS(kTflite);
  AURIGA_NEEDS_OPEN_PACK();
  EXPECT_TRUE(blendshapes_onnx("x", auriga::test::read_text(auriga::test::test_data() / kTflite)) ==
              auriga::test::read_text(auriga::test::open_pack() / "face_blendshapes.onnx"));
}

TEST(BlendshapesOnnx, RefuseAFileThatIsCutOff) {
  AURIGA_NEEDS(kTflite);
  const std::string whole = auriga::test::read_text(auriga::test::test_data() / kTflite);
  constexpr std::size_t kCuts = 200;
  for (std::size_t cut = 0; cut < kCuts; ++cut)
    EXPECT_NE(refusal(whole.substr(0, whole.size() * cut / kCuts)), "") << cut;
}

// What has changed may be a weight or a name, and be converted; it never ends in anything but a
// network or an Error.
TEST(BlendshapesOnnx, SurviveChangedBytes) {
  AURIGA_NEEDS(kTflite);
  const std::string whole = auriga::test::read_text(auriga::test::test_data() / kTflite);
  std::mt19937 generator(1);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string changed = whole;
    // The structure is in the last part of the file, the weights before it.
    for (int k = 0; k < 4; ++k)
      changed[changed.size() - 1 - generator() % (k == 0 ? whole.size() : 60000)] =
          static_cast<char>(generator());
    refused += refusal(changed).empty() ? 0 : 1;
  }
  EXPECT_GE(refused, 40);
}

TEST(BlendshapesOnnx, RefuseAnotherNetwork) {
  test::TinyTflite two;
  two.tensor("x", {1, 2});
  two.tensor("z", {1, 2});
  two.tensor("y", {1, 2});
  two.add(0, {0, 1}, {2});
  EXPECT_THAT(refusal(two.model({0, 1}, {2})),
              HasSubstr("expected a network with one input and one output, found 2 and 1"));
}

}  // namespace
}  // namespace auriga::open_pack
