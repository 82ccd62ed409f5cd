#include "au/linear/linear_person.hpp"

#include <algorithm>
#include <cmath>
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
#include "au/running_median_reference.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::Descriptor;
using test::synthetic_models;

struct Values {
  std::vector<double> intensities, presences;
};

// The analyser as the specification writes it (au-core.md sections 7 to 9): descriptors are stored
// and predicted again, medians come from a scan, tables are smoothed as a whole. Results in the
// order of AuPredictor::targets().
class PlainAnalyser {
 public:
  PlainAnalyser(const AuModelSet& set, const AuPredictor& predictor)
      : dynamic_(set.dynamic),
        intensities_(static_cast<std::size_t>(predictor.intensities())),
        appearance_(kAppearanceFeatures, 1000, -0.005, 1.0),
        geometry_(kGeometryFeatures, 10000, -60, 60) {
    for (const AuTarget& target : predictor.targets()) {
      for (const AuModel& model : set.models) {
        if (model.name == target.name && model.kind == target.kind) models_.push_back(model);
      }
    }
  }

  // Returns the values right after this frame.
  std::vector<double> add(bool ok, Descriptor x) {
    if (!ok) x = {std::vector<float>(kAppearanceFeatures), std::vector<double>(kGeometryFeatures)};
    if (history_.size() % 2 == 0) {
      appearance_.update(x.fhog, ok);
      geometry_.update(x.geometry, ok);
      median_ = appearance_.median();
      for (double& v : median_) v = std::max(v, 0.0);
      median_.insert(median_.end(), geometry_.median().begin(), geometry_.median().end());
    }
    history_.push_back(predict(ok, x));
    ok_.push_back(ok);
    if (ok && stored_.size() < 3000) stored_.push_back(std::move(x));
    return history_.back();
  }

  void finish() {
    std::size_t redone = 0;
    for (std::size_t i = 0; dynamic_ && i < ok_.size() && redone < stored_.size(); ++i) {
      if (ok_[i]) history_[i] = predict(true, stored_[redone++]);
    }
    repredicted = history_;
    offsets.assign(intensities_, 0.0);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      if (m < intensities_) {
        finish_intensity(m);
      } else {
        finish_presence(m);
      }
    }
  }

  std::vector<std::vector<double>> repredicted;
  std::vector<double> offsets;
  const std::vector<std::vector<double>>& rows() const { return history_; }

 private:
  std::vector<double> predict(bool ok, const Descriptor& x) const {
    std::vector<double> values(models_.size(), 0.0);
    for (std::size_t m = 0; ok && m < models_.size(); ++m) {
      const AuModel& model = models_[m];
      double score = model.bias;
      for (std::size_t k = 0; k < kFeatures; ++k) {
        double v = k < kAppearanceFeatures ? x.fhog[k] : x.geometry[k - kAppearanceFeatures];
        v -= model.means[k];
        if (model.dynamic) v -= median_[k];
        score += v * model.weights[k];
      }
      values[m] = model.kind == AuKind::intensity ? score
                  : score > 0                     ? model.class_if_positive
                                                  : model.class_otherwise;
    }
    return values;
  }

  void finish_intensity(std::size_t m) {
    const std::size_t n = history_.size();
    std::vector<double> sorted;
    for (std::size_t i = 0; i < n; ++i) {
      if (ok_[i]) sorted.push_back(history_[i][m]);
    }
    if (dynamic_ && !sorted.empty() && models_[m].dynamic && models_[m].cutoff != -1) {
      std::sort(sorted.begin(), sorted.end());
      offsets[m] =
          sorted[static_cast<std::size_t>(static_cast<double>(sorted.size()) * models_[m].cutoff)];
    }
    std::vector<double> v(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      if (ok_[i]) v[i] = std::min(std::max(history_[i][m] - offsets[m], 0.0), 5.0);
    }
    for (std::size_t i = 0; i < n; ++i) {
      history_[i][m] = i == 0 || i + 1 == n ? v[i] : (v[i - 1] + v[i] + v[i + 1]) / 3;
    }
  }

  void finish_presence(std::size_t m) {
    const auto n = static_cast<int>(history_.size());
    std::vector<double> v;
    for (const auto& row : history_) v.push_back(row[m]);
    for (int i = 3; n > 3 && i <= n - 4; ++i) {
      double sum = 0;
      for (int k = -3; k <= 3; ++k) sum += v[i + k];
      history_[i][m] = sum / 7 < 0.5 ? 0 : 1;
    }
  }

  bool dynamic_;
  std::size_t intensities_;
  std::vector<AuModel> models_;
  test::ScannedMedian appearance_, geometry_;
  std::vector<double> median_;
  std::vector<bool> ok_;
  std::vector<std::vector<double>> history_;
  std::vector<Descriptor> stored_;
};

