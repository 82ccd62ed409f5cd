// The files that `auriga extract` writes for one input.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auriga/extract.hpp"

#include "output/aligned_faces.hpp"
#include "output/csv_writer.hpp"
#include "output/hog_file.hpp"

namespace auriga::app {

struct OutputOptions {
  Dialect dialect = Dialect::openface;
  ColumnGroups groups = kAvailableColumns;
  bool full_precision = false;
  bool hog = false;
  bool aligned = false;
  bool details = false;
  bool keep_failed_aligned = true;
  PictureFormat aligned_format = PictureFormat::bmp;
};

// Where they go: beside the table, named after it.
struct OutputPaths {
  explicit OutputPaths(std::filesystem::path table);
  std::filesystem::path csv, hog, aligned, details, manifest;
};

// Takes the frames of a video as they come; the table, the .hog file and the details appear in
// `finish`, complete. Throws Error(output).
class VideoOutputs {
 public:
  VideoOutputs(const OutputOptions& options, const OutputPaths& paths, const StreamInfo& stream);
  void add(const FrameView& frame);
  void finish(const ActionUnits& action_units);

 private:
  OutputPaths paths_;
  CsvWriter csv_;
  std::size_t intensities_, presences_;
  std::optional<HogFile> hog_;
  std::optional<AlignedFaces> aligned_;
};

void write_picture_outputs(const OutputOptions& options, const OutputPaths& paths,
                           const PictureResult& picture);

// `_of_details.txt`, as OpenFace writes it.
void write_details(const OutputOptions& options, const OutputPaths& paths, const std::string& input,
                   const Camera& camera);

// Names of what the options ask for, the manifest left out.
std::vector<std::string> names_of(const OutputOptions& options, const OutputPaths& paths);

}  // namespace auriga::app
