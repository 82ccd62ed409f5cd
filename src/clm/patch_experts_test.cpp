#include "clm/patch_experts.hpp"

#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_kernels.hpp"
#include "clm/patch_experts_reference.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::HasSubstr;

constexpr PatchExpertKind kKinds[] = {PatchExpertKind::svr, PatchExpertKind::ccnf,
                                      PatchExpertKind::cen};

// A valid file of few landmarks.
std::string small_file(PatchExpertKind kind, int landmarks = 3) {
  std::mt19937 random(11);
  if (kind == PatchExpertKind::svr) return test::bytes_of(test::random_svr(1, landmarks, random));
  if (kind == PatchExpertKind::ccnf)
    return test::bytes_of(test::random_ccnf(2, landmarks, 2, {3}, random));
  return test::bytes_of(test::random_cen(landmarks, {2}, random));
}

// The message when the bytes are rejected, else empty. The file is in memory: there are many.
std::string rejection(PatchExpertKind kind, const std::string& bytes) {
  const int file = memfd_create("experts", 0);
  EXPECT_EQ(write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  std::string message;
  try {
    read_patch_experts(kind, {path});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr(path));
    message = error.what();
  }
  close(file);
  return message;
}

TEST(ReadPatchExperts, KeepsWhatTheFilesSay) {
  for (const PatchExpertKind kind : kKinds) {
    const test::TemporaryFolder folder;
    test::write_text(folder.path() / "file", small_file(kind));
    const auto experts = read_patch_experts(kind, {folder.path() / "file", folder.path() / "file"});
    ASSERT_EQ(experts.size(), 2U);
    EXPECT_EQ(experts[1]->kind(), kind);
    EXPECT_EQ(experts[1]->landmarks(), 3);
    const double scales[] = {0.5, 0.25, 0.35};
    EXPECT_EQ(experts[0]->training_scale(), scales[static_cast<int>(kind)]);
    EXPECT_EQ(experts[0]->views(), static_cast<int>(kind) + 1);
    EXPECT_EQ(experts[0]->visible(0).size(), 3U);
    EXPECT_EQ(experts[0]->visible(0)[1], 1);
  }
}

TEST(ReadPatchExperts, RejectsFilesCutShortAnywhere) {
  for (const PatchExpertKind kind : kKinds) {
    const std::string bytes = small_file(kind);
    // The text of the last number of an SVR file may lose digits unnoticed.
    const std::size_t end = kind == PatchExpertKind::svr ? bytes.find_last_of(' ') : bytes.size();
    for (std::size_t size = 0; size < end; size += size < 700 ? 1 : 97)
      ASSERT_NE(rejection(kind, bytes.substr(0, size)), "") << size << " of " << bytes.size();
    EXPECT_EQ(rejection(kind, bytes), "");
    EXPECT_NE(rejection(kind, bytes + "\1\2\3"), "");
  }
}

TEST(ReadPatchExperts, SurvivesHostileSizes) {
  for (const PatchExpertKind kind : {PatchExpertKind::ccnf, PatchExpertKind::cen}) {
    const std::string bytes = small_file(kind);
    int rejected = 0;
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += at < 900 ? 4 : 124) {
      for (const std::int32_t value : {-1, 0, 0x7fffffff, 1 << 20, 0x7fc00000}) {
        std::string altered = bytes;
        std::memcpy(altered.data() + at, &value, 4);
        rejected += !rejection(kind, altered).empty();
      }
    }
    EXPECT_GT(rejected, 300);
  }
}

