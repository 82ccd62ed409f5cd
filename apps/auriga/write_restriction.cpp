#include "write_restriction.hpp"

#include <cstdint>
#include <string>

#if __has_include(<linux/landlock.h>)

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace auriga::app {
namespace {

// Headers are often older than the kernel.
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13;     // version 2: rename to another folder
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;  // version 3
constexpr std::uint64_t kWriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t kChangeFolder =
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

}  // namespace

void write_only_below(const std::vector<std::filesystem::path>& places) {
  const long version =
      syscall(__NR_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return;
  const std::uint64_t of_files = kWriteFile | (version >= 3 ? kTruncate : 0);
  const std::uint64_t all = of_files | kChangeFolder | (version >= 2 ? kRefer : 0);
  const landlock_ruleset_attr handled{.handled_access_fs = all};
  const int rules =
      static_cast<int>(syscall(__NR_landlock_create_ruleset, &handled, sizeof handled, 0));
  if (rules < 0) return;
  for (const std::filesystem::path& place : places) {
    const int descriptor = open(place.c_str(), O_PATH | O_CLOEXEC);
    if (descriptor < 0) continue;
    struct stat found {};
    if (fstat(descriptor, &found) == 0) {
      const landlock_path_beneath_attr rule{
          .allowed_access = S_ISDIR(found.st_mode) ? all : of_files, .parent_fd = descriptor};
      syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close(descriptor);
  }
  syscall(__NR_landlock_restrict_self, rules, 0);
  close(rules);
}

}  // namespace auriga::app

#else  // headers of a system before Landlock

namespace auriga::app {

void write_only_below(const std::vector<std::filesystem::path>&) {}

}  // namespace auriga::app

#endif
