// Where in a file the packets of its frames are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "media/frame_index.hpp"

namespace auriga {

// The packets of a video by the times at which they are shown. Says where it is worth trying, no
// more. Immutable.
class PacketOrder {
 public:
  explicit PacketOrder(const PacketTable& table);

  // Every packet has a time: frames can be told by it.
  bool timed() const { return timed_; }
  // Packets that are shown before the time `pts`.
  std::int64_t place(std::int64_t pts) const;
  // The time at that place; nothing beyond the last.
  std::optional<std::int64_t> pts_at(std::int64_t place) const;
  // The packet with that time; nothing where there is none.
  std::optional<std::size_t> packet_of(std::int64_t pts) const;

  // Packets that are marked as key frames, and the first, in their order.
  const std::vector<std::size_t>& keys() const { return keys_; }

 private:
  std::vector<std::pair<std::int64_t, std::size_t>> shown_;  // time and packet, in order of times
  std::vector<std::size_t> keys_;
  bool timed_ = true;
};

}  // namespace auriga
