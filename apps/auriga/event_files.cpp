#include "event_files.hpp"

#include <cstddef>
#include <map>
#include <string_view>
#include <system_error>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "files/part_file.hpp"
#include "files/part_name.hpp"
#include "files/table_name.hpp"
#include "tables/annotations.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "{name}";

AnnotationForm form_of(const std::string& asked) {
  if (const auto form = annotation_form(asked)) return *form;
  throw Error(ErrorCode::usage,
              fmt::format("--events {}: expected a name that ends in .eaf (ELAN), .boris.csv, "
                          ".TextGrid (Praat), .srt or .csv",
                          asked));
}

bool is_pattern(const std::string& asked) { return asked.find(kName) != std::string::npos; }

fs::path named(const fs::path& asked, const fs::path& folder, const std::string& name) {
  std::string file = asked.filename().string();
  for (std::size_t at = 0; (at = file.find(kName, at)) != std::string::npos; at += name.size())
    file.replace(at, kName.size(), name);
  return (asked.parent_path() / folder / file).lexically_normal();
}

fs::path full_folder(const fs::path& table) {
  std::error_code failed;
  const fs::path full = fs::weakly_canonical(table, failed);
  return (failed ? fs::absolute(table, failed).lexically_normal() : full).parent_path();
}

fs::path common_folder(const std::vector<FoundTable>& tables) {
  fs::path common = full_folder(tables.front().path);
  for (const FoundTable& table : tables) {
    const fs::path folder = full_folder(table.path);
    const auto is_below = [&] {
      const fs::path relative = folder.lexically_relative(common);
      return !relative.empty() && *relative.begin() != "..";
    };
    while (common != common.root_path() && !is_below()) common = common.parent_path();
  }
  return common;
}

// Where more than one table has the same file, `rename` says what else it may be called.
template <typename Rename>
void tell_apart(std::vector<fs::path>& files, Rename rename) {
  std::map<fs::path, std::vector<std::size_t>> tables;
  for (std::size_t i = 0; i < files.size(); ++i) tables[files[i]].push_back(i);
  for (const auto& [file, all] : tables)
    if (all.size() > 1)
      for (const std::size_t i : all) files[i] = rename(i);
}

}  // namespace

std::vector<fs::path> event_files(const std::string& asked, const std::vector<FoundTable>& tables) {
  form_of(asked);
  if (!is_pattern(asked)) {
    if (tables.size() > 1)
      throw Error(
          ErrorCode::usage,
          fmt::format(
              "--events {}: expected {{name}} in the name, which stands for that of "
              "each table, found one name for {} tables; write e.g. --events "
              "'{}'",
              asked, tables.size(),
              (fs::path(asked).parent_path() / ("{name}_" + fs::path(asked).filename().string()))
                  .string()));
    return std::vector<fs::path>(tables.size(), asked);
  }
  if (is_pattern(fs::path(asked).parent_path().string()))
    throw Error(ErrorCode::usage,
                fmt::format("--events {}: expected {{name}} in the name of the file only, found it "
                            "in that of a folder; folders of tables are kept anyway",
                            asked));
  std::vector<fs::path> files;
  for (const FoundTable& table : tables)
    files.push_back(named(asked, table.below, table_stem(table.path.filename()).string()));
  tell_apart(files, [&](std::size_t i) {
    return named(asked, tables[i].below, tables[i].path.filename().string());
  });
  tell_apart(files, [&](std::size_t i) {
    return named(asked, full_folder(tables[i].path).lexically_relative(common_folder(tables)),
                 tables[i].path.filename().string());
  });
  return files;
}

void write_events(const AuTable& table, const EventRules& rules, const std::string& asked,
                  const fs::path& file) {
  const AnnotationForm form = form_of(asked);
  std::string text;
  if (form == AnnotationForm::csv) {
    text = event_table(table, rules, ',');
  } else {
    const Recording recording = recording_of(table.file);
    const std::string name =
        (recording.input.empty() ? table.file.stem() : fs::path(recording.input).filename())
            .string();
    text = annotation_text(
        form, event_tiers(table, rules),
        {name, table.begin(), table.end(),
         recording.mean_interval_s > 0 ? 1 / recording.mean_interval_s : 1 / table.step});
  }
  if (is_pattern(asked)) create_folders(file.parent_path());
  AbandonedParts().remove(file);
  write_file(file, text);
}

}  // namespace auriga::app
