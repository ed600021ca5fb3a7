#include "model/energy/jem_mlp.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

#include "model/core/status_macros.h"
#include "model/kernels/log_density.h"
#include "model/kernels/row_chunks.h"
#include "model/spec/activation.h"
#include "model/spec/parameter_layout.h"

namespace ebm {

absl::StatusOr<std::unique_ptr<JemMlp>> JemMlp::Create(const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                                       Precision precision) {
  EBM_ASSIGN_OR_RETURN(const Activation activation, FindActivation(spec.activation));
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  std::vector<std::span<const float>> parameters;
  parameters.reserve(found.size());
  for (const NamedTensor* tensor : found) parameters.emplace_back(tensor->values);

  EBM_ASSIGN_OR_RETURN(std::unique_ptr<GaussianBase> base, GaussianBase::Create(spec, tensors));
  std::unique_ptr<JemMlp> model(new JemMlp(
      kernels::MlpKernel(MlpWidths(std::get<MlpSpec>(spec.network), spec), activation, precision), std::move(base)));
  model->SetParameters(parameters);
  return model;
}

void JemMlp::SetParameters(const std::vector<std::span<const float>>& parameters) {
  for (size_t layer = 0; layer < kernel_.layers(); ++layer) {
    kernel_.Pack(layer, parameters[2 * layer], parameters[2 * layer + 1]);
  }
}

JemMlp::Workspace::Workspace(const JemMlp& model) : network(model.kernel_) {
  if (model.base_ != nullptr) base = model.base_->MakeWorkspace();
}

// Computes the logits of at most kRowsAtOnce rows, including the base density's part.
void JemMlp::Forward(ConstMatrix x, Workspace& workspace) const {
  kernel_.Forward(x, workspace.network);
  if (base_ == nullptr) return;
  base_->Forward(x, *workspace.base);
  for (int64_t row = 0; row < x.rows(); ++row) {
    base_->AddToLogits(row, *workspace.base, {workspace.network.logits(row), static_cast<size_t>(num_classes())});
  }
}

// Computes the gradient. The workspace holds v in place of the logits.
void JemMlp::PullBack(Workspace& workspace, Matrix gradient) const {
  for (int64_t row = 0; base_ != nullptr && row < gradient.rows(); ++row) {
    base_->Weigh(row, {workspace.network.logits(row), static_cast<size_t>(num_classes())}, *workspace.base);
  }
  kernel_.PullBack(workspace.network, gradient);
  if (base_ != nullptr) base_->AddGradient(*workspace.base, gradient);
}

void JemMlp::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  const auto workspace = workspaces_.Borrow(*this);
  kernels::ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Forward(x.rows_from(first, count), *workspace);
    for (int64_t row = 0; row < count; ++row) {
      const float* f = (*workspace).network.logits(row);
      if (logits.rows() > 0) std::copy_n(f, num_classes(), logits.row(first + row).begin());
      log_density[first + row] = kernels::LogSumExp(f, num_classes());
    }
  });
}

void JemMlp::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                      Matrix gradient) const {
  assert(classes.size() == static_cast<size_t>(x.rows()) && log_density.size() == classes.size());
  const auto workspace = workspaces_.Borrow(*this);
  kernels::ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Forward(x.rows_from(first, count), *workspace);
    for (int64_t row = 0; row < count; ++row) {
      log_density[first + row] =
          kernels::LogDensityAndWeights(classes[first + row], num_classes(), (*workspace).network.logits(row));
    }
    PullBack(*workspace, gradient.rows_from(first, count));
  });
}

}  // namespace ebm
