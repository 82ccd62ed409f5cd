#include "files/part_name.hpp"

#include <chrono>
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/face_folder.hpp"
#include "support/dead_process.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::part_of_dead_process;
using test::TemporaryFolder;
using test::write_text;

void make_older(const fs::path& path, std::chrono::hours age) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - age);
}

TEST(PartName, ReadsWhatItMakes) {
  const fs::path target = "results/a-b.part-1.csv";
  const fs::path part = part_path(target);
  EXPECT_EQ(part.parent_path(), "results");
  EXPECT_NE(part, part_path(target));
  const auto name = parse_part_name(part.filename().string());
  ASSERT_TRUE(name);
  EXPECT_EQ(name->stem, "a-b.part-1.csv");
  ASSERT_TRUE(name->owner);
  EXPECT_EQ(*name->owner, this_owner());
  EXPECT_EQ(name->owner->process, getpid());
  EXPECT_EQ(name->owner->host.size() + name->owner->boot.size(), 16u);
  for (const char* other : {"a.csv", ".part-1-2", "a.part-", "a.part-x-1", "a.part-1", "a.part-1-",
                            "a.part-1-2-3-4", "a.part--1-2", "a.part-0-1", "a.part-1-2-3-4-5",
                            "a.part-1-2-0123456789abcdeX-4", "a.part-9999999999999999999999-1"})
    EXPECT_FALSE(parse_part_name(other)) << other;
  // Those of auriga 0.1 had only the process.
  const auto early = parse_part_name("a.hog.part-123-4");
  ASSERT_TRUE(early);
  EXPECT_EQ(early->stem, "a.hog");
  EXPECT_FALSE(early->owner);
}

TEST(PartName, FitsWhereTheTargetFits) {
  for (const std::size_t length : {1u, 58u, 59u, 60u, 61u, 119u, 120u, 121u, 200u, 254u, 255u}) {
    const std::string target(length, 'n'), other = target.substr(1) + 'm';
    const std::string part = part_path(target).filename().string();
    EXPECT_LE(part.size(), std::max<std::size_t>(length, 120)) << length;
    EXPECT_EQ(parse_part_name(part)->stem, part_stem(target));
    EXPECT_NE(part_stem(target), part_stem(other));
  }
  // Names stay UTF-8.
  std::string wide;
  while (wide.size() < 252) wide += "\u00e9";
  for (const char* before : {"", "x"}) {
    const std::string stem = part_stem(before + wide);
    const std::string text = stem.substr(*before == 'x', stem.find('~') - (*before == 'x'));
    EXPECT_EQ(text.size() % 2, 0u);
  }
}

TEST(PartName, ALivingOwnerKeepsItsParts) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv", part = part_path(target);
  write_text(part, "x");
  make_older(part, std::chrono::hours(100));
  AbandonedParts().remove(target);
  EXPECT_TRUE(fs::exists(part));

  // The process of init, which lives, but did not begin then.
  const fs::path reused =
      folder.path() / ("a.csv.part-1-ffffffffff-" + this_owner().host + this_owner().boot + "-0");
  write_text(reused, "x");
  AbandonedParts().remove(target);
  EXPECT_FALSE(fs::exists(reused));
}

TEST(PartName, WhatADeadOwnerLeftIsRemoved) {
  const TemporaryFolder folder;
  for (const std::string& name : {std::string("a.csv"), std::string(255, 'n')}) {
    const fs::path target = folder.path() / name, other = folder.path() / "b.csv";
    const fs::path part = part_of_dead_process(target), of_other = part_of_dead_process(other);
    write_text(part, "x");
    write_text(of_other, "x");
    AbandonedParts parts;
    parts.remove(target);
    EXPECT_FALSE(fs::exists(part)) << name;
    EXPECT_TRUE(fs::exists(of_other));
    parts.remove(other);
    EXPECT_FALSE(fs::exists(of_other));
  }
  AbandonedParts().remove(folder.path() / "none" / "a.csv");
}

TEST(PartName, ThoseOfOtherHostsGoByAge) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv";
  const std::string there = "0123456701234567";
  for (const std::string& tail :
       {"999999999-1-" + there + "-0", std::string("999999999-0"),
        // This host before it was started anew, or another one of its name.
        "999999999-1-" + this_owner().host + "01234567-0"}) {
    const fs::path part = folder.path() / ("a.csv.part-" + tail);
    write_text(part, "x");
    AbandonedParts().remove(target);
    EXPECT_TRUE(fs::exists(part)) << tail;
    make_older(part, std::chrono::hours(24 * 365 * 20));
    AbandonedParts().remove(target);
    EXPECT_FALSE(fs::exists(part)) << tail;
  }
}

TEST(PartName, AFolderLosesOnlyItsFaces) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "v_aligned", part = part_of_dead_process(target);
  fs::create_directories(part / "mine");
  write_text(part / "frame_det_00_000001.bmp", "x");
  write_text(part / "notes.txt", "of the user");
  fs::create_directory(target);
  AbandonedParts().remove(target);
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(test::read_text(target / "notes.txt"), "of the user");
  EXPECT_TRUE(fs::is_directory(target / "mine"));
  EXPECT_FALSE(fs::exists(target / "frame_det_00_000001.bmp"));
}

}  // namespace
}  // namespace auriga
