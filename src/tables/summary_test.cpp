#include "tables/summary.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NanSensitiveDoubleEq;
using ::testing::Not;
using ::testing::SizeIs;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class AuSummaryTest : public ::testing::Test {
 protected:
  AuTable read(const std::string& table) const {
    test::write_text(folder_.path() / "out.csv", table);
    return read_au_table(folder_.path() / "out.csv");
  }
  AuTable read(const std::string& table, const std::string& truth) const {
    AuTable result = read(table);
    test::write_text(folder_.path() / "truth.csv", truth);
    add_truth(result, folder_.path() / "truth.csv");
    return result;
  }
  std::string error(const std::string& table, const std::string& truth = {}) const {
    try {
      truth.empty() ? read(table) : read(table, truth);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr(truth.empty() ? "out.csv" : "truth.csv"));
      return error.what();
    }
    return "no error";
  }
  const TemporaryFolder folder_;
};

auto range(double begin, double end) {
  return AllOf(Field(&TimeRange::begin, DoubleNear(begin, 1e-9)),
               Field(&TimeRange::end, DoubleNear(end, 1e-9)));
}

TEST(AuDescription, NamesTheUnitsOfOpenFace) {
  EXPECT_EQ(au_description("AU12"), "lip corner puller");
  EXPECT_EQ(au_description("AU45"), "blink");
  EXPECT_EQ(au_description("AU99"), "");
}

TEST_F(AuSummaryTest, ReadsIntensitiesPresencesAndTimes) {
  const AuTable table = read(
      "frame,face_id,timestamp,confidence,success,AU12_r,AU01_r,AU12_c,AU28_c\n"
      "1,0,0.000,1,1,0.5,0,0,1\n2,0,0.040,1,1,1.5,,1,0\n3,0,0.080,0.1,0,2.5,0,1,1\n");
  EXPECT_TRUE(table.timed);
  EXPECT_DOUBLE_EQ(table.step, 0.04);
  EXPECT_DOUBLE_EQ(table.begin(), 0);
  EXPECT_DOUBLE_EQ(table.end(), 0.12);
  EXPECT_EQ(table.frames, 3u);
  EXPECT_EQ(table.frames_with_face, 2u);
  ASSERT_THAT(table.faces, SizeIs(1));
  const FaceTrack& face = table.faces[0];
  EXPECT_THAT(face.frames, ElementsAre(1, 2, 3));
  EXPECT_THAT(face.success, ElementsAre(1, 1, 0));
  ASSERT_THAT(face.aus, SizeIs(3));
  EXPECT_EQ(face.aus[0].name, "AU01");
  EXPECT_THAT(face.aus[0].intensity, ElementsAre(0, NanSensitiveDoubleEq(kNan), 0));
  EXPECT_THAT(face.aus[0].presence, IsEmpty());
  EXPECT_EQ(face.aus[1].name, "AU12");
  EXPECT_THAT(face.aus[1].intensity, ElementsAre(0.5, 1.5, 2.5));
  EXPECT_THAT(face.aus[1].presence, ElementsAre(0, 1, 1));
  EXPECT_EQ(face.aus[2].name, "AU28");
  EXPECT_THAT(face.aus[2].intensity, IsEmpty());
  EXPECT_THAT(face.aus[2].presence, ElementsAre(1, 0, 1));
}

TEST_F(AuSummaryTest, RowsOfAFaceAreSortedAndTheFaceSeenLongestComesFirst) {
  const AuTable table = read(
      "frame,face_id,timestamp,success,AU12_r\n"
      "2,0,0.1,0,7\n1,0,0.0,1,6\n3,4,0.2,1,3\n1,4,0.0,1,1\n2,4,0.1,1,2\n");
  ASSERT_THAT(table.faces, SizeIs(2));
  EXPECT_EQ(table.faces[0].id, 4);
  EXPECT_THAT(table.faces[0].frames, ElementsAre(1, 2, 3));
  EXPECT_THAT(table.faces[0].times, ElementsAre(0.0, 0.1, 0.2));
  EXPECT_THAT(table.faces[0].aus[0].intensity, ElementsAre(1, 2, 3));
  EXPECT_THAT(table.faces[1].success, ElementsAre(1, 0));
  EXPECT_EQ(table.frames, 3u);
  EXPECT_EQ(table.frames_with_face, 3u);
}

