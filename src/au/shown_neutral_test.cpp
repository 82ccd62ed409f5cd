#include "au/shown_neutral.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/mesh/fake_mesh_face.hpp"
#include "au/mesh/mesh_estimator.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

constexpr int kFaces = 16;

class ShownNeutralTest : public testing::Test {
 protected:
  std::shared_ptr<const AuEstimator> estimator_ = make_mesh_estimator(
      read_mesh_au_models(test::repository() / "models/open/action_units.json"), {});
  std::unique_ptr<AuEvidence> evidence_ = estimator_->evidence();
  const std::size_t units_ = estimator_->units().intensities.size();
  ShownNeutral neutral_{estimator_};
  std::vector<double> values_ = std::vector<double>(2 * units_, -1);

  void SetUp() override {
    const Image picture = test::brows_picture(320, 240, {120, 120}, {200, 120}, 0.2, 0.25);
    const ShapeFit fit;
    evidence_->resize(kFaces);
    for (int i = 0; i < kFaces; ++i) {
      const FaceMesh mesh = test::random_mesh(static_cast<unsigned>(i));
      if (i == 5)
        evidence_->fail(i);
      else
        ASSERT_TRUE(evidence_->look(i, {picture, &fit, {}, &mesh}));
    }
    evidence_->conclude();
  }
  bool now(ShownNeutral& neutral) {
    return neutral.now(std::span(values_).first(units_), std::span(values_).last(units_));
  }
};

// Values are those of a person who begins with what the shown frames teach.
TEST_F(ShownNeutralTest, ComparesWithWhatWasShown) {
  neutral_.add(0, *evidence_, 0);
  EXPECT_FALSE(now(neutral_));
  neutral_.begin();
  const auto showing = estimator_->person({.final_values = false, .shown_neutral = true});
  for (int i = 1; i < 8; ++i) {
    neutral_.add(0, *evidence_, i);
    EXPECT_FALSE(now(neutral_)) << "while it is being shown";
    showing->add(*evidence_, i);
  }
  EXPECT_TRUE(neutral_.end());
  const Calibration calibration = showing->calibration();
  EXPECT_EQ(neutral_.calibration(0), calibration);
  const auto person =
      estimator_->person({.final_values = false, .now = true, .begin_with = &calibration});
  for (int i = 8; i < kFaces; ++i) {
    neutral_.add(0, *evidence_, i);
    person->add(*evidence_, i);
    ASSERT_TRUE(now(neutral_));
    std::vector<double> expected(2 * units_);
    person->now(std::span(expected).first(units_), std::span(expected).last(units_));
    EXPECT_EQ(values_, expected) << i;
  }
  // Of somebody else nothing is known.
  neutral_.add(1, *evidence_, 9);
  EXPECT_FALSE(now(neutral_));
  EXPECT_EQ(neutral_.calibration(1), std::nullopt);
}

TEST_F(ShownNeutralTest, KeepsTheFormerOneWhereNoFaceIsShown) {
  neutral_.begin();
  for (int i = 0; i < 4; ++i) neutral_.add(0, *evidence_, i);
  ASSERT_TRUE(neutral_.end());
  const auto before = neutral_.calibration(0);
  neutral_.begin();
  neutral_.add(0, *evidence_, 5);  // failed
  EXPECT_FALSE(neutral_.end());
  EXPECT_EQ(neutral_.calibration(0), before);
  EXPECT_FALSE(neutral_.end()) << "it has not begun";
  neutral_.forget();
  neutral_.add(0, *evidence_, 6);
  EXPECT_FALSE(now(neutral_));
}

}  // namespace
}  // namespace auriga
