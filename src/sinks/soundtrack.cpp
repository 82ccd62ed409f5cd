#include "sinks/soundtrack.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostTracks = 16;
constexpr double kMost_s = 1e7;      // a time beyond that is damage
constexpr double kRestart_s = 1;     // further back than any reordering
constexpr double kPreroll_s = 0.1;   // sound before 0 s that decoders need to get going
constexpr double kLongestGap_s = 1;  // in sound that goes on after the last picture
constexpr double kSameTime_s = 1e-4;
// What the end of an edit list, in milliseconds, leaves of a last picture is not its length.
constexpr double kLeastLasts_s = 1e-3;

// Whether players of MP4 know it, browsers among them.
bool goes_into_mp4(const AVCodecParameters& sound) {
  switch (sound.codec_id) {
    case AV_CODEC_ID_MP3:
      return sound.sample_rate >= 16000;  // libavformat refuses less
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
    case AV_CODEC_ID_OPUS:
    case AV_CODEC_ID_FLAC:
    case AV_CODEC_ID_ALAC:
      return true;
    default:
      return false;
  }
}

double seconds(std::int64_t ticks, AVRational tick) {
  return static_cast<double>(ticks) * av_q2d(tick);
}

}  // namespace

double Soundtrack::Clock::show(double file_s, double lasts_s) {
  double time_s = file_s + shift_s;
  if (begun && time_s < latest_s - kRestart_s) {
    shift_s += end_s - time_s;
    time_s = end_s;
  }
  latest_s = begun ? std::max(latest_s, time_s) : time_s;
  end_s = begun ? std::max(end_s, time_s + lasts_s) : time_s + lasts_s;
  begun = true;
  return time_s;
}

struct Soundtrack::Stream {
  AVStream* from = nullptr;
  std::size_t track = 0;
  std::unique_ptr<SoundConversion> conversion;  // null: packets are copied
  AVCodecParameters* parameters = avcodec_parameters_alloc();
  AVRational tick{1, 1};
  Clock clock;
  std::int64_t smoothing = AV_NOPTS_VALUE;  // state of av_rescale_delta
  std::int64_t previous = AV_NOPTS_VALUE;   // dts that came out last
  bool unwanted = false;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { avcodec_parameters_free(&parameters); }

  // Times of a packet to be copied; false where it is of no use.
  bool retime(AVPacket& packet) {
    const std::int64_t at = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    int samples = av_get_audio_frame_duration2(parameters, packet.size);
    if (samples <= 0)
      samples = static_cast<int>(std::clamp<std::int64_t>(
          av_rescale_q(packet.duration, from->time_base, tick), 0, 1 << 20));
    std::int64_t begin = previous == AV_NOPTS_VALUE ? 0 : previous + samples;
    // Whole samples from clocks of milliseconds.
    if (at != AV_NOPTS_VALUE)
      begin = av_rescale_delta(from->time_base, at, tick, samples, &smoothing, tick) +
              std::llround(clock.shift_s * tick.den);
    if (static_cast<double>(begin + samples) < -kPreroll_s * tick.den) return false;
    if (previous != AV_NOPTS_VALUE) begin = std::max(begin, previous + 1);
    packet.pts = packet.dts = previous = begin;
    packet.duration = samples;
    packet.pos = -1;
    return true;
  }
};

Soundtrack::Soundtrack(const fs::path& video, double clock_s) : clock_s_(clock_s) {
  picture_clock_.shift_s = -clock_s;
  if (!open(video)) {
    sound_.clear();
    container_.reset();
  }
}

Soundtrack::~Soundtrack() = default;

bool Soundtrack::open(const fs::path& video) {
  const auto fail = [this](const std::string& why) {
    warnings_.push_back("the drawn video is without sound: the input cannot be read again: " + why);
    return false;
  };
  try {
    input_ = std::make_unique<FileInput>(video);
  } catch (const Error& error) {
    return fail(error.what());
  }
  AVFormatContext* container = allocated(avformat_alloc_context());
  container->pb = input_->context();
  // Nothing but the file itself: no protocol has this name.
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  int error = avformat_open_input(&container, "", nullptr, &options);  // frees it when it fails
  av_dict_free(&options);
  if (error < 0) return fail(text_of_av_error(error));
  container_.reset(container);
  error = avformat_find_stream_info(container_.get(), nullptr);
  if (error < 0) return fail(text_of_av_error(error));

  pending_.reset(allocated(av_packet_alloc()));
  pictures_ = av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  for (unsigned i = 0; i < container->nb_streams; ++i) {
    AVStream& stream = *container->streams[i];
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO && sound_.size() < kMostTracks)
      add_sound(stream);
    if (static_cast<int>(i) != pictures_ && stream_of(static_cast<int>(i)) == nullptr)
      stream.discard = AVDISCARD_ALL;
  }
  return true;
}

