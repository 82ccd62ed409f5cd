// Marks as annotations for other programs.
#pragma once

#include <vector>

#include "tables/annotations.hpp"
#include "tables/au_table.hpp"
#include "tables/marks.hpp"

namespace auriga {

// A tier per kind, and further ones (`label 2`, ...) for marks that overlap with others of their
// kind. Frames of a mark count; where it has none its seconds do. `table`: tells the times of
// frames. A point lasts a frame. Without times in the table, frames are told as seconds at 30
// frames a second.
std::vector<Tier> mark_tiers(const std::vector<Mark>& marks, const AuTable& table);

}  // namespace auriga
