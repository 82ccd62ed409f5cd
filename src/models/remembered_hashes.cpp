#include "models/remembered_hashes.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/part_name.hpp"
#include "files/sha256.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTitle = "auriga verified models 1 ";
constexpr std::size_t kDigits = 64;  // of a SHA-256
constexpr std::size_t kHeaderBytes = kTitle.size() + kDigits + 1;
constexpr std::int64_t kLeastAge_ns = 2'000'000'000;

std::int64_t system_time_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t nanoseconds_of(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileState state_of(const struct stat& status) {
  FileState state;
  state.device = static_cast<std::uint64_t>(status.st_dev);
  state.inode = static_cast<std::uint64_t>(status.st_ino);
  state.size = static_cast<std::uint64_t>(status.st_size);
#ifdef __APPLE__
  state.modified_ns = nanoseconds_of(status.st_mtimespec);
  state.changed_ns = nanoseconds_of(status.st_ctimespec);
#else
  state.modified_ns = nanoseconds_of(status.st_mtim);
  state.changed_ns = nanoseconds_of(status.st_ctim);
#endif
  return state;
}

// Whether a change after the hashing would show in the state.
bool is_settled(const RememberedHash& hash) {
  const std::int64_t last = std::max(hash.state.modified_ns, hash.state.changed_ns);
  return hash.hashed_ns >= kLeastAge_ns && last <= hash.hashed_ns - kLeastAge_ns;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex_digest();
}

bool is_sha256(std::string_view word) {
  return word.size() == kDigits &&
         word.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Takes the number and the blank behind it from the text.
template <typename Number>
bool take(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

bool parse_line(std::string_view line, HashTable& hashes) {
  if (line.size() <= kDigits || !is_sha256(line.substr(0, kDigits)) || line[kDigits] != ' ')
    return false;
  RememberedHash hash;
  hash.sha256 = line.substr(0, kDigits);
  line.remove_prefix(kDigits + 1);
  FileState& state = hash.state;
  if (!take(line, state.device) || !take(line, state.inode) || !take(line, state.size) ||
      !take(line, state.modified_ns) || !take(line, state.changed_ns) ||
      !take(line, hash.hashed_ns) || !line.starts_with('/'))
    return false;
  return hashes.emplace(line, std::move(hash)).second;
}

std::string format_line(const std::string& path, const RememberedHash& hash) {
  std::string line = hash.sha256;
  const FileState& state = hash.state;
  for (const std::uint64_t number : {state.device, state.inode, state.size})
    line += ' ' + std::to_string(number);
  for (const std::int64_t number : {state.modified_ns, state.changed_ns, hash.hashed_ns})
    line += ' ' + std::to_string(number);
  return line + ' ' + path + '\n';
}

// Empty for a path that cannot be remembered.
std::string key_of(const fs::path& file) {
  std::error_code failed;
  const std::string path = fs::absolute(file, failed).lexically_normal().string();
  return failed || path.find('\n') != std::string::npos ? "" : path;
}

// All bytes of our own file of hashes; empty when there is none.
std::string read(const fs::path& file) {
  std::string bytes;
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return bytes;
  struct stat status;
  const bool ours = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                    status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  // One byte more than there should be, so that parse_hashes() refuses a longer file.
  if (ours) bytes.resize(std::min(static_cast<std::size_t>(status.st_size), kMostHashBytes) + 1);
  std::size_t size = 0;
  for (bool more = ours; more && size < bytes.size();) {
    const ssize_t got = ::read(descriptor, bytes.data() + size, bytes.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
    more = got > 0 || (got < 0 && errno == EINTR);
  }
  bytes.resize(size);
  close(descriptor);
  return bytes;
}

// In one step, or not at all.
void replace(const fs::path& file, std::string_view bytes) {
  AbandonedParts().remove(file);
  const std::string part = part_path(file).string();
  constexpr int kForOurEyesOnly = S_IRUSR | S_IWUSR;
  const int descriptor =
      open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kForOurEyesOnly);
  if (descriptor < 0) return;
  bool written = true;
  while (written && !bytes.empty()) {
    const ssize_t size = ::write(descriptor, bytes.data(), bytes.size());
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
    written = size > 0 || (size < 0 && errno == EINTR);
  }
  written &= close(descriptor) == 0;
  if (!written || std::rename(part.c_str(), file.c_str()) != 0) unlink(part.c_str());
}

// What was hashed last wins.
void merge(const HashTable& from, HashTable& into) {
  for (const auto& [path, hash] : from) {
    const auto [entry, is_new] = into.emplace(path, hash);
    if (!is_new && entry->second.hashed_ns < hash.hashed_ns) entry->second = hash;
  }
}

}  // namespace

std::optional<FileState> state_of(const fs::path& file) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return state_of(status);
}

std::string format_hashes(const HashTable& hashes) {
  std::vector<HashTable::const_pointer> entries;
  for (const auto& entry : hashes) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) {
    return a->second.hashed_ns > b->second.hashed_ns;
  });
  std::string lines;
  for (const auto* entry : entries) {
    const std::string line = format_line(entry->first, entry->second);
    if (kHeaderBytes + lines.size() + line.size() > kMostHashBytes) break;
    lines += line;
  }
  return std::string(kTitle) + sha256_of(lines) + '\n' + lines;
}

HashTable parse_hashes(std::string_view text) {
  if (text.size() < kHeaderBytes || text.size() > kMostHashBytes || !text.starts_with(kTitle) ||
      text[kHeaderBytes - 1] != '\n')
    return {};
  std::string_view lines = text.substr(kHeaderBytes);
  if (text.substr(kTitle.size(), kDigits) != sha256_of(lines)) return {};
  HashTable hashes;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos || !parse_line(lines.substr(0, end), hashes)) return {};
    lines.remove_prefix(end + 1);
  }
  return hashes;
}

RememberedHashes::RememberedHashes(const fs::path& folder)
    : RememberedHashes(folder, system_time_ns) {}

RememberedHashes::RememberedHashes(const fs::path& folder, Clock clock)
    : file_(folder.empty() ? folder : folder / "verified-models.txt"), clock_(std::move(clock)) {
  if (!file_.empty()) known_ = parse_hashes(read(file_));
}

std::optional<std::string> RememberedHashes::find(const fs::path& file) const {
  const auto entry = known_.find(key_of(file));
  if (entry == known_.end() || !is_settled(entry->second)) return std::nullopt;
  if (state_of(file) != entry->second.state) return std::nullopt;
  return entry->second.sha256;
}

std::string RememberedHashes::sha256(const fs::path& file) {
  if (std::optional<std::string> known = find(file)) return *std::move(known);
  return hash(file);
}

std::string RememberedHashes::hash(const fs::path& file) {
  const std::optional<FileState> before = state_of(file);
  const std::int64_t now = clock_();
  std::string sha256 = sha256_of_file(file);
  const std::string key = key_of(file);
  if (!before || state_of(file) != before || key.empty()) return sha256;
  const RememberedHash hash{*before, now, sha256};
  if (!is_settled(hash)) return sha256;
  known_[key] = hash;
  added_[key] = hash;
  return sha256;
}

void RememberedHashes::save() noexcept {
  if (file_.empty() || added_.empty()) return;
  try {
    HashTable all = parse_hashes(read(file_));
    merge(added_, all);
    replace(file_, format_hashes(all));
    added_.clear();
  } catch (const std::exception&) {  // out of memory: then it is not remembered
  }
}

}  // namespace auriga
