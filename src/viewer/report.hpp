// Results as one HTML file that can be sent: no server, no script, nothing from elsewhere.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "files/json.hpp"
#include "tables/au_table.hpp"
#include "tables/marks.hpp"
#include "tables/quality.hpp"

namespace auriga {

// A moment worth a look: a picture of the face with its landmarks.
struct ReportMoment {
  std::size_t row = 0;  // of the first face
  std::string jpeg;     // bytes of the file
};

// One table. Its first face is the one that is drawn.
struct ReportPart {
  std::string name;  // heading
  AuTable table;     // excluded rows taken out
  Quality quality;
  Json manifest;          // null: none
  std::string estimator;  // empty: not known
  std::vector<std::string> warnings;
  std::vector<Mark> marks;
  bool marks_ignored = false;  // --no-marks
  std::vector<ReportMoment> moments;
  std::string moments_problem;  // why there are none
};

inline constexpr int kReportTile_px = 220;
inline constexpr std::size_t kMostMoments = 6;

// A table that could not be read.
struct ReportFailure {
  std::string name, problem;
};

// Of more than one table a table of the study comes first; failures on top. `version`: of the
// program. At most 3 MB per part, for any length of video.
std::string report_html(const std::vector<ReportPart>& parts,
                        const std::vector<ReportFailure>& failures, const std::string& version);

}  // namespace auriga
