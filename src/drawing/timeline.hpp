// A picture of what a table says about one face, for people: frames of the video above, a strip per
// action unit with its intensity over time below.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "auriga/image.hpp"

#include "tables/summary.hpp"

namespace auriga {

inline constexpr int kTimelineWidth_px = 1000;
inline constexpr std::size_t kMostStills = 5;
inline constexpr int kStill_px = 184;  // width and height

// Up to `count` rows with success to show as pictures, ascending: peaks of action units, the
// highest first, that are not close in time to one taken before, then the rows farthest from those
// (and half as far from the first and the last).
std::vector<std::size_t> interesting_rows(const AuTable& table, const FaceTrack& face,
                                          std::size_t count);

struct Still {
  std::size_t row = 0;  // of the face
  Image picture;        // BGR, kStill_px square
};

// BGR, kTimelineWidth_px wide; the height follows from the number of action units with a number in
// any row (their order is the table's). Strips are 0 to 5 high and where several rows share a pixel
// the highest counts. `face`: of `table`. `stills`: by ascending row, at most kMostStills; may be
// empty. `estimator`, `rules`: as for summary_text. Throws Error(input) when there is no action
// unit to draw.
Image timeline_picture(const AuTable& table, const FaceTrack& face, std::span<const Still> stills,
                       const std::string& estimator, const EventRules& rules = {});

}  // namespace auriga
