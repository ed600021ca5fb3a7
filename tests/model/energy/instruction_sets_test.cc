// Models and chains have the same bits with every instruction set that has a fused multiply-add, so that a seed gives
// the same samples on different processors.

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/core/random.h"
#include "model/core/row_slices.h"
#include "model/energy/energy_factory.h"
#include "model/sampler/chain_start.h"
#include "model/sampler/gibbs.h"
#include "model/sampler/langevin.h"
#include "model/sampler/run_chains.h"
#include "tests/model/kernels/every_target.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/small_boltzmann.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::RandomMlp;
using reference::TestModel;
using reference::WithRandomBase;

constexpr int64_t kChains = 21;

// What a model computes for some rows, and the states of chains that begin at them.
struct Outputs {
  std::vector<float> log_density;
  std::vector<float> gradient;
  std::vector<float> logits;
  std::vector<float> states;
};

Outputs OutputsOf(const TestModel& made, Precision precision) {
  const std::unique_ptr<EnergyModel> model = *MakeEnergyModel(made.spec, made.tensors, precision);
  const int64_t dimension = model->dimension();
  Outputs outputs = {.log_density = std::vector<float>(kChains),
                     .gradient = std::vector<float>(kChains * dimension),
                     .logits = std::vector<float>(kChains * model->class_logits()->num_classes()),
                     .states = std::vector<float>(kChains * dimension)};
  FillNormal({.seed = 5, .stream = RandomStream::kDataNoise}, outputs.states);
  const Matrix x(outputs.states.data(), kChains, dimension);
  const std::vector<int32_t> classes(kChains, kNoClass);
  model->class_logits()->Logits(x, Matrix(outputs.logits.data(), kChains, model->class_logits()->num_classes()),
                                outputs.log_density);
  model->log_density_gradient()->Evaluate(x, classes, outputs.log_density,
                                          Matrix(outputs.gradient.data(), kChains, dimension));
  RowWorkers workers(1);
  const LangevinKernel kernel(*model->log_density_gradient());
  RunChains(kernel, {.seed = 9, .sampler = {.steps = 10}}, x, workers);
  return outputs;
}

void ExpectSameBits(const std::vector<float>& a, const std::vector<float>& b, const char* what) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << what;
}

struct Case {
  std::string activation;
  Precision precision;
  std::string base;
};

class InstructionSetsTest : public testing::TestWithParam<Case> {};

TEST_P(InstructionSetsTest, AllGiveTheSameBits) {
  TestModel model = RandomMlp(60, {30, {65, 48}, 19});
  model.spec.activation = GetParam().activation;
  if (!GetParam().base.empty()) model = WithRandomBase(60, GetParam().base.c_str(), 0.3F, std::move(model));
  std::vector<Outputs> all;
  kernels::ForEveryTarget([&](int64_t target) {
    if ((target & kernels::kFusedTargets) == 0) return;
    all.push_back(OutputsOf(model, GetParam().precision));
    ExpectSameBits(all.back().logits, all.front().logits, "logits");
    ExpectSameBits(all.back().log_density, all.front().log_density, "log density");
    ExpectSameBits(all.back().gradient, all.front().gradient, "gradient");
    ExpectSameBits(all.back().states, all.front().states, "states of chains");
  });
  EXPECT_FALSE(all.empty());
}

// States, logits and log densities of some Gibbs chains.
std::vector<float> OutputsOfChains(const TestModel& made) {
  const auto model = *MakeEnergyModel(made.spec, made.tensors);
  MatrixBuffer states(kChains, model->dimension());
  FillUniformLevels(3, 0, model->block_conditionals()->levels(), states.view());
  RowWorkers workers(1);
  RunChains(GibbsKernel(*model->block_conditionals()),
            {.seed = 9, .sampler = {.steps = 30, .kernel = Gibbs{.temperature = 1.5F}}}, states.view(), workers);
  std::vector<float> outputs(states.values());
  const int64_t classes = made.spec.num_classes();
  std::vector<float> logits(kChains * classes);
  std::vector<float> log_density(kChains);
  model->class_logits()->Logits(states.view(), {logits.data(), kChains, classes}, log_density);
  outputs.insert(outputs.end(), logits.begin(), logits.end());
  outputs.insert(outputs.end(), log_density.begin(), log_density.end());
  return outputs;
}

void ExpectSameBitsOnAll(const TestModel& made) {
  std::vector<float> first;
  kernels::ForEveryTarget([&](int64_t target) {
    if ((target & kernels::kFusedTargets) == 0) return;
    const std::vector<float> outputs = OutputsOfChains(made);
    if (first.empty()) first = outputs;
    ExpectSameBits(outputs, first, "states, logits and log densities");
  });
  EXPECT_FALSE(first.empty());
}

// Coordinates of two and of many levels, and numbers of units that do not fill vectors.
TEST(DiscreteInstructionSetsTest, AllGiveTheSameBits) {
  std::vector<int> levels(30, 2);
  levels[7] = 17;
  levels[21] = 6;
  ExpectSameBitsOnAll(reference::SmallRbm(levels, 65, 19).Model());
}

TEST(DiscreteInstructionSetsTest, AllGiveTheSameBitsWithoutHiddenUnits) {
  ExpectSameBitsOnAll(reference::SmallBoltzmann(37, reference::CompleteGraph(37)).Model());
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const char* activation : {"elu", "silu", "relu", "softplus", "leaky_relu"}) {
    for (const Precision precision : {Precision::kF32, Precision::kBf16}) cases.push_back({activation, precision, ""});
  }
  cases.push_back({"elu", Precision::kF32, kClassGaussiansBase});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, InstructionSetsTest, testing::ValuesIn(Cases()), [](const auto& info) {
  const Case& one = info.param;
  return one.activation + (one.precision == Precision::kF32 ? "_f32" : "_bf16") + (one.base.empty() ? "" : "_on_base");
});

}  // namespace
}  // namespace ebm
