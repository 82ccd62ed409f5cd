#include "media/matroska_end.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <span>

namespace auriga {

namespace {

constexpr std::uint64_t kEbml = 0x1A45DFA3, kSegment = 0x18538067, kCluster = 0x1F43B675;
constexpr std::uint64_t kSeekHead = 0x114D9B74, kSeek = 0x4DBB, kSeekId = 0x53AB;
constexpr std::uint64_t kSeekPosition = 0x53AC;
constexpr std::uint64_t kBlockGroup = 0xA0, kBlock = 0xA1, kSimpleBlock = 0xA3;
constexpr int kMostElements = 1 << 16;

struct Element {
  std::uint64_t id = 0;
  std::int64_t content = 0;          // offset
  std::optional<std::int64_t> size;  // none: unknown
  std::int64_t end() const { return content + size.value_or(0); }
};

// The element that begins at `at`; nothing where its header is not whole or not allowed.
std::optional<Element> element_at(const FileBytes& file, std::int64_t at) {
  std::array<std::uint8_t, 12> head{};  // four bytes of identifier, eight of size
  if (at < 0 || at >= file.size) return {};
  const auto there = static_cast<std::size_t>(std::min<std::int64_t>(12, file.size - at));
  if (!file.fill(at, std::span(head).first(there))) return {};
  const auto id_bytes = static_cast<std::size_t>(std::countl_zero(head[0])) + 1;
  if (id_bytes > 4 || id_bytes >= there) return {};
  const auto size_bytes = static_cast<std::size_t>(std::countl_zero(head[id_bytes])) + 1;
  if (size_bytes > 8 || id_bytes + size_bytes > there) return {};
  const auto bytes = std::span<const std::uint8_t>(head);
  Element element;
  element.id = big_endian(bytes.first(id_bytes));
  element.content = at + static_cast<std::int64_t>(id_bytes + size_bytes);
  const std::uint64_t mask = (std::uint64_t{1} << (7 * size_bytes)) - 1;
  const std::uint64_t size = big_endian(bytes.subspan(id_bytes, size_bytes)) & mask;
  if (size != mask && size <= static_cast<std::uint64_t>(INT64_MAX - element.content))
    element.size = static_cast<std::int64_t>(size);
  return element;
}

std::uint64_t number_in(const FileBytes& file, const Element& element) {
  std::array<std::uint8_t, 8> bytes{};
  const auto size = element.size.value_or(0);
  if (size < 1 || size > 8) return 0;
  const auto room = std::span(bytes).first(static_cast<std::size_t>(size));
  return file.fill(element.content, room) ? big_endian(room) : 0;
}

// End of what an entry of a SeekHead points to; 0 where it points to something else.
std::int64_t end_of_target(const FileBytes& file, const Element& seek, std::int64_t segment) {
  std::uint64_t id = 0, position = 0;
  for (std::int64_t at = seek.content; at < seek.end();) {
    const auto child = element_at(file, at);
    if (!child || !child->size) break;
    if (child->id == kSeekId) id = number_in(file, *child);
    if (child->id == kSeekPosition) position = number_in(file, *child);
    at = child->end();
  }
  if (id == 0 || position == 0 || position > static_cast<std::uint64_t>(INT64_MAX / 2)) return 0;
  const std::int64_t at = segment + static_cast<std::int64_t>(position);
  constexpr std::int64_t kLeastElement = 2;
  if (at > file.size - kLeastElement) return at + kLeastElement;
  const auto target = element_at(file, at);
  return target && target->id == id ? target->end() : 0;
}

}  // namespace

std::int64_t matroska_declared_bytes(const FileBytes& file) {
  const auto ebml = element_at(file, 0);
  if (!ebml || ebml->id != kEbml || !ebml->size) return 0;
  const auto segment = element_at(file, ebml->end());
  if (!segment || segment->id != kSegment) return 0;
  std::int64_t end = segment->size ? segment->end() : 0;
  std::int64_t at = segment->content;
  for (int elements = 0; elements < kMostElements; ++elements) {
    const auto element = element_at(file, at);
    if (!element || !element->size || element->id == kCluster) break;
    if (element->id == kSeekHead)
      for (std::int64_t in = element->content; in < element->end() && elements < kMostElements;
           ++elements) {
        const auto seek = element_at(file, in);
        if (!seek || !seek->size) break;
        if (seek->id == kSeek) end = std::max(end, end_of_target(file, *seek, segment->content));
        in = seek->end();
      }
    at = element->end();
  }
  return end;
}

bool matroska_breaks_off(const FileBytes& file, std::int64_t block) {
  if (block < 0) return false;
  // Its header lies before it: one byte of identifier, one to eight of size.
  std::int64_t at = 0;
  for (std::int64_t size_bytes = 1; size_bytes <= 8 && at == 0; ++size_bytes) {
    const auto found = element_at(file, block - size_bytes - 1);
    if (found && found->content == block && found->size &&
        (found->id == kBlock || found->id == kSimpleBlock))
      at = found->end();
  }
  if (at == 0) return false;
  for (int elements = 0; elements < kMostElements && at < file.size; ++elements) {
    const auto element = element_at(file, at);
    if (!element) return file.size - at < 12;  // within a header, or no Matroska any more
    const bool inside = element->id == kCluster || element->id == kBlockGroup;
    if (!inside && !element->size) return false;
    at = inside ? element->content : element->end();
  }
  return at > file.size;
}

}  // namespace auriga
