#include "model/energy/jem_network.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "absl/strings/str_cat.h"
#include "model/core/finite.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/kernels/log_density.h"
#include "model/kernels/panel_matrix.h"
#include "model/networks/process_settings.h"

namespace ebm {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Calls visit(first row, number of rows) for consecutive tiles of n rows.
template <typename Visit>
void ForEachTile(int64_t n, Visit visit) {
  PrepareThread();
  for (int64_t first = 0; first < n; first += JemNetwork::kTileRows) {
    visit(first, std::min(JemNetwork::kTileRows, n - first));
  }
}

// [kTileRows, D], in LibTorch's own aligned memory: the rows of x, then zeros.
at::Tensor ImportTile(ConstMatrix x) {
  at::Tensor tile = at::zeros({JemNetwork::kTileRows, x.cols()}, at::kFloat);
  std::ranges::copy(x.values(), tile.data_ptr<float>());
  return tile;
}

// Sets the outputs of rows with a non-finite x to NaN. An activation with a flat part can turn a non-finite value into
// a finite one (a relu turns minus infinity into 0).
void PropagateNonFiniteRows(ConstMatrix x, Matrix outputs, std::span<float> log_density) {
  for (int64_t row = 0; row < x.rows(); ++row) {
    if (AllFinite(x.row(row))) continue;
    log_density[row] = kNan;
    if (outputs.rows() > 0) std::ranges::fill(outputs.row(row), kNan);
  }
}

// Runs a first pass: what LibTorch cannot run at all is an error here and not in the first request.
absl::Status TryPass(const JemNetwork& model, const ModelSpec& spec) {
  MatrixBuffer x(1, model.dimension());
  MatrixBuffer gradient(1, model.dimension());
  float log_density = 0;
  const int32_t no_class = kNoClass;
  const absl::Status status = Guarded([&] {
    model.LogDensity(x.view(), {&log_density, 1});
    model.Evaluate(x.view(), {&no_class, 1}, {&log_density, 1}, gradient.view());
    return absl::OkStatus();
  });
  if (status.ok()) return status;
  return absl::ResourceExhaustedError(
      absl::StrCat("family ", spec.family(), ": LibTorch cannot run this network here: ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<JemNetwork>> JemNetwork::Create(const ModelSpec& spec,
                                                               const std::vector<NamedTensor>& tensors,
                                                               Precision precision) {
  if (precision == Precision::kBf16) {
    return absl::FailedPreconditionError(absl::StrCat("precision is bf16; family ", spec.family(), " has f32 only"));
  }
  EBM_ASSIGN_OR_RETURN(Network network, Network::FromTensors(spec, tensors));
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<GaussianBase> base, GaussianBase::Create(spec, tensors));
  std::unique_ptr<JemNetwork> model(new JemNetwork(spec, std::move(network), std::move(base)));
  EBM_RETURN_IF_ERROR(TryPass(*model, spec));
  return model;
}

void JemNetwork::SetParameters(const std::vector<std::span<const float>>& parameters) {
  network_.SetParameters(parameters);
}

JemNetwork::Workspace::Workspace(const JemNetwork& model) : logits(kernels::PaddedColumns(model.num_classes_)) {
  if (model.base_ != nullptr) base = model.base_->MakeWorkspace();
}

JemNetwork::JemNetwork(const ModelSpec& spec, Network network, std::unique_ptr<GaussianBase> base)
    : dimension_(spec.dimension()),
      num_classes_(spec.num_classes()),
      network_(std::move(network)),
      base_(std::move(base)) {}

void JemNetwork::TakeLogits(const float* f, int64_t row, Workspace& workspace) const {
  std::copy_n(f, num_classes_, workspace.logits.data());
  if (base_ == nullptr) return;
  base_->AddToLogits(row, *workspace.base, {workspace.logits.data(), static_cast<size_t>(num_classes_)});
}

void JemNetwork::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  const c10::InferenceMode no_graph;
  const auto workspace = workspaces_.Borrow(*this);
  float* f = (*workspace).logits.data();
  ForEachTile(x.rows(), [&](int64_t first, int64_t count) {
    const at::Tensor tile = network_.Logits(ImportTile(x.rows_from(first, count)));
    if (base_ != nullptr) base_->Forward(x.rows_from(first, count), *(*workspace).base);
    for (int64_t row = 0; row < count; ++row) {
      TakeLogits(tile.const_data_ptr<float>() + row * num_classes_, row, *workspace);
      log_density[first + row] = kernels::LogSumExp(f, num_classes_);
      if (logits.rows() > 0) std::copy_n(f, num_classes_, logits.row(first + row).begin());
    }
  });
  PropagateNonFiniteRows(x, logits, log_density);
}

void JemNetwork::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                          Matrix gradient) const {
  assert(classes.size() == static_cast<size_t>(x.rows()) && log_density.size() == classes.size());
  const auto workspace = workspaces_.Borrow(*this);
  float* v = (*workspace).logits.data();
  ForEachTile(x.rows(), [&](int64_t first, int64_t count) {
    const at::Tensor tile = ImportTile(x.rows_from(first, count)).set_requires_grad(true);
    const at::Tensor logits = network_.Logits(tile);
    const at::Tensor pulled_back = at::zeros_like(logits);
    if (base_ != nullptr) base_->Forward(x.rows_from(first, count), *(*workspace).base);
    for (int64_t row = 0; row < count; ++row) {
      TakeLogits(logits.const_data_ptr<float>() + row * num_classes_, row, *workspace);
      log_density[first + row] = kernels::LogDensityAndWeights(classes[first + row], num_classes_, v);
      std::copy_n(v, num_classes_, pulled_back.data_ptr<float>() + row * num_classes_);
      if (base_ != nullptr) base_->Weigh(row, {v, static_cast<size_t>(num_classes_)}, *(*workspace).base);
    }
    const at::Tensor slope = torch::autograd::grad({logits}, {tile}, {pulled_back})[0].contiguous();
    std::copy_n(slope.const_data_ptr<float>(), count * dimension_, gradient.row(first).data());
    if (base_ != nullptr) base_->AddGradient(*(*workspace).base, gradient.rows_from(first, count));
  });
  PropagateNonFiniteRows(x, gradient, log_density);
}

}  // namespace ebm
