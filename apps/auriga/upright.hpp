// Reads a video that is upside down or sideways as people would turn it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "auriga/run.hpp"
#include "auriga/source.hpp"

namespace auriga::app {

struct UprightRun {
  RunReport report;
  int turned_deg = 0;  // clockwise; 0: as it is
};

// As open_source().
using OpenSource = std::function<std::unique_ptr<Source>(const std::filesystem::path& path,
                                                         const SourceOptions& options)>;

// Opens `path` by `open` for `run`, a run() with a session and sinks of its own each time; where
// that stops because the video is turned, opens it once more, turned, as with
// SourceOptions::rotate. Without `turn`, or where it is known how the video is to be turned, once
// as it is. Throws as open_source() and `run` do.
UprightRun run_upright(const std::filesystem::path& path, const SourceOptions& options, bool turn,
                       const std::function<RunReport(Source& source, bool stop_when_turned)>& run,
                       const OpenSource& open = open_source);

// What is said of it.
std::string turned_words(int degrees);

}  // namespace auriga::app
