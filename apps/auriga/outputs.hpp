// The files that `auriga extract` writes for one input.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auriga/extract.hpp"

#include "sinks/aligned.hpp"
#include "sinks/csv_writer.hpp"
#include "sinks/hog.hpp"
#include "sinks/mesh_csv.hpp"
#include "sinks/tracked_video.hpp"

namespace auriga::app {

struct OutputOptions {
  Dialect dialect = Dialect::openface;
  ColumnGroups groups = kAllColumns;
  bool full_precision = false;
  // timestamp = frame / frame rate, as OpenFace has it, instead of the container's. Pictures of a
  // folder have 0 either way.
  bool frame_rate_timestamps = false;
  bool hog = false;
  bool aligned = false;
  bool tracked = false;  // the video with the faces drawn into it
  bool mesh = false;     // the points of the face mesh
  bool details = false;
  bool keep_failed_aligned = true;
  PictureFormat aligned_format = PictureFormat::bmp;
};

// Where they go: beside the table, named after it.
struct OutputPaths {
  explicit OutputPaths(std::filesystem::path table);
  std::filesystem::path csv, hog, aligned, tracked, mesh, details, manifest;
};

// Takes the frames of a video as they come; results appear in `finish`, complete. Throws
// Error(output).
class VideoOutputs {
 public:
  VideoOutputs(const OutputOptions& options, const OutputPaths& paths, const StreamInfo& stream,
               const Setup& setup);
  void add(const FaceInFrame& face);
  // After the faces of a frame: its picture.
  void end_frame(ImageView bgr);
  void finish(const ActionUnits& action_units);

 private:
  OutputPaths paths_;
  CsvWriter csv_;
  std::size_t intensities_, presences_;
  double frame_s_;  // 0: timestamps are the container's
  FrameResult row_;
  std::optional<HogFile> hog_;
  std::optional<AlignedFaces> aligned_;
  std::optional<TrackedVideo> tracked_;
  std::optional<MeshCsv> mesh_;
  Camera camera_;
  bool has_gaze_;
  std::vector<FrameResult> drawn_;  // faces of this frame, for `tracked_`
  Image canvas_;
};

void write_picture_outputs(const OutputOptions& options, const OutputPaths& paths,
                           const PictureResult& picture);

// `_of_details.txt`, as OpenFace writes it.
void write_details(const OutputOptions& options, const OutputPaths& paths, const std::string& input,
                   const Camera& camera);

// Names of what the options ask for, the manifest left out.
std::vector<std::string> names_of(const OutputOptions& options, const OutputPaths& paths);

struct PlannedResults {
  std::string input;
  OutputPaths paths;
};
// Throws Error(usage) when two results would have one name, or a result that of an input.
// `summary`: a table of all inputs, and the same as .json; empty: none.
void require_own_names(const OutputOptions& options, const std::vector<PlannedResults>& planned,
                       const std::filesystem::path& summary);

}  // namespace auriga::app
