#include "clm/cen_experts.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/task_arena.h>

#include "auriga/error.hpp"

#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_reference.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

// Single precision over some hundred products; the outputs are up to 1.
constexpr float kTolerance = 1e-5f;

void expect_plain_responses(const PatchExperts& experts, const CenFile& file, int view, int window,
                            const SearchAreas& areas, float tolerance = kTolerance) {
  const int n = experts.landmarks(), pixels = window * window;
  std::vector<float> responses(static_cast<std::size_t>(n) * pixels, -7.0f);
  PatchWorkspace workspace;
  experts.respond(view, window, areas, responses, workspace);
  const auto expected = test::plain_cen_responses(file, view, window, areas);
  for (int i = 0; i < n; ++i) {
    if (experts.visible(view)[i] == 0) continue;
    ASSERT_EQ(expected[i].size(), static_cast<std::size_t>(pixels)) << "landmark " << i;
    for (int p = 0; p < pixels; ++p)
      ASSERT_NEAR(responses[i * pixels + p], expected[i][p], tolerance)
          << "view " << view << ", window " << window << ", landmark " << i << ", place " << p;
  }
}

TEST(CenExperts, EqualThePlainVersionInAllViews) {
  std::mt19937 random(1);
  const Image picture = test::textured_picture(160, 120, random);
  for (const std::vector<int>& hidden : {std::vector<int>{}, {1}, {7, 8}, {13, 3, 63}}) {
    const CenFile file = test::random_cen(8, hidden, random);
    const test::TemporaryFolder folder;
    for (const bool as_double : {false, true}) {
      test::write_text(folder.path() / "cen", test::bytes_of(file, as_double));
      const auto experts = read_cen_experts({folder.path() / "cen"});
      ASSERT_EQ(experts.size(), 1U);
      EXPECT_EQ(experts[0]->kind(), PatchExpertKind::cen);
      const std::vector<float> landmarks = test::scattered_landmarks(8, picture, random);
      for (const int window : {3, 5, 9, 15})
        for (const int view : {0, 1, 2})
          expect_plain_responses(*experts[0], file, view, window, {picture, landmarks, 0.8f, 0.3f});
    }
  }
}

TEST(CenExperts, TakeTheMirrorTablesOfTheLastFile) {
  std::mt19937 random(2);
  const Image picture = test::textured_picture(160, 120, random);
  CenFile first = test::random_cen(8, {3}, random);
  const CenFile last = test::random_cen(8, {3}, random);
  const std::string right = test::bytes_of(first);
  std::reverse(first.mirror_landmark.begin(), first.mirror_landmark.end());
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "first", test::bytes_of(first));
  test::write_text(folder.path() / "last", test::bytes_of(last));
  const auto experts = read_cen_experts({folder.path() / "first", folder.path() / "last"});
  first.mirror_landmark = last.mirror_landmark;
  const std::vector<float> landmarks = test::scattered_landmarks(8, picture, random);
  for (const int view : {0, 2})
    expect_plain_responses(*experts[0], first, view, 7, {picture, landmarks, 1, 0});
}

TEST(CenExperts, TakeTheConfidenceOfTheFileEvenOfEmptyExperts) {
  std::mt19937 random(3);
  const CenFile file = test::random_cen(5, {2}, random);
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "cen", test::bytes_of(file));
  const auto experts = read_cen_experts({folder.path() / "cen"});
  for (int view = 0; view < 3; ++view)
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(experts[0]->confidence(view, i), file.experts[view * 5 + i].confidence);
}

TEST(CenExperts, MustServeEveryVisibleLandmark) {
  std::mt19937 random(4);
  CenFile file = test::random_cen(5, {2}, random);
  file.experts[2].layers.clear();  // its own mirror image
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "cen", test::bytes_of(file));
  try {
    read_cen_experts({folder.path() / "cen"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("landmark 2"));
  }
}

// A file of experts with everything that responses need.
class CenOnDisk : public testing::Test {
 protected:
  CenOnDisk() { test::write_text(file_, test::bytes_of(cen_)); }

  std::vector<std::unique_ptr<PatchExperts>> read(const std::string& sha256 = "") const {
    return read_cen_experts({file_}, {sha256.empty() ? "" : folder_.path(),
                                      [=](const std::filesystem::path&) { return sha256; }});
  }
  std::vector<float> responses(const PatchExperts& experts, int view = 0) const {
    std::vector<float> responses(static_cast<std::size_t>(kLandmarkCount) * 81);
    PatchWorkspace workspace;
    experts.respond(view, 9, {picture_, landmarks_, 0.9f, 0.2f}, responses, workspace);
    return responses;
  }
  std::filesystem::path packed() const {
    return *std::filesystem::directory_iterator(packed_folder(folder_.path()));
  }

