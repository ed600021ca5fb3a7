#include "server/rpc/sample_messages.h"

#include <algorithm>
#include <vector>

#include "model/annealing/importance_weights.h"
#include "proto/convert/sampler.h"
#include "server/rpc/answers.h"
#include "server/rpc/sample_diagnostics.h"
#include "server/rpc/tensors.h"

namespace ebm::rpc {
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

v1::AnnealingSummary SummariseWeights(const std::vector<batching::ChainProgress>& progress,
                                      const std::vector<uint32_t>& chains) {
  std::vector<double> log_weights;
  log_weights.reserve(chains.size());
  for (const uint32_t chain : chains) log_weights.push_back(progress[chain].log_weight);
  const WeightSummary summary = Summarise(log_weights);
  v1::AnnealingSummary message;
  message.set_effective_sample_size(summary.effective_sample_size);
  message.set_log_z(summary.log_mean);
  message.set_log_z_standard_error(summary.standard_error);
  return message;
}

void AddDiagnostics(const ResolvedSample& sample, const batching::SampleSummary& summary, v1::SampleSummary& message) {
  const std::vector<uint32_t> chains = Finished(summary);
  if (chains.empty()) return;
  if (BurnInOf(sample.settings.kernel) > 0) {
    message.set_adapted_step_size(MedianStepSize(summary.progress, chains));
  }
  if (IsWeighted(sample.settings.kernel) && chains.size() >= 2) {
    *message.mutable_annealing() = SummariseWeights(summary.progress, chains);
  }
  if (!summary.traces.has_value()) return;
  *message.mutable_diagnostics() = Diagnose(*summary.traces, chains, sample.held.free);
}

// Sets the held coordinates of states, [chains.size(), D], to the values that the request gave.
void Restore(const HeldValues& held, const std::vector<uint32_t>& chains, std::vector<float>& states) {
  if (held.given.empty()) return;
  const size_t dimension = held.free.size();
  for (size_t i = 0; i < chains.size(); ++i) {
    for (size_t d = 0; d < dimension; ++d) {
      if (held.free[d] == 0) states[i * dimension + d] = held.given[chains[i] * dimension + d];
    }
  }
}

std::vector<float> StatesOf(const batching::Frame& frame, const ResolvedSample& sample, const DataScaling& scaling) {
  if (sample.units == v1::STATE_UNITS_SCALED) return frame.states;
  std::vector<float> states = ToData(frame.states, scaling);
  Restore(sample.held, frame.chains, states);
  return states;
}

}  // namespace

v1::SampleFrame EncodeFrame(const catalog::ServedModel& model, const ResolvedSample& sample,
                            const batching::Frame& frame) {
  v1::SampleFrame message;
  message.set_step(frame.step);
  for (const uint32_t chain : frame.chains) message.add_chains(sample.first_chain + chain);
  *message.mutable_states() = EncodeFloats(StatesOf(frame, sample, model.spec().scaling), model.spec().dimension());
  message.mutable_log_densities()->Add(frame.log_density.begin(), frame.log_density.end());
  message.set_final(frame.final_states);
  message.mutable_log_weights()->Add(frame.log_weights.begin(), frame.log_weights.end());
  return message;
}

v1::SampleSummary EncodeSummary(const catalog::ServedModel& model, const ResolvedSample& sample,
                                const batching::SampleSummary& summary, absl::Duration total) {
  v1::SampleSummary message;
  *message.mutable_model() = DescribeIdentity(model);
  message.set_seed(sample.seed);
  *message.mutable_sampler() = ToProto(sample.settings);
  message.set_temperature(TemperatureOf(sample.settings.kernel));
  message.set_chains_finished(summary.chains_finished);
  for (const batching::DivergedChain& diverged : summary.diverged) {
    v1::DivergedChain* entry = message.add_diverged_chains();
    entry->set_chain(sample.first_chain + diverged.chain);
    entry->set_step(diverged.step);
  }
  message.set_chain_steps(summary.chain_steps);
  if (IsAdjusted(sample.settings.kernel) && summary.chain_steps > 0) {
    message.set_acceptance_rate(static_cast<double>(summary.accepted_steps) / static_cast<double>(summary.chain_steps));
  }
  AddDiagnostics(sample, summary, message);
  message.set_queue_seconds(absl::ToDoubleSeconds(summary.queue_wait));
  message.set_total_seconds(absl::ToDoubleSeconds(total));
  return message;
}

}  // namespace ebm::rpc
