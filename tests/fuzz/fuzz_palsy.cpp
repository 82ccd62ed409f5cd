// Tables of sides, and what tasks show in them.
#include <string>
#include <vector>

#include "fuzz_file.hpp"
#include "tables/palsy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  return fuzz::with_file(bytes, size, [&](const auto& file) {
    const SideTracks tracks = read_side_tracks(file);
    std::vector<Task> tasks;
    for (const PalsyTask& task : palsy_tasks()) {
      const double start = static_cast<double>(tasks.size()) * 0.05;
      tasks.push_back({std::string(task.code), start, start + 0.2, ""});
    }
    tasks.push_back({std::string(palsy_tasks()[0].code), 0, 1000, ""});
    for (const auto& affected : {std::optional<std::size_t>(), std::optional<std::size_t>(1)}) {
      const Palsy palsy = measure_palsy(tracks, tasks, affected);
      palsy_long_csv(palsy);
      palsy_wide_csv(palsy, "a");
    }
  });
}
