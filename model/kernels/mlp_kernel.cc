#include "model/kernels/mlp_kernel.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/kernels/activation.h"
#include "model/kernels/log_density.h"

namespace ebm::kernels {
namespace {

// Rows that pass through the layers together: enough to pay for reading the weights, few enough that their activations
// stay in the second-level cache.
constexpr int64_t kRowsAtOnce = 32;

InputRows Inputs(const RowBlock& block) { return {block.row(0), block.stride()}; }
OutputRows Outputs(RowBlock& block) { return {block.row(0), block.stride()}; }

// Calls visit(first row, number of rows) for consecutive chunks of n rows.
template <typename Visit>
void ForEachChunk(int64_t n, Visit visit) {
  for (int64_t first = 0; first < n; first += kRowsAtOnce) visit(first, std::min(kRowsAtOnce, n - first));
}

}  // namespace

MlpKernel::Workspace::Workspace(const MlpKernel& kernel)
    : pulled_back_(kRowsAtOnce, kernel.WidestLayer()),
      pulled_back_next_(kRowsAtOnce, kernel.WidestLayer()),
      scratch_(hwy::AllocateAligned<uint32_t>(std::max<size_t>(kernel.ScratchWords(), 1))) {
  for (const Layer& layer : kernel.layers_) values_.emplace_back(kRowsAtOnce, PaddedColumns(layer.forward.columns()));
  for (size_t i = 0; i + 1 < kernel.layers(); ++i) slopes_.emplace_back(kRowsAtOnce, values_[i].stride());
}

MlpKernel::MlpKernel(const std::vector<int64_t>& widths, Activation activation, Precision precision)
    : activation_(activation),
      layers_([&] {
        std::vector<Layer> layers;
        for (size_t i = 0; i + 1 < widths.size(); ++i) layers.emplace_back(widths[i], widths[i + 1], precision);
        return layers;
      }()),
      zeros_(WidestLayer()) {}

void MlpKernel::Pack(size_t layer, std::span<const float> weight, std::span<const float> bias) {
  layers_[layer].forward.PackTransposed(weight);
  layers_[layer].backward.Pack(weight);
  std::ranges::copy(bias, layers_[layer].bias.data());
}

size_t MlpKernel::WidestLayer() const {
  size_t widest = PaddedColumns(layers_.front().forward.depth());
  for (const Layer& layer : layers_) widest = std::max(widest, PaddedColumns(layer.forward.columns()));
  return widest;
}

size_t MlpKernel::ScratchWords() const {
  size_t most = 0;
  for (const Layer& layer : layers_) {
    most = std::max({most, layer.forward.ScratchWords(kRowsAtOnce), layer.backward.ScratchWords(kRowsAtOnce)});
  }
  return most;
}

void MlpKernel::Forward(ConstMatrix x, Workspace& workspace) const {
  const auto rows = static_cast<size_t>(x.rows());
  InputRows input = {x.data(), static_cast<size_t>(x.cols())};
  for (size_t i = 0; i < layers(); ++i) {
    RowBlock& values = workspace.values_[i];
    layers_[i].forward.Multiply(input, rows, layers_[i].bias.data(), workspace.scratch_.get(), Outputs(values));
    if (i + 1 < layers()) Activate(activation_, rows * values.stride(), values.row(0), workspace.slopes_[i].row(0));
    input = Inputs(values);
  }
}

// From v_L in the place of the logits.
void MlpKernel::PullBack(size_t rows, Workspace& workspace, Matrix gradient) const {
  InputRows v = Inputs(workspace.values_.back());
  for (size_t i = layers(); i > 0; --i) {
    const WeightMatrix& weight = layers_[i - 1].backward;
    const OutputRows next = {workspace.pulled_back_next_.row(0), PaddedColumns(weight.columns())};
    weight.Multiply(v, rows, zeros_.data(), workspace.scratch_.get(), next);
    if (i > 1) MultiplyElementwise(workspace.slopes_[i - 2].row(0), rows * next.stride, next.data);
    std::swap(workspace.pulled_back_, workspace.pulled_back_next_);
    v = {next.data, next.stride};
  }
  for (size_t row = 0; row < rows; ++row) {
    std::copy_n(v.data + row * v.stride, gradient.cols(), gradient.row(static_cast<int64_t>(row)).begin());
  }
}

void MlpKernel::Logits(ConstMatrix x, Workspace& workspace, Matrix logits, std::span<float> log_density) const {
  ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Forward(x.rows_from(first, count), workspace);
    for (int64_t row = 0; row < count; ++row) {
      const float* f = workspace.values_.back().row(row);
      if (logits.rows() > 0) std::copy_n(f, num_classes(), logits.row(first + row).begin());
      log_density[first + row] = LogSumExp(f, num_classes());
    }
  });
}

void MlpKernel::Gradient(ConstMatrix x, std::span<const int32_t> classes, Workspace& workspace,
                         std::span<float> log_density, Matrix gradient) const {
  ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Forward(x.rows_from(first, count), workspace);
    for (int64_t row = 0; row < count; ++row) {
      log_density[first + row] =
          LogDensityAndWeights(classes[first + row], num_classes(), workspace.values_.back().row(row));
    }
    PullBack(count, workspace, gradient.rows_from(first, count));
  });
}

}  // namespace ebm::kernels
