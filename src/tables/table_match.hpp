// Whether a table of landmarks is about the video that it is used with: the slip of a loop over two
// lists of files, which gives action units of whatever lies under foreign landmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tables/landmarks_csv.hpp"

namespace auriga {

// What is known of the video before its frames are read.
struct VideoFacts {
  int width = 0, height = 0;  // px, as displayed
  double fps = 0;             // nominal
};

// Share, 0..1, of the faces followed whose middle lies outside of a picture of that size; 0 where
// there are none. Single ones do in a right table, of a face that leaves the picture; more than
// half of them mean another video.
inline constexpr double kMostOutside = 0.5;
double share_outside(const std::vector<Landmarks>& faces, int width, int height);

// What a table and a video say about each other:
//
//   size   the manifest beside the table tells that of its video; without, see share_outside
//   rows   there are none for frames after the last one. One such frame may come of an edit list
//          that programs understand differently. A table that has fewer rows than the video frames
//          is a part
//   times  run at the same rate, whatever time the first has: that of the frames, or that of frames
//          that are counted at the nominal or the average rate (OpenFace). Where the last rows are
//          for the last frame, other times are no contradiction: rates of one video are told in
//          many ways. 2 % and half a frame are the tolerance; 25 and 24 frames/s differ by more
//
// Of a table with several faces the frames of all of them count. Memory: 24 bytes per row. One
// thread at a time.
class TableMatch {
 public:
  // Whole sentences without the name of the table; empty: none.
  struct Findings {
    std::vector<std::string> contradictions;  // of another video
    std::vector<std::string> notes;           // may be right
  };

  // `table` must outlive this object.
  TableMatch(const LandmarksCsv& table, const VideoFacts& video);

  // What the size says, before the first frame.
  std::vector<std::string> of_size() const;

  // The next frame: its number (0-based, ascending) and time, s.
  void add(std::int64_t frame, double seconds);

  // What rows and times say, after the last frame. `whole`: the video was read to its end and was
  // not damaged; otherwise rows may be left over.
  Findings at_end(bool whole) const;

 private:
  struct Moment {
    std::int64_t frame;
    double seconds, told;  // by the video, by the table
  };
  bool same_times() const;

  const LandmarksCsv& table_;
  VideoFacts video_;
  std::int64_t frames_ = 0, without_row_ = 0;
  std::int64_t first_ = 0, last_ = -1;
  double first_s_ = 0, last_s_ = 0;
  std::vector<Moment> moments_;
};

}  // namespace auriga
