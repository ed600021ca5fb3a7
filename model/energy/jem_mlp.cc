#include "model/energy/jem_mlp.h"

#include <cassert>
#include <utility>

#include "model/core/activation.h"
#include "model/core/parameter_layout.h"
#include "model/core/status_macros.h"

namespace ebm {

absl::StatusOr<std::unique_ptr<JemMlp>> JemMlp::Create(const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                                       Precision precision) {
  if (precision == Precision::kBf16 && !kernels::HasBf16()) {
    return absl::FailedPreconditionError(
        "precision is bf16, but this processor has no bf16 dot products (AVX512-BF16)");
  }
  EBM_ASSIGN_OR_RETURN(const Activation activation, FindActivation(spec.activation));
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  std::vector<std::span<const float>> parameters;
  parameters.reserve(found.size());
  for (const NamedTensor* tensor : found) parameters.emplace_back(tensor->values);

  std::unique_ptr<JemMlp> model(new JemMlp(kernels::MlpKernel(MlpWidths(spec), activation, precision)));
  model->SetParameters(parameters);
  return model;
}

void JemMlp::SetParameters(const std::vector<std::span<const float>>& parameters) {
  for (size_t layer = 0; layer < kernel_.layers(); ++layer) {
    kernel_.Pack(layer, parameters[2 * layer], parameters[2 * layer + 1]);
  }
}

void JemMlp::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  const auto workspace = workspaces_.Borrow(kernel_);
  kernel_.Logits(x, *workspace, logits, log_density);
}

void JemMlp::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                      Matrix gradient) const {
  assert(classes.size() == static_cast<size_t>(x.rows()) && log_density.size() == classes.size());
  const auto workspace = workspaces_.Borrow(kernel_);
  kernel_.Gradient(x, classes, *workspace, log_density, gradient);
}

}  // namespace ebm
