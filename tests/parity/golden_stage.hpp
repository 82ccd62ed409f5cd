// What the reference had in its hands frame by frame, at full precision: golden/stage_*.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "auriga/face.hpp"

#include "clm/clm_state.hpp"
#include "support/golden.hpp"

namespace auriga::parity {

struct GoldenStage {
  explicit GoldenStage(const std::filesystem::path& folder);

  std::size_t frames() const { return tracker.rows(); }
  // The landmark model after a frame: the whole face, and its parts (inner face, eye on the left,
  // eye on the right); without a verdict.
  ClmState state(std::size_t frame) const;
  Landmarks landmarks(std::size_t frame) const;

  test::Table tracker, calc_params, pose_gaze, eyes, landmarks_3d;
  std::vector<ClmShape> parts;  // three per frame
  Camera camera;
};

// `count` numbers of a row from a column on.
std::vector<float> numbers(const test::Table& table, std::size_t row, const std::string& first,
                           std::size_t count);

}  // namespace auriga::parity