// PyFaceAU's tables and those with a frame 0 count from 0, tables of pictures have no frames.
TEST_F(AuSummaryTest, FramesAreCountedFromOne) {
  EXPECT_THAT(read("frame,timestamp,success,AU12_r\n5,0.1,1,1\n6,0.2,1,1\n").faces[0].frames,
              ElementsAre(6, 7));
  EXPECT_THAT(read("frame,AU12_r\n0,1\n1,1\n").faces[0].frames, ElementsAre(1, 2));
  EXPECT_THAT(read("AU12_r\n1\n1\n").faces[0].frames, ElementsAre(1, 2));
  const AuTable picture = read("face,confidence,AU12_r\n0,0.9,1\n1,0.8,2\n");
  ASSERT_THAT(picture.faces, SizeIs(2));
  EXPECT_EQ(picture.frames, 1u);
  EXPECT_FALSE(picture.timed);
  EXPECT_THAT(picture.faces[1].frames, ElementsAre(1));
}

TEST_F(AuSummaryTest, LandmarksWhereTheyAreAskedForAndThere) {
  std::string header = "frame,AU12_r", later = "2,0", earlier = "1,0";
  for (const char axis : {'x', 'y'})
    for (int i = 0; i < kLandmarks; ++i) {
      header += fmt::format(",{}_{}", axis, i);
      later += axis == 'x' ? ",20" : ",21";
      earlier += axis == 'x' ? ",10" : ",11";
    }
  test::write_text(folder_.path() / "a.csv", header + '\n' + later + '\n' + earlier + '\n');
  const AuTable table = read_au_table(folder_.path() / "a.csv", true);
  ASSERT_THAT(table.faces[0].landmarks, SizeIs(2));
  EXPECT_EQ(table.faces[0].landmarks[0].x[67], 10);
  EXPECT_EQ(table.faces[0].landmarks[1].y[0], 21);
  EXPECT_THAT(read_au_table(folder_.path() / "a.csv").faces[0].landmarks, IsEmpty());
  test::write_text(folder_.path() / "a.csv", "frame,AU12_r\n1,0\n");
  EXPECT_THAT(read_au_table(folder_.path() / "a.csv", true).faces[0].landmarks, IsEmpty());
}

TEST_F(AuSummaryTest, WithoutUsefulTimesFramesAreTheTime) {
  for (const std::array<const char*, 3> times :
       {std::array{"0", "0", "0"}, {"0.2", "0.1", "0"}, {"0", "", "0.2"}, {"0", "0.3", "0.2"}}) {
    const AuTable table = read(fmt::format("frame,timestamp,AU12_r\n1,{},1\n2,{},1\n3,{},1\n",
                                           times[0], times[1], times[2]));
    EXPECT_FALSE(table.timed) << times[1];
    EXPECT_THAT(table.faces[0].times, ElementsAre(1, 2, 3)) << times[1];
    EXPECT_EQ(table.end(), 4) << times[1];
  }
}

TEST_F(AuSummaryTest, MeasuresRowsWithSuccessOnly) {
  const AuTable table = read(
      "frame,timestamp,success,AU12_r,AU12_c\n1,0.0,1,1,0\n2,0.1,1,4,1\n3,0.2,0,5,1\n4,0.3,1,1,0\n"
      "5,0.4,1,,1\n");
  const FaceSummary face = summarise(table, table.faces[0]);
  EXPECT_EQ(face.rows, 5u);
  EXPECT_EQ(face.rows_with_face, 4u);
  ASSERT_THAT(face.aus, SizeIs(1));
  const AuSummary& au = face.aus[0];
  EXPECT_DOUBLE_EQ(au.mean.value(), 2);
  EXPECT_DOUBLE_EQ(au.peak.value(), 4);
  EXPECT_DOUBLE_EQ(au.peak_time.value(), 0.1);
  EXPECT_DOUBLE_EQ(au.present, 0.5);
}

