#include "tables/comparison.hpp"

#include <cmath>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "files/manifest.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::Table;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CompareTest : public ::testing::Test {
 protected:
  Comparison compare(const std::string& a, const std::string& b,
                     std::optional<double> tolerance = {}) const {
    test::write_text(folder_.path() / "a.csv", a);
    test::write_text(folder_.path() / "b.csv", b);
    return compare_tables(folder_.path() / "a.csv", folder_.path() / "b.csv", {tolerance});
  }

  std::string error(const std::string& a, const std::string& b) const {
    try {
      compare(a, b);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      return error.what();
    }
    return {};
  }

  const TemporaryFolder folder_;
};

TEST_F(CompareTest, MeasuresEachColumn) {
  const Comparison result =
      compare("frame,face_id,success,AU01_r,AU01_c\n1,0,1,1,0\n2,0,1,2,1\n3,0,1,4,1\n4,0,0,3,1\n",
              "frame,face_id,success,AU01_r,AU01_c\n1,0,1,2,1\n2,0,1,4,1\n3,0,1,8,1\n4,0,1,6,1\n");
  EXPECT_EQ(result.rows_matched, 4U);
  ASSERT_EQ(result.columns.size(), 3U);
  const ColumnComparison& success = result.columns[0];
  EXPECT_EQ(success.name, "success");
  EXPECT_FALSE(success.constant_a);
  EXPECT_TRUE(success.constant_b);
  EXPECT_EQ(success.pearson_r, std::nullopt);
  EXPECT_EQ(success.class_agreement, 0.75);
  const ColumnComparison& intensity = result.columns[1];
  EXPECT_EQ(intensity.n, 4U);
  EXPECT_NEAR(intensity.pearson_r.value(), 1.0, 1e-15);  // B = 2 A; rounding of a few operations
  EXPECT_EQ(intensity.mean_abs_difference, 2.5);
  EXPECT_EQ(intensity.max_abs_difference, 4);
  EXPECT_EQ(intensity.class_agreement, std::nullopt);
  EXPECT_EQ(result.columns[2].class_agreement, 0.75);
  EXPECT_TRUE(result.agree());  // no tolerance, no verdict
}

TEST_F(CompareTest, MatchesRowsByFrameAndFace) {
  const Comparison result =
      compare("frame,face_id,v\n1,0,10\n1,1,11\n2,0,20\n9,0,90\n",
              "frame, face_id, v\n2,  0, 20\n1,  1, 11\n3,  0, 30\n1,  0, 10\n");
  EXPECT_EQ(result.rows_matched, 3U);
  ASSERT_EQ(result.rows_only_a.size(), 1U);
  EXPECT_EQ(result.rows_only_a[0].frame, 9);
  ASSERT_EQ(result.rows_only_b.size(), 1U);
  EXPECT_EQ(result.rows_only_b[0].frame, 3);
  EXPECT_EQ(result.columns.at(0).max_abs_difference, 0);
}

