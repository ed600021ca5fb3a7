#include "model/offline/partition/estimator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "model/offline/partition/pilot.h"
#include "tests/reference/normal_base.h"
#include "tests/reference/quadratic_energy.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::NormalBase;
using reference::QuadraticEnergy;
using ::testing::HasSubstr;

class EstimatorTest : public testing::Test {
 protected:
  absl::StatusOr<ChainWeights> Weigh() const { return WeighChains(energy_, base_, options_, callbacks_); }
  PartitionResult Estimate() const { return ResultOf(Weigh().value()); }
  absl::Status Failure() const { return Weigh().status(); }
  std::string Refusal() const { return std::string(Failure().message()); }

  const QuadraticEnergy energy_{{2, 0.5F, 1}, {1, -1, 0}};
  const NormalBase base_{3, 0, 1.5F};
  PartitionOptions options_{.chains = 150, .steps = 12, .seed = 4};
  AnnealingCallbacks callbacks_;
};

// A model whose ln p~ is not finite on one side.
class HalfEnergy final : public EnergyModel, public LogDensityGradient {
 public:
  int64_t dimension() const override { return 1; }
  const LogDensityGradient* log_density_gradient() const override { return this; }
  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    for (int64_t row = 0; row < x.rows(); ++row) {
      log_density[row] = x.row(row)[0] < 0 ? std::numeric_limits<float>::quiet_NaN() : 0.0F;
    }
  }
  void Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                Matrix gradient) const override {
    LogDensity(x, log_density);
    std::ranges::fill(gradient.values(), 0.0F);
  }
};

// A model that can only be evaluated.
class FlatEnergy final : public EnergyModel {
 public:
  int64_t dimension() const override { return 3; }
  void LogDensity(ConstMatrix /*x*/, std::span<float> log_density) const override {
    std::ranges::fill(log_density, 0.0F);
  }
};

void ExpectSameBits(const PartitionResult& a, const PartitionResult& b) {
  EXPECT_EQ(a.forward.log_mean, b.forward.log_mean);
  EXPECT_EQ(a.forward.standard_error, b.forward.standard_error);
  EXPECT_EQ(a.forward.effective_sample_size, b.forward.effective_sample_size);
  EXPECT_EQ(a.reverse.log_mean, b.reverse.log_mean);
  EXPECT_EQ(a.reverse.effective_sample_size, b.reverse.effective_sample_size);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.acceptance, b.acceptance);
  EXPECT_EQ(a.length, b.length);
}

TEST_F(EstimatorTest, EqualSeedsGiveEqualBitsWhateverTheNumberOfThreads) {
  const PartitionResult alone = Estimate();
  for (const int threads : {2, 3, 16}) {
    options_.threads = threads;
    ExpectSameBits(Estimate(), alone);
  }
  options_.seed = 5;
  EXPECT_NE(Estimate().forward.log_mean, alone.forward.log_mean);
}

TEST_F(EstimatorTest, PartsHaveTheForwardChainsOfTheWhole) {
  const ChainWeights whole = Weigh().value();
  options_.chains = 60;
  const ChainWeights first = Weigh().value();
  options_.first_chain = 60;
  options_.chains = 90;
  const ChainWeights second = Weigh().value();
  const ChainWeights joined = JoinParts({second, first}).value();
  EXPECT_EQ(joined.forward, whole.forward);
  EXPECT_EQ(joined.path.betas, whole.path.betas);
  EXPECT_EQ(joined.path.step_sizes, whole.path.step_sizes);
  EXPECT_NEAR(joined.acceptance, whole.acceptance, 1e-12);
  EXPECT_EQ(joined.length, whole.length);
  EXPECT_EQ(joined.reverse.size(), whole.reverse.size());
  EXPECT_EQ(ResultOf(joined).forward.log_mean, ResultOf(whole).forward.log_mean);
}

TEST_F(EstimatorTest, PartsResampleIndependently) {
  const ChainWeights first = Weigh().value();
  options_.first_chain = 150;
  const ChainWeights second = Weigh().value();
  EXPECT_NE(first.forward, second.forward);
  EXPECT_NE(first.reverse, second.reverse);
}

TEST_F(EstimatorTest, ChoosesItsStepsByTheVarianceThatIsWanted) {
  options_.steps.reset();
  options_.wanted_variance = 0.4;
  const PartitionResult coarse = Estimate();
  options_.wanted_variance = 0.1;
  const PartitionResult fine = Estimate();
  EXPECT_GT(fine.steps, 3 * coarse.steps);
  EXPECT_LT(fine.steps, 6 * coarse.steps);
  EXPECT_EQ(fine.length, coarse.length);
  EXPECT_GT(fine.forward.effective_sample_size, coarse.forward.effective_sample_size);
}

TEST_F(EstimatorTest, AcceptsStepsAtTheWantedRate) {
  options_.steps = 200;
  EXPECT_NEAR(Estimate().acceptance, 0.574, 0.12);
}

TEST_F(EstimatorTest, TellsItsProgressFromNothingToAll) {
  std::vector<double> pilot;
  std::vector<double> annealing;
  callbacks_.progress = [&](AnnealingStage stage, double fraction) {
    (stage == AnnealingStage::kPilot ? pilot : annealing).push_back(fraction);
  };
  options_.threads = 2;
  ASSERT_TRUE(Weigh().ok());
  EXPECT_TRUE(std::is_sorted(pilot.begin(), pilot.end()));
  EXPECT_TRUE(std::is_sorted(annealing.begin(), annealing.end()));
  EXPECT_NEAR(pilot.back(), 1, 1e-9);
  EXPECT_NEAR(annealing.back(), 1, 1e-9);
  EXPECT_LT(annealing.front(), 0.05);
}

