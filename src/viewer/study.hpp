// The results of a study: tables in folders, what their manifests say, where their videos are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auriga/source.hpp"

#include "files/json.hpp"

namespace auriga {

enum class ResultStatus {
  whole,
  partial,  // the manifest says so, or the table was changed since
  failed,   // there is a manifest, and no table
  other,    // a table without a manifest: of another program, or of an earlier version
};
// whole, partial, failed, other.
std::string_view name_of(ResultStatus status);

// A table, or what is left of a run that wrote none.
struct StudyResult {
  std::string name;    // of the table's file
  std::string folder;  // below what was given, with slashes; empty: there itself
  std::filesystem::path table, manifest_file;  // manifest_file: empty where there is none
  Json manifest;                               // null where there is none
  ResultStatus status = ResultStatus::other;
  std::string problem;                // why it is not whole
  std::vector<std::string> warnings;  // of the manifest

  std::filesystem::path video;  // empty: not found
  std::string video_problem;    // why it was not found, or why it may be another one
  SourceOptions video_options;  // how it was shown
};

struct Study {
  std::string folder;                // as given; of several: how many
  std::vector<StudyResult> results;  // failed and partial ones first, then as people count
  std::vector<std::string> notes;    // what was left out, and why
};

inline constexpr std::size_t kMostResults = 100'000;

// `given`: folders, which are looked through with the folders below, and tables. `videos`: folders
// where videos are looked for by name, besides where the manifests say, beside the tables and one
// folder above. In folders only tables of results count: marks, details, meshes and other CSV files
// are passed over. Throws Error(usage) for what does not exist, Error(input) where there is no
// result at all.
Study find_study(const std::vector<std::filesystem::path>& given,
                 const std::vector<std::filesystem::path>& videos);

// The first of those that reads as a table of results by its header. Never throws.
bool is_result_table(const std::filesystem::path& file);

// The table that a run has written beside a result, named after it with this ending, e.g.
// "_sides.csv". Empty: none is there, or not that of the run of `manifest`, whose numbers would
// stand beside the result's without a complaint. By its name and size, for such tables may be
// large. Never throws.
std::filesystem::path written_beside(const std::filesystem::path& table, std::string_view ending,
                                     const Json& manifest);

}  // namespace auriga
