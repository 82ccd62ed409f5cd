// All that is in a state, for tests that compare results to the byte.
#pragma once

#include <string>
#include <vector>

#include "clm/clm_state.hpp"

namespace auriga::test {

inline std::string bytes_of(const ClmShape& shape) {
  std::string bytes;
  const auto append = [&](const void* values, std::size_t size) {
    bytes.append(static_cast<const char*>(values), size);
  };
  const ShapePose& pose = shape.pose;
  for (const float value :
       {pose.scale, pose.rx, pose.ry, pose.rz, pose.tx, pose.ty, shape.likelihood})
    append(&value, sizeof value);
  append(&shape.view, sizeof shape.view);
  for (const std::vector<float>* values :
       {&shape.modes, &shape.landmarks, &shape.landmark_likelihoods})
    append(values->data(), values->size() * sizeof(float));
  return bytes;
}

inline std::string bytes_of(const ClmState& state) {
  std::string bytes = bytes_of(state.whole);
  for (const ClmShape& part : state.parts) bytes += bytes_of(part);
  bytes.append(reinterpret_cast<const char*>(&state.certainty), sizeof state.certainty);
  bytes += state.success ? '+' : '-';
  return bytes;
}

}  // namespace auriga::test
