#include "model/networks/flip_function.h"

#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/networks/edge_ends.h"
#include "model/spec/indicators.h"

namespace ebm {
namespace {

using Parameters = std::vector<at::Tensor>;

// (1 - 2 x_i) times the field of site i.
NetworkFunction FlipsOf(const BoltzmannSpec& network, const ModelSpec& spec) {
  return [is_complete = network.edges.empty(), ends = EndsOf(EdgesOf(network, spec.dimension()))](
             const Parameters& parameters, const at::Tensor& x) {
    const at::Tensor& weight = parameters[0];
    at::Tensor fields;
    if (is_complete) {
      const at::Tensor upper = UpperMatrix(ends, weight, x.size(1));
      fields = x.mm(upper + upper.t());
    } else {
      fields = at::zeros_like(x)
                   .index_add(1, ends.low, x.index_select(1, ends.high) * weight)
                   .index_add(1, ends.high, x.index_select(1, ends.low) * weight);
    }
    return (1 - 2 * x) * (fields + parameters[1]);
  };
}

// With d_i = 1 - 2 x_i and a the fields of the hidden units: d_i b_i + sum_j (softplus(a_j + d_i W_ij) -
// softplus(a_j)).
NetworkFunction FlipsOf(const RbmSpec& /*network*/, const ModelSpec& /*spec*/) {
  return [](const Parameters& parameters, const at::Tensor& x) {
    const at::Tensor change = 1 - 2 * x;                                                                // [n, D]
    const at::Tensor fields = at::addmm(parameters[2], x, parameters[0]);                               // [n, H]
    const at::Tensor flipped = fields.unsqueeze(1) + change.unsqueeze(2) * parameters[0].unsqueeze(0);  // [n, D, H]
    const at::Tensor hidden = at::softplus(flipped).sum(2) - at::softplus(fields).sum(1, /*keepdim=*/true);
    return change * parameters[1] + hidden;
  };
}

template <typename Network>
NetworkFunction FlipsOf(const Network& /*network*/, const ModelSpec& /*spec*/) {
  return nullptr;
}

}  // namespace

absl::StatusOr<NetworkFunction> FlipFunctionOf(const ModelSpec& spec) {
  NetworkFunction flips = std::visit([&spec](const auto& network) { return FlipsOf(network, spec); }, spec.network);
  if (flips == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("family ", spec.family(), " has no coordinates of two levels"));
  }
  if (spec.num_classes() > 1) {
    return absl::FailedPreconditionError(absl::StrCat("the model has ", spec.num_classes(), " classes; one is needed"));
  }
  const std::string other = Indicators(spec).FirstNotBinary();
  if (other.empty()) return flips;
  return absl::FailedPreconditionError(absl::StrCat(other, "; two are needed"));
}

}  // namespace ebm
