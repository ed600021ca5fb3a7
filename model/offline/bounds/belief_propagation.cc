#include "model/offline/bounds/belief_propagation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/mean_field.h"

namespace ebm {
namespace {

constexpr double kSettled = 1e-12;
constexpr double kAccepted = 1e-10;  // after all rounds: large messages are rounded more coarsely
constexpr double kConsistent = 1e-9;
constexpr int kMostRounds = 50000;
constexpr double kMessagesWork = 120;  // operations per edge and round, about
constexpr double kFirstDamping = 0.5;
constexpr double kLastDamping = 0.99;
// Within so many rounds the changes should have fallen by this factor; if they have not, the damping grows.
constexpr int kRoundsToFall = 500;
constexpr double kFall = 2;

// ln cosh, without overflow.
double LogCosh(double a) { return std::abs(a) + std::log1p(std::exp(-2 * std::abs(a))) - std::log(2.0); }

// atanh(tanh(a) tanh(b)), without losing the digits of large a and b.
double Through(double a, double b) { return (LogCosh(a + b) - LogCosh(a - b)) / 2; }

class Messages {
 public:
  Messages(const PairwiseModel& model, const std::vector<double>& rho, EdgeMessages start)
      : model_(model), rho_(rho), messages_(std::move(start)), theta_(model.fields) {
    messages_.resize(model.edges.size());
    UpdateFields();
  }

  // Returns the largest change.
  double Advance(double damping) {
    double change = 0;
    for (size_t e = 0; e < messages_.size(); ++e) {
      const double coupling = model_.couplings[e] / rho_[e];
      const std::array<double, 2> next = {Through(coupling, FieldWithout(e, 0)), Through(coupling, FieldWithout(e, 1))};
      for (const int end : {0, 1}) {
        change = std::max(change, std::abs(next[end] - messages_[e][end]));
        messages_[e][end] = damping * messages_[e][end] + (1 - damping) * next[end];
      }
    }
    UpdateFields();
    return change;
  }

  EdgeMessages Take() && { return std::move(messages_); }

  // The mean of a site, and the probabilities of (1, 1), (1, -1), (-1, 1) and (-1, -1) of an edge.
  double MeanOf(int64_t site) const { return std::tanh(theta_[site]); }
  std::array<double, 4> BeliefOf(size_t e) const {
    const double coupling = model_.couplings[e] / rho_[e];
    const double first = FieldWithout(e, 0);
    const double second = FieldWithout(e, 1);
    std::array<double, 4> logs = {coupling + first + second, -coupling + first - second, -coupling - first + second,
                                  coupling - first - second};
    const double largest = std::ranges::max(logs);
    double sum = 0;
    for (double& value : logs) sum += value = std::exp(value - largest);
    for (double& value : logs) value /= sum;
    return logs;
  }

 private:
  // The field of an end of an edge without the message that came along it.
  double FieldWithout(size_t e, int end) const { return theta_[model_.edges[e][end]] - messages_[e][1 - end]; }

  void UpdateFields() {
    theta_ = model_.fields;
    for (size_t e = 0; e < messages_.size(); ++e) {
      theta_[model_.edges[e][1]] += rho_[e] * messages_[e][0];
      theta_[model_.edges[e][0]] += rho_[e] * messages_[e][1];
    }
  }

  const PairwiseModel& model_;
  const std::vector<double>& rho_;
  EdgeMessages messages_;
  std::vector<double> theta_;
};

// The round in which the messages have settled.
absl::StatusOr<int> Settle(double round_work, const WorkCount& count, Messages& messages) {
  double damping = kFirstDamping;
  double earlier = INFINITY;
  double change = 0;
  for (int round = 1; round <= kMostRounds; ++round) {
    EBM_RETURN_IF_ERROR(count(round_work));
    change = messages.Advance(damping);
    if (change <= kSettled) return round;
    if (round % kRoundsToFall != 0) continue;
    if (!(change <= earlier / kFall)) damping = std::min(kLastDamping, (1 + damping) / 2);
    earlier = change;
  }
  if (change <= kAccepted) return kMostRounds;
  return absl::FailedPreconditionError(
      absl::StrFormat("the messages have not settled after %d rounds: they change by %.2g", kMostRounds, change));
}

double Entropy(const std::array<double, 4>& belief) {
  double sum = 0;
  for (const double p : belief) sum -= p > 0 ? p * std::log(p) : 0;
  return sum;
}

}  // namespace

absl::StatusOr<Beliefs> PropagateBeliefs(const PairwiseModel& model, const std::vector<double>& rho, EdgeMessages start,
                                         const WorkCount& count) {
  Messages messages(model, rho, std::move(start));
  EBM_ASSIGN_OR_RETURN(const int rounds,
                       Settle(kMessagesWork * static_cast<double>(model.edges.size()), count, messages));
  Beliefs beliefs = {.value = model.constant, .information = {}, .messages = {}, .rounds = rounds};
  for (int64_t i = 0; i < model.sites(); ++i) {
    beliefs.value += model.fields[i] * messages.MeanOf(i) + SpinEntropy(messages.MeanOf(i));
  }
  beliefs.information.reserve(model.edges.size());
  double disagreement = 0;
  for (size_t e = 0; e < model.edges.size(); ++e) {
    const std::array<double, 4> belief = messages.BeliefOf(e);
    const double first = messages.MeanOf(model.edges[e][0]);
    const double second = messages.MeanOf(model.edges[e][1]);
    disagreement = std::max({disagreement, std::abs(belief[0] + belief[1] - (1 + first) / 2),
                             std::abs(belief[0] + belief[2] - (1 + second) / 2)});
    beliefs.information.push_back(SpinEntropy(first) + SpinEntropy(second) - Entropy(belief));
    beliefs.value +=
        model.couplings[e] * (belief[0] - belief[1] - belief[2] + belief[3]) - rho[e] * beliefs.information.back();
  }
  beliefs.messages = std::move(messages).Take();
  if (disagreement <= kConsistent) return beliefs;
  return absl::FailedPreconditionError(
      absl::StrFormat("the beliefs of edges and sites disagree by %.2g after %d rounds", disagreement, rounds));
}

}  // namespace ebm