// What the marks of one table exclude is left out of both: by frame, and by the seconds of the
// table that they are of, whatever it counts from.
TEST_F(CompareTest, ExcludedFramesAreOfNeitherTable) {
  const std::string a = "frame,timestamp,v\n1,0,1\n2,0.1,2\n3,0.2,3\n4,0.3,4\n6,0.5,6\n";
  const std::string b = "frame,timestamp,v\n0,0,1\n1,0.1,9\n2,0.2,3\n3,0.3,9\n4,0.4,5\n";
  const Comparison all = compare(a, b, 0.0);
  EXPECT_EQ(all.rows_matched, 4U);
  EXPECT_EQ(all.columns.at(1).max_abs_difference, 7);
  EXPECT_FALSE(all.agree());
  EXPECT_TRUE(all.left_out.empty());
  EXPECT_EQ(comparison_json(all).find("left_out"), std::string::npos);

  test::write_text(folder_.path() / "a.marks.csv",
                   "kind,first_frame,last_frame\nexclude,2,2\nlabel,1,9\nexclude,6,6\n");
  test::write_text(folder_.path() / "b.marks.csv", "kind,start,end\nexclude,0.25,0.45\n");
  const Comparison some = compare(a, b, 0.0);
  EXPECT_EQ(some.rows_a, 5U);
  EXPECT_EQ(some.rows_matched, 2U);
  EXPECT_THAT(some.rows_only_a, IsEmpty());
  EXPECT_THAT(some.rows_only_b, IsEmpty());
  EXPECT_EQ(some.columns.at(1).max_abs_difference, 0);
  EXPECT_TRUE(some.agree());
  const std::string text = comparison_text(some);
  EXPECT_THAT(text, HasSubstr("left out: 2 frames in 2 ranges of " +
                              (folder_.path() / "a.marks.csv").string()));
  EXPECT_THAT(text, HasSubstr("left out: 2 frames in 1 range of " +
                              (folder_.path() / "b.marks.csv").string()));
  const auto json = nlohmann::json::parse(comparison_json(some));
  ASSERT_EQ(json["left_out"].size(), 2U);
  EXPECT_EQ(json["left_out"][1]["frames_excluded"], 2);
  EXPECT_EQ(json["left_out"][0]["excluded_ranges"], 2);

  const Comparison counted = compare_tables(folder_.path() / "a.csv", folder_.path() / "b.csv",
                                            {.tolerance = 0.0, .use_marks = false});
  EXPECT_EQ(comparison_json(counted), comparison_json(all));
}

// Times that are all the same say nothing, and a mark in seconds is about no frame of them.
TEST_F(CompareTest, SecondsOfMarksNeedTimes) {
  test::write_text(folder_.path() / "a.marks.csv", "kind,start,end\nexclude,0,1\n");
  const Comparison result =
      compare("frame,timestamp,v\n1,0,1\n2,0,2\n", "frame,timestamp,v\n1,0,1\n2,0.1,2\n");
  EXPECT_EQ(result.rows_matched, 2U);
  ASSERT_EQ(result.left_out.size(), 1U);
  EXPECT_EQ(result.left_out[0].frames, 0U);
}

// A face that only one table follows does not shift the rows of the others.
TEST_F(CompareTest, FacesThatComeAndGoKeepTheirRows) {
  const Comparison result = compare("frame,face_id,v\n1,0,10\n1,2,12\n2,1,21\n2,2,22\n",
                                    "frame,face_id,v\n1,2,12\n2,1,21\n2,2,22\n3,1,31\n", 0.0);
  EXPECT_EQ(result.rows_matched, 3U);
  EXPECT_EQ(result.columns.at(0).max_abs_difference, 0);
  EXPECT_THAT(result.failures, ElementsAre(HasSubstr("the first: frame 1 face 0"),
                                           HasSubstr("the first: frame 3 face 1")));
}

TEST_F(CompareTest, MatchesPicturesByFace) {
  const Comparison result = compare("face,v\n0,5\n1,6\n", "face,v\n1,6\n0,5\n", 0.0);
  EXPECT_EQ(result.rows_matched, 2U);
  EXPECT_TRUE(result.agree());
}

// The faces of a picture are those of the first frame of a video.
TEST_F(CompareTest, AnAbsentFrameIsTheFirst) {
  const Comparison result = compare("face,v\n0,5\n1,6\n7,9\n", "frame,face_id,v\n1,1,6\n1,0,5\n");
  EXPECT_EQ(result.rows_matched, 2U);
  EXPECT_EQ(result.columns.at(0).max_abs_difference, 0);
  ASSERT_EQ(result.rows_only_a.size(), 1U);
  EXPECT_EQ(key_text(result.rows_only_a[0]), "frame 1 face 7");
}