std::vector<double> scores_of(const AuPredictor& predictor, const Descriptor& x) {
  std::vector<double> scores(static_cast<std::size_t>(predictor.models()));
  predictor.scores(x.fhog, x.geometry, 1, scores);
  return scores;
}

void add(LinearPerson& person, const AuPredictor& predictor, bool ok, const Descriptor& x) {
  if (ok) {
    person.add(true, x.fhog, x.geometry, scores_of(predictor, x));
  } else {
    person.add(false, {}, {}, {});
  }
}

Values row(const LinearPerson& person, const AuPredictor& predictor, std::int64_t i) {
  Values v{std::vector<double>(static_cast<std::size_t>(predictor.intensities())),
           std::vector<double>(static_cast<std::size_t>(predictor.presences()))};
  person.row(i, v.intensities, v.presences);
  return v;
}

// Of the dynamic models, at the end: m . w of the formula.
std::vector<double> final_median_term(const LinearPerson& person, const AuPredictor& predictor) {
  // Where no odd frame succeeded: the middle of the first bin, of appearance not below 0.
  std::vector<double> appearance(kAppearanceFeatures), geometry(kGeometryFeatures, -59.994);
  try {
    const Calibration calibration = person.calibration();
    appearance = calibration.appearance;
    geometry = calibration.geometry;
  } catch (const Error&) {
  }
  std::vector<double> term(static_cast<std::size_t>(predictor.models()));
  predictor.median_term(appearance, geometry, term);
  return term;
}

// A frame predicted with the final median, before offset, clip and smoothing.
std::vector<double> repredicted(const AuPredictor& predictor, const std::vector<double>& term,
                                bool ok, const Descriptor& x) {
  std::vector<double> values(term.size());
  if (!ok) return values;
  predictor.scores(x.fhog, x.geometry, 1, values);
  for (std::size_t t = 0; t < values.size(); ++t) {
    values[t] -= term[t];
    const AuTarget& target = predictor.targets()[t];
    if (target.kind == AuKind::presence) values[t] = target.class_of(values[t]);
  }
  return values;
}

std::vector<double> now(const LinearPerson& person, const AuPredictor& predictor) {
  std::vector<double> values(static_cast<std::size_t>(predictor.models()));
  const auto n = static_cast<std::size_t>(predictor.intensities());
  person.now(std::span(values).first(n), std::span(values).subspan(n));
  return values;
}

std::vector<double> joined(const Values& v) {
  std::vector<double> all = v.intensities;
  all.insert(all.end(), v.presences.begin(), v.presences.end());
  return all;
}

// float64 sums of 4702 products in another order: 1e-12; medians of -60 in edge cases: a little
// more.
constexpr double kRounding = 1e-9;

void expect_near(std::span<const double> found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], kRounding) << i;
}

// Feeds frames with the given success to the class and to the plain analyser and compares
// everything.
void compare_with_plain(const AuModelSet& set, const std::vector<bool>& ok, bool now) {
  const AuPredictor predictor(set);
  LinearPerson person(predictor, {.now = now});
  PlainAnalyser plain(set, predictor);
  std::mt19937 random(21);
  std::vector<Descriptor> frames;
  for (const bool success : ok) {
    const Descriptor x = test::random_descriptor(random);
    frames.push_back(x);
    const auto expected = plain.add(success, x);
    add(person, predictor, success, x);
    if (now) {
      ASSERT_NO_FATAL_FAILURE(expect_near(person.raw(), expected));
    }
  }
  plain.finish();
  person.finish();
  ASSERT_EQ(person.rows(), static_cast<std::int64_t>(ok.size()));
  ASSERT_NO_FATAL_FAILURE(expect_near(person.offsets(), plain.offsets));
  const std::vector<double> term = final_median_term(person, predictor);
  for (std::size_t i = 0; i < ok.size(); ++i) {
    const auto n = static_cast<std::int64_t>(i);
    EXPECT_EQ(person.ok(n), ok[i]);
    ASSERT_NO_FATAL_FAILURE(
        expect_near(repredicted(predictor, term, ok[i], frames[i]), plain.repredicted[i]));
    ASSERT_NO_FATAL_FAILURE(expect_near(joined(row(person, predictor, n)), plain.rows()[i]));
  }
}

