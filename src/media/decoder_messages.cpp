#include "media/decoder_messages.hpp"

#include <mutex>
#include <set>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include "auriga/source.hpp"

namespace auriga {

namespace {

// The counters that live: the `opaque` of another program's decoder is anything.
struct Registry {
  std::mutex mutex;
  std::set<const void*> counters;
};

Registry& registry() {
  static auto* const one = new Registry;  // messages may come while the program ends
  return *one;
}

}  // namespace

DecoderMessages::DecoderMessages() {
  const std::lock_guard lock(registry().mutex);
  registry().counters.insert(this);
}

DecoderMessages::~DecoderMessages() {
  const std::lock_guard lock(registry().mutex);
  registry().counters.erase(this);
}

void note_libav_message(void* context, int level) noexcept {
  if (context == nullptr || level > AV_LOG_ERROR) return;
  if (*static_cast<const AVClass* const*>(context) != avcodec_get_class()) return;
  void* const opaque = static_cast<const AVCodecContext*>(context)->opaque;
  if (opaque == nullptr) return;
  const std::lock_guard lock(registry().mutex);
  if (registry().counters.contains(opaque)) ++static_cast<DecoderMessages*>(opaque)->errors_;
}

}  // namespace auriga
