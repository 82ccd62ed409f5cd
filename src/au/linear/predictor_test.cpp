#include "au/linear/predictor.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/linear/fake_models.hpp"
#include "au/linear/geometry.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::synthetic_models;

struct Frames {
  std::vector<float> fhog;
  std::vector<double> geometry;
};

Frames random_frames(int n, std::uint32_t seed) {
  std::mt19937 random(seed);
  Frames frames;
  for (int i = 0; i < n; ++i) {
    const auto d = test::random_descriptor(random);
    frames.fhog.insert(frames.fhog.end(), d.fhog.begin(), d.fhog.end());
    frames.geometry.insert(frames.geometry.end(), d.geometry.begin(), d.geometry.end());
  }
  return frames;
}

std::vector<double> scores(const AuPredictor& predictor, const Frames& frames, int first, int n) {
  std::vector<double> out(static_cast<std::size_t>(n * predictor.models()), -1e9);
  predictor.scores(
      std::span(frames.fhog).subspan(first * kAppearanceFeatures, n * kAppearanceFeatures),
      std::span(frames.geometry).subspan(first * kGeometryFeatures, n * kGeometryFeatures), n, out);
  return out;
}

// The formula of au-core.md section 8 in extended precision, for one model; no median when `median`
// is null.
double plain_score(const AuModel& model, const float* fhog, const double* geometry,
                   const std::vector<double>* median) {
  long double sum = 0;
  for (int k = 0; k < kFeatures; ++k) {
    long double x = k < kAppearanceFeatures ? fhog[k] : geometry[k - kAppearanceFeatures];
    x -= model.means[k];
    if (median != nullptr) x -= (*median)[k];
    sum += x * model.weights[k];
  }
  return static_cast<double>(sum + model.bias);
}

const AuModel& model_of(const AuModelSet& set, const AuTarget& target) {
  for (const AuModel& model : set.models) {
    if (model.name == target.name && model.kind == target.kind) return model;
  }
  throw std::out_of_range(target.name);
}

TEST(Predictor, BothKindsEqualTheFormula) {
  std::mt19937 random(11);
  std::vector<double> median = test::random_values(random, kFeatures, 0, 0.2);
  const auto fhog_median = std::span(median).first(kAppearanceFeatures);
  const auto geometry_median = std::span(median).last(kGeometryFeatures);
  for (const int models : {1, 3, 13, 35, 63}) {
    const AuModelSet set = synthetic_models((models + 1) / 2, models / 2, models);
    const Frames frames = random_frames(7, models);
    for (const auto kind : {PredictorKind::batched, PredictorKind::sequential}) {
      const AuPredictor predictor(set, kind);
      ASSERT_EQ(predictor.models(), models);
      const auto found = scores(predictor, frames, 0, 7);
      std::vector<double> term(static_cast<std::size_t>(models), 1e9);
      predictor.median_term(fhog_median, geometry_median, term);
      for (int f = 0; f < 7; ++f) {
        for (int t = 0; t < models; ++t) {
          const AuTarget& target = predictor.targets()[t];
          const AuModel& model = model_of(set, target);
          const float* fhog = frames.fhog.data() + f * kAppearanceFeatures;
          const double* geometry = frames.geometry.data() + f * kGeometryFeatures;
          const double score = found[f * models + t];
          // 4702 products of size 0.1 in float64 round to about 1e-13; 1e-9 is what the project
          // promises.
          EXPECT_NEAR(score, plain_score(model, fhog, geometry, nullptr), 1e-9);
          EXPECT_NEAR(score - term[t],
                      plain_score(model, fhog, geometry, target.dynamic ? &median : nullptr), 1e-9);
        }
      }
    }
  }
}

TEST(Predictor, ScoresDoNotDependOnTheBatch) {
  const AuModelSet set = synthetic_models(17, 18, 2);
  const Frames frames = random_frames(13, 3);
  for (const auto kind : {PredictorKind::batched, PredictorKind::sequential}) {
    const AuPredictor predictor(set, kind);
    const auto all = scores(predictor, frames, 0, 13);
    for (const int batch : {1, 2, 3, 4, 5, 7, 8}) {
      for (int first = 0; first < 13; first += batch) {
        const int n = std::min(batch, 13 - first);
        const auto found = scores(predictor, frames, first, n);
        for (int i = 0; i < n * 35; ++i) {
          ASSERT_EQ(found[i], all[first * 35 + i]) << "batch of " << batch;  // same bits
        }
      }
    }
    EXPECT_TRUE(scores(predictor, frames, 0, 0).empty());
  }
}

TEST(Predictor, OrdersTargetsAsTheTableDoes) {
  AuModelSet set = synthetic_models(3, 2, 1);
  const AuPredictor predictor(set);
  EXPECT_EQ(predictor.intensities(), 3);
  EXPECT_EQ(predictor.presences(), 2);
  EXPECT_TRUE(predictor.dynamic());
  EXPECT_THAT(predictor.names(AuKind::intensity), testing::ElementsAre("AU100", "AU101", "AU102"));
  EXPECT_THAT(predictor.names(AuKind::presence), testing::ElementsAre("AU100", "AU101"));
  EXPECT_EQ(predictor.targets()[0].kind, AuKind::intensity);
  EXPECT_EQ(predictor.targets()[3].kind, AuKind::presence);
}

