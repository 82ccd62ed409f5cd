#include "clm/clm_model.hpp"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const char* const kModels = "models/openface-2.2/model";

void expect_rejected(const fs::path& main_file, const testing::Matcher<std::string>& message) {
  try {
    read_clm_model(main_file);
    ADD_FAILURE() << "accepted " << main_file;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), message);
  }
}

// A folder with `main.txt`, `detector.txt` that names `pdm.txt` and `experts.txt`, and a small PDM.
class ClmModelFiles : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) {
    test::write_text(folder_.path() / name, text);
    return folder_.path() / name;
  }
  fs::path main_file() { return folder_.path() / "main.txt"; }

  void SetUp() override {
    write("main.txt", "LandmarkDetector detector.txt\n");
    write("detector.txt", "PDM pdm.txt\nPatchesCCNF experts.txt\n");
    write("pdm.txt",
          "6 1 6\n0 1 2 3 4 5\n6 1 6\n1 0 0 0 0 0\n1 1 6\n4\n");  // 2 points, 1 mode
  }

  test::TemporaryFolder folder_;
};

TEST(ClmModel, ReadsClnf) {
  AURIGA_NEEDS(kModels);
  const fs::path folder = test::test_data() / kModels;
  const auto model = read_clm_model(folder / "main_clnf_general.txt");
  EXPECT_EQ(model->name, "main_clnf_general");
  EXPECT_EQ(model->kind, PatchExpertKind::ccnf);
  EXPECT_EQ(model->pdm.points, 68);
  EXPECT_EQ(model->pdm.modes, 34);
  ASSERT_THAT(model->scales, SizeIs(3));
  EXPECT_EQ(model->scales[0]->training_scale(), 0.25);
  EXPECT_EQ(model->scales[1]->training_scale(), 0.35);
  EXPECT_EQ(model->scales[2]->training_scale(), 0.5);
  EXPECT_FALSE(model->early_termination);
  EXPECT_EQ(model->validator, folder / "detection_validation/validator_cnn.txt");

  ASSERT_THAT(model->parts, SizeIs(3));
  EXPECT_EQ(model->parts[0].name, "inner");
  ASSERT_THAT(model->parts[0].landmarks, SizeIs(51));
  for (int i = 0; i < 51; ++i) EXPECT_EQ(model->parts[0].landmarks[i], std::pair(17 + i, i));
  EXPECT_EQ(model->parts[1].name, "left_eye_28");
  EXPECT_THAT(model->parts[1].landmarks,
              ElementsAre(std::pair(36, 8), std::pair(37, 10), std::pair(38, 12), std::pair(39, 14),
                          std::pair(40, 16), std::pair(41, 18)));
  EXPECT_EQ(model->parts[2].name, "right_eye_28");
  EXPECT_EQ(model->parts[2].landmarks.front(), std::pair(42, 8));
  EXPECT_EQ(model->parts[2].model->pdm.points, 28);
  EXPECT_THAT(model->parts[2].model->scales, SizeIs(2));
  // 1 main file, 1 detector, 1 PDM, 3 experts; 4 of the inner part; 5 of each eye; the validator.
  EXPECT_THAT(model->files, SizeIs(6 + 4 + 5 + 5 + 1));
  for (const fs::path& file : model->files) EXPECT_TRUE(fs::is_regular_file(file)) << file;
}

TEST(ClmModel, PartsAreFittedInTheirOwnWay) {
  AURIGA_NEEDS(kModels);
  // The part is the same in all cases: its name decides.
  test::TemporaryFolder folder;
  const fs::path models = test::test_data() / kModels;
  struct Row {
    const char* name;
    ClmWindows windows;
    float regularisation, sigma, weight_factor;
  };
  const Row rows[] = {
      {"left_eye_28", {3, 5, 9, 0}, 0.5f, 1, 0},  {"right_eye_28", {3, 5, 9, 0}, 0.5f, 1, 0},
      {"inner", {9, 0, 0, 0}, 2.5f, 1.75f, 2.5f}, {"left_eye", {5, 3, 0, 0}, 0.1f, 2, 0},
      {"right_eye", {5, 3, 0, 0}, 0.1f, 2, 0},    {"mouth", {7, 7, 0, 0}, 1, 2, 0},
      {"brow", {11, 9, 0, 0}, 10, 3.5f, 0},       {"nose", {11, 9, 7, 5}, 22.5f, 2.25f, 0}};
  std::string text = "LandmarkDetector " + (models / "model_eye/clnf_left_synth.txt").string();
  for (const Row& row : rows)
    text += "\nLandmarkDetector_part " + (models / "model_eye/main_clnf_synth_left.txt").string() +
            " " + row.name + " 0 0";
  test::write_text(folder.path() / "main.txt", text);
  const auto model = read_clm_model(folder.path() / "main.txt");
  ASSERT_THAT(model->parts, SizeIs(std::size(rows)));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    SCOPED_TRACE(rows[i].name);
    const ClmPart& part = model->parts[i];
    EXPECT_EQ(part.name, rows[i].name);
    EXPECT_EQ(part.windows, rows[i].windows);
    EXPECT_EQ(part.settings.iterations, 5);
    EXPECT_EQ(part.settings.regularisation, rows[i].regularisation);
    EXPECT_EQ(part.settings.sigma, rows[i].sigma);
    EXPECT_EQ(part.settings.weight_factor, rows[i].weight_factor);
    EXPECT_FALSE(part.settings.adapt_to_scale);
  }
}

