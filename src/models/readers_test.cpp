// Readers of the OpenFace model files: the published files, and every way in which a file can be
// bad.
#include <cmath>
#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "models/au_models.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

const std::string kPredictors = "models/openface-2.2/AU_predictors/";

// The message of the Error(model) that `read` throws; "no error" when it throws none.
template <typename Read>
std::string model_error(Read read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    return error.what();
  }
  return "no error";
}

template <typename T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void append_matrix(std::string& bytes, int rows, int cols, int type,
                   const std::vector<double>& values) {
  for (const int number : {rows, cols, type}) append<std::int32_t>(bytes, number);
  for (const double value : values) append(bytes, value);
}

std::string dynamic_svr(int features = 3) {
  std::string bytes;
  append<std::int32_t>(bytes, 1);
  append(bytes, 0.25);
  append_matrix(bytes, 1, features, 6,
                std::vector<double>(static_cast<std::size_t>(features), 0.5));
  append_matrix(bytes, features, 1, 6,
                std::vector<double>(static_cast<std::size_t>(features), 2.0));
  append(bytes, -1.5);
  return bytes;
}

TEST(AuModelReader, PublishedSetMatchesTheSpec) {
  AURIGA_NEEDS(kPredictors);
  const AuModelSet set =
      read_au_model_set(test::test_data() / kPredictors / "main_dynamic_svms.txt", true);
  ASSERT_EQ(set.models.size(), 35u);  // table 1.8 of au-core.md
  EXPECT_EQ(set.triangles.size(), 111u);
  EXPECT_EQ(set.pdm.points, 68);
  EXPECT_EQ(set.pdm.modes, 34);
  EXPECT_NEAR(set.pdm.variances.front(), 826.21, 0.01);
  EXPECT_NEAR(set.pdm.variances.back(), 0.583, 0.001);
  int dynamic_svr_count = 0, dynamic_svm = 0;
  for (const AuModel& model : set.models) {
    EXPECT_EQ(model.weights.size(), 4702u);
    if (model.kind == AuKind::intensity && model.dynamic) ++dynamic_svr_count;
    if (model.kind == AuKind::presence && model.dynamic) ++dynamic_svm;
    if (model.name == "AU26" && model.kind == AuKind::intensity) {
      EXPECT_DOUBLE_EQ(model.cutoff, 0.30000000000000004);
      EXPECT_NEAR(model.bias, -0.379324753, 1e-9);
    }
    if (model.name == "AU12" && model.kind == AuKind::presence) {
      EXPECT_EQ(model.class_if_positive, 1);
      EXPECT_EQ(model.class_otherwise, 0);
      EXPECT_FALSE(model.dynamic);
    }
  }
  EXPECT_EQ(dynamic_svr_count, 11);
  EXPECT_EQ(dynamic_svm, 10);
}

TEST(AuModelReader, StaticSetHasOnlyStaticModels) {
  AURIGA_NEEDS(kPredictors);
  const AuModelSet set =
      read_au_model_set(test::test_data() / kPredictors / "main_static_svms.txt", false);
  ASSERT_EQ(set.models.size(), 35u);
  for (const AuModel& model : set.models) EXPECT_FALSE(model.dynamic) << model.name;
}

TEST(AuModelReader, ReadsEveryField) {
  TemporaryFolder folder;
  write_text(folder.path() / "m.dat", dynamic_svr());
  const AuModel model = read_au_model(folder.path() / "m.dat", "AU01", 3);
  EXPECT_EQ(model.kind, AuKind::intensity);
  EXPECT_TRUE(model.dynamic);
  EXPECT_EQ(model.cutoff, 0.25);
  EXPECT_EQ(model.means, (std::vector<double>{0.5, 0.5, 0.5}));
  EXPECT_EQ(model.weights, (std::vector<double>{2, 2, 2}));
  EXPECT_EQ(model.bias, -1.5);
}

