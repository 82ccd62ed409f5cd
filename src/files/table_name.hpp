// Names of tables and of what lies beside them.
#pragma once

#include <filesystem>
#include <string_view>

namespace auriga {

// The name without what says that it is a table: a/s01.csv, a/s01.tsv, a/s01.csv.gz are a/s01.
std::filesystem::path table_stem(std::filesystem::path table);
// Beside the table and named after it: its stem and `ending`, e.g. ".hog".
std::filesystem::path beside_table(const std::filesystem::path& table, std::string_view ending);

// By the ending of the name, in any case of letters.
bool has_tabs(const std::filesystem::path& table);       // .tsv, .tsv.gz
bool is_compressed(const std::filesystem::path& table);  // .gz
// One of the endings that tables of ours have: .csv, .tsv, .csv.gz, .tsv.gz.
bool may_be_table(const std::filesystem::path& file);

}  // namespace auriga
