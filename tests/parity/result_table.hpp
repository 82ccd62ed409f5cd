// Results as the table that the program would write.
#pragma once

#include <filesystem>

#include "auriga/engine.hpp"
#include "auriga/session.hpp"

namespace auriga::parity {

Engine reference_engine(const std::filesystem::path& data);  // what the reference used

// Of a video, or with SessionOptions::still of a picture.
void write_table(const Engine& engine, const std::filesystem::path& input,
                 const std::filesystem::path& table, const SessionOptions& options = {});

}  // namespace auriga::parity
