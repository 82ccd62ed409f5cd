#include <algorithm>
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

TEST_F(ExtractorTest, EndsAfterTheMostFramesWithTheSameResultsForAllWorkers) {
  if (IsSkipped()) return;
  std::vector<double> first;
  for (const int workers : {1, 2, 4}) {
    ExtractOptions some = options();
    some.workers = workers;
    some.most_frames = 21;
    const VideoResult result = Extractor(some).video(demo_);
    EXPECT_EQ(result.frames, 21);
    EXPECT_TRUE(result.complete) << result.partial_reason;
    EXPECT_TRUE(result.frame_ms.empty());
    std::vector<double> all, intensities(17), presences(18);
    for (std::size_t row = 0; row < result.action_units.rows; ++row) {
      result.action_units.read(row, intensities, presences);
      all.insert(all.end(), intensities.begin(), intensities.end());
    }
    EXPECT_EQ(all.size(), 21u * 17);
    if (workers == 1) first = all;
    EXPECT_EQ(all, first) << workers;
  }
  ExtractOptions more = options();
  more.most_frames = 91;
  EXPECT_EQ(Extractor(more).video(demo_).frames, 90);
}

TEST_F(ExtractorTest, TimesOfFramesAddUpToThoseOfTheVideo) {
  if (IsSkipped()) return;
  ExtractOptions timed = options();
  timed.frame_times = true;
  timed.workers = 3;
  timed.preset = "pyfaceau";
  const VideoResult result = Extractor(timed).video(demo_, [](const FaceInFrame&) {});
  const std::size_t stages = result.stage_ms.size();
  ASSERT_EQ(result.frame_ms.size(), 90 * stages);
  for (std::size_t stage = 0; stage < stages; ++stage) {
    const auto& [name, whole] = result.stage_ms[stage];
    double sum = 0, least = 1e9;
    for (std::size_t at = stage; at < result.frame_ms.size(); at += stages) {
      sum += static_cast<double>(result.frame_ms[at]);
      least = std::min(least, static_cast<double>(result.frame_ms[at]));
    }
    if (name == "calibrate") {  // and what is computed at the end
      EXPECT_LE(sum, whole * (1 + 1e-6));
    } else {
      EXPECT_NEAR(sum, whole, 1e-5 * whole) << name;
    }
    // Every frame has a face, so no stage but the detector and the gaze leaves one out.
    if (name != "detect" && name != "gaze") {
      EXPECT_GT(least, 0) << name;
    }
  }
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

class OpenPresetTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  static ExtractOptions options() {
    ExtractOptions options;
    options.model_folders = {test::open_pack()};
    return options;
  }
  const std::filesystem::path demo_ = test::repository() / "examples/demo.mp4";
};

// Where there are only the open models they are used, and the summary says so.
TEST_F(OpenPresetTest, IsTheDefaultWithoutOpenFacesFiles) {
  if (IsSkipped()) return;
  Extractor extractor(options());
  const auriga::Setup& setup = extractor.setup();
  EXPECT_EQ(setup.preset + " " + setup.detector + " " + setup.landmarker, "open blazeface mesh");
  EXPECT_THAT(setup.estimator, testing::StartsWith("open-"));
  EXPECT_THAT(setup.note, testing::HasSubstr("auriga models import DIR"));
  EXPECT_TRUE(setup.has_gaze);
  EXPECT_TRUE(setup.experimental_aus.empty());
  int faces = 0;
  const VideoResult result = extractor.video(demo_, [&](const FaceInFrame& face) {
    ++faces;
    ASSERT_NE(face.mesh, nullptr);
    EXPECT_GT(face.result.gaze.direction[0][2], -1.01f);
    EXPECT_LT(face.result.gaze.direction[0][2], -0.5f);
  });
  EXPECT_EQ(faces, 90);
  EXPECT_EQ(result.faces, 90);
  EXPECT_EQ(result.stream.intensity_names, result.stream.presence_names);
  EXPECT_THAT(result.stream.intensity_names,
              testing::IsSupersetOf({"AU01", "AU02", "AU06", "AU12", "AU25", "AU26", "AU45"}));
}

TEST_F(OpenPresetTest, ExperimentalActionUnitsOnlyOnRequest) {
  if (IsSkipped()) return;
  ExtractOptions all = options();
  all.all_aus = true;
  Extractor extractor(all);
  EXPECT_THAT(extractor.setup().experimental_aus, testing::Contains("AU05"));
  EXPECT_THAT(extractor.setup().experimental_aus, testing::Not(testing::Contains("AU12")));
  const VideoResult result = extractor.video(demo_);
  EXPECT_EQ(result.stream.intensity_names.size(), 17u);

  ExtractOptions few = options();
  Extractor usual(few);
  const VideoResult some = usual.video(demo_);
  const auto& names = some.stream.intensity_names;
  EXPECT_EQ(names.size() + extractor.setup().experimental_aus.size(), 17u);
  // The supported ones are the same either way.
  std::vector<double> a(17), b(17), c(names.size()), d(names.size());
  for (std::size_t row = 0; row < 90; ++row) {
    result.action_units.read(row, a, b);
    some.action_units.read(row, c, d);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& every = result.stream.intensity_names;
      const auto at = std::find(every.begin(), every.end(), names[i]) - every.begin();
      EXPECT_EQ(c[i], a[static_cast<std::size_t>(at)]);
      EXPECT_EQ(d[i], b[static_cast<std::size_t>(at)]);
    }
  }
}

