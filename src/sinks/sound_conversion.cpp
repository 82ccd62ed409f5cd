#include "sinks/sound_conversion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

namespace auriga {

namespace {

constexpr std::array kRates = {8000,  11025, 12000, 16000, 22050, 24000,
                               32000, 44100, 48000, 64000, 88200, 96000};  // that AAC has, Hz
constexpr int kBitsPerChannel = 80000;                                     // a second
// Clocks of containers count in milliseconds, some in more; what is further off is a gap.
constexpr double kJitter_s = 0.1;

int rate_for(int rate) {
  const auto fits = std::lower_bound(kRates.begin(), kRates.end(), rate);
  return fits == kRates.end() ? kRates.back() : *fits;
}

}  // namespace

void SoundConversion::FreeAudio::operator()(AVAudioFifo* p) const { av_audio_fifo_free(p); }
void SoundConversion::FreeAudio::operator()(SwrContext* p) const { swr_free(&p); }

SoundConversion::~SoundConversion() = default;

std::unique_ptr<SoundConversion> SoundConversion::open(const AVStream& stream,
                                                       std::string& problem) {
  std::unique_ptr<SoundConversion> self(new SoundConversion);
  const AVCodecParameters& from = *stream.codecpar;
  const AVCodec* codec = avcodec_find_decoder(from.codec_id);
  if (codec == nullptr) {
    problem = "there is no decoder for it";
    return nullptr;
  }
  self->decoder_.reset(allocated(avcodec_alloc_context3(codec)));
  self->decoder_->pkt_timebase = stream.time_base;
  self->decoder_->thread_count = 1;
  int error = avcodec_parameters_to_context(self->decoder_.get(), &from);
  if (error >= 0) error = avcodec_open2(self->decoder_.get(), codec, nullptr);
  if (error < 0) {
    problem = "its decoder refuses it (" + text_of_av_error(error) + ")";
    return nullptr;
  }
  const int channels = from.ch_layout.nb_channels;
  if (from.sample_rate <= 0 || channels <= 0) {
    problem = "the file does not say its rate or channels";
    return nullptr;
  }
  const int rate = rate_for(from.sample_rate);
  AVChannelLayout layout{};
  bool opened = false;
  for (const int count : {channels, std::min(channels, 2)}) {
    av_channel_layout_default(&layout, count);
    if ((opened = self->open_encoder(layout, rate, problem))) break;
  }
  av_channel_layout_uninit(&layout);
  if (!opened) return nullptr;
  self->decoded_.reset(allocated(av_frame_alloc()));
  self->source_form_.reset(allocated(av_frame_alloc()));
  self->converted_.reset(allocated(av_frame_alloc()));
  self->frame_.reset(allocated(av_frame_alloc()));
  self->packet_.reset(allocated(av_packet_alloc()));
  self->waiting_.reset(allocated(av_audio_fifo_alloc(self->encoder_->sample_fmt,
                                                     self->encoder_->ch_layout.nb_channels, 4096)));
  return self;
}

bool SoundConversion::open_encoder(const AVChannelLayout& layout, int rate, std::string& problem) {
  const AVCodec* aac = avcodec_find_encoder_by_name("aac");
  if (aac == nullptr) {
    problem = "libavcodec has no encoder for AAC";
    return false;
  }
  encoder_.reset(allocated(avcodec_alloc_context3(aac)));
  encoder_->sample_fmt = AV_SAMPLE_FMT_FLTP;
  encoder_->sample_rate = rate;
  encoder_->time_base = {1, rate};
  encoder_->bit_rate = static_cast<std::int64_t>(kBitsPerChannel) * layout.nb_channels;
  encoder_->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
  encoder_->thread_count = 1;
  int error = av_channel_layout_copy(&encoder_->ch_layout, &layout);
  if (error >= 0) error = avcodec_open2(encoder_.get(), aac, nullptr);
  if (error >= 0) return true;
  problem = "the encoder for AAC refuses it (" + text_of_av_error(error) + ")";
  return false;
}

double SoundConversion::end_s() const {
  return static_cast<double>(encoded_ + av_audio_fifo_size(waiting_.get())) / rate();
}

void SoundConversion::take(const AVPacket& packet, double shift_s, const Give& give) {
  shift_s_ = shift_s;
  if (avcodec_send_packet(decoder_.get(), &packet) < 0) ++undecodable_;
  decode(give);
}

void SoundConversion::decode(const Give& give) {
  while (true) {
    const int received = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return;
    if (received < 0) {
      ++undecodable_;
      return;
    }
    add(*decoded_, give);
  }
}

void SoundConversion::add(const AVFrame& decoded, const Give& give) {
  constexpr double kMost_s = 1e7;  // a file that says more is damaged
  const std::int64_t here = encoded_ + av_audio_fifo_size(waiting_.get());
  std::int64_t begin = here;
  if (decoded.best_effort_timestamp != AV_NOPTS_VALUE) {
    const double begin_s =
        static_cast<double>(decoded.best_effort_timestamp) * av_q2d(decoder_->pkt_timebase) +
        shift_s_;
    if (std::abs(begin_s) < kMost_s) begin = std::llround(begin_s * rate());
  }
  const std::int64_t late = begin - here;
  const auto jitter = static_cast<std::int64_t>(kJitter_s * rate());
  if (!convert(decoded)) {
    ++undecodable_;
    return;
  }
  std::int64_t skipped = 0;
  if (!begun_ && begin > 0) {
    encoded_ = begin;  // the container says when a stream begins
  } else if (!begun_ || late < -jitter) {
    skipped = std::min<std::int64_t>(-late, converted_->nb_samples);
  } else if (late > jitter) {
    add_silence(late, give);
  }
  const int left = converted_->nb_samples - static_cast<int>(skipped);
  if (left <= 0) return;
  begun_ = true;
  std::array<void*, AV_NUM_DATA_POINTERS> from{};
  for (int channel = 0; channel < encoder_->ch_layout.nb_channels; ++channel)
    from[static_cast<std::size_t>(channel)] =
        converted_->extended_data[channel] + static_cast<std::size_t>(skipped) * sizeof(float);
  if (av_audio_fifo_write(waiting_.get(), from.data(), left) < left) throw std::bad_alloc();
}

// `decoded` to converted_; false where it cannot be. A stream may change its form on the way.
bool SoundConversion::convert(const AVFrame& decoded) {
  const AVFrame& known = *source_form_;
  if (decoded.nb_samples <= 0 || decoded.sample_rate <= 0) return false;
  if (!converter_ || decoded.format != known.format || decoded.sample_rate != known.sample_rate ||
      av_channel_layout_compare(&decoded.ch_layout, &known.ch_layout) != 0) {
    converter_.reset();
    av_frame_unref(source_form_.get());
    source_form_->format = decoded.format;
    source_form_->sample_rate = decoded.sample_rate;
    if (av_channel_layout_copy(&source_form_->ch_layout, &decoded.ch_layout) < 0) return false;
    AVChannelLayout layout{};
    if (decoded.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
      av_channel_layout_default(&layout, decoded.ch_layout.nb_channels);
    else if (av_channel_layout_copy(&layout, &decoded.ch_layout) < 0)
      return false;
    SwrContext* converter = nullptr;
    const int made = swr_alloc_set_opts2(
        &converter, &encoder_->ch_layout, encoder_->sample_fmt, rate(), &layout,
        static_cast<AVSampleFormat>(decoded.format), decoded.sample_rate, 0, nullptr);
    av_channel_layout_uninit(&layout);
    converter_.reset(converter);
    if (made < 0 || swr_init(converter_.get()) < 0) {
      converter_.reset();
      return false;
    }
  }
  const int most = swr_get_out_samples(converter_.get(), decoded.nb_samples);
  if (most < 0) return false;
  av_frame_unref(converted_.get());
  converted_->format = encoder_->sample_fmt;
  converted_->sample_rate = rate();
  converted_->nb_samples = std::max(most, 1);
  if (av_channel_layout_copy(&converted_->ch_layout, &encoder_->ch_layout) < 0 ||
      av_frame_get_buffer(converted_.get(), 0) < 0)
    throw std::bad_alloc();
  const int samples =
      swr_convert(converter_.get(), converted_->extended_data, most,
                  const_cast<const std::uint8_t**>(decoded.extended_data), decoded.nb_samples);
  converted_->nb_samples = std::max(samples, 0);
  return samples >= 0;
}

void SoundConversion::add_silence(std::int64_t samples, const Give& give) {
  constexpr std::int64_t kBlock = 4096;
  static constexpr std::array<float, kBlock> kSilence{};
  std::array<void*, AV_NUM_DATA_POINTERS> from;
  from.fill(const_cast<float*>(kSilence.data()));
  while (samples > 0) {
    const int block = static_cast<int>(std::min(samples, kBlock));
    if (av_audio_fifo_write(waiting_.get(), from.data(), block) < block) throw std::bad_alloc();
    samples -= block;
    encode(std::numeric_limits<double>::infinity(), give);
  }
}

void SoundConversion::encode(double until_s, const Give& give) {
  const int samples = encoder_->frame_size;
  while (av_audio_fifo_size(waiting_.get()) >= samples &&
         static_cast<double>(encoded_) < until_s * rate())
    encode_frame(samples, give);
}

void SoundConversion::encode_frame(int samples, const Give& give) {
  av_frame_unref(frame_.get());
  frame_->format = encoder_->sample_fmt;
  frame_->sample_rate = rate();
  frame_->nb_samples = samples;
  if (av_channel_layout_copy(&frame_->ch_layout, &encoder_->ch_layout) < 0 ||
      av_frame_get_buffer(frame_.get(), 0) < 0)
    throw std::bad_alloc();
  av_audio_fifo_read(waiting_.get(), reinterpret_cast<void**>(frame_->extended_data), samples);
  frame_->pts = encoded_;
  encoded_ += samples;
  if (avcodec_send_frame(encoder_.get(), frame_.get()) < 0) ++undecodable_;
  give_packets(give);
}

void SoundConversion::finish(double until_s, const Give& give) {
  if (avcodec_send_packet(decoder_.get(), nullptr) >= 0) decode(give);
  encode(until_s, give);
  const double left = until_s * rate() - static_cast<double>(encoded_);
  const int waiting = av_audio_fifo_size(waiting_.get());
  if (left >= 1 && waiting > 0)
    encode_frame(static_cast<int>(
                     std::min(left, static_cast<double>(std::min(waiting, encoder_->frame_size)))),
                 give);
  if (avcodec_send_frame(encoder_.get(), nullptr) >= 0) give_packets(give);
}

void SoundConversion::give_packets(const Give& give) {
  while (avcodec_receive_packet(encoder_.get(), packet_.get()) >= 0) {
    give(*packet_);
    av_packet_unref(packet_.get());
  }
}

}  // namespace auriga
