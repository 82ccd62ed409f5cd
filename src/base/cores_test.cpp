#include "base/cores.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <sched.h>

namespace auriga {
namespace {

TEST(Cores, OfAQuota) {
  EXPECT_EQ(cores_of_cpu_max("200000 100000\n"), 2);
  EXPECT_EQ(cores_of_cpu_max("150000 100000\n"), 2);
  EXPECT_EQ(cores_of_cpu_max("10000 100000"), 1);
  EXPECT_EQ(cores_of_cpu_max("9223372036854775807 1"), 1 << 20);
  for (const char* none : {"", "\n", "max 100000\n", "max", "200000", "-1 100000", "0 100000",
                           "200000 0", "many 100000", "2e5 100000", "99999999999999999999 1"})
    EXPECT_EQ(cores_of_cpu_max(none), std::nullopt) << none;
  EXPECT_EQ(cores_of_cfs("400000\n", "100000\n"), 4);
  EXPECT_EQ(cores_of_cfs("-1\n", "100000\n"), std::nullopt);
}

TEST(Cores, TheGroupOfTheProcess) {
  const char* v2 = "0::/user.slice/run.scope\n";
  EXPECT_EQ(control_group(v2, ""), "/user.slice/run.scope");
  EXPECT_EQ(control_group(v2, "cpu"), std::nullopt);
  const char* v1 = "12:memory:/a\n4:cpu,cpuacct:/docker/1:2\n3:cpuset:/\n1:name=systemd:/x\n0::/y";
  EXPECT_EQ(control_group(v1, "cpu"), "/docker/1:2");
  EXPECT_EQ(control_group(v1, "cpuacct"), "/docker/1:2");
  EXPECT_EQ(control_group(v1, "cpuset"), "/");
  EXPECT_EQ(control_group(v1, "cp"), std::nullopt);
  EXPECT_EQ(control_group(v1, ""), "/y");
  for (const char* bad : {"", "\n\n", "0", "0:", ":", "0:cpu"})
    EXPECT_EQ(control_group(bad, "cpu"), std::nullopt) << bad;
}

TEST(Cores, HeedsTheAffinity) {
  const int all = cores_allowed();
  EXPECT_GE(all, 1);
  std::thread([] {
    cpu_set_t before, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
    CPU_ZERO(&one);
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &before)) {
        CPU_SET(core, &one);
        break;
      }
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(cores_allowed(), 1);
  }).join();
  EXPECT_EQ(cores_allowed(), all);
}

}  // namespace
}  // namespace auriga
