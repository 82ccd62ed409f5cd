#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "shape/camera.hpp"
#include "shape/fake_pdm.hpp"
#include "shape/head_pose.hpp"
#include "shape/shape_fitter.hpp"
#include "support/allocations.hpp"

namespace auriga {
namespace {

TEST(Shape, DoesNotAllocatePerFrame) {
  std::mt19937 random(1);
  const ShapeModel model(test::synthetic_pdm(kLandmarks, kShapeModes, random));
  const std::vector<float> planar = test::picture(model, test::random_weights(model, random),
                                                  test::random_pose(random, 1), random, 1);
  Landmarks landmarks;
  std::copy_n(planar.begin(), kLandmarks, landmarks.x.begin());
  std::copy_n(planar.begin() + kLandmarks, kLandmarks, landmarks.y.begin());
  const Camera camera = camera_from_frame_size(640, 480);

  long before = test::allocations();
  ShapeFitter fitter(model);
  EXPECT_GT(test::allocations(), before) << "the count does not work";

  before = test::allocations();
  for (int frame = 0; frame < 6; ++frame) {
    // From the first frame on; also when another point is invisible in every frame, and when there
    // is no fit.
    Landmarks seen = landmarks;
    if (frame > 0) seen.x[frame] = 0;
    if (frame == 5) seen.x.fill(0);
    ShapeFit fit;
    EXPECT_EQ(fitter.fit(seen, fit) > 0, frame < 5);
    head_pose(model, fit, seen, camera);
    landmarks_3d(model, fit, seen, camera);
  }
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace auriga
