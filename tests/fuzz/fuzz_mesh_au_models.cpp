#include "au/mesh/mesh_models.hpp"
#include "fuzz_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return auriga::fuzz::with_file(
      bytes, size, [](const std::filesystem::path& file) { auriga::read_mesh_au_models(file); });
}
