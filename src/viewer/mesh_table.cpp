#include "viewer/mesh_table.hpp"

#include <charconv>
#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

#include "viewer/study.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

// frame,face_id,timestamp,confidence,success, then all x, all y, all z.
constexpr std::string_view kHeader = "frame,face_id,timestamp,confidence,success,x_0,x_1,";
constexpr std::size_t kFirstPoint = 5, kColumns = kFirstPoint + 3 * std::size_t{kMeshPoints};

class MeshFile {
 public:
  explicit MeshFile(const fs::path& path) : path_(path), file_(path, std::ios::binary) {
    std::string header;
    if (!std::getline(file_, header) || !header.starts_with(kHeader))
      fail("expected a table of --mesh, found another header or none; extract the video again");
    begin_ = header.size() + 1;
    file_.seekg(0, std::ios::end);
    end_ = static_cast<std::uint64_t>(file_.tellg());
  }

  std::vector<float> at(std::int64_t face, std::int64_t frame) {
    // At `low` begins a row, and those before it are of earlier frames. Those that begin at `high`
    // or behind it are not.
    std::uint64_t low = begin_, high = end_;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      const std::uint64_t row = row_from(middle, low);
      if (row >= high || frame_of(row) >= frame)
        high = middle;
      else
        low = row + line_.size() + 1;
    }
    for (std::uint64_t row = low; row < end_; row += line_.size() + 1) {
      if (frame_of(row) != frame) break;
      const std::vector<std::string_view> cells = cells_of_line();
      if (whole(cells[1]) == face) return points(cells);
    }
    return {};
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::input, path_.string() + ": " + what);
  }

  // Where the first row at or behind `position` begins. At `known` one does.
  std::uint64_t row_from(std::uint64_t position, std::uint64_t known) {
    if (position == known) return position;
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(position - 1));
    std::string rest;
    std::getline(file_, rest);
    return position + rest.size();
  }

  // Reads the row that begins there into `line_`.
  std::int64_t frame_of(std::uint64_t row) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(row));
    if (!std::getline(file_, line_)) fail("it was changed while it was read; open it again");
    return whole(std::string_view(line_).substr(0, line_.find(',')));
  }

  std::int64_t whole(std::string_view cell) const {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (error != std::errc() || end != cell.data() + cell.size())
      fail(fmt::format("expected a whole number, found \"{}\"; extract the video again",
                       cell.substr(0, 40)));
    return number;
  }

  std::vector<std::string_view> cells_of_line() const {
    std::vector<std::string_view> cells;
    for (std::string_view rest = line_;;) {
      const std::size_t comma = rest.find(',');
      cells.push_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (cells.size() != kColumns)
      fail(fmt::format("frame {}: expected {} cells, found {}; extract the video again", cells[0],
                       kColumns, cells.size()));
    return cells;
  }

  std::vector<float> points(const std::vector<std::string_view>& cells) const {
    if (cells[kFirstPoint].empty()) return {};
    std::vector<float> pairs(2 * std::size_t{kMeshPoints});
    for (std::size_t i = 0; i < kMeshPoints; ++i)
      for (const std::size_t axis : {0, 1}) {
        const std::string_view cell = cells[kFirstPoint + axis * kMeshPoints + i];
        const auto [end, error] =
            std::from_chars(cell.data(), cell.data() + cell.size(), pairs[2 * i + axis]);
        if (error != std::errc() || end != cell.data() + cell.size())
          fail(
              fmt::format("frame {}: expected a number for a point, found \"{}\"; extract the "
                          "video again",
                          cells[0], cell.substr(0, 40)));
      }
    return pairs;
  }

  fs::path path_;
  std::ifstream file_;
  std::uint64_t begin_ = 0, end_ = 0;
  std::string line_;
};

}  // namespace

fs::path mesh_table_of(const fs::path& table, const Json& manifest) {
  return written_beside(table, "_mesh.csv", manifest);
}

std::vector<float> mesh_at(const fs::path& file, std::int64_t face, std::int64_t frame) {
  return MeshFile(file).at(face, frame);
}

}  // namespace auriga
