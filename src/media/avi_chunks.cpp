#include "media/avi_chunks.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace auriga {

namespace {

struct Chunk {
  std::array<std::uint8_t, 8> head{};
  std::string_view id() const { return {reinterpret_cast<const char*>(head.data()), 4}; }
  std::int64_t size() const {
    return static_cast<std::int64_t>(little_endian(std::span(head).subspan(4)));
  }
  // Of a stream: two digits and two letters.
  bool of_stream(int stream) const {
    const std::string_view name = id();
    const auto digit = [](int value) { return static_cast<char>('0' + value); };
    return name[0] == digit(stream / 10) && name[1] == digit(stream % 10) &&
           (name.substr(2) == "dc" || name.substr(2) == "db");
  }
};

}  // namespace

std::int64_t empty_avi_chunks(const FileBytes& file, std::int64_t offset, int stream) {
  if (offset < 0 || offset > file.size) return 0;
  Chunk chunk;
  if (!file.fill(offset, chunk.head) || !chunk.of_stream(stream)) offset -= 8;
  std::int64_t empty = 0;
  while (file.fill(offset, chunk.head)) {
    const std::string_view id = chunk.id();
    if (id == "RIFF" || id == "LIST") {
      offset += 12;  // with the word that says what it is a list of
      continue;
    }
    if (!std::all_of(id.begin(), id.end(), [](char c) { return c >= ' ' && c <= '~'; })) break;
    if (chunk.of_stream(stream) && chunk.size() == 0) ++empty;
    offset += 8 + chunk.size() + (chunk.size() & 1);
  }
  return empty;
}

}  // namespace auriga