TEST_F(AuSummaryTest, WithoutPresencesTheWeakestIntensityOfFacsDecides) {
  const AuTable table = read("frame,AU12_r\n1,0.99\n2,1.0\n3,2\n4,0\n");
  EXPECT_DOUBLE_EQ(summarise(table, table.faces[0]).aus[0].present, 0.5);
}

TEST_F(AuSummaryTest, ShortPausesDoNotEndARange) {
  std::string text = "frame,face_id,timestamp,AU12_c\n";
  const std::string present = "0110111000000110";  // pauses of 0.04 s and 0.24 s
  for (std::size_t i = 0; i < present.size(); ++i)
    text += fmt::format("{},0,{:.3f},{}\n", i + 1, 0.04 * static_cast<double>(i), present[i]);
  const AuTable table = read(text);
  EXPECT_THAT(summarise(table, table.faces[0]).aus[0].active,
              ElementsAre(range(0.04, 0.28), range(0.52, 0.60)));
}

TEST_F(AuSummaryTest, UnitsWithoutNumbersAreNotEstimated) {
  const AuTable table = read("frame,success,AU04_r,AU04_c,AU12_r,AU12_c\n1,1,,,1,1\n2,0,3,1,1,0\n");
  const FaceSummary face = summarise(table, table.faces[0]);
  ASSERT_THAT(face.aus, SizeIs(1));
  EXPECT_EQ(face.aus[0].name, "AU12");
  EXPECT_THAT(face.not_estimated, ElementsAre("AU04"));
  EXPECT_THAT(summary_text(table, ""), HasSubstr("not estimated: AU04"));
}

// The truth counts from 0, is in another order and has a frame of its own.
TEST_F(AuSummaryTest, ComparesWithTheTruthByFrame) {
  const AuTable table = read(
      "frame,face_id,timestamp,success,AU01_r,AU12_r,AU12_c\n"
      "1,0,0.0,1,0,1,0\n2,0,0.1,1,0,2,1\n3,0,0.2,1,0,3,1\n4,0,0.3,0,0,9,1\n5,0,0.4,1,0,5,1\n",
      "frame,AU12,AU01\n2,7,1\n0,3,1\n1,5,1\n3,0,1\n9,9,1\n");
  EXPECT_EQ(table.frames_with_truth, 4u);
  const FaceSummary face = summarise(table, table.faces[0]);
  const TruthAgreement au01 = face.aus[0].truth.value(), au12 = face.aus[1].truth.value();
  EXPECT_EQ(au01.rows, 3u);
  EXPECT_EQ(au01.pearson_r, std::nullopt);  // both are constant
  EXPECT_DOUBLE_EQ(au01.mean_abs_difference, 1);
  EXPECT_EQ(au12.rows, 3u);  // not the row without success, nor the one without truth
  EXPECT_NEAR(au12.pearson_r.value(), 1, 1e-12);  // 3, 5, 7 against 1, 2, 3
  EXPECT_DOUBLE_EQ(au12.mean_abs_difference, 3);
}

// Two columns with a known correlation: deviations (-1, 0, 1) and (-1, 2, -1) are orthogonal.
TEST_F(AuSummaryTest, UncorrelatedTruthHasAnROfZero) {
  const AuTable table = read("frame,AU12_r\n1,1\n2,2\n3,3\n", "frame,AU12_r\n1,0\n2,3\n3,0\n");
  EXPECT_NEAR(summarise(table, table.faces[0]).aus[0].truth->pearson_r.value(), 0, 1e-12);
}

