// Packets of a video to pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "media/container.hpp"
#include "media/decoder_messages.hpp"
#include "media/libav.hpp"
#include "media/native_frame.hpp"
#include "media/unwritten_pixels.hpp"

namespace auriga {

// Largest video frame that is decoded, width * height.
inline constexpr std::int64_t kMaxVideoPixels = std::int64_t{1} << 26;

// Not thread-safe.
//
// On several threads it gives what it would on one as long as the stream is sound, and doubts it at
// the first sign that it is not. What is made of damage depends on how far the other threads have
// come. But a picture comes out only after everything up to its own packet has been decoded, and
// what a decoder finds wrong it has said by then: as an error, in the marks of the picture, or in
// its messages; and what it passed over without a word is seen (UnwrittenPixels).
class VideoDecoder {
 public:
  // How many threads are of use, at most `threads`, for the stream of `container`: 1 for codecs
  // whose pictures have not been shown to be the same, where libav's messages are not heard, and
  // where the pictures under way would need more than `threads` times kBytesPerThread. MJPEG needs
  // no soundness: its pictures stand alone.
  static int threads_for(const Container& container, int threads);
  static constexpr std::size_t kBytesPerThread = std::size_t{16} << 20;
  // Bytes of the pictures that so many threads have under way, less that which comes out next.
  static std::size_t bytes_under_way(const Container& container, int threads);

  // For the stream of `container`, which must outlive it. `threads`: from threads_for(), or 1.
  // Throws Error(input), which names the file, when there is no decoder or it refuses the stream.
  VideoDecoder(const std::filesystem::path& file, Container& container, int threads);

  // Decodes the next picture into frame(); false at the end, or when it doubts the stream.
  bool decode();
  // decode() has stopped because one thread might give another picture, or another verdict, from
  // here on. Only on several threads.
  bool doubts() const { return doubts_; }
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
  AvHandle<AVCodecContext> opened(bool strict, int threads);
  static int get_marked_buffer(AVCodecContext* decoder, AVFrame* frame, int flags) noexcept;
  bool decode_patched();
  bool is_sound() const;
  bool doubt() {
    doubts_ = true;
    return false;
  }
  void note_picture();
  bool read();
  bool withhold();
  void find_time();
  void find_lost_before();

  // A packet before the first picture.
  struct Sent {
    std::int64_t pts;
    bool before_key;
  };

  std::filesystem::path file_;
  Container& container_;
  // What belongs to a decoder and is known by its `opaque`, as the messages are.
  struct Watch : DecoderMessages {
    UnwrittenPixels unwritten;
  };

  // Before the decoders, which tell it of what is wrong.
  Watch watch_;
  AvHandle<AVCodecContext> decoder_;
  // Of pictures that stand alone: `decoder_` refuses damaged ones, this one patches them. Opened
  // when it is needed.
  AvHandle<AVCodecContext> patcher_;
  AvHandle<AVPacket> packet_{allocated(av_packet_alloc())};
  AvFrame frame_ = make_av_frame();
  bool needs_soundness_ = false;  // on several threads
  bool doubts_ = false;
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
  std::int64_t undecodable_ = 0;             // packets, and pictures that cannot be converted
  std::int64_t patched_ = 0;                 // pictures with invented pixels
  std::int64_t ended_ = 0, broken_off_ = 0;  // JPEG pictures with and without their end
};

}  // namespace auriga
