// The two text files of the face mesh: which points are landmarks, and the regions.
#include "fuzz_file.hpp"
#include "landmarks/face_mesh.hpp"
#include "landmarks/mesh_regions.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auriga::fuzz::with_file(bytes, size, [](const auto& file) { auriga::MeshTo68{file}; });
  return auriga::fuzz::with_file(bytes, size,
                                 [](const auto& file) { auriga::read_mesh_regions(file); });
}
