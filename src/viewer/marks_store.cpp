#include "viewer/marks_store.hpp"

#include <cmath>
#include <system_error>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/atomic_file.hpp"
#include "files/sha256.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

std::optional<double> number_of(const Json& json, const std::string& where) {
  if (json.is_null()) return std::nullopt;
  const double value = json.number();
  if (value == 0 && json != Json(0) && json != Json(0.0))
    throw Error(ErrorCode::input, where + ": expected a number or null");
  return value;
}

std::optional<std::int64_t> whole_of(const Json& json, const std::string& where) {
  if (json.is_null()) return std::nullopt;
  if (json.as_whole() == nullptr)
    throw Error(ErrorCode::input, where + ": expected a whole number or null");
  return *json.as_whole();
}

}  // namespace

KnownMarks MarksStore::read() const {
  const std::lock_guard lock(mutex_);
  return read_locked();
}

KnownMarks MarksStore::read_locked() const {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(file_, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (status.type() != fs::file_type::regular)
    throw Error(
        ErrorCode::input,
        fmt::format("{}: expected an ordinary file of marks, found a link or something else; "
                    "marks are neither read from there nor written; remove it",
                    file_.string()));
  KnownMarks known;
  known.marks = read_marks(file_);
  known.version = sha256_of_file(file_);
  return known;
}

bool MarksStore::write(const std::string& version, const std::vector<Mark>& marks) {
  const std::lock_guard lock(mutex_);
  if (read_locked().version != version) return false;
  if (marks.empty()) {
    std::error_code error;
    fs::remove(file_, error);
    if (error)
      throw Error(ErrorCode::output,
                  fmt::format("cannot remove {}: {}", file_.string(), error.message()));
    return true;
  }
  write_file(file_, marks_csv(marks));
  return true;
}

Json json_of(const Mark& mark) {
  return Json::object({{"first", Json(mark.first)},
                       {"last", Json(mark.last)},
                       {"start_s", Json(mark.start_s)},
                       {"end_s", Json(mark.end_s)},
                       {"kind", std::string(name_of(mark.kind))},
                       {"label", mark.label}});
}

std::vector<Mark> marks_of_json(const Json& list) {
  if (list.as_array() == nullptr) throw Error(ErrorCode::input, "marks: expected a list of marks");
  if (list.items().size() > kMostMarks)
    throw Error(ErrorCode::input, fmt::format("marks: expected at most {}", kMostMarks));
  std::vector<Mark> marks;
  for (const Json& one : list.items()) {
    const std::string where = fmt::format("mark {}", marks.size() + 1);
    const std::string* kind = one.at("kind").as_text();
    const std::optional<MarkKind> known =
        kind != nullptr ? mark_kind(*kind) : std::optional<MarkKind>();
    if (!known)
      throw Error(ErrorCode::input,
                  where + ": expected as kind one of exclude, label, point, note");
    Mark mark;
    mark.kind = *known;
    mark.first = whole_of(one.at("first"), where + ", first");
    mark.last = whole_of(one.at("last"), where + ", last");
    mark.start_s = number_of(one.at("start_s"), where + ", start_s");
    mark.end_s = number_of(one.at("end_s"), where + ", end_s");
    if (const std::string* label = one.at("label").as_text()) mark.label = *label;
    check_mark(mark, where);
    marks.push_back(std::move(mark));
  }
  return marks;
}

}  // namespace auriga
