#include "model/sampler/run_chains.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "model/sampler/langevin.h"
#include "tests/reference/quadratic_energy.h"
#include "tests/support/rendezvous.h"

namespace ebm {
namespace {

// The standard normal density in two dimensions, which lets the threads that ask for its gradient meet.
class MeetingDensity final : public LogDensityGradient {
 public:
  explicit MeetingDensity(testing::Rendezvous* rendezvous) : rendezvous_(*rendezvous) {}

  void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                Matrix gradient) const override {
    rendezvous_.Arrive();
    normal_.Evaluate(x, classes, log_density, gradient);
  }

 private:
  testing::Rendezvous& rendezvous_;
  const reference::QuadraticEnergy normal_{{1.0F, 1.0F}, {0.0F, 0.0F}};
};

constexpr ChainSettings kPlainSettings{.seed = 3, .sampler = {.steps = 5, .kernel = Langevin{0.1F, 0.4F}}};
constexpr int64_t kManyChains = 64;

std::vector<float> EndsOn(int threads, int64_t rows_per_slice) {
  const reference::QuadraticEnergy energy({1.0F, 2.0F}, {0.5F, -0.5F});
  MatrixBuffer states(kManyChains, 2);
  RowWorkers workers(threads, rows_per_slice);
  RunChains(LangevinKernel(energy), kPlainSettings, states.view(), workers);
  const std::span<const float> values = std::as_const(states).view().values();
  return {values.begin(), values.end()};
}

TEST(RunChainsTest, AllWorkersTakePart) {
  constexpr int kThreads = 4;
  testing::Rendezvous rendezvous(kThreads);
  const MeetingDensity density(&rendezvous);
  MatrixBuffer states(kManyChains, 2);
  RowWorkers workers(kThreads, 8);
  RunChains(LangevinKernel(density), kPlainSettings, states.view(), workers);
  EXPECT_EQ(rendezvous.threads(), size_t{kThreads});
}

TEST(RunChainsTest, ChainsDependNeitherOnThreadsNorOnSlices) {
  const std::vector<float> ends = EndsOn(1, kRowsPerSlice);
  EXPECT_GT(*std::ranges::max_element(ends), 0);
  for (const int threads : {1, 2, 3, 4}) {
    for (const int64_t rows_per_slice : {1, 8, 64}) EXPECT_EQ(EndsOn(threads, rows_per_slice), ends);
  }
}

}  // namespace
}  // namespace ebm
