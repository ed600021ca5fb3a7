#include "model/energy/mlp_network.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/energy/jem_mlp.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using reference::RandomMlp;
using reference::TestMlp;

class MlpNetworkTest : public testing::Test {
 protected:
  const TestMlp mlp_ = RandomMlp(3, {7, {5, 9}, 4});
  const absl::StatusOr<MlpNetwork> network_ = MlpNetwork::FromTensors(mlp_.spec, mlp_.tensors);
};

TEST_F(MlpNetworkTest, GivesBackTheTensorsItWasMadeFrom) {
  ASSERT_TRUE(network_.ok()) << network_.status();
  EXPECT_EQ(network_->ToTensors(), mlp_.tensors);
  EXPECT_EQ(network_->num_layers(), 3);
  EXPECT_EQ(network_->dimension(), 7);
  EXPECT_EQ(network_->num_classes(), 4);
}

TEST_F(MlpNetworkTest, ParametersAreTheLiveWeightsInOrder) {
  std::vector<at::Tensor> parameters = network_->Parameters();
  ASSERT_EQ(parameters.size(), mlp_.tensors.size());
  for (size_t i = 0; i < parameters.size(); ++i) EXPECT_EQ(parameters[i].sizes().vec(), mlp_.tensors[i].shape);
  parameters[3].fill_(0.5F);
  EXPECT_EQ(network_->ToTensors()[3].values, std::vector<float>(9, 0.5F));
}

// An optimiser that writes the weights in place moves the energy.
TEST_F(MlpNetworkTest, AnEnergySharesItsNetworksWeights) {
  const JemMlp energy(*network_);
  const std::vector<float> x(7, 0.25F);
  std::vector<float> before(4);
  std::vector<float> after(4);
  energy.Logits(ConstMatrix(x.data(), 1, 7), Matrix(before.data(), 1, 4));
  network_->Parameters().back().add_(8.0F);
  energy.Logits(ConstMatrix(x.data(), 1, 7), Matrix(after.data(), 1, 4));
  for (size_t k = 0; k < 4; ++k) EXPECT_NEAR(after[k] - before[k], 8.0F, 1e-5F);
}

TEST_F(MlpNetworkTest, TheWeightsAreACopy) {
  TestMlp mlp = mlp_;
  const auto network = MlpNetwork::FromTensors(mlp.spec, mlp.tensors);
  mlp.tensors[0].values.assign(mlp.tensors[0].values.size(), 0.0F);
  EXPECT_EQ(network->ToTensors(), mlp_.tensors);
}

TEST_F(MlpNetworkTest, HiddenActivationsAreThoseOfEveryHiddenLayer) {
  std::vector<at::Tensor> hidden;
  network_->Logits(at::zeros({2, 7}), hidden);
  ASSERT_EQ(hidden.size(), 2);
  EXPECT_EQ(hidden[0].sizes().vec(), (std::vector<int64_t>{2, 5}));
  EXPECT_EQ(hidden[1].sizes().vec(), (std::vector<int64_t>{2, 9}));
  EXPECT_GE(hidden[0].min().item<float>(), -1.0F);
}

}  // namespace
}  // namespace ebm
