#include "files/gzip.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include <zlib.h>

namespace auriga {

struct Gzip::Stream {
  z_stream z{};
  std::string out;
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {
  constexpr int kGzip = 16 + MAX_WBITS, kMemory = 8;
  if (deflateInit2(&stream_->z, 6, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

Gzip::~Gzip() { deflateEnd(&stream_->z); }

std::string_view Gzip::pass(std::string_view text, int flush) {
  constexpr std::size_t kRoom = 64 * 1024;
  z_stream& z = stream_->z;
  std::string& out = stream_->out;
  out.clear();
  do {
    const std::size_t part =
        std::min<std::size_t>(text.size(), std::numeric_limits<uInt>::max() / 2);
    // zlib takes its input without const, and leaves it alone.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(part);
    text.remove_prefix(part);
    do {
      const std::size_t used = out.size();
      out.resize(used + kRoom);
      z.next_out = reinterpret_cast<Bytef*>(&out[used]);
      z.avail_out = static_cast<uInt>(kRoom);
      deflate(&z, text.empty() ? flush : Z_NO_FLUSH);
      out.resize(used + kRoom - z.avail_out);
    } while (z.avail_out == 0);
  } while (!text.empty());
  return out;
}

std::string_view Gzip::add(std::string_view text) {
  return text.empty() ? std::string_view() : pass(text, Z_NO_FLUSH);
}

std::string_view Gzip::finish() { return pass({}, Z_FINISH); }

}  // namespace auriga
