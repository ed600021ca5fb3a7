#include "model/energy/jem_mlp.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cassert>

#include "model/energy/tensor_import.h"

namespace ebm {
namespace {

void Export(const at::Tensor& tensor, std::span<float> out) {
  assert(tensor.is_contiguous() && tensor.numel() == static_cast<int64_t>(out.size()));
  std::copy_n(tensor.const_data_ptr<float>(), out.size(), out.begin());
}

// Turns rows of softmax(f) into the one-hot of the row's class, and ln p~(x) into ln p~(x, y), where there is one.
void ConditionOnClasses(std::span<const int32_t> classes, const at::Tensor& logits, at::Tensor& v,
                        std::span<float> log_density) {
  const int64_t num_classes = logits.size(1);
  const float* f = logits.const_data_ptr<float>();
  float* values = v.data_ptr<float>();
  for (size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] == kNoClass) continue;
    assert(classes[i] >= 0 && classes[i] < num_classes);
    const int64_t first = static_cast<int64_t>(i) * num_classes;
    std::fill_n(values + first, num_classes, 0.0F);
    values[first + classes[i]] = 1.0F;
    log_density[i] = f[first + classes[i]];
  }
}

}  // namespace

void JemMlp::LogDensity(ConstMatrix x, std::span<float> log_density) const {
  const c10::InferenceMode no_graph;
  Export(at::logsumexp(network_.Logits(ImportTensor(x)), 1), log_density);
}

void JemMlp::Logits(ConstMatrix x, Matrix logits) const {
  const c10::InferenceMode no_graph;
  Export(network_.Logits(ImportTensor(x)), logits.values());
}

void JemMlp::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                      Matrix gradient) const {
  assert(classes.size() == static_cast<size_t>(x.rows()) && log_density.size() == classes.size());
  const c10::InferenceMode no_graph;
  std::vector<at::Tensor> hidden;
  const at::Tensor logits = network_.Logits(ImportTensor(x), hidden);
  Export(at::logsumexp(logits, 1), log_density);
  at::Tensor v = at::softmax(logits, 1);
  ConditionOnClasses(classes, logits, v, log_density);
  Export(network_.PullBack(v, hidden), gradient.values());
}

}  // namespace ebm
