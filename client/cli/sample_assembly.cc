#include "client/cli/sample_assembly.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

absl::Status Malformed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("the server's answer is malformed: ", what));
}

}  // namespace

void SampleAssembly::Allocate() {
  std::vector<float> values(static_cast<size_t>(chains_ * dimension_), kNan);
  states_ = MatrixBuffer(std::move(values), chains_, dimension_);
  log_densities_.assign(chains_, kNan);
  log_weights_.assign(chains_, kNan);
  steps_.assign(chains_, 0);
  ended_.assign(chains_, false);
}

void SampleAssembly::Add(const SampleFrame& frame) {
  if (frame.states.cols() != dimension_) {
    first_error_.Update(Malformed(
        absl::StrCat("states of ", frame.states.cols(), " values, expected the model's dimension ", dimension_)));
    return;
  }
  if (steps_.empty()) Allocate();
  for (size_t i = 0; i < frame.chains.size(); ++i) {
    const uint32_t chain = frame.chains[i];
    if (frame.step < steps_[chain]) continue;  // a newer state has already arrived
    std::ranges::copy(frame.states.row(static_cast<int64_t>(i)), states_.row(chain).begin());
    log_densities_[chain] = frame.log_densities[i];
    if (!frame.log_weights.empty()) log_weights_[chain] = frame.log_weights[i];
    steps_[chain] = frame.step;
    if (frame.final) ended_[chain] = true;
  }
}

absl::Status SampleAssembly::Finish(const SampleSummary& summary) {
  EBM_RETURN_IF_ERROR(first_error_);
  if (steps_.empty()) Allocate();
  for (const DivergedChain& diverged : summary.diverged_chains) {
    if (diverged.chain >= chains_) return Malformed(absl::StrCat("diverged chain ", diverged.chain, " of ", chains_));
    std::ranges::fill(states_.row(diverged.chain), kNan);
    log_densities_[diverged.chain] = kNan;
    log_weights_[diverged.chain] = kNan;
    ended_[diverged.chain] = true;
  }
  const auto missing = std::ranges::find(ended_, false);
  if (missing != ended_.end()) {
    return Malformed(absl::StrCat("no final state of chain ", missing - ended_.begin()));
  }
  return absl::OkStatus();
}

uint64_t SampleAssembly::chain_steps() const { return std::accumulate(steps_.begin(), steps_.end(), uint64_t{0}); }

uint32_t SampleAssembly::chains_ended() const { return static_cast<uint32_t>(std::ranges::count(ended_, true)); }

}  // namespace ebm::client
