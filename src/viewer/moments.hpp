// Pictures of the moments of a table that are worth a look.
#pragma once

#include <filesystem>
#include <vector>

#include "auriga/source.hpp"

#include "tables/au_table.hpp"
#include "viewer/report.hpp"

namespace auriga {

// Of the table's first face, with its landmarks where the table has them: where action units are
// highest (interesting_rows()). Throws Error(input) for a video that cannot be read, or that lacks
// such a frame, or outside of whose pictures the face lies: it is another one.
std::vector<ReportMoment> moments_of(const AuTable& table, const std::filesystem::path& video,
                                     const SourceOptions& shown);

}  // namespace auriga
