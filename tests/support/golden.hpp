// Access to the golden data, which is not part of the repository: tests read it from
// $AURIGA_TEST_DATA or from
// ../shared beside the repository and are skipped, with the reason, where it is absent.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/image.hpp"

namespace auriga::test {

// Root of the test data; may not exist.
std::filesystem::path test_data();

// Root of this repository (examples/, tests/corpus/).
std::filesystem::path repository();

// The folder of the open model pack that `scripts/open-pack` makes; may not exist.
std::filesystem::path open_pack();

// A fresh empty folder for the running test; removed when the object dies.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A comma-separated table with a header line, cells kept as text.
class Table {
 public:
  explicit Table(const std::filesystem::path& file);
  std::size_t rows() const { return cells_.size(); }
  const std::vector<std::string>& columns() const { return columns_; }
  bool has(const std::string& column) const;
  std::size_t index(const std::string& column) const;  // throws std::out_of_range when absent
  const std::string& text(std::size_t row, const std::string& column) const;
  double number(std::size_t row, const std::string& column) const;
  double number(std::size_t row, std::size_t column) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> cells_;
};

// One record of an OpenFace `.hog` file.
struct HogRecord {
  bool good = false;
  std::vector<float> values;  // 4464
};
std::vector<HogRecord> read_hog(const std::filesystem::path& file);

// Little-endian float64 values without a header (median_*.f64).
std::vector<double> read_f64(const std::filesystem::path& file);

// A PNG as BGR, read with libpng's simplified interface (independent of src/media).
Image read_png(const std::filesystem::path& file);

std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace auriga::test

// Skips the running test, saying which file is missing, unless `relative` exists below the test
// data. Where AURIGA_REQUIRE_GOLDEN=1 is set a missing file is a failure instead, so that a machine
// that has the data cannot pass by skipping.
#define AURIGA_NEEDS(relative)                                                              \
  do {                                                                                      \
    const auto needed_ = ::auriga::test::test_data() / (relative);                          \
    if (!std::filesystem::exists(needed_)) {                                                \
      if (std::getenv("AURIGA_REQUIRE_GOLDEN") != nullptr) FAIL() << "missing " << needed_; \
      GTEST_SKIP() << "test data not here: " << needed_                                     \
                   << " (set AURIGA_TEST_DATA to its folder)";                              \
    }                                                                                       \
  } while (false)

// The same for the open model pack, which needs nothing but the npm registry.
#define AURIGA_NEEDS_OPEN_PACK()                                                           \
  do {                                                                                     \
    if (!std::filesystem::exists(::auriga::test::open_pack() / "stamp")) {                 \
      if (std::getenv("AURIGA_REQUIRE_GOLDEN") != nullptr) FAIL() << "no open model pack"; \
      GTEST_SKIP() << "no open model pack: scripts/open-pack makes it";                    \
    }                                                                                      \
  } while (false)
