// Runs `ebm-client` without a process against a FakeServer, and keeps what it wrote.

#ifndef EBM_TESTS_CLIENT_CLI_CLIENT_HARNESS_H_
#define EBM_TESTS_CLIENT_CLI_CLIENT_HARNESS_H_

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/run_client.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "tests/client/fake_server.h"

namespace ebm::client {

class ClientHarness : public ::testing::Test {
 protected:
  // Adds --server. Returns the exit status.
  int Run(std::vector<std::string> args) {
    args.push_back("--server=" + server_.address());
    return RunBare(std::move(args));
  }

  int RunBare(std::vector<std::string> args) {
    std::ostringstream out;
    std::ostringstream err;
    const int status =
        RunClient(std::move(args),
                  {.out = out, .err = err, .out_is_terminal = out_is_terminal_, .err_is_terminal = err_is_terminal_});
    out_ = out.str();
    err_ = err.str();
    return status;
  }

  static std::string WriteFile(const std::string& name, const std::string& bytes) {
    const std::string path = testing::TempDir() + "/" + name;
    EXPECT_TRUE(WriteFileBytes(bytes, path).ok());
    return path;
  }

  FakeServer server_;
  bool out_is_terminal_ = false;
  bool err_is_terminal_ = false;
  std::string out_;
  std::string err_;
};

}  // namespace ebm::client

#endif  // EBM_TESTS_CLIENT_CLI_CLIENT_HARNESS_H_
