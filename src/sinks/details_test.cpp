#include "sinks/details.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/sinks.hpp"

#include "sinks/fake_stream.hpp"
#include "support/golden.hpp"
#include "support/parameter_name.hpp"

namespace auriga {
namespace {

// Spec outputs.md section 7.
TEST(Details, AllLines) {
  Details details;
  details.input = "a.b.mp4";
  details.input_full_path = "/data/a.b.mp4";
  details.camera = {796.875F, 796.875F, 540, 360};
  details.hog = "a.b.hog";
  details.video = "a.b.avi";
  details.aligned_folder = "a.b_aligned";
  details.csv = "a.b.csv";
  details.groups = kAuColumns | kPoseColumns;
  EXPECT_EQ(details_text(details),
            "Input:a.b.mp4\n"
            "Input full path:/data/a.b.mp4\n"
            "Camera parameters:796.875,796.875,540,360\n"
            "Output HOG:a.b.hog\n"
            "Output video:a.b.avi\n"
            "Output aligned directory:a.b_aligned\n"
            "Output csv:a.b.csv\n"
            "Gaze: 0\n"
            "AUs: 1\n"
            "Landmarks 2D: 0\n"
            "Landmarks 3D: 0\n"
            "Pose: 1\n"
            "Shape parameters: 0\n");
}

TEST(Details, AWebcamHasNoPath) {
  Details details;
  details.input = "webcam";
  details.groups = 0;
  EXPECT_EQ(details_text(details).substr(0, 31), "Input:webcam\nCamera parameters:");
}

TEST(DetailsSink, NamesTheOtherResults) {
  const test::TemporaryFolder folder;
  const std::filesystem::path input = folder.path() / "v.mp4", target = folder.path() / "d.txt";
  test::write_text(input, "");
  test::TestStream stream;
  stream.setup.has_gaze = true;
  DetailsSinkOptions options;
  options.input = input.string();
  options.groups = kGazeColumns | kAuColumns;
  options.table = "results/v.csv";
  options.aligned = "results/v_aligned";
  const auto sink = make_details_sink(target, options);
  EXPECT_EQ(sink->needs(), Needs{});
  const std::vector<Written> written = stream.run(*sink);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].path, target);
  const std::string expected = "Input:" + input.string() + "\nInput full path:" + input.string() +
                               "\nCamera parameters:60,61,32,24\n"
                               "Output aligned directory:v_aligned\nOutput csv:v.csv\n"
                               "Gaze: 1\nAUs: 1\nLandmarks 2D: 0\nLandmarks 3D: 0\n"
                               "Pose: 0\nShape parameters: 0\n";
  EXPECT_EQ(test::read_text(target), expected);
  stream.setup.has_gaze = false;
  stream.run(*make_details_sink(target, options));
  EXPECT_THAT(test::read_text(target), testing::HasSubstr("\nGaze: 0\n"));
}

// The golden files come from a tree that leaves the two input lines out.
struct Case {
  const char* folder;
  const char* base;
  Camera camera;
  bool hog;
};
std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.folder << one.base;
}
class DetailsGolden : public ::testing::TestWithParam<Case> {};

TEST_P(DetailsGolden, SameBytes) {
  const auto& [folder, base, camera, hog] = GetParam();
  const std::string file = std::string(folder) + base + "_of_details.txt";
  AURIGA_NEEDS(file);
  Details details;
  details.camera = camera;
  if (hog) details.hog = std::string(base) + ".hog";
  details.csv = std::string(base) + ".csv";
  EXPECT_EQ(details_text(details), test::read_text(test::test_data() / file));
}

// Camera from the size of the picture, spec outputs.md section 6.
Camera camera(float width, float height) {
  const float f = (500.0F * width / 640.0F + 500.0F * height / 480.0F) / 2.0F;
  return {f, f, width / 2, height / 2};
}

INSTANTIATE_TEST_SUITE_P(
    Files, DetailsGolden,
    ::testing::Values(Case{"golden/csv/", "2015-10-15-15-14", camera(640, 480), false},
                      Case{"golden/csv/", "changeLighting", camera(640, 480), false},
                      Case{"golden/csv/", "multi_face", camera(640, 480), false},
                      Case{"golden/csv/", "video01", camera(480, 360), false},
                      Case{"golden/csv/", "video01_static", camera(480, 360), false},
                      Case{"golden/images/", "sample1", camera(640, 400), true},
                      Case{"golden/images/", "sample4", camera(640, 480), true},
                      Case{"golden/images/", "sample5", camera(640, 424), true},
                      Case{"golden/images/", "sample6", camera(1942, 1944), true}),
    [](const auto& tested) { return test::test_name(tested.param.base); });

}  // namespace
}  // namespace auriga
