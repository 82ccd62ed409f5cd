#include "files/part_name.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <vector>

#include <dirent.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/face_folder.hpp"
#include "files/sha256.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMark = ".part-";
constexpr std::size_t kShortName = 120;  // bytes; eCryptfs allows 143
constexpr std::size_t kHashDigits = 8;
constexpr std::int64_t kForgotten_s = 24 * 60 * 60;

std::string first_line(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

std::string short_hash(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex_digest().substr(0, kHashDigits);
}

// What /proc tells of a process.
struct ProcessState {
  char state = 0;  // R, S, ..., Z: it has ended and only waits for its parent
  std::uint64_t began = 0;
};
std::optional<ProcessState> process_state(std::int64_t process) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", process));
  const std::size_t name_end = line.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos || name_end + 2 >= line.size()) return std::nullopt;
  ProcessState found{line[name_end + 2]};
  // The state is the third value of the line, the beginning the 22nd.
  std::size_t at = name_end + 2;
  for (int value = 3; value < 22; ++value) {
    at = line.find(' ', at);
    if (at == std::string::npos) return std::nullopt;
    ++at;
  }
  const char* begin = line.data() + at;
  if (std::from_chars(begin, line.data() + line.size(), found.began).ec != std::errc())
    return std::nullopt;
  return found;
}

PartOwner read_owner() {
  PartOwner owner;
  owner.process = getpid();
  if (const auto state = process_state(owner.process)) owner.began = state->began;
  std::array<char, 256> host{}, space{};
  gethostname(host.data(), host.size() - 1);
  // In a container the same number is another process.
  const ssize_t length = readlink("/proc/self/ns/pid", space.data(), space.size() - 1);
  if (length < 0) space[0] = '\0';
  owner.host = short_hash(std::string(host.data()) + '\n' + first_line("/etc/machine-id") + '\n' +
                          space.data());
  owner.boot = short_hash(first_line("/proc/sys/kernel/random/boot_id"));
  return owner;
}

bool is_alive(const PartOwner& owner) {
  if (owner == this_owner()) return true;
  if (kill(static_cast<pid_t>(owner.process), 0) != 0 && errno == ESRCH) return false;
  const std::optional<ProcessState> state = process_state(owner.process);
  if (!state || owner.began == 0) return true;  // another user's, where /proc does not tell
  return state->began == owner.began && state->state != 'Z' && state->state != 'X';
}

std::int64_t now_s(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec;
}

std::int64_t host_began_s() {
#ifdef CLOCK_BOOTTIME
  return now_s(CLOCK_REALTIME) - now_s(CLOCK_BOOTTIME);
#else
  return 0;
#endif
}

template <typename Number>
bool read(std::string_view text, Number& value, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

const PartOwner& this_owner() {
  static std::mutex mutex;
  static std::map<pid_t, PartOwner> owners;  // a fork is another owner
  const std::lock_guard lock(mutex);
  const auto found = owners.find(getpid());
  return found != owners.end() ? found->second
                               : owners.emplace(getpid(), read_owner()).first->second;
}

fs::path part_path(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  const PartOwner& owner = this_owner();
  const std::string tail = fmt::format("{}{}-{:x}-{}{}-{}", kMark, owner.process, owner.began,
                                       owner.host, owner.boot, counter++);
  return target.parent_path() / (part_stem(target.filename().string()) + tail);
}

std::string part_stem(const std::string& target_name) {
  // The longest tail: numbers of 10, 16 and 10 digits.
  constexpr std::size_t kTail = kMark.size() + 10 + 1 + 16 + 1 + 2 * kHashDigits + 1 + 10;
  const std::size_t most = std::max(target_name.size(), kShortName) - kTail;
  if (target_name.size() <= most) return target_name;
  std::size_t kept = most - 1 - kHashDigits;
  // Not within a character of UTF-8, which some file systems refuse.
  while (kept > 0 && (static_cast<unsigned char>(target_name[kept]) & 0xC0) == 0x80) --kept;
  return target_name.substr(0, kept) + '~' + short_hash(target_name);
}

std::optional<PartName> parse_part_name(std::string_view name) {
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string_view::npos || mark == 0) return std::nullopt;
  std::vector<std::string_view> words;
  for (std::size_t begin = mark + kMark.size(); begin <= name.size();) {
    const std::size_t end = std::min(name.find('-', begin), name.size());
    words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  PartName found{std::string(name.substr(0, mark)), std::nullopt};
  PartOwner owner;
  unsigned number = 0;
  if (words.size() < 2 || !read(words.front(), owner.process) || owner.process <= 0 ||
      !read(words.back(), number))
    return std::nullopt;
  if (words.size() == 2) return found;
  if (words.size() != 4 || !read(words[1], owner.began, 16) || words[2].size() != 2 * kHashDigits ||
      !is_hex(words[2]))
    return std::nullopt;
  owner.host = words[2].substr(0, kHashDigits);
  owner.boot = words[2].substr(kHashDigits);
  found.owner = std::move(owner);
  return found;
}

bool is_abandoned(const fs::path& part, const PartName& name) {
  struct stat info {};
  if (lstat(part.c_str(), &info) != 0) return false;
  const std::int64_t changed_s = info.st_mtime;
  if (name.owner && name.owner->host == this_owner().host) {
    if (name.owner->boot == this_owner().boot) return !is_alive(*name.owner);
    // Two machines may go by one name: the other one would have changed it since.
    if (changed_s < host_began_s()) return true;
  }
  return now_s(CLOCK_REALTIME) - changed_s > kForgotten_s;
}

void AbandonedParts::remove(const fs::path& target) {
  const std::lock_guard lock(mutex_);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const auto [known, is_new] = folders_.try_emplace(folder);
  if (is_new) {
    // Not by std::filesystem, whose iterator ends the program when it has no memory.
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), closedir);
    while (const dirent* entry = listing ? readdir(listing.get()) : nullptr)
      if (const auto name = parse_part_name(entry->d_name)) {
        const fs::path part = folder / entry->d_name;
        if (is_abandoned(part, *name)) known->second.emplace(name->stem, part);
      }
  }
  std::error_code failed;
  const auto [begin, end] = known->second.equal_range(part_stem(target.filename().string()));
  for (auto part = begin; part != end; ++part) {
    if (fs::is_directory(fs::symlink_status(part->second, failed)))
      FaceFolder::remove_part(part->second, target);
    else
      fs::remove(part->second, failed);
  }
  known->second.erase(begin, end);
}

}  // namespace auriga
