#include "server/inference/sample_report.h"

#include <algorithm>

namespace ebm::inference {
namespace {

// The chains that did all their steps. REQUIRES: the request ended with OK.
std::vector<uint32_t> Finished(const batching::SampleSummary& summary) {
  std::vector<uint32_t> chains;
  auto diverged = summary.diverged.begin();  // in the order of the chains
  for (uint32_t chain = 0; chain < summary.progress.size(); ++chain) {
    if (diverged != summary.diverged.end() && diverged->chain == chain) {
      ++diverged;
    } else {
      chains.push_back(chain);
    }
  }
  return chains;
}

double MedianStepSize(const std::vector<batching::ChainProgress>& progress, const std::vector<uint32_t>& chains) {
  std::vector<float> sizes;
  sizes.reserve(chains.size());
  for (const uint32_t chain : chains) sizes.push_back(progress[chain].step_size);
  const auto middle = sizes.begin() + static_cast<ptrdiff_t>(sizes.size() / 2);
  std::ranges::nth_element(sizes, middle);
  return *middle;
}

WeightSummary SummariseWeights(const std::vector<batching::ChainProgress>& progress,
                               const std::vector<uint32_t>& chains) {
  std::vector<double> log_weights;
  log_weights.reserve(chains.size());
  for (const uint32_t chain : chains) log_weights.push_back(progress[chain].log_weight);
  return Summarise(log_weights);
}

void AddDiagnostics(const SamplePlan& plan, const batching::SampleSummary& summary, SampleReport& report) {
  const std::vector<uint32_t> chains = Finished(summary);
  if (chains.empty()) return;
  if (BurnInOf(plan.settings.kernel) > 0) report.adapted_step_size = MedianStepSize(summary.progress, chains);
  if (IsWeighted(plan.settings.kernel) && chains.size() >= 2) {
    report.weights = SummariseWeights(summary.progress, chains);
  }
  if (summary.traces.has_value()) report.diagnostics = Diagnose(*summary.traces, chains, plan.held.free);
}

}  // namespace

SampleReport MakeReport(const SamplePlan& plan, const batching::SampleSummary& summary, absl::Duration total) {
  SampleReport report = {.chains_finished = summary.chains_finished,
                         .chain_steps = summary.chain_steps,
                         .queue_wait = summary.queue_wait,
                         .total = total};
  for (const batching::DivergedChain& diverged : summary.diverged) {
    report.diverged.push_back({.chain = plan.first_chain + diverged.chain, .step = diverged.step});
  }
  if (IsAdjusted(plan.settings.kernel) && summary.chain_steps > 0) {
    report.acceptance_rate = static_cast<double>(summary.accepted_steps) / static_cast<double>(summary.chain_steps);
  }
  AddDiagnostics(plan, summary, report);
  return report;
}

}  // namespace ebm::inference