TEST(LinearPerson, EqualsThePlainAnalyserForAllShortPatternsOfSuccess) {
  const AuModelSet set = synthetic_models(4, 4, 1);
  for (int frames = 0; frames <= 5; ++frames) {
    for (int pattern = 0; pattern < 1 << frames; ++pattern) {
      std::vector<bool> ok;
      for (int i = 0; i < frames; ++i) ok.push_back((pattern >> i & 1) != 0);
      SCOPED_TRACE(testing::Message() << frames << " frames, pattern " << pattern);
      ASSERT_NO_FATAL_FAILURE(compare_with_plain(set, ok, true));
    }
  }
}

TEST(LinearPerson, EqualsThePlainAnalyserOnLongerVideosWithFailures) {
  std::mt19937 random(4);
  for (const double rate : {1.0, 0.7, 0.1, 0.0}) {
    for (const int frames : {6, 7, 8, 9, 40}) {
      std::bernoulli_distribution success(rate);
      std::vector<bool> ok;
      for (int i = 0; i < frames; ++i) ok.push_back(success(random));
      SCOPED_TRACE(testing::Message() << frames << " frames, success rate " << rate);
      const bool now = frames % 2 != 0;
      ASSERT_NO_FATAL_FAILURE(compare_with_plain(synthetic_models(5, 4, 2), ok, now));
      AuModelSet still = synthetic_models(3, 3, 3);
      still.dynamic = false;
      for (AuModel& model : still.models) model.dynamic = false;
      ASSERT_NO_FATAL_FAILURE(compare_with_plain(still, ok, now));
    }
  }
}

// More than 3000 successes: the later frames keep the median of their time. The person drifts, so
// that it differs from the final one.
TEST(LinearPerson, PredictsOnlyTheFirst3000SuccessesAgain) {
  const AuModelSet set = synthetic_models(3, 2, 5);
  const AuPredictor predictor(set);
  LinearPerson offline(predictor);
  LinearPerson online(predictor, {.now = true});
  PlainAnalyser plain(set, predictor);
  std::mt19937 random(31);
  Descriptor x;
  constexpr int kFrames = 3200;
  int successes = 0;
  double moved = 0;  // by predicting again
  std::vector<std::vector<double>> at_once, raw;
  std::vector<bool> succeeded;
  std::vector<Descriptor> frames;  // that are predicted again
  for (int i = 0; i < kFrames; ++i) {
    if (i % 53 == 0) {
      x = test::random_descriptor(random);
      for (float& v : x.fhog) v += 0.002f * static_cast<float>(i / 53);
      for (double& v : x.geometry) v -= 38;  // low bins, which keeps the scan short
    }
    const bool ok = i % 40 != 7;
    successes += ok;
    at_once.push_back(plain.add(ok, x));
    add(offline, predictor, ok, x);
    add(online, predictor, ok, x);
    raw.emplace_back(online.raw().begin(), online.raw().end());
    succeeded.push_back(ok);
    if (successes <= LinearPerson::kRepredicted) frames.push_back(x);
  }
  ASSERT_GT(successes, 3100);
  plain.finish();
  offline.finish();
  online.finish();
  ASSERT_NO_FATAL_FAILURE(expect_near(offline.offsets(), plain.offsets));
  const std::vector<double> term = final_median_term(offline, predictor);
  for (int i = 0; i < kFrames; ++i) {
    SCOPED_TRACE(i);
    const auto k = static_cast<std::size_t>(i);
    ASSERT_NO_FATAL_FAILURE(expect_near(
        k < frames.size() ? repredicted(predictor, term, succeeded[k], frames[k]) : raw[k],
        plain.repredicted[k]));
    ASSERT_NO_FATAL_FAILURE(expect_near(joined(row(offline, predictor, i)), plain.rows()[i]));
    ASSERT_EQ(joined(row(offline, predictor, i)), joined(row(online, predictor, i)))
        << "the final table must not depend on the mode";
    for (int t = 0; t < predictor.intensities(); ++t) {
      moved = std::max(moved, std::abs(plain.repredicted[i][t] - at_once[i][t]));
    }
  }
  EXPECT_GT(moved, 1e-3) << "this test needs medians that differ";
}

