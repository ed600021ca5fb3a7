// What flips do to the log density, against the energies themselves; and the objectives that are made of them, against
// published values.

#include "model/networks/flip_function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "model/networks/network.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/small_boltzmann.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::CompleteGraph;
using reference::Grid;
using reference::SmallBoltzmann;
using reference::SmallRbm;
using reference::TestModel;
using testing::HasSubstr;

// [1, D].
at::Tensor FlipsAt(const TestModel& model, const std::vector<float>& x) {
  const Network network = *Network::FromTensors(model.spec, model.tensors);
  return (*FlipFunctionOf(model.spec))(network.parameters(), at::tensor(x).unsqueeze(0));
}

TEST(FlipFunctionTest, IsTheDifferenceOfLogDensitiesOfBoltzmannMachines) {
  for (const SmallBoltzmann& machine : {SmallBoltzmann(6, CompleteGraph(6)), SmallBoltzmann(9, Grid(3, 3))}) {
    const TestModel model = machine.Model();
    machine.ForEachState([&](const std::vector<int>& x) {
      const at::Tensor flips = FlipsAt(model, {x.begin(), x.end()});
      for (int i = 0; i < machine.sites(); ++i) {
        std::vector<int> flipped = x;
        flipped[i] = 1 - x[i];
        ASSERT_NEAR(flips[0][i].item<double>(), machine.LogDensity(flipped) - machine.LogDensity(x), 1e-5);
      }
    });
  }
}

// Rows 0xA5, 0x3C and 0x0F: bit i is x_i.
TEST(FlipFunctionTest, GivesThePublishedObjectivesOfARestrictedMachine) {
  const TestModel model = SmallRbm(std::vector(8, 2), 6, 1).Model();
  double pseudo_likelihood = 0;
  double flow = 0;
  for (const int row : {0xA5, 0x3C, 0x0F}) {
    std::vector<float> x(8);
    for (int i = 0; i < 8; ++i) x[i] = static_cast<float>(row >> i & 1);
    const at::Tensor flips = FlipsAt(model, x);
    pseudo_likelihood -= at::softplus(flips).sum().item<double>() / 3;
    flow += (flips / 2).exp().sum().item<double>() / 3;
  }
  EXPECT_NEAR(pseudo_likelihood, -6.78417013351, 1e-5);
  EXPECT_NEAR(flow, 9.39888565396, 1e-5);
}

TEST(FlipFunctionTest, IsRefusedWithoutCoordinatesOfTwoLevels) {
  const auto refusal = [](const TestModel& model) {
    return std::string(FlipFunctionOf(model.spec).status().message());
  };
  EXPECT_THAT(refusal(SmallRbm({2, 3}, 2, 1).Model()), HasSubstr("coordinate 1 has 3 levels; two are needed"));
  EXPECT_THAT(refusal(SmallRbm({2, 2}, 2, 3).Model()), HasSubstr("the model has 3 classes; one is needed"));
  EXPECT_THAT(refusal(reference::RandomMlp(1, {3, {4}, 2})), HasSubstr("family jem_mlp has no coordinates"));
}

}  // namespace
}  // namespace ebm