TEST(Predictor, RejectsUnusableModelSets) {
  const AuModelSet good = synthetic_models(3, 3, 1);
  const auto message = [](const AuModelSet& set) -> std::string {
    try {
      const AuPredictor predictor(set);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::model);
      return e.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(good), "accepted");
  const auto altered = [&](auto alter) {
    AuModelSet set = good;
    set.files = {"pack/AU_all_best.txt"};
    alter(set);
    return message(set);
  };
  using testing::HasSubstr;
  EXPECT_THAT(message({}), HasSubstr("at least one model"));
  EXPECT_THAT(altered([](auto& s) { s.models[0].weights.resize(4464); }),
              testing::AllOf(HasSubstr("4464 weights"), HasSubstr("pack/AU_all_best.txt"),
                             HasSubstr(good.models[0].name)));
  EXPECT_THAT(altered([](auto& s) { s.models[1].means.clear(); }), HasSubstr("0 means"));
  EXPECT_THAT(altered([](auto& s) { s.models[1].bias = std::nan(""); }), HasSubstr("not a finite"));
  EXPECT_THAT(
      altered([](auto& s) { s.models[1].weights[5] = std::numeric_limits<double>::infinity(); }),
      HasSubstr("not a finite"));
  for (const double cutoff : {1.0, -0.5, 7.0, std::nan("")}) {
    EXPECT_THAT(altered([&](auto& s) { s.models[0].cutoff = cutoff; }), HasSubstr("cutoff"));
  }
  EXPECT_THAT(altered([](auto& s) { s.models[1].name = s.models[0].name; }),
              HasSubstr("more than one"));
  EXPECT_THAT(altered([](auto& s) { s.dynamic = false; }), HasSubstr("still images"));
}

TEST(Predictor, ClipsStillImagesAndMapsClasses) {
  AuModelSet set = synthetic_models(3, 2, 1);
  set.models[3].class_if_positive = 0, set.models[3].class_otherwise = 1;
  set.models[4].class_if_positive = 1, set.models[4].class_otherwise = 0;
  const AuPredictor predictor(set);
  std::array<double, 3> intensities{};
  std::array<double, 2> presences{};
  still_image_values(predictor, std::array{-0.5, 2.25, 5.5, 0.1, 0.1}, intensities, presences);
  EXPECT_THAT(intensities, testing::ElementsAre(0, 2.25, 5));
  EXPECT_THAT(presences, testing::ElementsAre(0, 1));
  still_image_values(predictor, std::array{0.0, 0.0, 0.0, 0.0, 0.0}, intensities, presences);
  EXPECT_THAT(presences, testing::ElementsAre(1, 0)) << "a score of exactly 0 is not positive";
}

TEST(Predictor, GoldenStillImages) {
  const std::string list = "models/openface-2.2/AU_predictors/main_static_svms.txt";
  AURIGA_NEEDS(list);
  AURIGA_NEEDS("golden/images/images_fullprec.csv");
  const AuModelSet set = read_au_model_set(test::test_data() / list, false);
  const GeometryDescriptor geometry(set.pdm);
  const test::Table table(test::test_data() / "golden/images/images_fullprec.csv");
  const std::size_t p0 = table.index("fa_0");
  for (const auto kind : {PredictorKind::batched, PredictorKind::sequential}) {
    const AuPredictor predictor(set, kind);
    ASSERT_EQ(predictor.intensities(), 17);
    ASSERT_EQ(predictor.presences(), 18);
    const auto intensity_names = predictor.names(AuKind::intensity);
    const auto presence_names = predictor.names(AuKind::presence);
    double worst = 0;
    int labels = 0, wrong = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const auto hog =
          test::read_hog(test::test_data() / "golden/images" / (table.text(row, "image") + ".hog"));
      const auto face = static_cast<std::size_t>(table.number(row, "face"));
      ASSERT_LT(face, hog.size());
      ShapeFit fit;
      for (std::size_t mode = 0; mode < fit.p.size(); ++mode) {
        fit.p[mode] = static_cast<float>(table.number(row, p0 + mode));
      }
      std::array<double, kGeometryFeatures> g;
      geometry.compute(fit, g);
      std::array<double, 35> scores{};
      predictor.scores(hog[face].values, g, 1, scores);
      std::array<double, 17> intensities{};
      std::array<double, 18> presences{};
      still_image_values(predictor, scores, intensities, presences);
      for (std::size_t i = 0; i < intensities.size(); ++i) {
        const double expected = table.number(row, intensity_names[i] + "_r");
        worst = std::max(worst, std::abs(intensities[i] - expected));
      }
      for (std::size_t i = 0; i < presences.size(); ++i) {
        ++labels;
        if (presences[i] != table.number(row, presence_names[i] + "_c")) ++wrong;
      }
    }
    EXPECT_EQ(labels, 17 * 18);
    EXPECT_EQ(wrong, 0);
    // Same inputs bit for bit (float32 in the files), float64 sums in another order.
    EXPECT_LE(worst, 1e-9);
  }
}

}  // namespace
}  // namespace auriga
