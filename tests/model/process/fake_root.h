// A temporary root folder with the files of /proc and /sys that a test writes.

#ifndef EBM_TESTS_MODEL_PROCESS_FAKE_ROOT_H_
#define EBM_TESTS_MODEL_PROCESS_FAKE_ROOT_H_

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace ebm {

class FakeRootTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  std::filesystem::path root_;
};

}  // namespace ebm

#endif  // EBM_TESTS_MODEL_PROCESS_FAKE_ROOT_H_
