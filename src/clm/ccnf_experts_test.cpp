#include "clm/ccnf_experts.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "clm/ccnf_smoothing.hpp"
#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_reference.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::Each;

const EdgeComponents* edges_for(const std::vector<EdgeComponents>& edges, int window) {
  for (const EdgeComponents& entry : edges)
    if (entry.window == window && !entry.matrices.empty()) return &entry;
  return nullptr;
}

// Largest difference from the plain version, relative to each map's maximum; untouched blocks of
// invisible landmarks are checked on the way.
double worst_difference(const PatchExperts& experts, const CcnfFile& file,
                        const std::vector<EdgeComponents>& edges, int view, int window,
                        const SearchAreas& areas, int step = 1) {
  const int n = experts.landmarks(), pixels = window * window;
  std::vector<float> responses(static_cast<std::size_t>(n) * pixels, -7.0f);
  PatchWorkspace workspace;
  experts.respond(view, window, areas, responses, workspace);
  double worst = 0;
  for (int i = 0; i < n; i += step) {
    const std::vector<float> map(responses.begin() + i * pixels,
                                 responses.begin() + (i + 1) * pixels);
    if (experts.visible(view)[i] == 0) {
      EXPECT_THAT(map, Each(-7.0f));
      continue;
    }
    const CcnfExpert& expert = file.experts[view * n + i];
    const std::vector<float> expected = test::plain_ccnf_response(
        expert, test::plain_sigma(expert, edges_for(edges, window), window),
        test::plain_area(areas, i, window), window);
    const double most = *std::max_element(expected.begin(), expected.end());
    for (int p = 0; p < pixels; ++p)
      worst = std::max(worst, std::abs(static_cast<double>(map[p]) - expected[p]) / most);
  }
  return worst;
}

// Single precision over 121 products in front of a steep sigmoid: about 5e-6 of the maximum in
// either version.
constexpr double kTolerance = 1e-5;

TEST(CcnfExperts, EqualThePlainVersion) {
  std::mt19937 random(1);
  const Image picture = test::textured_picture(160, 120, random);
  for (const int neurons : {1, 3, 7, 13}) {
    const CcnfFile file = test::random_ccnf(2, 11, neurons, {3, 7}, random);
    const test::TemporaryFolder folder;
    test::write_text(folder.path() / "ccnf", test::bytes_of(file));
    const auto experts = read_ccnf_experts({folder.path() / "ccnf"});
    const std::vector<float> landmarks = test::scattered_landmarks(11, picture, random);
    for (const int window : {1, 3, 5, 7, 13})
      for (const int view : {0, 1})
        EXPECT_LE(worst_difference(*experts[0], file, file.edges, view, window,
                                   {picture, landmarks, 0.8f, 0.3f}),
                  kTolerance)
            << neurons << " neurons, window " << window;
  }
}

TEST(CcnfExperts, EqualThePlainVersionOnRealFiles) {
  AURIGA_NEEDS("models/openface-2.2/model/patch_experts/ccnf_patches_0.25_general.txt");
  std::mt19937 random(2);
  const Image picture = test::textured_picture(320, 240, random);
  const auto models = test::test_data() / "models/openface-2.2/model";
  for (const char* name :
       {"patch_experts/ccnf_patches_0.25_general.txt", "patch_experts/ccnf_patches_0.5_general.txt",
        "model_inner/patch_experts/ccnf_patches_1.00_inner.txt",
        "model_eye/patch_experts/left_ccnf_patches_1.50_synth_lid_.txt"}) {
    const CcnfFile file = read_ccnf_file(models / name);
    const auto experts = read_ccnf_experts({models / name});
    const std::vector<float> landmarks =
        test::scattered_landmarks(experts[0]->landmarks(), picture, random);
    for (const int window : {5, 7, 9, 11})
      EXPECT_LE(worst_difference(*experts[0], file, file.edges, 3 % experts[0]->views(), window,
                                 {picture, landmarks, 1.4f, 0.1f}, 9),
                kTolerance)
          << name << ", window " << window;
  }
}

TEST(CcnfExperts, TakeTheEdgesOfTheLastFile) {
  std::mt19937 random(3);
  const Image picture = test::textured_picture(160, 120, random);
  const CcnfFile first = test::random_ccnf(1, 4, 3, {5}, random);
  CcnfFile last = test::random_ccnf(1, 4, 3, {5}, random);
  last.edges[0].matrices = {test::laplacian(5, 0, 1), test::laplacian(5, 2, 0)};
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "first", test::bytes_of(first));
  test::write_text(folder.path() / "last", test::bytes_of(last));
  const auto experts = read_ccnf_experts({folder.path() / "first", folder.path() / "last"});
  const std::vector<float> landmarks = test::scattered_landmarks(4, picture, random);
  const SearchAreas areas{picture, landmarks, 1, 0};
  EXPECT_LE(worst_difference(*experts[0], first, last.edges, 0, 5, areas), kTolerance);
  EXPECT_GT(worst_difference(*experts[0], first, first.edges, 0, 5, areas), 1e-3);
}

