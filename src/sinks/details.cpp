#include "sinks/details.hpp"

#include <fmt/format.h>

namespace auriga {

std::string details_text(const Details& details) {
  std::string text;
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}:{}\n", label, value);
  };
  const auto flag = [&](const char* label, ColumnGroup group) {
    text += fmt::format("{}: {}\n", label, (details.groups & group) != 0 ? 1 : 0);
  };
  const Camera& camera = details.camera;
  line("Input", details.input);
  line("Input full path", details.input_full_path);
  line("Camera parameters",
       fmt::format("{:g},{:g},{:g},{:g}", camera.fx, camera.fy, camera.cx, camera.cy));
  line("Output HOG", details.hog);
  line("Output video", details.video);
  line("Output image", details.image);
  line("Output aligned directory", details.aligned_folder);
  line("Output csv", details.csv);
  flag("Gaze", kGazeColumns);
  flag("AUs", kAuColumns);
  flag("Landmarks 2D", kLandmarks2dColumns);
  flag("Landmarks 3D", kLandmarks3dColumns);
  flag("Pose", kPoseColumns);
  flag("Shape parameters", kShapeColumns);
  return text;
}

}  // namespace auriga
