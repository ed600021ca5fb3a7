#include "model/offline/train/trainable_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/core/random.h"
#include "model/offline/statistics/evaluation.h"
#include "tests/model/offline/train/tiny_problem.h"
#include "tests/reference/quantiles.h"

namespace ebm {
namespace {

using testing::TinyRows;
using testing::TinySpec;

// The loss of recipe.h, in double precision from the model's own logits.
double Loss(const EnergyModel& model, const LabelledData& rows, const MatrixBuffer& chains,
            const LossWeights& weights) {
  const Evaluation data = Evaluate(model, rows.rows.view(), rows.labels);
  std::vector<float> chain_density(chains.rows());
  model.LogDensity(chains.view(), chain_density);
  const auto mean_square = [](const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0, [](double s, float v) { return s + double{v} * v; }) /
           static_cast<double>(values.size());
  };
  return data.cross_entropy + weights.density * (MeanLogDensity(model, chains.view()) - data.mean_log_density()) +
         weights.energy_penalty * (mean_square(data.log_density) + mean_square(chain_density));
}

class TrainableModelTest : public ::testing::TestWithParam<ModelSpec> {};

INSTANTIATE_TEST_SUITE_P(Families, TrainableModelTest, ::testing::Values(TinySpec(), testing::TinyResnetSpec()),
                         [](const auto& info) { return info.param.family(); });

TEST_P(TrainableModelTest, GradientMatchesFiniteDifferencesOfTheLoss) {
  const ModelSpec& spec = GetParam();
  const LabelledData rows = TinyRows(40, 5);
  const MatrixBuffer chains = TinyRows(40, 6).rows;
  const LossWeights weights{.density = 0.7, .energy_penalty = 0.05};
  const auto model = *TrainableModel::Create(spec, InitialParameters(spec, 3));
  RowWorkers two_threads(2);
  model->ComputeGradient({rows.rows.view(), rows.labels, chains.view()}, weights, two_threads);

  for (size_t p = 0; p < model->Weights().size(); ++p) {
    const size_t size = model->Weights()[p].size();
    for (const size_t i : {size_t{0}, size / 2, size - 1}) {
      constexpr float kStep = 1e-2F;
      const float kept = model->Weights()[p][i];
      const auto loss_at = [&](float value) {
        model->Change([&](size_t parameter, std::span<float> live) {
          if (parameter == p) live[i] = value;
        });
        return Loss(model->energy(), rows, chains, weights);
      };
      const double above = loss_at(kept + kStep);
      const double below = loss_at(kept - kStep);
      loss_at(kept);
      // Central differences in float32: h^2 f'''/6 and rounding of the loss, about 1e-6, over 2h.
      EXPECT_NEAR(model->gradient(p)[i], (above - below) / (2 * kStep), 3e-4) << "parameter " << p << " element " << i;
    }
  }
}

// A convolution of several channels stores its weights in another order than that of the gradient that it returns.
TEST(TrainableModelChannelsTest, GradientsAreInTheOrderOfTheirWeights) {
  ModelSpec spec = testing::TinyResnetSpec();
  spec.input_shape = {2, 4, 4};
  spec.network = ResnetSpec{.hidden_widths = {8}, .blocks_per_group = 1};
  constexpr int64_t kRows = 8;
  LabelledData rows{MatrixBuffer(kRows, spec.dimension()), {}};
  MatrixBuffer chains(kRows, spec.dimension());
  FillNormal({.seed = 1}, rows.rows.view().values());
  FillNormal({.seed = 2}, chains.view().values());
  for (int64_t row = 0; row < kRows; ++row) rows.labels.push_back(static_cast<int32_t>(row % 3));
  const auto model = *TrainableModel::Create(spec, InitialParameters(spec, 3));
  RowWorkers one_thread(1);
  model->ComputeGradient({rows.rows.view(), rows.labels, chains.view()}, {}, one_thread);

  constexpr float kStep = 1e-2F;
  for (size_t p = 0; p < model->Weights().size(); ++p) {
    for (size_t i = 0; i < model->Weights()[p].size(); i += 5) {
      const float kept = model->Weights()[p][i];
      const auto loss_at = [&](float value) {
        model->Change([&](size_t parameter, std::span<float> live) {
          if (parameter == p) live[i] = value;
        });
        return Loss(model->energy(), rows, chains, {});
      };
      const double above = loss_at(kept + kStep);
      const double below = loss_at(kept - kStep);
      loss_at(kept);
      EXPECT_NEAR(model->gradient(p)[i], (above - below) / (2 * kStep), 5e-4) << "parameter " << p << " element " << i;
    }
  }
}

TEST_P(TrainableModelTest, ReportsTheTermsOfTheLoss) {
  const ModelSpec& spec = GetParam();
  const LabelledData rows = TinyRows(40, 5);
  const MatrixBuffer chains = TinyRows(40, 6).rows;
  const auto model = *TrainableModel::Create(spec, InitialParameters(spec, 3));
  RowWorkers one_thread(1);
  const BatchLoss loss = model->ComputeGradient({rows.rows.view(), rows.labels, chains.view()}, {}, one_thread);
  const Evaluation expected = Evaluate(model->energy(), rows.rows.view(), rows.labels);
  EXPECT_NEAR(loss.cross_entropy, expected.cross_entropy, 1e-6);
  EXPECT_NEAR(loss.data_log_density, expected.mean_log_density(), 1e-6);
  EXPECT_NEAR(loss.chain_log_density, MeanLogDensity(model->energy(), chains.view()), 1e-6);
  EXPECT_EQ(static_cast<double>(loss.errors) / 40, expected.error);
}

TEST_P(TrainableModelTest, GradientDoesNotDependOnTheNumberOfThreads) {
  const ModelSpec& spec = GetParam();
  const LabelledData rows = TinyRows(100, 5);
  const MatrixBuffer chains = TinyRows(100, 6).rows;
  constexpr int64_t kRowsPerSlice = 8;
  const auto alone = *TrainableModel::Create(spec, InitialParameters(spec, 3));
  const auto shared = *TrainableModel::Create(spec, InitialParameters(spec, 3));
  RowWorkers one_thread(1, kRowsPerSlice);
  alone->ComputeGradient({rows.rows.view(), rows.labels, chains.view()}, {}, one_thread);
  for (const int threads : {2, 3, 4}) {
    RowWorkers workers(threads, kRowsPerSlice);
    shared->ComputeGradient({rows.rows.view(), rows.labels, chains.view()}, {}, workers);
    for (size_t p = 0; p < alone->Weights().size(); ++p) {
      EXPECT_TRUE(std::ranges::equal(alone->gradient(p), shared->gradient(p))) << "parameter " << p;
    }
  }
}

TEST(InitialParametersTest, FillTheIntervalOfTheirFanIn) {
  const std::vector<NamedTensor> tensors = InitialParameters(TinySpec(), 1);
  ASSERT_EQ(tensors.size(), 6U);
  const std::vector<int64_t> fan_in = {4, 4, 8, 8, 8, 8};
  for (size_t p = 0; p < tensors.size(); ++p) {
    const float bound = 1.0F / std::sqrt(static_cast<float>(fan_in[p]));
    float largest = 0;
    for (const float value : tensors[p].values) largest = std::max(largest, std::abs(value));
    EXPECT_LE(largest, bound) << tensors[p].name;
    EXPECT_GT(largest, bound / 4) << tensors[p].name;
  }
  EXPECT_EQ(tensors[2].name, "layers.1.weight");
  EXPECT_NE(InitialParameters(TinySpec(), 2), tensors);
}

TEST(InitialParametersTest, OfAResidualNetworkHaveTheVarianceThatKeepsItsSignal) {
  const std::vector<NamedTensor> tensors = InitialParameters(testing::TinyResnetSpec(), 1);
  const NamedTensor& conv1 = tensors[2];  // 8 x 8 x 3 x 3
  double sum = 0;
  for (const float value : conv1.values) sum += double{value} * value;
  const auto n = static_cast<double>(conv1.values.size());
  const double variance = 1.0 / (8 * 3 * 3);
  // The square of a centred uniform variable of variance v has the standard deviation 2 v / sqrt(5).
  const double reach = reference::NormalBound(reference::kAllowedFailure);
  EXPECT_NEAR(sum / n, variance, reach * 2 * variance / std::sqrt(5 * n));
}

}  // namespace
}  // namespace ebm
