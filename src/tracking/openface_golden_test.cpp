// Whole pictures and videos against the reference's own results.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detect/mtcnn.hpp"
#include "media/image_file.hpp"
#include "media/video_source.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "tracking/openface_image.hpp"
#include "tracking/openface_tracker.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "models/openface-2.2/model";
constexpr const char* kMain = "models/openface-2.2/model/main_clnf_general.txt";

// How far landmarks are from the reference's, px.
class Distances {
 public:
  void add(float x, float y, double x0, double y0) { all_.push_back(std::hypot(x - x0, y - y0)); }
  double share_within(double limit) const {
    return static_cast<double>(
               std::count_if(all_.begin(), all_.end(), [&](double d) { return d <= limit; })) /
           static_cast<double>(all_.size());
  }
  double rms() const {
    double sum = 0;
    for (const double d : all_) sum += d * d;
    return std::sqrt(sum / static_cast<double>(all_.size()));
  }
  double largest() const { return *std::max_element(all_.begin(), all_.end()); }
  std::string say() const {
    return std::to_string(all_.size()) + " points, RMS " + std::to_string(rms()) + ", largest " +
           std::to_string(largest());
  }

 private:
  std::vector<double> all_;
};

Distances distances(const Landmarks& landmarks, const test::Table& table, std::size_t row) {
  Distances distances;
  const std::size_t x = table.index("x_0"), y = table.index("y_0");
  for (std::size_t i = 0; i < kLandmarks; ++i)
    distances.add(landmarks.x[i], landmarks.y[i], table.number(row, x + i),
                  table.number(row, y + i));
  return distances;
}

class OpenFaceGoldenTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS(kMain); }

  void load(const fs::path& main_file) {
    model_ = read_clm_model(main_file);
    validator_.emplace(Validator::load(model_->validator));
  }

  std::shared_ptr<const ClmModel> model_;
  std::optional<Validator> validator_;
  StageClock clock_;
};

TEST_F(OpenFaceGoldenTest, FacesOfPicturesAreTheReferences) {
  AURIGA_NEEDS("golden/images/images_fullprec.csv");
  load(test::test_data() / kMain);
  const test::Table table(test::test_data() / "golden/images/images_fullprec.csv");
  OpenFaceImage faces(model_, &*validator_);  // the reference ran without multi-view, its default
  Distances all;
  for (std::size_t row = 0; row < table.rows();) {
    const std::string name = table.text(row, "image");
    std::vector<FaceBox> boxes;
    std::size_t end = row;
    for (; end < table.rows() && table.text(end, "image") == name; ++end) {
      boxes.push_back({static_cast<float>(table.number(end, "det_x")),
                       static_cast<float>(table.number(end, "det_y")),
                       static_cast<float>(table.number(end, "det_w")),
                       static_cast<float>(table.number(end, "det_h"))});
    }
    const Image picture = read_image(test::test_data() / "images" / (name + ".jpg"));
    const std::span<const TrackedFace> found = faces.faces(picture, boxes, clock_);
    ASSERT_EQ(found.size(), boxes.size());
    for (std::size_t i = 0; i < found.size(); ++i, ++row) {
      const TrackedFace& face = found[i];
      SCOPED_TRACE(name + " face " + std::to_string(i));
      EXPECT_EQ(face.id, static_cast<int>(i));
      EXPECT_EQ(face.success, table.number(row, "success") != 0);
      EXPECT_EQ(face.analysable, face.success);
      EXPECT_FLOAT_EQ(static_cast<float>(face.confidence),
                      static_cast<float>(table.number(row, "certainty")));
      const Distances of_face = distances(face.landmarks, table, row);
      // 0.2 px is what rounding alone can do to a point (spec clnf.md section 7).
      EXPECT_LE(of_face.rms(), 0.15) << of_face.say();
      EXPECT_NEAR(face.shape.scale, table.number(row, "p_scale"), 0.002);
      EXPECT_NEAR(face.shape.ry, table.number(row, "p_ry"), 0.005);
      EXPECT_FALSE(face.shape_is_calc_params);
      const std::size_t x = table.index("x_0"), y = table.index("y_0");
      for (std::size_t k = 0; k < kLandmarks; ++k)
        all.add(face.landmarks.x[k], face.landmarks.y[k], table.number(row, x + k),
                table.number(row, y + k));
    }
  }
  EXPECT_GE(all.share_within(0.15), 0.99) << all.say();
  RecordProperty("landmarks", all.say());
}

