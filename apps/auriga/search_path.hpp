// Where model packs are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace auriga::app {

// In this order: `option` (--models) alone if given; else $AURIGA_MODELS, the user's data folder
// ($XDG_DATA_HOME or ~/.local/share, then auriga/models), the folder models/ beside the
// installation.
std::vector<std::filesystem::path> model_folders(const std::string& option);

}  // namespace auriga::app
