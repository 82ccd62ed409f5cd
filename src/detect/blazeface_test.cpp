#include "detect/blazeface.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "detect/face_box_test.hpp"
#include "detect/golden_images_test.hpp"
#include "media/image_file.hpp"
#include "media/video_source.hpp"
#include "nn/fake_onnx.hpp"
#include "support/concurrently.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kShortRange = "face_detection_short_range.onnx";
constexpr const char* kFullRange = "face_detection_full_range.onnx";

std::shared_ptr<const BlazeFace::Model> load(const fs::path& folder) {
  return BlazeFace::load(folder / kShortRange, folder / kFullRange, Device::cpu);
}
BlazeFace detector_of(const fs::path& folder) { return BlazeFace(load(folder)); }
BlazeFace open_detector() { return detector_of(test::open_pack()); }

Image plain_image(int width, int height, int level) {
  Image image(width, height, 3);
  std::fill_n(image.data(), image.size_bytes(), static_cast<std::uint8_t>(level));
  return image;
}

void paste(ImageView from, Image& to, int x, int y) {
  for (int row = 0; row < from.height; ++row)
    std::memcpy(to.row(y + row) + 3 * x, from.row(row), static_cast<std::size_t>(3 * from.width));
}

Image demo_frame() {
  Frame frame;
  EXPECT_TRUE(open_video(test::repository() / "examples/demo.mp4")->next(frame));
  return Image(frame.bgr());
}

// By the mean of k x k pixels.
Image shrunk(ImageView image, int k) {
  Image small(image.width / k, image.height / k, 3);
  for (int y = 0; y < small.height(); ++y) {
    for (int i = 0; i < 3 * small.width(); ++i) {
      int sum = 0;
      for (int v = 0; v < k; ++v)
        for (int u = 0; u < k; ++u) sum += image.row(y * k + v)[(i / 3 * k + u) * 3 + i % 3];
      small.row(y)[i] = static_cast<std::uint8_t>(sum / (k * k));
    }
  }
  return small;
}

// How far box `b` is from being `a`: of the centre and of the side, in sides of `a`.
double difference(const FaceBox& a, const FaceBox& b) {
  const double side = std::max(a.w, a.h);
  return std::max<double>(std::hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2),
                          std::abs(side - static_cast<double>(std::max(b.w, b.h)))) /
         side;
}

// ---- With networks that always answer the same

struct Answer {
  std::size_t anchor = 0;
  float score = -10;  // logarithm of the odds
  float side = 20;    // px of the input
};

void write_network(const fs::path& file, int input, int anchors,
                   const std::vector<Answer>& answers) {
  std::vector<float> boxes(static_cast<std::size_t>(anchors) * 16),
      scores(static_cast<std::size_t>(anchors), -10.0f);
  for (const Answer& answer : answers) {
    scores[answer.anchor] = answer.score;
    boxes[16 * answer.anchor + 2] = boxes[16 * answer.anchor + 3] = answer.side;
  }
  test::TinyOnnx network;
  network.input("image", {1, 3, input, input});
  network.node("ReduceMean", {"image"}, "mean", {{"keepdims", {0}}});
  network.tensor("zero", {}, {0.0f});
  network.node("Mul", {"mean", "zero"}, "nothing");
  network.output("boxes", {1, anchors, 16});
  network.output("scores", {1, anchors, 1});
  network.tensor("box_values", {1, anchors, 16}, boxes);
  network.tensor("score_values", {1, anchors, 1}, scores);
  network.node("Add", {"box_values", "nothing"}, "boxes");
  network.node("Add", {"score_values", "nothing"}, "scores");
  test::write_text(file, network.model());
}

void write_networks(const fs::path& folder, const std::vector<Answer>& near,
                    const std::vector<Answer>& far) {
  write_network(folder / kShortRange, 128, 896, near);
  write_network(folder / kFullRange, 192, 2304, far);
}

