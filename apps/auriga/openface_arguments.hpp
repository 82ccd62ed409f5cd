// The command lines of OpenFace's programs, understood (spec cli.md).
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/formats.hpp"
#include "auriga/session.hpp"

#include "geometry.hpp"
#include "options.hpp"

namespace auriga::app {

// FeatureExtraction: one face of a video. FaceLandmarkVidMulti: up to four, every frame by itself.
// FaceLandmarkImg: all faces of pictures, a table for each picture.
enum class OpenFaceProgram { feature_extraction, vid_multi, img };
std::string_view name_of(OpenFaceProgram program);
// By name, as a program is called: `FaceLandmarkImg`, also with `.exe`. Nothing for other words.
std::optional<OpenFaceProgram> openface_program(std::string_view name);

struct OpenFaceInput {
  std::string path;     // as given, behind the prefix of -root
  bool folder = false;  // of pictures (-fdir), taken as one sequence or, by img, one by one; else a
                        // video or a picture (-f)
  std::string name;     // -of; empty: the results are named after the input
};

struct OpenFaceArguments {
  bool help = false;  // asked for; nothing else is filled in then
  std::vector<OpenFaceInput> inputs;
  std::string out_dir;  // empty: not given
  OpenFaceProgram program = OpenFaceProgram::feature_extraction;
  Dialect dialect = Dialect::openface;

  // What is written besides the details. None of them given: all.
  ColumnGroups groups = 0;
  bool hog = false, aligned = false, tracked = false;

  PictureFormat aligned_format = PictureFormat::bmp;
  PictureFormat drawn_format = PictureFormat::jpg;  // img
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

  // Flags that were passed over because they change no number, and why; for people.
  std::vector<std::string> notes;
};

// `program`: unless --program says another. Throws Error(usage) that names the flag: for flags that
// OpenFace or this version does not have, values that are missing, no number or out of range,
// half-given intrinsics, more names than inputs, and when there is no input. Does not touch files.
OpenFaceArguments read_openface_arguments(
    const std::vector<std::string>& words,
    OpenFaceProgram program = OpenFaceProgram::feature_extraction);

// All flags with meaning and default, in groups, those that are refused, and those that are passed
// over.
std::string openface_help();

// The flags that are understood, for documentation: nothing can be set by these rows.
OptionList openface_options();

// Name of the table of one input; the other results lie beside it (spec outputs.md section 1).
// Looks at the file system for the name of a folder such as `..`.
std::filesystem::path openface_table(const std::string& out_dir, const OpenFaceInput& input);

}  // namespace auriga::app
