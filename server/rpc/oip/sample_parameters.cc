#include "server/rpc/oip/sample_parameters.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "ebm/v1/sampler.pb.h"
#include "model/core/status_macros.h"
#include "model/sampler/kernel_settings.h"
#include "proto/convert/sampler.h"
#include "server/inference/sample_plan.h"
#include "server/rpc/oip/parameters.h"
#include "server/rpc/oip/tensors.h"

namespace ebm::rpc::oip {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using inference::SampleRequest;
using inference::StateUnits;

constexpr uint64_t kMost32 = std::numeric_limits<uint32_t>::max();

template <uint32_t SampleRequest::*kField>
absl::Status SetCount(const Parameter& parameter, SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(const uint64_t value, UnsignedOf(parameter, kMost32));
  request.*kField = static_cast<uint32_t>(value);
  return absl::OkStatus();
}

absl::Status SetSeed(const Parameter& parameter, SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(request.seed, UnsignedOf(parameter, std::numeric_limits<uint64_t>::max()));
  return absl::OkStatus();
}

absl::Status SetTargetClass(const Parameter& parameter, SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(const uint64_t value, UnsignedOf(parameter, std::numeric_limits<int32_t>::max()));
  request.target_class = static_cast<int32_t>(value);
  return absl::OkStatus();
}

absl::Status SetStateUnits(const Parameter& parameter, SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(const std::string units, TextOf(parameter));
  if (units != "data" && units != "scaled") {
    return RefusedParameter(parameter.name, absl::StrCat(Quoted(units), ", must be data or scaled"));
  }
  request.state_units = units == "data" ? StateUnits::kData : StateUnits::kScaled;
  return absl::OkStatus();
}

absl::Status SetIncludeDiagnostics(const Parameter& parameter, SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(request.include_diagnostics, FlagOf(parameter));
  return absl::OkStatus();
}

struct RequestParameter {
  absl::string_view name;
  absl::Status (*set)(const Parameter& parameter, SampleRequest& request);
};

constexpr RequestParameter kOfRequest[] = {
    {"chains", SetCount<&SampleRequest::chains>},
    {"seed", SetSeed},
    {"target_class", SetTargetClass},
    {"frame_interval", SetCount<&SampleRequest::frame_interval>},
    {"first_chain", SetCount<&SampleRequest::first_chain>},
    {"first_step", SetCount<&SampleRequest::first_step>},
    {"state_units", SetStateUnits},
    {"include_diagnostics", SetIncludeDiagnostics},
};

// Settings of the sampler besides those of its kernel.
constexpr char kSteps[] = "steps";
constexpr char kKernel[] = "kernel";
constexpr char kStart[] = "start";
constexpr char kClamp[] = "clamp";
constexpr char kClampLower[] = "clamp_lower";
constexpr char kClampUpper[] = "clamp_upper";

const google::protobuf::OneofDescriptor& Kernels() {
  return *v1::SamplerSettings::descriptor()->FindOneofByName("kernel");
}

template <typename Values>
std::string NamesOfAll(const Values& values) {
  return absl::StrJoin(values, ", ", [](std::string* out, const auto& value) { absl::StrAppend(out, NameOf(value)); });
}

absl::StatusOr<const FieldDescriptor*> KernelOf(const Parameters& parameters, const SamplerSettings& defaults) {
  std::string name(NameOf(defaults.kernel));
  if (const auto kernel = parameters.find(kKernel); kernel != parameters.end()) {
    EBM_ASSIGN_OR_RETURN(name, TextOf({kKernel, kernel->second}));
  }
  const FieldDescriptor* const field = v1::SamplerSettings::descriptor()->FindFieldByName(name);
  if (field != nullptr && field->containing_oneof() == &Kernels()) return field;
  return RefusedParameter(kKernel, absl::StrCat(Quoted(name), ", must be one of: ", NamesOfAll(KernelKinds())));
}

absl::StatusOr<ChainStart> StartOf(const Parameter& parameter) {
  EBM_ASSIGN_OR_RETURN(const std::string name, TextOf(parameter));
  for (const ChainStart start : kChainStarts) {
    if (name == NameOf(start)) return start;
  }
  return RefusedParameter(kStart, absl::StrCat(Quoted(name), ", must be one of: ", NamesOfAll(kChainStarts)));
}

// clamp: false means no limits.
absl::Status SetClamp(const Parameter& parameter, v1::SamplerSettings& settings) {
  EBM_ASSIGN_OR_RETURN(const bool clamp, FlagOf(parameter));
  if (clamp)
    return RefusedParameter(kClamp, "true, must be false or unset; clamp_lower and clamp_upper are the limits");
  settings.mutable_clamp();
  return absl::OkStatus();
}

// Sets a field of a kernel's message to the parameter.
absl::Status SetField(const Parameter& parameter, const FieldDescriptor& field, Message& kernel) {
  const google::protobuf::Reflection& reflection = *kernel.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_FLOAT: {
      EBM_ASSIGN_OR_RETURN(const double value, NumberOf(parameter));
      reflection.SetFloat(&kernel, &field, static_cast<float>(value));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      EBM_ASSIGN_OR_RETURN(const double value, NumberOf(parameter));
      reflection.SetDouble(&kernel, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      EBM_ASSIGN_OR_RETURN(const uint64_t value, UnsignedOf(parameter, kMost32));
      reflection.SetUInt32(&kernel, &field, static_cast<uint32_t>(value));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      EBM_ASSIGN_OR_RETURN(const bool value, FlagOf(parameter));
      reflection.SetBool(&kernel, &field, value);
      return absl::OkStatus();
    }
    default:
      return RefusedParameter(parameter.name, "is not supported by this protocol");
  }
}

absl::Status SetSampler(const Parameter& parameter, const FieldDescriptor& kernel, v1::SamplerSettings& settings) {
  const absl::string_view name = parameter.name;
  if (name == kSteps) {
    EBM_ASSIGN_OR_RETURN(const uint64_t steps, UnsignedOf(parameter, kMost32));
    settings.set_steps(static_cast<uint32_t>(steps));
    return absl::OkStatus();
  }
  if (name == kClamp) return SetClamp(parameter, settings);
  if (name == kClampLower || name == kClampUpper) {
    EBM_ASSIGN_OR_RETURN(const double value, NumberOf(parameter));
    v1::Clamp& clamp = *settings.mutable_clamp();
    name == kClampLower ? clamp.set_lower(static_cast<float>(value)) : clamp.set_upper(static_cast<float>(value));
    return absl::OkStatus();
  }
  if (name == kKernel || name == kStart) return absl::OkStatus();
  const FieldDescriptor* const field = kernel.message_type()->FindFieldByName(std::string(name));
  if (field == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("parameters: there is no ", Quoted(name), " for samples by ", kernel.name()));
  }
  return SetField(parameter, *field, *settings.GetReflection()->MutableMessage(&settings, &kernel));
}

}  // namespace

