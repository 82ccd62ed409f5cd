#include "media/video_decoder.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

extern "C" {
#include <libavutil/imgutils.h>
}

#include "auriga/error.hpp"

#include "base/memory.hpp"
#include "media/damage.hpp"
#include "media/frame_facts.hpp"

namespace auriga {

namespace {

// Pictures that stand alone, of which a decoder can be asked to refuse the damaged ones.
bool patches_apart(AVCodecID codec) {
  return codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PRORES || codec == AV_CODEC_ID_DNXHD;
}

// Decoders that mark the pictures they had to patch, or that refuse them here. Their messages are
// also of what is no damage.
bool marks_pictures(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_H263:
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_FLV1:
      return true;
    default:
      return patches_apart(codec);
  }
}

// Decoders of which several threads give the same pictures of a sound stream, and that tell of one
// that is not.
bool same_when_sound(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_MPEG2VIDEO:
      return true;
    default:
      return false;
  }
}

// Decoders to which the memory of a picture matters where data are missing: what pictures refer to
// each other, but for those that write all of each or have memory of their own.
bool sees_old_pixels(AVCodecID codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec);
  return codec != AV_CODEC_ID_VP9 && codec != AV_CODEC_ID_AV1 && descriptor != nullptr &&
         (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) == 0;
}

// Decoders that pass over missing data without a word.
bool leaves_pixels(AVCodecID codec) {
  return codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_VP8;
}

// Whether a JPEG picture has the marker of its end, which its coded pixels cannot hold. Something
// may follow it.
bool has_end_marker(const AVPacket& packet) {
  for (int i = packet.size - 2; i >= 0; --i)
    if (packet.data[i] == 0xFF && packet.data[i + 1] == 0xD9) return true;
  return false;
}

}  // namespace

VideoDecoder::Manner VideoDecoder::manner_for(const Container& container) {
  const bool watch =
      same_when_sound(container.stream()->codecpar->codec_id) && DecoderMessages::are_heard();
  return watch ? Manner::watch : Manner::patch;
}

int VideoDecoder::threads_for(const Container& container, int threads) {
  constexpr int kMost = 16;  // libavcodec advises against more
  threads = std::clamp(threads, 1, kMost);
  if (container.stream()->codecpar->codec_id == AV_CODEC_ID_MJPEG) return threads;
  if (threads == 1 || manner_for(container) != Manner::watch) return 1;
  const std::size_t most = static_cast<std::size_t>(threads) * kBytesPerThread;
  while (threads > 1 && bytes_under_way(container, threads) > most) --threads;
  return threads;
}

std::size_t VideoDecoder::bytes_under_way(const Container& container, int threads) {
  const AVCodecParameters& codec = *container.stream()->codecpar;
  if (threads <= 1 || codec.width <= 0 || codec.height <= 0) return 0;
  const int size = av_image_get_buffer_size(static_cast<AVPixelFormat>(codec.format), codec.width,
                                            codec.height, 1);
  return size > 0 ? static_cast<std::size_t>(threads - 1) * static_cast<std::size_t>(size) : 0;
}

VideoDecoder::VideoDecoder(const std::filesystem::path& file, Container& container, Manner manner,
                           int threads)
    : file_(file),
      container_(container),
      watches_(manner == Manner::watch),
      greys_(manner == Manner::patch) {
  const AVCodecID codec = container.stream()->codecpar->codec_id;
  // That of HEVC passes over errors within a picture otherwise. The others tell of them, and that
  // of MPEG-4 (FFmpeg 5.1) ends the process when it is to be strict on several threads.
  const bool strict = watches_ && codec == AV_CODEC_ID_HEVC;
  decoder_ = opened(strict || patches_apart(codec), threads);
  // With pictures under way in several threads an error is not that of the last packet.
  if (patches_apart(codec) && (decoder_->active_thread_type & FF_THREAD_FRAME) != 0)
    decoder_ = opened(false, threads);
}

// `strict`: damaged pictures are errors.
AvHandle<AVCodecContext> VideoDecoder::opened(bool strict, int threads) {
  int error = 0;
  AvHandle<AVCodecContext> decoder = try_open(strict, threads, error);
  // Because there was none, or because a damaged file asks for absurdly much: then again.
  if (error == AVERROR(ENOMEM)) decoder = try_open(strict, threads, error);
  if (error >= 0) return decoder;
  require_memory();
  throw Error(ErrorCode::input, file_.string() + ": the decoder of its video codec, " +
                                    avcodec_get_name(decoder->codec_id) + ", refuses it (" +
                                    text_of_av_error(error) + "); copy or export it again");
}

