// Fixture for tests of transition kernels: chains of a kernel on independent Gaussians
// (tests/reference/quadratic_energy.h).

#ifndef EBM_TESTS_MODEL_SAMPLER_KERNEL_TEST_H_
#define EBM_TESTS_MODEL_SAMPLER_KERNEL_TEST_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/sampler/chain_batch.h"
#include "tests/reference/quadratic_energy.h"

namespace ebm {

template <typename Kernel>
class KernelTest : public testing::Test {
 protected:
  KernelTest(std::vector<float> lambda, std::vector<float> mu) : lambda_(std::move(lambda)), mu_(std::move(mu)) {}

  void Step(ChainBatch& chains, int steps = 1) const {
    for (int step = 0; step < steps; ++step) kernel_.Step(chains);
  }

  // Steps a chain alone: in any batch, it must have the same states, bit for bit.
  std::vector<float> Alone(const ChainSettings& settings, uint32_t first_step, std::span<const float> start,
                           int steps) const {
    ChainBatch chains(1, energy_.dimension());
    chains.Set(0, settings, first_step, start, {});
    Step(chains, steps);
    return RowOf(chains, 0);
  }

  static std::vector<float> RowOf(const ChainBatch& chains, int64_t row) {
    return {chains.states().row(row).begin(), chains.states().row(row).end()};
  }

  const std::vector<float> lambda_;
  const std::vector<float> mu_;
  const reference::QuadraticEnergy energy_{lambda_, mu_};
  const Kernel kernel_{energy_};
};

}  // namespace ebm

#endif  // EBM_TESTS_MODEL_SAMPLER_KERNEL_TEST_H_
