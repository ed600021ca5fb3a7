// What one caller, known by its token, may hold at a time: its share of the server's chains, rows and bytes.
//
// Errors: ResourceExhausted, with the caller's name, what was asked for, what it holds and its limit.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_INFERENCE_CALLER_ACCOUNT_H_
#define EBM_SERVER_INFERENCE_CALLER_ACCOUNT_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/batching/task.h"

namespace ebm::inference {

// What calls hold until they are done, or the most that they may.
struct CallerShare {
  uint64_t chains = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;  // of requests, their results and the memory that they need

  friend bool operator==(const CallerShare&, const CallerShare&) = default;
};

inline constexpr CallerShare kNoLimit = {.chains = std::numeric_limits<uint64_t>::max(),
                                         .rows = std::numeric_limits<uint64_t>::max(),
                                         .bytes = std::numeric_limits<uint64_t>::max()};

class CallerAccount {
 private:
  struct Held {
    std::atomic<uint64_t> chains = 0;
    std::atomic<uint64_t> rows = 0;
    std::atomic<uint64_t> bytes = 0;
  };
  struct Return {
    void operator()(Held* held) const;
    std::shared_ptr<Held> account;  // keeps it alive
    CallerShare amount;
  };

 public:
  // Gives back what a call held when it is destroyed; it may outlive the account.
  using Use = std::unique_ptr<Held, Return>;

  CallerAccount(std::string name, const CallerShare& most, batching::Priority highest_priority)
      : name_(std::move(name)), most_(most), highest_priority_(highest_priority) {}

  const std::string& name() const { return name_; }
  const CallerShare& most() const { return most_; }
  // Calls of a higher priority get this one.
  batching::Priority highest_priority() const { return highest_priority_; }

  absl::StatusOr<Use> TryUse(const CallerShare& amount);

 private:
  absl::Status Take(const char* what, uint64_t wanted, uint64_t most, std::atomic<uint64_t>& held) const;

  const std::string name_;
  const CallerShare most_;
  const batching::Priority highest_priority_;
  const std::shared_ptr<Held> held_ = std::make_shared<Held>();
};

// Takes the amount from the account; without an account there is no limit.
absl::StatusOr<CallerAccount::Use> TryUse(CallerAccount* account, const CallerShare& amount);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_CALLER_ACCOUNT_H_
