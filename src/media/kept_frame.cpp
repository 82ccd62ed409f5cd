#include "media/kept_frame.hpp"

#include <utility>

#include "auriga/error.hpp"

#include "base/memory.hpp"
#include "media/picture_hash.hpp"

namespace auriga {

KeptFrame::KeptFrame(AVFrame& picture, const AVRational& aspect, const ShownAs& shown,
                     std::shared_ptr<BgrConverters> converters, std::size_t key, double timestamp_s)
    : key_(key),
      missing_(false),
      timestamp_s_(timestamp_s),
      proved_(false),
      native_(make_av_frame()),
      aspect_(aspect),
      shown_(shown),
      converters_(std::move(converters)) {
  av_frame_move_ref(native_.get(), &picture);
  count();
}

KeptFrame::KeptFrame(Frame&& frame)
    : missing_(frame.missing),
      timestamp_s_(frame.timestamp_s),
      proved_(true),
      frame_(std::move(frame)) {
  count();
}

KeptFrame::KeptFrame(Image&& bgr, bool missing)
    : missing_(missing),
      timestamp_s_(0),
      proved_(true),
      has_bgr_(true),
      bgr_(std::make_shared<const Image>(std::move(bgr))) {
  count();
}

bool KeptFrame::prove(std::uint64_t picture) {
  if (proved_) return true;
  const std::lock_guard lock(mutex_);
  if (!hash_) hash_ = picture_hash(*native_, aspect_);
  if (*hash_ != picture) return false;
  proved_ = true;
  return true;
}

std::shared_ptr<const Image> KeptFrame::bgr() {
  const std::lock_guard lock(mutex_);
  if (bgr_) return bgr_;
  auto made = std::make_shared<Image>();
  if (native_) {
    const bool converted = converters_->with_one(
        [&](BgrConverter& converter) { return converter.convert(*native_, shown_, *made); });
    if (!converted) {
      require_memory();
      throw Error(ErrorCode::input,
                  "a frame has a pixel format that cannot be converted to BGR; convert the video "
                  "to H.264 in MP4");
    }
  } else {
    *made = Image(frame_.bgr());
    frame_.release();
  }
  bgr_ = std::move(made);
  has_bgr_ = true;
  count();
  return bgr_;
}

void KeptFrame::drop_bgr() {
  const std::lock_guard lock(mutex_);
  if (!native_ || !bgr_) return;
  bgr_.reset();
  has_bgr_ = false;
  count();
}

void KeptFrame::count() {
  std::size_t bytes = sizeof *this + frame_.bytes();
  if (native_)
    for (const AVBufferRef* buffer : native_->buf)
      if (buffer != nullptr) bytes += buffer->size;
  if (bgr_) bytes += bgr_->capacity_bytes();
  bytes_ = bytes;
}

}  // namespace auriga
