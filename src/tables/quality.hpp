// Whether a recording is fit for action units: how the face was followed and seen, in numbers, and
// a verdict with its reasons. The same numbers while a video is read (QualityMeter) and of a table
// (quality_of()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/manifest.hpp"
#include "tables/au_table.hpp"

namespace auriga {

enum class Verdict { good, look, poor };
// "good", "look", "poor".
std::string_view word(Verdict verdict);

// Beyond which a recording is worth a look, and beyond which it is poor. docs/clinic.md says where
// they come from.
struct QualityLimit {
  double look = 0, poor = 0;
};
struct QualityLimits {
  QualityLimit followed{0.95, 0.80};                                // least share of the frames
  double longest_gap_s = 1;                                         // most
  QualityLimit face_px{100, 50};                                    // least
  QualityLimit yaw_deg{30, 50};                                     // most, to either side
  QualityLimit pitch_deg{20, 35};                                   // most, up or down
  QualityLimit fps{20, 10};                                         // least
  double fps_spread = 0.5;                                          // most
  QualityLimit brightness{60, 35};                                  // least, of 255
  double brightest = 215;                                           // most
  QualityLimit contrast{18, 9};                                     // least, of 255
  QualityLimit sharpness{0.15, 0.11};                               // least
  std::int64_t cuts = 0, changes_of_person = 0, faces_visible = 1;  // most
};

// 5th and 95th percentile.
struct PercentileRange {
  double low = 0, high = 0;
};

// Of a whole file; excluded frames do not count. What is not known is empty.
struct Quality {
  std::size_t frames = 0, frames_with_face = 0;
  double followed = 0;                  // share of the frames with a face, 0..1
  std::size_t gaps = 0;                 // stretches of frames without a face
  std::optional<double> longest_gap_s;  // 0: none; empty: the table has no times
  std::size_t longest_gap_frames = 0;

  // Of the face that was seen longest, over the rows with success.
  std::optional<double> face_px;  // median of FaceTrack::size_px
  std::optional<PercentileRange> yaw_deg, pitch_deg;

  std::optional<double> fps;  // frames a second, mean
  // Longest less shortest distance of two frames, divided by the mean one.
  std::optional<double> fps_spread;
  std::optional<std::int64_t> cuts, changes_of_person;
  std::optional<std::int64_t> faces_visible;  // at a time, most
  std::optional<FaceLight> light;
  bool low_light = false;  // brightness below QualityLimits::brightness.look
  bool partial = false;    // the video was damaged or not read to its end

  Verdict verdict = Verdict::good;
  std::vector<std::string> reasons;  // of a verdict that is not good, for people
};

// Counts frame by frame. One thread at a time; allocates as it grows, 12 bytes per row with
// success.
class QualityMeter {
 public:
  // A face that was followed. NaN: not known.
  struct Sight {
    double size_px, yaw_rad, pitch_rad;
  };
  // Faces of the next frame come first, then the frame. `time`: s; NaN: there is none.
  void face(std::int64_t id, const Sight& sight);
  void frame(std::int64_t number, double time);
  // Frames without any row, before the next frame: nobody was followed in them. `time`: of the
  // first.
  void lost(std::int64_t frames, double time);
  // A frame that does not count. It ends a gap.
  void pass(std::int64_t number, double time);

  // `recording`: what is known besides. `step`: numbers from one frame to the next, N of a table
  // with every N-th frame.
  Quality quality(const Recording& recording, std::int64_t step = 1,
                  const QualityLimits& limits = {}) const;

 private:
  struct Track {
    std::vector<float> size_px, yaw_rad, pitch_rad;
    std::size_t rows = 0;
  };
  void advance(std::int64_t number, double time);
  void without_face(std::size_t frames, double time);

  std::map<std::int64_t, Track> faces_;
  bool has_face_ = false;  // the frame that comes
  std::size_t frames_ = 0, frames_with_face_ = 0;
  std::size_t gaps_ = 0, gap_frames_ = 0, longest_gap_frames_ = 0;
  double gap_begin_s_ = 0, longest_gap_s_ = 0;
  bool timed_ = true, begun_ = false, measured_ = false;
  std::int64_t first_ = 0, last_ = 0;
  double first_s_ = 0, last_s_ = 0, least_s_ = 0, largest_s_ = 0;  // intervals by frame
};

// Of a table, and of what its manifest says (recording_of()).
Quality quality_of(const AuTable& table, const Recording& recording,
                   const QualityLimits& limits = {});

class Json;
Json quality_json(const Quality& quality);

}  // namespace auriga
