// The tasks of an examination of facial palsy as one HTML file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auriga/source.hpp"

#include "tables/palsy.hpp"

namespace auriga {

// Of the frame of a task's peak, JPEG: the face, and what it would be if both sides were its left
// or its right one.
struct PalsyPictures {
  std::string face, left, right;
};
inline constexpr int kPalsyTile_px = 220;

// By frame number: of each result that has a peak frame. `landmarks`: a table with them (-2Dfp) of
// this video. `shown`: how the video was read for it. `mirrored`: the person's left is on the left
// of the picture. Throws Error(input) for a video or table that cannot be read, or that lacks such
// a frame.
std::map<std::int64_t, PalsyPictures> pictures_of(const Palsy& palsy,
                                                  const std::filesystem::path& landmarks,
                                                  const std::filesystem::path& video,
                                                  const SourceOptions& shown, bool mirrored);

struct PalsyPage {
  std::string name;  // of the video
  const Palsy& palsy;
  std::map<std::int64_t, PalsyPictures> pictures;
  std::string pictures_problem;         // why there are none
  std::optional<std::size_t> affected;  // 0 left, 1 right
  bool mirrored = false;
  std::string left_out;  // a sentence about frames that marks exclude; empty: there are none
  std::string estimator;
  std::string version;  // of the program
};
std::string palsy_html(const PalsyPage& page);

}  // namespace auriga
