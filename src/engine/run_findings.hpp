// What the rows of a run tell beyond their numbers, in words for whoever reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/run.hpp"
#include "auriga/scene.hpp"

#include "engine/stream.hpp"

namespace auriga {

// Counted frame by frame, in order. One thread at a time.
class RunFindings {
 public:
  // `lost_empty`: Setup::lost_cells_empty. `followed`: most faces that are followed at a time.
  RunFindings(bool lost_empty, int followed) : lost_empty_(lost_empty), followed_(followed) {}

  void add(std::int64_t frame, const Session::Stream::Concluded& concluded);

  int faces_visible() const { return visible_; }
  std::int64_t rows_lost() const { return rows_lost_; }
  // Whole sentences without the name of the input.
  std::vector<std::string> notes(std::int64_t rows) const;

 private:
  bool lost_empty_;
  int followed_;
  std::int64_t rows_lost_ = 0;
  int visible_ = 0;              // most faces that the detector saw at a time
  std::int64_t visible_at_ = 0;  // frame
};

// What is to be heeded about neutral faces that were not found; empty: nothing.
std::string neutral_note(std::span<const std::pair<int, NeutralFacts>> neutral);

// What is to be heeded about cuts and people.
std::vector<std::string> scene_warnings(const SceneFacts& scene);

}  // namespace auriga
