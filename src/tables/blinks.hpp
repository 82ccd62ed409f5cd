// Blinks: from the landmarks of the eyelids over time to when and how each eye closed and opened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auriga/face.hpp"

#include "tables/au_table.hpp"

namespace auriga {

// How open an eye is, of its six landmarks p1..p6 (iBUG 36..41 or 42..47):
//   ear       (|p2 p6| + |p3 p5|) / (2 |p1 p4|)              Soukupova and Cech 2016
//   lids      (|p2 p6| + |p3 p5|) / 2, divided by the distance of the outer corners of both eyes
enum class EyeMeasure { ear, lids };

// Of one picture: of the person's right eye (on the left of the picture), then of the left one. NaN
// where landmarks fall together.
std::array<double, 2> eye_openness(const Landmarks& landmarks, EyeMeasure measure);

struct BlinkRules {
  EyeMeasure measure = EyeMeasure::ear;
  // Of what the eye is open (its running median): by how much one of two eyes has to close and to
  // open again; half of it will do for the other, half more is needed of one eye alone.
  double least_closure = 0.3;
  // Openness, in the unit of the measure, up to which a blink is complete; nothing: Otsu's
  // threshold of the eye's own blinks, if there are enough of two kinds, else a closure of 60 %.
  std::optional<double> threshold;
  double shortest_s = 0.03, longest_s = 0.4;  // at half of the amplitude
  bool mirrored = false;                      // left and right are exchanged in the picture
};

// One closing and opening of one eye, as the trapezoid whose sides go through one third and two
// thirds of the way down and up, between frames where need be: start and end are where the sides
// meet the level around the blink, the apex is the middle of its bottom. Landmarks of lids that are
// almost open or almost closed are worth little: they take some frames to settle after a blink, and
// jump on lids that are closed.
struct EyeBlink {
  double start_s = 0, apex_s = 0, end_s = 0;
  double middle_s = 0;  // of the time in which it is closed by half of the amplitude or more
  std::int64_t first = 0, apex = 0, last = 0;  // frames within
  double openness = 0;                         // the lowest, in the unit of the measure
  double amplitude = 0;  // prominence: from the lower of the levels before and after to the lowest
  double share = 0;      // amplitude / open level
  double closure = 0;    // 1 - openness / open level; 1: wholly closed
  bool complete = false;
  // Share of the open level per second, mean from start to apex and from apex to end; nothing below
  // kLeastBlinkFps.
  std::optional<double> closing_speed, opening_speed;
};

// Frames a second from which on there are speeds.
inline constexpr double kLeastBlinkFps = 15;

enum class BlinkEyes { both, left, right };  // of the person
const char* word(BlinkEyes eyes);

struct Blink {
  std::optional<EyeBlink> left, right;  // one of them at least
  // EyeBlink::middle_s of the left eye less that of the right one; nothing: one eye only. Lids that
  // are down for some frames have no sharp apex.
  std::optional<double> delay_s;
  std::optional<double> interval_s;  // from the apex of the blink before
  std::optional<double> yaw_deg;     // of the head at the apex, where the table has it
  BlinkEyes eyes() const {
    return !left ? BlinkEyes::right : !right ? BlinkEyes::left : BlinkEyes::both;
  }
  // All eyes that took part have closed.
  bool complete() const { return (!left || left->complete) && (!right || right->complete); }
  double start_s() const;
  double apex_s() const;  // mean of the eyes
  double end_s() const;
};

struct EyeTrack {
  std::vector<double> openness;     // by row; NaN: not known
  double open_level = 0;            // upper quartile of the rows
  std::optional<double> threshold;  // of complete blinks; nothing: there are no blinks
};

struct Blinks {
  std::vector<double> times;  // of the rows, s
  std::vector<std::int64_t> frames;
  EyeTrack left, right;
  std::vector<Blink> blinks;  // ascending
  double fps = 0;             // by the median distance of frames
  double seconds = 0;         // in which the face was followed
  std::size_t complete = 0, partial = 0, one_eye = 0;
  // Nothing where there are too few blinks.
  std::optional<double> per_minute, mean_duration_s, mean_interval_s, sd_interval_s, median_delay_s;
};

// Of a face with landmarks (read_au_table() with them). Throws Error(input): no landmarks, no
// times.
Blinks find_blinks(const AuTable& table, const FaceTrack& face, const BlinkRules& rules = {});

// A row per blink, as blink_columns() say.
std::string blink_table(const Blinks& blinks, std::int64_t face_id, char separator);
// For people, some lines.
std::string blink_text(const Blinks& blinks);
// `table`: that they are of.
std::string blink_json(const Blinks& blinks, const AuTable& table, std::int64_t face_id);

}  // namespace auriga
