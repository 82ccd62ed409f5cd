#include "media/packet_order.hpp"

#include <algorithm>

extern "C" {
#include <libavcodec/packet.h>
}

namespace auriga {

PacketOrder::PacketOrder(const PacketTable& table) {
  for (std::size_t i = 0; i < table.packets.size(); ++i) {
    const PacketPlace& packet = table.packets[i];
    if (packet.key() || i == 0) keys_.push_back(i);
    if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    timed_ = timed_ && packet.pts != PacketPlace::kNone;
    shown_.emplace_back(packet.pts, i);
  }
  std::sort(shown_.begin(), shown_.end());
}

std::int64_t PacketOrder::place(std::int64_t pts) const {
  return std::lower_bound(shown_.begin(), shown_.end(), std::pair(pts, std::size_t{0})) -
         shown_.begin();
}

std::optional<std::int64_t> PacketOrder::pts_at(std::int64_t place) const {
  if (place < 0 || place >= static_cast<std::int64_t>(shown_.size())) return std::nullopt;
  return shown_[static_cast<std::size_t>(place)].first;
}

std::optional<std::size_t> PacketOrder::packet_of(std::int64_t pts) const {
  const std::int64_t at = place(pts);
  if (pts == PacketPlace::kNone || pts_at(at) != pts) return std::nullopt;
  return shown_[static_cast<std::size_t>(at)].second;
}

}  // namespace auriga
