// For tests: the pictures that golden/onnx names.
#pragma once

#include <filesystem>
#include <string>

#include "auriga/image.hpp"

#include "media/image_file.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {

// "sample3", "avi_frame0007" or "multi_face_frame0000".
inline Image golden_image(const std::string& name) {
  if (name == "multi_face_frame0000") {
    Frame frame;
    open_video(test_data() / "videos/multi_face.avi")->next(frame);
    return Image(frame.bgr());
  }
  const std::string avi = "avi_frame0";
  if (name.starts_with(avi)) {
    return read_png(test_data() / "golden/stage_2015-10-15-15-14/frames" /
                    (name.substr(avi.size()) + ".png"));
  }
  return read_image(test_data() / "images" / (name + ".jpg"));
}

}  // namespace auriga::test
