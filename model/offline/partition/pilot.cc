#include "model/offline/partition/pilot.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "model/annealing/importance_weights.h"
#include "model/core/random.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"
#include "model/sampler/metropolis_langevin.h"

namespace ebm {
namespace {

constexpr double kGain = 1.5;  // change of ln alpha per change of the acceptance: about the inverse of its slope
constexpr double kAcceptanceSlack = 0.12;  // if the acceptance is further off, the moves at a beta are repeated
constexpr int kMostTries = 12;             // at one beta
constexpr int kMostTriesAtTheStart = 60;
// The least autocorrelation over a block of moves that an ensemble of about a hundred chains can measure. Near 1, the
// relative error of 1 - rho is about a fifth for any rho.
constexpr double kLeastCorrelation = 0.02;
constexpr double kMostCorrelation = 0.9999;

double MeanOf(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Covariance(std::span<const double> a, std::span<const double> b) {
  const double mean_a = MeanOf(a);
  const double mean_b = MeanOf(b);
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1);
}

// For a distribution with variance v in D coordinates, a good alpha is about v D^(-1/3) / 2.
float FirstStepSize(ConstMatrix states) {
  double variance = 0;
  std::vector<double> column(states.rows());
  for (int64_t i = 0; i < states.cols(); ++i) {
    for (int64_t row = 0; row < states.rows(); ++row) column[row] = states.row(row)[i];
    variance += Covariance(column, column) / static_cast<double>(states.cols());
  }
  return static_cast<float>(variance / std::cbrt(static_cast<double>(states.cols())) / 2);
}

class Pilot {
 public:
  Pilot(const Bridge& bridge, const PilotOptions& options, const AnnealingCallbacks& callbacks)
      : bridge_(bridge),
        options_(options),
        meter_(callbacks, AnnealingStage::kPilot, 1.0),
        states_(options.chains, bridge.base.dimension()),
        before_(options.chains),
        after_(options.chains) {
    bridge.base.Draw(options.seed, 0, kNoClass, states_.view());
    step_size_ = FirstStepSize(std::as_const(states_).view());
  }

  absl::StatusOr<AnnealingProfile> Run();

 private:
  absl::Status Settle(int most_tries);
  absl::Status MoveAll();
  ProfilePoint Measure() const;
  void Climb();

  const Bridge& bridge_;
  const PilotOptions& options_;
  ProgressMeter meter_;
  MatrixBuffer states_;         // [n, D]
  std::vector<double> before_;  // [n], ln p~ - ln b before and after the last block of moves
  std::vector<double> after_;
  double beta_ = 0;
  float step_size_ = 1;
  double acceptance_ = 0;  // of the last block
  uint32_t blocks_ = 0;
};

absl::StatusOr<AnnealingProfile> Pilot::Run() {
  std::vector<ProfilePoint> points;
  while (static_cast<int64_t>(points.size()) < options_.max_points) {
    EBM_RETURN_IF_ERROR(Settle(points.empty() ? kMostTriesAtTheStart : kMostTries));
    points.push_back(Measure());
    if (beta_ == 1) return AnnealingProfile(std::move(points));
    const double before = beta_;
    Climb();
    EBM_RETURN_IF_ERROR(meter_.Advance(beta_ - before));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "the base is too far from the model: a pilot run reached beta %g instead of 1 in %d increments of beta, each "
      "changing the log weights by %g",
      beta_, options_.max_points, options_.spread));
}

// Makes blocks of moves until the acceptance is near the target.
absl::Status Pilot::Settle(int most_tries) {
  for (int tries = 0; tries < most_tries; ++tries) {
    EBM_RETURN_IF_ERROR(MoveAll());
    step_size_ *= static_cast<float>(std::exp(kGain * (acceptance_ - kWantedAcceptance)));
    if (std::abs(acceptance_ - kWantedAcceptance) < kAcceptanceSlack) break;
    EBM_RETURN_IF_ERROR(meter_.Advance(0));
  }
  return absl::OkStatus();
}

absl::Status Pilot::MoveAll() {
  const uint64_t seed = DeriveSeed(options_.seed, blocks_++);
  std::atomic<int64_t> accepted = 0;
  std::atomic<bool> valid = true;
  ForEachSlice(options_.chains, options_.threads, [&](int64_t /*slice*/, int64_t first, int64_t count) {
    const Matrix states = states_.view().rows_from(first, count);
    AnnealedChains chains(bridge_, seed, static_cast<uint32_t>(first), states);
    if (!chains.valid()) valid = false;
    if (!valid) return;
    chains.MoveTo(beta_, step_size_);
    for (int64_t row = 0; row < count; ++row) before_[first + row] = chains.log_ratio(row);
    for (int64_t move = 0; move < options_.moves; ++move) accepted += chains.Step();
    for (int64_t row = 0; row < count; ++row) after_[first + row] = chains.log_ratio(row);
    std::ranges::copy(chains.states().values(), states.values().begin());
  });
  acceptance_ = static_cast<double>(accepted) / static_cast<double>(options_.chains * options_.moves);
  if (valid) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("ln p~ or ln b is not finite for a chain of the pilot run, at beta %g", beta_));
}

ProfilePoint Pilot::Measure() const {
  const double variance = Covariance(after_, after_);
  const double scale = std::sqrt(Covariance(before_, before_) * variance);
  const double correlation = scale > 0 ? Covariance(before_, after_) / scale : 0;
  const double over_a_block = std::clamp(correlation, kLeastCorrelation, kMostCorrelation);
  const double rho = std::pow(over_a_block, 1 / static_cast<double>(options_.moves));
  return {.beta = beta_, .deviation = std::sqrt(variance), .correlation = rho, .step_size = step_size_};
}

void Pilot::Climb() {
  const double deviation = std::sqrt(Covariance(after_, after_));
  const double reach = deviation * (1 - beta_);
  const double next = reach <= options_.spread ? 1.0 : beta_ + options_.spread / deviation;
  std::vector<double> log_weights = after_;
  for (double& log_weight : log_weights) log_weight *= next - beta_;
  float u = 0;
  FillUniform({.seed = options_.seed, .stream = RandomStream::kAnnealing, .step = blocks_}, {&u, 1});
  const MatrixBuffer old = states_;
  int64_t row = 0;
  for (const int64_t chosen : ResampleSystematically(log_weights, u)) {
    std::ranges::copy(old.row(chosen), states_.row(row++).begin());
  }
  beta_ = next;
}

}  // namespace

absl::StatusOr<AnnealingProfile> RunPilot(const Bridge& bridge, const PilotOptions& options,
                                          const AnnealingCallbacks& callbacks) {
  return Pilot(bridge, options, callbacks).Run();
}

}  // namespace ebm
