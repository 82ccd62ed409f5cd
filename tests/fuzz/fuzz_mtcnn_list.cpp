// The list of MTCNN's networks; none of what it may name is there.
#include "detect/mtcnn.hpp"
#include "fuzz_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return auriga::fuzz::with_file(bytes, size, [](const auto& file) {
    auriga::Mtcnn::load(file, [](const std::filesystem::path&) {
      return std::filesystem::path("/nowhere/at/all");
    });
  });
}