// Ten times 0.1 have a mean that is not 0.1, and would have some r.
TEST_F(AuSummaryTest, ConstantTruthHasNoR) {
  std::string table = "frame,AU12_r\n", truth = table;
  for (int frame = 1; frame <= 10; ++frame) {
    table += fmt::format("{},{}\n", frame, frame % 3);
    truth += fmt::format("{},0.1\n", frame);
  }
  const AuTable both = read(table, truth);
  EXPECT_EQ(summarise(both, both.faces[0]).aus[0].truth->pearson_r, std::nullopt);
}

TEST_F(AuSummaryTest, TextIsForPeople) {
  const AuTable table = read(
      "frame,face_id,timestamp,success,AU12_r,AU12_c\n"
      "1,0,0.0,1,0,0\n2,0,0.1,1,2,1\n3,0,0.2,1,4,1\n4,0,0.3,1,0,0\n",
      "frame,AU12\n1,0\n2,1\n3,2\n4,0\n");
  const std::string text = summary_text(table, "open-0.1");
  EXPECT_THAT(text, AllOf(HasSubstr("4 frames, 0.4 s, a face in 4 (100.0 %)"),
                          HasSubstr("action units by open-0.1"), HasSubstr("4 frames in common"),
                          HasSubstr("AU12 lip corner puller"), HasSubstr("0.1-0.3 s")));
  // mean 1.5, peak 4, present in half of the rows, r 1, off by 0.75
  EXPECT_THAT(text, HasSubstr(" 1.50   4.00    50.0 %    1.00    0.75   0.1-0.3 s"));
  EXPECT_THAT(summary_text(table, ""), Not(HasSubstr("action units by")));
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1)
    if (text.compare(begin, 6, "  AU12") == 0) {
      EXPECT_LE(end - begin, 100u);
    }
}

TEST_F(AuSummaryTest, TextShowsTheLongestRangesAndTenFaces) {
  std::string ranges = "frame,AU12_c\n", faces = "face,AU12_r\n";
  // Lengths 1, 2, 3, 4, 5 with pauses of 10.
  int frame = 0;
  for (int length = 1; length <= 5; ++length)
    for (int i = 0; i < length + 10; ++i)
      ranges += fmt::format("{},{}\n", ++frame, i < length ? 1 : 0);
  EXPECT_THAT(summary_text(read(ranges), ""), HasSubstr("%   24-26, 37-40, 51-55 and 2 more"));
  for (int face = 0; face < 12; ++face) faces += fmt::format("{},1\n", face);
  EXPECT_THAT(summary_text(read(faces), ""),
              AllOf(HasSubstr("face 9: in 1 of 1 frames"), Not(HasSubstr("face 10:")),
                    HasSubstr("and 2 more faces: --json shows them")));
}

// PyFaceAU leaves the columns out then, and OpenFace when they are not asked for.
TEST_F(AuSummaryTest, WithoutActionUnitsBecauseNoFrameSucceeded) {
  const AuTable table =
      read("frame,timestamp,success\n0,0.0,False\n1,0.033,False\n2,0.067,False\n");
  EXPECT_EQ(table.frames, 3u);
  EXPECT_THAT(summary_text(table, ""),
              AllOf(HasSubstr("3 frames, 0.1 s, a face in 0 (0.0 %)"),
                    HasSubstr("no face was found, so there are no action units")));
  EXPECT_THAT(error("frame,timestamp,success\n0,0.0,False\n1,0.033,True\n"),
              HasSubstr("write the table with -aus"));
}

TEST_F(AuSummaryTest, WithoutAFaceItSaysSo) {
  EXPECT_THAT(summary_text(read("frame,success,AU12_r\n1,0,0\n2,0,0\n"), ""),
              AllOf(HasSubstr("a face in 0 (0.0 %)"), HasSubstr("no face was found")));
}

