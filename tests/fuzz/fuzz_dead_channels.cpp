// Takes dead channels out of the bytes of an ONNX file; doing so again changes nothing more.
#include <string>

#include "fuzz_folder.hpp"
#include "nn/dead_channels.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string once = auriga::without_dead_channels(auriga::fuzz::text(bytes, size));
  auriga::without_dead_channels(once);
  return 0;
}