TEST(ClmModel, NamesAllMissingFilesAtOnce) {
  AURIGA_NEEDS(kModels);
  expect_rejected(test::test_data() / kModels / "main_ceclm_general.txt",
                  AllOf(HasSubstr("4 files"), HasSubstr("cen_patches_0.25_of.dat"),
                        HasSubstr("cen_patches_0.35_of.dat"), HasSubstr("cen_patches_0.50_of.dat"),
                        HasSubstr("cen_patches_1.00_of.dat"), HasSubstr("download of their own"),
                        HasSubstr("auriga models list"), Not(HasSubstr("main_clnf_synth"))));
}

TEST(ClmModel, ReadsCeClm) {
  AURIGA_NEEDS(kModels);
  AURIGA_NEEDS("models/cen-synthetic");
  const fs::path models = test::test_data() / kModels;
  const fs::path experts = test::test_data() / "models/cen-synthetic";
  test::TemporaryFolder folder;
  const std::string lines = "PDM " + (models / "pdms/In-the-wild_aligned_PDM_68.txt").string() +
                            "\r\nPatchesCCNF not_there.txt\r\nPatchesCEN " +
                            (experts / "cen_patches_0.25_of.dat").string() + "\r\n";
  const auto read = [&](const std::string& early_termination) {
    test::write_text(folder.path() / "early.txt", early_termination);
    test::write_text(folder.path() / "cen.txt", lines + "EarlyTermination early.txt\r\n");
    test::write_text(folder.path() / "main_ceclm_general.txt", "LandmarkDetector cen.txt\r\n");
    return read_clm_model(folder.path() / "main_ceclm_general.txt");
  };
  const auto model = read(test::read_text(test::test_data() / kModels / "early_term_cen_of.txt"));
  EXPECT_EQ(model->kind, PatchExpertKind::cen);
  EXPECT_THAT(model->scales, SizeIs(1));
  ASSERT_TRUE(model->early_termination);
  EXPECT_THAT(model->early_termination->weights,
              ElementsAre(1.000, 1.005, 1.054, 0.976, 0.976, 1.054, 1.005));
  EXPECT_THAT(model->early_termination->biases,
              ElementsAre(0.000, 0.049, 0.121, -0.370, -0.370, 0.121, 0.049));
  EXPECT_THAT(model->early_termination->cutoffs,
              ElementsAre(-0.230, -0.200, -0.140, 0.260, 0.260, -0.140, -0.200));

  const fs::path main_file = folder.path() / "main_ceclm_general.txt";
  for (const auto& [text, found] : {std::pair{"1 2 3", "found 3"},
                                    {"", "found 0"},
                                    {"1 2 three", "'three'"},
                                    {"nan", "'nan'"}}) {
    try {
      read(text);
      ADD_FAILURE() << "accepted '" << text << "'";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("early.txt"), HasSubstr(found)));
    }
  }
}

TEST(ClmModel, RefusesWhatDoesNotFitTogether) {
  AURIGA_NEEDS(kModels);
  const std::string models = (test::test_data() / kModels).string();
  test::TemporaryFolder folder;
  const fs::path main_file = folder.path() / "main.txt", detector = folder.path() / "detector.txt";
  const std::string eye = models + "/model_eye/main_clnf_synth_left.txt";
  const std::string part = "LandmarkDetector " + models + "/model_inner/clnf_inner.txt\n" +
                           "LandmarkDetector_part " + eye + " left_eye_28 ";

  test::write_text(main_file, part + "0 8 50 27");
  EXPECT_THAT(read_clm_model(main_file)->parts, SizeIs(1));
  for (const std::string pair : {"51 0", "0 28", "-1 0", "0 -1"}) {
    test::write_text(main_file, part + "0 8 " + pair);
    expect_rejected(main_file, AllOf(HasSubstr("left_eye_28"), HasSubstr("0..50"),
                                     HasSubstr("0..27"), HasSubstr("found " + pair)));
  }

  test::write_text(main_file, "LandmarkDetector detector.txt");
  test::write_text(detector, "PDM " + models + "/pdms/In-the-wild_aligned_PDM_68.txt\n" +
                                 "PatchesCCNF " + models +
                                 "/model_inner/patch_experts/ccnf_patches_1.00_inner.txt");
  expect_rejected(main_file, AllOf(HasSubstr("ccnf_patches_1.00_inner.txt"), HasSubstr("68 points"),
                                   HasSubstr("found them for 51")));
}