AvHandle<AVCodecContext> VideoDecoder::try_open(bool strict, int threads, int& error) {
  const AVStream* stream = container_.stream();
  const std::string name = avcodec_get_name(stream->codecpar->codec_id);
  const auto fail = [&](const std::string& what) {
    require_memory();
    throw Error(ErrorCode::input, file_.string() + ": " + what);
  };
  const std::int64_t width = stream->codecpar->width, height = stream->codecpar->height;
  if (width * height > kMaxVideoPixels)
    fail("its frames have " + std::to_string(width) + " x " + std::to_string(height) +
         " pixels, more than the limit of " + std::to_string(kMaxVideoPixels) +
         "; make them smaller, e.g. with ffmpeg -vf scale");
  const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
  if (codec == nullptr)
    fail("there is no decoder for its video codec, " + name + "; convert it to H.264 in MP4");
  AvHandle<AVCodecContext> decoder(allocated(avcodec_alloc_context3(codec)));
  error = avcodec_parameters_to_context(decoder.get(), stream->codecpar);
  decoder->pkt_timebase = stream->time_base;
  decoder->max_pixels = kMaxVideoPixels;
  decoder->thread_count = threads;
  decoder->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  if (strict) decoder->err_recognition |= AV_EF_EXPLODE;
  // The checksums that an HEVC stream may have of its pictures.
  if (codec->id == AV_CODEC_ID_HEVC) decoder->err_recognition |= AV_EF_CRCCHECK;
  decoder->opaque = static_cast<DecoderMessages*>(&watch_);
  if (greys_ && sees_old_pixels(codec->id)) decoder->get_buffer2 = get_grey_buffer;
  if (watches_ && leaves_pixels(codec->id)) decoder->get_buffer2 = get_marked_buffer;
#if LIBAVCODEC_VERSION_MAJOR < 60
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  decoder->thread_safe_callbacks = 1;  // that they are is asked for even on one thread
#pragma GCC diagnostic pop
#endif
  if (error >= 0) error = avcodec_open2(decoder.get(), codec, nullptr);
  if (error == AVERROR(EAGAIN)) throw std::system_error(EAGAIN, std::generic_category());
  return decoder;
}

int VideoDecoder::get_marked_buffer(AVCodecContext* decoder, AVFrame* frame, int flags) noexcept {
  auto& watch = static_cast<Watch&>(*static_cast<DecoderMessages*>(decoder->opaque));
  return watch.unwritten.get_buffer(*decoder, *frame, flags);
}

bool VideoDecoder::decode() {
  while (true) {
    int error = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (error == 0) {
      if (watches_ && !is_sound()) return doubt();
      note_picture();
      if (watches_ && before_first_ > 0) return doubt();
      return true;
    }
    if (error == AVERROR(EAGAIN) && !at_end_) {
      at_end_ = !read();
      if (doubts_) return false;
      // At the end a null packet makes the decoder give out what it holds back.
      error = avcodec_send_packet(decoder_.get(), at_end_ ? nullptr : packet_.get());
      if (error >= 0) {
        if (!has_picture_ && !at_end_ && (packet_->flags & AV_PKT_FLAG_DISCARD) == 0)
          sent_.push_back({packet_->pts, !has_key_});
        continue;
      }
    } else if (error == AVERROR_EOF || error == AVERROR_BUG || error == AVERROR(EAGAIN)) {
      if (watches_ && (error != AVERROR_EOF || watch_.has_remarks())) return doubt();
      return false;
    } else if (!has_picture_ && !sent_.empty()) {
      sent_.pop_back();  // counted once
    }
    require_memory();  // without which decoders report any error
    if (watches_) return doubt();
    if (decode_patched()) return true;
    ++undecodable_;
  }
}

// Nothing speaks against the picture in frame_, nor against what was decoded before it. The two
// fields of an interlaced one may lie in two packets.
bool VideoDecoder::is_sound() {
  const AVCodecID codec = decoder_->codec_id;
  return !watch_.has_remarks() && frame_->decode_error_flags == 0 &&
         (frame_->flags & AV_FRAME_FLAG_CORRUPT) == 0 &&
         (!is_interlaced(*frame_) || codec == AV_CODEC_ID_MPEG2VIDEO) &&
         !(leaves_pixels(codec) && watch_.unwritten.any_until(*frame_));
}