void Soundtrack::add_sound(AVStream& stream) {
  auto sound = std::make_unique<Stream>();
  const auto leave_out = [&](const std::string& why) {
    warnings_.push_back(fmt::format("the drawn video is without a sound of the input ({}): {}",
                                    avcodec_get_name(stream.codecpar->codec_id), why));
  };
  if (sound->parameters == nullptr) throw std::bad_alloc();
  sound->from = &stream;
  sound->track = sound_.size();
  sound->clock.shift_s = -clock_s_;
  if (stream.codecpar->sample_rate > 0 && goes_into_mp4(*stream.codecpar)) {
    if (avcodec_parameters_copy(sound->parameters, stream.codecpar) < 0) throw std::bad_alloc();
    sound->parameters->codec_tag = 0;
    sound->tick = {1, stream.codecpar->sample_rate};
  } else {
    std::string problem;
    sound->conversion = SoundConversion::open(stream, problem);
    if (!sound->conversion) return leave_out(problem);
    const AVCodecContext& encoder = sound->conversion->encoder();
    if (avcodec_parameters_from_context(sound->parameters, &encoder) < 0) throw std::bad_alloc();
    sound->tick = encoder.time_base;
  }
  sound_.push_back(std::move(sound));
}

std::vector<Soundtrack::Track> Soundtrack::tracks() const {
  std::vector<Track> tracks;
  for (const auto& stream : sound_) {
    const AVDictionaryEntry* language = av_dict_get(stream->from->metadata, "language", nullptr, 0);
    tracks.push_back({stream->parameters, stream->tick, language != nullptr ? language->value : "",
                      (stream->from->disposition & AV_DISPOSITION_DEFAULT) != 0});
  }
  return tracks;
}

Soundtrack::Stream* Soundtrack::stream_of(int index) {
  for (const auto& stream : sound_)
    if (stream->from->index == index) return stream.get();
  return nullptr;
}

// The next packet with a time that can be true into pending_; false at the end, or where nothing
// more can be read.
bool Soundtrack::read() {
  constexpr int kMostRetries = 1000;
  int retries = 0;
  while (!has_pending_) {
    if (!container_) return false;
    av_packet_unref(pending_.get());
    const int error = av_read_frame(container_.get(), pending_.get());
    if (error == AVERROR(EAGAIN) && ++retries < kMostRetries) continue;
    if (error < 0) return false;
    const bool picture = pending_->stream_index == pictures_;
    Stream* sound = stream_of(pending_->stream_index);
    if (!picture && sound == nullptr) continue;
    const AVRational tick = container_->streams[pending_->stream_index]->time_base;
    const std::int64_t pts = pending_->pts, dts = pending_->dts;
    const std::int64_t shown = pts != AV_NOPTS_VALUE ? pts : dts;
    const double lasts_s = std::clamp(seconds(pending_->duration, tick), 0.0, kMost_s);
    if (shown != AV_NOPTS_VALUE) {
      const double file_s = seconds(shown, tick);
      if (std::abs(file_s) > kMost_s) continue;
      Clock& clock = picture ? picture_clock_ : sound->clock;
      pending_s_ = clock.show(file_s, lasts_s);
      if (picture && (pending_->flags & AV_PKT_FLAG_DISCARD) == 0)
        latest_.push_back({pending_s_, lasts_s});
      // Read in the order of decoding.
      if (dts != AV_NOPTS_VALUE)
        pending_s_ = std::min(pending_s_, seconds(dts, tick) + clock.shift_s);
    } else if (sound != nullptr) {
      pending_s_ = sound->clock.end_s;
    }
    constexpr std::size_t kLatest = 64;
    if (latest_.size() > kLatest) latest_.pop_front();
    has_pending_ = true;
  }
  return true;
}

