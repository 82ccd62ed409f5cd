// Patch experts of all kinds against plain loops, of awkward sizes, on pictures at any scale.
#include <algorithm>
#include <cmath>
#include <vector>

#include "clm/ccnf_experts.hpp"
#include "clm/cen_experts.hpp"
#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_reference.hpp"
#include "clm/svr_experts.hpp"
#include "fuzz_choices.hpp"
#include "fuzz_file.hpp"

namespace {

using namespace auriga;
using fuzz::Choices;

// As the unit tests of each kind have it, with their reasons.
constexpr double kCcnfTolerance = 1e-5, kCenTolerance = 1e-5, kSvrTolerance = 2e-6;

struct Case {
  int window, view;
  Image picture;
  std::vector<float> landmarks;
  SearchAreas areas;
};

template <typename Read, typename Check>
void run(const std::string& bytes, const Case& one, const Read& read, const Check& check) {
  std::vector<std::unique_ptr<PatchExperts>> experts;
  fuzz::with_file(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
      [&](const auto& file) { experts = read(std::vector<std::filesystem::path>{file}); });
  if (experts.size() != 1) __builtin_trap();
  const int n = experts[0]->landmarks(), pixels = one.window * one.window;
  std::vector<float> responses(static_cast<std::size_t>(n) * pixels, -7.0f);
  PatchWorkspace workspace;
  experts[0]->respond(one.view, one.window, one.areas, responses, workspace);
  for (int i = 0; i < n; ++i) {
    const std::vector<float> map(responses.begin() + i * pixels,
                                 responses.begin() + (i + 1) * pixels);
    if (experts[0]->visible(one.view)[i] == 0) {
      if (std::any_of(map.begin(), map.end(), [](float v) { return v != -7.0f; })) __builtin_trap();
    } else {
      check(i, map);
    }
  }
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected,
                 double tolerance) {
  if (found.size() != expected.size()) __builtin_trap();
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!(std::abs(static_cast<double>(found[i]) - expected[i]) <= tolerance)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Choices choices(bytes, size);
  std::mt19937 random = choices.random();
  const int kind = choices.number(0, 2);
  const int count = choices.number(2, 6);
  Image picture = test::textured_picture(choices.number(60, 170), choices.number(60, 130), random);
  std::vector<float> landmarks = test::scattered_landmarks(count, picture, random);
  const float scale = choices.real(0.3f, 1.6f), angle = choices.real(-0.6f, 0.6f);
  const int window = choices.one_of({1, 3, 5, 7, 9, 11, 13});
  if (kind == 0) {
    // The plain version inverts a matrix of window^4 numbers for each landmark.
    Case one{
        std::min(window, 7), choices.number(0, 1), std::move(picture), std::move(landmarks), {}};
    one.areas = {one.picture, one.landmarks, scale, angle};
    const CcnfFile file = test::random_ccnf(2, count, choices.number(1, 13), {3, 7}, random);
    run(
        test::bytes_of(file), one, [](const auto& files) { return read_ccnf_experts(files); },
        [&](int i, const std::vector<float>& map) {
          const EdgeComponents* edges = nullptr;
          for (const EdgeComponents& entry : file.edges)
            if (entry.window == one.window && !entry.matrices.empty()) edges = &entry;
          const CcnfExpert& expert = file.experts[static_cast<std::size_t>(one.view * count + i)];
          const std::vector<float> expected =
              test::plain_ccnf_response(expert, test::plain_sigma(expert, edges, one.window),
                                        test::plain_area(one.areas, i, one.window), one.window);
          const double most = *std::max_element(expected.begin(), expected.end());
          expect_near(map, expected, kCcnfTolerance * most);
        });
  } else if (kind == 1) {
    Case one{
        std::max(window, 3), choices.number(0, 2), std::move(picture), std::move(landmarks), {}};
    one.areas = {one.picture, one.landmarks, scale, angle};
    const CenFile file = test::random_cen(count, {choices.number(1, 20)}, random);
    const auto expected = test::plain_cen_responses(file, one.view, one.window, one.areas);
    run(
        test::bytes_of(file, choices.flag()), one,
        [](const auto& files) { return read_cen_experts(files); },
        [&](int i, const std::vector<float>& map) {
          expect_near(map, expected[static_cast<std::size_t>(i)], kCenTolerance);
        });
  } else {
    Case one{window, choices.number(0, 1), std::move(picture), std::move(landmarks), {}};
    one.areas = {one.picture, one.landmarks, scale, angle};
    const SvrFile file = test::random_svr(2, count, random);
    run(
        test::bytes_of(file), one, [](const auto& files) { return read_svr_experts(files); },
        [&](int i, const std::vector<float>& map) {
          expect_near(
              map,
              test::plain_svr_response(file.experts[static_cast<std::size_t>(one.view * count + i)],
                                       test::plain_area(one.areas, i, window), window),
              kSvrTolerance);
        });
  }
  return 0;
}
