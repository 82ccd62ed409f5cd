#include "detect/mtcnn.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "base/simd.hpp"
#include "detect/face_box_test.hpp"
#include "detect/fake_mtcnn_file.hpp"
#include "media/image_file.hpp"
#include "media/video_source.hpp"
#include "support/allocations.hpp"
#include "support/concurrently.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kList = "models/openface-2.2/model/mtcnn_detector/MTCNN_detector.txt";

// "sample1.jpg", or "video01.mp4#frame0".
Image golden_picture(const std::string& name) {
  const std::string first_frame = "#frame0";
  if (!name.ends_with(first_frame)) return read_image(test::test_data() / "images" / name);
  Frame frame;
  open_video(test::test_data() / "videos" / name.substr(0, name.size() - first_frame.size()))
      ->next(frame);
  return Image(frame.bgr());
}

std::map<std::string, std::vector<std::size_t>> rows_by_file(const test::Table& table) {
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) rows[table.text(row, "file")].push_back(row);
  return rows;
}

TEST(Mtcnn, FindsTheFacesOfTheReference) {
  AURIGA_NEEDS(kList);
  AURIGA_NEEDS("golden/mtcnn_detections.csv");
  AURIGA_NEEDS("golden/mtcnn_detections_stages.csv");
  const test::Table boxes(test::test_data() / "golden/mtcnn_detections.csv"),
      stages(test::test_data() / "golden/mtcnn_detections_stages.csv");
  const auto box_rows = rows_by_file(boxes), stage_rows = rows_by_file(stages);
  ASSERT_EQ(stage_rows.size(), 10u);

  Mtcnn detector(Mtcnn::load(test::test_data() / kList));
  double worst_position = 0, worst_score = 0;
  for (const auto& [name, rows] : stage_rows) {
    SCOPED_TRACE(name);
    const std::vector<FaceBox> faces = detector.detect(golden_picture(name));
    std::vector<std::pair<std::string, int>> expected;
    for (const std::size_t row : rows)
      expected.emplace_back(stages.text(row, "stage"), stages.number(row, "count"));
    EXPECT_THAT(detector.stage_counts(), testing::ElementsAreArray(expected));

    ASSERT_EQ(faces.size(), box_rows.at(name).size());
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const std::size_t row = box_rows.at(name)[i];
      const auto position = [&](const char* column, float value) {
        worst_position = std::max(worst_position, std::abs(boxes.number(row, column) - value));
      };
      position("x", faces[i].x);
      position("y", faces[i].y);
      position("w", faces[i].w);
      position("h", faces[i].h);
      worst_score =
          std::max(worst_score, std::abs(boxes.number(row, "confidence") - faces[i].score));
    }
  }
  RecordProperty("worst_position_px", std::to_string(worst_position));
  RecordProperty("worst_score", std::to_string(worst_score));
  // float32 sums in another order, times boxes of up to 300 px.
  EXPECT_LT(worst_position, 0.01);
  EXPECT_LT(worst_score, 1e-4);
}

Image grey_of(const Image& image, int channels) {
  Image grey(image.width(), image.height(), channels);
  const auto pixels = static_cast<std::size_t>(image.width()) * image.height();
  for (std::size_t i = 0; i < pixels; ++i)
    std::fill_n(grey.data() + i * channels, channels, image.data()[3 * i + 1]);
  return grey;
}

TEST(Mtcnn, TakesGreyAsThreeEqualChannels) {
  AURIGA_NEEDS(kList);
  AURIGA_NEEDS("images/sample1.jpg");
  const Image image = golden_picture("sample1.jpg");
  Mtcnn detector(Mtcnn::load(test::test_data() / kList));
  const std::vector<FaceBox> expected = detector.detect(grey_of(image, 3)),
                             found = detector.detect(grey_of(image, 1));
  ASSERT_EQ(expected.size(), 1u);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].x, expected[0].x);
  EXPECT_EQ(found[0].score, expected[0].score);
}

TEST(Mtcnn, GivesTheSameFacesAfterOtherPicturesWithoutAllocating) {
  AURIGA_NEEDS(kList);
  AURIGA_NEEDS("images/sample1.jpg");
  AURIGA_NEEDS("images/sample3.jpg");
  const Image image = golden_picture("sample1.jpg"), other = golden_picture("sample3.jpg");
  ASSERT_EQ(image.width(), other.width());
  Mtcnn detector(Mtcnn::load(test::test_data() / kList));
  long before = test::allocations();
  const std::vector<FaceBox> expected = detector.detect(image);
  EXPECT_GT(test::allocations(), before) << "the count does not work";
  before = test::allocations();
  detector.detect(other);
  const std::vector<FaceBox>& found = detector.detect(image);
  EXPECT_EQ(test::allocations(), before);
  ASSERT_EQ(expected.size(), 1u);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].x, expected[0].x);
  EXPECT_EQ(found[0].score, expected[0].score);
}

