// Packets of a video to pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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

  // When the container's clock shows frame(); AV_NOPTS_VALUE where that is not known.
  std::int64_t shown_at() const { return shown_at_; }
  // Packets that are shown before the first picture and came to nothing, without an error.
  std::int64_t packets_before_key_frame() const { return before_first_; }

  // What could not be decoded or had to be patched so far; empty if nothing.
  std::string damage() const;

 private:
  bool read();
  bool withhold();
  void find_time();
  void find_lost_before();

  // A packet before the first picture.
  struct Sent {
    std::int64_t pts;
    bool before_key;
  };

  Container& container_;
  AvHandle<AVCodecContext> decoder_;
  AvHandle<AVPacket> packet_{allocated(av_packet_alloc())};
  AvFrame frame_ = make_av_frame();
  bool at_end_ = false;  // of the packets
  std::int64_t shown_at_ = AV_NOPTS_VALUE;
  bool has_picture_ = false, has_key_ = false;  // so far
  std::vector<Sent> sent_;                      // until there is a picture
  std::int64_t before_first_ = 0;
  int withheld_ = 0;  // packets before the first key frame
  // Where packets have places only: how much later than the place of its own packet the decoder
  // gave out the first picture, and how much later than its own the last one that others refer to
  // is shown.
  std::int64_t delay_ = 0, reordering_ = 0;
  std::int64_t undecodable_ = 0;  // packets, and pictures that cannot be converted
  std::int64_t patched_ = 0;      // pictures with invented pixels
};

}  // namespace auriga
