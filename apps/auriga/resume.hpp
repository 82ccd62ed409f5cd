// Which results need not be computed again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "files/manifest.hpp"

namespace auriga::app {

// Enters path, size and time of the last change of the input, of a folder those of its files
// together.
void identify_input(const std::string& input, RunManifest& manifest);

struct FinishedRun {
  std::int64_t frames = 0, faces = 0;
  double seconds = 0;
  std::string manifest;  // its text
  std::vector<std::string> warnings;
};

// The run that has left its manifest at `path`, if it was one as `planned` (version, input,
// options, models, device, outputs), complete, and all its outputs are as it left them
// (is_as_written). Timings and workers do not count. Never throws on content.
std::optional<FinishedRun> finished_run(const std::filesystem::path& path,
                                        const RunManifest& planned);

}  // namespace auriga::app
