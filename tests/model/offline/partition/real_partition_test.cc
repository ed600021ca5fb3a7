// ln Z of restricted Boltzmann machines on real coordinates: against published figures, enumeration, and annealing.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "model/energy/energy_factory.h"
#include "model/offline/partition/estimator.h"
#include "model/offline/partition/exact_log_z.h"
#include "tests/reference/normal_base.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/small_gaussian_rbm.h"

namespace ebm {
namespace {

using reference::kAllowedFailure;
using reference::SmallGaussianRbm;
using reference::TestModel;

double ExactOf(const TestModel& model, int threads = 1) {
  return *ExactLogZ(*PlanExactLogZ(model.spec, {}), model.spec, model.tensors, threads, {});
}

TEST(ExactLogZOfRealsTest, IsThePublishedOne) {
  EXPECT_NEAR(ExactOf(SmallGaussianRbm(4, 3, 1).Model()), 8.84692462442, 1e-6);
}

// The trained model of PyDeep's two-dimensional example, with its published ln Z.
TEST(ExactLogZOfRealsTest, IsPyDeepsOfItsTrainedModel) {
  TestModel model = SmallGaussianRbm(2, 4, 1).Model();
  model.tensors[0].values = {-2.13559806F, -.71220501F,  .64841691F,  2.17880554F,
                             .75840129F,   -2.13979672F, 2.09910978F, -.64721076F};
  model.tensors[1].values = {0, 0};
  model.tensors[2].values = {2 * std::log(.74241256F), 2 * std::log(.73101419F)};
  model.tensors[3].values = {-7.87792514F, -7.60603139F, -7.73935758F, -7.722771F};
  EXPECT_NEAR(ExactOf(model), 1.40422867085, 1e-5);
}

TEST(ExactLogZOfRealsTest, IsThatOfEnumerationWithAndWithoutClasses) {
  for (const int classes : {1, 3}) {
    for (const int hidden : {1, 5, 9}) {
      const SmallGaussianRbm rbm(5, hidden, classes);
      EXPECT_NEAR(ExactOf(rbm.Model()), rbm.LogZ(), 1e-5);
      EXPECT_EQ(ExactOf(rbm.Model()), ExactOf(rbm.Model(), 3)) << "the same bits on any number of threads";
    }
  }
}

TEST(ExactLogZOfRealsTest, AnnealingAgrees) {
  const SmallGaussianRbm rbm(4, 3, 1);
  const TestModel model = rbm.Model();
  const auto energy = *MakeEnergyModel(model.spec, model.tensors);
  const reference::NormalBase base(4, 0, 2);
  const PartitionResult result = ResultOf(*WeighChains(*energy, base, {.chains = 1000, .seed = 8, .threads = 2}, {}));
  EXPECT_EQ(CheckClaim(result, {}), absl::OkStatus());
  const double bound = reference::NormalBound(kAllowedFailure / 2);
  EXPECT_NEAR(result.forward.log_mean, rbm.LogZ(), bound * result.forward.standard_error);
  EXPECT_NEAR(result.reverse.log_mean, rbm.LogZ(), bound * result.reverse.standard_error);
}

}  // namespace
}  // namespace ebm
