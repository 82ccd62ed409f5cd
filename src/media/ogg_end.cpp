#include "media/ogg_end.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace auriga {

namespace {

constexpr std::string_view kPage("OggS");
constexpr std::size_t kHeadBytes = 27;
constexpr std::uint8_t kFirst = 2, kLast = 4;  // flags

struct Page {
  std::uint8_t flags = 0;
  std::uint64_t stream = 0;
  std::size_t content = 0, end = 0;  // may lie behind `bytes`
};

std::optional<Page> page_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < kHeadBytes || bytes[at + 4] != 0 ||
      !std::equal(kPage.begin(), kPage.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at)))
    return {};
  const std::size_t segments = bytes[at + 26];
  Page page{bytes[at + 5], little_endian(bytes.subspan(at + 14, 4)), at + kHeadBytes + segments, 0};
  page.end = page.content;
  for (std::size_t i = 0; i < segments && at + kHeadBytes + i < bytes.size(); ++i)
    page.end += bytes[at + kHeadBytes + i];
  return page;
}

// Number of the stream that holds a video, by the first pages.
std::optional<std::uint64_t> video_stream(std::span<const std::uint8_t> head) {
  std::size_t at = 0;
  for (auto page = page_at(head, at); page && (page->flags & kFirst) != 0;
       page = page_at(head, at)) {
    const auto content = head.subspan(std::min(page->content, head.size()));
    const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
    for (const std::string_view codec : {"\x80theora", "OVP80", "BBCD"})
      if (text.starts_with(codec)) return page->stream;
    at = page->end;
  }
  return {};
}

}  // namespace

bool ogg_breaks_off(const FileBytes& file) {
  std::vector<std::uint8_t> bytes(1 << 16);
  bytes.resize(file.read(0, bytes));
  const auto stream = video_stream(bytes);
  if (!stream) return false;
  constexpr std::int64_t kTailBytes = 1 << 19;
  const std::int64_t tail = std::max<std::int64_t>(0, file.size - kTailBytes);
  bytes.resize(static_cast<std::size_t>(file.size - tail));
  bytes.resize(file.read(tail, bytes));
  std::optional<Page> last;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto page = page_at(bytes, at);
    if (page && page->stream == *stream) last = page;
  }
  return last && (last->end > bytes.size() || (last->flags & kLast) == 0);
}

}  // namespace auriga
