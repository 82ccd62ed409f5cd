// Names of files and folders under construction, and what is to become of those that killed runs
// left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace auriga {

// Who makes a file: a process is known by its number and the time that it began, which only mean
// something on its host and until the host is started anew.
struct PartOwner {
  std::int64_t process = 0;
  std::uint64_t began = 0;  // clock ticks after the host's start; 0: not known
  std::string host;         // 8 hexadecimal digits of a hash: host name, machine, process namespace
  std::string boot;         // 8 of the present start of the host

  friend bool operator==(const PartOwner&, const PartOwner&) = default;
};

// This process. Thread-safe.
const PartOwner& this_owner();

// Beside the target: `<name>.part-<process>-<began>-<host><boot>-<n>`, another one with every call.
// Nothing is created. A name that would be longer than both the target's own and 120 bytes is
// shortened and gets a hash of the whole instead, so that what a file system allows for the
// target it allows for its part. Thread-safe.
std::filesystem::path part_path(const std::filesystem::path& target);

// A name that part_path() has made.
struct PartName {
  std::string stem;                // what all parts of one target begin with
  std::optional<PartOwner> owner;  // empty: of another version of auriga
};
std::optional<PartName> parse_part_name(std::string_view name);
// The stem of the parts of a target with this name.
std::string part_stem(const std::string& target_name);

// Whether nobody makes the part any more. A part of this host is abandoned when its process is
// gone, or began it before the host was started anew; one of another host, or of another version of
// auriga, when it has not changed for a day.
bool is_abandoned(const std::filesystem::path& part, const PartName& name);

// Removes abandoned parts. Looks into each folder once in its life, however many targets it has.
// Thread-safe; never throws for what cannot be read or removed.
class AbandonedParts {
 public:
  // Those of one file or folder. Of a folder only pictures of faces are removed (face_folder.hpp);
  // what else it holds goes to the target's folder.
  void remove(const std::filesystem::path& target);

 private:
  std::mutex mutex_;
  // Of each folder that was looked into: abandoned parts by stem.
  std::map<std::filesystem::path, std::multimap<std::string, std::filesystem::path>> folders_;
};

}  // namespace auriga
