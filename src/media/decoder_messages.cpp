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

// Set by every message of this thread.
thread_local bool heard = false;

}  // namespace

bool DecoderMessages::are_heard() {
  heard = false;
  av_log(nullptr, AV_LOG_TRACE, "%s", "");
  return heard;
}

DecoderMessages::DecoderMessages() {
  const std::lock_guard lock(registry().mutex);
  registry().counters.insert(this);
}

DecoderMessages::~DecoderMessages() {
  const std::lock_guard lock(registry().mutex);
  registry().counters.erase(this);
}

void note_libav_message(void* context, int level) noexcept {
  heard = true;
  if (context == nullptr || level > AV_LOG_INFO) return;
  if (*static_cast<const AVClass* const*>(context) != avcodec_get_class()) return;
  void* const opaque = static_cast<const AVCodecContext*>(context)->opaque;
  if (opaque == nullptr) return;
  const std::lock_guard lock(registry().mutex);
  if (!registry().counters.contains(opaque)) return;
  auto& messages = *static_cast<DecoderMessages*>(opaque);
  ++messages.remarks_;
  if (level <= AV_LOG_ERROR) ++messages.errors_;
}

}  // namespace auriga