TEST(ReadPatchExperts, RejectsWhatDoesNotFit) {
  std::mt19937 random(12);
  const CcnfFile good = test::random_ccnf(2, 3, 2, {3}, random);
  const auto ccnf = [&](const std::function<void(CcnfFile&)>& alter) {
    CcnfFile file = good;
    alter(file);
    return rejection(PatchExpertKind::ccnf, test::bytes_of(file));
  };
  EXPECT_EQ(ccnf([](CcnfFile&) {}), "");
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.training_scale = 0; }), HasSubstr("above zero"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.training_scale = NAN; }), HasSubstr("finite"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.centres[1][0] = INFINITY; }), HasSubstr("finite"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.experts[0].neurons[0].weights[5] = NAN; }),
              HasSubstr("finite"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.experts[0].neurons[0].gain = 1e30; }),
              HasSubstr("at most 1e9"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.experts[0].neurons.clear(); }),
              HasSubstr("visible from view 0"));
  EXPECT_THAT(ccnf([](CcnfFile& f) {
                for (CcnfNeuron& neuron : f.experts[0].neurons) neuron.alpha = 0;
              }),
              HasSubstr("sum to more than zero"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.edges[0].matrices[0][1] += 1; }), HasSubstr("symmetric"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.edges.push_back(f.edges[0]); }), HasSubstr("twice"));
  EXPECT_THAT(ccnf([](CcnfFile& f) { f.edges[0].window = 4; }), HasSubstr("odd"));

  const CenFile cen = test::random_cen(3, {2}, random);
  const auto altered = [&](const std::function<void(CenFile&)>& alter) {
    CenFile file = cen;
    alter(file);
    return rejection(PatchExpertKind::cen, test::bytes_of(file));
  };
  EXPECT_EQ(altered([](CenFile&) {}), "");
  EXPECT_THAT(altered([](CenFile& f) { f.mirror_landmark[1] = 3; }), HasSubstr("0 to 2"));
  EXPECT_THAT(altered([](CenFile& f) { f.mirror_view[1] = -1; }), HasSubstr("0 to 2"));
  EXPECT_THAT(altered([](CenFile& f) { f.experts[0].layers.pop_back(); }),
              HasSubstr("1 output of the last layer"));
  EXPECT_NE(altered([](CenFile& f) { f.experts[0].layers[0].inputs = 61; }), "");
  EXPECT_THAT(altered([](CenFile& f) { f.experts[0].layers[0].weights[3] = 1e20f; }),
              HasSubstr("at most 1e9"));

  const std::string svr = small_file(PatchExpertKind::svr);
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = svr;
    text.replace(text.find(from), from.size(), to);
    return rejection(PatchExpertKind::svr, text);
  };
  EXPECT_THAT(replaced("0.5\n", "-1\n"), HasSubstr("above zero"));
  EXPECT_THAT(replaced("3 1 4", "3 2 4"), HasSubstr("found"));
  EXPECT_THAT(replaced("3 11 11", "3 13 11"), HasSubstr("width"));
  EXPECT_THAT(replaced("11 11 5", "12 11 5"), HasSubstr("12 x 11"));
  EXPECT_THAT(replaced("# views\n1\n", "# views\n2000000000\n"), HasSubstr("number of views"));
}

TEST(ReadPatchExperts, RejectsScalesThatDoNotAgree) {
  for (const PatchExpertKind kind : kKinds) {
    const test::TemporaryFolder folder;
    test::write_text(folder.path() / "first", small_file(kind, 3));
    test::write_text(folder.path() / "other", small_file(kind, 4));
    EXPECT_THROW(read_patch_experts(kind, {folder.path() / "first", folder.path() / "other"}),
                 Error);
    EXPECT_THROW(read_patch_experts(kind, {folder.path() / "first", folder.path() / "missing"}),
                 Error);
  }
  std::mt19937 random(13);
  CcnfFile one_beta = test::random_ccnf(1, 3, 2, {3}, random);
  one_beta.edges[0].matrices.pop_back();
  for (CcnfExpert& expert : one_beta.experts) expert.betas.resize(1);
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "first", test::bytes_of(one_beta));
  test::write_text(folder.path() / "last", small_file(PatchExpertKind::ccnf));
  EXPECT_THROW(
      read_patch_experts(PatchExpertKind::ccnf, {folder.path() / "first", folder.path() / "last"}),
      Error);
}

TEST(PatchExperts, KnowTheNearestView) {
  std::mt19937 random(14);
  CcnfFile file = test::random_ccnf(3, 3, 2, {}, random);
  file.centres = {{0, -0.4, 0}, {0, 0.4, 0}, {0, 0.4, 0.2}};
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "file", test::bytes_of(file));
  const auto experts = read_patch_experts(PatchExpertKind::ccnf, {folder.path() / "file"});
  EXPECT_EQ(experts[0]->nearest_view({0, 0.01f, 0}), 1);
  EXPECT_EQ(experts[0]->nearest_view({0.3f, -0.01f, 0.05f}), 0);
  EXPECT_EQ(experts[0]->nearest_view({0.1f, 0.3f, 0.11f}), 2);
  EXPECT_EQ(experts[0]->nearest_view({0, 0, 0}), 0) << "the first of equally near ones";
}

