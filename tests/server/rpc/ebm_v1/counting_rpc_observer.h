// Counts the events of calls by method, and keeps the records of the log.

#ifndef EBM_TESTS_SERVER_RPC_EBM_V1_COUNTING_RPC_OBSERVER_H_
#define EBM_TESTS_SERVER_RPC_EBM_V1_COUNTING_RPC_OBSERVER_H_

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/rpc/call_record.h"
#include "server/rpc/code_name.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc::ebm_v1 {

// Events: "started METHOD", "received METHOD", "sent METHOD", "handled CODE METHOD"; a method is "type service/method".
class CountingRpcObserver final : public RpcObserver {
 public:
  MethodObserver* OfMethod(const RpcMethod& method) override {
    return methods_.emplace_back(std::make_unique<Method>(this, method)).get();
  }
  int operator[](const std::string& event) const {
    const std::lock_guard<std::mutex> lock(mu_);
    const auto found = counts_.find(event);
    return found == counts_.end() ? 0 : found->second;
  }
  // Whether the event is counted within half a minute. A client that cancels does not wait for the server.
  bool BecomesCounted(const std::string& event) const {
    std::unique_lock<std::mutex> lock(mu_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return counts_.contains(event); });
  }
  std::map<std::string, int> counts() const {
    const std::lock_guard<std::mutex> lock(mu_);
    return counts_;
  }
  // The calls of every method that have started and not ended. Negative if calls have ended twice.
  std::map<std::string, int> Open() const {
    const std::lock_guard<std::mutex> lock(mu_);
    return open_;
  }

 private:
  class Method final : public MethodObserver {
   public:
    Method(CountingRpcObserver* counts, const RpcMethod& method)
        : counts_(*counts), name_(absl::StrCat(method.type, " ", method.service, "/", method.method)) {}

    void Started() override { counts_.Count("started", name_, +1); }
    void MessageReceived() override { counts_.Count("received", name_, 0); }
    void MessageSent() override { counts_.Count("sent", name_, 0); }
    void Handled(absl::StatusCode code, absl::Duration since_start) override {
      EXPECT_GE(since_start, absl::ZeroDuration());
      counts_.Count(absl::StrCat("handled ", CodeName(code)), name_, -1);
    }

   private:
    CountingRpcObserver& counts_;
    const std::string name_;
  };

  void Count(const std::string& event, const std::string& method, int opened) {
    const std::lock_guard<std::mutex> lock(mu_);
    ++counts_[absl::StrCat(event, " ", method)];
    open_[method] += opened;
    changed_.notify_all();
  }

  std::vector<std::unique_ptr<Method>> methods_;
  mutable std::mutex mu_;
  mutable std::condition_variable changed_;
  std::map<std::string, int> counts_;
  std::map<std::string, int> open_;
};

class KeptCalls final : public CallLog {
 public:
  bool Wants(absl::StatusCode code) override { return code != unwanted; }
  void Ended(const CallRecord& call) override {
    const std::lock_guard<std::mutex> lock(mu_);
    calls_.push_back(call);
  }
  std::vector<CallRecord> calls() const {
    const std::lock_guard<std::mutex> lock(mu_);
    return calls_;
  }

  absl::StatusCode unwanted = absl::StatusCode::kDataLoss;  // which no call of these tests has

 private:
  mutable std::mutex mu_;
  std::vector<CallRecord> calls_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_TESTS_SERVER_RPC_EBM_V1_COUNTING_RPC_OBSERVER_H_