// Part rows of the reference: name, likelihood, pose, local parameters, points.
struct GoldenEye {
  std::vector<double> values;  // x of 28 points, then y
};
std::map<std::pair<int, std::string>, GoldenEye> golden_eyes(const fs::path& file) {
  std::map<std::pair<int, std::string>, GoldenEye> eyes;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> cells;
    std::istringstream cut(line);
    for (std::string cell; std::getline(cut, cell, ',');) cells.push_back(cell);
    GoldenEye eye;
    for (std::size_t i = cells.size() - 2 * kEyePoints; i < cells.size(); ++i)
      eye.values.push_back(std::stod(cells[i]));
    eyes[{std::stoi(cells[0]), cells[2]}] = eye;
  }
  return eyes;
}

class StageVideo : public OpenFaceGoldenTest,
                   public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(StageVideo, IsFollowedAsByTheReference) {
  const auto [video, stage] = GetParam();
  AURIGA_NEEDS(std::string("golden/") + stage);
  load(test::test_data() / kMain);
  const fs::path folder = test::test_data() / "golden" / stage;
  const test::Table table(folder / "tracker.csv");
  const auto eyes = golden_eyes(folder / "parts.csv");
  Mtcnn detector(Mtcnn::load(test::test_data() / kFolder / "mtcnn_detector/MTCNN_detector.txt"));
  OpenFaceTracker tracker(model_, &*validator_, [&](ImageView bgr) -> std::span<const FaceBox> {
    return detector.detect(bgr);
  });
  const auto source = open_video(test::test_data() / "videos" / video);
  Frame frame;
  Distances all, of_eyes;
  int certain = 0, agreeing = 0, detections = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    ASSERT_TRUE(source->next(frame));
    const TrackedFace& face = tracker.next(frame.bgr(), clock_).front();
    SCOPED_TRACE("frame " + std::to_string(row));
    EXPECT_EQ(face.success, table.number(row, "ret_success") != 0);
    EXPECT_EQ(face.analysable, table.number(row, "model_success") != 0);
    certain += face.success;
    agreeing += std::abs(face.confidence - table.number(row, "certainty")) < 1e-6;
    detections += face.detector_ran;
    const Distances of_face = distances(face.landmarks, table, row);
    EXPECT_LE(of_face.rms(), 0.15) << of_face.say();
    if (row == 0) {
      EXPECT_LE(of_face.largest(), 0.2) << of_face.say();
    }
    const std::size_t x = table.index("x_0"), y = table.index("y_0");
    for (std::size_t k = 0; k < kLandmarks; ++k)
      all.add(face.landmarks.x[k], face.landmarks.y[k], table.number(row, x + k),
              table.number(row, y + k));
    for (std::size_t eye = 0; eye < 2; ++eye) {
      const auto& golden =
          eyes.at({static_cast<int>(row), eye == 0 ? "left_eye_28" : "right_eye_28"});
      for (std::size_t k = 0; k < kEyePoints; ++k)
        of_eyes.add(face.eyes[eye].x[k], face.eyes[eye].y[k], golden.values[k],
                    golden.values[kEyePoints + k]);
    }
  }
  EXPECT_EQ(detections, 1);
  EXPECT_EQ(certain, static_cast<int>(table.rows()));
  EXPECT_GE(agreeing, static_cast<int>(table.rows()) - 2) << "certainties, of a few values";
  EXPECT_LE(all.rms(), 0.15);
  EXPECT_LE(of_eyes.rms(), 0.15);
  RecordProperty("landmarks", all.say());
  RecordProperty("eyes", of_eyes.say());
}

INSTANTIATE_TEST_SUITE_P(Videos, StageVideo,
                         testing::Values(std::pair{"2015-10-15-15-14.avi",
                                                   "stage_2015-10-15-15-14"},
                                         std::pair{"video01.mp4", "stage_video01"}));

class OpenFaceTrackerTest : public OpenFaceGoldenTest {
 protected:
  void SetUp() override {
    OpenFaceGoldenTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    load(test::test_data() / kMain);
    detector_.emplace(
        Mtcnn::load(test::test_data() / kFolder / "mtcnn_detector/MTCNN_detector.txt"));
  }

  OpenFaceTracker tracker() {
    return OpenFaceTracker(model_, &*validator_, [this](ImageView bgr) -> std::span<const FaceBox> {
      return detector_->detect(bgr);
    });
  }

  static Image black(int width, int height) {
    Image image(width, height, 3);
    std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
    return image;
  }

  std::optional<Mtcnn> detector_;
};

bool is_finite(const TrackedFace& face) {
  const auto finite = [](float v) { return std::isfinite(v); };
  return std::all_of(face.landmarks.x.begin(), face.landmarks.x.end(), finite) &&
         std::all_of(face.landmarks.y.begin(), face.landmarks.y.end(), finite) &&
         std::isfinite(face.shape.scale) && std::isfinite(face.confidence);
}

