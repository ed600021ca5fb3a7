#include "server/catalog/served_model.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::catalog {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::shared_ptr<const ServedModel>> Make(Checkpoint checkpoint = QuadraticCheckpoint(),
                                                        int64_t dimension = 4, float precision = 1) {
  return ServedModel::Create({"quadratic"}, std::move(checkpoint),
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
  const auto model = ServedModel::Create({"flat"}, QuadraticCheckpoint(), std::make_unique<NoGradient>());
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

// A name that is not UTF-8 would make every answer unreadable.
TEST(ServedModelTest, RefusesAFileWhoseNameIsNotText) {
  const auto model = ServedModel::Load("/nonexistent/digits\xff.safetensors", {});
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("which can be renamed"));
}

TEST(ServedModelTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ServedModel::Load("/nonexistent/digits.safetensors", {}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ebm::catalog
