// The files that `auriga extract` writes for one input.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/formats.hpp"
#include "auriga/session.hpp"
#include "auriga/sink.hpp"
#include "auriga/sinks.hpp"

namespace auriga::app {

enum class VideoFormat { mp4, avi };
// What is mirrored for the action units of a side: the aligned face, or the picture (FrameSides).
enum class SidesMode { crop, frame };

struct OutputOptions {
  Dialect dialect = Dialect::openface;
  ColumnGroups groups = kAllColumns;
  bool blendshapes = false;  // their columns, besides those of `groups`
  bool full_precision = false;
  // timestamp = frame / frame rate, as OpenFace has it, instead of the container's. Pictures of a
  // folder have 0 either way.
  bool frame_rate_timestamps = false;
  bool unsmoothed = false;   // the form of AU_c, see CsvSinkOptions
  bool file_column = false;  // of a folder of pictures their names, in a last column
  bool hog = false;
  bool aligned = false;
  bool tracked = false;  // the video with the faces drawn into it
  // `tracked` of a picture: the picture with the faces drawn into it; empty: none.
  std::optional<PictureFormat> drawn_picture;
  bool mesh = false;               // the points of the face mesh
  std::optional<SidesMode> sides;  // the table of the person's left and right; empty: none
  SidesSinkOptions side_options;   // full_precision is that of the above
  bool details = false;
  bool keep_failed_aligned = true;
  LostCells lost = LostCells::usual;
  std::optional<double> min_confidence;
  bool bids = false;  // what the columns mean, as JSON
  PictureFormat aligned_format = PictureFormat::bmp;
  std::filesystem::path baseline;  // where what was learnt of the person goes; empty: nowhere
};

// Of the table.
CsvSinkOptions csv_sink_options(const OutputOptions& options);

// Where they go: beside the table, named after it.
struct OutputPaths {
  // `tracked_ending`: how the name of the drawn video ends, which says what it is, too
  // (make_tracked_video_sink).
  explicit OutputPaths(std::filesystem::path table,
                       const std::string& tracked_ending = "_tracked.mp4");
  std::filesystem::path csv, hog, aligned, tracked, mesh, sides, details, bids, manifest;

  std::filesystem::path drawn(PictureFormat format) const;
};

// What writes them. `session` is the one whose person is learnt, of the engine and the options.
std::vector<std::unique_ptr<Sink>> make_sinks(const OutputOptions& options,
                                              const OutputPaths& paths, const std::string& input,
                                              const Session& session, const Engine& engine,
                                              const SessionOptions& session_options);

// Names of what the options ask for, the manifest left out. There is no drawn video of a picture,
// and no drawn picture of a video.
std::vector<std::string> names_of(const OutputOptions& options, const OutputPaths& paths,
                                  bool picture);

struct PlannedResults {
  std::string input;
  bool picture = false;
  OutputPaths paths;
};
// What is read besides the inputs.
struct ReadFile {
  std::string what;  // for messages, e.g. "--landmarks" or "the model file"
  std::filesystem::path path;
};
// Throws Error(usage) when two results would have one name, or a result that of something that is
// read (OwnNames). `summary`: a table of all inputs, and the same as .json; empty: none.
void require_own_names(const OutputOptions& options, const std::vector<PlannedResults>& planned,
                       const std::filesystem::path& summary, const std::vector<ReadFile>& read);

// The model files that an engine uses.
std::vector<ReadFile> read_by(const Setup& setup);

}  // namespace auriga::app