TEST_F(ClmModelFiles, NamesEveryMissingFile) {
  write("main.txt",
        "LandmarkDetector detector.txt\nLandmarkDetector_part eye/main.txt left_eye_28 0 0\n"
        "DetectionValidator validator.txt\n");
  fs::remove(folder_.path() / "pdm.txt");
  expect_rejected(main_file(),
                  AllOf(HasSubstr("4 files"), HasSubstr("pdm.txt"), HasSubstr("experts.txt"),
                        HasSubstr("eye/main.txt"), HasSubstr("validator.txt"),
                        HasSubstr("auriga models list"), Not(HasSubstr("detector.txt"))));
  fs::remove(folder_.path() / "detector.txt");
  expect_rejected(main_file(), AllOf(HasSubstr("3 files"), HasSubstr("detector.txt")));
  expect_rejected(folder_.path() / "nothing.txt",
                  HasSubstr("nothing.txt: the landmark model is missing"));
}

TEST_F(ClmModelFiles, IgnoresUnknownLinesAndCarriageReturns) {
  // All names are understood: what is missing is the experts alone.
  write("main.txt",
        "\r\nFaceDetConversion haarAlign.txt\r\nLandmarkDetector detector.txt  \r\n \t "
        "\r\nNonsense\r\n");
  write("detector.txt", "Triangulations none.txt\r\nPDM pdm.txt \r\nPatchesCCNF experts.txt\r\n");
  expect_rejected(main_file(), AllOf(HasSubstr("1 file "), HasSubstr("/experts.txt\n")));
}

TEST_F(ClmModelFiles, RefusesUnfinishedLists) {
  write("main.txt", "");
  expect_rejected(main_file(), HasSubstr("expected a line LandmarkDetector"));
  write("main.txt", "LandmarkDetector");
  expect_rejected(main_file(), HasSubstr("expected a file name after 'LandmarkDetector'"));
  write("main.txt", "LandmarkDetector detector.txt");
  write("detector.txt", "PatchesCCNF experts.txt");
  expect_rejected(main_file(), AllOf(HasSubstr("detector.txt"), HasSubstr("found no PDM")));
  write("detector.txt", "PDM pdm.txt");
  expect_rejected(main_file(), HasSubstr("found no patch experts"));
  write("detector.txt", "PDM pdm.txt\nPatchesCCNF\r\n");
  expect_rejected(main_file(), HasSubstr("expected a file name after 'PatchesCCNF'"));
  write("detector.txt", std::string("PDM pdm\0.txt", 12));
  expect_rejected(main_file(), HasSubstr("zero byte"));
}

TEST_F(ClmModelFiles, RefusesMoreScalesThanWindows) {
  std::string text = "PDM pdm.txt\n";
  for (int i = 0; i < 5; ++i) text += "PatchesCEN experts.txt\n";
  write("detector.txt", text);
  expect_rejected(main_file(), AllOf(HasSubstr("4 scales"), HasSubstr("found 5")));
}

TEST_F(ClmModelFiles, RefusesPartsThatAreNotPairs) {
  for (const auto& [pairs, found] : {std::pair{"", "0 numbers"},
                                     {"0 1 2", "3 numbers"},
                                     {"0 one", "'one'"},
                                     {"0 1.5", "'1.5'"},
                                     {"0 99999999999", "'99999999999'"}}) {
    write("main.txt", std::string("LandmarkDetector detector.txt\n"
                                  "LandmarkDetector_part part.txt mouth ") +
                          pairs + " \r\n");
    expect_rejected(main_file(), AllOf(HasSubstr("mouth"), HasSubstr(found)));
  }
}

TEST_F(ClmModelFiles, RefusesPartsOfParts) {
  // The shortest circle: a part that is the whole.
  write("main.txt", "LandmarkDetector detector.txt\nLandmarkDetector_part main.txt itself 0 0\n");
  expect_rejected(main_file(), AllOf(HasSubstr("without parts of its own"), HasSubstr("'itself'")));
  write("main.txt", "LandmarkDetector detector.txt\nLandmarkDetector_part b.txt b 0 0\n");
  write("b.txt", "LandmarkDetector detector.txt\nLandmarkDetector_part main.txt a 0 0\n");
  expect_rejected(main_file(), AllOf(HasSubstr("b.txt"), HasSubstr("found 'a'")));
}

TEST_F(ClmModelFiles, RefusesFoldersAndBigFiles) {
  write("main.txt", "LandmarkDetector .");
  expect_rejected(main_file(), HasSubstr("expected a file (landmark detector)"));
  write("main.txt", std::string((1 << 20) + 1, 'x'));
  expect_rejected(main_file(), HasSubstr("bytes"));
}

}  // namespace
}  // namespace auriga