TEST(Mtcnn, OfOneModelFindTheSameInTwoThreads) {
  AURIGA_NEEDS(kList);
  AURIGA_NEEDS("images/sample1.jpg");
  AURIGA_NEEDS("images/sample3.jpg");
  const auto model = Mtcnn::load(test::test_data() / kList);
  const std::vector<Image> images{golden_picture("sample1.jpg"), golden_picture("sample3.jpg")};
  std::vector<std::vector<float>> expected;
  Mtcnn alone(model);
  for (const Image& image : images) expected.push_back(test::numbers_of(alone.detect(image)));
  ASSERT_GE(expected[0].size(), 1u);
  ASSERT_NE(expected[0], expected[1]);
  const auto found = test::concurrently(2, [&](int thread) {
    Mtcnn detector(model);
    std::vector<std::vector<float>> boxes;
    for (int picture = thread; picture < thread + 4; ++picture)
      boxes.push_back(
          test::numbers_of(detector.detect(images[static_cast<std::size_t>(picture) % 2])));
    return boxes;
  });
  for (std::size_t thread = 0; thread < 2; ++thread)
    for (std::size_t i = 0; i < found[thread].size(); ++i)
      EXPECT_EQ(found[thread][i], expected[(thread + i) % 2]) << thread << ", " << i;
}

TEST(Mtcnn, FindsNothingInPicturesOfLessThan60Pixels) {
  AURIGA_NEEDS(kList);
  Mtcnn detector(Mtcnn::load(test::test_data() / kList));
  EXPECT_TRUE(detector.detect(ImageView{}).empty());
  for (const auto& [width, height] :
       {std::pair{1, 1}, {11, 11}, {41, 41}, {42, 43}, {59, 59}, {59, 4000}, {4000, 1}}) {
    EXPECT_TRUE(detector.detect(Image(width, height, 3)).empty());
    EXPECT_THAT(detector.stage_counts(),
                testing::ElementsAre(testing::Pair("pnet_all_after_nms0.7", 0),
                                     testing::Pair("rnet_above_thresh", 0),
                                     testing::Pair("rnet_after_nms0.7", 0),
                                     testing::Pair("onet_above_thresh", 0),
                                     testing::Pair("final_after_nms0.7min", 0)));
  }
  EXPECT_TRUE(detector.detect(Image(60, 60, 1)).empty());
  EXPECT_EQ(detector.stage_counts().front().first, "pnet_scale0_12x12");
  EXPECT_EQ(detector.stage_counts().size(), 7u);
}

TEST(Mtcnn, FindsAFaceInAPictureOf8K) {
  AURIGA_NEEDS(kList);
  AURIGA_NEEDS("images/sample1.jpg");
  const Image face = golden_picture("sample1.jpg");
#ifdef AURIGA_SANITIZED
  Image image(7680, 480, 3);  // the whole would take a minute
#else
  Image image(7680, 4320, 3);
#endif
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{90});
  const int left = 6900, top = image.height() - 420;
  for (int y = 0; y < face.height(); ++y)
    std::copy_n(face.row(y), face.stride(), image.row(top + y) + 3 * left);
  Mtcnn detector(Mtcnn::load(test::test_data() / kList));
  const FaceBox expected = detector.detect(face).at(0);
  const std::vector<FaceBox>& faces = detector.detect(image);
  ASSERT_EQ(faces.size(), 1u);
  // The pyramid samples other pixels: some percent of the box.
  EXPECT_NEAR(faces[0].x, left + expected.x, 0.1 * expected.w);
  EXPECT_NEAR(faces[0].y, top + expected.y, 0.1 * expected.h);
  EXPECT_NEAR(faces[0].w, expected.w, 0.1 * expected.w);
}

int count_of(const Mtcnn& detector, const std::string& stage) {
  for (const auto& [name, count] : detector.stage_counts())
    if (name == stage) return count;
  ADD_FAILURE() << stage;
  return -1;
}

