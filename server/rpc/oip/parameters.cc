#include "server/rpc/oip/parameters.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm::rpc::oip {
namespace {

constexpr char kTimeout[] = "timeout";
constexpr char kPriority[] = "priority";
// Clients that can tell an empty last response from others say so. Here last responses of samples have parameters.
constexpr char kEmptyFinalResponse[] = "triton_enable_empty_final_response";

absl::Status MustBe(const Parameter& parameter, absl::string_view what) {
  return RefusedParameter(parameter.name, absl::StrCat("must be ", what));
}

absl::StatusOr<batching::Priority> PriorityOf(const Parameter& parameter) {
  EBM_ASSIGN_OR_RETURN(const uint64_t level, UnsignedOf(parameter, kPriorities));
  switch (level) {
    case 1:
      return batching::Priority::kHigh;
    case kPriorities:
      return batching::Priority::kLow;
    default:
      return batching::Priority::kNormal;
  }
}

}  // namespace

absl::Status RefusedParameter(absl::string_view name, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("parameters.", name, ": ", why));
}

absl::StatusOr<uint64_t> UnsignedOf(const Parameter& parameter, uint64_t most) {
  const wire::InferParameter& value = parameter.value;
  if (value.has_int64_param() && value.int64_param() < 0) {
    return RefusedParameter(parameter.name, absl::StrCat(value.int64_param(), ", must not be negative"));
  }
  if (!value.has_int64_param() && !value.has_uint64_param()) return MustBe(parameter, "an integer");
  const uint64_t number = value.has_uint64_param() ? value.uint64_param() : static_cast<uint64_t>(value.int64_param());
  if (number <= most) return number;
  return RefusedParameter(parameter.name, absl::StrCat(number, ", must be at most ", most));
}

absl::StatusOr<double> NumberOf(const Parameter& parameter) {
  const wire::InferParameter& value = parameter.value;
  if (value.has_double_param()) return value.double_param();
  if (value.has_int64_param()) return static_cast<double>(value.int64_param());
  if (value.has_uint64_param()) return static_cast<double>(value.uint64_param());
  return MustBe(parameter, "a number");
}

absl::StatusOr<bool> FlagOf(const Parameter& parameter) {
  if (!parameter.value.has_bool_param()) return MustBe(parameter, "true or false");
  return parameter.value.bool_param();
}

absl::StatusOr<std::string> TextOf(const Parameter& parameter) {
  if (!parameter.value.has_string_param()) return MustBe(parameter, "a string");
  return parameter.value.string_param();
}

bool IsCallSetting(absl::string_view name) {
  return name == kTimeout || name == kPriority || name == kEmptyFinalResponse;
}

absl::StatusOr<CallSettings> ReadCallSettings(const Parameters& parameters) {
  CallSettings settings;
  if (const auto timeout = parameters.find(kTimeout); timeout != parameters.end()) {
    EBM_ASSIGN_OR_RETURN(const uint64_t microseconds,
                         UnsignedOf({kTimeout, timeout->second}, std::numeric_limits<int64_t>::max()));
    if (microseconds > 0) settings.timeout = absl::Microseconds(static_cast<int64_t>(microseconds));
  }
  if (const auto priority = parameters.find(kPriority); priority != parameters.end()) {
    EBM_ASSIGN_OR_RETURN(settings.priority, PriorityOf({kPriority, priority->second}));
  }
  return settings;
}

void Set(Parameters& parameters, const std::string& name, bool value) { parameters[name].set_bool_param(value); }
void Set(Parameters& parameters, const std::string& name, int64_t value) { parameters[name].set_int64_param(value); }
void Set(Parameters& parameters, const std::string& name, uint64_t value) { parameters[name].set_uint64_param(value); }
void Set(Parameters& parameters, const std::string& name, double value) { parameters[name].set_double_param(value); }
void Set(Parameters& parameters, const std::string& name, absl::string_view value) {
  parameters[name].set_string_param(std::string(value));
}

}  // namespace ebm::rpc::oip
