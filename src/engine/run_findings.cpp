#include "engine/run_findings.hpp"

#include <algorithm>
#include <cstdint>

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

std::string neutral_note(std::span<const std::pair<int, NeutralFacts>> neutral) {
  constexpr const char* kUnits =
      "the action units of mouth, cheeks and lower lids (AU06, AU12, AU25 and others)";
  std::string none, weak;
  for (const auto& [id, facts] : neutral) {
    if (facts.state != NeutralFacts::State::none && facts.state != NeutralFacts::State::weak)
      continue;
    std::string& faces = facts.state == NeutralFacts::State::none ? none : weak;
    if (!faces.empty()) faces += ", ";
    faces += neutral.size() > 1 ? fmt::format("face_id {}: ", id) : "";
    faces += fmt::format("{} frame{} ({:.0f} %)", facts.frames, facts.frames == 1 ? "" : "s",
                         100 * facts.share);
  }
  std::string found;
  if (!none.empty())
    found = fmt::format(
        "no neutral face was found, only {} without an expression: {} are told by the face of an "
        "average person and may be too high",
        none, kUnits);
  if (!weak.empty()) {
    if (!found.empty()) found += "; ";
    found += fmt::format(
        "the neutral face is known from {} only: {} are told in part by the face of an average "
        "person and may be too high",
        weak, kUnits);
  }
  if (!found.empty()) found += "; --baseline with a neutral picture or clip of the person mends it";
  return found;
}

std::vector<std::string> scene_warnings(const SceneFacts& scene) {
  const auto times = [](std::int64_t n, const char* what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  };
  if (scene.portraits)
    return {
        "most pictures show somebody else than the one before, as portraits do; a folder is taken "
        "for the frames of one video, so that the values of a picture depend on the others: give "
        "the pictures themselves (FOLDER/*.jpg), each of which is then taken by itself"};
  std::string found;
  if (scene.cut_count > 0)
    found = fmt::format("{}, the first in frame {} ({:.1f} s)", times(scene.cut_count, "hard cut"),
                        scene.cuts.front().frame + 1, scene.cuts.front().timestamp_s);
  if (scene.change_count > 0) {
    if (!found.empty()) found += "; ";
    found +=
        fmt::format("the followed face probably becomes another person's {}, first in frame {}",
                    times(scene.change_count, "time"), scene.changes.front().frame + 1);
    found += scene.split ? "; every person has a face_id and a calibration of its own"
                         : "; all are one face_id and one calibration, which fits nobody: "
                           "--split-people parts them";
  }
  if (found.empty()) return {};
  return {found};
}

}  // namespace auriga
