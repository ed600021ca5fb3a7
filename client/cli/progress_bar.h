// A progress bar on one line of a terminal: how far the chains of a request are, and the time left.
//
//   [##########              ]  42 %  840/2000 steps, 0/64 chains done, 3 s left

#ifndef EBM_CLIENT_CLI_PROGRESS_BAR_H_
#define EBM_CLIENT_CLI_PROGRESS_BAR_H_

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

#include "absl/time/time.h"

namespace ebm::client {

class ProgressBar {
 public:
  // steps: per chain. The time left is extrapolated from the time since `start`.
  ProgressBar(std::ostream& out, uint32_t chains, uint32_t steps, std::chrono::steady_clock::time_point start)
      : out_(out), chains_(chains), steps_(steps), start_(start) {}

  void Show(uint64_t chain_steps_done, uint32_t chains_done, std::chrono::steady_clock::time_point now);

  // Erases the line, so that later output starts on an empty one.
  void Clear();

 private:
  std::ostream& out_;
  const uint32_t chains_;
  const uint32_t steps_;
  const std::chrono::steady_clock::time_point start_;
  bool shown_ = false;
};

// The text of the line, without escape sequences or a line end.
std::string ProgressLine(uint64_t chain_steps_done, uint32_t chains_done, uint32_t chains, uint32_t steps,
                         absl::Duration elapsed);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_PROGRESS_BAR_H_
