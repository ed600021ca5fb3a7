// The memory that a call keeps besides what the engine holds for it (server/batching/task_memory.h): its request, the
// frames that a slow reader has not taken, and its response. A handler reserves it before it submits the task. Buffers
// of connections are gRPC's, which has a limit of its own (server.cc).
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_CALL_MEMORY_H_
#define EBM_SERVER_RPC_CALL_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "ebm/v1/inference.pb.h"
#include "server/batching/task.h"
#include "server/catalog/served_model.h"
#include "server/rpc/sample_request.h"

namespace ebm::rpc {

uint64_t BytesOfCall(const v1::ClassifyRequest& request, const batching::RowTask& task,
                     const catalog::ServedModel& model);
uint64_t BytesOfCall(const v1::ScoreRequest& request, const batching::RowTask& task, const catalog::ServedModel& model);
uint64_t BytesOfCall(const v1::SampleRequest& request, const ResolvedSample& sample, const catalog::ServedModel& model);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_MEMORY_H_
