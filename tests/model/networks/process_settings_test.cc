#include "model/networks/process_settings.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <thread>

namespace ebm {
namespace {

ptrdiff_t CountThreads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

TEST(ProcessSettingsTest, MayBeRepeated) {
  for (int i = 0; i < 2; ++i) PrepareProcess();
  EXPECT_EQ(at::get_num_threads(), 1);
}

TEST(ProcessSettingsTest, AConvolutionOnAnotherThreadStaysOnIt) {
  PrepareProcess();
  ptrdiff_t started = -1;
  std::thread([&started] {
    PrepareThread();
    const ptrdiff_t before = CountThreads();
    at::conv2d(at::empty({8, 32, 28, 28}), at::empty({32, 32, 3, 3}));
    started = CountThreads() - before;
  }).join();
  EXPECT_EQ(started, 0);
}

}  // namespace
}  // namespace ebm
