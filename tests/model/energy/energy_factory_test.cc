#include "model/energy/energy_factory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using reference::RandomMlp;
using reference::TestModel;
using ::testing::AllOf;
using ::testing::HasSubstr;

class EnergyFactoryTest : public testing::Test {
 protected:
  // The error's message. If there is no error, it is empty and the test fails.
  std::string Refusal() const {
    const auto model = MakeEnergyModel(mlp_.spec, mlp_.tensors);
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(model.status().message());
  }

  NamedTensor& Tensor(const std::string& name) {
    return *std::ranges::find(mlp_.tensors, name, [](const NamedTensor& tensor) { return tensor.name; });
  }

  TestModel mlp_ = RandomMlp(1, {6, {5, 4}, 3});
};

TEST_F(EnergyFactoryTest, MakesAModelWithEveryCapabilityOfAClassifier) {
  const auto model = MakeEnergyModel(mlp_.spec, mlp_.tensors);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->dimension(), 6);
  ASSERT_NE((*model)->class_logits(), nullptr);
  EXPECT_EQ((*model)->class_logits()->num_classes(), 3);
  EXPECT_NE((*model)->log_density_gradient(), nullptr);
}

TEST_F(EnergyFactoryTest, TakesTheTensorsInAnyOrder) {
  std::ranges::reverse(mlp_.tensors);
  EXPECT_TRUE(MakeEnergyModel(mlp_.spec, mlp_.tensors).ok());
}

TEST_F(EnergyFactoryTest, TheDimensionIsTheProductOfTheInputShape) {
  mlp_.spec.input_shape = {2, 3};
  const auto model = MakeEnergyModel(mlp_.spec, mlp_.tensors);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->dimension(), 6);
}

TEST_F(EnergyFactoryTest, NamesEveryTensorThatIsMissing) {
  for (const NamedTensor& missing : TestModel(mlp_).tensors) {
    mlp_ = RandomMlp(1, {6, {5, 4}, 3});
    std::erase_if(mlp_.tensors, [&](const NamedTensor& tensor) { return tensor.name == missing.name; });
    EXPECT_THAT(Refusal(), AllOf(HasSubstr(missing.name), HasSubstr("missing")));
  }
}

TEST_F(EnergyFactoryTest, NamesATensorThatIsNotOfTheModel) {
  mlp_.tensors.push_back({.name = "layers.3.weight", .shape = {1}, .values = {0}});
  EXPECT_THAT(Refusal(), HasSubstr("layers.3.weight"));
}

TEST_F(EnergyFactoryTest, NamesATensorThatIsGivenTwice) {
  mlp_.tensors.push_back(Tensor("layers.1.bias"));
  EXPECT_THAT(Refusal(), HasSubstr("layers.1.bias"));
}

TEST_F(EnergyFactoryTest, NamesTheShapeThatATensorHasAndTheOneItNeeds) {
  Tensor("layers.1.weight").shape = {5, 4};
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("layers.1.weight"), HasSubstr("[5, 4]"), HasSubstr("[4, 5]")));
}

TEST_F(EnergyFactoryTest, RefusesShapesThatOnlyAgreeInTheirProduct) {
  Tensor("layers.0.weight").shape = {30};
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("layers.0.weight"), HasSubstr("[30]"), HasSubstr("[5, 6]")));
  mlp_ = RandomMlp(1, {6, {5, 4}, 3});
  Tensor("layers.2.bias").shape = {3, 1};
  EXPECT_THAT(Refusal(), HasSubstr("layers.2.bias"));
}

TEST_F(EnergyFactoryTest, RefusesValuesThatDoNotFillTheShape) {
  Tensor("layers.0.bias").values.pop_back();
  EXPECT_THAT(Refusal(), HasSubstr("layers.0.bias"));
  mlp_ = RandomMlp(1, {6, {5, 4}, 3});
  Tensor("layers.0.weight").values.push_back(0.0F);
  EXPECT_THAT(Refusal(), HasSubstr("layers.0.weight"));
}

TEST_F(EnergyFactoryTest, NamesAnUnknownActivationAndTheKnownOnes) {
  mlp_.spec.activation = "tanh";
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("activation"), HasSubstr("tanh"), HasSubstr("elu, silu, relu")));
}

TEST_F(EnergyFactoryTest, RefusesASpecThatIsNotValid) {
  mlp_.spec.network = MlpSpec{.hidden_widths = {5, 0}};
  EXPECT_THAT(Refusal(), HasSubstr("hidden_widths"));
}

}  // namespace
}  // namespace ebm