TEST(BlazeFace, AsksTheFarNetworkWhereTheNearOneSeesNothing) {
  const test::TemporaryFolder folder;
  const Image image = plain_image(128, 96, 90);
  // Anchor 34: row 1, column 1 of the near cells of 8 px; a far cell of 4 px of 192: 49.
  write_networks(folder.path(), {{34, 2}}, {{49, 3}});
  const std::vector<FaceBox> near = detector_of(folder.path()).detect(image);
  ASSERT_EQ(near.size(), 1u);
  EXPECT_NEAR(near[0].x, 12 - 10 - 0.5, 1e-4);
  EXPECT_NEAR(near[0].y, 12 - 10 - 16 - 0.5, 1e-4);
  EXPECT_NEAR(near[0].w, 20, 1e-4);
  EXPECT_NEAR(near[0].score, 1 / (1 + std::exp(-2.0)), 1e-6);
  write_networks(folder.path(), {}, {{49, 3}});
  const std::vector<FaceBox> far = detector_of(folder.path()).detect(image);
  ASSERT_EQ(far.size(), 1u);
  EXPECT_NEAR(far[0].x, (6 - 10) * 128 / 192.0 - 0.5, 1e-4);
  EXPECT_NEAR(far[0].w, 20 * 128 / 192.0, 1e-4);
  // detect_all() asks both: the near face is another one, below the middle.
  write_networks(folder.path(), {{16 * 2 * 12 + 24, 2}}, {{49, 3}});
  const std::vector<FaceBox> all = detector_of(folder.path()).detect_all(image);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_GT(all[0].score, all[1].score);
  EXPECT_NEAR(all[0].w, 20 * 128 / 192.0, 1e-4);
  EXPECT_NEAR(all[1].w, 20, 1e-4);
}

TEST(BlazeFace, ThresholdIsTheCallers) {
  const test::TemporaryFolder folder;
  const Image image = plain_image(128, 128, 90);
  // 0.62 and 0.73, of the same place: 12 px is 18 of 192.
  write_networks(folder.path(), {{34, 0.5f}}, {{48 * 4 + 4, 1}});
  BlazeFace detector = detector_of(folder.path());
  EXPECT_NEAR(detector.detect(image)[0].score, 0.622, 1e-3);
  EXPECT_NEAR(detector.detect(image, 0.7f)[0].score, 0.731, 1e-3);
  EXPECT_TRUE(detector.detect(image, 0.74f).empty());
  EXPECT_EQ(detector.detect_all(image).size(), 1u) << "one lies in the other";
  EXPECT_NEAR(detector.detect_all(image)[0].score, 0.731, 1e-3);
  EXPECT_TRUE(detector.detect_all(image, 0.74f).empty());
}

