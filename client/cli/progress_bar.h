// Progress bars on one line of a terminal, with the time left. How far the chains of a request are:
//
//   [##########              ]  42 %  840/2000 steps, 0/64 chains done, 3 s left

#ifndef EBM_CLIENT_CLI_PROGRESS_BAR_H_
#define EBM_CLIENT_CLI_PROGRESS_BAR_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
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

// How far the rows of a file, or its bytes, are:
//
//   [##########              ]  42 %  84000 rows, 3 s left
class ShareProgressBar {
 public:
  // share: of what is done at the start, 0 to 1.
  ShareProgressBar(std::ostream& out, std::chrono::steady_clock::time_point start, double share)
      : out_(out), start_(start), share_at_start_(share) {}

  // Draws at most ten times per second.
  void Show(double share, absl::string_view amount, std::chrono::steady_clock::time_point now);
  void Clear();

 private:
  std::ostream& out_;
  const std::chrono::steady_clock::time_point start_;
  const double share_at_start_;
  std::optional<std::chrono::steady_clock::time_point> shown_;
};

// The text of the lines, without escape sequences or a line end.
std::string ProgressLine(uint64_t chain_steps_done, uint32_t chains_done, uint32_t chains, uint32_t steps,
                         absl::Duration elapsed);
// done: the share done since the start of `elapsed`.
std::string ShareProgressLine(double share, double done, absl::string_view amount, absl::Duration elapsed);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_PROGRESS_BAR_H_
