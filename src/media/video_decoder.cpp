#include "media/video_decoder.hpp"

#include <algorithm>

#include "auriga/error.hpp"

#include "media/damage.hpp"

namespace auriga {

VideoDecoder::VideoDecoder(const std::filesystem::path& file, Container& container, int threads)
    : container_(container) {
  const AVStream* stream = container.stream();
  const std::string name = avcodec_get_name(stream->codecpar->codec_id);
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorCode::input, file.string() + ": " + what);
  };
  const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
  if (codec == nullptr)
    fail("there is no decoder for its video codec, " + name + "; convert it to H.264 in MP4");
  decoder_.reset(allocated(avcodec_alloc_context3(codec)));
  int error = avcodec_parameters_to_context(decoder_.get(), stream->codecpar);
  decoder_->pkt_timebase = stream->time_base;
  decoder_->max_pixels = kMaxVideoPixels;
  // Only pictures that stand alone give the same pixels on any number of threads even where they
  // are damaged. In other codecs what is made of damage depends on how far the other threads have
  // come, and the decoder does not always report it.
  decoder_->thread_count = codec->id == AV_CODEC_ID_MJPEG ? std::max(threads, 1) : 1;
  decoder_->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  if (error >= 0) error = avcodec_open2(decoder_.get(), codec, nullptr);
  if (error < 0)
    fail("the decoder of its video codec, " + name + ", refuses it (" + text_of_av_error(error) +
         "); copy or export it again");
}

bool VideoDecoder::decode() {
  while (true) {
    const int error = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (error == 0) {
      if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0)
        ++patched_;
      find_time();
      if (!has_picture_) find_lost_before();
      has_picture_ = true;
      return true;
    }
    if (error == AVERROR(EAGAIN) && !at_end_) {
      at_end_ = !read();
      // At the end a null packet makes the decoder give out what it holds back.
      if (avcodec_send_packet(decoder_.get(), at_end_ ? nullptr : packet_.get()) < 0)
        ++undecodable_;
      else if (!has_picture_ && !at_end_ && (packet_->flags & AV_PKT_FLAG_DISCARD) == 0)
        sent_.push_back({packet_->pts, !has_key_});
    } else if (error == AVERROR_EOF || error == AVERROR_BUG || error == AVERROR(EAGAIN)) {
      return false;
    } else {
      ++undecodable_;
      if (!has_picture_ && !sent_.empty()) sent_.pop_back();  // counted once
    }
  }
}

bool VideoDecoder::read() {
  do {
    if (!container_.read(*packet_)) return false;
    has_key_ = has_key_ || (packet_->flags & AV_PKT_FLAG_KEY) != 0;
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
  if (patched_ > 0)
    found.add(counted(patched_, "frame") + (patched_ == 1 ? " was" : " were") + " damaged");
  return found.text();
}

}  // namespace auriga
