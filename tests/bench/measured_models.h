// The models of the benchmarks, with random weights: a perceptron of the notebook's shape, 64-512-512-512-10 with ELU,
// and the trainer's residual network for pictures of 28 x 28.

#ifndef EBM_TESTS_BENCH_MEASURED_MODELS_H_
#define EBM_TESTS_BENCH_MEASURED_MODELS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/precision.h"
#include "model/energy/energy_factory.h"
#include "model/sampler/chain_batch.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/random_resnet.h"

namespace ebm::bench {

inline constexpr int64_t kDimension = 64;

// Multiplications and additions per chain and step: one forward and one backward pass.
inline constexpr double kStepOperations = 2 * 2.0 * (64 * 512 + 512 * 512 + 512 * 512 + 512 * 10);

inline std::unique_ptr<EnergyModel> DigitsModel(Precision precision) {
  const reference::TestModel mlp = reference::RandomMlp(1, {kDimension, {512, 512, 512}, 10}, 1.0F);
  return *MakeEnergyModel(mlp.spec, mlp.tensors, precision);
}

inline std::unique_ptr<EnergyModel> PicturesModel() {
  const reference::TestModel resnet = reference::RandomResnet(1, {{28, 28}, {16, 32, 64}, 1, 10, "silu"}, 1.0F);
  return *MakeEnergyModel(resnet.spec, resnet.tensors);
}

// Chains that start in the middle of the data's box and are clamped to it.
inline ChainBatch Chains(int64_t count, int64_t dimension) {
  ChainBatch chains(count, dimension);
  const std::vector<float> start(dimension);
  for (int64_t i = 0; i < count; ++i) {
    const ChainSettings settings = {
        .seed = 1,
        .chain = static_cast<uint32_t>(i),
        .sampler = {.kernel = Langevin{.step_size = 0.1F}, .clamp_lower = -1.0F, .clamp_upper = 1.0F}};
    chains.Set(i, settings, 0, start, {});
  }
  return chains;
}

}  // namespace ebm::bench

#endif  // EBM_TESTS_BENCH_MEASURED_MODELS_H_
