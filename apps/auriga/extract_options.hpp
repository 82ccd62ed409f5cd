// What `auriga extract` is told, and the list of options that tell it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/run.hpp"
#include "auriga/session.hpp"

#include "geometry.hpp"
#include "isolation.hpp"
#include "options.hpp"
#include "outputs.hpp"

namespace auriga::app {

inline constexpr int kMostWorkers = 256;

struct ExtractSettings {
  std::vector<std::string> inputs;
  // Where the results go. Neither given: the folder `processed`.
  std::string output, out_dir;
  bool keep_folders = false;
  bool recursive = true;                  // look into the folders of a folder
  OutputOptions outputs = {.groups = 0};  // groups 0: all that there are
  VideoFormat tracked_format = VideoFormat::mp4;
  bool quiet = false, json = false, verbose = false;

  std::string models;  // --models; empty: the usual folders
  Folders folders;     // `models` is filled in from the above
  bool use_cache = true;
  RecipeChoice recipe;
  GeometrySettings geometry;
  SourceOptions source;    // filled in from the above, and from:
  std::string start, end;  // of a section; empty: not given
  std::int64_t every = 1;
  SessionOptions session;  // focal_px and centre_px are filled in from the next
  std::optional<float> fx, fy, cx, cy;
  std::filesystem::path baseline;  // to begin with; empty: none

  Threads threads;  // workers 0: the cores that the process may use
  int jobs = 1;
  bool resume = false;
  std::string shard;
  Isolation isolation;
};

// All options of `auriga extract`; they refer to `settings`.
OptionList extract_options(ExtractSettings& settings);

// Of these the ones that an engine depends on, and those of a stream of frames, for programs that
// load models once and push frames.
OptionList engine_options(ExtractSettings& settings);
OptionList stream_options(ExtractSettings& settings);

// The rows that several commands have, by themselves.
OptionRow models_option(std::string& folder);
OptionList recipe_options(Folders& folders, RecipeChoice& recipe);
OptionRow faces_option(SessionOptions& session);

}  // namespace auriga::app
