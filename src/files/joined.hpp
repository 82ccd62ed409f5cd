// Several texts as one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auriga {

std::string joined(const std::vector<std::string>& texts, std::string_view separator);

}  // namespace auriga
