#include "clm/patch_experts_header.hpp"

#include <numbers>
#include <string>

namespace auriga {

std::array<double, 3> view_centre(const std::vector<double>& degrees) {
  constexpr double kRadians = std::numbers::pi / 180;
  return {degrees[0] * kRadians, degrees[1] * kRadians, degrees[2] * kRadians};
}

PatchExpertsHeader read_patch_experts_header(BinaryReader& reader) {
  PatchExpertsHeader header;
  header.training_scale = reader.f64("training scale");
  if (!(header.training_scale > 0))
    reader.fail("expected a training scale above zero, found " +
                std::to_string(header.training_scale));
  const int views = reader.i32("number of views", 1, kMostViews);
  for (int view = 0; view < views; ++view)
    header.centres.push_back(
        view_centre(reader.vector<double>("centre of view " + std::to_string(view), 3)));
  int landmarks = 0;
  for (int view = 0; view < views; ++view) {
    const std::vector<std::int32_t> visible =
        reader.vector<std::int32_t>("visibility of view " + std::to_string(view), landmarks);
    landmarks = static_cast<int>(visible.size());
    if (landmarks > kMostLandmarks)
      reader.fail("expected at most " + std::to_string(kMostLandmarks) + " landmarks, found " +
                  std::to_string(landmarks));
    for (const std::int32_t flag : visible) header.visible.push_back(flag != 0);
  }
  return header;
}

}  // namespace auriga
