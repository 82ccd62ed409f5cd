// The files of events that `auriga summary --events` writes: one per table, of all its faces.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tables/au_table.hpp"
#include "tables/events.hpp"

namespace auriga::app {

struct FoundTable {
  std::filesystem::path path;
  std::filesystem::path below;  // its folder below the one that was given; empty: given itself
};

// The file of each table, in the same order. `{name}` in the name stands for that of the table
// without its ending; the file lies as deep below the folder of `asked` as the table below the
// folder that was given. Tables that would share a file get their endings into the name, and where
// that does not help the folders that tell them apart; what is left to collide is for OwnNames to
// find. Throws Error(usage) for an ending that is none of an AnnotationForm, `{name}` in the name
// of a folder, and a name without it for several tables.
std::vector<std::filesystem::path> event_files(const std::string& asked,
                                               const std::vector<FoundTable>& tables);

// Writes `file`, as a whole, in the form that `asked` has; makes its folder where `asked` has
// `{name}`. Throws Error(input) for a table without times, which only .csv can tell of, and
// Error(output).
void write_events(const AuTable& table, const EventRules& rules, const std::string& asked,
                  const std::filesystem::path& file);

}  // namespace auriga::app
