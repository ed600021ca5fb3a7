#include "model/train/mlp_network.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "model/energy/energy_factory.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using reference::RandomMlp;
using reference::TestMlp;

class MlpNetworkTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(network_.ok()) << network_.status(); }

  const TestMlp mlp_ = RandomMlp(3, {7, {5, 9}, 4});
  const absl::StatusOr<MlpNetwork> network_ = MlpNetwork::FromTensors(mlp_.spec, mlp_.tensors);
};

TEST_F(MlpNetworkTest, GivesBackTheTensorsItWasMadeFrom) { EXPECT_EQ(network_->ToTensors(), mlp_.tensors); }

TEST_F(MlpNetworkTest, ParametersAreTheLiveWeightsInOrder) {
  const std::vector<at::Tensor>& parameters = network_->parameters();
  ASSERT_EQ(parameters.size(), mlp_.tensors.size());
  for (size_t i = 0; i < parameters.size(); ++i) EXPECT_EQ(parameters[i].sizes().vec(), mlp_.tensors[i].shape);
  parameters[3].fill_(0.5F);
  EXPECT_EQ(network_->ToTensors()[3].values, std::vector<float>(9, 0.5F));
}

TEST_F(MlpNetworkTest, TheWeightsAreACopy) {
  TestMlp mlp = mlp_;
  const auto network = MlpNetwork::FromTensors(mlp.spec, mlp.tensors);
  mlp.tensors[0].values.assign(mlp.tensors[0].values.size(), 0.0F);
  EXPECT_EQ(network->ToTensors(), mlp_.tensors);
}

// Training differentiates Logits in the parameters: every one must be reached, and d sum f / d b_L = n.
TEST_F(MlpNetworkTest, LogitsCanBeDifferentiatedInTheParameters) {
  std::vector<at::Tensor> parameters = network_->parameters();
  for (at::Tensor& parameter : parameters) parameter.set_requires_grad(true);
  const at::Tensor x = at::linspace(-1, 1, 6 * 7).reshape({6, 7});
  const std::vector<at::Tensor> gradients = torch::autograd::grad({network_->Logits(x).sum()}, parameters);
  ASSERT_EQ(gradients.size(), parameters.size());
  for (const at::Tensor& gradient : gradients) EXPECT_TRUE(gradient.defined() && gradient.count_nonzero().item<int>());
  EXPECT_TRUE(gradients.back().eq(6.0).all().item<bool>());
}

// What is trained is what is served. Both round, each its own way: a sum of 9 terms of size 1, some layers deep.
TEST(MlpNetworkActivationTest, LogitsAreThoseOfTheServedEnergy) {
  for (const char* activation : {"elu", "silu", "relu", "softplus", "leaky_relu"}) {
    TestMlp mlp = RandomMlp(3, {7, {5, 9}, 4});
    mlp.spec.activation = activation;
    const auto network = MlpNetwork::FromTensors(mlp.spec, mlp.tensors);
    const auto energy = MakeEnergyModel(mlp.spec, mlp.tensors);
    ASSERT_TRUE(network.ok() && energy.ok());
    const at::Tensor x = at::linspace(-3, 3, 6 * 7).reshape({6, 7}).contiguous();
    MatrixBuffer logits(6, 4);
    std::vector<float> log_density(6);
    (*energy)->class_logits()->Logits({x.const_data_ptr<float>(), 6, 7}, logits.view(), log_density);
    const at::Tensor expected = network->Logits(x).contiguous();
    for (int64_t i = 0; i < 24; ++i) {
      EXPECT_NEAR(logits.values()[i], expected.const_data_ptr<float>()[i], 1e-5) << activation;
    }
  }
}

}  // namespace
}  // namespace ebm
