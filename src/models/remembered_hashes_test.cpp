#include "models/remembered_hashes.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "support/dead_process.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::write_text;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kSecond_ns = 1'000'000'000;

RememberedHash some_hash(unsigned number) {
  const std::string digit(1, "0123456789abcdef"[number % 16]);
  RememberedHash hash;
  hash.state = {number, ~std::uint64_t{0}, number * 7, std::numeric_limits<std::int64_t>::min(),
                -kSecond_ns};
  hash.hashed_ns = 5 * kSecond_ns + number;
  for (int i = 0; i < 64; ++i) hash.sha256 += digit;
  return hash;
}

// Lines with a header that fits them, as only this class of text is accepted.
std::string sealed(const std::string& lines) {
  Sha256 hash;
  hash.update(lines);
  return "auriga verified models 1 " + hash.hex_digest() + "\n" + lines;
}

TEST(HashTableText, IsReadAsItWasWritten) {
  HashTable hashes;
  for (unsigned i = 0; i < 50; ++i)
    hashes["/models/" + std::to_string(i) + " with blanks \xff"] = some_hash(i);
  EXPECT_EQ(parse_hashes(format_hashes(hashes)), hashes);
  EXPECT_THAT(parse_hashes(format_hashes({})), IsEmpty());
}

TEST(HashTableText, AnyDamageMakesItEmpty) {
  const std::string text = format_hashes({{"/a", some_hash(1)}, {"/b", some_hash(2)}});
  ASSERT_THAT(parse_hashes(text), SizeIs(2));
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_THAT(parse_hashes(text.substr(0, i)), IsEmpty()) << "cut off after " << i;
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_THAT(parse_hashes(damaged), IsEmpty()) << "bit of byte " << i;
  }
  EXPECT_THAT(parse_hashes(text + "\n"), IsEmpty());
  EXPECT_THAT(parse_hashes(text + text), IsEmpty());
}

TEST(HashTableText, LinesOfAnotherFormAreRefused) {
  const std::string sha256(64, 'a');
  EXPECT_THAT(parse_hashes(sealed(sha256 + " 1 2 3 -4 5 6 /file\n")), SizeIs(1));
  for (const std::string& lines : {
           sha256 + " 1 2 3 4 5 6 /file",                      // no end of line
           sha256 + " 1 2 3 4 5 6 file\n",                     // no absolute path
           sha256 + " 1 2 3 4 5 6 \n",                         // no path
           sha256 + " 1 2 3 4 5 /file\n",                      // a number too few
           sha256 + " 1 2 3 4 5 6 7 /file\n",                  // a number too many
           sha256 + " -1 2 3 4 5 6 /file\n",                   // below zero
           sha256 + " 1 2 3 4 5 9223372036854775808 /file\n",  // too large
           sha256 + " 1 2 3 4 5 6e1 /file\n",                  // no number
           std::string(63, 'a') + " 1 2 3 4 5 6 /file\n",      // too short
           std::string(64, 'A') + " 1 2 3 4 5 6 /file\n",      // other digits
           sha256 + "\n", std::string("\n"), sha256 + " 1 2 3 4 5 6 /file\n\n",
           sha256 + " 1 2 3 4 5 6 /file\n" + sha256 + " 1 2 3 4 5 7 /file\n",  // twice
       })
    EXPECT_THAT(parse_hashes(sealed(lines)), IsEmpty()) << lines;
}

TEST(HashTableText, OfManyTheLastOnesAreKept) {
  HashTable hashes;
  for (unsigned i = 0; i < 100000; ++i) hashes["/models/" + std::to_string(i)] = some_hash(i);
  const std::string text = format_hashes(hashes);
  EXPECT_LE(text.size(), kMostHashBytes);
  EXPECT_GT(text.size(), kMostHashBytes - 300);
  const HashTable kept = parse_hashes(text);
  ASSERT_GT(kept.size(), 5000u);
  for (std::size_t i = 0; i < kept.size(); ++i)
    EXPECT_TRUE(kept.contains("/models/" + std::to_string(99999 - i))) << i;
}

class RememberedHashesTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(cache_);
    write_text(model_, "abc");
  }
  // As if so much time had passed since the file changed. A negative one: our clock is behind.
  RememberedHashes later(std::int64_t ns = 10 * kSecond_ns) const {
    return RememberedHashes(cache_, [ns, this] {
      const FileState state = state_of(model_).value();
      return std::max(state.changed_ns, state.modified_ns) + ns;
    });
  }
  void remember() const {
    RememberedHashes hashes = later();
    EXPECT_EQ(hashes.sha256(model_), kAbc);
    hashes.save();
  }
  std::optional<std::string> remembered() const { return RememberedHashes(cache_).find(model_); }
  HashTable on_disk() const { return parse_hashes(read_text(file_)); }

  // Puts the time of modification back to what it was before `change`.
  template <typename Change>
  void behind_its_back(Change change) const {
    // Longer than the granularity of the file system's clock.
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    struct stat before;
    ASSERT_EQ(stat(model_.c_str(), &before), 0);
    change();
    const timespec times[] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, model_.c_str(), times, 0), 0);
    struct stat after;
    ASSERT_EQ(stat(model_.c_str(), &after), 0);
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    EXPECT_EQ(after.st_size, before.st_size);
  }

  static constexpr const char* kAbc =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  test::TemporaryFolder folder_;
  const fs::path cache_ = folder_.path() / "cache", model_ = folder_.path() / "model.onnx",
                 file_ = cache_ / "verified-models.txt";
};

