// The estimate of ln Z that turns ln p~(x) into ln p(x).
//
// Threads: plain data.

#ifndef EBM_MODEL_SCORING_PARTITION_ESTIMATE_H_
#define EBM_MODEL_SCORING_PARTITION_ESTIMATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ebm {

// How ln Z was found: by annealed importance sampling from the model's base density
// (model/offline/partition/estimator.h), or exactly
// (exact_log_z.h).
enum class PartitionMethod { kAnnealing, kExact };

// "ais" or "exact".
const char* NameOf(PartitionMethod method);

// ln Z of the model, in nats and scaled units: ln p(x) = ln p~(x) - log_z. With kExact, reverse_log_z is log_z, and the
// figures of chains, and the standard error, are 0.
struct PartitionEstimate {
  PartitionMethod method = PartitionMethod::kAnnealing;
  double log_z = 0;                  // in expectation a lower bound
  double standard_error = 0;         // of log_z
  double effective_sample_size = 0;  // of the chains' weights
  double reverse_log_z = 0;          // from the reverse run; in expectation an upper bound
  int64_t chains = 0;
  int64_t steps = 0;  // per chain and direction
  uint64_t seed = 0;
  std::string base;                // the model's own (ModelSpec::base), or kUniformBase
  std::optional<float> box_lower;  // if the base is uniform: p~(x) counts as 0, and p(x) is 0,
  std::optional<float> box_upper;  // outside of [lower, upper]^D
  double temperature = 1;          // of the density; 1 is the only value defined so far
  // ln Z lies between them (model/offline/bounds/bounds.h); unset: not computed, or there is none.
  std::optional<double> lower_bound = {};
  std::optional<double> upper_bound = {};
  std::string lower_method = {};  // Bound::method
  std::string upper_method = {};

  bool Covers(std::span<const float> x) const;  // whether p(x) may be above 0. x: [D], scaled units

  friend bool operator==(const PartitionEstimate&, const PartitionEstimate&) = default;
};

// The base for a model that has none: the uniform density on a box.
inline constexpr char kUniformBase[] = "uniform";

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_PARTITION_ESTIMATE_H_
