// The `.hog` file of OpenFace: one FHOG descriptor per frame and face.
#pragma once

#include <filesystem>
#include <span>

#include "files/atomic_file.hpp"

namespace auriga {

// Records of 17872 bytes without a file header: three int32 (12, 12, 31), a float32 flag (1 good,
// -1 failed), 4464 float32; little-endian. The file appears with `commit`; Error(output) like
// AtomicFile.
class HogFile {
 public:
  explicit HogFile(const std::filesystem::path& target) : file_(target) {}

  // `fhog`: 12*12*31 values, row, then column, then channel fastest; or empty where none was
  // computed, which writes a record of size 0. One record for every row of the table, in its order.
  void add(std::span<const float> fhog, bool good);
  // Completes the file; commit() gives it its name.
  Written complete() { return file_.complete(); }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
};

}  // namespace auriga
