// SHA-256 of model files, remembered on disk: hashing hundreds of megabytes at every start costs
// seconds. For files that change, or to look for a failing disk, use sha256_of_file().
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace auriga {

// What the file system tells of a file. It differs as soon as the content was written to: the time
// of change (ctime) cannot be set by programs, so that a restored time of modification does not
// hide it.
struct FileState {
  std::uint64_t device = 0, inode = 0, size = 0;  // size: bytes
  std::int64_t modified_ns = 0, changed_ns = 0;   // since 1970

  friend bool operator==(const FileState&, const FileState&) = default;
};

// Links are followed. Nothing when there is no regular file.
std::optional<FileState> state_of(const std::filesystem::path& file);

struct RememberedHash {
  FileState state;
  std::int64_t hashed_ns = 0;  // since 1970, when hashing began
  std::string sha256;          // 64 lower-case hexadecimal digits

  friend bool operator==(const RememberedHash&, const RememberedHash&) = default;
};

// By absolute path.
using HashTable = std::map<std::string, RememberedHash>;

// The longest file with hashes: some 5000 of them.
constexpr std::size_t kMostHashBytes = std::size_t{1} << 20;

// The text of a file with hashes: a line with the format's version and the SHA-256 of what follows,
// then one line per file. Of too many the ones that were hashed last, kMostHashBytes at most.
std::string format_hashes(const HashTable& hashes);

// Empty for a text that is too long or damaged: not what format_hashes() writes.
HashTable parse_hashes(std::string_view text);

// Remembers in `<folder>/verified-models.txt`. A hash counts as long as the FileState is the same,
// and only if neither of its times lies within 2 s before the hashing or later: within the
// granularity of the file system's clock a change would leave the times as they are. So it relies
// on that clock and ours being less than 2 s apart, and on a file system that has a time of change
// (FAT has none).
//
// A folder that is empty (no path), missing, read-only or damaged, and a file of another user or
// one that others may write to, mean that nothing is remembered on disk; this is never an error.
// Any number of processes may use a folder: each replaces the file in one step, together with what
// the others wrote; of two that do so at the same moment one has to hash again another time.
//
// An object is for one thread at a time.
class RememberedHashes {
 public:
  using Clock = std::function<std::int64_t()>;  // ns since 1970

  explicit RememberedHashes(const std::filesystem::path& folder);
  RememberedHashes(const std::filesystem::path& folder, Clock clock);

  // What is remembered of the file as it is now; reads no more than its state.
  std::optional<std::string> find(const std::filesystem::path& file) const;

  // What is remembered, else hash().
  std::string sha256(const std::filesystem::path& file);

  // Reads the file, whatever is remembered, and remembers. Throws Error(input) when it cannot be
  // read.
  std::string hash(const std::filesystem::path& file);

  // Writes what was added since the last call, if anything was.
  void save() noexcept;

 private:
  std::filesystem::path file_;  // empty: none
  Clock clock_;
  HashTable known_, added_;
};

}  // namespace auriga
