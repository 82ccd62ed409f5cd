#include "base/cores.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace auriga {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::string text(4096, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string_view first_word(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_first_of(" \t\n", begin) - begin);
}

std::optional<std::int64_t> number(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// Calls `quota` with the folder of the group and with each one above it, and takes the smallest.
template <typename Quota>
int least(const std::string& mount, std::string_view group, int cores, Quota quota) {
  for (std::string path(group);;) {
    if (const std::optional<int> limit = quota(mount + path)) cores = std::min(cores, *limit);
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return cores;
    path.resize(slash);
  }
}

}  // namespace

std::optional<int> cores_of_cfs(std::string_view quota, std::string_view period) {
  const auto time = number(first_word(quota)), span = number(first_word(period));
  if (!time || !span || *time <= 0 || *span <= 0) return std::nullopt;
  const std::int64_t cores = *time / *span + (*time % *span != 0 ? 1 : 0);
  return static_cast<int>(std::min<std::int64_t>(cores, 1 << 20));
}

std::optional<int> cores_of_cpu_max(std::string_view text) {
  const std::string_view quota = first_word(text);
  if (quota.empty()) return std::nullopt;
  const auto after = static_cast<std::size_t>(quota.data() + quota.size() - text.data());
  return cores_of_cfs(quota, text.substr(after));
}

std::optional<std::string_view> control_group(std::string_view proc_self_cgroup,
                                              std::string_view controller) {
  while (!proc_self_cgroup.empty()) {
    const std::string_view line = proc_self_cgroup.substr(0, proc_self_cgroup.find('\n'));
    proc_self_cgroup.remove_prefix(std::min(line.size() + 1, proc_self_cgroup.size()));
    // number:controllers, with commas between them:group
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    std::string_view names = line.substr(first + 1, second - first - 1);
    const std::string_view group = line.substr(second + 1);
    if (controller.empty() && names.empty()) return group;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(','));
      if (!controller.empty() && name == controller) return group;
      names.remove_prefix(std::min(name.size() + 1, names.size()));
    }
  }
  return std::nullopt;
}

int cores_bound() {
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int cores_allowed() {
  int cores = cores_bound();
  const std::string groups = contents("/proc/self/cgroup");
  if (const auto group = control_group(groups, ""))
    cores = least("/sys/fs/cgroup", *group, cores, [](const std::string& folder) {
      return cores_of_cpu_max(contents(folder + "/cpu.max"));
    });
  if (const auto group = control_group(groups, "cpu"))
    cores = least("/sys/fs/cgroup/cpu", *group, cores, [](const std::string& folder) {
      return cores_of_cfs(contents(folder + "/cpu.cfs_quota_us"),
                          contents(folder + "/cpu.cfs_period_us"));
    });
  return std::max(1, cores);
}

}  // namespace auriga
