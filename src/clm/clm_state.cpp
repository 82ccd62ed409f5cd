#include "clm/clm_state.hpp"

#include <algorithm>
#include <cstddef>

#include "clm/clm_model.hpp"

namespace auriga {
namespace {

void give_sizes(const Pdm& pdm, ClmShape& shape) {
  const auto n = static_cast<std::size_t>(pdm.points);
  shape.modes.resize(static_cast<std::size_t>(pdm.modes));
  shape.landmarks.resize(2 * n);
  shape.landmark_likelihoods.resize(n);
}

}  // namespace

void give_sizes(const ClmModel& model, ClmState& state) {
  give_sizes(model.pdm, state.whole);
  state.parts.resize(model.parts.size());
  for (std::size_t p = 0; p < state.parts.size(); ++p)
    give_sizes(model.parts[p].model->pdm, state.parts[p]);
}

ClmState unseen(const ClmModel& model) { return unseen(model, {}); }

ClmState unseen(const ClmModel& model, ClmState before) {
  give_sizes(model, before);
  ClmShape& whole = before.whole;
  whole.pose = {};
  std::fill(whole.modes.begin(), whole.modes.end(), 0.0f);
  std::fill(whole.landmarks.begin(), whole.landmarks.end(), 0.0f);
  whole.likelihood = -10;
  before.success = false;
  before.certainty = 0;
  return before;
}

}  // namespace auriga
