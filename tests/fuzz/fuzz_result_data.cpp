// A table as the viewer shows it.
#include <algorithm>
#include <string>

#include "fuzz_file.hpp"
#include "viewer/result_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  return fuzz::with_file(bytes, size, [](const auto& file) {
    const ResultData data(file, PictureExtent{640, 480});
    const std::int64_t last = std::min<std::int64_t>(data.last_frame(), 1 << 20);
    for (const FaceRows& face : data.faces()) {
      if (data.face(face.id) != &face) __builtin_trap();
      for (std::size_t column = 0; column < std::min<std::size_t>(data.columns().size(), 8);
           ++column)
        for (const std::size_t points : {1, 7})
          data.ranges(face, column,
                      ResultData::even_edges(1, std::max<std::int64_t>(last, 1), points));
      data.overlay(face, 1, 9);
      data.overlay(face, std::max<std::int64_t>(last, 1), std::max<std::int64_t>(last, 1));
    }
    data.rows_csv(1, 3);
    data.rows_csv(std::max<std::int64_t>(last, 1), std::max<std::int64_t>(last, 1) + 1);
  });
}
