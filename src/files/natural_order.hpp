// The order in which people count.
#pragma once

#include <string_view>

namespace auriga {

// Runs of digits count as numbers, everything else as bytes: frame2 before frame10. A strict weak
// ordering in which no two different texts are equal: leading zeros decide last.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace auriga
