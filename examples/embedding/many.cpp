// Several videos at a time on one engine: the models are in memory once.
//   many FOLDER_WITH_MODEL_PACKS VIDEO VIDEO...
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/run.hpp"
#include "auriga/sinks.hpp"

namespace {

// One video on the calling thread; its table goes beside it. Returns what there is to say.
std::string process(const auriga::Engine& engine, const std::string& video) {
  try {
    const auto source = auriga::open_source(video);
    auriga::Session session(engine);
    const std::unique_ptr<auriga::Sink> table = auriga::make_csv_sink(video + ".csv");
    auriga::Sink* const sinks[] = {table.get()};
    auriga::RunOptions options;
    options.threads.workers = 1;
    const auriga::RunReport report = auriga::run(*source, session, sinks, options);
    return video + ": " + std::to_string(report.frames) + " frames, a face in " +
           std::to_string(report.faces) +
           (report.complete ? "" : ", PARTIAL: " + report.partial_reason);
  } catch (const auriga::Error& error) {
    return error.what();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: many FOLDER_WITH_MODEL_PACKS VIDEO VIDEO...   (auriga %s)\n",
                 auriga::version());
    return 2;
  }
  try {
    const auriga::Engine engine = auriga::Engine::load({.models = {argv[1]}});
    std::vector<std::string> said(static_cast<std::size_t>(argc - 2));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < said.size(); ++i)
        threads.emplace_back([&, i] { said[i] = process(engine, argv[i + 2]); });
    }
    for (const std::string& line : said) std::printf("%s\n", line.c_str());
    return 0;
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "many: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
