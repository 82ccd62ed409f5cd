#include "au/people.hpp"

#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/mesh/fake_mesh_face.hpp"
#include "au/mesh/mesh_estimator.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

constexpr int kFaces = 12;

// Evidence of a few faces, and their values.
class PeopleTest : public testing::Test {
 protected:
  std::shared_ptr<const AuEstimator> estimator_ = make_mesh_estimator(
      read_mesh_au_models(test::repository() / "models/open/action_units.json"), {});
  std::unique_ptr<AuEvidence> evidence_ = estimator_->evidence();
  const std::size_t units_ = estimator_->units().intensities.size();

  void SetUp() override {
    const Image picture = test::brows_picture(320, 240, {120, 120}, {200, 120}, 0.2, 0.25);
    const ShapeFit fit;
    evidence_->resize(kFaces);
    for (int i = 0; i < kFaces; ++i) {
      const FaceMesh mesh = test::random_mesh(static_cast<unsigned>(i));
      if (i % 5 == 4)
        evidence_->fail(i);
      else
        ASSERT_TRUE(evidence_->look(i, {picture, &fit, {}, &mesh}));
    }
    evidence_->conclude();
  }
  std::vector<double> read(const FinalUnits::Rows& people, std::size_t row) const {
    std::vector<double> values(2 * units_, -1);
    people.read(row, std::span(values).first(units_), std::span(values).last(units_));
    return values;
  }
  std::vector<double> row(const AuPerson& person, std::int64_t i) const {
    std::vector<double> values(2 * units_, -1);
    person.row(i, std::span(values).first(units_), std::span(values).last(units_));
    return values;
  }
};

TEST_F(PeopleTest, AreLearntEachByItself) {
  for (const bool calibrate : {true, false}) {
    People people(estimator_, {.calibrate = calibrate});
    const auto first = estimator_->person({.calibrate = calibrate}),
               second = estimator_->person({.calibrate = calibrate});
    for (int i = 0; i < kFaces; ++i) {
      people.add(i % 3 == 2 ? 7 : 0, *evidence_, i);
      (i % 3 == 2 ? *second : *first).add(*evidence_, i);
    }
    people.finish();
    first->finish();
    second->finish();
    ASSERT_EQ(people.size(), static_cast<std::size_t>(kFaces));
    for (int i = 0; i < kFaces; ++i)
      EXPECT_EQ(read(people, static_cast<std::size_t>(i)),
                i % 3 == 2 ? row(*second, i / 3) : row(*first, i - (i + 1) / 3))
          << i;
  }
}

TEST_F(PeopleTest, TellTheLatestRow) {
  People people(estimator_, {.final_values = false, .now = true});
  const auto first = estimator_->person({.now = true}), second = estimator_->person({.now = true});
  for (int i = 0; i < kFaces; ++i) {
    AuPerson& person = i % 2 ? *second : *first;
    people.add(i % 2, *evidence_, i);
    person.add(*evidence_, i);
    std::vector<double> found(2 * units_, -1), expected(2 * units_, -2);
    people.now(std::span(found).first(units_), std::span(found).last(units_));
    person.now(std::span(expected).first(units_), std::span(expected).last(units_));
    EXPECT_EQ(found, expected);
  }
  people.finish();
  EXPECT_EQ(people.size(), 0U);
}

TEST_F(PeopleTest, BeginWithTheirCalibrationsByFaceId) {
  People teacher(estimator_, {});
  for (int i = 0; i < kFaces; ++i) teacher.add(i % 2, *evidence_, i);
  EXPECT_THROW(teacher.calibration(2), Error);
  EXPECT_THROW(teacher.calibration(-1), Error);
  const Calibration first = teacher.calibration(0), second = teacher.calibration(1);
  EXPECT_NE(first, second);
  teacher.finish();

  People people(estimator_, {.calibrations = {second, first}});
  EXPECT_EQ(people.calibration(0), second) << "not seen yet";
  for (int i = 0; i < kFaces; ++i) people.add(1 - i % 2, *evidence_, i);
  EXPECT_EQ(people.calibration(0), second);
  EXPECT_EQ(people.calibration(1), first);
  people.add(2, *evidence_, 0);
  EXPECT_EQ(people.calibration(2).frames, 1) << "learns";
  people.finish();
  for (std::size_t i = 0; i < kFaces; ++i) EXPECT_EQ(read(people, i), read(teacher, i));

  Calibration broken = first;
  broken.features.pop_back();
  EXPECT_THROW(People(estimator_, {.calibrations = {second, broken}}), Error);
}

// Final values are read after the engine is gone.
TEST_F(PeopleTest, KeepTheirEstimator) {
  auto people = std::make_shared<People>(estimator_, People::Options{});
  for (int i = 0; i < kFaces; ++i) people->add(0, *evidence_, i);
  people->finish();
  const FinalUnits units(estimator_->units(), people);
  const auto expected = read(*people, 3);
  people.reset();
  evidence_.reset();
  estimator_.reset();
  std::vector<double> found(2 * units_);
  units.read(3, std::span(found).first(units_), std::span(found).last(units_));
  EXPECT_EQ(found, expected);
  EXPECT_EQ(units.rows(), static_cast<std::size_t>(kFaces));
}

}  // namespace
}  // namespace auriga
