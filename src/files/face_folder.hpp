// The folder of aligned faces under construction, and what it is known by when it is complete.
#pragma once

#include <filesystem>
#include <string_view>

#include "auriga/sink.hpp"

namespace auriga {

// Whether a file of this name in such a folder is a picture that auriga has put there:
// frame_det_* of videos, face_det_* of pictures (spec outputs.md section 1).
bool is_face_file(std::string_view name);

// An empty folder beside `folder` to write into. publish() gives it its name, in one step where the
// file system can exchange two names (RENAME_EXCHANGE; others, as NFS, have two steps, between
// which the folder is missing); pictures of an earlier run are gone then, other files stay. Without
// publish() the destructor removes it. Every failure is an Error(output) that names `folder`. A
// folder that is a link stays one. One thread at a time.
class FaceFolder {
 public:
  // Creates the missing parents of `folder`, too.
  explicit FaceFolder(std::filesystem::path folder);
  ~FaceFolder();
  FaceFolder(const FaceFolder&) = delete;
  FaceFolder& operator=(const FaceFolder&) = delete;

  const std::filesystem::path& part() const { return part_; }      // until publish()
  const std::filesystem::path& target() const { return target_; }  // as given
  void publish();

  // Removes a folder that was to become `target`, or was replaced by it: its pictures of faces,
  // and itself. What else it holds goes to `target`, or stays where that has something of the name.
  static void remove_part(const std::filesystem::path& part,
                          const std::filesystem::path& target) noexcept;

 private:
  std::filesystem::path target_, folder_;  // folder_: what target_ is, or is a link to
  std::filesystem::path part_;             // empty once it has its name
};

// What stands in `folder` as of now, under this path: count, size and hash of the pictures of
// faces. Looks at names and sizes, not into the files. Throws Error(output).
Written describe_faces(const std::filesystem::path& folder);

}  // namespace auriga