  static constexpr int kLandmarkCount = 20;
  std::mt19937 random_{6};
  const Image picture_ = test::textured_picture(160, 120, random_);
  const CenFile cen_ = test::random_cen(kLandmarkCount, {9, 4}, random_);
  const std::vector<float> landmarks_ =
      test::scattered_landmarks(kLandmarkCount, picture_, random_);
  const test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "cen";
  const std::string hash_ = std::string(64, 'a');
};

TEST_F(CenOnDisk, GiveTheSameForAnyNumberOfThreads) {
  const auto experts = read();
  for (const int view : {0, 1, 2}) {
    const std::vector<float> expected = responses(*experts[0], view);
    for (const int threads : {1, 2, 3, 8}) {
      tbb::task_arena arena(threads);
      const auto fresh = read();
      arena.execute([&] { EXPECT_TRUE(responses(*fresh[0], view) == expected) << threads; });
    }
  }
}

TEST_F(CenOnDisk, AreTheSameFromTheCache) {
  const std::vector<float> expected = responses(*read()[0]);
  EXPECT_TRUE(responses(*read(hash_)[0]) == expected) << "when it is kept";
  // That it is read: without the weights in the file the responses stay what they were.
  CenFile other = cen_;
  for (CenExpert& expert : other.experts)
    for (CenLayer& layer : expert.layers)
      std::fill(layer.weights.begin(), layer.weights.end(), 0.f);
  test::write_text(file_, test::bytes_of(other));
  EXPECT_TRUE(responses(*read(hash_)[0]) == expected);
  EXPECT_FALSE(responses(*read(std::string(64, 'b'))[0]) == expected) << "of another file";
}

TEST_F(CenOnDisk, ADamagedCacheChangesNothing) {
  const std::vector<float> expected = responses(*read(hash_)[0]);
  std::string text = test::read_text(packed());
  text[5000] ^= 0x40;
  test::write_text(packed(), text);
  EXPECT_TRUE(responses(*read(hash_)[0]) == expected);
  EXPECT_NE(test::read_text(packed()), text) << "written anew";
}

TEST_F(CenOnDisk, AFileThatIsWrittenToWhileItIsInUseIsRefused) {
  const auto experts = read();
  CenFile other = cen_;
  other.experts[0].layers[0].weights[5] += 1;
  test::write_text(file_, test::bytes_of(other));
  try {
    responses(*experts[0]);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(file_.string()),
                                             testing::HasSubstr("changed while it is in use")));
  }
}

TEST_F(CenOnDisk, AnotherFileUnderTheSameNameIsForTheNextRun) {
  const std::vector<float> expected = responses(*read()[0]);
  const auto experts = read();
  CenFile other = cen_;
  for (CenExpert& expert : other.experts)
    for (CenLayer& layer : expert.layers) layer.bias[0] += 1;
  test::write_text(folder_.path() / "new", test::bytes_of(other));
  std::filesystem::rename(folder_.path() / "new", file_);
  EXPECT_TRUE(responses(*experts[0]) == expected);
  EXPECT_FALSE(responses(*read()[0]) == expected);
}

// Whatever the layers of the real files are: what is inferred from their sizes decides the speed
// alone.
TEST(CenExperts, OfAnyLayersEqualThePlainVersion) {
  std::mt19937 random(7);
  const Image picture = test::textured_picture(160, 120, random);
  for (const std::vector<int>& hidden :
       {std::vector<int>{}, {67}, {300, 100, 50}, {5, 4, 3, 2, 9}, {128, 1}, {1, 130}})
    for (const bool row : {false, true}) {
      const CenFile file = test::random_cen(4, hidden, random);
      const test::TemporaryFolder folder;
      test::write_text(folder.path() / "cen", test::bytes_of(file, false, row));
      const auto experts = read_cen_experts({folder.path() / "cen"});
      const std::vector<float> landmarks = test::scattered_landmarks(4, picture, random);
      expect_plain_responses(*experts[0], file, 1, 7, {picture, landmarks, 0.8f, 0.3f},
                             hidden.empty() || hidden[0] < 100 ? kTolerance : 4 * kTolerance);
    }
}

TEST(CenExperts, OfTheSyntheticModelEqualThePlainVersion) {
  AURIGA_NEEDS("models/cen-synthetic/cen_patches_0.25_of.dat");
  std::mt19937 random(5);
  const Image picture = test::textured_picture(320, 240, random);
  const auto path = test::test_data() / "models/cen-synthetic/cen_patches_0.25_of.dat";
  const CenFile file = read_cen_file(path);
  const auto experts = read_cen_experts({path});
  ASSERT_EQ(experts[0]->views(), 7);
  const std::vector<float> landmarks = test::scattered_landmarks(68, picture, random);
  for (int view = 0; view < 7; ++view)
    expect_plain_responses(*experts[0], file, view, 7, {picture, landmarks, 1.4f, 0.1f});
}

}  // namespace
}  // namespace auriga
