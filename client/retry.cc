#include "client/retry.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include "absl/strings/match.h"

namespace ebm::client {
namespace {

class SystemClock final : public RetryClock {
 public:
  absl::Duration Now() override { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

  void Wait(absl::Duration time, const std::stop_token& stop) override {
    std::mutex mu;
    std::condition_variable_any woken;
    std::unique_lock lock(mu);
    woken.wait_for(lock, stop, absl::ToChronoNanoseconds(time), [] { return false; });
  }

  double Chance() override {
    std::random_device device;
    return std::uniform_real_distribution<double>()(device);
  }
};

}  // namespace

RetryBudget::RetryBudget(const RetryOptions& options)
    : most_(2.0 * options.burst), added_(options.budget), tokens_(most_) {}

void RetryBudget::NoteAnswer() {
  const absl::MutexLock lock(&mu_);
  tokens_ = std::min(most_, tokens_ + added_);
}

bool RetryBudget::NoteFailure() {
  const absl::MutexLock lock(&mu_);
  tokens_ = std::max(0.0, tokens_ - 1);
  return tokens_ >= most_ / 2;
}

std::shared_ptr<RetryClock> SystemRetryClock() { return std::make_shared<SystemClock>(); }

bool IsOverload(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted &&
         !absl::StrContains(status.message(), "message larger than max");
}

bool IsRetryable(const absl::Status& status) { return absl::IsUnavailable(status) || IsOverload(status); }

absl::Duration WaitBefore(int retry, const absl::Status& status, const RetryOptions& options, double chance) {
  const bool overload = IsOverload(status);
  const absl::Duration first = overload ? options.first_overload_wait : options.first_wait;
  const absl::Duration longest = overload ? options.longest_overload_wait : options.longest_wait;
  return std::min(longest, first * (1 << std::min(retry, 16))) * (0.5 + chance / 2);
}

}  // namespace ebm::client
