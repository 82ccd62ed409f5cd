#include "au/estimator.hpp"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/linear/fake_models.hpp"
#include "au/linear/linear_estimator.hpp"
#include "au/mesh/fake_mesh_face.hpp"
#include "au/mesh/mesh_estimator.hpp"
#include "au/mesh/mesh_evidence.hpp"
#include "au/mesh/mesh_features.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

// 68 points and 34 modes, so that every geometry is possible.
Pdm any_pdm() {
  Pdm pdm;
  pdm.points = kLandmarks;
  pdm.modes = kShapeModes;
  pdm.mean.resize(3 * kLandmarks);
  std::mt19937 random(5);
  std::uniform_real_distribution<float> value(-0.1F, 0.1F);
  pdm.basis.resize(pdm.mean.size() * kShapeModes);
  for (float& v : pdm.basis) v = value(random);
  pdm.variances.assign(kShapeModes, 1.0F);
  return pdm;
}

std::unique_ptr<AuEstimator> linear_estimator(bool dynamic = true) {
  AuModelSet set = test::synthetic_models(4, 5, 2);
  set.pdm = any_pdm();
  set.dynamic = dynamic;
  if (!dynamic)
    for (AuModel& model : set.models) model.dynamic = false, model.cutoff = -1;
  return make_linear_estimator(set, PredictorKind::batched, {"linear-test", "abc"});
}

std::unique_ptr<AuEstimator> mesh_estimator() {
  return make_mesh_estimator(
      read_mesh_au_models(test::repository() / "models/open/action_units.json"), {.hash = "def"});
}

// Faces that any estimator can look at.
struct Faces {
  static constexpr int kCount = 6;
  std::vector<Image> pictures;
  std::vector<FaceMesh> meshes;
  std::vector<ShapeFit> fits;
  std::vector<std::vector<float>> fhog;

  Faces() {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (int i = 0; i < kCount; ++i) {
      meshes.push_back(test::random_mesh(static_cast<unsigned>(i)));
      pictures.push_back(test::brows_picture(320, 240, {120, 120}, {200, 120}, 0.2, 0.25));
      fits.emplace_back();
      for (float& p : fits.back().p) p = normal(random);
      fhog.push_back(test::random_descriptor(random).fhog);
    }
  }
  AuView view(int i) const {
    const auto k = static_cast<std::size_t>(i);
    return {pictures[k], &fits[k], fhog[k], &meshes[k]};
  }
};

struct Named {
  std::string name;
  std::function<std::unique_ptr<AuEstimator>()> make;
};

class AnyEstimator : public testing::TestWithParam<Named> {
 protected:
  std::unique_ptr<AuEstimator> estimator_ = GetParam().make();
  const Faces faces_;
  const std::size_t intensities_ = estimator_->units().intensities.size();
  const std::size_t presences_ = estimator_->units().presences.size();

  std::vector<double> still(const AuEvidence& evidence, int i) const {
    std::vector<double> values(intensities_ + presences_, -1);
    estimator_->still(evidence, i, std::span(values).first(intensities_),
                      std::span(values).last(presences_));
    return values;
  }
  std::vector<double> row(const AuPerson& person, std::int64_t i) const {
    std::vector<double> values(intensities_ + presences_, -1);
    person.row(i, std::span(values).first(intensities_), std::span(values).last(presences_));
    return values;
  }
  std::vector<double> now(const AuPerson& person) const {
    std::vector<double> values(intensities_ + presences_, -1);
    person.now(std::span(values).first(intensities_), std::span(values).last(presences_));
    return values;
  }
};

INSTANTIATE_TEST_SUITE_P(All, AnyEstimator,
                         testing::Values(Named{"linear", [] { return linear_estimator(); }},
                                         Named{"linear_static",
                                               [] { return linear_estimator(false); }},
                                         Named{"mesh", mesh_estimator}),
                         [](const auto& named) { return named.param.name; });

void PrintTo(const Named& named, std::ostream* out) { *out << named.name; }

// What is told of a face does not depend on the others of its batch, nor on batches before.
TEST_P(AnyEstimator, LooksAtEachFaceByItself) {
  const auto alone = estimator_->evidence(), together = estimator_->evidence();
  std::vector<std::vector<double>> expected;
  for (int i = 0; i < Faces::kCount; ++i) {
    alone->resize(1);
    ASSERT_TRUE(alone->look(0, faces_.view(i)));
    alone->conclude();
    ASSERT_TRUE(alone->ok(0));
    expected.push_back(still(*alone, 0));
  }
  EXPECT_NE(expected[0], expected[1]);
  for (const int count : {3, Faces::kCount, 2, 0, 5}) {
    together->resize(count);
    const int failed = count / 2;
    for (int i = count - 1; i >= 0; --i) {
      if (i == failed)
        together->fail(i);
      else
        ASSERT_TRUE(together->look(i, faces_.view(i)));
    }
    together->conclude();
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(together->ok(i), i != failed);
      if (i == failed) continue;
      EXPECT_EQ(still(*together, i), expected[static_cast<std::size_t>(i)]);
    }
  }
}

