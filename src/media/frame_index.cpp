#include "media/frame_index.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <system_error>

#include <sys/stat.h>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "files/atomic_file.hpp"
#include "media/container.hpp"
#include "media/picture_hash.hpp"

namespace auriga {

namespace {

constexpr std::string_view kMagic = "auriga frame index 1\n";
constexpr std::size_t kHashBytes = 8;
// Which numbers of a packet or a frame are there, beside the flags of libav, which end below.
constexpr std::uint8_t kLibavFlags = 0x1F, kHasPts = 0x20, kHasDts = 0x40, kHasPlace = 0x80;
// The least that a packet and a frame take.
constexpr std::size_t kLeastPacket = 2, kLeastFrame = 17;

std::uint64_t hash_of(std::string_view bytes) {
  ContentHash hash;
  hash.add({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  return hash.value();
}

class Writer {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void whole(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  // `value` as its difference from `before`, modulo 2^64, small ones of either sign in few bytes.
  void step(std::int64_t value, std::int64_t& before) {
    const std::uint64_t by = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(before);
    number((by << 1) ^ (by >> 63 != 0 ? ~std::uint64_t{0} : 0));
    before = value;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the end, or a number that Writer does not write, everything is 0 and ok() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }
  std::uint8_t byte() {
    if (bytes_.empty()) ok_ = false;
    if (!ok_) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint64_t whole() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return ok_ ? value : 0;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; ok_; shift += 7) {
      const std::uint8_t part = byte();
      // The tenth has room for one bit; a last part of 0 could be left out.
      if (shift == 63 && part > 1) ok_ = false;
      if (shift > 0 && part == 0) ok_ = false;
      value |= std::uint64_t{part & 0x7Fu} << shift;
      if ((part & 0x80) == 0) break;
    }
    return ok_ ? value : 0;
  }
  std::int64_t step(std::int64_t& before) {
    const std::uint64_t coded = number();
    const std::uint64_t by = (coded >> 1) ^ (~(coded & 1) + 1);
    return before = static_cast<std::int64_t>(static_cast<std::uint64_t>(before) + by);
  }
  void fail() { ok_ = false; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

void write_packets(const PacketTable& table, Writer& out) {
  out.number(table.packets.size());
  out.whole(table.content);
  std::int64_t pts = 0, dts = 0, at = 0;
  for (const PacketPlace& packet : table.packets) {
    const auto has = [](std::int64_t value, std::uint8_t bit) {
      return static_cast<std::uint8_t>(value != PacketPlace::kNone ? bit : 0);
    };
    out.byte(static_cast<std::uint8_t>((packet.flags & kLibavFlags) | has(packet.pts, kHasPts) |
                                       has(packet.dts, kHasDts) | has(packet.at, kHasPlace)));
    out.number(static_cast<std::uint32_t>(packet.size));
    if (packet.dts != PacketPlace::kNone) out.step(packet.dts, dts);
    if (packet.pts != PacketPlace::kNone) out.step(packet.pts, pts);
    if (packet.at != PacketPlace::kNone) out.step(packet.at, at);
  }
}

std::int64_t read_step(Reader& in, std::int64_t& before) {
  const std::int64_t value = in.step(before);
  if (value == PacketPlace::kNone) in.fail();  // it would not be written
  return value;
}

PacketTable read_packet_places(Reader& in) {
  PacketTable table;
  const std::uint64_t count = in.number();
  table.content = in.whole();
  if (count > in.left() / kLeastPacket) in.fail();
  if (!in.ok()) return table;
  table.packets.reserve(count);
  std::int64_t pts = 0, dts = 0, at = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    PacketPlace packet;
    const std::uint8_t flags = in.byte();
    packet.flags = flags & kLibavFlags;
    const std::uint64_t size = in.number();
    if (size > std::numeric_limits<std::int32_t>::max()) in.fail();
    packet.size = static_cast<std::int32_t>(in.ok() ? size : 0);
    if ((flags & kHasDts) != 0) packet.dts = read_step(in, dts);
    if ((flags & kHasPts) != 0) packet.pts = read_step(in, pts);
    if ((flags & kHasPlace) != 0) packet.at = read_step(in, at);
    table.packets.push_back(packet);
  }
  return table;
}

void write_frames(const std::vector<IndexedFrame>& frames, Writer& out) {
  out.number(frames.size());
  std::int64_t pts = 0;
  for (const IndexedFrame& frame : frames) {
    const bool timed = frame.pts != PacketPlace::kNone;
    out.byte(timed ? kHasPts : 0);
    out.whole(std::bit_cast<std::uint64_t>(frame.timestamp_s));
    out.whole(frame.picture);
    if (timed) out.step(frame.pts, pts);
  }
}

std::vector<IndexedFrame> read_frames(Reader& in) {
  std::vector<IndexedFrame> frames;
  const std::uint64_t count = in.number();
  if (count > in.left() / kLeastFrame) in.fail();
  if (!in.ok()) return frames;
  frames.reserve(count);
  std::int64_t pts = 0;
  double before_s = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    IndexedFrame frame;
    const std::uint8_t flags = in.byte();
    if (flags != 0 && flags != kHasPts) in.fail();
    frame.timestamp_s = std::bit_cast<double>(in.whole());
    frame.picture = in.whole();
    if (flags == kHasPts) frame.pts = read_step(in, pts);
    // Times never decrease, from 0 on.
    if (!(frame.timestamp_s >= before_s && std::isfinite(frame.timestamp_s))) in.fail();
    before_s = frame.timestamp_s;
    frames.push_back(frame);
  }
  return frames;
}

}  // namespace

IndexOrigin origin_of_video(const std::filesystem::path& video) {
  struct stat status {};
  if (stat(video.c_str(), &status) != 0)
    throw Error(ErrorCode::input, video.string() + ": expected the video, found " +
                                      std::generic_category().message(errno) +
                                      "; check whether it was moved");
  IndexOrigin origin;
  origin.size_bytes = static_cast<std::uint64_t>(status.st_size);
#ifdef __APPLE__
  const timespec& modified = status.st_mtimespec;
#else
  const timespec& modified = status.st_mtim;
#endif
  origin.modified_ns = std::int64_t{modified.tv_sec} * 1'000'000'000 + modified.tv_nsec;
  origin.decoder = avcodec_version();
  origin.container = avformat_version();
  return origin;
}

std::optional<PacketTable> read_packets(Container& container, const std::atomic<bool>& stopped) {
  PacketTable table;
  ContentHash content;
  const AvHandle<AVPacket> packet(allocated(av_packet_alloc()));
  while (container.read(*packet)) {
    if (stopped) return std::nullopt;
    table.packets.push_back(place_of(*packet));
    // As the decoder is given them.
    if (container.counts_places()) table.packets.back().pts = table.packets.back().dts;
    content.add({packet->data, static_cast<std::size_t>(packet->size)});
  }
  table.content = content.value();
  table.packets.shrink_to_fit();
  return table;
}

std::string format_index(const FrameIndex& index) {
  Writer out;
  out.number(index.origin.size_bytes);
  out.whole(static_cast<std::uint64_t>(index.origin.modified_ns));
  out.number(index.origin.decoder);
  out.number(index.origin.container);
  out.byte(index.patched ? 1 : 0);
  write_packets(*index.table, out);
  write_frames(index.frames, out);
  const std::string body = out.take();
  Writer hash;
  hash.whole(hash_of(body));
  return std::string(kMagic) + hash.take() + body;
}

std::optional<FrameIndex> parse_index(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kHashBytes) return std::nullopt;
  bytes.remove_prefix(kMagic.size());
  const std::uint64_t hash = Reader(bytes).whole();
  bytes.remove_prefix(kHashBytes);
  if (hash_of(bytes) != hash) return std::nullopt;
  Reader in(bytes);
  const auto version = [&] {
    const std::uint64_t value = in.number();
    if (value > std::numeric_limits<std::uint32_t>::max()) in.fail();
    return static_cast<std::uint32_t>(value);
  };
  FrameIndex index;
  index.origin.size_bytes = in.number();
  index.origin.modified_ns = static_cast<std::int64_t>(in.whole());
  index.origin.decoder = version();
  index.origin.container = version();
  const std::uint8_t patched = in.byte();
  if (patched > 1) in.fail();
  index.patched = patched == 1;
  index.table = std::make_shared<PacketTable>(read_packet_places(in));
  index.frames = read_frames(in);
  if (!in.ok() || in.left() > 0) return std::nullopt;
  return index;
}

std::optional<FrameIndex> load_index(const std::filesystem::path& file, const IndexOrigin& origin,
                                     std::string& problem) {
  problem.clear();
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  try {
    std::optional<FrameIndex> index =
        parse_index(read_file(file, ErrorCode::input, "index of frames", kMostIndexBytes));
    if (!index)
      problem = file.string() + ": the index of frames is damaged or of another version";
    else if (index->origin != origin)
      problem = file.string() +
                ": the index of frames is of another state of the video, or of another decoder";
    else
      return index;
  } catch (const Error& found) {
    problem = found.what();
  }
  return std::nullopt;
}

void save_index(const std::filesystem::path& file, const FrameIndex& index) {
  write_file(file, format_index(index), Durability::crash);
}

}  // namespace auriga
