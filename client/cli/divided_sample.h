// One Sample request as several, which run at the same time on the servers behind one target.
//
// Chains are numbered under the seed (SampleRequest::first_chain), so the samples have the same bits as those of one
// request. The summary is joined: counts are added, annealing's figures are computed from all weights, and the seconds
// are those of the slowest part. The adapted step size, a median over chains, is left out. Diagnostics compare all
// chains and cannot be divided.

#ifndef EBM_CLIENT_CLI_DIVIDED_SAMPLE_H_
#define EBM_CLIENT_CLI_DIVIDED_SAMPLE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/sample_messages.h"

namespace ebm::client {

// At most `parts` requests whose numbers of chains differ by one at most. REQUIRES: parts >= 1; the request has a seed.
std::vector<SampleRequest> Divide(const SampleRequest& request, uint32_t parts);

// Calls on_frame for every frame of every part, one at a time, with chains counted from the request's first one.
// Errors: the first of a part; the other parts are then cancelled.
absl::StatusOr<SampleSummary> SampleInParts(const Client& client, const SampleRequest& request, uint32_t parts,
                                            const std::function<void(const SampleFrame&)>& on_frame);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_DIVIDED_SAMPLE_H_