// One static intensity and one presence with class 0 for positive scores; scores are given
// directly.
AuModelSet static_pair() {
  AuModelSet set = synthetic_models(1, 1, 1);
  set.dynamic = false;
  for (AuModel& model : set.models) model.dynamic = false, model.cutoff = -1;
  set.models[1].class_if_positive = 0;
  set.models[1].class_otherwise = 1;
  return set;
}

const std::vector<float> kAnyAppearance(kAppearanceFeatures, 0.1f);
const std::vector<double> kAnyGeometry(kGeometryFeatures, 1.0);

TEST(LinearPerson, LeaksAcrossAFailedFrame) {
  const AuPredictor predictor(static_pair());
  LinearPerson person(predictor, {.now = true});
  std::vector<double> intensity, presence, unsmoothed;
  for (int i = 0; i < 9; ++i) {
    if (i == 4) {
      person.add(false, {}, {}, {});
    } else {
      person.add(true, kAnyAppearance, kAnyGeometry, std::vector<double>{3, -1});
    }
    unsmoothed.push_back(person.raw()[1]);
  }
  person.finish();
  for (int i = 0; i < 9; ++i) {
    const auto v = row(person, predictor, i);
    intensity.push_back(v.intensities[0]);
    presence.push_back(v.presences[0]);
  }
  EXPECT_THAT(intensity, testing::ElementsAre(3, 3, 3, 2, 2, 2, 3, 3, 3));
  EXPECT_THAT(unsmoothed, testing::ElementsAre(1, 1, 1, 1, 0, 1, 1, 1, 1));
  EXPECT_THAT(presence, testing::ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 1));
}

TEST(LinearPerson, SmoothsShortVideosOnlyWhereTheWindowFits) {
  const AuPredictor predictor(static_pair());
  // An intensity of 3 and a presence in even frames.
  for (int frames = 0; frames <= 9; ++frames) {
    LinearPerson person(predictor);
    for (int i = 0; i < frames; ++i) {
      const double even = i % 2 == 0 ? 1 : -1;
      person.add(true, kAnyAppearance, kAnyGeometry, std::vector<double>{3 * even, -even});
    }
    person.finish();
    ASSERT_EQ(person.rows(), frames);
    for (int i = 0; i < frames; ++i) {
      const auto v = row(person, predictor, i);
      const bool even = i % 2 == 0;
      const bool inner = i > 0 && i < frames - 1;
      EXPECT_EQ(v.intensities[0], inner ? (even ? 1 : 2) : (even ? 3 : 0)) << frames << ' ' << i;
      // Of seven alternating labels around i four equal the label at i - 3, the opposite of the one
      // at i.
      const bool vote = frames >= 7 && i >= 3 && i < frames - 3;
      EXPECT_EQ(v.presences[0], even != vote ? 1 : 0) << frames << ' ' << i;
    }
  }
}

TEST(LinearPerson, SubtractsTheCutoffQuantileOfUnclippedValues) {
  AuModelSet set = synthetic_models(4, 0, 1);
  for (AuModel& model : set.models) {
    std::fill(model.weights.begin(), model.weights.end(), 0.0);  // no median term
    model.dynamic = true;
  }
  // The set lists them in descending order of names.
  set.models[3].cutoff = 0.7000000000000001;
  set.models[2].cutoff = 0.2;
  set.models[1].cutoff = -1;
  set.models[0].cutoff = 0.7000000000000001, set.models[0].dynamic = false;
  const AuPredictor predictor(set);
  LinearPerson person(predictor);
  // Scores 10 .. 1 minus 4 and failed frames in between, which do not count.
  for (int i = 0; i < 10; ++i) {
    person.add(true, kAnyAppearance, kAnyGeometry, std::vector<double>(4, 6.0 - i));
    person.add(false, {}, {}, {});
  }
  person.finish();
  EXPECT_THAT(person.offsets(), testing::ElementsAre(4, -1, 0, 0));
  // The last success has score -3 and zeros for neighbours.
  const auto v = row(person, predictor, 18);
  EXPECT_THAT(v.intensities, testing::ElementsAre(0, 0, 0, 0));
  // Frames 10..12 are a score of 1, a failure, and 0: an offset of -1 raises them.
  EXPECT_DOUBLE_EQ(row(person, predictor, 11).intensities[1], (2.0 + 0 + 1.0) / 3);
  EXPECT_DOUBLE_EQ(row(person, predictor, 0).intensities[1], 5) << "clipped";
}

