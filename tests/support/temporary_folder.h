// A temporary folder of one test, removed with its content at the end of the test.

#ifndef EBM_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define EBM_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace ebm {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(::testing::TempDir() + "/ebm-test-XXXXXX") { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

  // The path of a new file with this content.
  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(File(name), std::ios::binary) << bytes;
    return File(name);
  }

 private:
  std::string path_;
};

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
