#include "parity/golden_stage.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace auriga::parity {
namespace {

namespace fs = std::filesystem;

ShapePose pose_from(const float* v) { return {v[0], v[1], v[2], v[3], v[4], v[5]}; }

// Rows of unequal length: frame, part, name, likelihood, pose, modes, landmarks (x, then y).
std::vector<ClmShape> read_parts(const fs::path& file) {
  constexpr std::size_t kPoints[] = {51, 28, 28}, kModes[] = {32, 10, 10};
  std::vector<ClmShape> states;
  std::istringstream in(test::read_text(file));
  std::string line, cell;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::size_t part = states.size() % 3;
    std::istringstream cells(line);
    for (int text = 0; text < 3; ++text) std::getline(cells, cell, ',');
    std::vector<float> values;
    while (std::getline(cells, cell, ',')) values.push_back(std::stof(cell));
    if (values.size() != 7 + kModes[part] + 2 * kPoints[part])
      throw std::runtime_error(file.string() + ": row " + std::to_string(states.size() + 1) +
                               " has an unexpected length");
    const auto modes = values.begin() + 7, landmarks = modes + kModes[part];
    ClmShape& state = states.emplace_back();
    state.likelihood = values[0];
    state.pose = pose_from(&values[1]);
    state.modes.assign(modes, landmarks);
    state.landmarks.assign(landmarks, values.end());
    state.landmark_likelihoods.resize(kPoints[part]);
  }
  return states;
}

Camera read_camera(const fs::path& file) {
  Camera camera;
  if (std::sscanf(test::read_text(file).c_str(), "fx=%f fy=%f cx=%f cy=%f", &camera.fx, &camera.fy,
                  &camera.cx, &camera.cy) != 4)
    throw std::runtime_error(file.string() + ": expected fx=, fy=, cx=, cy=");
  return camera;
}

}  // namespace

GoldenStage::GoldenStage(const fs::path& folder)
    : tracker(folder / "tracker.csv"),
      calc_params(folder / "fa_params.csv"),
      pose_gaze(folder / "pose_gaze.csv"),
      eyes(folder / "eye_landmarks.csv"),
      landmarks_3d(folder / "landmarks3d.csv"),
      parts(read_parts(folder / "parts.csv")),
      camera(read_camera(folder / "camera.txt")) {}

ClmState GoldenStage::state(std::size_t frame) const {
  ClmState state;
  ClmShape& whole = state.whole;
  whole.landmarks = numbers(tracker, frame, "x_0", 2 * kLandmarks);
  whole.landmark_likelihoods.resize(kLandmarks);
  whole.pose = pose_from(numbers(tracker, frame, "p_scale", 6).data());
  whole.modes = numbers(tracker, frame, "p_0", kShapeModes);
  whole.likelihood = static_cast<float>(tracker.number(frame, "likelihood"));
  for (std::size_t p = 0; p < 3; ++p) state.parts.push_back(parts.at(3 * frame + p));
  return state;
}

Landmarks GoldenStage::landmarks(std::size_t frame) const {
  Landmarks landmarks;
  const std::vector<float> xy = numbers(tracker, frame, "x_0", 2 * kLandmarks);
  std::copy_n(xy.begin(), kLandmarks, landmarks.x.begin());
  std::copy_n(xy.begin() + kLandmarks, kLandmarks, landmarks.y.begin());
  return landmarks;
}

std::vector<float> numbers(const test::Table& table, std::size_t row, const std::string& first,
                           std::size_t count) {
  std::vector<float> values;
  const std::size_t begin = table.index(first);
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(table.number(row, begin + i)));
  return values;
}

}  // namespace auriga::parity
