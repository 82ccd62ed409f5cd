// How videos and pictures are to be shown: what a command is told of it, and what a table knows.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "auriga/source.hpp"

#include "options.hpp"

namespace auriga::app {

// What is not given is empty.
struct GeometrySettings {
  std::string pixels;  // square, stored
  std::optional<int> rotate;
  std::optional<double> fps;
  bool deinterlace = false;
};

// Their options; they refer to `settings`.
OptionList geometry_options(GeometrySettings& settings);

// `square`: how pixels are shown where nothing is given.
SourceOptions source_options(const GeometrySettings& settings, bool square);

// How the video has to be shown that a table with landmarks is about: as the manifest beside the
// table says, if it is one of ours, else as the video is stored, and as `settings` say. Throws
// Error(usage) where these contradict the manifest.
SourceOptions source_options_of_table(const std::filesystem::path& table,
                                      const GeometrySettings& settings);

}  // namespace auriga::app
