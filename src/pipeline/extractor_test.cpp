#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/extract.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

class ExtractorTest : public testing::Test {
 protected:
  void SetUp() override {
    AURIGA_NEEDS("models/openface-2.2");
    AURIGA_NEEDS("models/onnx");
  }
  static ExtractOptions options() {
    ExtractOptions options;
    options.model_folders = {test::test_data() / "models"};
    return options;
  }
  const std::filesystem::path demo_ = test::repository() / "examples/demo.mp4";
};

TEST_F(ExtractorTest, FramesComeInOrderAndOnce) {
  if (IsSkipped()) return;
  ExtractOptions four = options();
  four.workers = 4;
  Extractor extractor(four);
  std::vector<std::int64_t> frames;
  int begun = 0;
  const VideoResult result = extractor.video(
      demo_,
      [&](const FaceInFrame& frame) {
        frames.push_back(frame.result.frame);
        EXPECT_EQ(frame.fhog.size(), 4464u);
        EXPECT_EQ(frame.aligned.width, 112);
      },
      [&](const StreamInfo& stream) {
        ++begun;
        EXPECT_TRUE(frames.empty());
        EXPECT_EQ(stream.intensity_names.size(), 17u);
        EXPECT_EQ(stream.presence_names.size(), 18u);
      });
  EXPECT_EQ(begun, 1);
  ASSERT_EQ(frames.size(), 90u);
  for (std::size_t i = 0; i < frames.size(); ++i)
    EXPECT_EQ(frames[i], static_cast<std::int64_t>(i));
  EXPECT_EQ(result.frames, 90);
  EXPECT_EQ(result.faces, 90);
  EXPECT_GE(result.detector_runs, 1);
  EXPECT_EQ(result.action_units.rows, 90u);
  EXPECT_TRUE(result.complete);
}

TEST_F(ExtractorTest, StopKeepsTheFramesSoFar) {
  if (IsSkipped()) return;
  Extractor extractor(options());
  int frames = 0;
  const VideoResult stopped = extractor.video(demo_, [&](const FaceInFrame&) {
    if (++frames == 10) extractor.stop();
  });
  EXPECT_FALSE(stopped.complete);
  EXPECT_THAT(stopped.partial_reason, testing::HasSubstr("stopped on request"));
  EXPECT_EQ(stopped.frames, frames);
  EXPECT_GE(frames, 10);
  EXPECT_LT(frames, 90);
  // The next call is not stopped, and not influenced by what was left over.
  EXPECT_EQ(extractor.video(demo_).frames, 90);
}

TEST_F(ExtractorTest, AnExceptionOfTheCallerEndsTheCallAndIsPassedOn) {
  if (IsSkipped()) return;
  Extractor extractor(options());
  EXPECT_THROW(
      extractor.video(demo_, [](const FaceInFrame&) { throw std::runtime_error("enough"); }),
      std::runtime_error);
  EXPECT_THROW(
      extractor.video(demo_, {}, [](const StreamInfo&) { throw std::runtime_error("enough"); }),
      std::runtime_error);
  EXPECT_EQ(extractor.video(demo_).frames, 90);
}

TEST_F(ExtractorTest, NoInputInfluencesAnother) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("videos/changeLighting.wmv");
  const auto video = test::test_data() / "videos/changeLighting.wmv";
  const auto values = [&](Extractor& extractor) {
    std::vector<double> all;
    const VideoResult result = extractor.video(video, [&](const FaceInFrame& frame) {
      all.push_back(frame.result.confidence);
      all.insert(all.end(), frame.result.landmarks.x.begin(), frame.result.landmarks.x.end());
    });
    std::vector<double> intensities(17), presences(18);
    for (std::size_t row = 0; row < result.action_units.rows; ++row) {
      result.action_units.read(row, intensities, presences);
      all.insert(all.end(), intensities.begin(), intensities.end());
    }
    return all;
  };
  Extractor used(options()), fresh(options());
  used.video(demo_);
  used.picture(test::test_data() / "images/sample1.jpg");
  EXPECT_EQ(values(used), values(fresh));
}

}  // namespace
}  // namespace auriga
