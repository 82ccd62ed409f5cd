// The marks of a result, read and written by several pages at a time.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "files/json.hpp"
#include "tables/marks.hpp"

namespace auriga {

// What stands in a file of marks, and which state of the file that is.
struct KnownMarks {
  std::string version;  // a hash of the file; empty: there is none
  std::vector<Mark> marks;
};

// Of one table. Whoever writes says which state it has seen, so that nothing is lost that another
// page, or a person with an editor, has written meanwhile. Any thread.
class MarksStore {
 public:
  explicit MarksStore(const std::filesystem::path& table) : file_(marks_path(table)) {}

  const std::filesystem::path& file() const { return file_; }
  // Throws Error(input) as read_marks, and for what is no ordinary file: a link there may lead to
  // something that nobody meant to be overwritten.
  KnownMarks read() const;
  // Writes the marks if the file is still in that state; false: it is not, and nothing was written.
  // No marks at all remove the file. Throws as read(), and Error(output).
  bool write(const std::string& version, const std::vector<Mark>& marks);

 private:
  KnownMarks read_locked() const;

  std::filesystem::path file_;
  mutable std::mutex mutex_;
};

// {"first", "last", "start_s", "end_s", "kind", "label"}; what a mark does not say is null.
Json json_of(const Mark& mark);
// Throws Error(input) that says which member is wrong.
std::vector<Mark> marks_of_json(const Json& list);

}  // namespace auriga
