// `auriga extract` on real input, from the command line, against the golden tables.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::string data(const std::string& relative) { return (test_data() / relative).string(); }
std::string demo() { return (repository() / "examples/demo.mp4").string(); }

struct Difference {
  double mean = 0, max = 0, agreement = 0;
};

// Of all columns of `golden` that end in `ending`, row by row.
Difference difference(const Table& ours, const Table& golden, const std::string& ending) {
  Difference d;
  std::size_t cells = 0, equal = 0;
  EXPECT_EQ(ours.rows(), golden.rows());
  for (const std::string& column : golden.columns()) {
    if (!column.ends_with(ending)) continue;
    for (std::size_t row = 0; row < std::min(ours.rows(), golden.rows()); ++row) {
      const double off = std::abs(ours.number(row, column) - golden.number(row, column));
      d.mean += off;
      d.max = std::max(d.max, off);
      equal += off == 0 ? 1 : 0;
      ++cells;
    }
  }
  EXPECT_GT(cells, 0u) << ending;
  d.mean /= static_cast<double>(cells);
  d.agreement = static_cast<double>(equal) / static_cast<double>(cells);
  return d;
}

// The first 120 frames of a video, which is what the golden stages were computed from.
fs::path first_120_frames(const std::string& video, const fs::path& folder) {
  const fs::path clip = folder / ("clip" + fs::path(video).extension().string());
  const Outcome run = program({"ffmpeg", "-v", "error", "-i", data("videos/" + video), "-map",
                               "0:v", "-c", "copy", "-frames:v", "120", clip.string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return clip;
}

class GoldenLandmarks : public testing::TestWithParam<std::pair<const char*, const char*>> {};

// The sharpest test of everything behind the landmarks: decoding, shape fit, alignment, FHOG,
// medians, models and post-processing, at full precision. Bounds of the issue: mean 0.002, max
// 0.03, classes 99.9 %.
TEST_P(GoldenLandmarks, GiveTheGoldenActionUnits) {
  const auto [video, stage] = GetParam();
  const std::string tracker = std::string("golden/") + stage + "/tracker.csv";
  AURIGA_NEEDS(tracker);
  AURIGA_NEEDS("models/openface-2.2");
  TemporaryFolder folder;
  const fs::path clip = first_120_frames(video, folder.path());
  const std::string table = (folder.path() / "out.csv").string();
  const Outcome run = auriga({"extract", clip.string(), "--models", data("models"), "--landmarks",
                              data(tracker), "-o", table, "--full-precision"});
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  const Table ours(table), golden(data(std::string("golden/") + stage + "/au_final.csv"));
  const Difference intensity = difference(ours, golden, "_r"),
                   presence = difference(ours, golden, "_c");
  EXPECT_LE(intensity.mean, 0.002);
  EXPECT_LE(intensity.max, 0.03);
  EXPECT_GE(presence.agreement, 0.999);
  RecordProperty("mean", std::to_string(intensity.mean));
  std::printf("%s: AU_r mean abs %.2g, max %.2g; AU_c agreement %.5f\n", video, intensity.mean,
              intensity.max, presence.agreement);
}

INSTANTIATE_TEST_SUITE_P(
    Videos, GoldenLandmarks,
    testing::Values(std::pair("2015-10-15-15-14.avi", "stage_2015-10-15-15-14"),
                    std::pair("video01.mp4", "stage_video01")),
    [](const auto& parameter) { return parameter.index == 0 ? "Avi" : "Mp4"; });

// A whole video with the landmarks of the golden table, which have one decimal only. For that
// rounding alone spec au-core.md section 12 measured a mean of 0.008 and 0.4 % of the classes on
// longer videos; here it is 1.01 % of the classes.
TEST(Extract, LandmarksOfAPublishedTable) {
  AURIGA_NEEDS("golden/csv/changeLighting.csv");
  TemporaryFolder folder;
  const std::string table = (folder.path() / "out.csv").string();
  const Outcome run =
      auriga({"extract", data("videos/changeLighting.wmv"), "--models", data("models"),
              "--landmarks", data("golden/csv/changeLighting.csv"), "-o", table});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Table ours(table), golden(data("golden/csv/changeLighting.csv"));
  EXPECT_LE(difference(ours, golden, "_r").mean, 0.016);
  EXPECT_GE(difference(ours, golden, "_c").agreement, 0.985);
  // What does not depend on the rounding of the landmarks is the same.
  for (const char* column : {"frame", "face_id", "success", "confidence"})
    for (std::size_t row = 0; row < ours.rows(); ++row)
      ASSERT_EQ(ours.text(row, column), golden.text(row, column)) << column << row;
}

TEST(Extract, ResultsDoNotDependOnWorkersOrPredictor) {
  AURIGA_NEEDS("models/openface-2.2");
  TemporaryFolder folder;
  for (const char* preset : {"pyfaceau", "openface"}) {
    std::string expected;
    for (const auto& [workers, predictor] :
         {std::pair("1", "batched"), {"2", "batched"}, {"4", "batched"}, {"3", "sequential"}}) {
      const std::string table = (folder.path() / "out.csv").string();
      const Outcome run =
          auriga({"extract", demo(), "--models", data("models"), "--preset", preset, "--workers",
                  workers, "--predictor", predictor, "-o", table, "--hog", "--quiet"});
      ASSERT_EQ(run.exit_code, 0) << run.err;
      EXPECT_EQ(run.err, "");  // nothing prints behind our back, whatever the number of threads
      const std::string bytes = read_text(table) + read_text(folder.path() / "out.hog");
      if (expected.empty()) expected = bytes;
      EXPECT_TRUE(bytes == expected) << preset << ", " << workers << " workers, " << predictor;
    }
    EXPECT_GT(expected.size(), 90u * 17872u);
  }
}

// Two inputs in one process do not influence each other.
TEST(Extract, OneRunOfTwoVideosEqualsTwoRuns) {
  AURIGA_NEEDS("videos/changeLighting.wmv");
  TemporaryFolder folder;
  const std::string wmv = data("videos/changeLighting.wmv");
  const auto run = [&](const std::vector<std::string>& inputs, const char* out_dir) {
    std::vector<std::string> arguments = {"extract", "--models", data("models"), "--out-dir",
                                          (folder.path() / out_dir).string()};
    arguments.insert(arguments.end(), inputs.begin(), inputs.end());
    const Outcome result = auriga(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  run({demo(), wmv}, "both");
  run({wmv}, "alone");
  EXPECT_EQ(read_text(folder.path() / "both/changeLighting.csv"),
            read_text(folder.path() / "alone/changeLighting.csv"));
}

struct Preset {
  const char* name;
  std::size_t columns;
  const char* words;  // in the summary
  const char* model;  // start of the SHA-256 of a file that it uses
};

std::ostream& operator<<(std::ostream& out, const Preset& preset) { return out << preset.name; }
class EveryPreset : public testing::TestWithParam<Preset> {};

TEST_P(EveryPreset, SummaryTableAndManifestOfTheDemo) {
  AURIGA_NEEDS("models/openface-2.2");
  TemporaryFolder folder;
  const std::string table = (folder.path() / "out.csv").string();
  const Outcome run = auriga({"extract", demo(), "--models", data("models"), "--preset",
                              GetParam().name, "-o", table, "--hog", "--aligned", "--details"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("90 frames, face followed in 90 (100.0 %)"),
                    HasSubstr("detector ran on"), HasSubstr("frames/s"), HasSubstr(GetParam().name),
                    HasSubstr(GetParam().words), HasSubstr("cpu"), HasSubstr(table)));
  const Table rows(table);
  EXPECT_EQ(rows.rows(), 90u);
  EXPECT_EQ(rows.columns().size(), GetParam().columns);
  const std::string manifest = read_text(folder.path() / "out.manifest.json");
  EXPECT_TRUE(manifest.find("\"status\": \"complete\"") != std::string::npos);
  for (const char* words : {"\"used\": \"cpu\"", GetParam().model, "\"detector_runs\"", "out.hog"})
    EXPECT_TRUE(manifest.find(words) != std::string::npos) << words;
  EXPECT_EQ(read_hog(folder.path() / "out.hog").size(), 90u);
  EXPECT_TRUE(fs::exists(folder.path() / "out_aligned/frame_det_00_000090.bmp"));
  EXPECT_THAT(read_text(folder.path() / "out_of_details.txt"), HasSubstr("Camera parameters:"));
}

INSTANTIATE_TEST_SUITE_P(Presets, EveryPreset,
                         testing::Values(Preset{"openface", 714, "mtcnn + clnf", "532753cc"},
                                         Preset{"pyfaceau", 714 - 288, "retinaface + pfld",
                                                "7d7bbd5c"}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Extract, ColumnsByOpenFaceFlags) {
  AURIGA_NEEDS("models/openface-2.2");
  TemporaryFolder folder;
  const std::string table = (folder.path() / "out.csv").string();
  const auto extract = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"extract", demo(), "--models", data("models"), "-o", table});
    return auriga(flags);
  };
  ASSERT_EQ(extract({"--preset", "pyfaceau", "-aus", "-pose"}).exit_code, 0);
  const Table rows(table);
  EXPECT_EQ(rows.columns().size(), 5u + 6 + 35);
  EXPECT_EQ(rows.columns()[5], "pose_Tx");
  const Outcome refused = extract({"--preset", "pyfaceau", "-gaze"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("gaze"), HasSubstr("clnf")));
  ASSERT_EQ(extract({"--preset", "openface", "-gaze"}).exit_code, 0);
  EXPECT_EQ(Table(table).columns().size(), 5u + 288);
}

// OpenFace 2.2's whole table from the video, by everything together. What the reference differs
// from itself by, with other rounding, is golden/noise_floor.md; the bounds are twice that.
// tests/parity does this for all videos.
TEST(Extract, TheOpenFacePresetGivesOpenFacesTable) {
  AURIGA_NEEDS("golden/csv/changeLighting.csv");
  TemporaryFolder folder;
  const std::string table = (folder.path() / "out.csv").string();
  const Outcome run =
      auriga({"extract", data("videos/changeLighting.wmv"), "--models", data("models"),
              "--landmarker", "clnf", "--detector", "mtcnn", "-o", table});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Table ours(table), golden(data("golden/csv/changeLighting.csv"));
  EXPECT_EQ(ours.columns(), golden.columns());
  EXPECT_EQ(difference(ours, golden, "success").max, 0);
  EXPECT_LE(difference(ours, golden, "_r").mean, 0.02);
  EXPECT_GE(difference(ours, golden, "_c").agreement, 0.985);
  double squares = 0;
  for (std::size_t row = 0; row < ours.rows(); ++row)
    for (int i = 0; i < 68; ++i)
      for (const char* axis : {"x_", "y_"}) {
        const std::string column = axis + std::to_string(i);
        squares += std::pow(ours.number(row, column) - golden.number(row, column), 2);
      }
  EXPECT_LE(std::sqrt(squares / (68.0 * static_cast<double>(ours.rows()))), 0.15);
}

TEST(Extract, PyfaceauDialect) {
  AURIGA_NEEDS("models/openface-2.2");
  TemporaryFolder folder;
  const std::string table = (folder.path() / "out.csv").string();
  ASSERT_EQ(
      auriga({"extract", demo(), "--models", data("models"), "-o", table, "--dialect", "pyfaceau"})
          .exit_code,
      0);
  const Table rows(table);
  EXPECT_EQ(rows.columns().size(), 20u);
  EXPECT_EQ(rows.text(0, "frame"), "0");
  EXPECT_EQ(rows.text(0, "success"), "True");
}

// All faces of a still picture, with the static models: found like the golden detections.
TEST(Extract, PicturesGiveOneRowPerFace) {
  AURIGA_NEEDS("images/sample1.jpg");
  TemporaryFolder folder;
  const Outcome run =
      auriga({"extract", data("images/sample1.jpg"), data("images/sample6.jpg"), "--models",
              data("models"), "--preset", "pyfaceau", "--out-dir", folder.path().string()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Table detections(data("golden/onnx/detections_ort.csv"));
  for (const char* name : {"sample1", "sample6"}) {
    const Table faces(folder.path() / (std::string(name) + ".csv"));
    std::size_t expected = 0;
    for (std::size_t row = 0; row < detections.rows(); ++row)
      expected += detections.text(row, "image") == name ? 1 : 0;
    EXPECT_EQ(faces.rows(), expected) << name;
    EXPECT_EQ(faces.columns()[0], "face");
    EXPECT_EQ(faces.columns()[1], "confidence");
    for (std::size_t row = 0; row < faces.rows(); ++row)
      EXPECT_GT(faces.number(row, "confidence"), 0.5);
  }
}

// OpenFace's validator has 20 answers: 0.975, 0.925 ... It is what `confidence` says then.
TEST(Extract, ValidateJudgesTheLandmarksOfPfld) {
  AURIGA_NEEDS("images/sample1.jpg");
  TemporaryFolder folder;
  const Outcome run =
      auriga({"extract", data("images/sample1.jpg"), demo(), "--models", data("models"), "--preset",
              "pyfaceau", "--validate", "--out-dir", folder.path().string()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* name : {"sample1", "demo"}) {
    const Table rows(folder.path() / (std::string(name) + ".csv"));
    ASSERT_GT(rows.rows(), 0u);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      const double bin = rows.number(row, "confidence") * 20 - 0.5;
      EXPECT_NEAR(bin, std::round(bin), 0.11) << name;  // printed with two or three decimals
      EXPECT_GT(bin, 14) << name;
    }
  }
}

TEST(Extract, AFolderOfPicturesIsASequence) {
  AURIGA_NEEDS("images/sequence");
  TemporaryFolder folder;
  const Outcome run = auriga({"extract", data("images/sequence"), "--models", data("models"),
                              "--out-dir", folder.path().string(), "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "");
  const Table rows(folder.path() / "sequence.csv");
  EXPECT_EQ(rows.columns()[0], "frame");
  EXPECT_GT(rows.rows(), 10u);
  EXPECT_EQ(rows.text(rows.rows() - 1, "timestamp"), "0.000");
}

TEST(Compare, EqualAndDifferentTables) {
  TemporaryFolder folder;
  const std::string a = (folder.path() / "a.csv").string(), b = (folder.path() / "b.csv").string();
  write_text(a,
             "frame,face_id,timestamp,confidence,success,AU01_r,AU01_c\n1,0,0.000,0.98,1,0.50,1."
             "00\n2,0,0.033,0.98,1,0.70,0.00\n");
  write_text(b,
             "frame, face_id, timestamp, confidence, success, AU01_r, AU01_c\n1,  0,  0.000,  "
             "0.98,  1, 0.50, 1.00\n2,  0,  0.033,  0.98,  1, 0.90, 0.00\n");
  EXPECT_EQ(auriga({"compare", a, a, "--tolerance", "0"}).exit_code, 0);
  const Outcome beyond = auriga({"compare", a, b, "--tolerance", "0.1"});
  EXPECT_EQ(beyond.exit_code, 1);
  EXPECT_THAT(beyond.out, HasSubstr("AU01_r"));
  EXPECT_EQ(auriga({"compare", a, b, "--tolerance", "0.21"}).exit_code, 0);
  EXPECT_THAT(auriga({"compare", a, b, "--json"}).out, HasSubstr("\"AU01_r\""));
  EXPECT_EQ(auriga({"compare", a, (folder.path() / "none.csv").string()}).exit_code, 3);
}

TEST(Models, ListAndVerify) {
  AURIGA_NEEDS("models/openface-2.2");
  const Outcome list = auriga({"models", "list", "--models", data("models")});
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_THAT(list.out,
              AllOf(HasSubstr("openface-2.2"), HasSubstr("pyfaceau"), HasSubstr("licence")));
  const Outcome verify = auriga({"models", "verify", "--models", data("models")});
  EXPECT_EQ(verify.exit_code, 0) << verify.out;
  EXPECT_EQ(auriga({"models", "verify", "--json"}, {"AURIGA_MODELS=" + data("models")}).exit_code,
            0);
}

}  // namespace
}  // namespace auriga::test
