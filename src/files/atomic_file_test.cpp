#include "files/atomic_file.hpp"

#include <csignal>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TemporaryFolder;
using ::testing::HasSubstr;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// The message of the Error(output) that `action` throws.
template <typename Action>
std::string output_error(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    return error.what();
  }
  ADD_FAILURE() << "expected an Error";
  return {};
}

// Files of this process cannot grow beyond `bytes` while the object lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(AtomicFile, AppearsOnlyWithCommit) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv";
  const std::string large(200000, 'x');  // beyond the buffer
  AtomicFile file(target);
  file.write("head\n");
  file.write(large);
  EXPECT_FALSE(fs::exists(target));
  ASSERT_EQ(entries(folder.path()), 1U);
  const std::string partial = fs::directory_iterator(folder.path())->path().filename().string();
  EXPECT_THAT(partial, ::testing::StartsWith("a.csv.part-"));
  file.write("tail");
  file.commit();
  EXPECT_EQ(read_text(target), "head\n" + large + "tail");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, WithoutCommitTheOldFileStays) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv";
  write_file(target, "old");
  {
    AtomicFile file(target);
    file.write("new");
  }
  EXPECT_EQ(read_text(target), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
  write_file(target, "new");
  EXPECT_EQ(read_text(target), "new");
}

TEST(AtomicFile, TwoWritersOfOneTargetDoNotMix) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a";
  AtomicFile first(target), second(target);
  first.write("first");
  second.write("second");
  first.commit();
  second.commit();
  EXPECT_EQ(read_text(target), "second");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, GetsThePermissionsOfANewFile) {
  const TemporaryFolder folder;
  const mode_t before = umask(027);
  write_file(folder.path() / "a", "");
  umask(before);
  struct stat info {};
  ASSERT_EQ(stat((folder.path() / "a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640U);
}

TEST(AtomicFile, ReplacesWhatALinkPointsTo) {
  const TemporaryFolder folder;
  write_file(folder.path() / "real", "old");
  fs::create_symlink(folder.path() / "real", folder.path() / "link");
  write_file(folder.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
  EXPECT_EQ(read_text(folder.path() / "real"), "new");
}

TEST(AtomicFile, TakesTheLongestName) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / std::string(255, 'n');
  write_file(target, "x");
  EXPECT_EQ(read_text(target), "x");
  EXPECT_THAT(output_error([&] { write_file(folder.path() / std::string(256, 'n'), "x"); }),
              HasSubstr("shorter name"));
}

TEST(AtomicFile, RefusesFoldersAndDevices) {
  const TemporaryFolder folder;
  const std::string message = output_error([&] { AtomicFile file(folder.path()); });
  EXPECT_THAT(message, HasSubstr(folder.path().string()));
  EXPECT_THAT(message, HasSubstr("Is a directory"));
  EXPECT_THAT(output_error([&] { AtomicFile file(folder.path() / ""); }),
              HasSubstr("Is a directory"));
  EXPECT_THAT(output_error([] { AtomicFile file("/dev/null"); }), HasSubstr("device"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  output_error([] { AtomicFile file(""); });
}

TEST(AtomicFile, RefusesAFolderThatIsNotThere) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "none" / "a.csv";
  const std::string message = output_error([&] { AtomicFile file(target); });
  EXPECT_THAT(message, HasSubstr(target.string()));
  EXPECT_THAT(message, HasSubstr("No such file or directory"));
  EXPECT_THAT(message, HasSubstr("create its folder"));
  write_file(folder.path() / "file", "");
  EXPECT_THAT(output_error([&] { AtomicFile file(folder.path() / "file" / "a.csv"); }),
              HasSubstr("Not a directory"));
}

TEST(AtomicFile, RefusesAFolderWithoutPermission) {
  const TemporaryFolder folder;
  const fs::path locked = folder.path() / "locked";
  fs::create_directory(locked);
  fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_exec);
  fs::permissions(folder.path(), fs::perms::all);
  const bool root = geteuid() == 0;  // may write everywhere
  if (root && seteuid(65534) != 0) GTEST_SKIP() << "root cannot become another user here";
  const std::string message = output_error([&] { AtomicFile file(locked / "a.csv"); });
  ASSERT_EQ(seteuid(root ? 0 : geteuid()), 0);
  EXPECT_THAT(message, HasSubstr("Permission denied"));
  EXPECT_THAT(message, HasSubstr("may write to"));
}

TEST(AtomicFile, AFullDiskLeavesNothing) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv";
  std::optional<AtomicFile> file(target);
  std::string large_message, small_message, later_message;
  {
    const FileSizeLimit limit(1000);
    large_message = output_error([&] { file->write(std::string(100000, 'x')); });
    later_message = output_error([&] { file->commit(); });
    file.emplace(target);
    file->write(std::string(2000, 'x'));  // fits the buffer
    small_message = output_error([&] { file->commit(); });
  }
  for (const std::string& message : {large_message, small_message}) {
    EXPECT_THAT(message, HasSubstr(target.string()));
    EXPECT_THAT(message, HasSubstr("File too large"));
    EXPECT_THAT(message, HasSubstr("free some space"));
  }
  EXPECT_THAT(later_message, HasSubstr("an earlier attempt"));
  EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(CreateFolders, MakesParentsAndNamesWhatIsInTheWay) {
  const TemporaryFolder folder;
  create_folders(folder.path() / "a" / "b");
  create_folders(folder.path() / "a" / "b");
  EXPECT_TRUE(fs::is_directory(folder.path() / "a" / "b"));
  write_file(folder.path() / "file", "");
  EXPECT_THAT(output_error([&] { create_folders(folder.path() / "file"); }), HasSubstr("file"));
  EXPECT_THAT(output_error([&] { create_folders(folder.path() / "file" / "c"); }),
              HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace auriga
