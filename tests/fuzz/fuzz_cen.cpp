#include "clm/patch_experts.hpp"
#include "fuzz_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return auriga::fuzz::with_file(bytes, size, [](const std::filesystem::path& file) {
    auriga::read_patch_experts(auriga::PatchExpertKind::cen, {file});
  });
}
