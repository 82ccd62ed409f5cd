#include "detect/retinaface.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "detect/face_box_test.hpp"
#include "detect/golden_images_test.hpp"
#include "nn/fake_onnx.hpp"
#include "support/concurrently.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::HasSubstr;

constexpr const char* kModel = "models/onnx/retinaface_mobilenet025.onnx";
constexpr const char* kGolden = "golden/onnx/detections_ort.csv";

// Without shrinking, as the reference works.
RetinaFace make_detector() {
  return RetinaFace(RetinaFace::load(test::test_data() / kModel, Device::cpu),
                    std::numeric_limits<int>::max());
}

Image filled(int width, int height, int level) {
  Image image(width, height, 3);
  std::fill_n(image.data(), image.size_bytes(), static_cast<std::uint8_t>(level));
  return image;
}

TEST(RetinaFace, AgreesWithTheReferenceRuntime) {
  AURIGA_NEEDS(kModel);
  AURIGA_NEEDS(kGolden);
  const test::Table golden(test::test_data() / kGolden);
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t row = 0; row < golden.rows(); ++row)
    rows[golden.text(row, "image")].push_back(row);
  ASSERT_EQ(rows.size(), 17u);

  RetinaFace detector = make_detector();
  double worst_position = 0, worst_score = 0;
  for (const auto& [name, image_rows] : rows) {
    SCOPED_TRACE(name);
    const Image image = test::golden_image(name);
    ASSERT_EQ(image.width(), golden.number(image_rows[0], "width"));
    const std::vector<FaceBox>& faces = detector.detect(image);
    ASSERT_EQ(faces.size(), image_rows.size());
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const std::size_t row = image_rows[i];
      const auto position = [&](const std::string& column, float value) {
        worst_position = std::max(worst_position, std::abs(golden.number(row, column) - value));
      };
      position("x1", faces[i].x);
      position("y1", faces[i].y);
      position("x2", faces[i].x + faces[i].w);
      position("y2", faces[i].y + faces[i].h);
      for (std::size_t k = 0; k < 5; ++k) {
        position("l" + std::to_string(k) + "x", faces[i].points[k].x);
        position("l" + std::to_string(k) + "y", faces[i].points[k].y);
      }
      worst_score = std::max(worst_score, std::abs(golden.number(row, "score") - faces[i].score));
    }
  }
  RecordProperty("worst_position_px", std::to_string(worst_position));
  RecordProperty("worst_score", std::to_string(worst_score));
  // float32 rounding of a 1942 px wide picture (1e-4 px) and of kernels that differ between CPUs.
  EXPECT_LT(worst_position, 0.01);
  EXPECT_LT(worst_score, 1e-4);
}

TEST(RetinaFace, HandlesFramesOfAnySize) {
  AURIGA_NEEDS(kModel);
  RetinaFace detector = make_detector();
  EXPECT_TRUE(detector.detect(ImageView{}).empty());
  for (auto [width, height] : {std::pair{1, 1},
                               {2, 1},
                               {1, 7},
                               {8, 8},
                               {9, 5},
                               {15, 31},
                               {33, 17},
                               {1, 4000},
                               {4000, 1},
                               {65, 1000}}) {
    for (int level : {0, 128, 255}) {
      SCOPED_TRACE(testing::Message() << width << "x" << height << " of " << level);
      EXPECT_TRUE(detector.detect(filled(width, height, level)).empty());
    }
  }
}

TEST(RetinaFace, GivesTheSameBoxesAfterOtherFrameSizes) {
  AURIGA_NEEDS(kModel);
  AURIGA_NEEDS("images/sample1.jpg");
  const Image image = test::golden_image("sample1");
  RetinaFace detector = make_detector();
  const std::vector<FaceBox> before = detector.detect(image);
  detector.detect(filled(900, 700, 90));
  detector.detect(filled(31, 17, 90));
  const std::vector<FaceBox> after = detector.detect(image);
  ASSERT_EQ(before.size(), 1u);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(before[0].x, after[0].x);
  EXPECT_EQ(before[0].score, after[0].score);
}

