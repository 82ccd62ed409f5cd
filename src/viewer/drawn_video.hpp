// A video with what its table says drawn into it: for talks, and for people without auriga.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "auriga/source.hpp"

namespace auriga {

struct DrawnVideoOptions {
  bool landmarks = true, head = true, gaze = true, eyes = true;
  bool bars = true;                           // a panel beside the picture with the action units
  std::vector<std::string> units;             // in the panel; empty: all that the table tells
  std::map<std::int64_t, std::string> names;  // of faces, ASCII; others are "face ID"
  std::function<bool()> stopped;              // asked between frames; empty: never
};

struct DrawnVideo {
  std::int64_t frames = 0;
  std::vector<std::string> warnings;
};

// Every frame of the video at its own time, with its sound where `target` is no .avi
// (TrackedVideo). Values are those of the table, so final ones; a face that a row does not follow
// is not drawn. Of more than one face each has a colour. The panel has the faces one below the
// other; where it is too low for all units those with the highest peaks stand in it. Throws
// Error(input) for a table or video that cannot be read, for a unit that the table does not have,
// and for a table whose faces lie outside of the video's pictures; Error(output). `stopped`:
// nothing is left behind.
DrawnVideo draw_video(const std::filesystem::path& table, const std::filesystem::path& video,
                      const SourceOptions& shown, const std::filesystem::path& target,
                      const DrawnVideoOptions& options = {});

}  // namespace auriga
