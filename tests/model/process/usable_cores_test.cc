#include "model/process/usable_cores.h"

#include <sched.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/model/process/fake_root.h"

namespace ebm {
namespace {

class UsableCoresTest : public FakeRootTest {};

TEST_F(UsableCoresTest, NoControlGroupMeansNoQuota) { EXPECT_TRUE(std::isinf(CgroupCpuQuota(root_))); }

// As on a machine that can have 4,096 cores, of which the process may use three.
int AffinityOfALargeMachine(size_t bytes, cpu_set_t* mask) {
  if (bytes < 4096 / 8) {
    errno = EINVAL;
    return -1;
  }
  CPU_ZERO_S(bytes, mask);
  for (const int core : {0, 1500, 4000}) CPU_SET_S(core, bytes, mask);
  return 0;
}

int NoAffinity(size_t /*bytes*/, cpu_set_t* /*mask*/) {
  errno = EPERM;
  return -1;
}

TEST_F(UsableCoresTest, CountsTheCoresOfLargeMachines) {
  EXPECT_EQ(AffinityCores(AffinityOfALargeMachine), 3);
  EXPECT_EQ(AffinityCores(NoAffinity), 1);
}

TEST_F(UsableCoresTest, ReadsVersion2) {
  Write("proc/self/cgroup", "0::/service\n");
  Write("sys/fs/cgroup/service/cpu.max", "250000 100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_), 2.5);
}

TEST_F(UsableCoresTest, MaxMeansNoQuota) {
  Write("proc/self/cgroup", "0::/\n");
  Write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_TRUE(std::isinf(CgroupCpuQuota(root_)));
}

TEST_F(UsableCoresTest, AParentGroupMayHaveALowerQuota) {
  Write("proc/self/cgroup", "0::/pod/container\n");
  Write("sys/fs/cgroup/pod/cpu.max", "100000 100000\n");
  Write("sys/fs/cgroup/pod/container/cpu.max", "400000 100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_), 1);
}

TEST_F(UsableCoresTest, ReadsVersion1) {
  Write("proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n");
  Write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "300000\n");
  Write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_), 3);
}

// The line's order of controllers, and the names that the hierarchy may be mounted under.
TEST_F(UsableCoresTest, ReadsVersion1InAnyOrderOfControllers) {
  for (const char* mount : {"cpu", "cpu,cpuacct", "cpuacct,cpu"}) {
    for (const char* controllers : {"cpu,cpuacct", "cpuacct,cpu"}) {
      std::filesystem::remove_all(root_ / "sys");
      Write("proc/self/cgroup", std::string("4:") + controllers + ":/box\n");
      Write(std::string("sys/fs/cgroup/") + mount + "/box/cpu.cfs_quota_us", "200000\n");
      Write(std::string("sys/fs/cgroup/") + mount + "/box/cpu.cfs_period_us", "100000\n");
      EXPECT_EQ(CgroupCpuQuota(root_), 2) << mount << " " << controllers;
    }
  }
}

TEST_F(UsableCoresTest, MinusOneMeansNoQuota) {
  Write("proc/self/cgroup", "4:cpu,cpuacct:/\n");
  Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_TRUE(std::isinf(CgroupCpuQuota(root_)));
}

// In a container, the mount is the container's own group, while /proc/self/cgroup may hold the host's path.
TEST_F(UsableCoresTest, AHostPathFallsBackToTheMount) {
  Write("proc/self/cgroup", "0::/system.slice/docker-1234.scope\n");
  Write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_), 1.5);
}

TEST_F(UsableCoresTest, InvalidNumbersMeanNoQuota) {
  for (const char* text : {"", "\n", "lots 100000", "100000", "100000 0", "-5 100000"}) {
    Write("proc/self/cgroup", "garbage\n0::/\n");
    Write("sys/fs/cgroup/cpu.max", text);
    EXPECT_TRUE(std::isinf(CgroupCpuQuota(root_))) << text;
  }
}

TEST_F(UsableCoresTest, AreBetweenOneAndTheMachinesCores) {
  EXPECT_GE(UsableCores(), 1);
  EXPECT_LE(UsableCores(), static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace ebm
