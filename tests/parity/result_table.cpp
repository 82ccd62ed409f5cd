#include "parity/result_table.hpp"

#include <memory>

#include "auriga/run.hpp"
#include "auriga/sinks.hpp"

namespace auriga::parity {

namespace fs = std::filesystem;

Engine reference_engine(const fs::path& data) {
  return Engine::load({.models = {data / "models"}}, {.preset = "openface", .landmarker = "clnf"});
}

void write_table(const Engine& engine, const fs::path& input, const fs::path& table,
                 const SessionOptions& options) {
  const auto source = open_source(input);
  Session session(engine, options);
  const std::unique_ptr<Sink> csv = make_csv_sink(table);
  Sink* const sinks[] = {csv.get()};
  run(*source, session, sinks);
}

}  // namespace auriga::parity