TEST_F(AuSummaryTest, JsonHasTheSameAndNullForWhatDoesNotExist) {
  const AuTable table = read(
      "frame,face_id,timestamp,success,AU12_r,AU12_c,AU28_c\n1,0,0.0,1,0,0,1\n2,0,0.1,1,2,1,0\n",
      "frame,AU12\n1,0\n2,0\n");
  const auto json = nlohmann::json::parse(summary_json(table, ""));
  EXPECT_EQ(json["frames"], 2);
  EXPECT_NEAR(json["seconds"].get<double>(), 0.2, 1e-12);
  EXPECT_EQ(json["time_unit"], "s");
  EXPECT_TRUE(json["estimator"].is_null());
  EXPECT_EQ(json["frames_with_truth"], 2);
  const auto& aus = json["faces"][0]["action_units"];
  ASSERT_EQ(aus.size(), 2u);
  EXPECT_EQ(aus[0]["name"], "AU12");
  EXPECT_EQ(aus[0]["peak"], 2.0);
  EXPECT_NEAR(aus[0]["active"][0]["begin"].get<double>(), 0.1, 1e-12);
  EXPECT_NEAR(aus[0]["active"][0]["end"].get<double>(), 0.2, 1e-12);
  EXPECT_TRUE(aus[0]["truth"]["pearson_r"].is_null()) << "the truth is constant";
  EXPECT_EQ(aus[0]["truth"]["mean_abs_difference"], 1.0);
  EXPECT_TRUE(aus[1]["mean"].is_null());
  EXPECT_TRUE(aus[1]["truth"].is_null());
  EXPECT_EQ(nlohmann::json::parse(summary_json(table, "open"))["estimator"], "open");
}

TEST_F(AuSummaryTest, RefusesTablesThatAreNone) {
  EXPECT_THAT(error("frame,x_0\n1,2\n"), HasSubstr("found none; write the table with -aus"));
  EXPECT_THAT(error("frame,AU1_r,AU123_r,AUxx_r,AU12\n1,2,3,4,5\n"), HasSubstr("found none"));
  EXPECT_THAT(error("frame,AU12_r\n"), HasSubstr("expected rows below the header"));
  EXPECT_THAT(error("frame,face_id,AU12_r\n1,0,2\n1,1,2\n1,0,2\n"),
              HasSubstr("frame 1 face 0 appears twice"));
  EXPECT_THAT(error("frame,AU12_r\n1,x\n"), HasSubstr("AU12_r"));
  EXPECT_THAT(error("frame,AU12_r\n1,1e13\n"), HasSubstr("within +-1e12"));
  EXPECT_THAT(error("frame,timestamp,AU12_r\n1,-1e13,2\n"), HasSubstr("within +-1e12"));
  EXPECT_THAT(error("frame,AU12_r\n-1,2\n"), HasSubstr("number of a frame"));
  EXPECT_THAT(error("frame,AU12_r\n9007199254740991,2\n"), HasSubstr("number of a frame"));
  EXPECT_THROW(read_au_table(folder_.path() / "absent.csv"), Error);
}

TEST_F(AuSummaryTest, RefusesATruthOfSomethingElse) {
  const std::string table = "frame,AU12_r\n1,1\n2,2\n";
  EXPECT_THAT(error(table, "frame,AU13\n1,1\n"), HasSubstr("is this the right table?"));
  EXPECT_THAT(error(table, "frame,AU12_c\n1,1\n"), HasSubstr("is this the right table?"));
  EXPECT_THAT(error(table, "frame,AU12\n7,1\n8,1\n"), HasSubstr("found none in common"));
  EXPECT_THAT(error(table, "frame,AU12\n"), HasSubstr("found none in common"));
  EXPECT_THAT(error(table, "frame,AU12\n1,1\n1,2\n"), HasSubstr("appears twice"));
  EXPECT_THAT(error("frame,AU12_c\n1,1\n", "frame,AU12\n1,1\n"), HasSubstr("right table"));
}

