// The video with the faces drawn into it (spec outputs.md section 10).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auriga/image.hpp"
#include "auriga/sink.hpp"

#include "sinks/picture_encoder.hpp"

namespace auriga {

struct TrackedVideoOptions {
  // Of an AVI: all frames have the same distance. Of an MP4: how long the last frame stays where
  // nothing else tells, and the distance of frames that have no times. 0.01 to below 1000; 30 is
  // taken for other values.
  double fps = 30;
  int width = 0, height = 0;  // px, 1 to 8191
  // The file that the frames come from, whose sound goes along in an MP4; empty: none.
  std::filesystem::path sound;
  double sound_clock_s = 0;                   // what its clock shows at 0 s
  std::span<const PictureCodec> codecs = {};  // to be tried; empty: those of the container
};

// A target that ends in .avi: an AVI with MPEG-4 part 2 (DIVX), without sound. Any other: an MP4
// with H.264, or with MPEG-4 part 2 where libavcodec has no encoder for H.264, its index in front,
// every frame at its own time, and the sound of the input. Equal frames give equal bytes. The file
// appears under its name, complete, with `finish`; without it nothing is left behind. Every failure
// is an Error(output); what is wrong with the sound is a warning. One thread at a time; encodes on
// the caller's thread. Of each frame it keeps what the index needs: some 60 bytes in an MP4. What
// libav has to say goes to its log, which belongs to the program.
class TrackedVideo {
 public:
  // Throws when libavcodec has no encoder for it, or `target` cannot be written.
  TrackedVideo(std::filesystem::path target, const TrackedVideoOptions& options);
  ~TrackedVideo();
  TrackedVideo(TrackedVideo&&) noexcept;
  TrackedVideo& operator=(TrackedVideo&&) noexcept;

  // The next frame, BGR. One of another size keeps its proportions and gets black bars. `time_s`:
  // when it is shown, never decreasing; frames that all have 0 have no times.
  void add(ImageView bgr, double time_s);

  // To be called once, after the last frame: completes the file; publish() gives it its name.
  Written complete();
  void publish();

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace auriga
