#include "fuzz_file.hpp"
#include "validation/validator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return auriga::fuzz::with_file(
      bytes, size, [](const std::filesystem::path& file) { auriga::Validator::load(file); });
}
