// The pictures of a video, decoded on as many threads as give what one would.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "media/container.hpp"
#include "media/libav.hpp"
#include "media/video_decoder.hpp"

namespace auriga {

// Pictures, times and findings do not depend on the number of threads, nor on when somebody lets go
// of a picture, whatever the stream. As long as it is sound, a decoder that watches it may use
// several. Once it doubts the stream, which it does before it gives out anything that the damage
// could have reached, one that patches decodes the file once more from its begin, passes over what
// was given out, and goes on. A key frame nearer than that would do for the pictures of most files,
// not of all: decoders keep more than pictures from before it (the depth of reordering, what the
// encoder said of itself in the first packet, repaired times). Not thread-safe.
class VideoPictures {
 public:
  // Of the stream of `container`, which must outlive this; nobody else reads it. Throws as
  // VideoDecoder does.
  VideoPictures(const std::filesystem::path& file, Container& container, int threads);

  // Decodes the next picture into frame(); false at the end.
  bool decode();
  AVFrame& frame() { return decoder_->frame(); }
  // As VideoDecoder has them.
  void reject();
  std::int64_t shown_at() const { return decoder_->shown_at(); }
  std::int64_t packets_before_key_frame() const { return decoder_->packets_before_key_frame(); }
  std::string damage() const { return decoder_->damage(); }

  // The decoder patches, from the first picture on or from the first sign of damage.
  bool patches() const { return patches_; }

  // Bytes of the pictures that the threads had under way when it began.
  std::size_t bytes_under_way() const { return bytes_under_way_; }

 private:
  void begin_again();

  std::filesystem::path file_;
  Container& container_;
  std::optional<VideoDecoder> decoder_;
  std::size_t bytes_under_way_ = 0;
  bool patches_ = false;
  std::int64_t given_ = 0, rejected_ = 0;  // pictures
};

}  // namespace auriga
