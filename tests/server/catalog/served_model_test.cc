#include "server/catalog/served_model.h"

#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::catalog {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

absl::StatusOr<std::shared_ptr<const ServedModel>> Make(Checkpoint checkpoint = QuadraticCheckpoint(),
                                                        int64_t dimension = 4, float precision = 1) {
  return ServedModel::Create("quadratic", std::move(checkpoint),
                             std::make_unique<QuadraticEnergy>(dimension, std::vector<float>{-1, 0, 1}, precision));
}

class NoGradient final : public EnergyModel {
 public:
  int64_t dimension() const override { return 4; }
  void LogDensity(ConstMatrix /*x*/, std::span<float> log_density) const override {
    std::fill(log_density.begin(), log_density.end(), 0.0F);
  }
};

TEST(ServedModelTest, RefusesAnEnergyWithoutLogitsOrGradients) {
  const auto model = ServedModel::Create("flat", QuadraticCheckpoint(), std::make_unique<NoGradient>());
  EXPECT_EQ(model.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ServedModelTest, RefusesAnEnergyOfAnotherShape) {
  const auto model = Make(QuadraticCheckpoint(), 5);
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("5 coordinates and 3 classes; the spec has 4 and 3"));
}

TEST(ServedModelTest, RefusesWeightsThatAreNotFinite) {
  const auto model = Make(QuadraticCheckpoint(), 4, std::nanf(""));
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("must be finite"));
}

TEST(ServedModelTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ServedModel::Load("/nonexistent/digits.safetensors", Precision::kF32).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(ServedModelTest, DoesNotKeepTheCheckpointsTensors) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.tensors = {{.name = "weight", .shape = {1}, .values = {1}}};
  EXPECT_TRUE((*Make(checkpoint))->checkpoint().tensors.empty());
}

ChainSettings From(ChainStart start, int32_t target_class = kNoClass) {
  return {.seed = 3, .target_class = target_class, .sampler = {.start = start}};
}

TEST(ServedModelTest, StartsAreAFunctionOfSeedAndChain) {
  const auto model = *Make();
  for (const ChainStart start : {ChainStart::kUniform, ChainStart::kBuffer}) {
    const std::vector<float> three = *model->StartStates(From(start), 3);
    ChainSettings second = From(start);
    second.chain = 1;
    EXPECT_EQ(*model->StartStates(second, 2), std::vector<float>(three.begin() + 4, three.end()));
  }
  const std::vector<float> three = *model->StartStates(From(ChainStart::kUniform), 3);
  ChainSettings other = From(ChainStart::kUniform);
  other.seed = 4;
  EXPECT_NE(three, *model->StartStates(other, 3));
  EXPECT_THAT(three, Each(Ge(-1)));
  EXPECT_THAT(three, Each(Le(1)));
}

// Also for weighted chains, which begin at draws of another density.
TEST(ServedModelTest, BaseStartsAreAFunctionOfSeedAndChain) {
  const reference::TestModel on_base =
      reference::WithRandomBase(3, kClassGaussiansBase, 0.3F, reference::RandomMlp(4, {4, {8}, 3}));
  const auto model =
      *ServedModel::Create("on_base", {.spec = on_base.spec}, *MakeEnergyModel(on_base.spec, on_base.tensors));
  std::set<std::vector<float>> different;
  for (const KernelSettings& kernel : KernelKinds()) {
    for (const int32_t target_class : {kNoClass, 1}) {
      ChainSettings first = From(ChainStart::kBase, target_class);
      first.sampler.kernel = kernel;
      const std::vector<float> whole = *model->StartStates(first, 20);
      first.chain = 7;
      EXPECT_EQ(*model->StartStates(first, 13), std::vector<float>(whole.begin() + 7 * 4, whole.end()));
      different.insert(whole);
    }
  }
  EXPECT_EQ(different.size(), 3) << "of any class, of class 1, and of class 1 with weights";
}

TEST(ServedModelTest, BufferStartsAreStoredStates) {
  const auto model = *Make();
  EXPECT_THAT(*model->StartStates(From(ChainStart::kBuffer), 50), Each(AnyOf(-0.5F, 0.25F)));
  EXPECT_THAT(*model->StartStates(From(ChainStart::kBuffer, 2), 50), Each(0.25F));
  EXPECT_EQ(model->StartStates(From(ChainStart::kBuffer, 1), 50).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace ebm::catalog