TEST(LinearPerson, GivesZerosWhenNoFrameSucceeded) {
  const AuPredictor predictor(synthetic_models(3, 3, 1));
  LinearPerson empty(predictor);
  empty.finish();
  EXPECT_EQ(empty.rows(), 0);
  LinearPerson person(predictor, {.now = true});
  for (int i = 0; i < 20; ++i) {
    person.add(false, {}, {}, {});
    EXPECT_THAT(person.raw(), testing::Each(0));
    EXPECT_THAT(now(person, predictor), testing::Each(0));
  }
  person.finish();
  EXPECT_THAT(person.offsets(), testing::Each(0));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(joined(row(person, predictor, i)), testing::Each(0)) << i;
  }
}

TEST(LinearPerson, FinishesOnceAndDependsOnNothingButItsFrames) {
  const AuPredictor predictor(synthetic_models(4, 3, 1));
  std::mt19937 random(77);
  std::vector<Descriptor> frames;
  for (int i = 0; i < 12; ++i) frames.push_back(test::random_descriptor(random));
  const auto run = [&](bool backward) {
    LinearPerson person(predictor, {.now = true});
    std::vector<double> all;
    for (int i = 0; i < 12; ++i) {
      add(person, predictor, i != 5, frames[static_cast<std::size_t>(backward ? 11 - i : i)]);
      all.insert(all.end(), person.raw().begin(), person.raw().end());
      const auto live = now(person, predictor);
      all.insert(all.end(), live.begin(), live.end());
    }
    person.finish();
    std::vector<double> rows;
    for (int times = 0; times < 2; ++times) {
      std::vector<double> again;
      for (int i = 0; i < 12; ++i) {
        const auto v = joined(row(person, predictor, i));
        again.insert(again.end(), v.begin(), v.end());
      }
      if (times == 1) {
        EXPECT_EQ(again, rows) << "finish() is idempotent";
      }
      rows = again;
      person.finish();
    }
    all.insert(all.end(), rows.begin(), rows.end());
    return all;
  };
  const auto first = run(false);
  EXPECT_NE(first, run(true));
  EXPECT_EQ(run(false), first);  // same bits
}

// Everything that a person tells, row by row.
std::vector<std::vector<double>> rows(const LinearPerson& person, const AuPredictor& predictor) {
  std::vector<std::vector<double>> all;
  for (std::int64_t i = 0; i < person.rows(); ++i) all.push_back(joined(row(person, predictor, i)));
  return all;
}

struct Video {
  std::vector<Descriptor> frames;
  std::vector<bool> ok;
};

// Of a face that moves, with failures.
Video random_video(int frames, std::uint32_t seed) {
  std::mt19937 random(seed);
  Video video;
  for (int i = 0; i < frames; ++i) {
    video.frames.push_back(test::random_descriptor(random));
    video.ok.push_back(i % 7 != 5);
  }
  return video;
}

void add(LinearPerson& person, const AuPredictor& predictor, const Video& video, std::size_t begin,
         std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) add(person, predictor, video.ok[i], video.frames[i]);
}

TEST(LinearPerson, WithTheCalibrationOfAnotherHasItsFinalValues) {
  for (const auto kind : {PredictorKind::batched, PredictorKind::sequential}) {
    const AuPredictor predictor(synthetic_models(6, 5, 1), kind);
    for (const int frames : {1, 2, 3, 40, 101}) {
      const Video video = random_video(frames, 3);
      LinearPerson learner(predictor, {}, {"openface-test", "abc"});
      add(learner, predictor, video, 0, video.ok.size());
      learner.finish();
      const Calibration calibration = learner.calibration();
      EXPECT_EQ(calibration.estimator, "openface-test");
      EXPECT_EQ(calibration.models, "abc");
      EXPECT_EQ(calibration.frames, std::count(video.ok.begin(), video.ok.end(), true));

      LinearPerson known(predictor, {.begin_with = &calibration});
      add(known, predictor, video, 0, video.ok.size());
      EXPECT_EQ(known.calibration(), calibration) << "nothing is learnt";
      known.finish();
      EXPECT_EQ(known.calibration(), calibration);
      EXPECT_EQ(rows(known, predictor), rows(learner, predictor)) << "to the byte";

      // Other frames give other values, so that the comparison sees something.
      LinearPerson other(predictor, {.begin_with = &calibration});
      add(other, predictor, random_video(frames, 4), 0, video.ok.size());
      other.finish();
      EXPECT_NE(rows(other, predictor), rows(learner, predictor));
    }
  }
}

