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
  double clock_s = 0;                // what the clock of the input shows at timestamp 0
  std::int64_t frames_expected = 0;  // 0: unknown
  bool still = false;                // a picture: its rows are all faces, not one face over time
  // Of the pictures of a folder the names of their files, by frame; empty: frames have no names.
  std::vector<std::string> frame_names;
  Camera camera;  // that head pose and 3-D landmarks refer to
  UnitNames units;
};

// A complete result, and how to tell later that it is what the run wrote.
struct Written {
  std::filesystem::path path;    // a file, or a folder of files
  std::int64_t files = 0;        // of a folder: how many the run put there; of a file 0
  std::uint64_t size_bytes = 0;  // of a folder: of those files together
  std::int64_t modified_ns = 0;  // last change of a file, since 1970; of a folder 0
  // Of the bytes of a file; of a folder, of the names and sizes of its files. Empty: not known.
  std::string sha256;
  std::vector<std::string> warnings{};  // what is not as it should be in it, whole sentences

  friend bool operator==(const Written&, const Written&) = default;
};

// Takes the results of one stream. Calls come in the order below, never from two threads at a time,
// and what they throw ends the run. A sink that is destroyed without publish() leaves nothing
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
  // Once, at the end: completes the results and tells what they are and what names they will have.
  virtual std::vector<Written> finish(const FinalUnits& /*units*/) { return {}; }
  // Once, after finish() of all sinks: gives the results their names, in place of earlier ones.
  virtual void publish() {}

 protected:
  Sink() = default;
};

}  // namespace auriga
