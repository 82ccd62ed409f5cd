#include "au/mesh/mesh_person.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/mesh/mesh_features.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

std::size_t feature(const char* name) {
  return static_cast<std::size_t>(MeshFeatures::index(name));
}

// One unit whose raw intensity is the feature `gap` minus its median, as long as that is large: at
// scale 0.01 silu(v) is v to 1e-40.
MeshAuModels one_unit(float dead_zone, float threshold) {
  MeshAuModels models;
  models.version = "test";
  models.neutral.assign(static_cast<std::size_t>(MeshFeatures::count()), 0.0F);
  models.scale.assign(models.neutral.size(), 1.0F);
  models.scale[feature("gap")] = 0.0078125F;
  MeshAuModel unit;
  unit.name = "AU25";
  unit.inputs = {MeshFeatures::index("gap")};
  unit.networks = {{{1}, {0}, {0.0078125F}, 0}};
  unit.dead_zone = dead_zone;
  unit.presence_threshold = threshold;
  models.units = {unit};
  return models;
}

struct Row {
  double intensity, presence;
};

std::vector<Row> rows_of(const MeshAuModels& models, const std::vector<float>& gaps) {
  MeshPerson person(models);
  std::vector<float> features(models.neutral.size());
  for (const float gap : gaps) {
    features[feature("gap")] = gap;
    if (std::isnan(gap))
      person.add(false, {});
    else
      person.add(true, features);
  }
  person.finish();
  std::vector<Row> rows;
  for (std::int64_t i = 0; i < person.rows(); ++i) {
    std::vector<double> intensities(1, -1), presences(1, -1);
    person.row(i, intensities, presences);
    rows.push_back({intensities[0], presences[0]});
  }
  return rows;
}

std::vector<double> intensities_of(const MeshAuModels& models, const std::vector<float>& gaps) {
  std::vector<double> values;
  for (const Row& row : rows_of(models, gaps)) values.push_back(row.intensity);
  return values;
}

TEST(MeshPerson, SubtractsTheMedianAndSmooths) {
  // Median 1: 0 0 3 0 0 remains.
  EXPECT_THAT(intensities_of(one_unit(0, 1), {1, 1, 4, 1, 1}),
              ElementsAre(DoubleNear(0, 1e-6), DoubleNear(1, 1e-6), DoubleNear(1, 1e-6),
                          DoubleNear(1, 1e-6), DoubleNear(0, 1e-6)));
}

TEST(MeshPerson, TakesTheMeanOfTheMiddleOfAnEvenNumber) {
  // Median 2: 0 (clipped) 0 1 3.
  EXPECT_THAT(intensities_of(one_unit(0, 1), {1, 1, 3, 5}),
              ElementsAre(DoubleNear(0, 1e-6), DoubleNear(1.0 / 3, 1e-6), DoubleNear(4.0 / 3, 1e-6),
                          DoubleNear(2, 1e-6)));
}

TEST(MeshPerson, TakesTheDeadZoneOffAndClips) {
  const auto found = intensities_of(one_unit(0.5F, 1), {0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 9, 9, 9});
  EXPECT_NEAR(found[8], 1.5, 1e-6);
  EXPECT_NEAR(found[11], 4.5, 1e-6) << "5 minus the dead zone";
  EXPECT_EQ(found[0], 0);
}

TEST(MeshPerson, LeavesFailedFramesOut) {
  const float failed = std::nanf("");
  // Median 1 of 1 1 1 4 7; what remains is 0 0 - 3 6 - 0.
  const auto rows = rows_of(one_unit(0, 1), {1, 1, failed, 4, 7, failed, 1});
  std::vector<double> values;
  for (const Row& row : rows) values.push_back(row.intensity);
  EXPECT_THAT(values, ElementsAre(DoubleNear(0, 1e-6), DoubleNear(0, 1e-6), 0, DoubleNear(4, 1e-6),
                                  DoubleNear(4, 1e-6), 0, DoubleNear(0, 1e-6)));
  EXPECT_EQ(rows[2].presence, 0);
  EXPECT_EQ(rows[3].presence, 1);
}

TEST(MeshPerson, IsPresentFromTheThresholdOn) {
  const auto models = one_unit(0, 1);
  const auto rows = rows_of(models, {0, 0, 0, 0, 0, 0, 0, 2.99F, 0, 0, 3.01F, 0});
  EXPECT_EQ(rows[7].presence, 0);
  EXPECT_EQ(rows[10].presence, 1);
  EXPECT_EQ(rows[5].presence, 0);
  // A failed frame is never present, whatever the threshold is.
  for (const Row& row : rows_of(one_unit(0, 0), {std::nanf(""), std::nanf("")})) {
    EXPECT_EQ(row.intensity, 0);
    EXPECT_EQ(row.presence, 0);
  }
}

TEST(MeshPerson, HasNoRowsWithoutFrames) {
  const auto models = one_unit(0, 1);
  MeshPerson person(models);
  person.finish();
  person.finish();
  EXPECT_EQ(person.rows(), 0);
}

