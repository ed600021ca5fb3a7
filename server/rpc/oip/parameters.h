// The parameters of requests and responses.
//
// Errors: InvalidArgument with the parameter, its value and the limit.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_OIP_PARAMETERS_H_
#define EBM_SERVER_RPC_OIP_PARAMETERS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/batching/task.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// A value of a request's parameter, and the parameter's name.
struct Parameter {
  absl::string_view name;
  const wire::InferParameter& value;
};

absl::StatusOr<uint64_t> UnsignedOf(const Parameter& parameter, uint64_t most);
// A number, or an integer.
absl::StatusOr<double> NumberOf(const Parameter& parameter);
absl::StatusOr<bool> FlagOf(const Parameter& parameter);
absl::StatusOr<std::string> TextOf(const Parameter& parameter);

absl::Status RefusedParameter(absl::string_view name, absl::string_view why);

// The parameters that requests of all models can have.
struct CallSettings {
  absl::Duration timeout = absl::InfiniteDuration();          // timeout, microseconds; 0 means none
  batching::Priority priority = batching::Priority::kNormal;  // priority: 1 high, 2 normal, 3 low; 0 means none
};
inline constexpr uint64_t kPriorities = 3;
inline constexpr uint64_t kDefaultPriority = 2;

absl::StatusOr<CallSettings> ReadCallSettings(const Parameters& parameters);
// Whether ReadCallSettings reads it, or it has no effect here.
bool IsCallSetting(absl::string_view name);

void Set(Parameters& parameters, const std::string& name, bool value);
void Set(Parameters& parameters, const std::string& name, int64_t value);
void Set(Parameters& parameters, const std::string& name, uint64_t value);
void Set(Parameters& parameters, const std::string& name, double value);
void Set(Parameters& parameters, const std::string& name, absl::string_view value);
inline void Set(Parameters& parameters, const std::string& name, uint32_t value) {
  Set(parameters, name, int64_t{value});
}

// Tells clients of streams which response to a request is its last.
inline constexpr char kFinalResponse[] = "triton_final_response";

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_PARAMETERS_H_
