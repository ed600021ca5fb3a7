#include "client/sample_progress.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ebm::client {
namespace {

bool CanContinue(const SampleRequest& request, const std::optional<SamplerSettings>& settings) {
  return request.state_units == StateUnits::kScaled && !request.diagnostics && settings.has_value() &&
         CheckContinuable(settings->kernel).ok();
}

template <typename T>
void KeepPlaces(const std::vector<size_t>& places, std::vector<T>& values) {
  if (values.empty()) return;
  for (size_t i = 0; i < places.size(); ++i) values[i] = values[places[i]];
  values.resize(places.size());
}

// Leaves the chains at these places of the frame, in increasing order.
void KeepPlaces(const std::vector<size_t>& places, SampleFrame& frame) {
  if (places.size() == frame.chains.size()) return;
  MatrixBuffer states(std::ssize(places), frame.states.cols());
  for (size_t i = 0; i < places.size(); ++i) {
    std::ranges::copy(std::as_const(frame.states).row(static_cast<int64_t>(places[i])),
                      states.row(static_cast<int64_t>(i)).begin());
  }
  frame.states = std::move(states);
  KeepPlaces(places, frame.chains);
  KeepPlaces(places, frame.log_densities);
  KeepPlaces(places, frame.log_weights);
}

MatrixBuffer TakeRows(const MatrixBuffer& states, uint32_t first, uint32_t count) {
  const std::span<const float> values = states.view().rows_from(first, count).values();
  return MatrixBuffer({values.begin(), values.end()}, count, states.cols());
}

}  // namespace

SampleRequest PartOf(const SampleRequest& request, uint32_t first, uint32_t count) {
  SampleRequest part = request;
  part.first_chain = request.first_chain + first;
  part.chains = count;
  if (request.start_states.rows() == request.chains) part.start_states = TakeRows(request.start_states, first, count);
  return part;
}

SampleProgress::SampleProgress(SampleRequest request, std::optional<SamplerSettings> settings)
    : request_(std::move(request)),
      settings_(settings),
      continues_(CanContinue(request_, settings_)),
      chains_(request_.chains) {}

void SampleProgress::Take(const SampleRequest& piece, SampleFrame& frame) {
  const uint32_t offset = piece.first_chain - request_.first_chain;
  std::vector<size_t> places;
  for (size_t i = 0; i < frame.chains.size(); ++i) {
    frame.chains[i] += offset;
    Chain& chain = chains_[frame.chains[i]];
    if (chain.ended || (chain.step.has_value() && frame.step <= *chain.step)) continue;
    chain = {.step = frame.step, .ended = frame.final};
    places.push_back(i);
  }
  KeepPlaces(places, frame);
  if (continues_) Keep(frame);
}

void SampleProgress::Keep(const SampleFrame& frame) {
  if (states_.rows() == 0) states_ = MatrixBuffer(std::ssize(chains_), frame.states.cols());
  for (size_t i = 0; i < frame.chains.size(); ++i) {
    std::ranges::copy(frame.states.row(static_cast<int64_t>(i)), states_.row(frame.chains[i]).begin());
  }
}

void SampleProgress::Take(const SampleRequest& piece, const SampleSummary& summary) {
  for (DivergedChain diverged : summary.diverged_chains) {
    diverged.chain += piece.first_chain - request_.first_chain;
    chains_[diverged.chain].ended = true;
    diverged_.push_back(diverged);
  }
  summaries_.push_back({.chains = piece.chains, .first_step = piece.first_step, .summary = summary});
}

SampleRequest SampleProgress::PieceOf(uint32_t first, uint32_t count) const {
  SampleRequest piece = PartOf(request_, first, count);
  const bool begun = chains_[first].step.has_value() && !chains_[first].ended;
  if (!begun) return piece;
  piece.first_step = *chains_[first].step;
  if (piece.sampler.has_value()) piece.sampler->start = ChainStart::kGiven;
  if (states_.rows() == std::ssize(chains_)) piece.start_states = TakeRows(states_, first, count);
  return piece;
}

std::vector<SampleRequest> SampleProgress::Remaining() const {
  if (!continues_) return {request_};
  std::vector<SampleRequest> pieces;
  const auto count = static_cast<uint32_t>(chains_.size());
  for (uint32_t first = 0; first < count;) {
    uint32_t end = first + 1;
    while (end < count && chains_[end].ended == chains_[first].ended && chains_[end].step == chains_[first].step) ++end;
    if (!chains_[first].ended) pieces.push_back(PieceOf(first, end - first));
    first = end;
  }
  // All states have come, but no summary. That of one chain has the rest of what it says.
  if (pieces.empty() && summaries_.empty()) pieces.push_back(PieceOf(count - 1, 1));
  return pieces;
}

SampleSummary SampleProgress::Summary() const {
  SampleSummary whole = summaries_.front().summary;
  if (summaries_.front().chains == std::ssize(chains_) && summaries_.front().first_step == request_.first_step) {
    return whole;
  }
  double accepted = 0;
  uint64_t steps_counted = 0;
  whole.queue_seconds = whole.total_seconds = 0;
  for (const auto& [chains, first_step, part] : summaries_) {
    accepted += part.acceptance_rate.value_or(0) * static_cast<double>(part.chain_steps);
    steps_counted += part.chain_steps;
    whole.queue_seconds += part.queue_seconds;
    whole.total_seconds += part.total_seconds;
  }
  if (summaries_.size() > 1 && whole.acceptance_rate.has_value() && steps_counted > 0) {
    whole.acceptance_rate = accepted / static_cast<double>(steps_counted);
  }
  if (whole.sampler.has_value()) whole.sampler->start = settings_->start;
  whole.diverged_chains = diverged_;
  whole.chains_finished = static_cast<uint32_t>(chains_.size() - diverged_.size());
  whole.chain_steps = uint64_t{whole.chains_finished} * (settings_->steps - request_.first_step);
  for (const DivergedChain& chain : diverged_) whole.chain_steps += chain.step - request_.first_step;
  return whole;
}

}  // namespace ebm::client
