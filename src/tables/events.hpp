// Events of action units: from when to when a unit was present. THE way from rows to events; what
// is drawn, summed up or exported is made of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tables/au_table.hpp"

namespace auriga {

// FACS's weakest intensity, A: decides where a table has no presences.
inline constexpr double kPresentIntensity = 1;

// What counts as an event. Times are in the table's unit: seconds, or frames where
// AuTable::timed is false.
struct EventRules {
  // A unit is present in rows with at least this intensity, 0..5. Nothing: where its presence is 1,
  // and without presences from kPresentIntensity on. A unit that has presences only goes by these.
  std::optional<double> threshold;
  // Events that are shorter, after gaps have been closed, are none. >= 0.
  double shortest = 0;
  // Gaps shorter than this, between rows where it is present, do not end an event. >= 0; nothing:
  // 0.2 s, or 6 frames.
  std::optional<double> longest_gap;
};

inline constexpr double kEventGap_s = 0.2, kEventGapFrames = 6;

// From the first row where the unit is present to the last.
struct AuEvent {
  std::string unit;             // e.g. AU12
  std::int64_t first = 0;       // frame, from 1
  std::int64_t last = 0;        // frame; >= first
  double start_s = 0;           // time of `first`
  double end_s = 0;             // time of `last` and a step (AuTable::step) more
  double peak = 0;              // highest intensity; NaN where the unit has no intensities
  std::int64_t peak_frame = 0;  // the first with that intensity; without intensities `first`
  double peak_s = 0;            // its time
};

// Whether a row counts as one where the unit is present; success is not looked at. Rows without a
// number do not.
bool is_present(const AuTrack& au, std::size_t row, const EventRules& rules = {});

// Of one unit, ascending in time, without overlaps. Rows without success count as rows where
// the unit is not present; no event goes on across an excluded one. Pure.
std::vector<AuEvent> find_events(const AuTable& table, const FaceTrack& face, const AuTrack& au,
                                 const EventRules& rules = {});
// Of all units of the face: unit by unit in the order of FaceTrack::aus.
std::vector<AuEvent> find_events(const AuTable& table, const FaceTrack& face,
                                 const EventRules& rules = {});

}  // namespace auriga