// The far network sees a face in the middle of whatever it is shown: the whole, 2 x 2 tiles that
// overlap by a quarter, 4 x 4 of those. The middle of the middle is the whole's.
TEST(BlazeFace, CutsLargePicturesIntoOverlappingTiles) {
  const test::TemporaryFolder folder;
  write_networks(folder.path(), {}, {{48 * 24 + 24, 2, 8}});
  BlazeFace detector = detector_of(folder.path());
  // Tiles of 256 px at least, of which two cover 448 px.
  EXPECT_EQ(detector.detect_all(plain_image(445, 445, 90)).size(), 1u);
  EXPECT_EQ(detector.detect_all(plain_image(448, 448, 90)).size(), 5u);
  EXPECT_EQ(detector.detect_all(plain_image(448, 100, 90)).size(), 3u);
  EXPECT_EQ(detector.detect_all(plain_image(448, 256, 90)).size(), 3u);
  EXPECT_EQ(detector.detect_all(plain_image(448, 300, 90)).size(), 5u);
  const std::vector<FaceBox> faces = detector.detect_all(plain_image(1000, 832, 90));
  std::vector<std::pair<int, int>> found;
  for (const FaceBox& face : faces) {
    // The anchor is half a cell, 2 px of 192, beyond the middle.
    const float side = face.w * 192 / 8, offset = side / 96 - 0.5f;
    found.emplace_back(std::lround(face.x + face.w / 2 - offset - side / 2),
                       std::lround(face.y + face.h / 2 - offset - side / 2));
  }
  // 1000 px; tiles of 572 px, 0 and 428 across, 0 and 260 down; of 308: 0, 230, 461, 692 and 0,
  // 174, 349, 524. A picture that is less high lies in the middle of the square.
  std::vector<std::pair<int, int>> expected{{0, -84}};
  for (const int y : {0, 260})
    for (const int x : {0, 428}) expected.emplace_back(x, y);
  for (const int y : {0, 174, 349, 524})
    for (const int x : {0, 230, 461, 692}) expected.emplace_back(x, y);
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

TEST(BlazeFace, PrefersAFaceThatNoTileCuts) {
  // Of 448 px the tiles are 0 to 256 and 192 to 448. In each there is a face of 80 px that reaches
  // beyond the left edge and is surer of itself than the near network's, of 105 px, over those in
  // the upper tiles.
  const test::TemporaryFolder folder;
  write_network(folder.path() / kShortRange, 128, 896,
                {{2 * (16 * 4 + 7), 0.5f, 30}, {2 * 16 * 4, 0.5f, 30}});
  write_network(folder.path() / kFullRange, 192, 2304, {{48 * 24 + 2, 4, 60}});
  const std::vector<FaceBox> faces =
      detector_of(folder.path()).detect_all(plain_image(448, 448, 90));
  const auto count = [&](int left, int top, double score) {
    return std::count_if(faces.begin(), faces.end(), [&](const FaceBox& face) {
      return std::lround(face.x) == left && std::lround(face.y) == top &&
             std::abs(face.score - score) < 0.01;
    });
  };
  EXPECT_EQ(count(157, 73, 0.62), 1);
  EXPECT_EQ(count(165, 90, 0.98), 0);
  // No other tile has the whole of the one below. On the left it is the picture that ends.
  EXPECT_EQ(count(165, 282, 0.98), 1);
  EXPECT_EQ(count(-27, 90, 0.98), 1);
  EXPECT_EQ(count(-39, 73, 0.62), 0);
  EXPECT_TRUE(std::is_sorted(faces.begin(), faces.end(),
                             [](const FaceBox& a, const FaceBox& b) { return a.score > b.score; }));
}

TEST(BlazeFace, EmptyPicturesHaveNoFace) {
  const test::TemporaryFolder folder;
  write_networks(folder.path(), {{34, 2}}, {{49, 3}});
  BlazeFace detector = detector_of(folder.path());
  ASSERT_EQ(detector.detect(plain_image(9, 9, 9)).size(), 1u);
  EXPECT_TRUE(detector.detect(ImageView{}).empty());
  EXPECT_TRUE(detector.detect_all(ImageView{}).empty());
  EXPECT_TRUE(detector.detect(ImageView{nullptr, 0, 7, 3, 0}).empty());
}

TEST(BlazeFace, TheFarNetworkIsReadWhenItIsNeeded) {
  const test::TemporaryFolder folder;
  write_networks(folder.path(), {{34, 2}}, {});
  fs::remove(folder.path() / kFullRange);
  BlazeFace detector = detector_of(folder.path());
  const Image image = plain_image(60, 60, 90);
  EXPECT_EQ(detector.detect(image).size(), 1u);
  try {
    detector.detect_all(image);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr((folder.path() / kFullRange).string()));
  }
  // It may come later.
  write_network(folder.path() / kFullRange, 192, 2304, {});
  EXPECT_EQ(detector.detect_all(image).size(), 1u);
  EXPECT_TRUE(detector.detect(image, 0.99f).empty());
}

