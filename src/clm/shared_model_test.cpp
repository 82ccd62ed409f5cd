// Any number of fitters on any threads share one model: what each computes is what it computes
// alone. To be run with the thread sanitizer, too.
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/grey.hpp"
#include "clm/clm_fitter.hpp"
#include "clm/fake_patch_experts.hpp"
#include "clm/state_bytes.hpp"
#include "media/image_file.hpp"
#include "shape/fake_pdm.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

constexpr int kThreads = 2;

// What the threads do: each follows every kThreads-th face through the pictures.
struct Work {
  std::vector<Image> pictures;
  std::vector<ClmState> starts;
  ClmSettings settings;
  ClmWindows windows{};
  bool validate = false;
};

// The states after every picture, of the faces first, first + step, ...
std::vector<std::string> follow(const std::shared_ptr<const ClmModel>& model, const Work& work,
                                std::size_t first, std::size_t step) {
  std::optional<Validator> validator;
  if (work.validate) validator.emplace(Validator::load(model->validator));
  ClmFitter fitter(model, validator ? &*validator : nullptr);
  std::vector<std::string> states;
  for (std::size_t face = first; face < work.starts.size(); face += step) {
    ClmState state = work.starts[face];
    for (const Image& picture : work.pictures) {
      state = fitter.detect(picture, work.settings, work.windows, {}, std::move(state));
      states.push_back(test::bytes_of(state));
    }
  }
  return states;
}

// `load` reads the same model again: the one that is shared must be fresh, so that what the experts
// compute on first use is computed while others wait for it.
void expect_same_alone_and_together(const std::function<std::shared_ptr<const ClmModel>()>& load,
                                    const std::function<Work(const ClmModel&)>& work_for) {
  const std::shared_ptr<const ClmModel> shared = load(), alone = load();
  const Work work = work_for(*alone);
  std::vector<std::string> together[kThreads];
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      together[t] = follow(shared, work, t, kThreads);
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < kThreads; ++t)
    EXPECT_TRUE(together[t] == follow(alone, work, t, kThreads)) << "thread " << t;
  EXPECT_NE(together[0], together[1]) << "of different faces";
}

constexpr int kPoints = 20, kPartPoints = 8;

std::string expert_file(PatchExpertKind kind, int landmarks, double training_scale,
                        std::mt19937& random) {
  const auto written = [&](auto file) {
    file.training_scale = training_scale;
    return test::bytes_of(file);
  };
  if (kind == PatchExpertKind::svr) return written(test::random_svr(3, landmarks, random));
  if (kind == PatchExpertKind::cen) return written(test::random_cen(landmarks, {6, 4}, random));
  return written(test::random_ccnf(3, landmarks, 3, {7, 9}, random));
}

// A model of random experts at two scales, with two parts.
std::shared_ptr<ClmModel> random_model(PatchExpertKind kind, int points, bool parts,
                                       std::mt19937& random) {
  const test::TemporaryFolder folder;
  const auto first = folder.path() / "first", second = folder.path() / "second";
  test::write_text(first, expert_file(kind, points, 0.25, random));
  test::write_text(second, expert_file(kind, points, 0.35, random));
  auto model = std::make_shared<ClmModel>(test::synthetic_pdm(points, 4, random));
  model->kind = kind;
  for (auto& experts : read_patch_experts(kind, {first, second}))
    model->scales.push_back(std::move(experts));
  for (int p = 0; parts && p < 2; ++p) {
    ClmPart& part = model->parts.emplace_back();
    for (int i = 0; i < kPartPoints; ++i) part.landmarks.emplace_back(6 * p + i, i);
    part.model = random_model(kind, kPartPoints, false, random);
    part.windows = {7, 9};
  }
  return model;
}

class SharedModel : public testing::TestWithParam<PatchExpertKind> {};

TEST_P(SharedModel, OfRandomExpertsGivesTheSameToTwoThreads) {
  const auto load = [] {
    std::mt19937 random(3);
    return random_model(GetParam(), kPoints, true, random);
  };
  expect_same_alone_and_together(load, [](const ClmModel& model) {
    std::mt19937 random(4);
    Work work;
    work.windows = {9, 7};
    for (int i = 0; i < 4; ++i) work.pictures.push_back(test::textured_picture(160, 140, random));
    for (int face = 0; face < 6; ++face) {
      ClmState& state = work.starts.emplace_back(unseen(model));
      const float yaw = 0.3f * static_cast<float>(face / kThreads);  // a view for each pair
      state.whole.pose = {
          test::uniform(random, 0.5f, 0.9f), 0, yaw, 0, test::uniform(random, 60, 100),
          test::uniform(random, 50, 90)};
    }
    return work;
  });
}

INSTANTIATE_TEST_SUITE_P(Kinds, SharedModel,
                         testing::Values(PatchExpertKind::svr, PatchExpertKind::ccnf,
                                         PatchExpertKind::cen),
                         [](const auto& kind) {
                           return kind.param == PatchExpertKind::svr    ? "svr"
                                  : kind.param == PatchExpertKind::ccnf ? "ccnf"
                                                                        : "cen";
                         });

TEST(SharedClnf, GivesTheSameToTwoThreads) {
  const char* const main_file = "models/openface-2.2/model/main_clnf_general.txt";
  AURIGA_NEEDS(main_file);
  AURIGA_NEEDS("golden/images/images_fullprec.csv");
  expect_same_alone_and_together(
      [&] { return read_clm_model(test::test_data() / main_file); },
      [](const ClmModel& model) {
        const test::Table table(test::test_data() / "golden/images/images_fullprec.csv");
        Work work;
        work.windows = {11, 9, 7, 5};
        work.validate = true;
        const std::string image = table.text(0, "image");
        // Twice the same: the second fit goes on from the first.
        for (int i = 0; i < 2; ++i)
          to_grey(read_image(test::test_data() / "images" / (image + ".jpg")),
                  work.pictures.emplace_back());
        for (const float yaw : {0.0f, 0.05f, -0.5236f, 0.5236f}) {
          const auto number = [&](const char* column) {
            return static_cast<float>(table.number(0, column));
          };
          ClmState& state = work.starts.emplace_back(unseen(model));
          state.whole.pose = pose_from_box(
              model.pdm.mean, {number("det_x"), number("det_y"), number("det_w"), number("det_h")},
              {0, yaw, 0});
        }
        return work;
      });
}

}  // namespace
}  // namespace auriga
