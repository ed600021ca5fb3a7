#include "client/cli/progress_bar.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace ebm::client {
namespace {

constexpr uint64_t kBarWidth = 24;
constexpr char kStartOfLineAndErase[] = "\r\x1b[K";
constexpr std::chrono::milliseconds kRedrawInterval(100);

std::string BarText(size_t filled) { return std::string(filled, '#') + std::string(kBarWidth - filled, ' '); }

}  // namespace

std::string ProgressLine(uint64_t chain_steps_done, uint32_t chains_done, uint32_t chains, uint32_t steps,
                         absl::Duration elapsed) {
  const uint64_t all = std::max<uint64_t>(1, uint64_t{chains} * steps);
  const uint64_t done = std::min(chain_steps_done, uint64_t{chains} * steps);
  const auto filled = static_cast<size_t>(kBarWidth * done / all);
  const double to_go = static_cast<double>(all - done) / static_cast<double>(std::max<uint64_t>(1, done));
  const std::string left = done > 0 ? absl::StrFormat(", %.0f s left", absl::ToDoubleSeconds(elapsed) * to_go) : "";
  return absl::StrFormat("[%s] %3d %%  %d/%d steps, %d/%d chains done%s", BarText(filled), 100 * done / all,
                         done / std::max(1U, chains), steps, chains_done, chains, left);
}

std::string ShareProgressLine(double share, double done, absl::string_view amount, absl::Duration elapsed) {
  const auto filled = static_cast<size_t>(static_cast<double>(kBarWidth) * std::clamp(share, 0.0, 1.0));
  const std::string left =
      done > 0 ? absl::StrFormat(", %.0f s left", absl::ToDoubleSeconds(elapsed) * (1 - share) / done) : "";
  return absl::StrFormat("[%s] %3.0f %%  %s%s", BarText(filled), 100 * share, amount, left);
}

void ShareProgressBar::Show(double share, absl::string_view amount, std::chrono::steady_clock::time_point now) {
  if (shown_.has_value() && now - *shown_ < kRedrawInterval) return;
  out_ << kStartOfLineAndErase
       << ShareProgressLine(share, share - share_at_start_, amount, absl::FromChrono(now - start_)) << std::flush;
  shown_ = now;
}

void ShareProgressBar::Clear() {
  if (shown_.has_value()) out_ << kStartOfLineAndErase << std::flush;
  shown_.reset();
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
