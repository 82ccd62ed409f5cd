// The pass over the pictures of a video, for its index.
#pragma once

#include <filesystem>

#include "media/container.hpp"
#include "media/frame_index.hpp"
#include "media/presentation_clock.hpp"
#include "media/video_pictures.hpp"

namespace auriga {

// The frames that open_video() gives, in their order, with their times and hashes. Not thread-safe.
class Indexer {
 public:
  // `threads`: as SourceOptions has it. Throws as open_video() does.
  Indexer(const std::filesystem::path& video, int threads);

  // False at the end.
  bool next(IndexedFrame& frame);
  // FrameIndex::patched, as far as it has come.
  bool patched() const { return pictures_.patches(); }

 private:
  Container container_;
  VideoPictures pictures_;
  PresentationClock clock_;
};

}  // namespace auriga
