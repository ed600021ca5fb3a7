// The explicit vector-Jacobian products against LibTorch's autograd, which gets the same formula in double precision
// and is independent of the backward pass under test.

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <memory>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
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
using reference::TestModel;

constexpr int64_t kRows = 6;

std::vector<float> Normals(uint64_t seed, size_t count) {
  std::vector<float> values(count);
  FillNormal({.seed = seed, .stream = RandomStream::kDataNoise}, values);
  return values;
}

at::Tensor ToTensor(const std::vector<float>& values, int64_t cols) { return at::tensor(values).reshape({-1, cols}); }

at::Tensor ToDouble(const NamedTensor& named) { return at::tensor(named.values, at::kDouble).reshape(named.shape); }

// f(x) in double precision, through operators that autograd follows.
at::Tensor DoubleLogits(const TestModel& mlp, at::Tensor h) {
  for (size_t i = 0; i < mlp.tensors.size(); i += 2) {
    if (i > 0) h = at::elu(h);
    h = at::matmul(h, ToDouble(mlp.tensors[i]).t()) + ToDouble(mlp.tensors[i + 1]);
  }
  return h;
}

at::Tensor GradientOfSum(const at::Tensor& rows, const at::Tensor& x) {
  return torch::autograd::grad({rows.sum()}, {x})[0];
}

class AutogradTest : public testing::TestWithParam<MlpShape> {
 protected:
  // A leaf that autograd differentiates in.
  at::Tensor DoubleInput() const { return ToTensor(x_, dimension_).to(at::kDouble).set_requires_grad(true); }

  std::vector<double> Point(int64_t row) const {
    return {x_.begin() + row * dimension_, x_.begin() + (row + 1) * dimension_};
  }

  // Checks that |actual - autograd's| is within the oracle's bound on the float32 rounding error.
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
  const TestModel mlp_ = RandomMlp(41, GetParam());
  const std::unique_ptr<EnergyModel> energy_ = *MakeEnergyModel(mlp_.spec, mlp_.tensors);
  const MlpOracle oracle_{mlp_.tensors};
  const int64_t count_ = kRows * dimension_;
  const std::vector<float> x_ = Normals(42, count_);  // [kRows, dimension_]
};

INSTANTIATE_TEST_SUITE_P(Shapes, AutogradTest,
                         testing::Values(MlpShape{1, {1}, 2}, MlpShape{6, {5}, 3}, MlpShape{20, {33, 17}, 10},
                                         MlpShape{13, {31, 8, 5}, 4}, MlpShape{9, {16, 3, 21, 11}, 7}));

TEST_P(AutogradTest, GradientOfLogDensityAgrees) {
  std::vector<float> log_density(kRows);
  MatrixBuffer gradient(kRows, dimension_);
  energy_->log_density_gradient()->Evaluate({x_.data(), kRows, dimension_}, std::vector<int32_t>(kRows, kNoClass),
                                            log_density, gradient.view());
  const at::Tensor x = DoubleInput();
  const at::Tensor expected = GradientOfSum(at::logsumexp(DoubleLogits(mlp_, x), 1), x);
  for (int64_t row = 0; row < kRows; ++row) {
    ExpectAgrees(gradient.row(row), expected, row, oracle_.Gradient(Point(row), kNoClass));
  }
}

TEST_P(AutogradTest, GradientOfEveryLogitAgrees) {
  std::vector<float> log_density(kRows);
  MatrixBuffer gradient(kRows, dimension_);
  for (int32_t y = 0; y < GetParam().classes; ++y) {
    const std::vector<int32_t> classes(kRows, y);
    energy_->log_density_gradient()->Evaluate({x_.data(), kRows, dimension_}, classes, log_density, gradient.view());
    const at::Tensor x = DoubleInput();
    const at::Tensor expected = GradientOfSum(DoubleLogits(mlp_, x).select(1, y), x);
    for (int64_t row = 0; row < kRows; ++row) {
      ExpectAgrees(gradient.row(row), expected, row, oracle_.Gradient(Point(row), y));
    }
  }
}

}  // namespace
}  // namespace ebm
