// The one pipeline: frames are read and followed in order, analysed on any thread, concluded in
// order.
#pragma once

#include <cstddef>
#include <functional>

#include "auriga/run.hpp"

#include "engine/frame_batch.hpp"
#include "engine/stream.hpp"

namespace auriga {

struct Schedule {
  // Replaces a frame by the next one, whole; false at the end. On one thread at a time.
  std::function<bool(Frame&)> next;
  // What became of frame `frame` of a batch, whose faces begin at `face`; returns their number. In
  // order, on one thread at a time.
  std::function<int(FrameBatch& batch, int frame, int face)> conclude;
};

// Frames of all batches under way, bytes, unless a single batch is larger.
inline constexpr std::size_t kMostBytesUnderWay = std::size_t{192} << 20;

// Works through all frames in the oneTBB arena of the calling thread. `frame_bytes`: of the first
// one. `most`: batches that are under way at a time; fewer when they would hold more than
// kMostBytesUnderWay. What is thrown inside ends it and is passed on.
void work_through(Session::Stream& stream, const Schedule& schedule, std::size_t frame_bytes,
                  int most);

}  // namespace auriga