TEST(CcnfExperts, AreNeverNegative) {
  // With edges that push the pixels apart, the inverse has negative entries.
  std::mt19937 random(4);
  CcnfFile file = test::random_ccnf(1, 6, 2, {3}, random);
  std::vector<float> repelling = test::laplacian(3, 1, 0);
  for (float& value : repelling) value = std::abs(value);
  file.edges[0].matrices = {repelling};
  for (CcnfExpert& expert : file.experts) expert.betas = {5};
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "ccnf", test::bytes_of(file));
  const auto experts = read_ccnf_experts({folder.path() / "ccnf"});
  const Image picture = test::textured_picture(160, 120, random);
  const std::vector<float> landmarks = test::scattered_landmarks(6, picture, random);
  const SearchAreas areas{picture, landmarks, 1, 0};
  EXPECT_LE(worst_difference(*experts[0], file, file.edges, 0, 3, areas), kTolerance);
  std::vector<float> responses(6 * 9);
  PatchWorkspace workspace;
  experts[0]->respond(0, 3, areas, responses, workspace);
  EXPECT_GE(*std::min_element(responses.begin(), responses.end()), 0);
  int zeros = 0;
  for (int i = 0; i < 6; ++i)
    zeros += *std::min_element(responses.begin() + i * 9, responses.begin() + i * 9 + 9) == 0;
  EXPECT_GE(zeros, 1) << "no map was shifted: the test looks at nothing";
}

TEST(CcnfExperts, OfAnUnstructuredPictureSeeTheBiasesOnly) {
  std::mt19937 random(5);
  CcnfFile file = test::random_ccnf(1, 1, 3, {}, random);
  file.experts[0].neurons[0].alpha = 1.5e-4;
  file.experts[0].neurons[1].alpha = 0.9e-4;  // not in the response, but in the sum of alphas
  file.experts[0].neurons[2].alpha = 2e-4;
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "ccnf", test::bytes_of(file));
  const auto experts = read_ccnf_experts({folder.path() / "ccnf"});
  Image picture(60, 60, 1);
  std::fill_n(picture.data(), 3600, std::uint8_t{201});
  const std::vector<float> landmarks = {30, 30};
  std::vector<float> responses(25);
  PatchWorkspace workspace;
  experts[0]->respond(0, 5, {picture, landmarks, 0.7f, 0.2f}, responses, workspace);
  double expected = 0, alphas = 0;
  for (const CcnfNeuron& neuron : file.experts[0].neurons) {
    alphas += neuron.alpha;
    if (neuron.alpha > 1e-4) expected += 2 * neuron.alpha / (1 + std::exp(-neuron.bias));
  }
  EXPECT_THAT(responses,
              Each(::testing::FloatNear(static_cast<float>(expected / (2 * alphas)), 2e-6f)));
}

TEST(CcnfExperts, MayBeUsedByManyThreadsFromTheFirstCallOn) {
  std::mt19937 random(6);
  const CcnfFile file = test::random_ccnf(2, 9, 3, {7}, random);
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "ccnf", test::bytes_of(file));
  const auto experts = read_ccnf_experts({folder.path() / "ccnf"});
  const Image picture = test::textured_picture(160, 120, random);
  const std::vector<float> landmarks = test::scattered_landmarks(9, picture, random);
  std::vector<std::vector<float>> responses(4, std::vector<float>(9 * 49));
  std::vector<std::thread> threads;
  for (std::vector<float>& result : responses)
    threads.emplace_back([&] {
      PatchWorkspace workspace;
      experts[0]->respond(1, 7, {picture, landmarks, 1, 0.1f}, result, workspace);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& result : responses) EXPECT_EQ(result, responses[0]);
  EXPECT_GT(*std::max_element(responses[0].begin(), responses[0].end()), 0);
}

// Sigma by both ways, with and without the symmetry that blocks need.
TEST(Smoothing, EqualsTheDenseInverse) {
  std::mt19937 random(7);
  for (const int window : {1, 3, 5, 9}) {
    for (const bool lopsided : {false, true}) {
      const int pixels = window * window;
      EdgeComponents edges{window, {test::laplacian(window, 1, 0), test::laplacian(window, 1, 1)}};
      if (lopsided) {
        edges.matrices[0][0] += 3;
        edges.matrices[1][(pixels - 1) * (pixels + 1)] += 1;
      }
      const EdgeBasis basis(edges);
      EXPECT_EQ(basis.blocks(), lopsided && window > 1 ? 1 : window == 1 ? 1 : 4);
      std::vector<CcnfExpert> experts(13);
      std::vector<Smoothing::Weights> weights;
      for (CcnfExpert& expert : experts) {
        expert.neurons.resize(1);
        expert.neurons[0].alpha = test::between(random, 0.5f, 20);
        expert.betas = {test::between(random, 0, 5), test::between(random, 0, 5)};
        weights.push_back(
            {static_cast<double>(static_cast<float>(expert.neurons[0].alpha)), &expert.betas});
      }
      const Smoothing smoothing(basis, weights, "file");
      std::vector<float> scratch(2 * static_cast<std::size_t>(basis.folded_floats()));
      for (int k = 0; k < 13; ++k) {
        std::vector<float> map(pixels), expected(pixels);
        for (float& value : map) value = test::between(random, 0, 1);
        const std::vector<float> sigma = test::plain_sigma(experts[k], &edges, window);
        for (int i = 0; i < pixels; ++i)
          for (int j = 0; j < pixels; ++j) expected[i] += sigma[i * pixels + j] * map[j];
        smoothing.smooth(k, map.data(), scratch.data());
        const float most = *std::max_element(expected.begin(), expected.end());
        for (int i = 0; i < pixels; ++i) ASSERT_NEAR(map[i], expected[i], 2e-6f * most);
      }
    }
  }
}

TEST(Smoothing, RejectsEdgesThatAreNotPositiveDefinite) {
  const EdgeComponents edges{3, {test::laplacian(3, 1, 0)}};
  const EdgeBasis basis(edges);
  const std::vector<double> good = {1}, bad = {-10};
  const std::vector<Smoothing::Weights> weights = {{1, &good}, {1, &bad}};
  try {
    Smoothing(basis, weights, "some_file");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("some_file"));
  }
}

}  // namespace
}  // namespace auriga