void Soundtrack::advance(double until_s, const Take& take) {
  encode(until_s, take);
  while (read() && pending_s_ < until_s) {
    pass_on(*pending_, take);
    has_pending_ = false;
    encode(until_s, take);
  }
}

void Soundtrack::encode(double until_s, const Take& take) {
  for (const auto& stream : sound_)
    if (stream->conversion)
      stream->conversion->encode(until_s, [&](AVPacket& packet) { give(*stream, packet, take); });
}

void Soundtrack::pass_on(AVPacket& packet, const Take& take) {
  Stream* stream = stream_of(packet.stream_index);
  if (stream == nullptr || stream->unwanted) return;
  if (stream->conversion)
    stream->conversion->take(packet, stream->clock.shift_s,
                             [&](AVPacket& encoded) { give(*stream, encoded, take); });
  else if (stream->retime(packet))
    give(*stream, packet, take);
}

void Soundtrack::give(Stream& stream, AVPacket& packet, const Take& take) {
  if (!stream.unwanted && !take(packet, stream.track)) stream.unwanted = true;
}

std::optional<double> Soundtrack::picture_lasts(double time_s) const {
  for (const Picture& picture : latest_)
    if (std::abs(picture.begin_s - time_s) < kSameTime_s && picture.lasts_s > kLeastLasts_s)
      return picture.lasts_s;
  return std::nullopt;
}

void Soundtrack::finish(double last_s, double end_s, const Take& take) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // a picture cannot be as late as that
  advance(end_s, take);
  const auto later = [&] {
    return std::any_of(latest_.begin(), latest_.end(),
                       [&](const Picture& one) { return one.begin_s > last_s + kSameTime_s; });
  };
  // What lies behind the last picture is only wanted where no other follows, which shows when all
  // is read.
  struct Kept {
    AvHandle<AVPacket> packet;
    double begin_s;
  };
  std::deque<Kept> kept;
  std::size_t bytes = 0;
  std::vector<double> ends_s(sound_.size());
  for (std::size_t i = 0; i < ends_s.size(); ++i)
    ends_s[i] = std::max(end_s, sound_[i]->conversion ? sound_[i]->conversion->end_s() : end_s);
  std::vector<bool> ended(sound_.size());
  const auto pass_on_kept = [&] {
    for (Kept& one : kept) {
      const Stream& stream = *stream_of(one.packet->stream_index);
      double& stream_end_s = ends_s[stream.track];
      if (ended[stream.track]) continue;
      if (one.begin_s > stream_end_s + kLongestGap_s) {
        ended[stream.track] = true;
        warnings_.push_back(fmt::format(
            "the sound of the drawn video ends at {:.2f} s, where that of the input has a gap",
            stream_end_s));
        continue;
      }
      stream_end_s = std::max(stream_end_s,
                              one.begin_s + seconds(one.packet->duration, stream.from->time_base));
      pass_on(*one.packet, take);
      encode(std::numeric_limits<double>::infinity(), take);
    }
    kept.clear();
  };
  bool goes_on = !later();
  while (goes_on && read()) {
    has_pending_ = false;
    if (pending_->stream_index == pictures_) {
      goes_on = !later();
      continue;
    }
    bytes += static_cast<std::size_t>(pending_->size);
    AvHandle<AVPacket> packet(allocated(av_packet_alloc()));
    av_packet_move_ref(packet.get(), pending_.get());
    kept.push_back({std::move(packet), pending_s_});
    if (bytes > kMostBytes) pass_on_kept();
  }
  if (goes_on) pass_on_kept();
  const double until_s = goes_on ? std::numeric_limits<double>::infinity() : end_s;
  for (const auto& stream : sound_)
    if (stream->conversion)
      stream->conversion->finish(until_s, [&](AVPacket& packet) { give(*stream, packet, take); });
  warn_of_what_was_lost();
}

void Soundtrack::warn_of_what_was_lost() {
  for (const auto& stream : sound_)
    if (const std::int64_t lost = stream->conversion ? stream->conversion->undecodable() : 0;
        lost > 0)
      warnings_.push_back(fmt::format(
          "{} packet{} of the sound could not be decoded; the drawn video has silence there", lost,
          lost == 1 ? "" : "s"));
}

}  // namespace auriga
