#include "files/face_folder.hpp"

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/written_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;

std::set<std::string> names(const fs::path& folder) {
  std::set<std::string> all;
  for (const auto& entry : fs::directory_iterator(folder))
    all.insert(entry.path().filename().string());
  return all;
}

TEST(FaceFolder, KeepsWhatIsNotOursAndNothingElse) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "v_aligned";
  {
    FaceFolder first(target);
    write_text(first.part() / "frame_det_00_000001.bmp", "1");
    write_text(first.part() / "frame_det_00_000002.bmp", "2");
    EXPECT_FALSE(fs::exists(target));
    first.publish();
  }
  write_text(target / "notes.txt", "of the user");
  fs::create_directories(target / "mine" / "below");
  {
    FaceFolder second(target);
    write_text(second.part() / "frame_det_00_000001.bmp", "anew");
    second.publish();
  }
  EXPECT_EQ(names(target), (std::set<std::string>{"frame_det_00_000001.bmp", "mine", "notes.txt"}));
  EXPECT_EQ(read_text(target / "frame_det_00_000001.bmp"), "anew");
  EXPECT_EQ(read_text(target / "notes.txt"), "of the user");
  EXPECT_TRUE(fs::exists(target / "mine" / "below"));
  { FaceFolder given_up(target); }
  EXPECT_EQ(names(folder.path()), (std::set<std::string>{"v_aligned"}));
}

TEST(FaceFolder, ALinkStaysOne) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "disk");
  fs::create_directory_symlink("disk", folder.path() / "v_aligned");
  FaceFolder faces(folder.path() / "v_aligned");
  write_text(faces.part() / "face_det_000000.bmp", "1");
  faces.publish();
  EXPECT_TRUE(fs::is_symlink(folder.path() / "v_aligned"));
  EXPECT_EQ(names(folder.path() / "disk"), (std::set<std::string>{"face_det_000000.bmp"}));
}

#ifdef __linux__
// There is no moment without the folder, and none with pictures of two runs.
TEST(FaceFolder, IsExchangedInOneStep) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "v_aligned";
  const auto write = [&](const std::string& run) {
    FaceFolder faces(target);
    write_text(faces.part() / ("face_det_" + run + ".bmp"), run);
    faces.publish();
  };
  write("0");
  std::atomic<bool> done = false;
  std::atomic<int> missing = 0;
  std::thread watcher([&] {
    while (!done)
      if (!fs::exists(target)) ++missing;
  });
  std::thread other([&] {
    for (int i = 0; i < 300; ++i) write("a" + std::to_string(i));
  });
  for (int i = 0; i < 300; ++i) write("b" + std::to_string(i));
  other.join();
  done = true;
  watcher.join();
  EXPECT_EQ(missing, 0);
  EXPECT_EQ(names(target).size(), 1u);
  EXPECT_EQ(names(folder.path()).size(), 1u);
}
#endif

TEST(FaceFolder, IsKnownByNamesAndSizes) {
  const TemporaryFolder folder;
  const fs::path faces = folder.path() / "v_aligned";
  fs::create_directory(faces);
  const Written none = describe_faces(faces);
  EXPECT_EQ(none.files, 0);
  for (const char* name : {"frame_det_00_000001.bmp", "frame_det_00_000002.bmp"})
    write_text(faces / name, "picture");
  const Written two = describe_faces(faces);
  EXPECT_EQ(two.files, 2);
  EXPECT_EQ(two.size_bytes, 14u);
  EXPECT_EQ(two.path, faces);
  write_text(faces / "notes.txt", "of the user");
  EXPECT_TRUE(is_as_written(two, faces));
  EXPECT_FALSE(is_as_written(none, faces));
  fs::rename(faces / "frame_det_00_000002.bmp", faces / "frame_det_00_000003.bmp");
  EXPECT_FALSE(is_as_written(two, faces));
  fs::rename(faces / "frame_det_00_000003.bmp", faces / "frame_det_00_000002.bmp");
  write_text(faces / "frame_det_00_000002.bmp", "pict");
  EXPECT_FALSE(is_as_written(two, faces));
  fs::remove_all(faces);
  EXPECT_FALSE(is_as_written(two, faces));
  write_text(faces, "a file");
  EXPECT_FALSE(is_as_written(two, faces));
}

}  // namespace
}  // namespace auriga
