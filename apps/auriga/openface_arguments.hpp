// The command line of OpenFace's FeatureExtraction, understood (spec cli.md).
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/formats.hpp"
#include "auriga/session.hpp"

#include "geometry.hpp"

namespace auriga::app {

struct OpenFaceInput {
  std::string path;     // as given, behind the prefix of -root
  bool folder = false;  // of pictures, taken as one sequence (-fdir); else a video (-f)
  std::string name;     // -of; empty: the results are named after the input
};

struct OpenFaceArguments {
  bool help = false;  // asked for; nothing else is filled in then
  std::vector<OpenFaceInput> inputs;
  std::string out_dir;  // empty: not given

  // What is written besides the details. None of them given: all.
  ColumnGroups groups = 0;
  bool hog = false, aligned = false, tracked = false;

  PictureFormat aligned_format = PictureFormat::bmp;
  bool keep_failed_aligned = true;
  std::optional<CropOptions> crop;  // empty: that of the action units

  bool static_aus = false;
  ClmOptions clm;  // `model` as given, not looked up; empty: not given
  std::optional<std::array<float, 2>> focal_px, centre_px;  // x, y; empty: from the frame size

  // Flags that OpenFace does not have.
  std::string models;
  bool accept_altered_models = false, quiet = false;
  int workers = 1;
  GeometrySettings geometry;
};

// Throws Error(usage) that names the flag: for flags that OpenFace or this version does not have,
// values that are missing, no number or out of range, half-given intrinsics, more names than
// inputs, and when there is no input. Does not touch files.
OpenFaceArguments read_openface_arguments(const std::vector<std::string>& words);

// All flags with meaning and default, in groups, and those that are refused.
std::string openface_help();

// Name of the table of one input; the other results lie beside it (spec outputs.md section 1).
// Looks at the file system for the name of a folder such as `..`.
std::filesystem::path openface_table(const std::string& out_dir, const OpenFaceInput& input);

}  // namespace auriga::app
