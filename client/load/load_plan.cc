#include "client/load/load_plan.h"

#include <random>

#include "absl/strings/str_cat.h"

namespace ebm::client {
namespace {

PlannedRequest DrawRequest(const LoadMix& mix, std::mt19937_64& random) {
  std::discrete_distribution<int> kinds({mix.classify, mix.score, mix.sample});
  const auto uniform = [&](uint32_t low, uint32_t high) {
    return std::uniform_int_distribution<uint32_t>(low, high)(random);
  };
  PlannedRequest request;
  request.kind = static_cast<RequestKind>(kinds(random));
  request.seed = random();
  if (request.kind == RequestKind::kClassify) request.rows = mix.classify_rows;
  if (request.kind == RequestKind::kScore) request.rows = mix.score_rows;
  if (request.kind == RequestKind::kSample) {
    request.chains = uniform(mix.min_chains, mix.max_chains);
    request.steps = uniform(mix.min_steps, mix.max_steps);
  }
  return request;
}

absl::Status CheckRange(const char* name, uint32_t low, uint32_t high) {
  if (low >= 1 && low <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " are ", low, " to ", high, ", must be an interval with a lower end of at least 1"));
}

}  // namespace

absl::Status LoadMix::Validate() const {
  for (const double weight : {classify, score, sample}) {
    if (!(weight >= 0)) return absl::InvalidArgumentError(absl::StrCat("a weight is ", weight, ", must be 0 or above"));
  }
  if (!(classify + score + sample > 0)) {
    return absl::InvalidArgumentError("all weights are 0, at least one must be above 0");
  }
  if (absl::Status status = CheckRange("chains", min_chains, max_chains); !status.ok()) return status;
  if (absl::Status status = CheckRange("steps", min_steps, max_steps); !status.ok()) return status;
  return CheckRange("rows", 1, classify_rows < score_rows ? classify_rows : score_rows);
}

std::vector<PlannedRequest> PlanOpenLoop(const LoadMix& mix, double rate, absl::Duration length, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> gap(rate);
  std::vector<PlannedRequest> plan;
  for (double due = gap(random); due < absl::ToDoubleSeconds(length); due += gap(random)) {
    plan.push_back(DrawRequest(mix, random));
    plan.back().due = absl::Seconds(due);
  }
  return plan;
}

std::vector<PlannedRequest> PlanClosedLoop(const LoadMix& mix, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<PlannedRequest> plan;
  plan.reserve(count);
  for (size_t i = 0; i < count; ++i) plan.push_back(DrawRequest(mix, random));
  return plan;
}

}  // namespace ebm::client