// The shipped networks on random features over several chunks, against sorting and plain loops.
TEST(MeshPerson, EqualsThePlainWay) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  const std::size_t n = models.neutral.size(), units = models.units.size();
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const std::size_t frames : {1U, 2U, 1023U, 1024U, 1025U, 2600U}) {
    std::vector<std::vector<float>> features;
    std::vector<bool> ok;
    MeshPerson person(models);
    for (std::size_t i = 0; i < frames; ++i) {
      ok.push_back(random() % 5 != 0);
      auto x = models.neutral;
      for (std::size_t k = 0; k < n; ++k) x[k] += models.scale[k] * normal(random);
      person.add(ok.back(), ok.back() ? std::span<const float>(x) : std::span<const float>());
      features.push_back(std::move(x));
    }
    person.finish();
    ASSERT_EQ(person.rows(), static_cast<std::int64_t>(frames));

    std::vector<float> median(n);
    for (std::size_t k = 0; k < n; ++k) {
      std::vector<float> v;
      for (std::size_t i = 0; i < frames; ++i)
        if (ok[i]) v.push_back(features[i][k]);
      std::sort(v.begin(), v.end());
      if (!v.empty()) median[k] = (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
    }
    std::vector<std::vector<double>> values(frames, std::vector<double>(units));
    for (std::size_t i = 0; i < frames; ++i) {
      mesh_intensities(models, features[i], median, values[i]);
      for (std::size_t u = 0; u < units; ++u)
        values[i][u] =
            std::clamp(values[i][u] - static_cast<double>(models.units[u].dead_zone), 0.0, 5.0);
    }
    std::vector<double> intensities(units), presences(units);
    double largest = 0;
    for (std::size_t i = 0; i < frames; ++i) {
      person.row(static_cast<std::int64_t>(i), intensities, presences);
      for (std::size_t u = 0; u < units; ++u) {
        double sum = 0;
        int count = 0;
        for (std::size_t k = i == 0 ? 0 : i - 1; k <= std::min(i + 1, frames - 1); ++k)
          if (ok[k]) {
            sum += values[k][u];
            ++count;
          }
        const double expected = ok[i] ? sum / count : 0;
        EXPECT_NEAR(intensities[u], expected, 2e-6) << "frame " << i << " of " << frames;
        largest = std::max(largest, expected);
        if (std::abs(expected - models.units[u].presence_threshold) > 1e-5)
          EXPECT_EQ(presences[u], expected >= models.units[u].presence_threshold && ok[i]);
      }
    }
    if (frames > 1000) EXPECT_GT(largest, 1) << "the test sees nothing but zeros";
  }
}

std::vector<std::vector<double>> all_rows(const MeshPerson& person, const MeshAuModels& models) {
  std::vector<std::vector<double>> rows;
  const std::size_t units = models.units.size();
  for (std::int64_t i = 0; i < person.rows(); ++i) {
    rows.emplace_back(2 * units);
    person.row(i, std::span(rows.back()).first(units), std::span(rows.back()).last(units));
  }
  return rows;
}

std::vector<double> now(const MeshPerson& person, const MeshAuModels& models) {
  const std::size_t units = models.units.size();
  std::vector<double> values(2 * units, -1);
  person.now(std::span(values).first(units), std::span(values).last(units));
  return values;
}

// Features of a face that moves; empty where there is none.
std::vector<std::vector<float>> random_video(const MeshAuModels& models, int frames,
                                             unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> video;
  for (int i = 0; i < frames; ++i) {
    video.push_back(models.neutral);
    for (std::size_t k = 0; k < video.back().size(); ++k)
      video.back()[k] += models.scale[k] * normal(random);
    if (random() % 5 == 0) video.back().clear();
  }
  return video;
}

void add(MeshPerson& person, const std::vector<float>& features) {
  person.add(!features.empty(), features);
}

TEST(MeshPerson, WithTheCalibrationOfAnotherHasItsFinalValues) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  for (const int frames : {2, 3, 40, 1200}) {
    const auto video = random_video(models, frames, 5);
    MeshPerson learner(models, {}, {"open-test", "abc"});
    for (const auto& features : video) add(learner, features);
    const Calibration before = learner.calibration();
    learner.finish();
    const Calibration calibration = learner.calibration();
    EXPECT_EQ(before, calibration);
    EXPECT_EQ(calibration.estimator, "open-test");
    EXPECT_EQ(calibration.models, "abc");
    EXPECT_EQ(calibration.features.size(), models.compared_features().size());
    EXPECT_TRUE(std::is_sorted(calibration.features.begin(), calibration.features.end()));

    MeshPerson known(models, {.now = true, .begin_with = &calibration});
    std::vector<std::vector<double>> told;
    for (const auto& features : video) {
      add(known, features);
      told.push_back(now(known, models));
      EXPECT_EQ(known.calibration(), calibration) << "nothing is learnt";
    }
    known.finish();
    EXPECT_EQ(known.calibration(), calibration);
    const auto rows = all_rows(known, models);
    EXPECT_EQ(rows, all_rows(learner, models)) << "to the byte";
    // At once the same, but not smoothed: the mean of what was told.
    for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
      if (video[i].empty()) continue;
      for (std::size_t u = 0; u < models.units.size(); ++u) {
        double sum = 0;
        int count = 0;
        for (const std::size_t k : {i - 1, i, i + 1})
          if (!video[k].empty()) {
            sum += told[k][u];
            ++count;
          }
        EXPECT_EQ(rows[i][u], sum / count);
      }
    }
  }
}

