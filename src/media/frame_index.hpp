// Which frames a video has, and how to know each of them again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

// The truth is what the decoder makes of the video from its start to its end. No mark of a
// container is trusted: key frames may not be any (open groups of pictures, recovery points, wrong
// marks), pictures may be hidden, dropped, cut off by an edit list, or lost to damage. So an index
// is made in two passes: over the packets, which costs reading the file, and over the pictures,
// decoded in order, of each of which it keeps the time and a hash. A picture that is had from
// another place in the file is the frame that it is taken for if it has that frame's hash, and is
// not shown otherwise: that proves the key frame that decoding began at, each time, for the frame
// in question. Marks only say where it is worth trying.

struct PacketPlace {
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();

  // In ticks of the stream; `at`: byte of the file, in libavformat's view of it.
  std::int64_t pts = kNone, dts = kNone, at = kNone;
  std::int32_t size = 0;   // bytes
  std::uint8_t flags = 0;  // AV_PKT_FLAG_*

  bool key() const { return (flags & 1) != 0; }
  friend bool operator==(const PacketPlace&, const PacketPlace&) = default;
};

// The packets of a video that a decoder is given, in their order.
struct PacketTable {
  std::vector<PacketPlace> packets;
  std::uint64_t content = 0;  // hash of all their bytes

  friend bool operator==(const PacketTable&, const PacketTable&) = default;
};

struct IndexedFrame {
  double timestamp_s = 0;                 // as Frame::timestamp_s
  std::int64_t pts = PacketPlace::kNone;  // that the picture has of its packet
  std::uint64_t picture = 0;              // picture_hash()

  friend bool operator==(const IndexedFrame&, const IndexedFrame&) = default;
};

// What a video was, and by what it was decoded, when its index was made.
struct IndexOrigin {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::uint32_t decoder = 0;     // versions of libavcodec and libavformat
  std::uint32_t container = 0;

  friend bool operator==(const IndexOrigin&, const IndexOrigin&) = default;
};

// Of a whole video, as decoded: neither turned nor made square, deinterlaced or resampled, so that
// it serves whatever SourceOptions ask for.
struct FrameIndex {
  IndexOrigin origin;
  bool patched = false;  // the video is damaged, or was decoded as if it might be (VideoDecoder)
  std::shared_ptr<const PacketTable> table = std::make_shared<PacketTable>();
  std::vector<IndexedFrame> frames;
};

// Of the file as it is now. Throws Error(input) when it cannot be looked at.
IndexOrigin origin_of_video(const std::filesystem::path& video);

class Container;
// The pass over the packets, to the end of the file. `container` is at its begin. Nothing when
// `stopped` became true meanwhile.
std::optional<PacketTable> read_packets(Container& container, const std::atomic<bool>& stopped);

// The bytes of a file with an index: a line with the version, the hash of what follows, and numbers
// of variable length, some 25 bytes a frame.
std::string format_index(const FrameIndex& index);
// Nothing for a text that is not what format_index() writes.
std::optional<FrameIndex> parse_index(std::string_view bytes);

// Files beyond this size, some hundred hours, are not read.
inline constexpr std::size_t kMostIndexBytes = std::size_t{256} << 20;

// The index in a file; nothing where there is none, or a damaged one, or one that is not of this
// video or not of this decoder. `problem` says why; empty where there is no file.
std::optional<FrameIndex> load_index(const std::filesystem::path& file, const IndexOrigin& origin,
                                     std::string& problem);
// Throws Error(output) like AtomicFile. The file appears complete or not at all.
void save_index(const std::filesystem::path& file, const FrameIndex& index);

}  // namespace auriga
