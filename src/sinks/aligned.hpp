// The folder of aligned faces: one small picture per frame and face.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "auriga/formats.hpp"
#include "auriga/image.hpp"

#include "files/face_folder.hpp"

namespace auriga {

// Writes frame_det_<face id, 2 digits>_<frame from 1, 6 digits>.<format> for videos and
// face_det_<face id, 6 digits>.<format> for pictures (spec outputs.md section 1). The folder
// appears in publish(), complete; without it not at all. Throws Error(output) like FaceFolder.
// One thread at a time.
class AlignedFaces {
 public:
  // `size_px`: side of the black picture for failed frames. `keep_failed` false: no pictures for
  // them (-nobadaligned).
  AlignedFaces(std::filesystem::path folder, PictureFormat format, int size_px, bool keep_failed);

  // `crop` is written as it is if it is not empty; an empty one is black. `success` is that of the
  // row.
  void add_frame(int face_id, std::int64_t frame, ImageView crop, bool success);  // frame from 0
  void add_face(int face_id, ImageView crop, bool success);

  // What has been written, under the name that it will have.
  Written describe() const;
  // Replaces the pictures of an earlier run; other files in the folder stay.
  void publish() { folder_.publish(); }

 private:
  void write(const std::string& stem, ImageView crop, bool success);

  FaceFolder folder_;
  PictureFormat format_;
  const char* ending_;
  bool keep_failed_;
  Image black_;
};

}  // namespace auriga
