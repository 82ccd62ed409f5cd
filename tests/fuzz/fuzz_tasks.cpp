// Lists of tasks: tables, ELAN's text and ELAN's own files.
#include <string>

#include "fuzz_file.hpp"
#include "fuzz_folder.hpp"
#include "tables/annotations.hpp"
#include "tables/eaf_tasks.hpp"
#include "tables/palsy.hpp"
#include "tables/tasks.hpp"

namespace {

void check(const std::vector<auriga::Task>& tasks) {
  if (tasks.empty()) __builtin_trap();
  for (const auriga::Task& task : tasks) {
    if (!(task.start_s >= 0 && task.end_s > task.start_s)) __builtin_trap();
    auriga::palsy_task(task);
    auriga::is_about(task, "folder/s01.csv");
  }
  auriga::task_warnings(tasks, 0, 10);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  time_from_text(fuzz::text(bytes, size));
  fuzz::with_file(bytes, size, [](const auto& file) { check(read_tasks(file)); });
  fuzz::with_file(bytes, size, [](const auto& file) { check(read_eaf_tasks(file)); });

  // A label that is written into ELAN's file is read from it.
  Tier tier{"tasks", {}};
  tier.annotations.push_back(
      {1, 2, 0, 0, std::string(fuzz::text(bytes, std::min<std::size_t>(size, 60)))});
  const std::string eaf = annotation_text(AnnotationForm::elan, {tier}, {"a.mp4", 0, 3, 0});
  std::size_t found = 0;
  fuzz::with_file(reinterpret_cast<const std::uint8_t*>(eaf.data()), eaf.size(),
                  [&](const auto& file) { found = read_eaf_tasks(file).size(); });
  if (found != 1) __builtin_trap();
  return 0;
}
