// Results of the Extractor as the table that the program would write.
#pragma once

#include <filesystem>

#include "auriga/extract.hpp"

namespace auriga::parity {

ExtractOptions reference_options(const std::filesystem::path& data);  // what the reference used

void write_video_table(Extractor& extractor, const std::filesystem::path& video,
                       const std::filesystem::path& table);
void write_picture_table(Extractor& extractor, const std::filesystem::path& picture,
                         const std::filesystem::path& table);

}  // namespace auriga::parity