TEST_F(OpenFaceTrackerTest, ACutToAnotherPersonIsNoticedAndSurvived) {
  AURIGA_NEEDS("golden/stage_video01/tracker.csv");
  const test::Table table(test::test_data() / "golden/stage_video01/tracker.csv");
  OpenFaceTracker tracker = this->tracker();
  Frame frame;
  const auto before = open_video(test::test_data() / "videos/2015-10-15-15-14.avi");
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(before->next(frame));
    EXPECT_TRUE(tracker.next(frame.bgr(), clock_).front().success);
  }
  const auto after = open_video(test::test_data() / "videos/video01.mp4");  // of another size
  int failures = 0, detections = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(after->next(frame));
    const TrackedFace& face = tracker.next(frame.bgr(), clock_).front();
    failures += !face.success;
    detections += face.detector_ran;
    if (i < 10) continue;
    EXPECT_TRUE(face.success);
    // Comes from another start than the reference, and settles within a few frames.
    EXPECT_LT(distances(face.landmarks, table, i).rms(), 1.0);
  }
  EXPECT_LE(failures, 3);
  EXPECT_LE(detections, 2);
}

TEST_F(OpenFaceTrackerTest, MinutesWithoutAFace) {
  OpenFaceTracker tracker = this->tracker();
  Frame frame;
  const auto source = open_video(test::test_data() / "videos/video01.mp4");
  ASSERT_TRUE(source->next(frame));
  EXPECT_TRUE(tracker.next(frame.bgr(), clock_).front().success);
  const Image nothing = black(240, 180);
  int successes = 0, detections = 0;
  const int frames = 3 * 60 * 30;
  for (int i = 0; i < frames; ++i) {
    const TrackedFace& face = tracker.next(nothing, clock_).front();
    ASSERT_TRUE(is_finite(face)) << i;
    successes += face.success;
    detections += face.detector_ran;
  }
  EXPECT_EQ(successes, 0);
  // Every 2nd of 101 frames, then those whose number divides by 12, from 108 on.
  EXPECT_EQ(detections, 51 + (frames - 1) / 12 - 8);
  for (int i = 0; i < 12; ++i) tracker.next(frame.bgr(), clock_);
  EXPECT_TRUE(tracker.next(frame.bgr(), clock_).front().success);
}

TEST_F(OpenFaceTrackerTest, AllocatesNothingOnceItFollows) {
  OpenFaceTracker tracker = this->tracker();
  std::vector<Image> frames;
  Frame frame;
  const auto source = open_video(test::test_data() / "videos/video01.mp4");
  for (int i = 0; i < 8 && source->next(frame); ++i) frames.emplace_back(frame.bgr());
  long before = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i == 4) before = test::allocations();
    ASSERT_TRUE(tracker.next(frames[i], clock_).front().success);
  }
  EXPECT_EQ(test::allocations(), before);
}

TEST_F(OpenFaceTrackerTest, SurvivesOddFrames) {
  OpenFaceTracker tracker = this->tracker();
  Frame frame;
  const auto source = open_video(test::test_data() / "videos/video01.mp4");
  ASSERT_TRUE(source->next(frame));
  const Image dot = black(1, 1), line = black(300, 1), column = black(2, 200);
  const ImageView empty{nullptr, 0, 0, 3, 0};
  for (int round = 0; round < 2; ++round) {
    for (const ImageView odd : {empty, dot.view(), line.view(), column.view()}) {
      const TrackedFace& face = tracker.next(odd, clock_).front();
      EXPECT_FALSE(face.success);
      EXPECT_TRUE(is_finite(face));
    }
    tracker.reset();
    EXPECT_TRUE(tracker.next(frame.bgr(), clock_).front().success);
  }
  OpenFaceImage faces(model_, &*validator_);
  const FaceBox boxes[] = {{0, 0, 0, 0},
                           {-500, -500, 20, 20},
                           {0, 0, 1e20f, 1e20f},
                           {NAN, 0, 10, 10},
                           {100, 100, -20, -20}};
  for (const ImageView picture : {empty, dot.view(), frame.bgr()})
    for (const TrackedFace& face : faces.faces(picture, boxes, clock_)) EXPECT_FALSE(face.success);
}

// CE-CLM on synthetic experts: early termination, its quirks, mirrored experts.
class SyntheticCen : public OpenFaceGoldenTest, public testing::WithParamInterface<const char*> {
 protected:
  using Items = std::map<std::string, std::vector<double>>;