TEST_F(RememberedHashesTest, AreThereNextTime) {
  EXPECT_EQ(remembered(), std::nullopt);
  remember();
  EXPECT_EQ(remembered(), kAbc);
  EXPECT_THAT(on_disk(), SizeIs(1));
  EXPECT_EQ(RememberedHashes(cache_).find(folder_.path() / "." / "cache" / ".." / "model.onnx"),
            kAbc);
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(RememberedHashesTest, AreNotWrittenAgainWithoutNews) {
  remember();
  const FileState before = state_of(file_).value();
  remember();
  EXPECT_EQ(state_of(file_).value(), before);
}

TEST_F(RememberedHashesTest, AnAlteredFileOfEqualSizeIsNoticed) {
  remember();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  write_text(model_, "abd");
  EXPECT_EQ(remembered(), std::nullopt);
  EXPECT_EQ(RememberedHashes(cache_).sha256(model_), sha256_of_file(model_));
}

TEST_F(RememberedHashesTest, ARestoredTimeOfModificationHidesNoChange) {
  remember();
  behind_its_back([&] { write_text(model_, "abd"); });
  EXPECT_EQ(remembered(), std::nullopt);
  EXPECT_EQ(RememberedHashes(cache_).sha256(model_), sha256_of_file(model_));
}

TEST_F(RememberedHashesTest, AnotherFileInItsPlaceIsNoticed) {
  remember();
  const fs::path other = folder_.path() / "other";
  behind_its_back([&] {
    write_text(other, "abd");
    fs::rename(other, model_);
  });
  EXPECT_EQ(remembered(), std::nullopt);
}

TEST_F(RememberedHashesTest, EveryPartOfTheStateCounts) {
  remember();
  const HashTable sound = on_disk();
  ASSERT_THAT(sound, SizeIs(1));
  const auto with = [&](auto change) {
    HashTable changed = sound;
    change(changed.begin()->second.state);
    write_text(file_, format_hashes(changed));
    return remembered();
  };
  EXPECT_EQ(with([](FileState&) {}), kAbc);
  EXPECT_EQ(with([](FileState& state) { ++state.device; }), std::nullopt);
  EXPECT_EQ(with([](FileState& state) { ++state.inode; }), std::nullopt);
  EXPECT_EQ(with([](FileState& state) { ++state.size; }), std::nullopt);
  EXPECT_EQ(with([](FileState& state) { --state.modified_ns; }), std::nullopt);
  EXPECT_EQ(with([](FileState& state) { --state.changed_ns; }), std::nullopt);
  fs::create_hard_link(model_, folder_.path() / "link");
  remember();
  EXPECT_EQ(RememberedHashes(cache_).find(folder_.path() / "link"), std::nullopt) << "the path";
}

// A change right after hashing may leave the times as they are.
TEST_F(RememberedHashesTest, AFileThatHasJustChangedIsNotRemembered) {
  for (const std::int64_t age :
       {-10 * kSecond_ns, std::int64_t{0}, 2 * kSecond_ns - 1, 2 * kSecond_ns}) {
    RememberedHashes hashes = later(age);
    EXPECT_EQ(hashes.sha256(model_), kAbc);
    hashes.save();
    EXPECT_EQ(remembered().has_value(), age == 2 * kSecond_ns) << age;
  }
  // Whatever is in the file.
  HashTable hashes = on_disk();
  ASSERT_THAT(hashes, SizeIs(1));
  for (const std::int64_t hashed : {hashes.begin()->second.hashed_ns - 1, std::int64_t{0},
                                    std::numeric_limits<std::int64_t>::min()}) {
    hashes.begin()->second.hashed_ns = hashed;
    write_text(file_, format_hashes(hashes));
    EXPECT_EQ(remembered(), std::nullopt) << hashed;
  }
}

// As a copy that keeps the times of the original.
TEST_F(RememberedHashesTest, AnOldTimeOfModificationMakesAFileNoOlder) {
  const timespec times[] = {{0, UTIME_NOW}, {1'000'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, model_.c_str(), times, 0), 0);
  for (const std::int64_t age : {kSecond_ns, 2 * kSecond_ns}) {
    RememberedHashes hashes = later(age);
    EXPECT_EQ(hashes.sha256(model_), kAbc);
    hashes.save();
    EXPECT_EQ(remembered().has_value(), age == 2 * kSecond_ns) << age;
  }
}

TEST_F(RememberedHashesTest, ATimeOfModificationInTheFutureIsNotRemembered) {
  const timespec times[] = {{0, UTIME_NOW}, {4'000'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, model_.c_str(), times, 0), 0);
  const std::int64_t changed = state_of(model_)->changed_ns;
  RememberedHashes hashes(cache_, [&] { return changed + 10 * kSecond_ns; });
  EXPECT_EQ(hashes.sha256(model_), kAbc);
  hashes.save();
  EXPECT_EQ(remembered(), std::nullopt);
}

TEST_F(RememberedHashesTest, AFileThatChangesWhileItIsHashedIsNotRemembered) {
  const std::int64_t now = state_of(model_)->changed_ns + 3600 * kSecond_ns;
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  RememberedHashes hashes(cache_, [&] {
    write_text(model_, "abd");
    return now;
  });
  const std::string found = hashes.sha256(model_);
  EXPECT_EQ(found, sha256_of_file(model_));
  EXPECT_NE(found, kAbc);
  hashes.save();
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(RememberedHashesTest, HashingReadsTheFileWhateverIsRemembered) {
  remember();
  HashTable wrong = on_disk();
  wrong.begin()->second.sha256 = std::string(64, 'a');
  write_text(file_, format_hashes(wrong));
  RememberedHashes hashes = later(20 * kSecond_ns);
  EXPECT_EQ(hashes.sha256(model_), std::string(64, 'a'));
  EXPECT_EQ(hashes.hash(model_), kAbc);
  EXPECT_EQ(hashes.sha256(model_), kAbc);
  hashes.save();
  EXPECT_EQ(remembered(), kAbc);
}

TEST_F(RememberedHashesTest, ADamagedFileIsReplaced) {
  remember();
  const std::string sound = read_text(file_);
  for (const std::string& damage :
       {std::string(), std::string("auriga"), sound.substr(0, sound.size() / 2),
        sound.substr(0, sound.size() - 1), std::string(5000, '\0'),
        std::string(3 * kMostHashBytes, 'x')}) {
    write_text(file_, damage);
    EXPECT_EQ(remembered(), std::nullopt);
    remember();
    EXPECT_EQ(read_text(file_), sound);
  }
}

TEST_F(RememberedHashesTest, WhatAKilledProgramLeftIsRemoved) {
  const fs::path part = test::part_of_dead_process(file_);
  write_text(part, "auriga");
  remember();
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(remembered(), kAbc);
}

TEST_F(RememberedHashesTest, AHugeFileIsReplacedByASmallOne) {
  std::string lines;
  for (unsigned i = 0; i < 100000; ++i)
    lines += std::string(64, 'a') + " 1 2 3 4 5 6000000000 /models/" + std::to_string(i) + "\n";
  write_text(file_, sealed(lines));
  EXPECT_EQ(remembered(), std::nullopt);
  remember();
  EXPECT_LE(fs::file_size(file_), kMostHashBytes);
  EXPECT_EQ(remembered(), kAbc);
}

TEST_F(RememberedHashesTest, AFileThatOthersMayWriteToIsNotTrusted) {
  remember();
  for (const fs::perms others : {fs::perms::group_write, fs::perms::others_write}) {
    fs::permissions(file_, others, fs::perm_options::add);
    EXPECT_EQ(remembered(), std::nullopt);
    fs::permissions(file_, others, fs::perm_options::remove);
    EXPECT_EQ(remembered(), kAbc);
  }
}

TEST_F(RememberedHashesTest, WithoutAFolderTheyAreComputed) {
  fs::remove(cache_);
  write_text(folder_.path() / "file", "");
  for (const fs::path& folder : {fs::path(), cache_, folder_.path() / "file", fs::path("/proc")}) {
    RememberedHashes hashes(folder, [] { return std::numeric_limits<std::int64_t>::max(); });
    EXPECT_EQ(hashes.sha256(model_), kAbc) << folder;
    hashes.save();
    EXPECT_EQ(hashes.find(model_), kAbc) << "not even until the end of the program";
    EXPECT_EQ(RememberedHashes(folder).find(model_), std::nullopt) << folder;
  }
  EXPECT_FALSE(fs::exists(cache_)) << "nobody asked for that folder";
  EXPECT_FALSE(fs::exists("verified-models.txt"));
}

TEST_F(RememberedHashesTest, AFolderOrPipeInThePlaceOfTheFileIsLeftAlone) {
  fs::create_directory(file_);
  remember();
  EXPECT_TRUE(fs::is_directory(file_));
  EXPECT_EQ(std::distance(fs::directory_iterator(cache_), {}), 1) << "something was left behind";
  fs::remove(file_);
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(remembered(), std::nullopt) << "and does not wait for it";
}

TEST_F(RememberedHashesTest, WhatCannotBeReadIsAnError) {
  RememberedHashes hashes = later();
  try {
    hashes.sha256(folder_.path() / "none");
    FAIL() << "a hash of nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
  }
}

TEST_F(RememberedHashesTest, APathWithAnEndOfLineIsNotRemembered) {
  const fs::path odd = folder_.path() / "two\nlines";
  write_text(odd, "abc");
  RememberedHashes hashes = later();
  EXPECT_EQ(hashes.sha256(odd), kAbc);
  EXPECT_EQ(hashes.sha256(model_), kAbc);
  hashes.save();
  EXPECT_THAT(on_disk(), SizeIs(1));
}

// Each adds files while the others do; at no moment is the file damaged, and nothing is left.
TEST_F(RememberedHashesTest, ManyMayWriteAtATime) {
  constexpr int kWriters = 8, kFiles = 10;
  const auto file_of = [&](int writer, int i) {
    return folder_.path() / (std::to_string(writer) + "-" + std::to_string(i));
  };
  for (int writer = 0; writer < kWriters; ++writer)
    for (int i = 0; i < kFiles; ++i) write_text(file_of(writer, i), "abc");
  remember();
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < kWriters; ++writer)
      threads.emplace_back([&, writer] {
        for (int i = 0; i < kFiles; ++i) {
          RememberedHashes hashes(cache_, [] { return std::numeric_limits<std::int64_t>::max(); });
          EXPECT_FALSE(parse_hashes(read_text(file_)).empty()) << "a damaged file was seen";
          hashes.sha256(file_of(writer, i));
          hashes.save();
        }
      });
  }
  EXPECT_GE(on_disk().size(), static_cast<std::size_t>(kFiles));
  EXPECT_EQ(std::distance(fs::directory_iterator(cache_), {}), 1) << "something was left behind";
  // Those that lost a race are added the next time, to the others.
  for (int writer = 0; writer < kWriters; ++writer) {
    RememberedHashes hashes(cache_, [] { return std::numeric_limits<std::int64_t>::max(); });
    for (int i = 0; i < kFiles; ++i) hashes.sha256(file_of(writer, i));
    hashes.save();
  }
  EXPECT_THAT(on_disk(), SizeIs(kWriters * kFiles + 1));
}

}  // namespace
}  // namespace auriga
