// A ModelControl for tests.

#ifndef EBM_TESTS_SERVER_RPC_OIP_FAKE_CONTROL_H_
#define EBM_TESTS_SERVER_RPC_OIP_FAKE_CONTROL_H_

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/catalog/model_control.h"

namespace ebm::rpc::oip {

// Keeps what it is asked, and answers when the test says so.
class FakeControl final : public catalog::ModelControl {
 public:
  void Load(std::string name, std::string /*version*/,
            std::function<void(absl::StatusOr<catalog::VersionStatus>)> done) override {
    const std::lock_guard<std::mutex> lock(mu);
    loads.emplace_back(std::move(name), std::move(done));
  }
  void Unload(std::string name, std::string /*version*/, std::function<void(absl::Status)> done) override {
    unloaded.push_back(std::move(name));
    done(absl::NotFoundError("not loaded"));
  }
  std::vector<catalog::VersionStatus> Index() const override { return index; }

  std::vector<std::pair<std::string, std::function<void(absl::StatusOr<catalog::VersionStatus>)>>> loads;
  std::mutex mu;  // of the loads
  std::vector<std::string> unloaded;
  std::vector<catalog::VersionStatus> index;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_TESTS_SERVER_RPC_OIP_FAKE_CONTROL_H_
