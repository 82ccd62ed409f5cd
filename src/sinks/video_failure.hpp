// What is said when a drawn video cannot be written.
#pragma once

#include <filesystem>
#include <string>

namespace auriga {

// Throws Error(output): "cannot write <target>: <reason>; <what to do>".
[[noreturn]] void fail_video(const std::filesystem::path& target, const std::string& reason);
// The same when `result`, of a function of libav, is an error. `doing`: "open the file".
void check_video(const std::filesystem::path& target, int result, const char* doing);

}  // namespace auriga
