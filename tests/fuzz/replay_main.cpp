// Runs a fuzz target once over every file of the folders given, without libFuzzer: crashes that
// were found stay found.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      // Every file whole and cut in two, so that each corpus also covers truncation.
      for (const std::size_t size : {bytes.size(), bytes.size() / 2})
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), size);
      ++files;
    }
  std::printf("%d files\n", files);
  return files > 0 ? 0 : 1;
}
