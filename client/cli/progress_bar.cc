#include "client/cli/progress_bar.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace ebm::client {
namespace {

constexpr uint64_t kBarWidth = 24;
constexpr char kStartOfLineAndErase[] = "\r\x1b[K";

}  // namespace

std::string ProgressLine(uint64_t chain_steps_done, uint32_t chains_done, uint32_t chains, uint32_t steps,
                         absl::Duration elapsed) {
  const uint64_t all = std::max<uint64_t>(1, uint64_t{chains} * steps);
  const uint64_t done = std::min(chain_steps_done, uint64_t{chains} * steps);
  const auto filled = static_cast<size_t>(kBarWidth * done / all);
  const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, ' ');
  const double to_go = static_cast<double>(all - done) / static_cast<double>(std::max<uint64_t>(1, done));
  const std::string left = done > 0 ? absl::StrFormat(", %.0f s left", absl::ToDoubleSeconds(elapsed) * to_go) : "";
  return absl::StrFormat("[%s] %3d %%  %d/%d steps, %d/%d chains done%s", bar, 100 * done / all,
                         done / std::max(1U, chains), steps, chains_done, chains, left);
}

void ProgressBar::Show(uint64_t chain_steps_done, uint32_t chains_done, std::chrono::steady_clock::time_point now) {
  out_ << kStartOfLineAndErase
       << ProgressLine(chain_steps_done, chains_done, chains_, steps_, absl::FromChrono(now - start_)) << std::flush;
  shown_ = true;
}

void ProgressBar::Clear() {
  if (shown_) out_ << kStartOfLineAndErase << std::flush;
  shown_ = false;
}

}  // namespace ebm::client
