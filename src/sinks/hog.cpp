#include "sinks/hog.hpp"

#include <bit>
#include <cassert>
#include <cstdint>

namespace auriga {

namespace {

struct Header {
  std::int32_t columns, rows, channels;
  float good;
};
static_assert(sizeof(Header) == 16 && std::endian::native == std::endian::little);

}  // namespace

void HogFile::add(std::span<const float> fhog, bool good) {
  assert(fhog.empty() || fhog.size() == std::size_t{kHogCells} * kHogCells * kHogChannels);
  Header header{kHogCells, kHogCells, kHogChannels, good ? 1.0F : -1.0F};
  if (fhog.empty()) header.columns = header.rows = header.channels = 0;
  file_.write({reinterpret_cast<const char*>(&header), sizeof header});
  file_.write({reinterpret_cast<const char*>(fhog.data()), fhog.size_bytes()});
}

}  // namespace auriga