// One cell, seen as a face without regression by all networks: pixels 1 to 12 of the pyramid are 5
// to 60 of the picture; ONet's regression makes the box one pixel wider.
TEST(Mtcnn, PlacesACellInThePicture) {
  const test::TemporaryFolder folder;
  Mtcnn detector(Mtcnn::load(test::ConstantNetworks().write(folder.path())));
  const std::vector<FaceBox>& faces = detector.detect(Image(60, 60, 3));
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].x, 5 - 0.0075f * 56);
  EXPECT_FLOAT_EQ(faces[0].y, 5 + 0.2459f * 56);
  EXPECT_FLOAT_EQ(faces[0].w, 1.0323f * 56);
  EXPECT_FLOAT_EQ(faces[0].h, 0.7751f * 56);
  EXPECT_NEAR(faces[0].score, 1 / (1 + std::exp(-10.0)), 1e-6);
}

// Cells 10 px apart and 55 px wide: neighbours overlap by 0.69, the next by 0.47. All scores are
// equal, so of the cells of a scale the last down the columns is the first to be kept.
TEST(Mtcnn, KeepsTheLastOfEqualCells) {
  const test::TemporaryFolder folder;
  test::ConstantNetworks networks;
  Mtcnn detector(Mtcnn::load(networks.write(folder.path())));
  detector.detect(Image(80, 60, 3));  // PNet sees 16 x 12 px: 3 x 1 cells
  EXPECT_EQ(count_of(detector, "pnet_scale0_16x12"), 3);
  EXPECT_EQ(count_of(detector, "pnet_scale0_after_nms0.5"), 2);
  const std::vector<FaceBox>& faces = detector.detect(Image(70, 60, 3));  // 2 x 1 cells
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].x, 15 - 0.0075f * 56);
}

TEST(Mtcnn, DropsBoxesOutsideThePicture) {
  for (const float shift : {20.0f, -20.0f}) {
    for (const std::size_t axis : {2u, 3u}) {
      const test::TemporaryFolder folder;
      test::ConstantNetworks networks;
      networks.pnet.back().bias[axis] = shift;
      networks.pnet.back().bias[axis + 2] = shift;
      Mtcnn detector(Mtcnn::load(networks.write(folder.path())));
      EXPECT_TRUE(detector.detect(Image(100, 90, 3)).empty());
      EXPECT_GT(count_of(detector, "pnet_all_after_nms0.7"), 0);
      EXPECT_EQ(count_of(detector, "rnet_above_thresh"), 0);
    }
  }
}

TEST(Mtcnn, DropsBoxesTurnedInsideOut) {
  const test::TemporaryFolder folder;
  test::ConstantNetworks networks;
  networks.pnet.back().bias[4] = networks.pnet.back().bias[5] = -1.2f;  // -11 px
  Mtcnn detector(Mtcnn::load(networks.write(folder.path())));
  EXPECT_TRUE(detector.detect(Image(100, 90, 3)).empty());
  EXPECT_GT(count_of(detector, "pnet_all_after_nms0.7"), 0);
  EXPECT_EQ(count_of(detector, "rnet_above_thresh"), 0);
}

// The cells of two scales are 55 and 77 px wide. One inside the other has half of its area, but
// the last step takes the part of the smaller one that is covered.
TEST(Mtcnn, KeepsNoFaceWithinAnother) {
  const test::TemporaryFolder folder;
  Mtcnn detector(Mtcnn::load(test::ConstantNetworks().write(folder.path())));
  const std::vector<FaceBox>& faces = detector.detect(Image(85, 85, 3));
  EXPECT_EQ(count_of(detector, "pnet_scale1_after_nms0.5"), 1);
  EXPECT_EQ(count_of(detector, "onet_above_thresh"), 5);
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].w, 1.0323f * 78);
}

TEST(Mtcnn, SurvivesHostileWeights) {
  const float huge = std::numeric_limits<float>::max();
  for (const float v : {huge, -huge, 1e9f, -3e5f, 30.0f, -1.0f}) {
    for (std::size_t network = 0; network < 3; ++network) {
      for (std::size_t output = 0; output < 6; ++output) {
        const test::TemporaryFolder folder;
        test::ConstantNetworks networks;
        auto& layers = *std::array{&networks.pnet, &networks.rnet, &networks.onet}[network];
        layers.back().bias[output] = v;
        Mtcnn detector(Mtcnn::load(networks.write(folder.path())));
        for (const FaceBox& face : detector.detect(Image(90, 70, 3))) {
          EXPECT_TRUE(std::isfinite(face.x + face.y + face.w + face.h)) << v;
          EXPECT_TRUE(face.w > 0 && face.h > 0) << v;
        }
        // Infinite and NaN activations.
        std::fill(layers[0].weights.begin(), layers[0].weights.end(), v);
        std::fill(layers.back().weights.begin(), layers.back().weights.end(), huge);
        Mtcnn(Mtcnn::load(networks.write(folder.path()))).detect(Image(90, 70, 3));
      }
    }
  }
}