  static Items read_items(const fs::path& file) {
    Items items;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      for (double value; words >> value;) items[name].push_back(value);
    }
    return items;
  }

  // main_ceclm_general as published, with the synthetic experts and one cut-off for all views.
  static fs::path make_model(const fs::path& folder, int cutoff) {
    const fs::path models = test::test_data() / kFolder;
    std::string main_file = test::read_text(models / "main_ceclm_general.txt");
    for (const char* path : {"model_eye/", "detection_validation/"}) {
      const std::string absolute = (models / path).string();
      for (std::size_t at = 0; (at = main_file.find(path, at)) != std::string::npos;
           at += absolute.size())
        main_file.replace(at, std::string(path).size(), absolute);
    }
    std::ofstream(folder / "main_ceclm_general.txt") << main_file;
    std::ofstream detector(folder / "cen_general.txt");
    detector << "PDM " << (models / "pdms/In-the-wild_aligned_PDM_68.txt").string() << "\n";
    for (const char* scale : {"0.25", "0.35", "0.50", "1.00"}) {
      detector << "PatchesCEN "
               << (test::test_data() / "models/cen-synthetic" /
                   (std::string("cen_patches_") + scale + "_of.dat"))
                      .string()
               << "\n";
    }
    detector << "EarlyTermination early.txt\n";
    std::istringstream table(test::read_text(models / "early_term_cen_of.txt"));
    std::ofstream early(folder / "early.txt");
    double number = 0;
    for (int i = 0; i < 14 && table >> number; ++i) early << number << ' ';
    for (int i = 0; i < 7; ++i) early << cutoff << ' ';
    return folder / "main_ceclm_general.txt";
  }

  static Distances points(std::span<const float> x, std::span<const float> y,
                          const std::vector<double>& golden) {
    Distances distances;
    for (std::size_t i = 0; i < x.size(); ++i)
      distances.add(x[i], y[i], golden[i], golden[x.size() + i]);
    return distances;
  }
};

TEST_P(SyntheticCen, HypothesesAreThoseOfTheReference) {
  AURIGA_NEEDS("models/cen-synthetic/cen_patches_0.25_of.dat");
  AURIGA_NEEDS("golden/cen/sample1_hi.txt");
  const std::string which = GetParam();
  const test::TemporaryFolder folder;
  load(make_model(folder.path(), which == "hi" ? 100 : -100));
  ASSERT_TRUE(model_->early_termination);
  OpenFaceOptions options;
  options.multi_view = true;
  adapt_to_model(model_->name, options);
  ASSERT_FLOAT_EQ(options.fit.sigma, 2.25f);
  int equal = 0;
  for (int sample = 1; sample <= 5; ++sample) {
    const std::string name = "sample" + std::to_string(sample);
    SCOPED_TRACE(name);
    Items golden = read_items(test::test_data() / "golden/cen" / (name + "_" + which + ".txt"));
    const Image picture = read_image(test::test_data() / "images" / (name + ".jpg"));
    FaceBox box;
    box.x = static_cast<float>(golden["@box"][0]);
    box.y = static_cast<float>(golden["@box"][1]);
    box.w = static_cast<float>(golden["@box"][2]);
    box.h = static_cast<float>(golden["@box"][3]);
    const std::span<const FaceBox> boxes(&box, 1);

    options.refine_parts = options.validate = false;
    const TrackedFace plain =
        OpenFaceImage(model_, &*validator_, options).faces(picture, boxes, clock_)[0];
    EXPECT_EQ(plain.success, golden["@ok1"][0] != 0);
    EXPECT_EQ(plain.confidence, golden["@ok1"][2]);
    const Distances of_plain = points(plain.landmarks.x, plain.landmarks.y, golden["@lm1"]);
    EXPECT_LE(of_plain.largest(), 0.1) << of_plain.say();

    options.refine_parts = options.validate = true;
    const TrackedFace face =
        OpenFaceImage(model_, &*validator_, options).faces(picture, boxes, clock_)[0];
    EXPECT_EQ(face.success, golden["@ok2"][0] != 0);
    // A bin may change with the last bits where the fit is on no face: in sample3_lo it does.
    EXPECT_NEAR(face.confidence, golden["@ok2"][2], 0.0501);
    equal += std::abs(face.confidence - golden["@ok2"][2]) < 1e-6;
    const Distances of_face = points(face.landmarks.x, face.landmarks.y, golden["@lm2"]);
    EXPECT_LE(of_face.largest(), 0.1) << of_face.say();
    EXPECT_NEAR(face.shape.scale, golden["@g2"][0], 0.002);
    const Distances left = points(face.eyes[0].x, face.eyes[0].y, golden["@part0lm"]),
                    right = points(face.eyes[1].x, face.eyes[1].y, golden["@part1lm"]);
    EXPECT_LE(left.largest(), 0.2) << left.say();  // eyes of 30 px, each point by itself
    EXPECT_LE(right.largest(), 0.2) << right.say();
  }
  EXPECT_GE(equal, 4);
}

INSTANTIATE_TEST_SUITE_P(Cutoffs, SyntheticCen, testing::Values("hi", "lo"));

}  // namespace
}  // namespace auriga
