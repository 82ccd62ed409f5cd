#include "files/written_file.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "files/atomic_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using test::write_text;

TEST(WrittenFile, TellsWhatWasWritten) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv";
  AtomicFile file(target);
  file.write("abc");
  const Written written = file.complete();
  EXPECT_FALSE(fs::exists(target));
  file.commit();
  EXPECT_EQ(written, describe_file(target));
  EXPECT_EQ(written.size_bytes, 3u);
  EXPECT_EQ(written.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_as_written(written, target));
  EXPECT_THROW(describe_file(folder.path() / "none"), Error);
  EXPECT_THROW(describe_file(folder.path()), Error);
}

TEST(WrittenFile, ACopyIsReadAndDamageIsFound) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "a.csv", copy = folder.path() / "b.csv";
  write_text(file, "frame,AU01_r\n");
  const Written written = describe_file(file);
  fs::copy_file(file, copy);
  fs::last_write_time(copy, fs::last_write_time(file) + std::chrono::seconds(5));
  EXPECT_TRUE(is_as_written(written, copy));
  write_text(copy, "frame,AU02_r\n");  // as many bytes
  fs::last_write_time(copy, fs::last_write_time(file) + std::chrono::seconds(5));
  EXPECT_FALSE(is_as_written(written, copy));
  fs::resize_file(copy, 5);
  fs::last_write_time(copy, fs::last_write_time(file));
  EXPECT_FALSE(is_as_written(written, copy));
  fs::remove(copy);
  EXPECT_FALSE(is_as_written(written, copy));
  fs::create_directory(copy);
  EXPECT_FALSE(is_as_written(written, copy));
  EXPECT_FALSE(is_as_written(Written{.path = file}, file));
}

}  // namespace
}  // namespace auriga
