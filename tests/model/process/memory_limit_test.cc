#include "model/process/memory_limit.h"

#include <optional>

#include "gtest/gtest.h"
#include "tests/model/process/fake_root.h"

namespace ebm {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;

class MemoryLimitTest : public FakeRootTest {};

TEST_F(MemoryLimitTest, NoControlGroupMeansNoLimit) { EXPECT_EQ(CgroupMemoryLimit(root_), std::nullopt); }

TEST_F(MemoryLimitTest, ReadsVersion2) {
  Write("proc/self/cgroup", "0::/service\n");
  Write("sys/fs/cgroup/service/memory.max", "1073741824\n");
  EXPECT_EQ(CgroupMemoryLimit(root_), kGiB);
}

TEST_F(MemoryLimitTest, MaxMeansNoLimit) {
  Write("proc/self/cgroup", "0::/\n");
  Write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(CgroupMemoryLimit(root_), std::nullopt);
}

TEST_F(MemoryLimitTest, AParentGroupMayHaveALowerLimit) {
  Write("proc/self/cgroup", "0::/pod/container\n");
  Write("sys/fs/cgroup/pod/memory.max", "1073741824\n");
  Write("sys/fs/cgroup/pod/container/memory.max", "4294967296\n");
  EXPECT_EQ(CgroupMemoryLimit(root_), kGiB);
}

TEST_F(MemoryLimitTest, ReadsVersion1) {
  Write("proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n");
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(CgroupMemoryLimit(root_), std::nullopt) << "the number that means no limit";
  Write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(CgroupMemoryLimit(root_), kGiB);
}

TEST_F(MemoryLimitTest, AHostPathFallsBackToTheMount) {
  Write("proc/self/cgroup", "0::/system.slice/docker-1234.scope\n");
  Write("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(CgroupMemoryLimit(root_), kGiB);
}

TEST_F(MemoryLimitTest, InvalidNumbersMeanNoLimit) {
  Write("proc/self/cgroup", "garbage\n0::/\n");
  for (const char* text : {"", "\n", "lots", "0", "-5"}) {
    Write("sys/fs/cgroup/memory.max", text);
    EXPECT_EQ(CgroupMemoryLimit(root_), std::nullopt) << text;
  }
}

TEST_F(MemoryLimitTest, RequestsGetAQuarter) {
  EXPECT_EQ(DefaultRequestMemoryMb(root_), 1024) << "without a limit";
  Write("proc/self/cgroup", "0::/\n");
  Write("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(DefaultRequestMemoryMb(root_), 256);
  Write("sys/fs/cgroup/memory.max", "4096\n");
  EXPECT_EQ(DefaultRequestMemoryMb(root_), 1) << "at least 1";
}

}  // namespace
}  // namespace ebm
