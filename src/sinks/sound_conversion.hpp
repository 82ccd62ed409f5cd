// Sound of any codec as AAC.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "media/libav.hpp"

struct AVAudioFifo;
struct SwrContext;

namespace auriga {

// Decodes and encodes a stream of sound. What comes out begins where its packets say: gaps are
// filled with silence, and what lies before 0 s or twice at a time is left out. Holds what one
// packet decodes to and a frame. Never throws for what is in a packet. Not thread-safe.
class SoundConversion {
 public:
  using Give = std::function<void(AVPacket&)>;

  // Null, and `problem` says why, where it cannot be decoded or encoded.
  static std::unique_ptr<SoundConversion> open(const AVStream& stream, std::string& problem);
  ~SoundConversion();
  SoundConversion(const SoundConversion&) = delete;
  SoundConversion& operator=(const SoundConversion&) = delete;

  // Of what comes out, whose packets count time in 1/rate() s.
  const AVCodecContext& encoder() const { return *encoder_; }
  int rate() const { return encoder_->sample_rate; }

  // The next packet. `shift_s`: what makes the stream's times those that come out. `give` gets what
  // silence before it becomes.
  void take(const AVPacket& packet, double shift_s, const Give& give);
  // Encodes what has been taken and begins before that time, s.
  void encode(double until_s, const Give& give);
  // To be called once, at the end: gives all that there is before `until_s`.
  void finish(double until_s, const Give& give);

  std::int64_t undecodable() const { return undecodable_; }  // packets
  double end_s() const;                                      // of what has been taken

 private:
  struct FreeAudio {
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(AVAudioFifo* p) const;
    void operator()(SwrContext* p) const;
  };
  template <typename T>
  using Audio = std::unique_ptr<T, FreeAudio>;

  SoundConversion() = default;
  bool open_encoder(const AVChannelLayout& layout, int rate, std::string& problem);
  void decode(const Give& give);
  void add(const AVFrame& decoded, const Give& give);
  bool convert(const AVFrame& decoded);
  void add_silence(std::int64_t samples, const Give& give);
  void encode_frame(int samples, const Give& give);
  void give_packets(const Give& give);

  AvHandle<AVCodecContext> decoder_, encoder_;
  Audio<AVFrame> decoded_, source_form_, converted_, frame_;
  Audio<SwrContext> converter_;
  Audio<AVAudioFifo> waiting_;
  AvHandle<AVPacket> packet_;
  double shift_s_ = 0;
  bool begun_ = false;
  std::int64_t encoded_ = 0;  // samples since 0 s: where what waits begins
  std::int64_t undecodable_ = 0;
};

}  // namespace auriga
