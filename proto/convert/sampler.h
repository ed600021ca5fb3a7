// Sampler settings between the wire and the plain type, for the server and its clients.
//
// Units: no conversion. Clamps are in data units on both sides (sampler_settings.h).
//
// Threads: free functions, reentrant.

#ifndef EBM_PROTO_CONVERT_SAMPLER_H_
#define EBM_PROTO_CONVERT_SAMPLER_H_

#include "absl/status/statusor.h"
#include "ebm/v1/sampler.pb.h"
#include "model/sampler/sampler_settings.h"

namespace ebm {

// What is set, over the defaults. If the settings are for annealed chains, and no start is set, they start from the
// base density. Checks only what the plain type cannot hold; SamplerSettings::Validate has the other limits.
// InvalidArgument with the field, the value and the limit: for a start that is no ChainStart, for a temperature that is
// not finite and above 0, and for a Langevin kernel without a step size where the default kernel has none.
absl::StatusOr<SamplerSettings> WithDefaults(const v1::SamplerSettings& settings, const SamplerSettings& defaults);

// Every field is set, but not the start box, which the wire does not carry.
v1::SamplerSettings ToProto(const SamplerSettings& settings);

}  // namespace ebm

#endif  // EBM_PROTO_CONVERT_SAMPLER_H_
