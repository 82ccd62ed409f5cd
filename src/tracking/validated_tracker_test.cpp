#include "tracking/validated_tracker.hpp"

#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "models/pdm.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

constexpr const char* kFolder = "models/openface-2.2/";

class Scripted : public VideoTracker {
 public:
  std::vector<TrackedFace> faces;
  std::span<const TrackedFace> next(const Picture&, StageClock&) override { return faces; }
};

TEST(ValidatedTracker, BelievesTheValidator) {
  AURIGA_NEEDS("models/openface-2.2/model/detection_validation/validator_cnn.txt");
  AURIGA_NEEDS("golden/stage_video01/tracker.csv");
  const auto folder = test::test_data() / kFolder;
  const Pdm pdm = read_pdm(folder / "AU_predictors/In-the-wild_aligned_PDM_68.txt");
  const ShapeModel model(pdm);
  Validator validator(Validator::load(folder / "model/detection_validation/validator_cnn.txt"));
  const test::Table table(test::test_data() / "golden/stage_video01/tracker.csv");
  const Image frame = test::read_png(test::test_data() / "golden/stage_video01/frames/000.png");

  TrackedFace good;
  good.success = good.analysable = true;
  good.confidence = 0.5;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    good.landmarks.x[i] = static_cast<float>(table.number(0, table.index("x_0") + i));
    good.landmarks.y[i] = static_cast<float>(table.number(0, table.index("y_0") + i));
  }
  ShapeFitter(model).fit(good.landmarks, good.shape);
  TrackedFace off = good, lost = good, own_shape = good;
  for (float& x : off.landmarks.x) x += 45;
  lost.success = lost.analysable = false;
  // Where the landmarks are a little off, the view matters: by the front 0.62, from the side 0.02.
  for (float& x : own_shape.landmarks.x) x += 12;
  own_shape.shape.ry = 1.2f;
  own_shape.shape_is_calc_params = false;

  auto scripted = std::make_unique<Scripted>();
  scripted->faces = {good, off, lost, own_shape};
  for (std::size_t i = 0; i < 4; ++i) scripted->faces[i].id = static_cast<int>(i) + 3;
  ValidatedTracker tracker(std::move(scripted), validator, model);
  StageClock clock;
  const std::span<const TrackedFace> faces = tracker.next(frame, clock);
  ASSERT_EQ(faces.size(), 4u);
  EXPECT_TRUE(faces[0].success && faces[0].analysable);
  EXPECT_NEAR(faces[0].confidence, table.number(0, "certainty"), 1e-6);
  EXPECT_FALSE(faces[1].success || faces[1].analysable);
  EXPECT_LT(faces[1].confidence, Validator::kBoundary);
  EXPECT_FALSE(faces[2].success);
  EXPECT_EQ(faces[2].confidence, 0) << "nobody is there to be certain about";
  EXPECT_FALSE(faces[3].success);
  EXPECT_GT(faces[3].confidence, 0.5) << "judged by a fit to the landmarks";
  EXPECT_EQ(faces[3].id, 6);
}

}  // namespace
}  // namespace auriga