TEST_P(AnyEstimator, JudgesFrameByFrameWithoutCalibration) {
  const auto evidence = estimator_->evidence();
  const auto person = estimator_->person({.calibrate = false, .now = true}),
             flat = estimator_->person({.calibrate = false, .final_values = false, .now = true});
  EXPECT_EQ(person->rows(), 0);
  std::vector<std::vector<double>> expected;
  for (int i = 0; i < 2100; ++i) {  // more than two chunks
    evidence->resize(1);
    if (i % 5 == 3) {
      evidence->fail(0);
      evidence->conclude();
      expected.emplace_back(intensities_ + presences_, 0.0);
    } else {
      evidence->look(0, faces_.view(i % Faces::kCount));
      evidence->conclude();
      expected.push_back(still(*evidence, 0));
    }
    person->add(*evidence, 0);
    flat->add(*evidence, 0);
    ASSERT_EQ(now(*person), expected.back());
    ASSERT_EQ(now(*flat), expected.back());
  }
  person->finish();
  flat->finish();
  ASSERT_EQ(person->rows(), 2100);
  EXPECT_EQ(flat->rows(), 0);
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_EQ(row(*person, static_cast<std::int64_t>(i)), expected[i]) << i;
  EXPECT_THROW(person->calibration(), Error);
}

TEST_P(AnyEstimator, LearnsPersons) {
  const auto evidence = estimator_->evidence();
  evidence->resize(Faces::kCount);
  for (int i = 0; i < Faces::kCount; ++i) evidence->look(i, faces_.view(i));
  evidence->conclude();
  const auto person = estimator_->person();
  for (int i = 0; i < Faces::kCount; ++i) person->add(*evidence, i);
  person->finish();
  EXPECT_EQ(person->rows(), Faces::kCount);
  if (GetParam().name == "linear_static") {
    EXPECT_THROW(person->calibration(), Error);
    return;
  }
  const Calibration calibration = person->calibration();
  EXPECT_EQ(calibration.estimator, estimator_->name());
  EXPECT_EQ(calibration.models, estimator_->models());
  EXPECT_EQ(calibration.frames, Faces::kCount);
  const auto again = estimator_->person({.begin_with = &calibration});
  for (int i = 0; i < Faces::kCount; ++i) again->add(*evidence, i);
  again->finish();
  for (int i = 0; i < Faces::kCount; ++i) EXPECT_EQ(row(*again, i), row(*person, i));
}

TEST(LinearEstimator, SaysWhatItIs) {
  const auto estimator = linear_estimator();
  EXPECT_EQ(estimator->name(), "linear-test");
  EXPECT_EQ(estimator->models(), "abc");
  EXPECT_EQ(estimator->needs(), Needs{.fhog = true});
  EXPECT_THAT(estimator->units().intensities, ElementsAre("AU100", "AU101", "AU102", "AU103"));
  EXPECT_EQ(estimator->units().presences.size(), 5U);
  EXPECT_THAT(estimator->experimental(), testing::IsEmpty());
}

TEST(MeshEstimator, SaysWhatItIs) {
  const auto estimator = mesh_estimator();
  EXPECT_THAT(estimator->name(), HasSubstr("open-"));
  EXPECT_EQ(estimator->models(), "def");
  EXPECT_EQ(estimator->needs(), (Needs{.mesh = true, .blendshapes = true}));
  EXPECT_EQ(estimator->units().intensities, estimator->units().presences);
  EXPECT_THAT(estimator->units().intensities, Contains("AU12"));
  EXPECT_THAT(estimator->experimental(), AllOf(Contains("AU04"), testing::Not(Contains("AU12"))));
}

TEST(MeshEstimator, TellsNothingWithoutAMesh) {
  const auto estimator = mesh_estimator();
  const auto evidence = estimator->evidence();
  const Faces faces;
  AuView view = faces.view(0);
  view.mesh = nullptr;
  evidence->resize(2);
  EXPECT_FALSE(evidence->look(0, view));
  FaceMesh point = faces.meshes[0];
  point.x.fill(5);
  point.y.fill(5);
  view.mesh = &point;
  EXPECT_FALSE(evidence->look(1, view));
  evidence->conclude();
  EXPECT_FALSE(evidence->ok(0));
  EXPECT_FALSE(evidence->ok(1));
}

