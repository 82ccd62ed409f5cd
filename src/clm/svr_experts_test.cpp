#include "clm/svr_experts.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_reference.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

TEST(SvrExperts, EqualThePlainVersion) {
  std::mt19937 random(1);
  const Image picture = test::textured_picture(160, 120, random);
  const SvrFile file = test::random_svr(2, 11, random);
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "svr", test::bytes_of(file));
  const auto experts = read_svr_experts({folder.path() / "svr"});
  ASSERT_EQ(experts[0]->landmarks(), 11);
  const std::vector<float> landmarks = test::scattered_landmarks(11, picture, random);
  const SearchAreas areas{picture, landmarks, 0.8f, 0.3f};
  PatchWorkspace workspace;
  for (const int window : {1, 3, 7, 11, 13}) {
    for (const int view : {0, 1}) {
      const int pixels = window * window;
      std::vector<float> responses(static_cast<std::size_t>(11) * pixels, -7.0f);
      experts[0]->respond(view, window, areas, responses, workspace);
      for (int i = 0; i < 11; ++i) {
        double confidence = 0;
        for (const SvrModality& modality : file.experts[view * 11 + i])
          confidence += modality.confidence;
        EXPECT_DOUBLE_EQ(experts[0]->confidence(view, i), confidence);
        if (file.visible[view * 11 + i] == 0) {
          EXPECT_EQ(responses[i * pixels], -7);
          continue;
        }
        const std::vector<float> expected = test::plain_svr_response(
            file.experts[view * 11 + i], test::plain_area(areas, i, window), window);
        // The coefficients are right to some 1e-7 and go into a sigmoid of slope 8 / 4.
        for (int p = 0; p < pixels; ++p)
          ASSERT_NEAR(responses[i * pixels + p], expected[p], 2e-6f)
              << "window " << window << ", landmark " << i << ", place " << p;
      }
    }
  }
}

TEST(SvrExperts, OfAnUnstructuredPictureSeeTheBiasesOnly) {
  std::mt19937 random(2);
  const SvrFile file = test::random_svr(1, 2, random);
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "svr", test::bytes_of(file));
  const auto experts = read_svr_experts({folder.path() / "svr"});
  Image picture(60, 60, 1);
  std::fill_n(picture.data(), 3600, std::uint8_t{77});
  const std::vector<float> landmarks = {30, 31, 30, 29};
  std::vector<float> responses(2 * 9);
  PatchWorkspace workspace;
  experts[0]->respond(0, 3, {picture, landmarks, 0.7f, 0.2f}, responses, workspace);
  for (int i = 0; i < 2; ++i) {
    double expected = 1;
    for (const SvrModality& modality : file.experts[i]) expected /= 1 + std::exp(-modality.bias);
    for (int p = 0; p < 9; ++p) EXPECT_NEAR(responses[i * 9 + p], expected, 1e-6);
  }
}

}  // namespace
}  // namespace auriga
