// Interlaced frames to whole pictures.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>

#include "media/native_frame.hpp"

namespace auriga {

// libavfilter's bwdif: one picture for each frame, in the same order, with all its properties but
// the pixels. Looks one frame ahead. Frames may change size and format. Those too small to be
// filtered come as they are. Not thread-safe; uses the caller's thread only.
//
// libavfilter is loaded when the first one is made, since it brings some thirty libraries along
// that nobody else needs: a third more time to start, and 11 MB.
class Deinterlacer {
 public:
  // Throws Error(usage), which says what to do, when libavfilter is not there or has no bwdif.
  Deinterlacer();
  ~Deinterlacer();

  // Takes over what `frame` refers to, which is empty then. Throws std::bad_alloc.
  void push(AVFrame& frame);
  // There are no more frames.
  void end();
  // Puts the next picture into `frame`, which is empty; false: it needs more frames.
  bool pull(AVFrame& frame);

 private:
  struct Library;
  struct Graph;

  static const Library& library();
  void drain();

  const Library& library_;
  std::unique_ptr<Graph> graph_;  // for the size and format of the latest frame; null: unfiltered
  int width_ = 0, height_ = 0, format_ = -1;
  std::int64_t pushed_ = 0;
  std::deque<AvFrame> ready_;
};

}  // namespace auriga
