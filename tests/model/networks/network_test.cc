#include "model/networks/network.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "model/energy/energy_factory.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/random_resnet.h"

namespace ebm {
namespace {

using reference::RandomMlp;
using reference::RandomResnet;
using reference::TestModel;

class NetworkTest : public testing::TestWithParam<TestModel> {
 protected:
  void SetUp() override { ASSERT_TRUE(network_.ok()) << network_.status(); }

  const TestModel model_ = GetParam();
  absl::StatusOr<Network> network_ = Network::FromTensors(model_.spec, model_.tensors);
};

INSTANTIATE_TEST_SUITE_P(Families, NetworkTest,
                         testing::Values(RandomMlp(3, {12, {5, 9}, 4}), RandomResnet(3, {{3, 4}, {8, 16}, 1, 4})),
                         [](const auto& info) { return info.param.spec.family(); });

TEST_P(NetworkTest, GivesBackTheTensorsItWasMadeFrom) { EXPECT_EQ(network_->ToTensors(), model_.tensors); }

TEST_P(NetworkTest, ParametersAreTheLiveWeightsInOrder) {
  const std::vector<at::Tensor>& parameters = network_->parameters();
  ASSERT_EQ(parameters.size(), model_.tensors.size());
  for (size_t i = 0; i < parameters.size(); ++i) EXPECT_EQ(parameters[i].sizes().vec(), model_.tensors[i].shape);
  parameters[3].fill_(0.5F);
  EXPECT_EQ(network_->ToTensors()[3].values, std::vector<float>(model_.tensors[3].values.size(), 0.5F));
}

TEST_P(NetworkTest, TheWeightsAreACopy) {
  TestModel model = model_;
  const auto network = Network::FromTensors(model.spec, model.tensors);
  model.tensors[0].values.assign(model.tensors[0].values.size(), 0.0F);
  EXPECT_EQ(network->ToTensors(), model_.tensors);
}

TEST_P(NetworkTest, TakesOtherParameters) {
  const std::vector<std::vector<float>> other = [&] {
    std::vector<std::vector<float>> values;
    values.reserve(model_.tensors.size());
    for (const NamedTensor& tensor : model_.tensors) values.emplace_back(tensor.values.rbegin(), tensor.values.rend());
    return values;
  }();
  network_->SetParameters({other.begin(), other.end()});
  const std::vector<NamedTensor> tensors = network_->ToTensors();
  for (size_t p = 0; p < tensors.size(); ++p) EXPECT_EQ(tensors[p].values, other[p]) << tensors[p].name;
}

// Training differentiates Logits in the parameters: each must get a gradient, and d sum f / d b_L = n.
TEST_P(NetworkTest, LogitsCanBeDifferentiatedInTheParameters) {
  std::vector<at::Tensor> parameters = network_->parameters();
  for (at::Tensor& parameter : parameters) parameter.set_requires_grad(true);
  const at::Tensor x = at::linspace(-1, 1, 6 * 12).reshape({6, 12});
  const std::vector<at::Tensor> gradients = torch::autograd::grad({network_->Logits(x).sum()}, parameters);
  ASSERT_EQ(gradients.size(), parameters.size());
  for (const at::Tensor& gradient : gradients) EXPECT_TRUE(gradient.defined() && gradient.count_nonzero().item<int>());
  EXPECT_TRUE(gradients.back().eq(6.0).all().item<bool>());
}

// The trained network is the served one, up to rounding: sums of 9 terms of size 1, over a few layers.
TEST(NetworkActivationTest, LogitsAreThoseOfTheServedEnergy) {
  for (const char* activation : {"elu", "silu", "relu", "softplus", "leaky_relu"}) {
    TestModel mlp = RandomMlp(3, {7, {5, 9}, 4});
    mlp.spec.activation = activation;
    const auto network = Network::FromTensors(mlp.spec, mlp.tensors);
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
