// The files of the page, which are part of the program (page/, uPlot).
#pragma once

#include <span>
#include <string_view>

namespace auriga {

struct PageFile {
  std::string_view name;   // e.g. index.html
  std::string_view bytes;  // static storage
};
std::span<const PageFile> page_files();

}  // namespace auriga
