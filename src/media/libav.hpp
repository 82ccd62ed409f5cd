// Owners of what libav allocates, and its errors as text.
#pragma once

#include <memory>
#include <new>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace auriga {

struct FreeAv {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
template <typename T>
using AvHandle = std::unique_ptr<T, FreeAv>;

// `p`, which libav gives null for when there is no memory. Throws std::bad_alloc then.
template <typename T>
T* allocated(T* p) {
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

inline std::string text_of_av_error(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, text, sizeof text);
  return text;
}

}  // namespace auriga
