// Pictures that another program writes one after the other: the same ones however the bytes arrive.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "live/raw_picture.hpp"

namespace {

using Pictures = std::vector<std::vector<std::uint8_t>>;

Pictures cut(std::span<const std::uint8_t> bytes, std::size_t piece, std::int64_t& broken) {
  auriga::JpegSplitter splitter;
  Pictures all;
  std::vector<std::uint8_t> picture;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    splitter.add(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    while (splitter.next(picture)) all.push_back(picture);
  }
  broken = splitter.broken();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::uint8_t> all(bytes + 1, size - 1);
  std::int64_t broken_whole = 0, broken_pieces = 0;
  const Pictures whole = cut(all, all.size(), broken_whole);
  const Pictures pieces = cut(all, bytes[0] % 64 + 1, broken_pieces);
  if (whole != pieces || broken_whole != broken_pieces) __builtin_trap();
  return 0;
}
