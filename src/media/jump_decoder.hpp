// Pictures of a video from any of its packets on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "media/container.hpp"
#include "media/frame_index.hpp"
#include "media/video_decoder.hpp"

namespace auriga {

// What comes out is whatever a decoder makes of the packets from that one on: whether these are the
// pictures that they should be is for the caller to find out (frame_index.hpp). Not thread-safe.
class JumpDecoder {
 public:
  // `container`: of `file`. `threads`: most that a decoder may use.
  JumpDecoder(std::filesystem::path file, std::unique_ptr<Container> container, int threads)
      : file_(std::move(file)), container_(std::move(container)), threads_(threads) {}

  // The next picture will be the first of those that begin with packet `at`. `patched`: as the
  // index has it. False when the packet is not found in the file.
  bool go_to(const std::shared_ptr<const PacketTable>& table, std::size_t at, bool patched);

  // Decodes the next picture that can be converted into frame(); false at the end.
  bool next();
  AVFrame& frame() { return decoder_->frame(); }

  const Container& container() const { return *container_; }

 private:
  std::filesystem::path file_;
  std::unique_ptr<Container> container_;
  int threads_;
  std::optional<VideoDecoder> decoder_;
};

}  // namespace auriga
