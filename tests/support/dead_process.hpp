// What a process that was killed leaves behind.
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/part_name.hpp"

namespace auriga::test {

// The path of a part of `target` that a process has made which has ended. Nothing is created.
inline std::filesystem::path part_of_dead_process(const std::filesystem::path& target) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string path = part_path(target).string();
    _exit(write(ends[1], path.data(), path.size()) < 0);
  }
  close(ends[1]);
  std::string path(4096, '\0');
  path.resize(static_cast<std::size_t>(read(ends[0], path.data(), path.size())));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return path;
}

}  // namespace auriga::test
