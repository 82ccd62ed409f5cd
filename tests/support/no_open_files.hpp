// A process that is at its limit of open files.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace auriga::test {

// While it lives, nothing can be opened.
class NoOpenFiles {
 public:
  NoOpenFiles() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    const int lowest = dup(STDERR_FILENO);
    close(lowest);
    set(static_cast<rlim_t>(lowest));
  }
  ~NoOpenFiles() { set(before_.rlim_cur); }
  NoOpenFiles(const NoOpenFiles&) = delete;
  NoOpenFiles& operator=(const NoOpenFiles&) = delete;

 private:
  void set(rlim_t most) const {
    const rlimit limit{most, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  rlimit before_{};
};

}  // namespace auriga::test