TEST_F(AuSummaryTest, TruthOfOneFaceIsAboutTheFirstUnlessItsIdIsKnown) {
  const std::string two = "frame,face_id,AU12_r\n1,3,1\n2,3,2\n1,5,3\n";
  const auto with_truth = [&](const std::string& truth) {
    std::vector<std::int64_t> ids;
    const AuTable table = read(two, truth);
    for (const FaceTrack& face : table.faces)
      if (!face.aus[0].truth.empty()) ids.push_back(face.id);
    return ids;
  };
  EXPECT_THAT(with_truth("frame,AU12\n1,1\n"), ElementsAre(3));
  EXPECT_THAT(with_truth("frame,face_id,AU12\n1,0,1\n"), ElementsAre(3));
  EXPECT_THAT(with_truth("frame,face_id,AU12\n1,5,1\n"), ElementsAre(5));
  EXPECT_THAT(with_truth("frame,face_id,AU12\n1,5,1\n1,3,1\n"), ElementsAre(3, 5));
}

// Any table of OpenFace can be summed up.
TEST(AuSummary, ReadsPublishedTables) {
  AURIGA_NEEDS("golden/csv/multi_face.csv");
  for (const auto& entry : fs::directory_iterator(test::test_data() / "golden/csv")) {
    if (entry.path().extension() != ".csv") continue;
    const AuTable table = read_au_table(entry.path());
    EXPECT_TRUE(table.timed) << entry.path();
    const FaceSummary face = summarise(table, table.faces[0]);
    EXPECT_THAT(face.aus, SizeIs(18)) << entry.path();
    EXPECT_THAT(face.not_estimated, IsEmpty());
    EXPECT_THAT(summary_text(table, ""), HasSubstr("AU45 blink"));
  }
  const AuTable picture = read_au_table(test::test_data() / "golden/images/sample1.csv");
  EXPECT_FALSE(picture.timed);
  EXPECT_EQ(picture.frames, 1u);
  EXPECT_THAT(summarise(picture, picture.faces[0]).aus, SizeIs(18));
}

// Those that move most, of the rows with success that have a number.
TEST_F(AuSummaryTest, Blendshapes) {
  const AuTable table = read(
      "frame,timestamp,success,AU12_r,jawOpen,mouthLeft,eyeBlinkLeft\n"
      "1,0.0,1,1,0.2,0.0,0.3\n"
      "2,0.1,1,2,0.9,0.1,0.3\n"
      "3,0.2,0,0,,,\n"
      "4,0.3,1,3,0.1,,0.3\n");
  const FaceSummary face = summarise(table, table.faces[0]);
  ASSERT_THAT(face.blendshapes, SizeIs(3));
  EXPECT_EQ(face.blendshapes[0].name, "eyeBlinkLeft");
  EXPECT_EQ(face.blendshapes[1].name, "jawOpen");
  EXPECT_NEAR(face.blendshapes[1].mean, 0.4, 1e-9);
  EXPECT_EQ(face.blendshapes[1].peak, 0.9);
  EXPECT_EQ(face.blendshapes[1].peak_time, 0.1);
  EXPECT_NEAR(face.blendshapes[2].mean, 0.05, 1e-9);
  const std::string text = summary_text(table, "");
  EXPECT_THAT(text, HasSubstr("  jawOpen                     0.40   0.90  0.1 s\n  mouthLeft"));
  const auto json = nlohmann::json::parse(summary_json(table, ""));
  EXPECT_EQ(json["faces"][0]["blendshapes"][1]["name"], "jawOpen");
  EXPECT_EQ(json["faces"][0]["blendshapes"][1]["peak_time"], 0.1);

  const AuTable without = read("frame,success,AU12_r\n1,1,1\n");
  EXPECT_THAT(summary_text(without, ""), Not(HasSubstr("blendshape")));
  EXPECT_FALSE(
      nlohmann::json::parse(summary_json(without, ""))["faces"][0].contains("blendshapes"));
}

}  // namespace
}  // namespace auriga