TEST_F(CompareTest, PyFaceAuCountsFromZeroAndHasWords) {
  const std::string openface =
      "frame,face_id,timestamp,success,AU01_r\n"
      "1,0,0.000,1,0.5\n2,0,0.033,0,0\n3,0,0.067,1,1.5\n";
  const Comparison result = compare(openface,
                                    "frame,timestamp,success,AU01_r\n"
                                    "0,0.0,True,0.5\n1,0.033,False,\n2,0.067,True,1.5\n");
  EXPECT_EQ(result.rows_matched, 3U);
  ASSERT_EQ(result.columns.size(), 3U);
  EXPECT_EQ(result.columns[1].class_agreement, 1.0);
  EXPECT_EQ(result.columns[2].n, 2U);
  EXPECT_EQ(result.columns[2].only_one, 1U);
  EXPECT_EQ(result.columns[2].max_abs_difference, 0);
  // Without its first frame, too: its 2 is the 3 of the other.
  const Comparison tail = compare(openface, "frame,timestamp,success,AU01_r\n2,0.067,True,1.5\n");
  EXPECT_EQ(tail.rows_matched, 1U);
  EXPECT_EQ(tail.columns.at(2).max_abs_difference, 0);
}

TEST_F(CompareTest, ListsColumnsThatAreNotCommon) {
  const Comparison result =
      compare("frame,name,a,v\n1,left,1,0\n2,right,1,0\n", "frame,v,name,b,c\n1,0,left,1,1\n");
  EXPECT_THAT(result.columns_only_a, ElementsAre("a"));
  EXPECT_THAT(result.columns_only_b, ElementsAre("b", "c"));
  EXPECT_THAT(result.columns_of_text, ElementsAre("name"));
  ASSERT_EQ(result.columns.size(), 1U);
  EXPECT_EQ(result.columns[0].name, "v");
}

TEST_F(CompareTest, ManyColumnsOfOneTableAreCountedByGroup) {
  std::string many = "frame,extra,AU01_r,AU01_c", row = "1,2,3,1";
  for (int i = 0; i < 68; ++i) {
    many += fmt::format(",x_{0},Z_{0}", i);
    row += ",4,5";
  }
  const Comparison result = compare(many + "\n" + row + "\n", "frame,AU12_r\n1,2\n");
  const std::string text = comparison_text(result);
  EXPECT_THAT(text, HasSubstr("\nColumns only in A: 139 (-2Dfp 68, -3Dfp 68, -aus 2, extra)\n"));
  EXPECT_THAT(text, HasSubstr("\nColumns only in B: AU12_r\n"));
  EXPECT_EQ(nlohmann::json::parse(comparison_json(result))["columns_only_a"].size(), 139U);
}

TEST_F(CompareTest, OthersThatAreManyAreShortened) {
  std::string many = "frame";
  for (int i = 0; i < 40; ++i) many += fmt::format(",other{}", i);
  EXPECT_THAT(comparison_text(compare(many + "\n", "frame,v\n")),
              HasSubstr("40 (other0, other1, other2, other3, other4, other5, other6, other7, "
                        "other8, other9, other10, 29 more)"));
}

// The same table after R, pandas and a spreadsheet of another country.
TEST_F(CompareTest, WhatOtherProgramsMakeOfATableIsEqualToIt) {
  const std::string plain = "frame,success,AU01_r\n1,1,0.5\n2,0,nan\n";
  for (const char* same : {"\"\",\"frame\",\"success\",\"AU01_r\"\n\"1\",1,1,0.5\n\"2\",2,0,NA\n",
                           "Unnamed: 0,frame,success,AU01_r\n0,1,1.0,0.5\n1,2,0.0,\n",
                           "\xEF\xBB\xBF"
                           "frame;success;AU01_r\r\n1;1;0,5\r\n2;0;#N/A\r\n;;\r\n",
                           "frame, success, AU01_r\r1,  1, 0.5\r2,  0, -nan(ind)\r"}) {
    const Comparison result = compare(plain, same, 0);
    EXPECT_THAT(result.failures, IsEmpty()) << same;
    EXPECT_THAT(result.columns_only_b, IsEmpty()) << same;
    EXPECT_EQ(result.rows_matched, 2U);
  }
}

