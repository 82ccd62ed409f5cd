// The small text file `<base>_of_details.txt` that says what a run of OpenFace was asked for.
#pragma once

#include <string>

#include "auriga/face.hpp"
#include "auriga/formats.hpp"

namespace auriga {

struct Details {
  std::string input;            // as given; "webcam" for a camera
  std::string input_full_path;  // absolute; empty: no such line
  Camera camera;
  // Names relative to the output folder; empty: not written.
  std::string hog, video, picture, aligned_folder;
  std::string csv;
  ColumnGroups groups = kAllColumns;
};

// Spec outputs.md section 7. The lines "Input:" are left out where `input` is empty.
std::string details_text(const Details& details);

}  // namespace auriga
