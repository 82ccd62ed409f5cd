// Where results go: tables, files, pictures, a program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/needs.hpp"
#include "auriga/row.hpp"
#include "auriga/source.hpp"
#include "auriga/units.hpp"

namespace auriga {

struct Setup;

// What is known of the stream before its first frame.
struct StreamInfo {
  std::string format;                // container and codec, for people
  int width = 0, height = 0;         // px, as displayed
  double fps = 0;                    // nominal
  double average_fps = 0;            // frames by duration, as the container has them; 0: as `fps`
  std::int64_t frames_expected = 0;  // 0: unknown
  bool still = false;                // a picture: its rows are all faces, not one face over time
  Camera camera;                     // that head pose and 3-D landmarks refer to
  UnitNames units;
};

// A result that is in place.
struct Written {
  std::filesystem::path path;  // a file, or a folder of files
};

// Takes the results of one stream. Calls come in the order below, never from two threads at a time,
// and what they throw ends the run. A sink that is destroyed without finish() leaves nothing
// behind.
class Sink {
 public:
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  virtual Needs needs() const { return {}; }
  // Once, before the first frame.
  virtual void begin(const StreamInfo& /*stream*/, const Setup& /*setup*/) {}
  // For each face of each frame: by frame, then by ascending face id. Valid during the call.
  virtual void row(const FaceRow& /*row*/) {}
  // After the rows of a frame, also of one without faces. `frame.bgr` is empty unless
  // Needs::picture.
  virtual void frame(const FrameView& /*frame*/) {}
  // Once, at the end: completes the results and tells what they are.
  virtual std::vector<Written> finish(const FinalUnits& /*units*/) { return {}; }

 protected:
  Sink() = default;
};

}  // namespace auriga