TEST_F(CompareTest, VerdictKeepsToTheTolerance) {
  const std::string a = "frame,v,w\n1,1.0,2\n2,2.0,2\n";
  EXPECT_TRUE(compare(a, a, 0.0).agree());
  EXPECT_TRUE(compare(a, "frame,v,w\n1,1.25,2\n2,2.0,2\n", 0.25).agree());
  EXPECT_THAT(compare(a, "frame,v,w\n1,1.5,2\n2,2.0,2\n", 0.25).failures,
              ElementsAre(HasSubstr("v: largest difference 0.5, allowed 0.25")));
  EXPECT_THAT(compare(a, "frame,v,w\n1,,2\n2,2.0,2\n", 9.0).failures,
              ElementsAre(HasSubstr("v: 1 rows have a number in one table only")));
  EXPECT_THAT(compare(a, "frame,v,w\n1,1.0,2\n", 9.0).failures,
              ElementsAre(HasSubstr("1 rows are only in A, the first: frame 2 face 0")));
  EXPECT_THAT(compare("frame,v\n", "frame,v\n", 9.0).failures,
              ElementsAre(HasSubstr("no row is in both")));
  EXPECT_THAT(compare(a, "frame,x\n1,1\n2,2\n", 9.0).failures,
              ElementsAre(HasSubstr("no numeric column")));
  EXPECT_TRUE(compare(a, "frame,v\n1,1.0\n2,2.0\n", 0.0).agree());  // fewer columns are no failure
}

TEST_F(CompareTest, FewRowsAndConstants) {
  EXPECT_THAT(compare("frame,v\n", "frame,v\n").columns.at(0).n, 0U);
  const ColumnComparison one = compare("frame,v\n1,3\n", "frame,v\n1,4\n").columns.at(0);
  EXPECT_EQ(one.n, 1U);
  EXPECT_EQ(one.pearson_r, std::nullopt);
  EXPECT_EQ(one.max_abs_difference, 1);
  // Differences too small or large to be squared leave no correlation, never a wrong one.
  EXPECT_EQ(compare("frame,v\n1,0\n2,1e-200\n", "frame,v\n1,0\n2,1e-200\n").columns.at(0).pearson_r,
            std::nullopt);
  EXPECT_EQ(compare("frame,v\n1,-1e308\n2,1e308\n", "frame,v\n1,1e308\n2,-1e308\n")
                .columns.at(0)
                .pearson_r,
            std::nullopt);
}

TEST_F(CompareTest, RefusesBadTables) {
  const std::string good = "frame,v\n1,1\n2,1\n";
  EXPECT_THAT(error(good, "frame,v\n1,1\n1,2\n"), HasSubstr("frame 1 face 0 appears twice"));
  EXPECT_THAT(error(good, "a,v\n1,1\n"), HasSubstr("column frame or face"));
  EXPECT_THAT(error(good, "frame,v\n1,1\n2,x\n"), HasSubstr("line 3"));
  EXPECT_THAT(error(good, "frame,v\n1\n"), HasSubstr("cells"));
  EXPECT_THAT(error(good, "frame,v\n-1,1\n"), HasSubstr("number of a frame"));
  EXPECT_THAT(error(good, "frame,v\n,1\n"), HasSubstr("whole number"));
  EXPECT_THAT(error("", good), HasSubstr("a.csv"));
}