TEST(MeshPerson, TellsNothingAtOnceOfAFailedFrame) {
  const auto models = one_unit(0, 0);  // present whatever the intensity is
  MeshPerson person(models, {.now = true});
  person.add(false, {});
  EXPECT_THAT(now(person, models), ElementsAre(0, 0));
  person.add(true, models.neutral);
  EXPECT_THAT(now(person, models), ElementsAre(0, 1));
  person.add(false, {});
  EXPECT_THAT(now(person, models), ElementsAre(0, 0));
}

// With the exact median of the frames so far the networks would tell almost the same.
TEST(MeshPerson, TellsAtOnceWhatTheMedianSoFarGives) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  const std::size_t units = models.units.size();
  const auto video = random_video(models, 300, 7);
  MeshPerson person(models, {.now = true}), flat(models, {.final_values = false, .now = true});
  std::vector<std::vector<float>> sorted(models.neutral.size());
  double largest = 0;
  for (const auto& features : video) {
    add(person, features);
    add(flat, features);
    const auto found = now(person, models);
    EXPECT_EQ(now(flat, models), found);
    if (features.empty()) {
      EXPECT_THAT(found, Each(0));
      continue;
    }
    std::vector<float> median(features.size());
    for (std::size_t f = 0; f < features.size(); ++f) {
      auto& values = sorted[f];
      values.insert(std::upper_bound(values.begin(), values.end(), features[f]), features[f]);
      median[f] = values[(values.size() - 1) / 2];
    }
    std::vector<double> expected(units);
    mesh_intensities(models, features, median, expected);
    for (std::size_t u = 0; u < units; ++u) {
      const double value =
          std::clamp(expected[u] - static_cast<double>(models.units[u].dead_zone), 0.0, 5.0);
      // Half a bin of each of up to 10 inputs is 1/256 of its scale.
      EXPECT_NEAR(found[u], value, 0.05) << models.units[u].name;
      largest = std::max(largest, value);
      EXPECT_EQ(found[units + u],
                found[u] >= static_cast<double>(models.units[u].presence_threshold));
    }
  }
  EXPECT_GT(largest, 1);
}

TEST(MeshPerson, WithoutFinalValuesKnowsTheSameWithinTheError) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  auto video = random_video(models, 260, 9);
  MeshPerson whole(models), flat(models, {.final_values = false});
  EXPECT_THROW(whole.calibration(), Error);
  EXPECT_THROW(flat.calibration(), Error);
  whole.add(false, {});
  flat.add(false, {});
  EXPECT_THROW(whole.calibration(), Error);
  EXPECT_THROW(flat.calibration(), Error);
  for (std::size_t i = 0; i < video.size(); ++i) {
    add(whole, video[i]);
    add(flat, video[i]);
  }
  if (whole.calibration().frames % 2 == 0) {  // of an even number the two take another middle
    add(whole, models.neutral);
    add(flat, models.neutral);
  }
  const Calibration exact = whole.calibration(), found = flat.calibration();
  ASSERT_EQ(found.features.size(), exact.features.size());
  EXPECT_EQ(found.frames, exact.frames);
  for (std::size_t k = 0; k < exact.features.size(); ++k) {
    const auto& [name, value] = exact.features[k];
    EXPECT_EQ(found.features[k].first, name);
    EXPECT_NEAR(found.features[k].second, value, models.scale[feature(name.c_str())] / 250);
  }
  EXPECT_EQ(flat.rows(), 0);
  flat.finish();
  EXPECT_EQ(flat.calibration(), found);
}

// 4 bytes per frame and used feature: of all features it would be more than twice as much.
TEST(MeshPerson, AllocatesOnceInAChunk) {
  const auto models = read_mesh_au_models(test::repository() / "models/open/action_units.json");
  MeshPerson person(models);
  person.add(true, models.neutral);
  const long before = test::allocations();
  for (int i = 1; i < 1024; ++i) person.add(true, models.neutral);
  EXPECT_EQ(test::allocations(), before);
  EXPECT_LT(models.used_features().size(), models.neutral.size() / 2);
}

TEST(MeshStillValues, ComparesWithTheNeutralFace) {
  auto models = one_unit(0.5F, 1);
  models.neutral[feature("gap")] = 2;
  auto features = models.neutral;
  std::vector<double> intensities(1), presences(1);
  mesh_still_values(models, features, intensities, presences);
  EXPECT_THAT(intensities, Each(0));
  EXPECT_THAT(presences, Each(0));
  features[feature("gap")] = 4;
  mesh_still_values(models, features, intensities, presences);
  EXPECT_THAT(intensities, Each(DoubleNear(1.5, 1e-6)));
  EXPECT_THAT(presences, Each(1));
}

}  // namespace
}  // namespace auriga
