#include "engine/landmarks_check.hpp"

#include "auriga/error.hpp"

#include "files/joined.hpp"

namespace auriga {

LandmarksCheck::LandmarksCheck(const LandmarksCsv* table, const StreamInfo& stream)
    : table_(table) {
  if (table_ == nullptr) return;
  match_.emplace(*table_, VideoFacts{stream.width, stream.height, stream.fps});
  judge(match_->of_size());
}

void LandmarksCheck::add(const FrameView& frame) {
  if (match_) match_->add(frame.index, frame.timestamp_s);
}

void LandmarksCheck::finish(bool whole, std::vector<std::string>& warnings) {
  if (!match_) return;
  const TableMatch::Findings findings = match_->at_end(whole);
  judge(findings.contradictions);
  for (const std::string& note : findings.notes) warn(note);
  warnings.insert(warnings.end(), warnings_.begin(), warnings_.end());
}

void LandmarksCheck::judge(const std::vector<std::string>& contradictions) {
  if (contradictions.empty()) return;
  if (!table_->of_any_video())
    throw Error(ErrorCode::input,
                table_->file().string() + ": expected the landmarks of this video, but " +
                    joined(contradictions, ", and ") +
                    "; give the table of this video, or --force to use it all the same");
  for (const std::string& contradiction : contradictions) warn(contradiction);
}

void LandmarksCheck::warn(const std::string& text) {
  warnings_.push_back("the table of landmarks " + table_->file().filename().string() + ": " + text);
}

}  // namespace auriga