TEST(PatchExperts, AllocateNothingAfterTheFirstCall) {
  std::mt19937 random(15);
  const Image picture = test::textured_picture(160, 120, random);
  for (const PatchExpertKind kind : kKinds) {
    const test::TemporaryFolder folder;
    test::write_text(folder.path() / "file", small_file(kind));
    const auto experts = read_patch_experts(kind, {folder.path() / "file"});
    const std::vector<float> landmarks = test::scattered_landmarks(3, picture, random);
    std::vector<float> responses(3 * 49);
    PatchWorkspace workspace;
    long before = 0;
    for (int round = 0; round < 3; ++round) {
      if (round == 1) before = test::allocations();
      for (const int window : {3, 7})
        experts[0]->respond(0, window, {picture, landmarks, 1, 0.2f}, responses, workspace);
    }
    EXPECT_EQ(test::allocations(), before) << static_cast<int>(kind);
  }
}

template <int kBytes>
void expect_exponential() {
  using V = typename Wide<kBytes>::f32;
  const auto last = [](float x) {
    return exponential<Wide<kBytes>>(x + V{})[Wide<kBytes>::kLanes - 1];
  };
  double worst = 0;
  for (double at = -87; at <= 88; at += 0.0173) {
    const auto x = static_cast<float>(at);
    worst = std::max(worst, std::abs(static_cast<double>(last(x)) / std::exp(double{x}) - 1));
  }
  EXPECT_LT(worst, 2e-7);
  EXPECT_EQ(last(0), 1);
  EXPECT_EQ(last(-1e30f), last(-87));
  EXPECT_EQ(last(1e30f), last(88));
}

TEST(Exponential, IsRightTo2em7) {
  expect_exponential<16>();
  expect_exponential<32>();
  expect_exponential<64>();
}

TEST(InverseNorms, EqualThePlainOnes) {
  std::mt19937 random(16);
  for (const int window : {1, 3, 13, 31}) {
    const int side = window + 10;
    for (const bool whole : {true, false}) {
      std::vector<float> area(static_cast<std::size_t>(side) * side + 64),
          norms(window * window + 16);
      // Little contrast far from zero.
      for (float& value : area) {
        value = test::between(random, 250000, 250003);
        if (whole) value = std::round(value);
      }
      inverse_norms(area.data(), window, norms.data());
      for (int y = 0; y < window; ++y) {
        for (int x = 0; x < window; ++x) {
          double mean = 0, squares = 0;
          for (int k = 0; k < 121; ++k) mean += area[(y + k / 11) * side + x + k % 11] / 121.0;
          for (int k = 0; k < 121; ++k)
            squares += std::pow(area[(y + k / 11) * side + x + k % 11] - mean, 2);
          ASSERT_NEAR(norms[y * window + x] * std::sqrt(squares), 1, whole ? 3e-7 : 3e-4);
        }
      }
      for (float& value : area) value = 0.1f + (whole ? 250000.0f : 0.0f);
      inverse_norms(area.data(), window, norms.data());
      norms.resize(static_cast<std::size_t>(window) * window);
      EXPECT_THAT(norms, ::testing::Each(0.0f));
    }
  }
}

TEST(Correlate, EqualsAPlainLoop) {
  std::mt19937 random(17);
  for (const int rows : {1, 2, 3, 4, 5, 6, 7, 8, 13, 63}) {
    for (const int places : {16, 48, 80}) {
      const int taps = 13;
      WeightRows weights(rows, taps);
      std::vector<float> plain(rows * taps), input(taps * 100 + 100), out(rows * places + 1, 7);
      for (int k = 0; k < rows * taps; ++k)
        weights.set(k / taps, k % taps, plain[k] = test::between(random, -1, 1));
      for (float& value : input) value = test::between(random, -1, 1);
      std::vector<int> offsets;
      for (int t = 0; t < taps; ++t) offsets.push_back((t * 5 % taps) * 100 + t);
      correlate(weights, input.data(), offsets.data(), places, out.data());
      for (int r = 0; r < rows; ++r) {
        for (int p = 0; p < places; ++p) {
          float sum = 0;
          for (int t = 0; t < taps; ++t) sum += plain[r * taps + t] * input[offsets[t] + p];
          ASSERT_EQ(out[r * places + p], sum) << rows << " rows, row " << r << ", place " << p;
        }
      }
      EXPECT_EQ(out.back(), 7);
    }
  }
}

}  // namespace
}  // namespace auriga
