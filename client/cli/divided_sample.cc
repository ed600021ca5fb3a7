#include "client/cli/divided_sample.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "client/sample_progress.h"
#include "model/annealing/importance_weights.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// What the parts have in common while they run.
class Joined {
 public:
  Joined(const SampleRequest& request, const std::function<void(const SampleFrame&)>& on_frame)
      : request_(request), on_frame_(on_frame) {}

  void Run(const Client& client, const SampleRequest& part) {
    const uint32_t offset = part.first_chain - request_.first_chain;
    const auto take = [&](const SampleFrame& frame) { Take(frame, offset); };
    absl::StatusOr<SampleSummary> summary = client.Sample(part, take, stop_.get_token());
    const std::lock_guard lock(mu_);
    if (!summary.ok()) {
      error_.Update(summary.status());
      stop_.request_stop();
      return;
    }
    for (DivergedChain& chain : summary->diverged_chains) chain.chain += offset;
    Add(*std::move(summary));
  }

  // When all parts have ended.
  absl::StatusOr<SampleSummary> Summary() {
    EBM_RETURN_IF_ERROR(error_);
    SampleSummary whole = *std::move(whole_);
    if (whole.acceptance_rate.has_value() && whole.chain_steps > 0) {
      whole.acceptance_rate = accepted_ / static_cast<double>(whole.chain_steps);
    }
    std::ranges::sort(whole.diverged_chains, {}, &DivergedChain::chain);
    whole.annealing.reset();
    if (log_weights_.size() < 2) return whole;
    const WeightSummary weights = Summarise(SortedWeights());
    whole.annealing = AnnealingSummary{.effective_sample_size = weights.effective_sample_size,
                                       .log_z = weights.log_mean,
                                       .log_z_standard_error = weights.standard_error};
    return whole;
  }

 private:
  void Take(const SampleFrame& frame, uint32_t offset) {
    SampleFrame shifted = frame;
    for (uint32_t& chain : shifted.chains) chain += offset;
    const std::lock_guard lock(mu_);
    if (shifted.final) {
      for (size_t i = 0; i < shifted.log_weights.size(); ++i) {
        log_weights_.emplace_back(shifted.chains[i], shifted.log_weights[i]);
      }
    }
    on_frame_(shifted);
  }

  void Add(SampleSummary part) {
    accepted_ += part.acceptance_rate.value_or(0) * static_cast<double>(part.chain_steps);
    if (!whole_.has_value()) {
      whole_ = std::move(part);
      return;
    }
    whole_->chains_finished += part.chains_finished;
    whole_->chain_steps += part.chain_steps;
    whole_->diverged_chains.insert(whole_->diverged_chains.end(), part.diverged_chains.begin(),
                                   part.diverged_chains.end());
    whole_->adapted_step_size.reset();
    whole_->queue_seconds = std::max(whole_->queue_seconds, part.queue_seconds);
    whole_->total_seconds = std::max(whole_->total_seconds, part.total_seconds);
  }

  // In the order of the chains, so that a sum does not depend on which part was first.
  std::vector<double> SortedWeights() {
    std::ranges::sort(log_weights_);
    std::vector<double> values;
    values.reserve(log_weights_.size());
    for (const auto& [chain, weight] : log_weights_) values.push_back(weight);
    return values;
  }

  const SampleRequest& request_;
  const std::function<void(const SampleFrame&)>& on_frame_;
  std::stop_source stop_;
  std::mutex mu_;
  absl::Status error_;  // the first one
  std::optional<SampleSummary> whole_;
  double accepted_ = 0;                                   // steps
  std::vector<std::pair<uint32_t, double>> log_weights_;  // chain, ln w
};

}  // namespace

std::vector<SampleRequest> Divide(const SampleRequest& request, uint32_t parts) {
  std::vector<SampleRequest> divided;
  const uint64_t count = std::min(parts, request.chains);
  for (uint64_t part = 0; part < count; ++part) {
    const auto first = static_cast<uint32_t>(request.chains * part / count);
    const auto end = static_cast<uint32_t>(request.chains * (part + 1) / count);
    divided.push_back(PartOf(request, first, end - first));
  }
  return divided;
}

absl::StatusOr<SampleSummary> SampleInParts(const Client& client, const SampleRequest& request, uint32_t parts,
                                            const std::function<void(const SampleFrame&)>& on_frame) {
  Joined joined(request, on_frame);
  const std::vector<SampleRequest> divided = Divide(request, parts);
  {
    std::vector<std::jthread> threads;
    threads.reserve(divided.size());
    for (const SampleRequest& part : divided) threads.emplace_back([&] { joined.Run(client, part); });
  }
  return joined.Summary();
}

}  // namespace ebm::client