TEST(Mtcnn, BoundsTheNumberOfCandidates) {
  const test::TemporaryFolder folder;
  test::ConstantNetworks networks;
  networks.rnet.back().bias[1] = -10;
  Mtcnn detector(Mtcnn::load(networks.write(folder.path())));
  EXPECT_TRUE(detector.detect(Image(1500, 1500, 1)).empty());
  EXPECT_EQ(count_of(detector, "pnet_scale0_300x300"), 1 << 14);  // of 145 x 145
  EXPECT_EQ(count_of(detector, "pnet_scale1_213x213"), 102 * 102);
}

std::string refusal(const std::filesystem::path& list) {
  try {
    Mtcnn::load(list);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return "";
}

TEST(Mtcnn, NamesAllMissingFiles) {
  const test::TemporaryFolder folder;
  const auto list = test::ConstantNetworks().write(folder.path());
  std::filesystem::remove(folder.path() / "p.dat");
  std::filesystem::remove(folder.path() / "o.dat");
  EXPECT_THAT(refusal(list), AllOf(HasSubstr("list.txt"), HasSubstr("p.dat"), HasSubstr("o.dat"),
                                   testing::Not(HasSubstr("r.dat"))));
  EXPECT_THAT(refusal(folder.path() / "none.txt"), HasSubstr("none.txt"));
}

TEST(Mtcnn, RefusesAnotherListOrOtherNetworks) {
  const test::TemporaryFolder folder;
  const auto list = test::ConstantNetworks().write(folder.path());
  const auto with_list = [&](const std::string& text) {
    test::write_text(list, text);
    return refusal(list);
  };
  EXPECT_THAT(with_list(""), HasSubstr("no PNet"));
  EXPECT_THAT(with_list("PNet p.dat\nRNet r.dat\n"), HasSubstr("no ONet"));
  EXPECT_THAT(with_list("PNet p.dat\nRNet\n"), HasSubstr("the name of a file behind 'RNet'"));
  EXPECT_THAT(with_list("PNet p.dat\nQNet q.dat\n"), HasSubstr("found 'QNet'"));
  EXPECT_THAT(with_list("PNet r.dat\nRNet r.dat\nONet o.dat\n"),
              AllOf(HasSubstr("r.dat"), HasSubstr("found 24 x 24")));

  test::ConstantNetworks networks;
  networks.pnet[1] = test::max_pool(3, 3, 1, 1);  // 12 px: 10, 8, 1
  networks.pnet[2] = test::convolution(1, 1, 8, 8);
  EXPECT_THAT(refusal(networks.write(folder.path())),
              AllOf(HasSubstr("p.dat"), HasSubstr("a cell every 2 px")));
}

FaceBox face(float x, float y, float w, float h) {
  FaceBox box;
  box.x = x;
  box.y = y;
  box.w = w;
  box.h = h;
  return box;
}

TEST(Mtcnn, ChoosesTheWidestFace) {
  EXPECT_EQ(widest({}), nullptr);
  const std::vector<FaceBox> faces{face(0, 0, 10, 99), face(1, 0, 20, 20), face(2, 0, 20, 50)};
  EXPECT_EQ(widest(faces), &faces[1]);
}

TEST(Mtcnn, ChoosesTheNearestFace) {
  EXPECT_EQ(nearest({}, 1, 1), nullptr);
  // Centres (50, 10), (30, 20) and, again, (30, 20).
  const std::vector<FaceBox> faces{face(0, 0, 100, 20), face(20, 0, 20, 40), face(25, 15, 10, 10)};
  EXPECT_EQ(nearest(faces, 45, 12), &faces[0]);
  EXPECT_EQ(nearest(faces, 28, 90), &faces[1]);
  // By distance, not by one axis alone: 10 and 14.
  EXPECT_EQ(nearest(faces, 40, 10), &faces[0]);
}

}  // namespace
}  // namespace auriga
