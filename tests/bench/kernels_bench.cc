// Measures the kernels on one core, and the matrix product also on two cores, which share the last-level cache and the
// clock frequency.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "model/core/random.h"
#include "model/kernels/activation.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/weight_matrix.h"
#include "tests/bench/measured_models.h"

namespace ebm::bench {
namespace {

constexpr size_t kWidth = 512;

std::vector<float> Weights() {
  std::vector<float> weights(kWidth * kWidth);
  FillNormal({.seed = 1, .stream = RandomStream::kParameterInit}, weights);
  return weights;
}

// [rows, 512] times [512, 512]: the machine's limit for a hidden layer.
void Product(benchmark::State& state, Precision precision) {
  const auto rows = static_cast<size_t>(state.range(0));
  kernels::WeightMatrix weights(kWidth, kWidth, precision);
  weights.Pack(Weights());
  const kernels::AlignedFloats start(kWidth);
  const kernels::RowBlock a(rows, kWidth);
  kernels::RowBlock c(rows, kWidth);
  kernels::AlignedFloats scratch(std::max<size_t>(weights.ScratchSize(rows), 1));
  for (auto _ : state) {
    weights.Multiply({a.row(0), kWidth}, rows, start.data(), scratch.data(), {c.row(0), kWidth});
    benchmark::ClobberMemory();
  }
  const double operations = 2.0 * static_cast<double>(rows * kWidth * kWidth) * static_cast<double>(state.iterations());
  state.counters["FLOP/s"] = benchmark::Counter(operations, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(Product, f32, Precision::kF32)
    ->ArgsProduct({{1, 4, 12, 32}})
    ->ThreadRange(1, 2)
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK_CAPTURE(Product, bf16, Precision::kBf16)
    ->ArgsProduct({{1, 4, 12, 32}})
    ->ThreadRange(1, 2)
    ->UseRealTime()
    ->MinTime(0.2);

void Noise(benchmark::State& state) {
  std::vector<float> noise(kDimension);
  uint32_t step = 0;
  for (auto _ : state) {
    FillNormal({.seed = 1, .step = ++step}, noise);
    benchmark::DoNotOptimize(noise.data());
  }
}
BENCHMARK(Noise)->MinTime(0.1);

void Activate(benchmark::State& state, Activation activation) {
  kernels::AlignedFloats values(kWidth);
  kernels::AlignedFloats slopes(kWidth);
  for (auto _ : state) {
    for (size_t i = 0; i < kWidth; ++i) values.data()[i] = 0.01F * static_cast<float>(i) - 2.5F;
    kernels::Activate(activation, kWidth, values.data(), slopes.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK_CAPTURE(Activate, elu, Activation::kElu)->MinTime(0.1);
BENCHMARK_CAPTURE(Activate, silu, Activation::kSilu)->MinTime(0.1);
BENCHMARK_CAPTURE(Activate, relu, Activation::kRelu)->MinTime(0.1);
BENCHMARK_CAPTURE(Activate, softplus, Activation::kSoftplus)->MinTime(0.1);
BENCHMARK_CAPTURE(Activate, leaky_relu, Activation::kLeakyRelu)->MinTime(0.1);

}  // namespace
}  // namespace ebm::bench
