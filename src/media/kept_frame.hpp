// A decoded frame that is kept for whoever asks for it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

#include "media/bgr_converter.hpp"
#include "media/native_frame.hpp"

namespace auriga {

// The picture in BGR is made when it is first asked for. Thread-safe but for its construction.
class KeptFrame {
 public:
  // What a decoder left in `picture`, which is empty then. `key`: packet that decoding began at.
  KeptFrame(AVFrame& picture, const AVRational& aspect, const ShownAs& shown,
            std::shared_ptr<BgrConverters> converters, std::size_t key, double timestamp_s);
  // What a source gave, which is proved. `frame` is empty then.
  explicit KeptFrame(Frame&& frame);
  // What was read from a file, likewise.
  KeptFrame(Image&& bgr, bool missing);

  // Packet that decoding began at; nothing: it is read in order.
  std::optional<std::size_t> key() const { return key_; }
  bool missing() const { return missing_; }
  // A guess as long as the index does not reach the frame.
  double timestamp_s() const { return timestamp_s_; }

  bool proved() const { return proved_; }
  // Compares it with the hash that it should have; false: it is another picture.
  bool prove(std::uint64_t picture);

  // Throws Error(input) for a pixel format that cannot be converted.
  std::shared_ptr<const Image> bgr();
  bool has_bgr() const { return has_bgr_; }
  // Lets the picture in BGR go, if it can be made again.
  void drop_bgr();

  std::size_t bytes() const { return bytes_; }

 private:
  void count();

  const std::optional<std::size_t> key_;
  const bool missing_;
  const double timestamp_s_;
  std::atomic<bool> proved_, has_bgr_ = false;
  std::atomic<std::size_t> bytes_ = 0;

  std::mutex mutex_;  // guards the fields below
  AvFrame native_;    // null: frame_, or only bgr_
  AVRational aspect_{};
  ShownAs shown_;
  std::shared_ptr<BgrConverters> converters_;
  std::optional<std::uint64_t> hash_;
  Frame frame_;
  std::shared_ptr<const Image> bgr_;
};

}  // namespace auriga
