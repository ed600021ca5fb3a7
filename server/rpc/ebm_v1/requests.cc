#include "server/rpc/ebm_v1/requests.h"

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "proto/convert/sampler.h"
#include "server/inference/sample_plan.h"
#include "server/rpc/ebm_v1/tensors.h"

namespace ebm::rpc::ebm_v1 {
namespace {

absl::StatusOr<batching::Priority> ToPlain(v1::Priority priority) {
  switch (priority) {
    case v1::PRIORITY_LOW:
      return batching::Priority::kLow;
    case v1::PRIORITY_UNSPECIFIED:
    case v1::PRIORITY_NORMAL:
      return batching::Priority::kNormal;
    case v1::PRIORITY_HIGH:
      return batching::Priority::kHigh;
    default:
      return absl::InvalidArgumentError(absl::StrCat("priority: ", priority, ", must be a Priority"));
  }
}

absl::StatusOr<inference::StateUnits> ToPlain(v1::StateUnits units) {
  switch (units) {
    case v1::STATE_UNITS_UNSPECIFIED:
    case v1::STATE_UNITS_DATA:
      return inference::StateUnits::kData;
    case v1::STATE_UNITS_SCALED:
      return inference::StateUnits::kScaled;
    default:
      return absl::InvalidArgumentError(absl::StrCat("state_units: ", units, ", must be a StateUnits"));
  }
}

absl::StatusOr<inference::StateType> ToPlain(v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_UNSPECIFIED:
    case v1::DATA_TYPE_FLOAT32:
      return inference::StateType::kFloat;
    case v1::DATA_TYPE_UINT8:
      return inference::StateType::kByte;
    default:
      return absl::InvalidArgumentError(absl::StrCat("states_type: ", type, ", must be FLOAT32 or UINT8"));
  }
}

absl::StatusOr<SamplerSettings> SettingsOf(const v1::SampleRequest& request, const inference::ModelInfo& model) {
  EBM_ASSIGN_OR_RETURN(SamplerSettings settings, WithDefaults(request.sampler(), inference::SamplerDefaults(model)));
  const bool has_start = request.sampler().start() != v1::CHAIN_START_UNSPECIFIED || IsWeighted(settings.kernel);
  if (request.has_start_states() && !has_start) settings.start = ChainStart::kGiven;
  return settings;
}

}  // namespace

inference::ClassifyOptions ToPlain(const v1::ClassifyRequest& request) { return {.calibrated = request.calibrated()}; }

inference::ScoreOptions ToPlain(const v1::ScoreRequest& request) {
  return {.joint_log_densities = request.include_joint_log_densities(),
          .max_softmax = request.include_max_softmax(),
          .gradient_norm = request.include_gradient_norm(),
          .percentile = request.include_percentile(),
          .p_value = request.include_p_value(),
          .normalized_log_density = request.include_normalized_log_density(),
          .explanation = request.include_explanation(),
          .hidden_means = request.include_hidden_means()};
}

absl::StatusOr<inference::SampleRequest> ToPlain(const v1::SampleRequest& request, const inference::ModelInfo& model) {
  inference::SampleRequest plain = {.chains = request.chains(),
                                    .frame_interval = request.frame_interval(),
                                    .include_diagnostics = request.include_diagnostics(),
                                    .first_chain = request.first_chain(),
                                    .first_step = request.first_step()};
  if (request.has_seed()) plain.seed = request.seed();
  if (request.has_target_class()) plain.target_class = request.target_class();
  EBM_ASSIGN_OR_RETURN(plain.sampler, SettingsOf(request, model));
  EBM_ASSIGN_OR_RETURN(plain.state_units, ToPlain(request.state_units()));
  EBM_ASSIGN_OR_RETURN(plain.state_type, ToPlain(request.states_type()));
  EBM_ASSIGN_OR_RETURN(plain.priority, ToPlain(request.priority()));
  if (request.has_start_states()) {
    EBM_ASSIGN_OR_RETURN(plain.start_states, ViewOf(request.start_states(), "start_states"));
  }
  if (request.has_held_coordinates()) {
    EBM_ASSIGN_OR_RETURN(plain.held_coordinates, ViewOf(request.held_coordinates(), "held_coordinates"));
  }
  return plain;
}

}  // namespace ebm::rpc::ebm_v1
