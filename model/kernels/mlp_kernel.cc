#include "model/kernels/mlp_kernel.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/kernels/activation.h"
#include "model/kernels/row_chunks.h"

namespace ebm::kernels {
namespace {

InputRows Inputs(const RowBlock& block) { return {block.row(0), block.stride()}; }
OutputRows Outputs(RowBlock& block) { return {block.row(0), block.stride()}; }

}  // namespace

MlpKernel::Workspace::Workspace(const MlpKernel& kernel)
    : pulled_back_(kRowsAtOnce, kernel.WidestLayer()),
      pulled_back_next_(kRowsAtOnce, kernel.WidestLayer()),
      scratch_(std::max<size_t>(kernel.ScratchSize(), 1)) {
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

size_t MlpKernel::ScratchSize() const {
  size_t most = 0;
  for (const Layer& layer : layers_) {
    most = std::max({most, layer.forward.ScratchSize(kRowsAtOnce), layer.backward.ScratchSize(kRowsAtOnce)});
  }
  return most;
}

void MlpKernel::Forward(ConstMatrix x, Workspace& workspace) const {
  assert(x.rows() <= kRowsAtOnce);
  const auto rows = static_cast<size_t>(x.rows());
  InputRows input = {x.data(), static_cast<size_t>(x.cols())};
  for (size_t i = 0; i < layers(); ++i) {
    RowBlock& values = workspace.values_[i];
    layers_[i].forward.Multiply(input, rows, layers_[i].bias.data(), workspace.scratch_.data(), Outputs(values));
    if (i + 1 < layers()) Activate(activation_, rows * values.stride(), values.row(0), workspace.slopes_[i].row(0));
    input = Inputs(values);
  }
}

void MlpKernel::PullBack(Workspace& workspace, Matrix gradient) const {
  const auto rows = static_cast<size_t>(gradient.rows());
  InputRows v = Inputs(workspace.values_.back());
  for (size_t i = layers(); i > 0; --i) {
    const WeightMatrix& weight = layers_[i - 1].backward;
    const OutputRows next = {workspace.pulled_back_next_.row(0), PaddedColumns(weight.columns())};
    weight.Multiply(v, rows, zeros_.data(), workspace.scratch_.data(), next);
    if (i > 1) MultiplyElementwise(workspace.slopes_[i - 2].row(0), rows * next.stride, next.data);
    std::swap(workspace.pulled_back_, workspace.pulled_back_next_);
    v = {next.data, next.stride};
  }
  for (size_t row = 0; row < rows; ++row) {
    std::copy_n(v.data + row * v.stride, gradient.cols(), gradient.row(static_cast<int64_t>(row)).begin());
  }
}

}  // namespace ebm::kernels
