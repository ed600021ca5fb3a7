#include "model/offline/bounds/perturb_and_map.h"

#include <cmath>
#include <span>

#include "absl/status/status.h"
#include "model/core/random.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr uint32_t kFirstDraw = 1 << 16;  // behind the random starts of mean_field.cc

std::vector<double> LogisticNoise(int64_t sites, uint64_t seed, uint32_t draw) {
  std::vector<double> noise;
  noise.reserve(static_cast<size_t>(sites));
  for (int64_t i = 0; i < sites; ++i) {
    const double u = OpenUniform({.seed = seed,
                                  .stream = RandomStream::kPerturbation,
                                  .chain = kFirstDraw + draw,
                                  .step = static_cast<uint32_t>(i)});
    noise.push_back(std::log(u) - std::log1p(-u));
  }
  return noise;
}

// What a draw is made with.
struct Perturbation {
  std::span<const double> fields;  // h, [n]
  std::span<const double> means;   // m, [n]
  const MaximumSolver& solver;
  const std::function<bool()>& stop_requested;
};

// The maximum with `scale` times the noise in the fields, less the control variate.
absl::StatusOr<double> MaximumWith(const std::vector<double>& noise, double scale, const Perturbation& perturbation) {
  std::vector<double> fields(perturbation.fields.begin(), perturbation.fields.end());
  double control = 0;
  for (size_t i = 0; i < noise.size(); ++i) {
    fields[i] += scale * noise[i] / 2;
    control += scale * perturbation.means[i] * noise[i] / 2;
  }
  EBM_ASSIGN_OR_RETURN(const double maximum, perturbation.solver.Maximum(fields, perturbation.stop_requested));
  return maximum - control;
}

MeanOverDraws MeanOf(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .standard_error = std::sqrt(squares / (n - 1) / n)};
}

}  // namespace

absl::StatusOr<PerturbationBounds> PerturbAndMap(const PairwiseModel& model, const MaximumSolver& solver,
                                                 const std::vector<double>& means, const PerturbationOptions& options) {
  std::vector<double> upper(static_cast<size_t>(options.draws));
  std::vector<double> lower(upper.size());
  std::vector<absl::Status> statuses(upper.size());
  const double share = 1 / static_cast<double>(model.sites());
  const Perturbation perturbation = {
      .fields = model.fields, .means = means, .solver = solver, .stop_requested = options.stop_requested};
  const auto draw_both = [&](int64_t draw) -> absl::Status {
    const std::vector<double> noise = LogisticNoise(model.sites(), options.seed, static_cast<uint32_t>(draw));
    EBM_ASSIGN_OR_RETURN(upper[draw], MaximumWith(noise, 1, perturbation));
    EBM_ASSIGN_OR_RETURN(lower[draw], MaximumWith(noise, share, perturbation));
    return absl::OkStatus();
  };
  RowWorkers(options.threads, 1).ForEachSlice(options.draws, [&](int64_t draw, int64_t /*first*/, int64_t /*count*/) {
    statuses[draw] =
        options.stop_requested && options.stop_requested() ? absl::CancelledError("stopped") : draw_both(draw);
  });
  for (const absl::Status& status : statuses) EBM_RETURN_IF_ERROR(status);
  return PerturbationBounds{.upper = MeanOf(upper), .lower = MeanOf(lower)};
}

}  // namespace ebm