TEST(BlazeFace, TheFarNetworkIsReadOnceForAll) {
  const test::TemporaryFolder folder;
  write_networks(folder.path(), {}, {{49, 3}});
  const std::shared_ptr<const BlazeFace::Model> model = load(folder.path());
  EXPECT_EQ(model->device(), Device::cpu);
  EXPECT_EQ(model->fallback_reason(), "");
  const Image image = plain_image(60, 60, 90);
  const std::vector<float> expected = test::numbers_of(detector_of(folder.path()).detect(image));
  ASSERT_GE(expected.size(), 1u);
  // All ask for it at the same time.
  const auto found =
      test::concurrently(4, [&](int) { return test::numbers_of(BlazeFace(model).detect(image)); });
  EXPECT_THAT(found, testing::Each(expected));
  fs::remove(folder.path() / kFullRange);
  EXPECT_EQ(test::numbers_of(BlazeFace(model).detect(image)), expected);
}

TEST(BlazeFace, NamesTheFileThatIsWrong) {
  const test::TemporaryFolder folder;
  const auto refusal = [&]() -> std::string {
    try {
      detector_of(folder.path()).detect_all(plain_image(60, 60, 90));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      return error.what();
    }
    return "";
  };
  for (const char* name : {kShortRange, kFullRange}) {
    SCOPED_TRACE(name);
    const fs::path file = folder.path() / name;
    write_networks(folder.path(), {}, {});
    ASSERT_EQ(refusal(), "");
    fs::remove(file);
    EXPECT_THAT(refusal(), HasSubstr(file.string()));
    test::write_text(file, "");
    EXPECT_THAT(refusal(), HasSubstr(file.string()));
    write_networks(folder.path(), {}, {});
    const std::string bytes = test::read_text(file);
    test::write_text(file, bytes.substr(0, bytes.size() / 2));
    EXPECT_THAT(refusal(), HasSubstr(file.string()));
    // The other of the two.
    test::write_text(
        file, test::read_text(folder.path() / (name == kShortRange ? kFullRange : kShortRange)));
    EXPECT_THAT(refusal(), HasSubstr(file.string()));
  }
}

// ---- With the open pack