TEST(LinearPerson, WithACalibrationTellsTheFinalValuesAtOnceButForSmoothing) {
  const AuPredictor predictor(synthetic_models(6, 5, 1));
  const Video video = random_video(60, 3);
  LinearPerson learner(predictor);
  add(learner, predictor, video, 0, 60);
  const Calibration calibration = learner.calibration();
  LinearPerson person(predictor, {.now = true, .begin_with = &calibration});
  std::vector<std::vector<double>> told;
  double offset = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    add(person, predictor, video, i, i + 1);
    told.push_back(now(person, predictor));
  }
  person.finish();
  for (const auto& [name, value] : calibration.offsets) offset = std::max(offset, std::abs(value));
  EXPECT_GT(offset, 0.1);
  EXPECT_EQ(joined(row(person, predictor, 0)), told[0]) << "the first row is not smoothed";
  for (std::size_t i = 1; i < 59; ++i)
    for (std::size_t t = 0; t < 6; ++t)
      EXPECT_EQ(row(person, predictor, static_cast<std::int64_t>(i)).intensities[t],
                (told[i - 1][t] + told[i][t] + told[i + 1][t]) / 3);
}

TEST(LinearPerson, KnowsInTheMiddleWhatItWouldKnowAtTheEnd) {
  const AuPredictor predictor(synthetic_models(4, 3, 1));
  const Video video = random_video(90, 6);
  LinearPerson person(predictor);
  for (std::size_t i = 0; i < 90; ++i) {
    add(person, predictor, video, i, i + 1);
    if (i % 10 != 0) continue;
    LinearPerson until(predictor);
    add(until, predictor, video, 0, i + 1);
    const Calibration calibration = until.calibration();
    until.finish();
    EXPECT_EQ(calibration, until.calibration());
    EXPECT_EQ(person.calibration(), calibration) << i;
  }
  LinearPerson plain(predictor);
  add(plain, predictor, video, 0, 90);
  plain.finish();
  person.finish();
  EXPECT_EQ(rows(person, predictor), rows(plain, predictor)) << "asking changes nothing";
}

// More than the first 3000 successes: the offset is the quantile of these with the final median and
// of the later ones with the median of their time.
TEST(LinearPerson, KnowsInTheMiddleOfALongVideoWhatItWouldKnowAtTheEnd) {
  const AuPredictor predictor(synthetic_models(2, 0, 1));
  const Video video = random_video(50, 6);
  LinearPerson person(predictor, {.now = true});
  std::vector<std::vector<double>> scores, raw;
  for (std::size_t i = 0; i < 5000; ++i) {
    const std::size_t k = i % 50;
    add(person, predictor, video, k, k + 1);
    if (!video.ok[k]) continue;
    scores.push_back(scores_of(predictor, video.frames[k]));
    raw.emplace_back(person.raw().begin(), person.raw().end());
  }
  const Calibration before = person.calibration();
  ASSERT_GT(before.frames, 4000);
  person.finish();
  EXPECT_EQ(person.calibration(), before);
  const std::vector<double> term = final_median_term(person, predictor);
  for (std::size_t t = 0; t < before.offsets.size(); ++t) {
    std::vector<double> values;
    for (std::size_t i = 0; i < scores.size(); ++i)
      values.push_back(i < LinearPerson::kRepredicted ? scores[i][t] - term[t] : raw[i][t]);
    std::sort(values.begin(), values.end());
    const double cutoff = predictor.targets()[t].cutoff;
    EXPECT_GT(std::abs(term[t]), 0.1);
    EXPECT_EQ(before.offsets[t].second,
              values[static_cast<std::size_t>(static_cast<double>(values.size()) * cutoff)]);
    EXPECT_EQ(person.offsets()[t], before.offsets[t].second);
  }
}

