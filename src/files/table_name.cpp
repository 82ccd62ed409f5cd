#include "files/table_name.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace auriga {

namespace fs = std::filesystem;

namespace {

std::string lower_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

}  // namespace

fs::path table_stem(fs::path table) {
  if (is_compressed(table)) table.replace_extension();
  return table.replace_extension();
}

fs::path beside_table(const fs::path& table, std::string_view ending) {
  fs::path path = table_stem(table);
  path += ending;
  return path;
}

bool has_tabs(const fs::path& table) {
  return lower_ending(is_compressed(table) ? fs::path(table).replace_extension() : table) == ".tsv";
}

bool is_compressed(const fs::path& table) { return lower_ending(table) == ".gz"; }

bool may_be_table(const fs::path& file) {
  const std::string ending =
      lower_ending(is_compressed(file) ? fs::path(file).replace_extension() : file);
  return ending == ".csv" || ending == ".tsv";
}

}  // namespace auriga
