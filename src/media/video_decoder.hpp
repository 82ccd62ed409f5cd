// Packets of a video to pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "media/container.hpp"
#include "media/libav.hpp"
#include "media/native_frame.hpp"

namespace auriga {

// Largest video frame that is decoded, width * height.
inline constexpr std::int64_t kMaxVideoPixels = std::int64_t{1} << 26;

// Not thread-safe.
class VideoDecoder {
 public:
  // For the stream of `container`, which must outlive it. `threads`: as open_video() has it. Throws
  // Error(input), which names the file, when there is no decoder or it refuses the stream.
  VideoDecoder(const std::filesystem::path& file, Container& container, int threads);

  // Decodes the next picture into frame(); false at the end.
  bool decode();
  AVFrame& frame() { return *frame_; }
  // frame() cannot be used: its packet counts as one that could not be decoded.
  void reject() { ++undecodable_; }

  // What could not be decoded or had to be patched so far; empty if nothing.
  std::string damage() const;

 private:
  Container& container_;
  AvHandle<AVCodecContext> decoder_;
  AvHandle<AVPacket> packet_{allocated(av_packet_alloc())};
  AvFrame frame_ = make_av_frame();
  bool at_end_ = false;           // of the packets
  std::int64_t undecodable_ = 0;  // packets, and pictures that cannot be converted
  std::int64_t patched_ = 0;      // pictures with invented pixels
};

}  // namespace auriga