TEST(LinearPerson, WithoutFinalValuesKnowsTheSameWithinTheError) {
  const AuPredictor predictor(synthetic_models(6, 5, 1));
  const Video video = random_video(200, 9);
  LinearPerson whole(predictor, {.now = true}),
      flat(predictor, {.final_values = false, .now = true});
  for (std::size_t i = 0; i < 200; ++i) {
    add(whole, predictor, video, i, i + 1);
    add(flat, predictor, video, i, i + 1);
    ASSERT_EQ(now(whole, predictor), now(flat, predictor));
    if (i % 20 != 19) continue;
    const Calibration exact = whole.calibration(), found = flat.calibration();
    EXPECT_EQ(found.appearance, exact.appearance);
    EXPECT_EQ(found.geometry, exact.geometry);
    EXPECT_EQ(found.frames, exact.frames);
    ASSERT_EQ(found.offsets.size(), exact.offsets.size());
    for (std::size_t k = 0; k < exact.offsets.size(); ++k) {
      EXPECT_EQ(found.offsets[k].first, exact.offsets[k].first);
      EXPECT_NEAR(found.offsets[k].second, exact.offsets[k].second,
                  1.000001 * ScoreHistogram::kError);
    }
  }
  EXPECT_EQ(flat.rows(), 0);
  const Calibration before = flat.calibration();
  flat.finish();
  EXPECT_EQ(flat.calibration(), before);
}

TEST(LinearPerson, KnowsNothingBeforeAnOddFrameSucceeds) {
  const AuPredictor predictor(synthetic_models(3, 3, 1));
  const Video video = random_video(3, 1);
  LinearPerson person(predictor);
  EXPECT_THROW(person.calibration(), Error);
  person.add(false, {}, {}, {});
  EXPECT_THROW(person.calibration(), Error);
  add(person, predictor, true, video.frames[0]);
  EXPECT_THROW(person.calibration(), Error);
  add(person, predictor, true, video.frames[1]);
  EXPECT_EQ(person.calibration().frames, 2);

  const AuPredictor still(static_pair());
  LinearPerson nobody(still);
  nobody.add(true, kAnyAppearance, kAnyGeometry, std::vector<double>{3, -1});
  EXPECT_THROW(nobody.calibration(), Error);
  nobody.finish();
  EXPECT_THROW(nobody.calibration(), Error);
}

TEST(LinearPerson, CorrectsOnlyTheLiveIntensities) {
  const AuPredictor predictor(static_pair());
  LinearPerson person(predictor, {.now = true});
  for (int i = 0; i < 12; ++i) {
    person.add(true, kAnyAppearance, kAnyGeometry, std::vector<double>{2.5, -1});
    EXPECT_THAT(person.raw(), testing::ElementsAre(2.5, 1));
    // From the tenth success on 2.48, the edge of the bin of 2.5, is subtracted.
    const auto live = now(person, predictor);
    EXPECT_NEAR(live[0], i < 9 ? 2.5 : 0.02, 1e-12);
    EXPECT_EQ(live[1], 1);
  }
  person.finish();
  EXPECT_EQ(row(person, predictor, 11).intensities[0], 2.5);
}

TEST(LinearPerson, SurvivesScoresThatAreNoNumbers) {
  AuModelSet set = synthetic_models(2, 1, 1);
  for (AuModel& model : set.models) {
    model.dynamic = true;
    std::fill(model.weights.begin(), model.weights.end(), 0.0);  // no median term
  }
  set.models[0].cutoff = set.models[1].cutoff = 0.2;
  const AuPredictor predictor(set);
  LinearPerson person(predictor, {.now = true});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 50; ++i) {
    person.add(true, kAnyAppearance, kAnyGeometry,
               std::vector<double>{i % 3 ? nan : i, i % 2 ? infinity : -infinity, nan});
  }
  person.finish();
  // NaN sorts last: the value at index 10 of 0, 3, 6, ... is 30.
  EXPECT_THAT(person.offsets(), testing::ElementsAre(30, -infinity));
  for (int i = 0; i < 50; ++i) row(person, predictor, i);
  EXPECT_EQ(row(person, predictor, 0).presences[0], predictor.targets()[2].class_otherwise);
}

TEST(LinearPerson, AddsWithoutAllocating) {
  const AuPredictor predictor(synthetic_models(17, 18, 1));
  std::mt19937 random(1);
  std::vector<Descriptor> frames;
  for (int i = 0; i < 8; ++i) frames.push_back(test::random_descriptor(random));
  LinearPerson person(predictor, {.now = true});
  std::vector<double> scores(35);
  const auto step = [&](int i) {
    const Descriptor& x = frames[static_cast<std::size_t>(i) % frames.size()];
    predictor.scores(x.fhog, x.geometry, 1, scores);
    person.add(i % 5 != 0, x.fhog, x.geometry, scores);
  };
  for (int i = 0; i < 100; ++i) step(i);  // until the medians have got their histograms
  const long before = test::allocations();
  for (int i = 100; i < 1024; ++i) step(i);
  EXPECT_EQ(test::allocations() - before, 0);
  // The history grows by one chunk of 1024 frames.
  for (int i = 1024; i < 2048; ++i) step(i);
  EXPECT_GE(test::allocations() - before, 1);
  EXPECT_LE(test::allocations() - before, 2);
}

