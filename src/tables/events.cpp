#include "tables/events.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

namespace auriga {

namespace {

// Rows first..last.
AuEvent event_of(const AuTable& table, const FaceTrack& face, const AuTrack& au, std::size_t first,
                 std::size_t last) {
  AuEvent event;
  event.unit = au.name;
  event.first = face.frames[first];
  event.last = face.frames[last];
  event.start_s = face.times[first];
  event.end_s = face.times[last] + table.step;
  event.peak = std::numeric_limits<double>::quiet_NaN();
  std::size_t peak = first;
  if (!au.intensity.empty())
    for (std::size_t row = first; row <= last; ++row)
      if (face.success[row] != 0 && !std::isnan(au.intensity[row]) &&
          !(au.intensity[row] <= event.peak)) {
        event.peak = au.intensity[row];
        peak = row;
      }
  event.peak_frame = face.frames[peak];
  event.peak_s = face.times[peak];
  return event;
}

}  // namespace

bool is_present(const AuTrack& au, std::size_t row, const EventRules& rules) {
  if (!au.intensity.empty() && (rules.threshold || au.presence.empty()))
    return au.intensity[row] >= rules.threshold.value_or(kPresentIntensity);
  return au.presence[row] > 0.5;
}

std::vector<AuEvent> find_events(const AuTable& table, const FaceTrack& face, const AuTrack& au,
                                 const EventRules& rules) {
  // Half a step: times are rounded.
  const double gap = std::max(
      rules.longest_gap.value_or(table.timed ? kEventGap_s : kEventGapFrames), table.step / 2);
  std::vector<std::pair<std::size_t, std::size_t>> ranges;  // rows
  bool open = false;                                        // the last range may go on
  for (std::size_t row = 0; row < face.frames.size(); ++row) {
    if (face.is_excluded(row)) open = false;
    if (face.success[row] == 0 || !is_present(au, row, rules)) continue;
    if (open && face.times[row] - (face.times[ranges.back().second] + table.step) < gap)
      ranges.back().second = row;
    else
      ranges.emplace_back(row, row);
    open = true;
  }
  std::vector<AuEvent> events;
  for (const auto& [first, last] : ranges) {
    AuEvent event = event_of(table, face, au, first, last);
    // As many digits as times have: 0.1 s from 0.3 to 0.4 s are long enough.
    if (event.end_s - event.start_s >= rules.shortest - 1e-6 * table.step)
      events.push_back(std::move(event));
  }
  return events;
}

std::vector<AuEvent> find_events(const AuTable& table, const FaceTrack& face,
                                 const EventRules& rules) {
  std::vector<AuEvent> all;
  for (const AuTrack& au : face.aus) {
    std::vector<AuEvent> events = find_events(table, face, au, rules);
    std::move(events.begin(), events.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace auriga
