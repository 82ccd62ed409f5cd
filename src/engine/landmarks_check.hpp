// Whether the table that landmarks come from is about the stream.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auriga/sink.hpp"

#include "tables/table_match.hpp"

namespace auriga {

// A table of another video is an Error(input), unless it is to be used all the same. One thread at
// a time.
class LandmarksCheck {
 public:
  // `table` must outlive this object; null: landmarks are found, and all is well. Throws for what
  // the size says.
  LandmarksCheck(const LandmarksCsv* table, const StreamInfo& stream);

  // The next frame.
  void add(const FrameView& frame);

  // After the last frame: throws for what rows and times say, or adds it to `warnings`. `whole`: as
  // TableMatch::at_end.
  void finish(bool whole, std::vector<std::string>& warnings);

 private:
  void judge(const std::vector<std::string>& contradictions);
  void warn(const std::string& text);

  const LandmarksCsv* table_;
  std::optional<TableMatch> match_;
  std::vector<std::string> warnings_;
};

}  // namespace auriga