struct Worst {
  double sum = 0, max = 0;
  long values = 0, labels = 0, wrong = 0;
  void compare(double found, double expected, bool label) {
    if (label) {
      ++labels;
      wrong += found != expected;
      return;
    }
    const double difference = std::abs(found - expected);
    sum += difference;
    max = std::max(max, difference);
    ++values;
  }
};

TEST(LinearPerson, GoldenVideos) {
  const std::string list = "models/openface-2.2/AU_predictors/main_dynamic_svms.txt";
  AURIGA_NEEDS(list);
  const AuModelSet set = read_au_model_set(test::test_data() / list, true);
  const GeometryDescriptor descriptor(set.pdm);
  for (const auto kind : {PredictorKind::batched, PredictorKind::sequential}) {
    const AuPredictor predictor(set, kind);
    std::vector<std::string> columns;
    for (const AuTarget& t : predictor.targets()) {
      columns.push_back(t.name + (t.kind == AuKind::intensity ? "_r" : "_c"));
    }
    ASSERT_EQ(columns.size(), 35u);
    for (const std::string video : {"2015-10-15-15-14", "video01"}) {
      const std::string folder = "golden/stage_" + video;
      AURIGA_NEEDS(folder + "/hog.hog");
      const auto root = test::test_data() / folder;
      const auto hog = test::read_hog(root / "hog.hog");
      const test::Table fits(root / "fa_params.csv"), tracker(root / "tracker.csv");
      const test::Table online(root / "au_raw_online.csv"), redone(root / "au_repredicted.csv");
      const test::Table final_table(root / "au_final.csv"), offsets(root / "au_offsets.csv");
      ASSERT_EQ(hog.size(), 120u);
      const std::size_t p0 = fits.index("p_0");

      LinearPerson person(predictor, {.now = true});
      Worst raw, again, last;
      std::vector<Descriptor> frames;
      std::vector<bool> ok;
      for (std::size_t i = 0; i < hog.size(); ++i) {
        ShapeFit fit;
        for (std::size_t mode = 0; mode < fit.p.size(); ++mode) {
          fit.p[mode] = static_cast<float>(fits.number(i, p0 + mode));
        }
        Descriptor x{hog[i].values, std::vector<double>(kGeometryFeatures)};
        descriptor.compute(fit, std::span<double, kGeometryFeatures>(x.geometry));
        ok.push_back(tracker.number(i, "model_success") != 0);
        add(person, predictor, ok.back(), x);
        frames.push_back(std::move(x));
        for (std::size_t t = 0; t < 35; ++t) {
          raw.compare(person.raw()[t], online.number(i, columns[t]), t >= 17);
        }
      }
      person.finish();
      const std::vector<double> term = final_median_term(person, predictor);
      for (std::size_t i = 0; i < hog.size(); ++i) {
        const auto n = static_cast<std::int64_t>(i);
        const auto before = repredicted(predictor, term, ok[i], frames[i]);
        const auto after = joined(row(person, predictor, n));
        for (std::size_t t = 0; t < 35; ++t) {
          again.compare(before[t], redone.number(i, columns[t]), t >= 17);
          last.compare(after[t], final_table.number(i, columns[t]), t >= 17);
        }
      }
      // The inputs are bit for bit those of the reference, so what is left is the order of float64
      // sums; 1e-9 is a thousandfold of it.
      for (const Worst& w : {raw, again, last}) {
        EXPECT_EQ(w.values, 120 * 17);
        EXPECT_EQ(w.labels, 120 * 18);
        EXPECT_LE(w.max, 1e-9) << video;
        EXPECT_EQ(w.wrong, 0) << video;
      }
      ASSERT_EQ(offsets.rows(), 17u);
      for (std::size_t t = 0; t < 17; ++t) {
        ASSERT_EQ(offsets.text(t, "au"), predictor.targets()[t].name);
        EXPECT_NEAR(person.offsets()[t], offsets.number(t, "offset"), 1e-9) << video;
      }
    }
  }
}

}  // namespace
}  // namespace auriga