TEST_F(EstimatorTest, IsCancelledWhereverItStands) {
  for (const AnnealingStage where : {AnnealingStage::kPilot, AnnealingStage::kAnnealing}) {
    for (const double fraction : {0.0, 0.2, 0.6, 0.9}) {
      std::atomic<bool> stop = false;
      std::atomic<int> steps_after = 0;
      callbacks_.stop_requested = [&] { return stop.load(); };
      callbacks_.progress = [&](AnnealingStage stage, double done) {
        if (stop) ++steps_after;
        if (stage == where && done > fraction) stop = true;
      };
      options_.threads = 2;
      EXPECT_EQ(Failure().code(), absl::StatusCode::kCancelled);
      EXPECT_LE(steps_after, 1);  // a step of the other thread that had already begun
    }
  }
}

TEST_F(EstimatorTest, RefusesOptionsThatMakeNoSense) {
  const PartitionOptions good = options_;
  options_.chains = 1;
  EXPECT_EQ(Refusal(), "chains: 1 is below the limit of 2");
  options_ = good;
  options_.first_chain = (int64_t{1} << 32) - 149;
  EXPECT_EQ(Refusal(), "chains: 150 from number 4294967147 are not within 0 to 4294967295");
  options_ = good;
  options_.steps = 0;
  EXPECT_EQ(Refusal(), "steps: 0 is below the limit of 1");
  options_ = good;
  options_.threads = 0;
  EXPECT_EQ(Refusal(), "threads: 0 is below the limit of 1");
  options_ = good;
  options_.wanted_variance = 0;
  EXPECT_EQ(Refusal(), "wanted_variance: 0 is not above 0");
  EXPECT_EQ(WeighChains(energy_, NormalBase(2, 0, 1), good, {}).status().message(),
            "the base has 2 coordinates, the model 3");
}

TEST_F(EstimatorTest, RefusesAModelThatItCannotFollow) {
  const absl::Status flat = WeighChains(FlatEnergy(), base_, options_, {}).status();
  EXPECT_EQ(flat.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(flat.message(),
            "this model has neither a gradient of its log density nor block conditionals along a path from the base");
  const absl::Status half = WeighChains(HalfEnergy(), NormalBase(1, 0, 1), options_, {}).status();
  EXPECT_EQ(half.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(half.message()), HasSubstr("not finite"));
}

// Chains decorrelate over 10,000 steps, and the variance of the log weights is 0.3 even if they do not move: 0.25 would
// take thousands of steps, for weights that are hardly more even.
TEST(ChooseStepsTest, TakesFewWhereMoreWouldBuyLittle) {
  const auto profile = [](double correlation) {
    const ProfilePoint point = {.deviation = std::sqrt(0.3), .correlation = correlation};
    ProfilePoint end = point;
    end.beta = 1;
    return AnnealingProfile({point, end});
  };
  EXPECT_EQ(*ChooseSteps(profile(0.9999), {}), 10);
  EXPECT_LE(profile(0.5).LogWeightVariance(*ChooseSteps(profile(0.5), {.wanted_variance = 0.01})), 0.01);
}

TEST_F(EstimatorTest, RefusesABaseThatWouldTakeTooManySteps) {
  options_.steps.reset();
  options_.max_steps = 2;
  EXPECT_EQ(Failure().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Refusal(), HasSubstr("with 2 steps, the limit, the variance of the log weights would be about"));
}

TEST_F(EstimatorTest, NearlyEqualDensitiesNeedFewSteps) {
  const QuadraticEnergy near({0.44F, 0.45F, 0.44F}, {0, 0, 0});  // 1 / 1.5^2 is 0.444
  options_.steps.reset();
  EXPECT_EQ(WeighChains(near, base_, options_, {})->path.steps(), 10);
}

TEST_F(EstimatorTest, EverySpacingGivesTheSameLnZ) {
  options_ = {.chains = 1000, .steps = 100, .seed = 4};
  const PartitionResult equal = Estimate();
  for (const BetaSpacing spacing : {BetaSpacing::kLinear, BetaSpacing::kGeometric}) {
    options_.spacing = spacing;
    const PartitionResult other = Estimate();
    EXPECT_NE(other.forward.log_mean, equal.forward.log_mean);
    EXPECT_TRUE(reference::IsNormalDraw(other.forward.log_mean, equal.forward.log_mean,
                                        std::hypot(other.forward.standard_error, equal.forward.standard_error),
                                        reference::kAllowedFailure / 2));
  }
}

TEST(PilotTest, GivesUpOnABaseThatIsTooFarOff) {
  const QuadraticEnergy energy({2}, {1000});
  const NormalBase base(1, 0, 1);
  const absl::Status status =
      RunPilot({.model = energy, .base = base, .box = {}}, {.max_points = 5, .seed = 1}, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("instead of 1 in 5 increments of beta"));
}

TEST_F(EstimatorTest, DoesNotClaimWhereTheBaseIsFarOffAndStepsAreFew) {
  const NormalBase far(3, 40, 0.5F);
  options_ = {.chains = 400, .steps = 4, .seed = 4};
  const PartitionResult result = ResultOf(*WeighChains(energy_, far, options_, {}));
  const absl::Status status = CheckClaim(result, {});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the forward run's effective sample size is"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("nats apart, above the limit of"));
}

}  // namespace
}  // namespace ebm
