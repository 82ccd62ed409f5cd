// A picture of several tables, for people: how strong each action unit is in each.
#pragma once

#include <cstddef>
#include <vector>

#include "auriga/image.hpp"

#include "tables/study.hpp"

namespace auriga {

inline constexpr std::size_t kMostStudyRows = 1000;

// BGR: a line per row of the study with the name of the file (and the face, task or window), and a
// cell per action unit: its mean intensity, 0 to 5, in figures and as a shade; of a unit without
// intensities the share of the frames in which it was present. Grey: no number. Throws
// Error(usage) for more than kMostStudyRows rows, Error(input) for rows without action units.
Image study_picture(const std::vector<StudyRow>& rows);

}  // namespace auriga
