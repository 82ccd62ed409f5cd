// Reader of FlexBuffers, the format in which TFLite files keep the options of custom operators.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::open_pack {

// A map from names to numbers or lists of numbers; a number is a list of one. Throws Error(model),
// which names `file`, when the bytes are not such a map.
std::map<std::string, std::vector<double>> read_flex_map(const std::string& file,
                                                         std::string_view bytes);

}  // namespace auriga::open_pack
