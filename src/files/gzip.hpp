// Text on its way into a file of gzip's form (RFC 1952): the same bytes for the same text, without
// a name or a time in it.
#pragma once

#include <memory>
#include <string_view>

namespace auriga {

// One thread at a time.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // What is to be written now; valid until the next call, may be empty.
  std::string_view add(std::string_view text);
  // The rest. Nothing can be added after it.
  std::string_view finish();

 private:
  struct Stream;
  std::string_view pass(std::string_view text, int flush);
  std::unique_ptr<Stream> stream_;
};

}  // namespace auriga
