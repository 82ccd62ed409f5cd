// Frames from memory, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "auriga/source.hpp"

namespace auriga::test {

// A picture that owns its pixels, with its place in the stream.
struct StoredFrame {
  std::int64_t index = 0;
  double timestamp_s = 0;
  Image bgr;
  bool missing = false;
  FrameView view() const { return {index, timestamp_s, bgr, missing}; }
};

inline Image copy_of(ImageView view) {
  Image copy(view.width, view.height, view.channels);
  for (int y = 0; y < view.height; ++y)
    std::copy_n(view.row(y), static_cast<std::size_t>(view.width) * 3, copy.row(y));
  return copy;
}

// At most `most` frames of a source.
inline std::vector<StoredFrame> stored_frames(Source& source, std::size_t most) {
  std::vector<StoredFrame> frames;
  Frame frame;
  while (frames.size() < most && source.next(frame))
    frames.push_back({frame.index, frame.timestamp_s, copy_of(frame.bgr())});
  return frames;
}

// Gives stored frames, which must outlive it.
class FakeSource : public Source {
 public:
  explicit FakeSource(const std::vector<StoredFrame>& frames) : frames_(frames) {
    if (frames.empty()) return;
    info_.width = frames.front().bgr.width();
    info_.height = frames.front().bgr.height();
    info_.expected_frames = static_cast<std::int64_t>(frames.size());
    info_.description = "memory";
  }

  bool next(Frame& frame) override {
    if (at_ == frames_.size()) return false;
    const StoredFrame& stored = frames_[at_++];
    frame.index = stored.index;
    frame.timestamp_s = stored.timestamp_s;
    Image& image = frame.write_bgr(stored.bgr.width(), stored.bgr.height());
    std::copy_n(stored.bgr.data(), stored.bgr.size_bytes(), image.data());
    frame.missing = stored.missing;
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override { return {static_cast<std::int64_t>(at_), false, {}}; }

 private:
  const std::vector<StoredFrame>& frames_;
  SourceInfo info_;
  std::size_t at_ = 0;
};

}  // namespace auriga::test