TEST_F(OpenPresetTest, RefusesWhatCannotBe) {
  if (IsSkipped()) return;
  const auto refused = [&](auto change, ErrorCode code, const std::string& text) {
    ExtractOptions bad = options();
    change(bad);
    try {
      Extractor extractor(bad);
      ADD_FAILURE() << "no error; expected: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_THAT(error.what(), testing::HasSubstr(text));
    }
  };
  const ErrorCode usage = ErrorCode::usage;
  refused([](auto& o) { o.au = "open", o.landmarker = "pfld"; }, usage,
          "--au open needs the face mesh");
  refused([](auto& o) { o.au = "open", o.landmarks_csv = "a.csv"; }, usage,
          "--au open needs the face mesh");
  refused([](auto& o) { o.au = "own"; }, usage, "unknown --au 'own'; use openface or open");
  refused([](auto& o) { o.detector = "blazeface", o.landmarker = "pfld"; }, usage,
          "--landmarker pfld works with --detector retinaface, not with blazeface");
  refused([](auto& o) { o.preset = "open", o.landmarker = "clnf"; }, usage,
          "--preset open does not go with --landmarker clnf");
  refused([](auto& o) { o.all_aus = true, o.preset = "pyfaceau"; }, usage,
          "--all-aus is for the open estimator");
  refused([](auto& o) { o.au = "openface", o.landmarker = "mesh"; }, ErrorCode::model,
          "auriga models import DIR --pack openface-2.2");
  refused([](auto& o) { o.model_folders = {}; }, ErrorCode::model, "./dev setup");
}

TEST_F(OpenPresetTest, FindsTheFacesOfAPicture) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("images/sample6.jpg");
  Extractor extractor(options());
  const PictureResult picture = extractor.picture(test::test_data() / "images/sample6.jpg");
  EXPECT_EQ(picture.faces.size(), 12u);
  for (const PictureFace& face : picture.faces) {
    EXPECT_TRUE(face.mesh);
    EXPECT_EQ(face.intensities.size(), picture.stream.intensity_names.size());
  }
}

// Face mesh, and action units of OpenFace's models.
TEST_F(OpenPresetTest, MixesWithOpenFacesActionUnits) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("models/openface-2.2");
  ExtractOptions mixed = options();
  mixed.model_folders.push_back(test::test_data() / "models");
  mixed.landmarker = "mesh";
  mixed.au = "openface";
  Extractor extractor(mixed);
  EXPECT_EQ(extractor.setup().estimator, "openface-2.2");
  EXPECT_EQ(extractor.setup().landmarker, "mesh");
  const VideoResult result = extractor.video(demo_);
  EXPECT_EQ(result.faces, 90);
  EXPECT_EQ(result.stream.intensity_names.size(), 17u);
  EXPECT_EQ(result.stream.presence_names.size(), 18u);
}

// Any number of workers and faces followed gives the same values.
TEST_F(OpenPresetTest, WorkersChangeNothing) {
  if (IsSkipped()) return;
  const auto everything = [&](int workers) {
    ExtractOptions some = options();
    some.workers = workers;
    Extractor extractor(some);
    std::vector<double> values;
    const VideoResult result = extractor.video(demo_, [&](const FaceInFrame& face) {
      const FrameResult& r = face.result;
      values.insert(values.end(), r.landmarks.x.begin(), r.landmarks.x.end());
      values.insert(values.end(), r.eyes.x.begin(), r.eyes.x.end());
      values.insert(values.end(), r.pose.rotation_rad.begin(), r.pose.rotation_rad.end());
      for (const auto& direction : r.gaze.direction)
        values.insert(values.end(), direction.begin(), direction.end());
    });
    std::vector<double> intensities(result.stream.intensity_names.size()), presences(intensities);
    for (std::size_t row = 0; row < result.action_units.rows; ++row) {
      result.action_units.read(row, intensities, presences);
      values.insert(values.end(), intensities.begin(), intensities.end());
      values.insert(values.end(), presences.begin(), presences.end());
    }
    return values;
  };
  const std::vector<double> one = everything(1);
  EXPECT_EQ(one, everything(2));
  EXPECT_EQ(one, everything(4));
}

}  // namespace
}  // namespace auriga