// Where the renderer has the face: from the brows to the chin.
FaceBox true_box(const test::Table& truth, std::size_t row) {
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (int i = 0; i < kLandmarks; ++i) {
    const auto x = static_cast<float>(truth.number(row, "x_" + std::to_string(i))),
               y = static_cast<float>(truth.number(row, "y_" + std::to_string(i)));
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
  FaceBox box;
  box.x = left - 0.5f;
  box.y = top - 0.5f;
  box.w = right - left;
  box.h = bottom - top;
  return box;
}

TEST(BlazeFace, FindsTheFaceOfEachFrameOfTheDemo) {
  AURIGA_NEEDS_OPEN_PACK();
  BlazeFace detector = open_detector();
  const test::Table truth(test::repository() / "examples/demo_truth.csv");
  const auto source = open_video(test::repository() / "examples/demo.mp4");
  std::size_t row = 0;
  double worst = 0, worst_eye = 0;
  for (Frame frame; source->next(frame); ++row) {
    SCOPED_TRACE(row);
    const FaceBox expected = true_box(truth, row);
    for (const bool all : {false, true}) {
      if (all && row % 10 != 0) continue;  // eight times as slow
      const std::vector<FaceBox>& faces =
          all ? detector.detect_all(frame.bgr()) : detector.detect(frame.bgr());
      ASSERT_EQ(faces.size(), 1u) << all;
      EXPECT_GT(faces[0].score, 0.8f);
      worst = std::max(worst, difference(expected, faces[0]));
      for (const auto& [point, corner] : {std::pair{0, 36}, {1, 42}}) {
        const auto middle = [&](const char* axis) {
          return (truth.number(row, axis + std::to_string(corner)) +
                  truth.number(row, axis + std::to_string(corner + 3))) /
                     2 -
                 0.5;
        };
        const Point2 eye = faces[0].points[static_cast<std::size_t>(point)];
        worst_eye = std::max(worst_eye,
                             std::hypot(eye.x - middle("x_"), eye.y - middle("y_")) / expected.w);
      }
    }
  }
  EXPECT_EQ(row, truth.rows());
  RecordProperty("worst", std::to_string(worst));
  RecordProperty("worst_eye", std::to_string(worst_eye));
  // Where the brows begin and the chin ends is the network's own matter.
  EXPECT_LT(worst, 0.2);
  EXPECT_LT(worst_eye, 0.06);
}

TEST(BlazeFace, FindsFacesInEveryPlaceOfALargePictureOnce) {
  AURIGA_NEEDS_OPEN_PACK();
  BlazeFace detector = open_detector();
  const Image face = shrunk(demo_frame(), 4);  // 120 px, the face of some 65
  const FaceBox expected = detector.detect_all(face).at(0);
  std::mt19937 random(4);
  // Tiles of 400 and 800 px begin and end in between.
  for (const auto& [width, height] : {std::pair{1400, 700}, {600, 1100}}) {
    for (int i = 0; i < 12; ++i) {
      const int x = static_cast<int>(random() % static_cast<unsigned>(width - 120)),
                y = static_cast<int>(random() % static_cast<unsigned>(height - 120));
      SCOPED_TRACE(testing::Message() << width << "x" << height << ": " << x << " " << y);
      Image image = plain_image(width, height, 128);
      paste(face, image, x, y);
      const std::vector<FaceBox>& faces = detector.detect_all(image);
      ASSERT_EQ(faces.size(), 1u);
      FaceBox moved = faces[0];
      moved.x -= static_cast<float>(x);
      moved.y -= static_cast<float>(y);
      EXPECT_LT(difference(expected, moved), 0.2);
    }
  }
}

TEST(BlazeFace, FindsTheFacesOfACrowd) {
  AURIGA_NEEDS_OPEN_PACK();
  BlazeFace detector = open_detector();
  const Image face = shrunk(demo_frame(), 5);  // 96 px, the face of some 50
  const FaceBox expected = detector.detect_all(face).at(0);
  Image image = plain_image(1500, 1100, 128);
  const int columns = 12, rows = 9;
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x) paste(face, image, 120 * x + 17, 120 * y + 11);
  std::vector<int> seen(static_cast<std::size_t>(columns * rows));
  for (FaceBox found : detector.detect_all(image)) {
    const int x = static_cast<int>((found.x + found.w / 2) / 120),
              y = static_cast<int>((found.y + found.h / 2) / 120);
    ++seen[static_cast<std::size_t>(y * columns + x)];
    found.x -= static_cast<float>(120 * x + 17);
    found.y -= static_cast<float>(120 * y + 11);
    EXPECT_LT(difference(expected, found), 0.3) << x << " " << y;
  }
  EXPECT_THAT(seen, testing::Each(1));
}

TEST(BlazeFace, TakesSmallFacesOfAVideoFromTheFarNetwork) {
  AURIGA_NEEDS_OPEN_PACK();
  BlazeFace detector = open_detector();
  const Image face = shrunk(demo_frame(), 4);
  const FaceBox expected = detector.detect(face).at(0);
  Image image = plain_image(1280, 720, 128);
  paste(face, image, 900, 400);
  const std::vector<FaceBox>& faces = detector.detect(image);
  ASSERT_EQ(faces.size(), 1u);
  FaceBox moved = faces[0];
  moved.x -= 900;
  moved.y -= 400;
  EXPECT_LT(difference(expected, moved), 0.25);
}

TEST(BlazeFace, FindsNoFaceWhereThereIsNone) {
  AURIGA_NEEDS_OPEN_PACK();
  BlazeFace detector = open_detector();
  const auto expect_none = [&](ImageView image) {
    EXPECT_TRUE(detector.detect(image).empty()) << image.width << "x" << image.height;
    EXPECT_TRUE(detector.detect_all(image).empty()) << image.width << "x" << image.height;
  };
  for (const int level : {0, 90, 128, 255}) {
    for (const auto& [width, height] :
         {std::pair{1, 1}, {1, 700}, {700, 1}, {2, 3}, {640, 480}, {4000, 5}})
      expect_none(plain_image(width, height, level));
  }
  std::mt19937 random(1);
  for (const auto& [width, height] : {std::pair{64, 64}, {640, 480}, {900, 500}}) {
    Image noise(width, height, 3), rows(width, height, 3);
    std::generate_n(noise.data(), noise.size_bytes(),
                    [&] { return static_cast<std::uint8_t>(random()); });
    for (int y = 0; y < height; ++y)
      std::fill_n(rows.row(y), rows.stride(), static_cast<std::uint8_t>(random()));
    expect_none(noise);
    expect_none(rows);
  }
  // The demo upside down is a face, its lower corners are none.
  const Image frame = demo_frame();
  expect_none(ImageView{frame.row(400), 70, 80, 3, frame.stride()});
  expect_none(ImageView{frame.row(0), 60, 120, 3, frame.stride()});
}

