#include "tables/palsy.hpp"

#include <cmath>
#include <functional>
#include <string>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"
#include "tables/csv_reader.hpp"

namespace auriga {
namespace {

using testing::HasSubstr;

constexpr double kFps = 25;

// A movement: up from `at` within 0.2 s, held for 1 s, down within 0.4 s.
double move(double time, double at, double height) {
  const double t = time - at;
  if (t < 0 || t > 1.6) return 0;
  return height * std::min({1.0, t / 0.2, (1.6 - t) / 0.4});
}

// 40 s of a face, 25 frames a second. Rest 0 to 4 s; brows raised from 6 s (right twice as far and
// 0.1 s earlier); smile from 12 s, during which the left eye narrows; eyes closed from 18 s with a
// twitch of the left mouth; nothing from 24 s; away from 30 s to 32 s and turned from 32 s to 34 s.
SideTracks face(bool with_brows = true) {
  SideTracks tracks;
  tracks.file = "face_sides.csv";
  for (int i = 0; i < 40 * static_cast<int>(kFps); ++i) {
    const double t = i / kFps;
    tracks.frames.push_back(i + 1);
    tracks.times.push_back(t);
    const bool lost = t >= 30 && t < 32, turned = t >= 32 && t < 34;
    tracks.success.push_back(!lost);
    tracks.quality.emplace_back(lost ? "" : turned ? "beyond" : "green");
    const auto put = [&](const char* name, double left, double right) {
      const bool none = lost || turned;
      tracks.of[name][0].push_back(none ? std::nan("") : left);
      tracks.of[name][1].push_back(none ? std::nan("") : right);
    };
    if (with_brows) {
      put("AU01", 0.2 + move(t, 6.1, 2), 0.1 + move(t, 6, 4));
      put("AU02", 0, 0);
    }
    put("brow_height", 20 + move(t, 6.1, 3), 22 + move(t, 6, 6));
    put("fissure_height", 9, 10);
    put("AU06", 0, move(t, 12, 1));
    put("AU12", move(t, 12, 1.2) + move(t, 18.2, 0.6) + (t > 1 && t < 1.5 ? 3 : 0),
        move(t, 12, 3) + (t > 1 && t < 1.5 ? 3 : 0));
    put("AU25", 0, 0);
    put("AU45", move(t, 12, 0.9) + move(t, 18, 4) + (t > 2 && t < 2.1 ? 4 : 0),
        move(t, 18, 4) + (t > 2 && t < 2.1 ? 4 : 0));
  }
  return tracks;
}

std::vector<Task> tasks() {
  return {{"BL", 0, 4, ""}, {"re", 5, 9, ""}, {"SS", 11, 15, ""}, {"ES", 17, 21, ""}};
}

const PalsyMeasure& measure_of(const PalsyResult& result, const std::string& name) {
  for (const PalsyMeasure& measure : result.measures)
    if (measure.measure == name) return measure;
  throw std::runtime_error("no " + name);
}

Mark excluded_range(double start_s, double end_s) {
  Mark mark;
  mark.kind = MarkKind::exclude;
  mark.start_s = start_s;
  mark.end_s = end_s;
  return mark;
}

// Neither the peak, nor rest, nor the speed of a movement comes from what marks exclude.
TEST(Palsy, ExcludedFramesDoNotCount) {
  SideTracks tracks = face();
  EXPECT_EQ(exclude(tracks, Excluded()), 0u);
  EXPECT_TRUE(tracks.excluded.empty());
  // All of the task ES, the rise of the brows, and of rest all but its last second.
  const std::size_t left_out = exclude(
      tracks, Excluded({excluded_range(17, 21), excluded_range(5.5, 6.5), excluded_range(0, 3)}));
  EXPECT_EQ(left_out, 100u + 25u + 75u);
  const Palsy palsy = measure_palsy(tracks, tasks(), std::nullopt);
  EXPECT_EQ(palsy.results[0].frames, 25u);
  EXPECT_GT(palsy.results[0].peak_frame, 75);
  EXPECT_EQ(palsy.results[3].status, PalsyStatus::excluded);
  EXPECT_EQ(name_of(PalsyStatus::excluded), "excluded by marks");
  const PalsyResult& raise = palsy.results[1];
  ASSERT_EQ(raise.status, PalsyStatus::performed);
  EXPECT_GE(raise.peak_s, 6.5);
  const PalsyMeasure& brow = measure_of(raise, "AU01");
  EXPECT_NEAR(brow.change.right, 4, 1e-9);
  EXPECT_TRUE(std::isnan(brow.onset_per_s.right));
  EXPECT_FALSE(std::isnan(brow.offset_per_s.right));
}

TEST(Palsy, ComparesTheSidesOfAMovementWithRest) {
  const Palsy palsy = measure_palsy(face(), tasks(), std::nullopt);
  const PalsyResult& raise = palsy.results[1];
  EXPECT_EQ(raise.status, PalsyStatus::performed);
  EXPECT_EQ(raise.by, "AU01+AU02");
  const PalsyMeasure& brow = measure_of(raise, "AU01");
  EXPECT_NEAR(brow.change.left, 2, 1e-9);
  EXPECT_NEAR(brow.change.right, 4, 1e-9);
  EXPECT_NEAR(brow.peak.left, 2.2, 1e-9);
  EXPECT_NEAR(brow.ratio, 0.5, 1e-9);
  EXPECT_NEAR(brow.percent_difference, 50, 1e-9);
  EXPECT_EQ(brow.weaker, "left");
  EXPECT_NEAR(brow.delay_s, 0.1, 1e-6);
  EXPECT_NEAR(brow.onset_per_s.right, 4 / 0.2, 1e-6);
  EXPECT_NEAR(brow.offset_per_s.right, 4 / 0.4, 1e-6);
  EXPECT_NEAR(brow.onset_per_s.left, 2 / 0.2, 1e-6);
  // Held: from three quarters of the peak on.
  EXPECT_GT(raise.peak_s, 6.2);
  EXPECT_LT(raise.peak_s, 7.3);
  EXPECT_NEAR(static_cast<double>(raise.held) / kFps, 1.2, 0.1);
}

TEST(Palsy, CouplingsAreWhatMovesUnasked) {
  const Palsy palsy = measure_palsy(face(), tasks(), std::nullopt);
  const PalsyMeasure& lids = measure_of(palsy.results[2], "AU45");
  EXPECT_FALSE(lids.asked);
  EXPECT_NEAR(lids.coupling.left, 0.9 / 1.2, 0.02);
  EXPECT_NEAR(lids.coupling.right, 0, 1e-9);
  const PalsyMeasure& mouth = measure_of(palsy.results[3], "AU12");
  EXPECT_NEAR(mouth.coupling.left, 0.15, 0.01);
  EXPECT_NEAR(mouth.coupling.right, 0, 1e-9);
}

// A blink pulls at the mouth: its frames tell nothing of a smile, but of closed eyes.
TEST(Palsy, BlinksAreNoPartOfWhatTheMouthDoes) {
  SideTracks tracks = face();
  for (std::size_t row = 0; row < tracks.times.size(); ++row) {
    if (tracks.times[row] < 12.8 || tracks.times[row] >= 13) continue;
    for (const std::size_t side : {0, 1}) {
      tracks.of["AU45"][side][row] = 4;
      tracks.of["AU12"][side][row] = 5;
    }
  }
  const Palsy palsy = measure_palsy(tracks, tasks(), std::nullopt);
  EXPECT_NEAR(measure_of(palsy.results[2], "AU12").change.right, 3, 1e-9);
  EXPECT_NEAR(measure_of(palsy.results[3], "AU45").change.right, 4, 1e-9);
}

TEST(Palsy, RestIsWithoutSmilesAndBlinks) {
  const Palsy palsy = measure_palsy(face(), tasks(), std::nullopt);
  const PalsyResult& rest = palsy.results[0];
  // Of 4 s half a second is a smile, 0.1 s a blink.
  EXPECT_NEAR(static_cast<double>(rest.held), 100 - 12 - 2, 2);
  EXPECT_NEAR(measure_of(rest, "brow_height").peak.left, 20, 1e-9);
  EXPECT_NEAR(measure_of(rest, "brow_height").ratio, 20.0 / 22, 1e-9);
  EXPECT_EQ(measure_of(rest, "brow_height").weaker, "left");
  EXPECT_GT(rest.peak_frame, 0);
}

TEST(Palsy, WhatModelsDoNotTellHasADistanceInsteadOrIsNotMeasurable) {
  std::vector<Task> all = tasks();
  all.push_back({"BC", 24, 26, ""});
  all.push_back({"PL", 24, 26, ""});
  const Palsy palsy = measure_palsy(face(false), all, std::nullopt);
  EXPECT_EQ(palsy.results[1].status, PalsyStatus::performed);
  EXPECT_EQ(palsy.results[1].by, "brow_height");
  EXPECT_NEAR(measure_of(palsy.results[1], "brow_height").ratio, 0.5, 1e-9);
  EXPECT_EQ(measure_of(palsy.results[1], "brow_height").unit, "mm");
  EXPECT_EQ(palsy.results[4].status, PalsyStatus::not_measurable);
  EXPECT_EQ(palsy.results[5].status, PalsyStatus::not_measurable);
}

TEST(Palsy, APuckerIsToldByTheMouthsCornersFromTheMiddleOfTheFace) {
  SideTracks tracks = face(false);
  auto& corners = tracks.of["commissure_midline"];
  for (const double time : tracks.times) {
    // Nearer by 2 mm on the left and 4 mm on the right.
    corners[0].push_back(25 - move(time, 24, 2));
    corners[1].push_back(26 - move(time, 24, 4));
  }
  const Palsy palsy =
      measure_palsy(tracks, {{"BL", 0, 4, ""}, {"PL", 23.5, 26.5, ""}}, std::nullopt);
  EXPECT_EQ(palsy.results[1].status, PalsyStatus::performed);
  const PalsyMeasure& pucker = measure_of(palsy.results[1], "commissure_midline");
  EXPECT_NEAR(pucker.ratio, 0.5, 1e-9);
  EXPECT_EQ(pucker.weaker, "left");
}

TEST(Palsy, WhatIsNotDoneOrNotSeenIsAResult) {
  const Palsy palsy = measure_palsy(face(),
                                    {{"BL", 0, 4, ""},
                                     {"SS", 24, 26, ""},
                                     {"SS", 30.5, 31.5, ""},
                                     {"SS", 32.5, 33.5, ""},
                                     {"SS", 50, 52, ""}},
                                    std::nullopt);
  EXPECT_EQ(palsy.results[1].status, PalsyStatus::not_performed);
  EXPECT_EQ(palsy.results[2].status, PalsyStatus::no_face);
  EXPECT_EQ(palsy.results[3].status, PalsyStatus::turned_away);
  EXPECT_EQ(palsy.results[4].status, PalsyStatus::outside);
  EXPECT_EQ(palsy.results[4].repetition, 4);
  EXPECT_THAT(palsy.warnings, testing::Contains(HasSubstr("not all of these tasks")));
}

TEST(Palsy, WithoutABaselineTheFramesBetweenTheTasksAreRest) {
  const Palsy palsy = measure_palsy(face(), {{"RE", 5, 9, ""}}, std::nullopt);
  EXPECT_THAT(palsy.warnings, testing::Contains(HasSubstr("no task BL")));
  EXPECT_NEAR(measure_of(palsy.results[0], "AU01").change.left, 2, 1e-9);
}

TEST(Palsy, QuotientsAreOfTheAffectedSide) {
  const auto quotient = [](const Palsy& palsy, const std::string& name) {
    for (const PalsyQuotient& one : palsy.quotients)
      if (one.name == name) return one;
    throw std::runtime_error("no " + name);
  };
  const Palsy unknown = measure_palsy(face(), tasks(), std::nullopt);
  const Palsy right = measure_palsy(face(), tasks(), 1);
  EXPECT_NEAR(quotient(unknown, "brow elevation").percent, 50, 1e-6);
  EXPECT_NEAR(quotient(right, "brow elevation").percent, 200, 1e-6);
  EXPECT_NEAR(quotient(right, "brow at rest").percent, 110, 1e-6);
  EXPECT_NEAR(quotient(right, "ocular").value.left, 0.75, 0.02);
  EXPECT_EQ(quotient(right, "nasolabial movement with snarl").from, "not measured");
}

TEST(Palsy, UnknownTasksAreErrorsThatListTheKnown) {
  try {
    measure_palsy(face(), {{"XX", 0, 1, ""}}, std::nullopt);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    for (const PalsyTask& task : palsy_tasks())
      EXPECT_THAT(error.what(), HasSubstr(std::string(task.code)));
  }
}

// Never a grade.
TEST(Palsy, TablesHaveNoGradeAndAreTables) {
  test::TemporaryFolder folder;
  const Palsy palsy = measure_palsy(face(), tasks(), 0);
  for (const std::string& text : {palsy_long_csv(palsy), palsy_wide_csv(palsy, "a,b")}) {
    for (const char* grade : {"House", "Sunnybrook", "grade"})
      EXPECT_EQ(text.find(grade), std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos);
    const auto file = folder.path() / "t.csv";
    test::write_text(file, text);
    CsvReader table(file);
    int rows = 0;
    while (table.next()) ++rows;
    EXPECT_GE(rows, 1);
  }
}

TEST(SideTracks, AreReadFromATableOfSides) {
  test::TemporaryFolder folder;
  const auto file = folder.path() / "face_sides.csv";
  test::write_text(file,
                   "frame,face_id,timestamp,confidence,success,yaw_deg,yaw_quality,mm_per_px,mm_by,"
                   "AU12_left_r,AU12_right_r,AU04_left_r,AU04_right_r,brow_height_left_mm,"
                   "brow_height_right_mm\n"
                   "1,0,0.000,0.98,1,1.00,green,0.3,iris,1.50,2.50,,,20.0,21.0\n"
                   "2,0,0.040,0.98,1,35.0,beyond,,,,,,,,\n"
                   "2,1,0.040,0.98,1,0.0,green,0.3,iris,4.00,4.00,,,20.0,21.0\n"
                   "3,0,0.080,0.10,0,,,,,,,,,,\n");
  const SideTracks tracks = read_side_tracks(file);
  ASSERT_EQ(tracks.frames.size(), 3u);
  EXPECT_EQ(tracks.of.at("AU12")[1][0], 2.5);
  EXPECT_TRUE(std::isnan(tracks.of.at("AU12")[0][1]));
  EXPECT_EQ(tracks.of.at("brow_height")[0][0], 20);
  EXPECT_FALSE(tracks.of.contains("AU04"));  // not told
  EXPECT_EQ(tracks.quality[1], "beyond");
  EXPECT_EQ(tracks.success[2], 0);
}

TEST(SideTracks, OfAnotherTableAreAnErrorThatNamesWhatIsMissing) {
  test::TemporaryFolder folder;
  const auto file = folder.path() / "face.csv";
  test::write_text(file, "frame,timestamp,success,AU12_r\n1,0,1,2\n");
  try {
    read_side_tracks(file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("yaw_quality"));
    EXPECT_THAT(error.what(), HasSubstr("AU01_left_r"));
    EXPECT_THAT(error.what(), HasSubstr("--sides"));
  }
}

}  // namespace
}  // namespace auriga