// The picture of the last packet once more, as far as it goes.
bool VideoDecoder::decode_patched() {
  if ((decoder_->err_recognition & AV_EF_EXPLODE) == 0 || at_end_) return false;
  if (!patcher_) patcher_ = opened(false, 1);
  if (avcodec_send_packet(patcher_.get(), packet_.get()) < 0 ||
      avcodec_receive_frame(patcher_.get(), frame_.get()) < 0)
    return false;
  frame_->decode_error_flags |= FF_DECODE_ERROR_INVALID_BITSTREAM;
  note_picture();
  return true;
}

void VideoDecoder::note_picture() {
  const bool told = watch_.take() > 0 && !marks_pictures(decoder_->codec_id);
  if (told || frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0)
    ++patched_;
  else if (decoder_->codec_id == AV_CODEC_ID_MJPEG && !at_end_)
    ++(has_end_marker(*packet_) ? ended_ : broken_off_);
  find_time();
  if (!has_picture_) find_lost_before();
  has_picture_ = true;
}

bool VideoDecoder::read() {
  do {
    if (!container_.read(*packet_)) return watches_ && container_.lacked_memory() && doubt();
    has_key_ = has_key_ || (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    if (watches_ && (!has_key_ || (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0)) return doubt();
  } while (withhold());
  // So that a picture tells the place of its own packet, and not only that of the packet with which
  // the decoder gave it out.
  if (container_.counts_places()) packet_->pts = packet_->dts;
  return true;
}

// These decoders make pictures up where those that a packet refers to are missing; the others give
// nothing until there is a key frame. A file without any mark of key frames is decoded as it is.
bool VideoDecoder::withhold() {
  constexpr int kMostWithheld = 1000;
  const AVCodecID codec = decoder_->codec_id;
  if (has_key_ || withheld_ == kMostWithheld ||
      (codec != AV_CODEC_ID_HEVC && codec != AV_CODEC_ID_MPEG4))
    return false;
  ++withheld_;
  if ((packet_->flags & AV_PKT_FLAG_DISCARD) == 0) ++before_first_;
  return true;
}

void VideoDecoder::find_time() {
  if (!container_.counts_places()) {
    shown_at_ = frame_->best_effort_timestamp;
    return;
  }
  const std::int64_t own = frame_->pts, given = frame_->pkt_dts, before = shown_at_;
  shown_at_ = AV_NOPTS_VALUE;
  if (given != AV_NOPTS_VALUE) {
    if (!has_picture_ && own != AV_NOPTS_VALUE) delay_ = given - own;
    shown_at_ = given - delay_;
    if (own != AV_NOPTS_VALUE && frame_->pict_type != AV_PICTURE_TYPE_B)
      reordering_ = shown_at_ - own;
  } else if (own != AV_NOPTS_VALUE && before != AV_NOPTS_VALUE) {
    // What the decoder held back at the end. Where places are missing, pictures are that are shown
    // before the last one that others refer to: as many as before the one before it.
    const std::int64_t last = container_.stream()->nb_frames - 1;
    shown_at_ = before + 1;
    if (container_.missing_places() > 0 && decoder_->has_b_frames <= 1 &&
        frame_->pict_type != AV_PICTURE_TYPE_B)
      shown_at_ = std::max(shown_at_, std::min(own + reordering_, last));
  }
}

void VideoDecoder::find_lost_before() {
  const std::int64_t first = container_.counts_places() ? frame_->pts : shown_at_;
  for (const Sent& sent : sent_)
    if (sent.pts == AV_NOPTS_VALUE ? sent.before_key : first != AV_NOPTS_VALUE && sent.pts < first)
      ++before_first_;
  sent_.clear();
  sent_.shrink_to_fit();
}

std::string VideoDecoder::damage() const {
  DamageText found;
  if (before_first_ > 0)
    found.add(counted(before_first_, "packet") +
              " before the first key frame could not be decoded");
  if (undecodable_ > 0) found.add(counted(undecodable_, "packet") + " could not be decoded");
  // Some cameras leave the marker out of every picture.
  if (const std::int64_t damaged = patched_ + (ended_ > 0 ? broken_off_ : 0); damaged > 0)
    found.add(counted(damaged, "frame") + (damaged == 1 ? " was" : " were") + " damaged");
  return found.text();
}

}  // namespace auriga
