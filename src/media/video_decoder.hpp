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
// What a decoder makes of damage depends on how far its other threads have come, and on one thread
// still on the memory that it gets for a picture: on who has let go of an earlier one by then. So
// a decoder that watches gives pictures as long as the stream is sound, which are the same on any
// number of threads, and doubts it at the first sign that it is not. A picture comes out only after
// everything up to its own packet has been decoded, and what a decoder finds wrong it has said by
// then: as an error, in the marks of the picture, or in its messages; and what it passed over
// without a word is seen (UnwrittenPixels). A decoder that patches goes on with what there is, on
// one thread and in memory of plain grey.
class VideoDecoder {
 public:
  // `compare`: for who knows what each picture has to be and uses no other. Never doubts, and gives
  // what comes on any number of threads.
  enum class Manner { watch, patch, compare };

  // Watching is for codecs whose pictures have been shown to be the same, where libav's messages
  // are heard.
  static Manner manner_for(const Container& container);
  // How many threads are of use, at most `threads`, for the stream of `container`: 1 for what is
  // not watched, but for MJPEG, whose pictures stand alone, and as few as need for the pictures
  // under way no more than `threads` times kBytesPerThread.
  static int threads_for(const Container& container, int threads);
  static constexpr std::size_t kBytesPerThread = std::size_t{16} << 20;
  // Bytes of the pictures that so many threads have under way, less that which comes out next.
  static std::size_t bytes_under_way(const Container& container, int threads);

  // For the stream of `container`, which must outlive it. `threads`: from threads_for(), or 1.
  // Throws Error(input), which names the file, when there is no decoder or it refuses the stream.
  VideoDecoder(const std::filesystem::path& file, Container& container, Manner manner, int threads);

  // Decodes the next picture into frame(); false at the end, or when it doubts the stream.
  bool decode();
  // decode() has stopped because one that patches might give another picture, or another verdict,
  // from here on. Only of one that watches.
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
  AvHandle<AVCodecContext> try_open(bool strict, int threads, int& error);
  static int get_marked_buffer(AVCodecContext* decoder, AVFrame* frame, int flags) noexcept;
  bool decode_patched();
  bool is_sound();
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
  bool watches_, greys_;
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
