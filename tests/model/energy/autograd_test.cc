// The explicit vector-Jacobian products against LibTorch's autograd, which is told the same formula in double precision
// and knows nothing of the pass back under test.

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "model/core/random.h"
#include "model/energy/jem_mlp.h"
#include "model/energy/mlp_network.h"
#include "tests/reference/mlp_oracle.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using reference::kAllowedFailure;
using reference::MlpOracle;
using reference::MlpShape;
using reference::RandomMlp;
using reference::Rounded;
using reference::RoundingReach;
using reference::TestMlp;

constexpr int64_t kRows = 6;

std::vector<float> Normals(uint64_t seed, size_t count) {
  std::vector<float> values(count);
  FillNormal({.seed = seed, .stream = RandomStream::kDataNoise}, values);
  return values;
}

at::Tensor ToTensor(const std::vector<float>& values, int64_t cols) { return at::tensor(values).reshape({-1, cols}); }

// f(x) in double precision, through operators that autograd follows.
at::Tensor DoubleLogits(const MlpNetwork& network, at::Tensor h) {
  const std::vector<at::Tensor> parameters = network.Parameters();
  for (size_t i = 0; i < parameters.size(); i += 2) {
    if (i > 0) h = at::elu(h);
    h = at::matmul(h, parameters[i].to(at::kDouble).t()) + parameters[i + 1].to(at::kDouble);
  }
  return h;
}

at::Tensor GradientOfSum(const at::Tensor& rows, const at::Tensor& x) {
  return torch::autograd::grad({rows.sum()}, {x})[0];
}

class AutogradTest : public testing::TestWithParam<MlpShape> {
 protected:
  void SetUp() override { ASSERT_TRUE(network_.ok()) << network_.status(); }

  // A leaf that autograd differentiates in.
  at::Tensor DoubleInput() const { return ToTensor(x_, dimension_).to(at::kDouble).set_requires_grad(true); }

  std::vector<double> Point(int64_t row) const {
    return {x_.begin() + row * dimension_, x_.begin() + (row + 1) * dimension_};
  }

  // |actual - autograd's| is within the oracle's reckoning of float32's rounding.
  void ExpectAgrees(std::span<const float> actual, const at::Tensor& autograd, int64_t row,
                    const std::vector<Rounded>& oracle) const {
    constexpr double kFailure = kAllowedFailure / 10000;  // more checks than any test here makes
    for (int64_t i = 0; i < dimension_; ++i) {
      const double expected = autograd[row][i].item<double>();
      EXPECT_NEAR(actual[i], expected, RoundingReach(kFailure) * oracle[i].spread)
          << "row " << row << ", coordinate " << i;
    }
  }

  const int64_t dimension_ = GetParam().dimension;
  const TestMlp mlp_ = RandomMlp(41, GetParam());
  const absl::StatusOr<MlpNetwork> network_ = MlpNetwork::FromTensors(mlp_.spec, mlp_.tensors);
  const MlpOracle oracle_{mlp_.tensors};
  const int64_t count_ = kRows * dimension_;
  const std::vector<float> x_ = Normals(42, count_);  // [kRows, dimension_]
};

INSTANTIATE_TEST_SUITE_P(Shapes, AutogradTest,
                         testing::Values(MlpShape{1, {1}, 2}, MlpShape{6, {5}, 3}, MlpShape{20, {33, 17}, 10},
                                         MlpShape{13, {31, 8, 5}, 4}, MlpShape{9, {16, 3, 21, 11}, 7}));

TEST_P(AutogradTest, GradientOfLogDensityAgrees) {
  const JemMlp energy(*network_);
  std::vector<float> log_density(kRows);
  MatrixBuffer gradient(kRows, dimension_);
  energy.Evaluate({x_.data(), kRows, dimension_}, std::vector<int32_t>(kRows, kNoClass), log_density, gradient.view());
  const at::Tensor x = DoubleInput();
  const at::Tensor expected = GradientOfSum(at::logsumexp(DoubleLogits(*network_, x), 1), x);
  for (int64_t row = 0; row < kRows; ++row) {
    ExpectAgrees(gradient.row(row), expected, row, oracle_.Gradient(Point(row), kNoClass));
  }
}

TEST_P(AutogradTest, GradientOfEveryLogitAgrees) {
  const JemMlp energy(*network_);
  std::vector<float> log_density(kRows);
  MatrixBuffer gradient(kRows, dimension_);
  for (int32_t y = 0; y < GetParam().classes; ++y) {
    const std::vector<int32_t> classes(kRows, y);
    energy.Evaluate({x_.data(), kRows, dimension_}, classes, log_density, gradient.view());
    const at::Tensor x = DoubleInput();
    const at::Tensor expected = GradientOfSum(DoubleLogits(*network_, x).select(1, y), x);
    for (int64_t row = 0; row < kRows; ++row) {
      ExpectAgrees(gradient.row(row), expected, row, oracle_.Gradient(Point(row), y));
    }
  }
}

TEST_P(AutogradTest, PullBackOfAnyVectorAgrees) {
  const std::vector<float> v = Normals(43, kRows * GetParam().classes);
  std::vector<at::Tensor> hidden;
  network_->Logits(ToTensor(x_, dimension_), hidden);
  const at::Tensor got = network_->PullBack(ToTensor(v, GetParam().classes), hidden).contiguous();
  const at::Tensor x = DoubleInput();
  const at::Tensor weighted = DoubleLogits(*network_, x) * ToTensor(v, GetParam().classes).to(at::kDouble);
  const at::Tensor expected = GradientOfSum(weighted, x);
  for (int64_t row = 0; row < kRows; ++row) {
    std::vector<Rounded> weights;
    weights.reserve(GetParam().classes);
    for (int k = 0; k < GetParam().classes; ++k) weights.push_back({.value = v[row * GetParam().classes + k]});
    const std::span<const float> actual(got.const_data_ptr<float>() + row * dimension_, dimension_);
    ExpectAgrees(actual, expected, row, oracle_.PullBack(Point(row), weights));
  }
}

// Training differentiates Logits in the parameters: every one must be reached, and the last layer's gradients are known
// in closed form, d sum f / d b_L = n and d sum f / d W_L[k] = sum_rows h_{L-1}.
TEST_P(AutogradTest, LogitsCanBeDifferentiatedInTheParameters) {
  std::vector<at::Tensor> parameters = network_->Parameters();
  for (at::Tensor& parameter : parameters) parameter.set_requires_grad(true);
  std::vector<at::Tensor> hidden;
  const at::Tensor logits = network_->Logits(ToTensor(x_, dimension_), hidden);
  const std::vector<at::Tensor> gradients = torch::autograd::grad({logits.sum()}, parameters);
  ASSERT_EQ(gradients.size(), parameters.size());
  for (const at::Tensor& gradient : gradients) EXPECT_TRUE(gradient.defined() && gradient.count_nonzero().item<int>());
  EXPECT_TRUE(gradients.back().eq(static_cast<double>(kRows)).all().item<bool>());
  const at::Tensor expected = hidden.back().detach().sum(0).expand_as(gradients[gradients.size() - 2]);
  EXPECT_TRUE(at::allclose(gradients[gradients.size() - 2], expected, 1e-5, 1e-6));
}

}  // namespace
}  // namespace ebm
