// What tells action units allocates nothing per frame after the first ones.
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "au/linear/fake_models.hpp"
#include "au/linear/linear_estimator.hpp"
#include "au/mesh/fake_mesh_face.hpp"
#include "au/mesh/mesh_estimator.hpp"
#include "au/people.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

// Two people in batches of up to six faces, for 400 batches.
void expect_flat(std::shared_ptr<const AuEstimator> estimator, const AuView& view) {
  const UnitNames units = estimator->units();
  std::vector<double> intensities(units.intensities.size()), presences(units.presences.size());
  const auto evidence = estimator->evidence();
  People people(estimator, {.final_values = false, .now = true});
  const auto add_batch = [&](int faces) {
    evidence->resize(faces);
    for (int i = 0; i < faces; ++i) {
      if (i == 4)
        evidence->fail(i);
      else
        evidence->look(i, view);
    }
    evidence->conclude();
    for (int i = 0; i < faces; ++i) {
      people.add(i % 2, *evidence, i);
      people.now(intensities, presences);
    }
  };
  for (int i = 0; i < 60; ++i) add_batch(6);  // until the medians have got their histograms
  const long before = test::allocations();
  for (int i = 0; i < 400; ++i) add_batch(i % 7);
  EXPECT_EQ(test::allocations() - before, 0);
}

TEST(Allocation, LinearModelsTellAtOnceWithoutAny) {
  AuModelSet set = test::synthetic_models(17, 18, 1);
  set.pdm.points = kLandmarks;
  set.pdm.modes = kShapeModes;
  set.pdm.mean.resize(3 * kLandmarks);
  set.pdm.basis.resize(set.pdm.mean.size() * kShapeModes);
  set.pdm.variances.resize(kShapeModes, 1.0F);
  std::mt19937 random(1);
  const auto fhog = test::random_descriptor(random).fhog;
  const ShapeFit fit;
  expect_flat(make_linear_estimator(set, PredictorKind::batched, {}), {{}, &fit, fhog, nullptr});
}

TEST(Allocation, NetworksTellAtOnceWithoutAny) {
  const Image picture = test::brows_picture(320, 240, {120, 120}, {200, 120}, 0.2, 0.25);
  const FaceMesh mesh = test::random_mesh(1);
  const ShapeFit fit;
  expect_flat(make_mesh_estimator(
                  read_mesh_au_models(test::repository() / "models/open/action_units.json"), {}),
              {picture, &fit, {}, &mesh});
}

}  // namespace
}  // namespace auriga