TEST(BlazeFace, FindsTheSameEveryTime) {
  AURIGA_NEEDS_OPEN_PACK();
  const Image frame = demo_frame(), other = plain_image(900, 30, 7);
  BlazeFace detector = open_detector();
  const std::vector<FaceBox> expected = detector.detect(frame);
  ASSERT_EQ(expected.size(), 1u);
  detector.detect_all(other);
  BlazeFace moved = std::move(detector);
  moved.detect(other);
  const std::vector<FaceBox>& found = moved.detect(frame);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].x, expected[0].x);
  EXPECT_EQ(found[0].h, expected[0].h);
  EXPECT_EQ(found[0].score, expected[0].score);
  EXPECT_EQ(found[0].points[2].y, expected[0].points[2].y);
}

TEST(BlazeFace, OfOneModelFindTheSameInTwoThreads) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::shared_ptr<const BlazeFace::Model> model = load(test::open_pack());
  const Image frame = demo_frame();
  const Image small = shrunk(frame, 2);
  const auto all_of = [](BlazeFace& detector, const Image& image) {
    std::vector<float> all = test::numbers_of(detector.detect(image));
    for (const float value : test::numbers_of(detector.detect_all(image))) all.push_back(value);
    return all;
  };
  BlazeFace alone(model);
  const std::vector<std::vector<float>> expected{all_of(alone, frame), all_of(alone, small)};
  ASSERT_GE(expected[0].size(), 2u);
  ASSERT_NE(expected[0], expected[1]);
  const auto found = test::concurrently(2, [&](int thread) {
    BlazeFace detector(model);
    std::vector<std::vector<float>> boxes;
    for (int picture = thread; picture < thread + 4; ++picture)
      boxes.push_back(all_of(detector, picture % 2 == 0 ? frame : small));
    return boxes;
  });
  for (std::size_t thread = 0; thread < 2; ++thread)
    for (std::size_t i = 0; i < found[thread].size(); ++i)
      EXPECT_EQ(found[thread][i], expected[(thread + i) % 2]) << thread << ", " << i;
}

TEST(BlazeFace, FindsAFaceInAVeryWidePicture) {
  AURIGA_NEEDS_OPEN_PACK();
  Image image = plain_image(7680, 500, 90);
  const Image face = shrunk(demo_frame(), 2);
  const int x = image.width() - 300, y = image.height() - 260;
  paste(face, image, x, y);
  BlazeFace detector = open_detector();
  const FaceBox expected = detector.detect(face).at(0);
  const std::vector<FaceBox>& faces = detector.detect_all(image);
  ASSERT_EQ(faces.size(), 1u);
  FaceBox moved = faces[0];
  moved.x -= static_cast<float>(x);
  moved.y -= static_cast<float>(y);
  EXPECT_LT(difference(expected, moved), 0.2);
}

// ---- With pictures of people

// Two detectors' ideas of the same face: where a tilted or open-mouthed one ends.
constexpr double kMostDifference = 0.3;

// MTCNN's boxes are those of the 68 landmarks, nearly BlazeFace's own.
std::vector<FaceBox> golden_faces(const std::string& name) {
  const test::Table table(test::test_data() / "golden/mtcnn_detections.csv");
  std::vector<FaceBox> faces;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.text(row, "file") != name) continue;
    FaceBox& face = faces.emplace_back();
    face.x = static_cast<float>(table.number(row, "x"));
    face.y = static_cast<float>(table.number(row, "y"));
    face.w = static_cast<float>(table.number(row, "w"));
    face.h = static_cast<float>(table.number(row, "h"));
  }
  return faces;
}