TEST(RetinaFace, OfOneModelFindTheSameInTwoThreads) {
  AURIGA_NEEDS(kModel);
  AURIGA_NEEDS("images/sample1.jpg");
  const auto model = RetinaFace::load(test::test_data() / kModel, Device::cpu);
  const Image whole = test::golden_image("sample1");
  const ImageView window{whole.row(7) + 3 * 5, 601, 377, 3, whole.stride()};
  const std::vector<ImageView> images{whole.view(), window};
  std::vector<std::vector<float>> expected;
  RetinaFace alone(model);
  for (const ImageView& image : images) expected.push_back(test::numbers_of(alone.detect(image)));
  ASSERT_GE(expected[0].size(), 1u);
  ASSERT_NE(expected[0], expected[1]);
  const auto found = test::concurrently(2, [&](int thread) {
    RetinaFace detector(model);
    std::vector<std::vector<float>> boxes;
    // One of the two sees a larger picture after a small one, and gives memory back.
    for (int picture = thread; picture < thread + 4; ++picture)
      boxes.push_back(
          test::numbers_of(detector.detect(images[static_cast<std::size_t>(picture) % 2])));
    return boxes;
  });
  for (std::size_t thread = 0; thread < 2; ++thread)
    for (std::size_t i = 0; i < found[thread].size(); ++i)
      EXPECT_EQ(found[thread][i], expected[(thread + i) % 2]) << thread << ", " << i;
}

TEST(RetinaFace, ReadsAViewWithAStride) {
  AURIGA_NEEDS(kModel);
  AURIGA_NEEDS("images/sample1.jpg");
  const Image image = test::golden_image("sample1");
  RetinaFace detector = make_detector();
  // A window of the picture, and a copy of the same pixels without gaps.
  const ImageView window{image.row(7) + 3 * 5, 601, 377, 3, image.stride()};
  Image copy(window.width, window.height, 3);
  for (int y = 0; y < window.height; ++y) std::copy_n(window.row(y), 3 * window.width, copy.row(y));
  const std::vector<FaceBox> expected = detector.detect(copy);
  const std::vector<FaceBox> found = detector.detect(window);
  ASSERT_EQ(expected.size(), 1u);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].x, expected[0].x);
  EXPECT_EQ(found[0].h, expected[0].h);
}

TEST(RetinaFace, ShrinksFramesBeyondTheLimit) {
  AURIGA_NEEDS(kModel);
  AURIGA_NEEDS("images/sample6.jpg");
  const Image image = test::golden_image("sample6");  // 1942 x 1944, 12 faces
  const std::vector<FaceBox> expected = make_detector().detect(image);
  RetinaFace limited(RetinaFace::load(test::test_data() / kModel, Device::cpu));
  const std::vector<FaceBox>& found = limited.detect(image);
  ASSERT_EQ(expected.size(), 12u);
  ASSERT_EQ(found.size(), 12u);
  for (const FaceBox& face : found) {
    // The same faces: the network's own answer to half the resolution differs by some percent of
    // the box.
    const double nearest = [&] {
      double best = std::numeric_limits<double>::infinity();
      for (const FaceBox& e : expected) {
        best = std::min<double>(best, std::max({std::abs(e.x - face.x), std::abs(e.y - face.y),
                                                std::abs(e.w - face.w), std::abs(e.h - face.h)}) /
                                          e.w);
      }
      return best;
    }();
    EXPECT_LT(nearest, 0.1);
  }
}

// A network that looks like RetinaFace and gives the same six anchors, those of a frame of 8 x 8,
// for any frame.
std::filesystem::path write_constant_network(const std::filesystem::path& folder,
                                             const std::vector<float>& loc,
                                             const std::vector<float>& conf,
                                             const std::vector<float>& landms) {
  test::TinyOnnx network;
  network.input("input", {1, 3, -1, -1});
  network.tensor("zero", {1}, {0});
  network.node("ReduceMean", {"input"}, "mean", {{"keepdims", {0}}});
  network.node("Mul", {"mean", "zero"}, "nothing");
  const auto add_output = [&](const std::string& name, std::int64_t width,
                              const std::vector<float>& values) {
    network.tensor(name + ".values", {1, 6, width}, values);
    network.node("Add", {"nothing", name + ".values"}, name);
    network.output(name, {1, -1, width});
  };
  add_output("loc", 4, loc);
  add_output("conf", 2, conf);
  add_output("landms", 10, landms);
  test::write_text(folder / "constant.onnx", network.model());
  return folder / "constant.onnx";
}

