#include "engine/run_findings.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "tracking/multi_face.hpp"

namespace auriga {

void RunFindings::add(std::int64_t frame, const Session::Stream::Concluded& concluded) {
  for (const FaceRow& row : concluded.rows) rows_lost_ += row.result.success ? 0 : 1;
  if (concluded.detections <= visible_) return;
  visible_ = concluded.detections;
  visible_at_ = frame;
}

std::vector<std::string> RunFindings::notes(std::int64_t rows) const {
  std::vector<std::string> notes;
  if (visible_ > followed_)
    notes.push_back(fmt::format(
        "{} faces are visible (frame {}), {} {} followed; --multi-face {} follows {}", visible_,
        visible_at_ + 1, followed_, followed_ == 1 ? "is" : "are", std::min(visible_, kMostFaces),
        visible_ > kMostFaces ? "as many as can be" : "them all"));
  if (rows_lost_ > 0)
    notes.push_back(fmt::format(
        "{} of {} rows are of frames in which the face was lost (success 0): {}", rows_lost_, rows,
        lost_empty_ ? "their cells are empty from gaze to action units"
                    : "OpenFace's form writes 0 or the last known values there; leave them out"));
  return notes;
}

}  // namespace auriga
