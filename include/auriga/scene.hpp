// What the frames of a stream say about who is shown: cuts, and changes of person.
#pragma once

#include <cstdint>
#include <vector>

namespace auriga {

// A hard cut.
struct SceneCut {
  std::int64_t frame = 0;  // 0-based index of the first frame after it
  double timestamp_s = 0;  // of that frame
};

// Where the followed face became somebody else's.
struct PersonChange {
  std::int64_t frame =
      0;  // 0-based index of the first frame that is told to be of the other person
  double timestamp_s = 0;  // of that frame
  int from = 0, to = 0;    // persons, counted from 0 in the order of their appearance
};

// Lists hold the first thousand.
struct SceneFacts {
  std::int64_t cut_count = 0, change_count = 0;
  std::vector<SceneCut> cuts;
  std::vector<PersonChange>
      changes;         // with several followed faces none: they have ids of their own
  bool split = false;  // each of these persons has a face id and a calibration of its own
  // Pictures of one moment each, most of which show somebody else than the one before.
  bool portraits = false;
};

// How a face was lit and how sharply it was seen: medians over every 15th frame, as far as it was
// followed there. Of the box around its landmarks, made 96 columns wide by the means of areas:
// brightness and contrast are mean and standard deviation of grey, 0..255; sharpness is the
// standard deviation of the Laplacian (4 v - left - right - above - below) divided by that of grey.
struct FaceLight {
  std::int64_t frames = 0;  // that were looked at
  double brightness = 0, contrast = 0, sharpness = 0;
};

}  // namespace auriga