// Every one of `expected` once, and nothing else; returns the largest difference.
double expect_faces(const std::vector<FaceBox>& expected, const std::vector<FaceBox>& found) {
  EXPECT_EQ(found.size(), expected.size());
  double worst = 0;
  std::vector<bool> used(found.size());
  for (const FaceBox& face : expected) {
    std::size_t best = found.size();
    for (std::size_t i = 0; i < found.size(); ++i)
      if (!used[i] &&
          (best == found.size() || difference(face, found[i]) < difference(face, found[best])))
        best = i;
    if (best == found.size()) {
      ADD_FAILURE() << "no face at " << face.x << " " << face.y;
      return 1;
    }
    used[best] = true;
    worst = std::max(worst, difference(face, found[best]));
  }
  return worst;
}

TEST(BlazeFace, FindsAllFacesOfThePhotos) {
  AURIGA_NEEDS_OPEN_PACK();
  AURIGA_NEEDS("golden/mtcnn_detections.csv");
  AURIGA_NEEDS("images/sample6.jpg");
  BlazeFace detector = open_detector();
  for (int i = 1; i <= 6; ++i) {
    const std::string name = "sample" + std::to_string(i);
    SCOPED_TRACE(name);
    const Image image = test::golden_image(name);
    const std::vector<FaceBox> expected = golden_faces(name + ".jpg");
    ASSERT_EQ(expected.size(), i == 6 ? 12u : 1u);
    const double worst = expect_faces(expected, detector.detect_all(image));
    RecordProperty(name, std::to_string(worst));
    EXPECT_LT(worst, kMostDifference);
    if (i < 6) {
      EXPECT_LT(expect_faces(expected, detector.detect(image)), kMostDifference);
    }
  }
}

TEST(BlazeFace, FindsTheFacesOfTheVideos) {
  AURIGA_NEEDS_OPEN_PACK();
  AURIGA_NEEDS("golden/mtcnn_detections.csv");
  BlazeFace detector = open_detector();
  for (const char* name :
       {"2015-10-15-15-14.avi", "changeLighting.wmv", "multi_face.avi", "video01.mp4"}) {
    SCOPED_TRACE(name);
    AURIGA_NEEDS(fs::path("videos") / name);
    Frame frame;
    ASSERT_TRUE(open_video(test::test_data() / "videos" / name)->next(frame));
    // At 0.64 it takes a man's chest in multi_face.avi for a face, which the mesh network is not
    // sure of.
    const double worst = expect_faces(golden_faces(std::string(name) + "#frame0"),
                                      detector.detect_all(frame.bgr(), 0.7f));
    RecordProperty(name, std::to_string(worst));
    EXPECT_LT(worst, kMostDifference);
  }
}

TEST(BlazeFace, FindsTheFacesOfAPatchwork) {
  AURIGA_NEEDS_OPEN_PACK();
  AURIGA_NEEDS("images/multi_face_img.png");
  // Three by four pictures of 334 x 251 px, from (459, 0) on, a face in each.
  const Image image = read_image(test::test_data() / "images/multi_face_img.png");
  std::vector<int> seen(12);
  BlazeFace detector = open_detector();
  for (const FaceBox& face : detector.detect_all(image)) {
    const int column = static_cast<int>((face.x + face.w / 2 - 459) / 334),
              row = static_cast<int>((face.y + face.h / 2) / 251);
    ASSERT_TRUE(column >= 0 && column < 3 && row >= 0 && row < 4) << face.x << " " << face.y;
    ++seen[static_cast<std::size_t>(3 * row + column)];
    EXPECT_GT(face.w, 90);
    EXPECT_LT(face.w, 220);
  }
  EXPECT_THAT(seen, testing::Each(1));
}

}  // namespace
}  // namespace auriga
