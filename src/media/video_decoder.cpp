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
      return true;
    }
    if (error == AVERROR(EAGAIN) && !at_end_) {
      at_end_ = !container_.read(*packet_);
      // At the end a null packet makes the decoder give out what it holds back.
      if (avcodec_send_packet(decoder_.get(), at_end_ ? nullptr : packet_.get()) < 0)
        ++undecodable_;
    } else if (error == AVERROR_EOF || error == AVERROR_BUG || error == AVERROR(EAGAIN)) {
      return false;
    } else {
      ++undecodable_;
    }
  }
}

std::string VideoDecoder::damage() const {
  DamageText found;
  if (undecodable_ > 0) found.add(counted(undecodable_, "packet") + " could not be decoded");
  if (patched_ > 0)
    found.add(counted(patched_, "frame") + (patched_ == 1 ? " was" : " were") + " damaged");
  return found.text();
}

}  // namespace auriga
