// What libav's decoders have to say of a stream, for those who hear its log.
#pragma once

#include <atomic>
#include <cstdint>

namespace auriga {

// Counts the messages of one decoder that note_libav_message() is told of. While it lives it is the
// `opaque` of the decoder's context, which libavcodec copies for threads of its own.
class DecoderMessages {
 public:
  DecoderMessages();
  ~DecoderMessages();
  DecoderMessages(const DecoderMessages&) = delete;
  DecoderMessages& operator=(const DecoderMessages&) = delete;

  // Whether this program passes libav's messages on. Sends an empty one of the lowest level.
  static bool are_heard();

  // Errors since the last call.
  std::int64_t take() { return errors_.exchange(0); }
  // Whether there was anything that an undamaged stream does not give rise to: errors, warnings,
  // and what decoders tell of pixels that they make up, which is for them no more than information.
  bool has_remarks() const { return remarks_ > 0; }

 private:
  friend void note_libav_message(void* context, int level) noexcept;
  std::atomic<std::int64_t> errors_ = 0, remarks_ = 0;
};

}  // namespace auriga
