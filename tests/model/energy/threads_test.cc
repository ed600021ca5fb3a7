#include "model/energy/threads.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace ebm {
namespace {

TEST(ThreadsTest, SetsHowManyThreadsLibTorchUses) {
  SetComputeThreads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_EQ(at::get_num_interop_threads(), 1);
}

}  // namespace
}  // namespace ebm