TEST_F(CompareTest, SurvivesDamage) {
  std::string good = "frame,face_id,timestamp,success,AU01_r,AU01_c\n";
  for (int i = 1; i < 30; ++i)
    good += fmt::format("{},0,{:.3f},1,{:.2f},1.00\n", i, i / 30.0, i / 7.0);
  std::mt19937 random(13);
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string bad = good;
    for (unsigned flips = 1 + random() % 8; flips > 0; --flips)
      bad[random() % bad.size()] = static_cast<char>(random());
    test::write_text(folder_.path() / "a.csv", good);
    test::write_text(folder_.path() / "b.csv", bad);
    try {
      const Comparison result =
          compare_tables(folder_.path() / "a.csv", folder_.path() / "b.csv", {0.1});
      EXPECT_FALSE(comparison_text(result).empty());
      EXPECT_TRUE(nlohmann::json::accept(comparison_json(result)));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 300);
}

TEST_F(CompareTest, Text) {
  const Comparison result =
      compare("frame,v,success,a\n1,1,1,1\n2,2,1,\n", "frame,v,success,a\n1,1,1,1\n2,4,0,1\n", 0.5);
  const std::string text = comparison_text(result);
  EXPECT_THAT(text, HasSubstr("2 rows in both, 0 only in A, 0 only in B\n"));
  EXPECT_THAT(text, HasSubstr("\nv                     2   1.00000            1            2\n"));
  EXPECT_THAT(
      text, HasSubstr("\nsuccess               2  constant          0.5            1  50.00 %\n"));
  EXPECT_THAT(text, HasSubstr("            0  1 missing in one table\n"));
  EXPECT_THAT(text,
              HasSubstr("do not agree within 0.5:\n  v: largest difference 2, allowed 0.5\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("group")));  // none of its columns is in the table
  const std::string groups =
      comparison_text(compare("frame,success,x_0,y_0,AU01_r,AU01_c\n1,1,0,0,1,1\n2,1,0,0,2,0\n",
                              "frame,success,x_0,y_0,AU01_r,AU01_c\n1,1,3,4,1,1\n2,1,0,0,3,1\n"));
  EXPECT_THAT(groups, HasSubstr("By group, over the 2 rows with success in both:\n"));
  EXPECT_THAT(groups,
              HasSubstr("\nlandmarks_px            2          2.5      3.53553            5  "
                        "          5\n"));
  EXPECT_THAT(groups, HasSubstr("\nr of the intensities: 1.00000 on average, 1.00000 at least\n"));
  EXPECT_THAT(groups, HasSubstr("\nequal presences: 50.00 %\n"));
  const std::string same = "frame,v\n1,1\n";
  EXPECT_THAT(comparison_text(compare(same, same, 0.5)), HasSubstr("The tables agree within 0.5."));
  EXPECT_THAT(comparison_text(compare(same, same)), ::testing::Not(HasSubstr("agree")));
}

TEST_F(CompareTest, Json) {
  const auto json = nlohmann::json::parse(
      comparison_json(compare("frame,v\n1,1\n2,2\n", "frame,v,w\n1,1,0\n3,4,0\n", 0.5)));
  EXPECT_EQ(json["rows_matched"], 1);
  EXPECT_EQ(json["rows_only_a"].dump(), R"([{"face":0,"frame":2}])");
  EXPECT_EQ(json["columns"][0]["name"], "v");
  EXPECT_EQ(json["columns"][0]["pearson_r"], nullptr);
  EXPECT_EQ(json["groups"]["landmarks_px"]["n"], 0);
  EXPECT_EQ(json["groups"]["success_equal"], nullptr);
  EXPECT_EQ(json["columns_only_b"].dump(), R"(["w"])");
  EXPECT_EQ(json["agree"], false);
  EXPECT_EQ(json["failures"].size(), 2U);
}

// Against the textbook formula on the whole tables.
TEST(CompareGolden, DynamicAndStaticModels) {
  const char* a = "golden/csv/video01.csv";
  const char* b = "golden/csv/video01_static.csv";
  AURIGA_NEEDS(a);
  AURIGA_NEEDS(b);
  const Table in_a(test::test_data() / a), in_b(test::test_data() / b);
  const Comparison result = compare_tables(test::test_data() / a, test::test_data() / b, {0.0});
  EXPECT_EQ(result.rows_matched, 300U);
  EXPECT_EQ(result.columns.size(), 712U);  // without frame and face_id
  EXPECT_THAT(result.columns_of_text, IsEmpty());
  bool any_differs = false;
  for (const ColumnComparison& column : result.columns) {
    const std::size_t at_a = in_a.index(column.name), at_b = in_b.index(column.name);
    double sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0, most = 0;
    for (std::size_t row = 0; row < 300; ++row) {
      const double x = in_a.number(row, at_a), y = in_b.number(row, at_b);
      sum_a += x;
      sum_b += y;
      sum_aa += x * x;
      sum_bb += y * y;
      sum_ab += x * y;
      most = std::max(most, std::abs(x - y));
    }
    EXPECT_EQ(column.max_abs_difference, most) << column.name;
    any_differs = any_differs || most > 0;
    const double var_a = 300 * sum_aa - sum_a * sum_a, var_b = 300 * sum_bb - sum_b * sum_b;
    ASSERT_EQ(column.pearson_r.has_value(), !column.constant_a && !column.constant_b);
    // The textbook formula loses up to ten digits where the mean is large (coordinates near 600).
    if (column.pearson_r) {
      EXPECT_NEAR(*column.pearson_r, (300 * sum_ab - sum_a * sum_b) / std::sqrt(var_a * var_b),
                  1e-5)
          << column.name;
    }
  }
  EXPECT_TRUE(any_differs);
  EXPECT_FALSE(result.agree());
  EXPECT_TRUE(compare_tables(test::test_data() / a, test::test_data() / a, {0.0}).agree());
}

// The manifests beside the tables tell; without them nobody knows.
TEST(Compare, WarnsOfDifferentEstimators) {
  const test::TemporaryFolder folder;
  const fs::path a = folder.path() / "a.csv", b = folder.path() / "b.csv";
  for (const fs::path& table : {a, b}) test::write_text(table, "frame,AU01_r\n1,0.5\n2,0.25\n");
  const auto told = [](const fs::path& table, const std::string& estimator) {
    RunManifest manifest;
    manifest.estimator = estimator;
    write_manifest(manifest, manifest_path(table));
  };
  EXPECT_FALSE(compare_tables(a, b).different_estimators());
  told(a, "openface-2.2");
  EXPECT_FALSE(compare_tables(a, b).different_estimators());
  told(b, "openface-2.2");
  EXPECT_FALSE(compare_tables(a, b).different_estimators());
  told(b, "open-0.1");
  const Comparison comparison = compare_tables(a, b);
  EXPECT_TRUE(comparison.different_estimators());
  EXPECT_THAT(comparison_text(comparison), testing::HasSubstr("Warning"));
  EXPECT_THAT(comparison_text(comparison), testing::HasSubstr("openface-2.2 (A) and open-0.1 (B)"));
  EXPECT_THAT(comparison_json(comparison), testing::HasSubstr("\"different_estimators\": true"));
}

TEST_F(CompareTest, BlendshapesAreAGroup) {
  const Comparison result = compare("frame,success,jawOpen,mouthLeft\n1,1,0.5,0\n2,0,0,0\n",
                                    "frame,success,jawOpen,mouthLeft\n1,1,0.25,0\n2,1,1,1\n");
  EXPECT_EQ(result.agreement.blendshapes.n, 2U);
  EXPECT_EQ(result.agreement.blendshapes.mean, 0.125);
  EXPECT_THAT(comparison_text(result), HasSubstr("\nblendshapes "));
  EXPECT_EQ(nlohmann::json::parse(comparison_json(result))["groups"]["blendshapes"]["max"], 0.25);
  const Comparison without = compare("frame,pose_Rx\n1,0\n", "frame,pose_Rx\n1,0\n");
  EXPECT_FALSE(nlohmann::json::parse(comparison_json(without))["groups"].contains("blendshapes"));
}

}  // namespace
}  // namespace auriga
