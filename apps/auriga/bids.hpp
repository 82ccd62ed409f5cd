// What the columns of a table mean, as a JSON file beside it, in the manner of the sidecars of
// BIDS.
#pragma once

#include <filesystem>
#include <memory>

#include "auriga/sink.hpp"
#include "auriga/sinks.hpp"

namespace auriga::app {

// `table`: the file that it is about, which is written with `options`. As the sinks of sinks.hpp.
std::unique_ptr<Sink> make_bids_sink(std::filesystem::path file, const CsvSinkOptions& options,
                                     std::filesystem::path table);

}  // namespace auriga::app
