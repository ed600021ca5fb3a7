#include "model/offline/partition/estimator.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "model/core/block_conditionals.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/offline/partition/annealed_run.h"
#include "model/offline/partition/gibbs_run.h"
#include "model/offline/partition/pilot.h"

namespace ebm {
namespace {

// The parts of a run, each with a seed of its own.
enum Part : uint32_t { kPilotPart, kForwardPart, kSamplesPart, kReversePart };

constexpr int64_t kMostChains = int64_t{1} << 32;
constexpr int64_t kFewestChosenSteps = 10;
constexpr int64_t kFewestSampleSteps = 20;
constexpr int64_t kStepsPerSampleStep = 4;  // samples take a quarter of the path's steps

absl::Status CheckOptions(const EnergyModel& model, const BaseDensity& base, const PartitionOptions& options) {
  if (options.chains < 2) {
    return absl::InvalidArgumentError(absl::StrFormat("chains: %d is below the limit of 2", options.chains));
  }
  if (options.first_chain < 0 || options.chains > kMostChains || options.first_chain > kMostChains - options.chains) {
    return absl::InvalidArgumentError(absl::StrFormat("chains: %d from number %d are not within 0 to %d",
                                                      options.chains, options.first_chain, kMostChains - 1));
  }
  if (options.steps.value_or(1) < 1) {
    return absl::InvalidArgumentError(absl::StrFormat("steps: %d is below the limit of 1", *options.steps));
  }
  if (options.threads < 1) {
    return absl::InvalidArgumentError(absl::StrFormat("threads: %d is below the limit of 1", options.threads));
  }
  if (!(options.wanted_variance > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat("wanted_variance: %g is not above 0", options.wanted_variance));
  }
  if (model.dimension() != base.dimension()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the base has %d coordinates, the model %d", base.dimension(), model.dimension()));
  }
  if (model.log_density_gradient() != nullptr || model.path_conditionals() != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "this model has neither a gradient of its log density nor block conditionals along a path from the base");
}

// The fewest steps for which the variance is at most `variance`, to within a sixteenth; nullopt if even `limit` steps
// are too few.
std::optional<int64_t> FewestSteps(const AnnealingProfile& profile, double variance, int64_t limit) {
  const auto enough = [&](int64_t steps) { return profile.LogWeightVariance(steps) <= variance; };
  int64_t steps = std::min(kFewestChosenSteps, limit);
  while (steps < limit && !enough(steps)) steps = std::min(2 * steps, limit);
  if (!enough(steps)) return std::nullopt;
  for (int64_t cut = steps / 4; cut >= std::max<int64_t>(1, steps / 32); cut /= 2) {
    if (steps - cut >= kFewestChosenSteps && enough(steps - cut)) steps -= cut;
  }
  return steps;
}

std::vector<double> BetasFor(const AnnealingProfile& profile, BetaSpacing spacing, int64_t steps) {
  switch (spacing) {
    case BetaSpacing::kLinear:
      return LinearBetas(steps);
    case BetaSpacing::kGeometric:
      return GeometricBetas(steps, kFirstGeometricBeta);
    case BetaSpacing::kEqualLength:
      break;
  }
  return profile.EqualBetas(steps);
}

// The rows of the run's states selected by systematic resampling by weight.
MatrixBuffer Resample(const AnnealedRun& run, const RandomKey& key) {
  float u = 0;
  FillUniform(key, {&u, 1});
  MatrixBuffer chosen(run.states.rows(), run.states.cols());
  int64_t row = 0;
  for (const int64_t from : ResampleSystematically(run.log_weights, u)) {
    std::ranges::copy(run.states.row(from), chosen.row(row++).begin());
  }
  return chosen;
}

// A path along which chains take `moves` steps at beta = 1. It has moves + 2 entries, because no step is taken after
// the last one.
AnnealingPath StayAtTheModel(const AnnealingPath& path, int64_t moves) {
  return {.betas = std::vector<double>(moves + 2, 1.0),
          .step_sizes = std::vector<float>(moves + 2, path.step_sizes.back())};
}

using AnnealFunction = std::function<absl::StatusOr<AnnealedRun>(const AnnealingPath&, ChainStarts, ProgressMeter&)>;

// How chains are annealed.
struct AnnealingPlan {
  AnnealingPath path;
  std::optional<double> length;  // L; unset: from the weights, by Var ln w = L^2 / T
  AnnealFunction anneal;
};

absl::StatusOr<AnnealingPlan> PlanLangevin(const EnergyModel& model, const BaseDensity& base,
                                           const PartitionOptions& options, const AnnealingCallbacks& callbacks) {
  const Bridge bridge{.model = *model.log_density_gradient(), .base = base, .box = options.box};
  const PilotOptions pilot{.seed = DeriveSeed(options.seed, kPilotPart), .threads = options.threads};
  EBM_ASSIGN_OR_RETURN(const AnnealingProfile profile, RunPilot(bridge, pilot, callbacks));
  EBM_ASSIGN_OR_RETURN(const int64_t steps, ChooseSteps(profile, options));
  return AnnealingPlan{.path = profile.PathAlong(BetasFor(profile, options.spacing, steps)),
                       .length = profile.length(),
                       .anneal = [bridge, threads = options.threads](const AnnealingPath& path, ChainStarts starts,
                                                                     ProgressMeter& meter) {
                         return Anneal(bridge, path, std::move(starts), threads, meter);
                       }};
}

// The betas are evenly spaced where the pilot run would choose them: that is about as good (Salakhutdinov & Murray).
absl::StatusOr<AnnealingPlan> PlanGibbs(const PathConditionals& model, const BaseDensity& base,
                                        const PartitionOptions& options, const AnnealingCallbacks& callbacks) {
  int64_t steps = options.steps.value_or(0);
  if (!options.steps.has_value()) {
    const GibbsPilotOptions pilot = {.wanted_variance = options.wanted_variance,
                                     .max_steps = options.max_steps,
                                     .seed = DeriveSeed(options.seed, kPilotPart),
                                     .threads = options.threads};
    EBM_ASSIGN_OR_RETURN(steps, ChooseGibbsSteps(model, base, pilot, callbacks));
  }
  const bool is_geometric = options.spacing == BetaSpacing::kGeometric;
  std::vector<double> betas = is_geometric ? GeometricBetas(steps, kFirstGeometricBeta) : LinearBetas(steps);
  std::vector<float> step_sizes(betas.size(), 1.0F);
  return AnnealingPlan{.path = {.betas = std::move(betas), .step_sizes = std::move(step_sizes)},
                       .anneal = [&model, threads = options.threads](const AnnealingPath& path, ChainStarts starts,
                                                                     ProgressMeter& meter) {
                         return AnnealByGibbs(model, path, std::move(starts), threads, meter);
                       }};
}

absl::StatusOr<AnnealingPlan> PlanFor(const EnergyModel& model, const BaseDensity& base,
                                      const PartitionOptions& options, const AnnealingCallbacks& callbacks) {
  const PathConditionals* const conditionals = model.path_conditionals();
  return conditionals == nullptr ? PlanLangevin(model, base, options, callbacks)
                                 : PlanGibbs(*conditionals, base, options, callbacks);
}

}  // namespace

absl::StatusOr<int64_t> ChooseSteps(const AnnealingProfile& profile, const PartitionOptions& options) {
  if (options.steps) return *options.steps;
  const std::optional<int64_t> even = FewestSteps(profile, options.wanted_variance, options.max_steps);
  const std::optional<int64_t> uneven = FewestSteps(profile, kMostVariance, options.max_steps);
  if (even && uneven) {
    const auto work = [&](int64_t steps) {
      return static_cast<double>(steps) * std::expm1(profile.LogWeightVariance(steps));
    };
    return work(*uneven) < work(*even) / 2 ? *uneven : *even;
  }
  if (even || uneven) return even ? *even : *uneven;
  return absl::FailedPreconditionError(absl::StrFormat(
      "the base is too far from the model: the path between them has length %.1f; with %d steps, the limit, the "
      "variance of the log weights would be about %.3g, which is above the wanted %g",
      profile.length(), options.max_steps, profile.LogWeightVariance(options.max_steps), options.wanted_variance));
}

absl::StatusOr<ChainWeights> WeighChains(const EnergyModel& model, const BaseDensity& base,
                                         const PartitionOptions& options, const AnnealingCallbacks& callbacks) {
  EBM_RETURN_IF_ERROR(CheckOptions(model, base, options));
  EBM_ASSIGN_OR_RETURN(const AnnealingPlan plan, PlanFor(model, base, options, callbacks));
  const AnnealingPath& path = plan.path;
  const int64_t steps = path.steps();
  const AnnealingPath stay = StayAtTheModel(path, std::max(kFewestSampleSteps, steps / kStepsPerSampleStep));
  ProgressMeter meter(callbacks, AnnealingStage::kAnnealing,
                      static_cast<double>(options.chains) * static_cast<double>(2 * steps + stay.steps()));
  const auto first_chain = static_cast<uint32_t>(options.first_chain);
  const auto anneal = [&](const AnnealingPath& along, Part part, MatrixBuffer starts) {
    return plan.anneal(along, {DeriveSeed(options.seed, part), first_chain, std::move(starts)}, meter);
  };

  MatrixBuffer draws(options.chains, base.dimension());
  base.Draw(DeriveSeed(options.seed, kForwardPart), first_chain, kNoClass, draws.view());
  EBM_ASSIGN_OR_RETURN(AnnealedRun forward, anneal(path, kForwardPart, std::move(draws)));
  const uint64_t samples_seed = DeriveSeed(options.seed, kSamplesPart);
  MatrixBuffer chosen =
      Resample(forward, {.seed = samples_seed, .stream = RandomStream::kAnnealing, .chain = first_chain});
  EBM_ASSIGN_OR_RETURN(AnnealedRun samples, anneal(stay, kSamplesPart, std::move(chosen)));
  EBM_ASSIGN_OR_RETURN(AnnealedRun reverse, anneal(path.Reversed(), kReversePart, std::move(samples.states)));
  const double length = plan.length.value_or(std::sqrt(LogWeightVariance(forward) * static_cast<double>(path.steps())));
  return ChainWeights{.first_chain = options.first_chain,
                      .forward = std::move(forward.log_weights),
                      .reverse = std::move(reverse.log_weights),
                      .path = path,
                      .acceptance = forward.acceptance,
                      .length = length};
}

}  // namespace ebm
