#include "media/video_pictures.hpp"

#include "auriga/error.hpp"

namespace auriga {

VideoPictures::VideoPictures(const std::filesystem::path& file, Container& container, int threads)
    : file_(file), container_(container) {
  using Manner = VideoDecoder::Manner;
  const Manner manner = VideoDecoder::manner_for(container);
  threads = VideoDecoder::threads_for(container, threads);
  patches_ = manner == Manner::patch;
  bytes_under_way_ = VideoDecoder::bytes_under_way(container, threads);
  try {
    decoder_.emplace(file_, container_, manner, threads);
  } catch (const Error&) {
    if (manner == Manner::patch) throw;
    // A strict one also refuses what is damaged of the parameters.
    decoder_.emplace(file_, container_, Manner::patch, 1);
    patches_ = true;
  }
}

bool VideoPictures::decode() {
  bool any = decoder_->decode();
  if (decoder_->doubts()) {
    begin_again();
    any = decoder_->decode();
  }
  if (any) ++given_;
  return any;
}

void VideoPictures::begin_again() {
  patches_ = true;
  decoder_.reset();  // before the stream that it reads
  container_.rewind();
  decoder_.emplace(file_, container_, VideoDecoder::Manner::patch, 1);
  for (std::int64_t i = 0; i < given_ && decoder_->decode();) ++i;
  for (std::int64_t i = 0; i < rejected_; ++i) decoder_->reject();
}

void VideoPictures::reject() {
  ++rejected_;
  decoder_->reject();
}

}  // namespace auriga
