// What libav's decoders have to say of a stream, for those who hear its log.
#pragma once

#include <atomic>
#include <cstdint>

namespace auriga {

// Counts the error messages of one decoder that note_libav_message() is told of. While it lives it
// is the `opaque` of the decoder's context, which libavcodec copies for threads of its own.
class DecoderMessages {
 public:
  DecoderMessages();
  ~DecoderMessages();
  DecoderMessages(const DecoderMessages&) = delete;
  DecoderMessages& operator=(const DecoderMessages&) = delete;

  // Since the last call.
  std::int64_t take() { return errors_.exchange(0); }

 private:
  friend void note_libav_message(void* context, int level) noexcept;
  std::atomic<std::int64_t> errors_ = 0;
};

}  // namespace auriga
