#include "media/jump_decoder.hpp"

#include "media/bgr_converter.hpp"

namespace auriga {

bool JumpDecoder::go_to(const std::shared_ptr<const PacketTable>& table, std::size_t at,
                        bool patched) {
  using Manner = VideoDecoder::Manner;
  decoder_.reset();
  if (!container_->go_to(table, at)) return false;
  if (patched)
    decoder_.emplace(file_, *container_, Manner::patch, 1);
  else
    decoder_.emplace(file_, *container_, Manner::compare,
                     VideoDecoder::threads_for(*container_, threads_));
  return true;
}

bool JumpDecoder::next() {
  while (decoder_ && decoder_->decode())
    if (BgrConverter::can_convert(frame())) return true;
  return false;
}

}  // namespace auriga
