// The table of the face mesh, which the option --mesh asks for: one row per frame and face.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "auriga/face.hpp"
#include "auriga/row.hpp"

#include "files/atomic_file.hpp"

namespace auriga {

// Columns: frame (from 1), face_id, timestamp (s, 3 decimals), confidence (2), success (0 or 1), as
// in the table of results, then x_0..x_477, y_0..y_477, z_0..z_477 (px, 2 decimals; FaceMesh says
// what the points are). The cells of the points are empty where there is no mesh.
//
// Memory does not grow with the number of rows. The target appears, complete, in `finish`; without
// `finish` nothing is left behind and an older file stays as it was. One thread at a time.
class MeshCsv {
 public:
  // Throws Error(output) if the target cannot be written.
  explicit MeshCsv(const std::filesystem::path& target);

  // Rows come by frame, then by face. `mesh` counts only where `row` has success; nullptr: there is
  // none. Allocates nothing once the longest row has been seen. Throws Error(output), with the row
  // and the column, for NaN and infinity, which the table never holds; that row is then not part of
  // the table and the next ones can follow.
  void add(const FrameResult& row, const FaceMesh* mesh);

  // Call once, last: completes the table, and gives it its name.
  Written complete() { return file_.complete(); }
  void publish() { file_.commit(); }

 private:
  void points(char axis, const std::array<float, kMeshPoints>& px);
  [[noreturn]] void refuse(const std::string& column, double value) const;

  std::filesystem::path target_;
  AtomicFile file_;
  std::string line_;
};

}  // namespace auriga
