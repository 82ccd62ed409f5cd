// The fit of the shape model against the plain one, and what holds for any landmarks at all.
#include <cmath>
#include <vector>

#include "fuzz_choices.hpp"
#include "shape/fake_pdm.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/shape_fitter_reference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  fuzz::Choices choices(bytes, size);
  std::mt19937 random = choices.random();
  const int points = choices.one_of({13, 28, 63, 68});
  const int modes = choices.one_of({1, 3, 10, 16, 34});
  const Pdm pdm = test::synthetic_pdm(points, modes, random);
  const ShapeModel model(pdm);
  ShapeFitter fitter(model);
  const bool usual = choices.flag();
  std::vector<float> landmarks =
      test::picture(model, test::random_weights(model, random),
                    test::random_pose(random, choices.flag() ? 0.5f : 3.0f), random, 0.5f);
  if (!usual)
    for (int i = choices.number(1, 20); i > 0; --i)
      landmarks[static_cast<std::size_t>(choices.number(0, 2 * points - 1))] =
          choices.flag() ? choices.raw<float>() : choices.real(-2000, 2000);
  ShapePose pose;
  std::vector<float> weights(static_cast<std::size_t>(modes));
  const int iterations = fitter.fit(landmarks, pose, weights);
  for (const float weight : weights)
    if (!std::isfinite(weight)) __builtin_trap();
  for (const float value : {pose.scale, pose.tx, pose.ty})
    if (!std::isfinite(value)) __builtin_trap();
  if (!usual || points < 28) return 0;
  ShapePose plain_pose;
  std::vector<float> plain_weights;
  const int plain_iterations = test::fit_plainly(pdm, landmarks, plain_pose, plain_weights);
  // As src/shape/shape_fitter_test.cpp: the same but for roundings and a last step.
  const double tolerance = iterations == plain_iterations ? 2e-3 : 0.05;
  for (std::size_t j = 0; j < weights.size(); ++j)
    if (!(std::abs(static_cast<double>(weights[j]) - plain_weights[j]) <= tolerance))
      __builtin_trap();
  return 0;
}
