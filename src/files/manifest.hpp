// What happened in a run, for the people who have to reproduce or trust its results: a JSON file
// beside them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auriga/calibration.hpp"
#include "auriga/scene.hpp"
#include "auriga/sink.hpp"
#include "auriga/source.hpp"

#include "files/json.hpp"

namespace auriga {

// Text may be any bytes: what is not UTF-8 is replaced by U+FFFD. Empty text and unset numbers are
// null.
struct RunManifest {
  struct ModelFile {
    std::string path, sha256;
  };

  std::string auriga_version;
  std::string started_utc, finished_utc;  // ISO 8601

  struct {
    std::string path, format;  // format: container and codec, for people
    std::optional<std::uint64_t> size_bytes;
    std::optional<std::int64_t> modified_ns;  // last change of the file, since 1970
    int width_px = 0, height_px = 0;
    double fps = 0, average_fps = 0;  // nominal; frames by duration
    std::optional<std::int64_t> frames_expected;
    std::int64_t frames_decoded = 0;
    SourceFacts facts;
  } input;

  std::vector<std::pair<std::string, std::string>> options;  // as given, in order
  std::string preset, detector, landmarker, estimator;
  // Action units that have values, and which of them measurement does not support.
  std::vector<std::string> action_units, experimental_action_units, action_units_not_told;
  std::vector<ModelFile> models;

  struct {
    std::string requested, used, fallback_reason;  // reason empty: none
  } execution_provider;

  struct {
    std::int64_t frames = 0, faces_found = 0, detector_runs = 0;
    std::int64_t rows = 0, rows_lost = 0;  // lost: of a video, without success
  } counts;

  SceneFacts scene;
  std::vector<std::pair<int, FaceLight>> light;       // by face id
  int faces_visible = 0;                              // at a time, most
  std::optional<Json> quality;                        // what quality_json() says; nothing: null
  std::vector<std::pair<int, NeutralFacts>> neutral;  // by face id; empty: the models have none

  int workers = 1;            // threads; without influence on the results
  std::string kernels;        // instruction set that they ran on, e.g. v3; without influence, too
  double seconds = 0;         // from opening the input to the last result
  double peak_memory_mb = 0;  // of the whole process so far
  bool complete = false;
  std::string partial_reason;  // why the results do not cover the whole input
  std::vector<std::string> warnings;
  std::vector<std::string> notes;  // what to know, though nothing is wrong
  std::vector<std::pair<std::string, double>>
      timings_ms;                    // total per stage, in order of the stages
  std::vector<std::string> outputs;  // paths
  std::vector<Written> written;      // the same in that order, as the run left them
};

// Keys in the order above, two blanks of indentation, line feed at the end. Never throws on
// content.
std::string manifest_json(const RunManifest& manifest);
// Throws Error(output) like AtomicFile.
void write_manifest(const RunManifest& manifest, const std::filesystem::path& target);

// What a manifest says that its run has written. Never throws on content: what is missing or of
// another kind is empty or 0.
std::vector<Written> written_of(const Json& manifest);

// Where the manifest of a table is: beside it, named after it.
std::filesystem::path manifest_path(const std::filesystem::path& table);
// The estimator of a table's action units, as its manifest names it; empty when there is no such
// manifest beside the table, or it tells of another table. Never throws on content, but where there
// is one that cannot be read; so do the others that are given a table.
std::string estimator_of(const std::filesystem::path& table);
// With what the table was made whose manifest this is; empty texts for something else and for what
// cannot be read.
struct TableOrigin {
  std::string landmarker, estimator;
};
TableOrigin origin_of(const std::filesystem::path& manifest);
// The paths of results that a manifest names; none of something that is no manifest or cannot be
// read.
std::vector<std::string> outputs_of(const std::filesystem::path& manifest);

// What the manifest beside a table knows of its recording. 0 and empty: it does not tell, or there
// is no such manifest, or it is of another table. Never throws on content.
struct Recording {
  std::string input;  // path of the video, as it was given
  double mean_interval_s = 0, least_interval_s = 0, largest_interval_s = 0;  // of frames
  std::optional<std::int64_t> cuts, changes_of_person, faces_visible;
  std::vector<std::pair<std::int64_t, FaceLight>> light;  // by face id
  bool partial = false;                                   // damaged, or not read to its end
};
Recording recording_of(const std::filesystem::path& table);

// How the video of a table was shown, as its manifest says: square pixels, turn, rate,
// deinterlacing, with the other options at their defaults. Empty when there is no such manifest
// beside the table. Never throws on content.
std::optional<SourceOptions> geometry_of(const std::filesystem::path& table);
struct PictureExtent {
  int width = 0, height = 0;  // px, > 0
};
// The size of the pictures that a table is about, likewise; nothing when no manifest tells it.
std::optional<PictureExtent> picture_size_of(const std::filesystem::path& table);

}  // namespace auriga
