// Which results need not be computed again.
#pragma once

#include <filesystem>
#include <string>

#include "output/manifest.hpp"

namespace auriga::app {

// Enters path, size and time of the last change of the input, of a folder those of its files
// together.
void identify_input(const std::string& input, RunManifest& manifest);

// Whether a run as `planned` (version, input, options, models, outputs) has left its manifest at
// `path`, complete, and all its outputs are there. Then `found` is the text of that manifest.
// Timings, workers and where the networks ran do not count. Never throws on content.
bool is_finished(const std::filesystem::path& path, const RunManifest& planned, std::string& found);

}  // namespace auriga::app