TEST(AuModelReader, TruncatedAtAnyByteIsRefused) {
  TemporaryFolder folder;
  const auto file = folder.path() / "m.dat";
  const std::string good = dynamic_svr();
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_text(file, good.substr(0, size));
    EXPECT_THAT(model_error([&] { read_au_model(file, "AU01", 3); }), HasSubstr("m.dat, byte"))
        << size;
  }
  write_text(file, good + "x");
  EXPECT_THAT(model_error([&] { read_au_model(file, "AU01", 3); }),
              HasSubstr("found 1 more bytes"));
}

TEST(AuModelReader, WrongContentIsRefused) {
  TemporaryFolder folder;
  const auto file = folder.path() / "m.dat";
  const auto error_with = [&](std::size_t at, auto value) {
    std::string bytes = dynamic_svr();
    std::memcpy(&bytes[at], &value, sizeof(value));
    write_text(file, bytes);
    return model_error([&] { read_au_model(file, "AU01", 3); });
  };
  EXPECT_THAT(error_with(0, std::int32_t{2}),
              HasSubstr("marker 0, 1 (SVR) or 4, 5 (SVM), found 2"));
  EXPECT_THAT(error_with(0, std::int32_t{-1}), HasSubstr("found -1"));
  EXPECT_THAT(error_with(4, 1.5), HasSubstr("cutoff"));
  EXPECT_THAT(error_with(12, std::int32_t{2}), HasSubstr("found 2 x 3"));
  EXPECT_THAT(error_with(16, std::int32_t{0x7fffffff}), HasSubstr("expected means of size 1 x 3"));
  EXPECT_THAT(error_with(20, std::int32_t{5}), HasSubstr("element type 6"));
  EXPECT_THAT(error_with(24, std::nan("")), HasSubstr("finite means"));
  EXPECT_THAT(error_with(24, HUGE_VAL), HasSubstr("finite means"));
  EXPECT_THAT(model_error([&] { read_au_model(folder.path() / "none.dat", "AU01", 3); }),
              HasSubstr("missing"));
  EXPECT_THAT(model_error([&] { read_au_model(folder.path(), "AU01", 3); }), HasSubstr("folder"));
}

TEST(AuModelReader, ModelsOfDifferentLengthAreRefused) {
  AURIGA_NEEDS(kPredictors);
  TemporaryFolder folder;
  const auto source = test::test_data() / kPredictors;
  for (const char* name : {"In-the-wild_aligned_PDM_68.txt", "tris_68_full.txt"})
    std::filesystem::copy(source / name, folder.path() / name);
  write_text(folder.path() / "main.txt",
             "AUPredictor list.txt\r\nPDM In-the-wild_aligned_PDM_68.txt\r\nTriangulation "
             "tris_68_full.txt");
  write_text(folder.path() / "list.txt", "a.dat AU01\nb.dat AU02\n\n");
  write_text(folder.path() / "a.dat", dynamic_svr(3));
  write_text(folder.path() / "b.dat", dynamic_svr(4));
  const auto read = [&] { read_au_model_set(folder.path() / "main.txt", true); };
  EXPECT_THAT(model_error(read), HasSubstr("expected means of size 1 x 3, found 1 x 4"));
  write_text(folder.path() / "b.dat", dynamic_svr(3));
  EXPECT_EQ(model_error(read), "no error");
  write_text(folder.path() / "main.txt", "AUPredictor list.txt\n");
  EXPECT_THAT(model_error(read), HasSubstr("no PDM"));
  write_text(folder.path() / "main.txt", "");
  EXPECT_THAT(model_error(read), HasSubstr("no AUPredictor"));
}

const std::string kSmallPdm =
    "# mean\n6 1 6\n1 2 3 4 5 6\n# modes\n6 2 6\n1 0 0 1 1 0 0 1 1 0 0 1\n#variances\n1 2 6\n4.5 "
    "1e-3\n";

