// The published networks against the certainties that the reference saw (stage validation).
#include <array>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/grey.hpp"
#include "media/image_file.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"
#include "support/parameter_name.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::Table;
using test::test_data;

const fs::path kFolder = "models/openface-2.2/model/detection_validation";

// The landmarks of a row, x_0.., y_0.., and its certainty.
struct Row {
  std::vector<float> landmarks;
  EulerAngles rotation_rad;
  float certainty;

  Row(const Table& table, std::size_t row) : certainty(std::stof(table.text(row, "certainty"))) {
    for (const char* axis : {"x_", "y_"})
      for (int i = 0; i < kLandmarks; ++i)
        landmarks.push_back(std::stof(table.text(row, axis + std::to_string(i))));
    for (std::size_t axis = 0; axis < 3; ++axis)
      rotation_rad[axis] = std::stof(table.text(row, std::array{"p_rx", "p_ry", "p_rz"}[axis]));
  }
};

class GoldenVideo : public testing::TestWithParam<const char*> {};

TEST_P(GoldenVideo, CertaintyOfEveryFrameIsEqual) {
  const fs::path video = fs::path("videos") / GetParam();
  const fs::path table_file = "golden/stage_" + video.stem().string() + "/tracker.csv";
  AURIGA_NEEDS(kFolder / "validator_cnn.txt");
  AURIGA_NEEDS(video);
  AURIGA_NEEDS(table_file);
  Validator validator(Validator::load(test_data() / kFolder / "validator_cnn.txt"));
  const Table table(test_data() / table_file);
  ASSERT_EQ(table.rows(), 120u);
  const auto source = open_video(test_data() / video);
  Frame frame;
  Image grey;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    ASSERT_TRUE(source->next(frame));
    to_grey(frame.bgr(), grey);
    const Row row(table, i);
    EXPECT_EQ(validator.certainty(grey, row.rotation_rad, row.landmarks), row.certainty)
        << "frame " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, GoldenVideo,
                         testing::Values("2015-10-15-15-14.avi", "video01.mp4"),
                         test::ParameterName());

TEST(GoldenImages, CertaintyOfEveryFaceIsEqual) {
  const fs::path table_file = "golden/images/images_fullprec.csv";
  AURIGA_NEEDS(kFolder / "validator_cnn.txt");
  AURIGA_NEEDS(table_file);
  Validator validator(Validator::load(test_data() / kFolder / "validator_cnn.txt"));
  const Table table(test_data() / table_file);
  ASSERT_EQ(table.rows(), 17u);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const std::string& name = table.text(i, "image");
    Image grey;
    to_grey(read_image(test_data() / "images" / (name + ".jpg")), grey);
    const Row row(table, i);
    EXPECT_EQ(validator.certainty(grey, row.rotation_rad, row.landmarks), row.certainty)
        << name << ", face " << table.text(i, "face");
  }
}

// Fits with meaningless patch experts, of which some are bad: the certainties are of five kinds.
TEST(GoldenMisfits, CertaintyIsEqual) {
  AURIGA_NEEDS(kFolder / "validator_cnn_68.txt");
  AURIGA_NEEDS("golden/cen/sample1_hi.txt");
  Validator validator(Validator::load(test_data() / kFolder / "validator_cnn_68.txt"));
  for (int sample = 1; sample <= 5; ++sample) {
    const std::string name = "sample" + std::to_string(sample);
    Image grey;
    to_grey(read_image(test_data() / "images" / (name + ".jpg")), grey);
    for (const char* kind : {"_hi", "_lo"}) {
      std::map<std::string, std::vector<float>> items;
      std::istringstream lines(
          test::read_text(test_data() / "golden/cen" / (name + kind + ".txt")));
      for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        words >> key;
        for (std::string word; words >> word;) items[key].push_back(std::stof(word));
      }
      for (const char* fit : {"@g1", "@gfit"}) {
        const std::vector<float>& pose = items.at(fit);
        EXPECT_EQ(validator.certainty(grey, {pose[1], pose[2], pose[3]}, items.at("@lm1")),
                  items.at("@cert1")[0])
            << name << kind << " with the rotation " << fit;
      }
    }
  }
}

}  // namespace
}  // namespace auriga
