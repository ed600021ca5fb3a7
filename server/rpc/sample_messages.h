// The messages of a sample stream.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_SAMPLE_MESSAGES_H_
#define EBM_SERVER_RPC_SAMPLE_MESSAGES_H_

#include "absl/time/time.h"
#include "ebm/v1/inference.pb.h"
#include "server/batching/result_sink.h"
#include "server/catalog/served_model.h"
#include "server/rpc/sample_request.h"

namespace ebm::rpc {

v1::SampleFrame EncodeFrame(const catalog::ServedModel& model, const ResolvedSample& sample,
                            const batching::Frame& frame);

v1::SampleSummary EncodeSummary(const catalog::ServedModel& model, const ResolvedSample& sample,
                                const batching::SampleSummary& summary, absl::Duration total);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_MESSAGES_H_
