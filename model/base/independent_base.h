// The base density of discrete models: independent levels,
//
//   b(x) = product over i of softmax_l(beta_i)[x_i]
//
// where beta_i has the site logits of coordinate i, those of its indicators (model/spec/indicators.h); for a coordinate
// of two levels, level 0 has the logit 0. A probability: its logarithm has no unit of volume. There is no gradient, and
// none per class.
//
// Draws: x_i is the first level whose cumulative probability, in float32, exceeds the Uniform draw of {seed, kBaseDraw,
// chain, step 0}, coordinate i. Given some of the levels, the others are drawn in the same way, from {seed,
// kMissingValue, chain, step 0}.
//
// Threads: safe from any thread.

#ifndef EBM_MODEL_BASE_INDEPENDENT_BASE_H_
#define EBM_MODEL_BASE_INDEPENDENT_BASE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/core/named_tensor.h"
#include "model/core/random.h"
#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The probability of each indicator, [indicators.count()].
std::vector<double> IndicatorMeans(const Indicators& indicators, std::span<const float> site_logits);

class IndependentBase final : public BaseDensity {
 public:
  // REQUIRES: a spec with kIndependentBase that passes Validate. Errors, all InvalidArgument: those of FindBase; a site
  // logit that is not finite.
  static absl::StatusOr<std::unique_ptr<IndependentBase>> Create(const ModelSpec& spec,
                                                                 const std::vector<NamedTensor>& tensors);

  // site_logits: [indicators.count()].
  IndependentBase(const Indicators& indicators, std::span<const float> site_logits);

  int64_t dimension() const override { return std::ssize(first_) - 1; }
  // x: levels. A row with another number has NaN. REQUIRES: no gradient is wanted.
  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override;
  void Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const override;
  std::unique_ptr<ConditionalDensity> Given(std::span<const float> x, int32_t target_class) const override;

  std::span<const float> site_logits() const { return site_logits_; }  // [indicators]

  // ln b of the levels that are not NaN.
  double LogMarginal(std::span<const float> x) const;
  // Draws the levels that are NaN, or all.
  enum class Which { kAll, kMissing };
  void DrawLevels(const RandomKey& key, Which which, std::span<float> x) const;

 private:
  const std::vector<float> site_logits_;
  std::vector<int64_t> first_;  // [D + 1], the place of a coordinate's level 0 in the next two
  std::vector<double> log_probabilities_;
  std::vector<float> cumulative_;  // that of a coordinate's last level is 1
};

}  // namespace ebm

#endif  // EBM_MODEL_BASE_INDEPENDENT_BASE_H_