TEST(RetinaFace, DecodesAnchorsAndDropsThoseThatAreNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  std::vector<float> loc(6 * 4), conf(6 * 2), landms(6 * 10);
  const auto score = [&](std::size_t anchor) -> float& { return conf[2 * anchor + 1]; };
  score(0) = 0.9f;
  loc[0] = nan;
  score(1) = nan;
  score(2) = 0.8f;
  loc[2 * 4 + 3] = 1000;  // exp(200)
  score(3) = 0.7f;
  landms[3 * 10 + 9] = -infinity;
  score(4) = 0.6f;  // stride 32, size 256: centre (16, 16)
  loc[4 * 4 + 0] = 1;
  loc[4 * 4 + 2] = 5 * std::log(2.0f);
  landms[4 * 10 + 3] = -1;
  score(5) = 0.5f;  // not above the threshold; size 512, here 8
  loc[5 * 4 + 2] = loc[5 * 4 + 3] = 5 * std::log(8.0f / 512);
  const test::TemporaryFolder folder;
  RetinaFace detector(
      RetinaFace::load(write_constant_network(folder.path(), loc, conf, landms), Device::cpu));
  const std::vector<FaceBox>& faces = detector.detect(filled(8, 8, 90));
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].score, 0.6f);
  EXPECT_FLOAT_EQ(faces[0].w, 512);
  EXPECT_FLOAT_EQ(faces[0].h, 256);
  EXPECT_FLOAT_EQ(faces[0].x, 16 + 25.6f - 256);
  EXPECT_FLOAT_EQ(faces[0].y, 16 - 128);
  EXPECT_FLOAT_EQ(faces[0].points[1].x, 16);
  EXPECT_FLOAT_EQ(faces[0].points[1].y, 16 - 25.6f);
  EXPECT_EQ(detector.detect(filled(8, 8, 90), 0.4f).size(), 2u);

  try {
    detector.detect(filled(9, 8, 90));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("8 anchors for a frame of 9x8; found 6"));
  }
}

// Two boxes 19 x 19 px, shifted by d: IoU counted in pixels that include the edge is (20 - d) / (20
// + d) = 0.4 at d = 8.57.
TEST(RetinaFace, SuppressesByTheOverlapOfInclusivePixels) {
  for (const auto& [shift, expected] : {std::pair{8.5f, 1u}, {8.65f, 2u}}) {
    std::vector<float> loc(6 * 4), conf(6 * 2), landms(6 * 10);
    const auto place = [&](std::size_t anchor, float size, float dx) {
      loc[4 * anchor] = dx / (0.1f * size);
      loc[4 * anchor + 2] = loc[4 * anchor + 3] = 5 * std::log(19 / size);
    };
    place(0, 16, 0);
    place(1, 32, shift);
    conf[1] = 0.9f;
    conf[3] = 0.8f;
    const test::TemporaryFolder folder;
    RetinaFace detector(
        RetinaFace::load(write_constant_network(folder.path(), loc, conf, landms), Device::cpu));
    EXPECT_EQ(detector.detect(filled(8, 8, 90)).size(), expected) << shift;
  }
}

TEST(RetinaFace, RefusesAnotherNetwork) {
  AURIGA_NEEDS("models/onnx/pfld.onnx");
  AURIGA_NEEDS("models/onnx/retinaface_mobilenet025_640.onnx");
  for (const char* file :
       {"models/onnx/pfld.onnx", "models/onnx/retinaface_mobilenet025_640.onnx"}) {
    try {
      RetinaFace::load(test::test_data() / file, Device::cpu);
      ADD_FAILURE() << file << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      EXPECT_THAT(error.what(), HasSubstr(file));
      EXPECT_THAT(error.what(), HasSubstr("'input' float 1x3xanyxany"));
    }
  }
}

}  // namespace
}  // namespace auriga
