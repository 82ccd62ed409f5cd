// The video with the faces drawn into it (spec outputs.md section 10).
#pragma once

#include <filesystem>
#include <memory>

#include "auriga/image.hpp"
#include "auriga/sink.hpp"

namespace auriga {

// An AVI with MPEG-4 part 2 (DIVX), without sound. Equal frames give equal bytes. The file appears
// under its name, complete, with `finish`; without it nothing is left behind. Every failure is an
// Error(output). One thread at a time; encodes on the caller's thread. Allocates nothing of its own
// per frame. What libav has to say goes to its log, which belongs to the program.
class TrackedVideo {
 public:
  // `fps`: 0.01 to below 1000, as the input has it; 30 is taken for other values. `width`,
  // `height`: px, 1 to 8191. Throws when this libavcodec has no MPEG-4 encoder, or `target` cannot
  // be written.
  TrackedVideo(std::filesystem::path target, double fps, int width, int height);
  ~TrackedVideo();
  TrackedVideo(TrackedVideo&&) noexcept;
  TrackedVideo& operator=(TrackedVideo&&) noexcept;

  // The next frame, BGR. One of another size is stretched to that of the video.
  void add(ImageView bgr);

  // To be called once, after the last frame: completes the file; publish() gives it its name.
  Written complete();
  void publish();

 private:
  struct Encoder;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace auriga
