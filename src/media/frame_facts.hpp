// What decoded frames say of themselves, and how they are shown therefore.
#pragma once

#include <cstdint>
#include <string>

#include "auriga/source.hpp"

#include "media/bgr_converter.hpp"
#include "media/orientation.hpp"

struct AVFrame;
struct AVRational;

namespace auriga {

// Whether it is marked as two moments, in its odd and its even rows.
bool is_interlaced(const AVFrame& frame);

// Gathers over a video what its frames are marked with. Not thread-safe.
class FrameFacts {
 public:
  // `container`: how the container wants frames to be turned.
  FrameFacts(const SourceOptions& options, Orientation container);

  // To be told of each frame as it is decoded.
  void note_decoded(const AVFrame& frame);

  // How a frame is shown, which is `timestamp_s` after the start. `aspect`: width of a stored pixel
  // by its height, as av_guess_sample_aspect_ratio() has it; 0 where nothing tells.
  ShownAs show(const AVFrame& frame, AVRational aspect, double timestamp_s);

  // Adds what was found to `status`.
  void report(SourceStatus& status) const;

 private:
  void note_colours(const AVFrame& frame);
  std::string aspect_warning() const;
  std::string change_warning() const;
  std::string colour_warning() const;

  bool square_pixels_;
  Orientation orientation_;
  SourceFacts facts_;
  std::int64_t decoded_ = 0, shown_ = 0;

  double absurd_ = 0;           // the first aspect that no picture can have; 0: none
  bool too_large_ = false;      // a frame that would have become too large
  int width_ = 0, height_ = 0;  // of the first frame, as stored
  ShownAs first_;               // the first frame
  double change_s_ = -1;        // when the aspect changed first; below 0: it did not
  double changed_aspect_ = 0;   // to this
};

}  // namespace auriga
