// The parts of docs/parity.md that are measured. Each returns Markdown and tells `bounds` about its
// figures. `data`: the folder with golden/, models/, videos/, images/. Whatever is missing there is
// an exception.
#pragma once

#include <filesystem>
#include <string>

#include "parity/report.hpp"

namespace auriga::parity {

// Every stage by itself, fed with what the reference fed its own.
std::string detections(const std::filesystem::path& data, Bounds& bounds);
std::string stages(const std::filesystem::path& data, Bounds& bounds);

// Whole videos.
struct VideoSections {
  std::string videos, action_units, largest, nudges;
};
VideoSections videos(const std::filesystem::path& data, Bounds& bounds);

// The other presets and mixtures, whose landmarks are not OpenFace's.
struct PresetSections {
  std::string presets, preset_units;
};
PresetSections presets(const std::filesystem::path& data, Bounds& bounds);

std::string pictures(const std::filesystem::path& data, Bounds& bounds);

// CE-CLM on patch experts of synthetic numbers.
std::string ceclm(const std::filesystem::path& data, Bounds& bounds);

}  // namespace auriga::parity
