// Manual pages and completions for shells, made from the lists of options.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "options.hpp"

namespace auriga::app {

// all_commands(), with the flags of `openface` among the options.
std::vector<Command> documented_commands();

// In the language of man(7). auriga(1), and auriga-NAME(1) of a command, commands below it
// included.
std::string manual_page(const std::vector<Command>& commands);
std::string manual_page(const Command& command);

// What a shell has to load. Options that are hidden are in none of them.
std::string bash_completion(const std::vector<Command>& commands);
std::string zsh_completion(const std::vector<Command>& commands);
std::string fish_completion(const std::vector<Command>& commands);

// Writes all of them below `folder`, at the places that they have below /usr/share. Throws
// Error(output).
void write_manual(const std::filesystem::path& folder);

}  // namespace auriga::app
