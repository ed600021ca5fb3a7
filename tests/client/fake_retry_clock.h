// A RetryClock whose time passes only by waiting, which takes none. Its chance is always the mean, 1/2.

#ifndef EBM_TESTS_CLIENT_FAKE_RETRY_CLOCK_H_
#define EBM_TESTS_CLIENT_FAKE_RETRY_CLOCK_H_

#include <stop_token>
#include <vector>

#include "absl/time/time.h"
#include "client/retry.h"

namespace ebm::client {

// For one thread.
class FakeRetryClock final : public RetryClock {
 public:
  absl::Duration Now() override { return now_; }
  void Wait(absl::Duration time, const std::stop_token& /*stop*/) override {
    now_ += time;
    waits.push_back(time);
  }
  double Chance() override { return 0.5; }

  std::vector<absl::Duration> waits;

 private:
  absl::Duration now_;
};

}  // namespace ebm::client

#endif  // EBM_TESTS_CLIENT_FAKE_RETRY_CLOCK_H_
