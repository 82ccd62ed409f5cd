#include <string>

#include "clm/clm_model.hpp"
#include "fuzz_file.hpp"

// As a main file, and as the detector file that a good main file names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return auriga::fuzz::with_file(bytes, size, [](const std::filesystem::path& file) {
    const std::string main_file = "LandmarkDetector " + file.filename().string();
    auriga::fuzz::with_file(
        reinterpret_cast<const std::uint8_t*>(main_file.data()), main_file.size(),
        [](const std::filesystem::path& main) { auriga::read_clm_model(main); });
    auriga::read_clm_model(file);
  });
}