TEST(MeshEstimator, KeepsTheBlendshapesOfAFace) {
  const auto estimator = mesh_estimator();
  const auto evidence = estimator->evidence();
  const Faces faces;
  Blendshapes shapes{};
  shapes[3] = 0.5F;
  AuView view = faces.view(0);
  evidence->resize(3);
  view.blendshapes = &shapes;
  EXPECT_TRUE(evidence->look(0, view));
  view.blendshapes = nullptr;
  EXPECT_TRUE(evidence->look(1, view));
  evidence->fail(2);
  shapes[3] = 1;
  evidence->conclude();
  const auto* mesh = dynamic_cast<const MeshEvidence*>(evidence.get());
  ASSERT_TRUE(mesh);
  ASSERT_TRUE(mesh->blendshapes(0));
  EXPECT_EQ((*mesh->blendshapes(0))[3], 0.5F);
  EXPECT_FALSE(mesh->blendshapes(1));
  EXPECT_FALSE(mesh->blendshapes(2));
  // Those of another batch do not stay.
  evidence->resize(1);
  evidence->fail(0);
  evidence->conclude();
  EXPECT_FALSE(mesh->blendshapes(0));
}

// A calibration that has been learnt, with something changed.
void expect_refused(const AuEstimator& estimator, const std::string& message,
                    const std::function<void(Calibration&)>& change) {
  const Faces faces;
  const auto evidence = estimator.evidence();
  evidence->resize(1);
  evidence->look(0, faces.view(0));
  evidence->conclude();
  const auto person = estimator.person();
  person->add(*evidence, 0);
  Calibration calibration = person->calibration();
  ASSERT_NO_THROW(estimator.check(calibration));
  change(calibration);
  for (const bool at_once : {true, false}) {
    try {
      if (at_once)
        estimator.check(calibration);
      else
        estimator.person({.begin_with = &calibration});
      ADD_FAILURE() << "accepted, expected: " << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::usage);
      EXPECT_THAT(e.what(), HasSubstr(message));
    }
  }
}

TEST(LinearEstimator, RefusesCalibrationsThatAreNone) {
  const auto estimator = linear_estimator();
  const auto refused = [&](const std::string& message, const auto& change) {
    expect_refused(*estimator, message, change);
  };
  refused("4464 values of appearance, found 4463", [](auto& c) { c.appearance.pop_back(); });
  refused("appearance[7] to be a number, found nan", [](auto& c) { c.appearance[7] = NAN; });
  refused("238 values of geometry, found 0", [](auto& c) { c.geometry.clear(); });
  refused("geometry[0] to be a number, found -inf", [](auto& c) { c.geometry[0] = -INFINITY; });
  refused("found 'gap'", [](auto& c) { c.features = {{"gap", 1.0F}}; });
  refused("offsets with '", [](auto& c) { c.offsets.pop_back(); });
  refused("found 'AU999'", [](auto& c) { c.offsets.emplace_back("AU999", 1); });
  refused("to be a number, found nan", [](auto& c) { c.offsets[0].second = NAN; });

  EXPECT_THROW(linear_estimator(false)->check({}), Error);
}

TEST(MeshEstimator, RefusesCalibrationsThatAreNone) {
  const auto estimator = mesh_estimator();
  const auto refused = [&](const std::string& message, const auto& change) {
    expect_refused(*estimator, message, change);
  };
  refused("0 values of appearance, found 1", [](auto& c) { c.appearance = {1}; });
  refused("0 values of geometry, found 1", [](auto& c) { c.geometry = {1}; });
  refused("found 'AU01'", [](auto& c) { c.offsets = {{"AU01", 0}}; });
  refused("features with '", [](auto& c) { c.features.pop_back(); });
  refused("features 'ala_w' to be a number", [](auto& c) { c.features[0].second = NAN; });
  refused("found 'no_such'", [](auto& c) {
    c.features.emplace_back("no_such", 1.0F);
    std::sort(c.features.begin(), c.features.end());
  });
  refused("in ascending order", [](auto& c) { std::swap(c.features[0], c.features[1]); });
}

// Learnt with all units, used with some: what is too much does no harm.
TEST(MeshEstimator, TakesACalibrationWithMoreFeatures) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  const auto all = make_mesh_estimator(models, {});
  const auto some = make_mesh_estimator(models, {.experimental = false});
  const Faces faces;
  const auto evidence = all->evidence();
  evidence->resize(1);
  evidence->look(0, faces.view(0));
  evidence->conclude();
  const auto learn = [&](const AuEstimator& estimator) {
    const auto person = estimator.person();
    person->add(*evidence, 0);
    return person->calibration();
  };
  ASSERT_LT(learn(*some).features.size(), learn(*all).features.size());
  EXPECT_NO_THROW(some->check(learn(*all)));
  EXPECT_THROW(all->check(learn(*some)), Error);
}

}  // namespace
}  // namespace auriga