absl::StatusOr<SampleRequest> ReadSampleParameters(const Parameters& parameters, const inference::ModelInfo& model) {
  SampleRequest request = {.chains = 1};
  EBM_ASSIGN_OR_RETURN(const CallSettings call, ReadCallSettings(parameters));
  request.priority = call.priority;
  const SamplerSettings defaults = inference::SamplerDefaults(model);
  EBM_ASSIGN_OR_RETURN(const FieldDescriptor* const kernel, KernelOf(parameters, defaults));
  v1::SamplerSettings settings;
  settings.GetReflection()->MutableMessage(&settings, kernel);
  for (const auto& [name, value] : parameters) {
    if (IsCallSetting(name)) continue;
    const Parameter parameter = {name, value};
    const auto* const row = std::ranges::find(kOfRequest, absl::string_view(name), &RequestParameter::name);
    const bool is_of_request = row != std::ranges::end(kOfRequest);
    EBM_RETURN_IF_ERROR(is_of_request ? row->set(parameter, request) : SetSampler(parameter, *kernel, settings));
  }
  EBM_ASSIGN_OR_RETURN(request.sampler, WithDefaults(settings, defaults));
  if (const auto start = parameters.find(kStart); start != parameters.end()) {
    EBM_ASSIGN_OR_RETURN(request.sampler.start, StartOf({kStart, start->second}));
  }
  return request;
}

}  // namespace ebm::rpc::oip