TEST(PdmReader, ReadsASmallModel) {
  TemporaryFolder folder;
  write_text(folder.path() / "pdm.txt", kSmallPdm);
  const Pdm pdm = read_pdm(folder.path() / "pdm.txt");
  EXPECT_EQ(pdm.points, 2);
  EXPECT_EQ(pdm.modes, 2);
  EXPECT_EQ(pdm.mean, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(pdm.basis.size(), 12u);
  EXPECT_EQ(pdm.variances, (std::vector<float>{4.5f, 1e-3f}));
}

TEST(PdmReader, TruncatedAtAnyByteIsRefused) {
  TemporaryFolder folder;
  const auto file = folder.path() / "pdm.txt";
  // The last value "1e-3" is still a number when its last digits are cut off, so stop before it.
  for (std::size_t size = 0; size + 6 < kSmallPdm.size(); ++size) {
    write_text(file, kSmallPdm.substr(0, size));
    EXPECT_NE(model_error([&] { read_pdm(file); }), "no error") << size;
  }
}

TEST(PdmReader, WrongContentIsRefused) {
  TemporaryFolder folder;
  const auto file = folder.path() / "pdm.txt";
  const auto error_with = [&](const std::string& from, const std::string& to) {
    std::string text = kSmallPdm;
    text.replace(text.find(from), from.size(), to);
    write_text(file, text);
    return model_error([&] { read_pdm(file); });
  };
  EXPECT_THAT(error_with("6 1 6", "7 1 6"), HasSubstr("line"));
  EXPECT_THAT(error_with("6 2 6", "3 4 6"), HasSubstr("expected shape modes of 6 x m"));
  EXPECT_THAT(error_with("6 1 6", "6 1 5"), HasSubstr("element type 6"));
  EXPECT_THAT(error_with("6 1 6", "600000 600000 6"), HasSubstr("size of the mean shape"));
  EXPECT_THAT(error_with("1 2 3", "1 x 3"),
              HasSubstr("line 3: expected a finite number (mean shape), found 'x'"));
  EXPECT_THAT(error_with("1 2 3", "1 nan 3"), HasSubstr("found 'nan'"));
  EXPECT_THAT(error_with("1 2 3", "1 inf 3"), HasSubstr("found 'inf'"));
  EXPECT_THAT(error_with("1 2 3", "1 1e300 3"), HasSubstr("single precision"));
  EXPECT_THAT(error_with("4.5", "0"), HasSubstr("variances above zero"));
  EXPECT_THAT(error_with("4.5", "-1"), HasSubstr("variances above zero"));
  EXPECT_THAT(error_with("1e-3\n", "1e-3\n7"), HasSubstr("found more data"));
}

TEST(TriangulationReader, RefusesWhatDoesNotFit) {
  TemporaryFolder folder;
  const auto file = folder.path() / "tris.txt";
  const auto error_of = [&](const std::string& text) {
    write_text(file, text);
    return model_error([&] { read_triangulation(file, 68); });
  };
  EXPECT_EQ(error_of("2\n3\n4\n0 1 2\n65 66 67\n"), "no error");
  EXPECT_THAT(error_of("2\n3\n4\n0 1 2\n65 66 68\n"),
              HasSubstr("triangle 1 expected landmarks 0..67, found 68"));
  EXPECT_THAT(error_of("1\n3\n4\n0 -1 2\n"), HasSubstr("found -1"));
  EXPECT_THAT(error_of("1\n4\n4\n0 1 2 3\n"), HasSubstr("three landmarks"));
  EXPECT_THAT(error_of("2\n3\n4\n0 1 2\n"), HasSubstr("end of the file"));
  EXPECT_THAT(error_of("1\n3\n4\n0 1.5 2\n"), HasSubstr("integer"));
  EXPECT_THAT(error_of(""), HasSubstr("end of the file"));
}

}  // namespace
}  // namespace auriga
